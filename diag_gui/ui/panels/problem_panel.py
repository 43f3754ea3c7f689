"""The problems panel: kinds with their counts, the lines of one kind, and the image of the line in question."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from diag_gui.session.controller import Controller
from diag_gui.session.problems import DROPPED, HINT, KEPT, ProblemKind
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.models.problem_models import ProblemKindsModel, ProblemLinesModel
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.problem_picture import ProblemPicture
from diag_gui.ui.plain_text import as_tooltip, plural

_ROW_PX = 26
_MOST_COPIED = 100_000


class ProblemPanel(Panel):
    """What reading said and what looks odd. A line that is chosen shows its image; Enter or a double click goes there."""

    watches = Change.DATA | Change.PROBLEMS | Change.IMAGES
    title = "Problems"

    followed = Signal()
    """Emitted when somebody goes to the image of a line and it is shown among the failures."""

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Only lines whose image, class or text holds …")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter of the problems")
        self.filter.textChanged.connect(self._filter)
        self.copy = QPushButton("Copy the list")
        self.copy.setAccessibleName("Copy the lines shown")
        self.copy.clicked.connect(self.copy_all)
        top = QHBoxLayout()
        top.addWidget(self.filter, 1)
        self.check = QPushButton("Check the pictures")
        self.check.setAccessibleName("Check the pictures")
        self.check.setToolTip(
            as_tooltip("Send every picture through the decoder; those that cannot be read are listed (Ctrl+Shift+K)")
        )
        self.check.clicked.connect(controller.pictures.start)
        top.addWidget(self.check)
        top.addWidget(self.copy)
        self.body.addLayout(top)

        self._kinds, self._lines = ProblemKindsModel(), ProblemLinesModel()
        self.kinds = _Table(self._kinds, "Kinds of problems", stretched=0)
        self.lines = _Table(self._lines, "Problems of the kind", stretched=1)
        self.lines.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.lines.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.lines.setColumnWidth(0, 220)
        self.picture = ProblemPicture(controller.images)
        self.kinds.chosen.connect(self._show_kind)
        self.kinds.followed.connect(self._into_lines)
        self.lines.chosen.connect(self._show_line)
        self.lines.followed.connect(self.follow)

        tables = QSplitter(Qt.Orientation.Vertical)
        tables.setChildrenCollapsible(False)
        tables.addWidget(self.kinds)
        tables.addWidget(self.lines)
        tables.setSizes([300, 500])
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.picture, 1)
        # The whole line, however narrow its column is.
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setContentsMargins(8, 6, 8, 6)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.said)
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.setChildrenCollapsible(False)
        sides.addWidget(tables)
        sides.addWidget(right)
        sides.setStretchFactor(0, 3)
        sides.setStretchFactor(1, 2)
        self.body.addWidget(sides, 1)
        self.setFocusProxy(self.kinds)

    def refresh(self, state: SessionState, change: Change) -> None:
        self.check.setEnabled(state.dataset is not None)
        problems = state.problems
        if problems is None or not problems.is_of(state):
            # A panel that is told of a change changes nothing itself.
            QTimer.singleShot(0, self, self.controller.problems.find)
            self.figure_label.setText("looking …" if state.dataset is not None else "")
            self._kinds.show((), None)
            self._show_kind()
            return
        if self._kinds.kinds is not problems.kinds:
            self._take(problems.kinds)
        n_of = {
            verdict: sum(kind.count for kind in problems.kinds if kind.verdict == verdict) for verdict in (DROPPED, KEPT, HINT)
        }
        said = f"{n_of[DROPPED]:,} left out, {n_of[KEPT]:,} kept with a warning, {plural(n_of[HINT], 'hint')}"
        self.figure_label.setText(said if problems.kinds else "nothing was left out or looks odd")

    def _take(self, kinds: tuple[ProblemKind, ...]) -> None:
        """Show other kinds; the kind and the line in question stay so where they are still there."""
        old, place = self._lines.kind, self.lines.current_row()
        self._kinds.show(kinds, None)
        self._filter()
        same = [row for row, kind in enumerate(kinds) if old is not None and (kind.source, kind.kind) == (old.source, old.kind)]
        self.kinds.choose(same[0] if same else 0)
        self._show_kind()
        if same and place > 0:
            self.lines.choose(place)

    def restyle(self) -> None:
        super().restyle()
        self._kinds.show(self._kinds.kinds, self._kinds.n_matching)

    def follow(self) -> None:
        """Go to the image of the line in question: show all its boxes among the failures."""
        kind, row = self._lines.kind, self.lines.current_row()
        if kind is None or row < 0:
            return
        if self.controller.problems.show(kind, int(self._lines.places[row])):
            self.followed.emit()
        else:
            why = (
                "names no image that is loaded"
                if not self._lines.line(row) or kind.image_row[self._lines.places[row]] < 0
                else ""
            )
            self.controller.say(f"This line {why}" if why else "Boxes are listed on the page Failures once predictions are open")

    def copy_all(self) -> None:
        """Copy every line shown to the clipboard."""
        self._copy(list(range(min(self._lines.rowCount(), _MOST_COPIED))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy(sorted({index.row() for index in self.lines.selectionModel().selectedRows()}))
        else:
            super().keyPressEvent(event)

    def _copy(self, rows: list[int]) -> None:
        kind = self._lines.kind
        if kind is None or not rows:
            return
        lines = [f"{kind.source}: {kind.kind}: {self._lines.line(row)}" for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.controller.say(f"Copied {plural(len(lines), 'line')}")

    def _filter(self) -> None:
        kinds, wanted = self._kinds.kinds, self.filter.text().strip()
        self._kinds.show(kinds, tuple(len(kind.matching(wanted)) for kind in kinds) if wanted else None)
        self._show_kind()

    def _show_kind(self) -> None:
        row = self.kinds.current_row()
        kind: ProblemKind | None = self._kinds.kinds[row] if 0 <= row < len(self._kinds.kinds) else None
        if kind is None:
            self._lines.show(None, self._lines.places[:0])
        else:
            self._lines.show(kind, kind.matching(self.filter.text().strip()))
        self.copy.setEnabled(self._lines.rowCount() > 0)
        self.lines.choose(0)
        self._show_line()

    def _show_line(self) -> None:
        kind, row = self._lines.kind, self.lines.current_row()
        if kind is None or not 0 <= row < len(self._lines.places):
            self.picture.show_problem(None, -1, None, ())
            self.said.setText("")
            return
        place = int(self._lines.places[row])
        has_image = int(kind.image_row[place]) >= 0
        self.said.setText(self._lines.line(row) + ("" if has_image else "\nNo image is known for this line."))
        self.picture.show_problem(kind.dataset, int(kind.image_row[place]), kind.objects, kind.rows(place))

    def _into_lines(self) -> None:
        self.lines.setFocus()


class _Table(QTableView):
    """A table of whole rows: the current one is chosen, Enter or a double click follows it."""

    chosen = Signal()
    followed = Signal()

    def __init__(self, model: ProblemKindsModel | ProblemLinesModel, name: str, *, stretched: int) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column in range(model.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        self.doubleClicked.connect(self._follow)

    def current_row(self) -> int:
        """Return the row in question; -1 for none."""
        return self.currentIndex().row()

    def choose(self, row: int) -> None:
        """Make ``row`` the one in question, if it is there."""
        if row < self.model().rowCount():
            self.selectRow(row)

    def currentChanged(self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex) -> None:
        super().currentChanged(current, previous)
        if current.row() != previous.row():
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.followed.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _follow(self, _index: QModelIndex) -> None:
        self.followed.emit()
