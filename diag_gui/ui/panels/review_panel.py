"""The review panel: how far the review is, tags, note and details of the failure in question."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QWidget,
)

from diag_gui.data.arrays import AnyArray
from diag_gui.review.decisions import Decision
from diag_gui.review.events import LABEL_IS_FINE, LABEL_IS_WRONG
from diag_gui.review.marked_rows import REVIEWED, TAGGED, MarkedRows
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.models.failure_cells import FailureCells
from diag_gui.ui.models.failure_details import Detail, details_of
from diag_gui.ui.models.review_marks import decision_about, decision_about_image
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.review_buttons import Mark, TagButton
from diag_gui.ui.panels.review_note import NoteEdit
from diag_gui.ui.plain_text import as_tooltip
from diag_gui.ui.scrolled_column import ScrolledColumn

_PER_ROW = 3
_LINE_GAP_PX = 2


class ReviewPanel(Panel):
    """Decides about what is chosen: tags on the keys 1 to 9, "label is fine" on 0, a note."""

    watches = Change.DATA | Change.EVALUATION | Change.SELECTION | Change.CURRENT | Change.REVIEW
    title = "Review"

    def __init__(self, store: SessionStore, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(store, controller, parent)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.setStyleSheet("QProgressBar, QProgressBar::chunk { min-height: 4px; max-height: 4px; border-radius: 2px; }")
        self.progress.setAccessibleName("Share of the failures reviewed")
        self.body.addWidget(self.progress)
        self.about = QLabel("Tags and the note go to the whole image (Shift+T)")
        self.about.setProperty("role", "accent")
        self.about.hide()
        self.body.addWidget(self.about)
        self._grid = QGridLayout()
        self._grid.setSpacing(5)
        self.body.addSpacing(2)
        self.body.addLayout(self._grid)
        self.buttons: dict[str, TagButton] = {}
        self.fine = TagButton("0", LABEL_IS_FINE)
        self.fine.clicked.connect(lambda: controller.review.toggle_fine())
        self._chosen = _caption("")
        note_line = QHBoxLayout()
        note_line.addWidget(_caption("Note"))
        note_line.addStretch(1)
        note_line.addWidget(self._chosen)
        self.body.addSpacing(2)
        self.body.addLayout(note_line)
        self.note = NoteEdit()
        self.note.finished.connect(controller.review.set_note)
        self.body.addWidget(self.note)
        self.body.addSpacing(2)
        self.body.addWidget(_caption("Details"))
        self.details = DetailList()
        self.body.addWidget(self.details, 1)
        # A row is named with its run: the same number is another object in another run.
        self._shown_row = ("", -1, False)
        self._shown_state: SessionState | None = None
        self._marked: MarkedRows | None = None
        self._cells: FailureCells | None = None

    def focus_note(self) -> None:
        """Start writing the note."""
        if self.note.isEnabled():
            self.note.start()

    def finish_note(self) -> None:
        """Hand the note over as it stands, and those that were left before."""
        self.controller.review.write_left_notes()
        self.note.hand_over()

    def refresh(self, state: SessionState, change: Change) -> None:
        """Show progress, decisions and details."""
        self.about.setVisible(state.tags_images)
        self._follow_review(state)
        self._show_progress(state)
        # Before the note may be disabled, which takes the focus from it: its text was left to its own failure by then.
        self._show_note(state)
        self._show_tags(state)
        self._show_details(state)

    def _follow_review(self, state: SessionState) -> None:
        if state.review is None:
            self._marked = None
        elif self._marked is None or self._marked.review is not state.review or self._marked.run_index != state.active:
            self._marked = MarkedRows(state.review, state.active)

    def _show_progress(self, state: SessionState) -> None:
        if state.evaluation is None or state.selection is None:
            self.figure_label.setText("")
            self.progress.setRange(0, 1)
            self.progress.setValue(0)
            return
        rows = state.selection.rows
        n_reviewed, n_tagged = (self._count(rows, state, name) for name in (REVIEWED, TAGGED))
        self.figure_label.setText(f"{n_reviewed:,} of {len(rows):,} reviewed · {n_tagged:,} tagged")
        self.progress.setRange(0, max(len(rows), 1))
        self.progress.setValue(n_reviewed)

    def _count(self, rows: AnyArray, state: SessionState, name: str) -> int:
        if self._marked is None or state.evaluation is None:
            return 0
        return int(np.count_nonzero(self._marked.among(rows, state.evaluation.outcomes, name)))

    def _n_with(self, rows: AnyArray, state: SessionState, name: str) -> int:
        """Return how many of ``rows`` have ``name`` where a key would put it: on the box, or on the image."""
        if self._marked is None or state.evaluation is None:
            return 0
        among = self._marked.on_images if state.tags_images else self._marked.on_rows
        return int(np.count_nonzero(among(rows, state.evaluation.outcomes, name)))

    def _show_tags(self, state: SessionState) -> None:
        if tuple(self.buttons) != state.project.tag_names:
            self._make_buttons(state.project.tag_names)
        chosen = np.fromiter(state.chosen, np.int64, len(state.chosen))
        can_decide = state.evaluation is not None and len(chosen) > 0
        decision = _decision(state)
        for name, button in (*self.buttons.items(), (LABEL_IS_FINE, self.fine)):
            n = self._n_with(chosen, state, name) if can_decide else 0
            button.setEnabled(can_decide)
            button.show_mark(Mark.NONE if n == 0 else Mark.ALL if n == len(chosen) else Mark.SOME)
            who = decision.tags.get(name)
            lines = (name, f"{who.author}, {who.at:%Y-%m-%d %H:%M} UTC" if who else "", self._denied_by(name))
            said = as_tooltip("\n".join(filter(None, lines)))
            if said != button.toolTip():
                button.setToolTip(said)
        self._chosen.setText(f"goes to all {len(chosen):,} chosen, like a tag" if len(chosen) > 1 else "")
        self.note.setEnabled(can_decide)

    def _denied_by(self, name: str) -> str:
        """Say what the key of a tag takes away; empty where that is nothing."""
        if name == LABEL_IS_FINE:
            wrong = ", ".join(tag for tag in self.buttons if tag in LABEL_IS_WRONG)
            return f"Takes off what says the label is wrong: {wrong}" if wrong else ""
        return f"Takes off “{LABEL_IS_FINE}”" if name in LABEL_IS_WRONG else ""

    def _make_buttons(self, names: tuple[str, ...]) -> None:
        for button in self.buttons.values():
            self._grid.removeWidget(button)
            button.deleteLater()
        self._grid.removeWidget(self.fine)
        self.buttons = {}
        for place, name in enumerate(names):
            button = TagButton(str(place + 1), name)
            button.clicked.connect(lambda _checked=False, name=name: self.controller.review.toggle_tag(name))
            self._grid.addWidget(button, place // _PER_ROW, place % _PER_ROW)
            self.buttons[name] = button
        self._grid.addWidget(self.fine, len(names) // _PER_ROW, len(names) % _PER_ROW)
        for column in range(_PER_ROW):
            self._grid.setColumnStretch(column, 1)
        previous: QWidget = self
        for widget in (*self.buttons.values(), self.fine, self.note):
            QWidget.setTabOrder(previous, widget)
            previous = widget

    def _show_note(self, state: SessionState) -> None:
        """Show the note of the current failure; text that was typed and not handed over goes to the rows it was typed for."""
        row = (state.run.source.sha256 if state.run is not None else "", state.current, state.tags_images)
        is_other = row != self._shown_row
        if is_other and self.note.is_changed and self._shown_state is not None:
            self.controller.review.leave_note(self.note.toPlainText().strip(), self._shown_state)
            QTimer.singleShot(0, self, self.controller.review.write_left_notes)
        if is_other or not self.note.is_changed:
            self.note.show_note(_decision(state).note or "")
        self._shown_row, self._shown_state = row, state

    def _show_details(self, state: SessionState) -> None:
        evaluation = state.evaluation
        if state.dataset is None or evaluation is None or not 0 <= state.current < len(evaluation.outcomes):
            self._cells = None
            self.details.show_details([])
            return
        if self._cells is None or self._cells.outcomes is not evaluation.outcomes:
            self._cells = FailureCells(state.dataset, evaluation.outcomes.predictions, evaluation.outcomes, before=self._cells)
        self.details.show_details(details_of(state, self._cells, state.current))


class DetailList(ScrolledColumn):
    """Lines of label and value; the labels are reused, so that going through failures is quick and does not flicker."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(_LINE_GAP_PX)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self.column.addLayout(self._grid)
        self.column.addStretch(1)
        self._lines: list[tuple[ElidedLabel, ElidedLabel]] = []
        self._details: list[Detail] = []

    def show_details(self, details: list[Detail]) -> None:
        """Show ``details`` from top to bottom."""
        before, self._details = self._details, details
        while len(self._lines) < len(details):
            pair = (ElidedLabel(role="secondary"), ElidedLabel())
            for column, label in enumerate(pair):
                label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                self._grid.addWidget(label, len(self._lines), column)
            pair[1].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._lines.append(pair)
        for place, detail in enumerate(details):
            if place < len(before) and before[place] == detail:
                continue
            name, value = self._lines[place]
            name.setText(detail.label)
            value.setText(detail.value)
            if detail.more:
                value.setToolTip(as_tooltip(detail.more))
        if len(details) != len(before):
            for place, pair in enumerate(self._lines):
                for label in pair:
                    label.setVisible(place < len(details))
            self._keep_lines_whole()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_lines_whole()

    def _keep_lines_whole(self) -> None:
        """Leave the room below the last line that fits empty, and scroll by lines."""
        if not self._lines:
            return
        line = max(label.sizeHint().height() for label in self._lines[0]) + _LINE_GAP_PX
        room = self.contentsRect().height() + _LINE_GAP_PX
        self.setViewportMargins(0, 0, 0, room % line if room >= line else 0)
        self.verticalScrollBar().setSingleStep(line)

    def text(self, label: str) -> str:
        """Return the value shown beside ``label``; empty if there is no such line."""
        return next((value.text() for name, value in self._lines if name.text() == label and not value.isHidden()), "")


def _decision(state: SessionState) -> Decision:
    """Return what stands where a key would decide: about the failure in question, or about its image."""
    return (decision_about_image if state.tags_images else decision_about)(state, state.current)


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "secondary")
    return label
