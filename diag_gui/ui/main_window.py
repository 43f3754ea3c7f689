"""The window: menus, control bar, rail, pages, status line, and where dropped files go."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QMouseEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.loading import OPEN_KEY
from diag_gui.session.settings import Settings
from diag_gui.session.state import Change
from diag_gui.session.store import SessionStore
from diag_gui.ui.actions import Actions, Needs
from diag_gui.ui.control_bar import ControlBar
from diag_gui.ui.dialogs.about import AboutDialog
from diag_gui.ui.dialogs.command_palette import CommandPalette
from diag_gui.ui.dialogs.export_dialog import ExportDialog
from diag_gui.ui.dialogs.file_choosers import choose_file, choose_files, choose_folder, choose_new_file
from diag_gui.ui.dialogs.key_sheet import KeySheet
from diag_gui.ui.dialogs.messages_dialog import MessagesDialog
from diag_gui.ui.dialogs.open_dialog import TABLES, OpenDialog
from diag_gui.ui.dialogs.question_dialog import QuestionAsker
from diag_gui.ui.explaining import Explaining
from diag_gui.ui.in_sight import InSight
from diag_gui.ui.in_steps import InSteps
from diag_gui.ui.page_building import build_problems_page, build_runs_page, build_slices_page, failures_page_in_steps
from diag_gui.ui.page_places import FAILURES, FILES, PROBLEMS, RUNS, SLICES
from diag_gui.ui.pages.files_page import FilesPage
from diag_gui.ui.pages.welcome_page import WelcomePage
from diag_gui.ui.plain_text import as_caption
from diag_gui.ui.rail import Rail, failures_icon, files_icon, problems_icon, runs_icon, slices_icon
from diag_gui.ui.rule_actions import mark_rules
from diag_gui.ui.status_line import StatusLine
from diag_gui.ui.task_actions import mark_tasks
from diag_gui.ui.theme import apply_theme
from diag_gui.ui.window_actions import window_actions

if TYPE_CHECKING:
    from diag_gui.ui.pages.failures_page import FailuresPage
    from diag_gui.ui.pages.problems_page import ProblemsPage
    from diag_gui.ui.pages.runs_page import RunsPage
    from diag_gui.ui.pages.slices_page import SlicesPage

_NARROW_PX = 1400
_IDLE_AFTER_MS = 400


class MainWindow(QMainWindow):
    """Composes the parts; holds no facts.

    Parameters
    ----------
    store : SessionStore
    controller : Controller
    settings : Settings
    """

    def __init__(self, store: SessionStore, controller: Controller, settings: Settings) -> None:
        super().__init__()
        self.store = store
        self.controller = controller
        self.settings = settings
        self.setWindowTitle("diag-gui")
        self.setAcceptDrops(True)
        # There are no docks: the animation would be of a layout that is where it was, after each change of a label.
        self.setAnimated(False)
        self.setMinimumSize(1268, 640)
        self.resize(1600, 1000)
        # Built while the first data are read: neither the first paint nor the data must wait for it.
        self._failures_page: FailuresPage | None = None
        self._building: InSteps[FailuresPage] | None = None
        # Built when somebody first looks at them.
        self.slices: SlicesPage | None = None
        self.runs: RunsPage | None = None
        self.problems: ProblemsPage | None = None
        self._is_closing = False
        self.explaining = Explaining(store, controller, self)
        self._had_runs = False
        self._actions_allowed: tuple[object, ...] | None = None

        self.in_sight = InSight(store)
        self.actions_by_name = Actions(self, window_actions(self))
        self.actions_by_name.fill(self.menuBar())
        self.control_bar = ControlBar(store, controller, self.actions_by_name["undo"], self.actions_by_name["commands"])
        self.control_bar.filter.left.connect(self.focus_failures)
        self.rail = Rail(self.show_page)
        self.rail.add_page("Failures", failures_icon)
        self.rail.add_page("Slices", slices_icon)
        self.rail.add_page("Runs", runs_icon)
        self.rail.add_page("Files", files_icon)
        self.rail.add_page("Problems", problems_icon)
        self.welcome = WelcomePage(controller, settings, self.actions_by_name["open"])
        self.files = FilesPage(store, controller)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.files)
        self.status = StatusLine(store, controller)
        self.status.details.clicked.connect(self.copy_notice)
        self.status.messages.clicked.connect(self.show_messages)

        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.pages, 1)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.control_bar)
        column.addWidget(body, 1)
        column.addWidget(self.status)
        self.setCentralWidget(central)
        self.rail.hide()
        self.control_bar.hide()
        self.question = QuestionAsker(store, controller, self)
        store.changed.connect(self._on_changed)
        controller.jobs.begun.connect(self._on_job_begun)
        self._name_actions()
        self._allow_actions()

    @property
    def failures(self) -> FailuresPage | None:
        """The Failures page; None until data is shown."""
        return self._failures_page

    def _on_changed(self, change: Change, _origin: str) -> None:
        state = self.store.state
        if change & Change.DATA and state.dataset is not None:
            self._show_data(state.dataset.name)
        if change & (Change.REVIEW | Change.DATA | Change.SLICES):
            self._name_actions()
        if change & (Change.DATA | Change.SELECTION | Change.CURRENT | Change.PARAMS | Change.SLICES):
            self._allow_actions()
        if self._is_closing and not state.project.n_unsaved:
            self._is_closing = False
            if state.notice is None or not state.notice.is_error:
                QTimer.singleShot(0, self, self.close)

    def _show_data(self, name: str) -> None:
        self.setWindowTitle(f"{name} – diag-gui")
        first = not self.rail.isVisible()
        self.rail.show()
        self.control_bar.show()
        if self._failures_page is None:
            self._build_failures_page()
        has_runs = bool(self.store.state.runs)
        if first or (has_runs and not self._had_runs):
            self.show_page(FAILURES if has_runs else FILES)
        self._had_runs = has_runs

    def _build_failures_page(self) -> None:
        building = self._building or InSteps(failures_page_in_steps(self), self)
        self._failures_page, self._building = building.finish(), None

    def _on_job_begun(self, key: str) -> None:
        """Build the page that is about to be shown, while data are read."""
        if key == OPEN_KEY and self._failures_page is None and self._building is None:
            self._building = InSteps(failures_page_in_steps(self), self)

    def _use_idle_time(self) -> None:
        """Get ready for data while somebody says which: what is kept as columns is read sooner than this is done."""
        if self.isVisible():
            self._on_job_begun(OPEN_KEY)
            self.controller.images.expect()

    def _allow_actions(self) -> None:
        """Offer what moves through, filters and decides about failures only where there are some to do it to."""
        state = self.store.state
        can_show = state.selection is not None
        can = {Needs.FAILURES: can_show, Needs.CHOICE: can_show and bool(state.chosen), Needs.SLICE: bool(state.slice_current)}
        asked = (*can.values(), state.dataset, state.params.rules, state.params.task, state.runs)
        if self._actions_allowed is not None and all(map(operator.is_, asked, self._actions_allowed)):
            # Most steps of a slider change none of it.
            return
        self._actions_allowed = asked
        for spec in self.actions_by_name.specs:
            if spec.needs is not Needs.NOTHING:
                self.actions_by_name[spec.name].setEnabled(can[spec.needs])
        mark_rules(self.actions_by_name, state)
        mark_tasks(self.actions_by_name, state)

    def _name_actions(self) -> None:
        """Say in the menu what undo, redo and each tag key would do."""
        project = self.store.state.project
        history = self.store.state.slice_history
        undone, redone = history.to_undo(project.decision), history.to_redo(project.decision)
        undo, redo = f"Undo {undone.what}" if undone else project.undo, f"Redo {redone.what}" if redone else project.redo
        for name, what in (("undo", undo), ("redo", redo)):
            self.actions_by_name[name].setText(as_caption(what or name.capitalize()))
            self.actions_by_name[name].setEnabled(bool(what))
        for key in range(1, 10):
            named = key <= len(project.tag_names)
            action = self.actions_by_name[f"tag-{key}"]
            action.setText(as_caption(f"Tag “{project.tag_names[key - 1]}”") if named else f"Tag {key}")
            action.setVisible(named)

    # What the actions call

    def show_page(self, index: int) -> None:
        """Show the page at place ``index`` of the rail; the keys go to its rows, not to what had them on another page."""
        if self.store.state.dataset is None:
            return
        if index == SLICES and self.slices is None:
            self.slices = build_slices_page(self)
        if index == RUNS and self.runs is None:
            self.runs = build_runs_page(self)
        if index == PROBLEMS and self.problems is None:
            self.problems = build_problems_page(self)
        page = (self._failures_page, self.slices, self.runs, self.files, self.problems)[index]
        if page is not None:
            self.pages.setCurrentWidget(page)
            self.rail.choose(index)
            if index == FAILURES:
                self.focus_failures()
            elif index in (SLICES, PROBLEMS):
                page.setFocus()

    def open_dialog(self) -> None:
        """Ask what to open."""
        OpenDialog(self.controller, self).open()

    def _lacks_data(self, why: str) -> bool:
        """Return whether nothing is open, and say so."""
        if self.store.state.dataset is not None:
            return False
        self.controller.say(f"Open ground truth first: {why}")
        return True

    def add_predictions_dialog(self) -> None:
        """Ask for runs to add."""
        if self._lacks_data("predictions are added to a set of labelled images"):
            return
        choose_files(
            self, "Add predictions", "Predictions (*.json *.txt *.csv);;All files (*)", self.controller.data.add_predictions
        )

    def metadata_dialog(self) -> None:
        """Ask for a table of metadata."""
        if self._lacks_data("metadata are joined to a set of labelled images"):
            return
        choose_file(self, "Join metadata", TABLES, self.controller.data.join_metadata)

    def image_folder_dialog(self) -> None:
        """Ask where the pictures are."""
        if self._lacks_data("pictures are found by the names of labelled images"):
            return
        choose_folder(self, "Folder of the images", self.controller.data.set_image_root)

    def project_dialog(self) -> None:
        """Ask for a project."""
        choose_file(
            self, "Open a project", "Projects (*.diag);;All files (*)", lambda path: self.controller.data.open_paths([path])
        )

    def picture_dialog(self) -> None:
        """Ask where a picture of the window goes."""
        choose_new_file(
            self, "Save a picture of the window", "Pictures (*.png)", ".png", lambda path: self.grab().save(str(path))
        )

    def export_dialog(self) -> None:
        """Ask how to export what is shown."""
        if self.store.state.selection is not None:
            ExportDialog(self.store, self.controller, self).open()
        else:
            self.controller.say("There is nothing to export yet: open ground truth and predictions first")

    def show_failures(self) -> None:
        """Show the failures that the filters leave, large."""
        self.show_page(FAILURES)
        self.focus_failures()

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.control_bar.filter.line.setFocus()
        self.control_bar.filter.line.selectAll()

    def focus_failures(self) -> None:
        """Let the keys go to the failures."""
        if self.failures is not None:
            self.failures.gallery.setFocus()

    def focus_note(self) -> None:
        """Put the cursor into the note."""
        if self.failures is not None:
            self.failures.review.focus_note()

    def escape(self) -> None:
        """Leave the large viewer, else dismiss an error, else take the last filter off."""
        if self.failures is not None and self.failures.viewer_is_large:
            self.toggle_viewer_large()
        elif self.store.state.notice is not None and self.store.state.notice.is_error:
            self.controller.dismiss_notice()
        else:
            self.controller.query.take_last_off()

    def toggle_viewer_large(self) -> None:
        """Give the viewer the whole page, or take it back."""
        if self.failures is not None and self.pages.currentWidget() is self.failures:
            self.failures.toggle_viewer_large()
            if not self.failures.viewer_is_large:
                self.failures.gallery.setFocus()

    def on_viewer(self, verb: str) -> Callable[[], None]:
        """Return a function that calls ``verb`` of the viewer once there is one."""

        def call() -> None:
            if self.failures is not None:
                getattr(self.failures.viewer, verb)()

        return call

    def step_line(self, n: int) -> None:
        """Go ``n`` rows of the gallery on."""
        columns = self.failures.gallery.n_columns() if self.failures is not None else 1
        self.controller.selection.step(n * columns)

    def next_undecided(self) -> None:
        """Go to the next failure that nobody decided about."""
        if not self.controller.selection.next_undecided():
            self.controller.say("Every failure shown has a decision")

    def only_this_image(self) -> None:
        """Show only what lies on the image in question."""
        state = self.store.state
        if state.evaluation is not None and state.current >= 0:
            self.controller.query.show_image(int(state.evaluation.outcomes.image_row(np.array([state.current]))[0]))

    def toggle_tag_images(self) -> None:
        """Let the tag keys tag the whole image, or the box again."""
        self.controller.review.set_tags_images(self.actions_by_name["tag-image"].isChecked())

    def toggle_theme(self) -> None:
        """Change between dark and light."""
        name = "light" if self.actions_by_name["light"].isChecked() else "dark"
        self.settings.theme = name
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, name)
        self.control_bar.restyle()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or not."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def commands(self) -> None:
        """Offer every action by name."""
        CommandPalette(self.actions_by_name, self).show()

    def key_sheet(self) -> None:
        """Show all keys."""
        KeySheet(self.actions_by_name, self).open()

    def about(self) -> None:
        """Say what this is."""
        AboutDialog(self).open()

    def copy_notice(self) -> None:
        """Copy the details of the message to the clipboard."""
        notice = self.store.state.notice
        if notice is not None:
            QGuiApplication.clipboard().setText(notice.details or notice.text)
            self.controller.say("Copied the details of the message")

    def show_messages(self) -> None:
        """Show what the status bar said."""
        MessagesDialog(self.controller.messages, self).show()

    # Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.controller.data.open_paths(paths)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.explaining.press(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.explaining.release(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # Reaches the window where no widget has a menu of its own: text fields keep theirs.
        self.explaining.explain_at(event.pos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = event.size().width() < _NARROW_PX
        self.rail.set_narrow(is_narrow)
        self.control_bar.set_narrow(is_narrow)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(_IDLE_AFTER_MS, self, self._use_idle_time)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.geometry = self.saveGeometry()
        if self.failures is not None:
            # Closing takes the focus from no one: what was typed would be lost.
            self.failures.review.finish_note()
        if self.store.state.project.n_unsaved:
            # Nothing that was decided is left unsaid: the window goes when it is on disk, and stays with the reason if not.
            event.ignore()
            self._is_closing = True
            return
        # The wait for what is still computed is not looked at.
        self.hide()
        self.controller.close()
        super().closeEvent(event)
