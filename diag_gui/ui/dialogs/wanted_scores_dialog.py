"""Which score to keep predictions from, per class: for a wanted precision or recall, or the best F1; what is reached there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from diag_gui.evaluation.thresholds import RULES, ChosenThresholds, ThresholdRule
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.session.wanted_scores import WantedScores
from diag_gui.ui.dialogs.file_choosers import choose_new_file
from diag_gui.ui.dialogs.proposed_places import proposed_name
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.plain_text import as_tooltip, count, figure
from diag_gui.ui.theme import font

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow

_HEADINGS = ("class", "GT", "score", "P", "R", "F1", "TP", "FP")
_FIGURES = ("score", "precision", "recall", "f1")
_SIZE = (620, 640)
_ALL_CLASSES = "all classes"
_FIRST_WANTED = 0.9


def ask_scores(window: MainWindow) -> None:
    """Show the dialog over ``window``, or bring it back to the front."""
    dialog = window.findChild(WantedScoresDialog)
    if dialog is None:
        if window.store.state.evaluation is None:
            window.controller.say("There is no score to choose yet: open ground truth and predictions first")
            return
        dialog = WantedScoresDialog(window.store, window.controller, window)
    dialog.show()
    dialog.activateWindow()


class WantedScoresDialog(QDialog):
    """A rule, a line per class, and what to do with the scores; it stays open and follows the IoU threshold.

    Parameters
    ----------
    store : SessionStore
    controller : Controller
    parent : QWidget
        The window it belongs to.
    """

    def __init__(self, store: SessionStore, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Score for a wanted precision or recall")
        self.resize(*_SIZE)
        self._store = store
        self._controller = controller
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addLayout(self._make_rule_line())
        self.said = QLabel()
        self.said.setProperty("role", "secondary")
        self.said.setWordWrap(True)
        column.addWidget(self.said)
        self.table = _make_table()
        self.table.itemSelectionChanged.connect(self._allow)
        column.addWidget(self.table, 1)
        self.now = ElidedLabel(role="secondary")
        column.addWidget(self.now)
        column.addLayout(self._make_buttons())
        store.changed.connect(self._on_changed)
        self._refresh(store.state)

    def _make_rule_line(self) -> QHBoxLayout:
        self.rule = QComboBox()
        self.rule.setAccessibleName("What scores are chosen by")
        for name in RULES:
            self.rule.addItem("best F1" if name == "best f1" else f"{name} at least", name)
        self.wanted = QDoubleSpinBox()
        self.wanted.setAccessibleName("Wanted share")
        self.wanted.setRange(0.01, 1.0)
        self.wanted.setSingleStep(0.05)
        self.wanted.setDecimals(2)
        self.wanted.setValue(_FIRST_WANTED)
        self.wanted.setKeyboardTracking(False)
        self.wanted.setFixedWidth(72)
        self.rule.activated.connect(lambda _place: self._ask())
        self.wanted.valueChanged.connect(lambda _value: self._ask())
        line = QHBoxLayout()
        line.addWidget(QLabel("Score for"))
        line.addWidget(self.rule)
        line.addWidget(self.wanted)
        line.addStretch(1)
        return line

    def _make_buttons(self) -> QHBoxLayout:
        self.use = QPushButton("Use this score")
        self.use.setProperty("role", "primary")
        self.use.setToolTip(as_tooltip("Keep predictions from the score of the chosen line on, in the whole window (Enter)"))
        self.use.clicked.connect(self.use_score)
        self.save = QPushButton("Save as JSON …")
        self.save.clicked.connect(self._ask_where)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        for button in (self.use, self.save, close):
            button.setAutoDefault(False)
        line = QHBoxLayout()
        line.addWidget(self.use)
        line.addWidget(self.save)
        line.addStretch(1)
        line.addWidget(close)
        return line

    def use_score(self) -> None:
        """Keep predictions from the score of the chosen line on."""
        shown = self._shown()
        row = self.table.currentRow()
        if shown is not None and row >= 0:
            score = float(shown.chosen.score[_entry(row, shown.chosen)])
            if score == score:
                self._controller.thresholds.set_score(score)

    def _ask(self) -> None:
        name = self.rule.currentData()
        self._controller.wanted.set_rule(ThresholdRule(name, None if name == "best f1" else round(self.wanted.value(), 2)))

    def _ask_where(self) -> None:
        proposed = proposed_name(self._store.state.dataset, "-scores.json")
        choose_new_file(self, "Save the scores", "JSON (*.json)", ".json", self._controller.wanted.save, proposed=proposed)

    def _on_changed(self, change: Change, _origin: str) -> None:
        if change & (Change.WANTED | Change.EVALUATION | Change.DATA):
            self._refresh(self._store.state)

    def _shown(self) -> WantedScores | None:
        """Return the scores, if they are of the run in question."""
        shown = self._store.state.wanted
        return shown if shown is not None and shown.facts is self._store.state.facts else None

    def _refresh(self, state: SessionState) -> None:
        rule, shown = state.wanted_rule, self._shown()
        with QSignalBlocker(self.rule), QSignalBlocker(self.wanted):
            self.rule.setCurrentIndex(self.rule.findData(rule.name))
            if rule.wanted is not None:
                self.wanted.setValue(rule.wanted)
        self.wanted.setVisible(rule.wanted is not None)
        self._show_now(state)
        if shown is None:
            self.said.setText("")
            self.table.setRowCount(0)
        else:
            self.said.setText(_sentence(shown))
            self._fill(shown.chosen, shown.facts.dataset.classes.name)
        self._allow()

    def _show_now(self, state: SessionState) -> None:
        if state.evaluation is None:
            self.now.setText("")
            return
        totals, params = state.evaluation.totals, state.evaluation.params
        self.now.setText(
            f"now: score {figure(params.score_threshold)} · P {figure(totals.precision)} · R {figure(totals.recall)}"
            f" · F1 {figure(totals.f1)}, all classes"
        )

    def _fill(self, chosen: ChosenThresholds, names: tuple[str, ...]) -> None:
        current = max(self.table.currentRow(), 0)
        self.table.setRowCount(len(names) + 1)
        for row in range(len(names) + 1):
            entry = _entry(row, chosen)
            name = _ALL_CLASSES if row == 0 else names[entry]
            shares = [float(getattr(chosen, key)[entry]) for key in _FIGURES]
            counts = [int(column[entry]) for column in (chosen.tp, chosen.fp)]
            texts = [name, count(int(chosen.n_gt[entry])), *map(figure, shares), *map(count, counts)]
            if shares[0] != shares[0]:
                texts[-2:] = "–", "–"
            exact = ", ".join(f"{key} {figure(value, 4)}" for key, value in zip(_FIGURES, shares, strict=True))
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                side = Qt.AlignmentFlag.AlignLeft if place == 0 else Qt.AlignmentFlag.AlignRight
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(as_tooltip(f"{name}\n{exact}" if shares[0] == shares[0] else f"{name}\nNo score reaches it"))
                if row == 0:
                    item.setFont(font("text", bold=True))
                self.table.setItem(row, place, item)
        self.table.setCurrentCell(min(current, len(names)), 0)

    def _allow(self) -> None:
        shown, row = self._shown(), self.table.currentRow()
        has_score = shown is not None and 0 <= row < self.table.rowCount()
        if has_score and shown is not None:
            score = float(shown.chosen.score[_entry(row, shown.chosen)])
            has_score = score == score
        self.use.setEnabled(has_score)
        self.save.setEnabled(shown is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.table.hasFocus():
            self.use_score()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._controller.wanted.look(True)
        self.table.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._controller.wanted.look(False)


def _make_table() -> QTableWidget:
    table = QTableWidget(0, len(_HEADINGS))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setAccessibleName("Score of each class")
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(26)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setMinimumSectionSize(52)
    for place in range(len(_HEADINGS)):
        item = QTableWidgetItem(_HEADINGS[place])
        side = Qt.AlignmentFlag.AlignLeft if place == 0 else Qt.AlignmentFlag.AlignRight
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        table.setHorizontalHeaderItem(place, item)
    return table


def _entry(row: int, chosen: ChosenThresholds) -> int:
    """Return the entry of a line: all classes come first here and last there."""
    return len(chosen.score) - 1 if row == 0 else row - 1


def _sentence(shown: WantedScores) -> str:
    rules = {
        "best f1": "The score with the greatest F1; of several the highest.",
        "precision": "Of the scores with at least this precision the one that finds most; of several the highest.",
        "recall": "The highest score with at least this recall.",
    }
    n = f"{shown.facts.run.name}, IoU at least {shown.params.iou_threshold:.2f}"
    missing = int((shown.chosen.score != shown.chosen.score).sum())
    cannot = f" A dash: no score reaches it ({missing} of {len(shown.chosen.score)} lines)." if missing else ""
    return f"{rules[shown.chosen.rule.name]} {n}. “All classes” is one score for all.{cannot}"
