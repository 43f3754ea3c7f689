"""The slice in question in words: how much worse, how sure, what most of the loss is, by which rule; and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from diag_gui.evaluation.slice_words import sentence_of
from diag_gui.session.controller import Controller
from diag_gui.session.slice_table import N_RESAMPLES, SEED, ListedSlice
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.models.slice_rows import list_in_words, loss_in_words, precision_in_words, rule_in_words, slice_row
from diag_gui.ui.panel import Panel
from diag_gui.ui.plain_text import as_caption, as_tooltip, from_caption
from diag_gui.ui.scrolled_column import ScrolledColumn

_NONE = "No slice chosen"


class SliceWordsPanel(Panel):
    """One sentence, and buttons for what comes next; one line while no slice is in question.

    Attributes
    ----------
    folded : Signal
        Emitted with whether it is one line now.
    """

    watches = Change.DATA | Change.SLICES | Change.QUERY | Change.SELECTION
    title = _NONE

    folded = Signal(bool)

    def __init__(
        self, store: SessionStore, controller: Controller, buttons: Sequence[tuple[QAction, str]], intervals: QAction
    ) -> None:
        super().__init__(store, controller)
        self._intervals_action = intervals
        self.intervals = QToolButton()
        self.intervals.setProperty("role", "flat")
        self.intervals.setToolTip(as_tooltip(from_caption(intervals.text())))
        self.intervals.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # As high as the words beside it.
        self.intervals.setStyleSheet("padding: 0 4px;")
        self.intervals.setFixedHeight(18)
        self.intervals.clicked.connect(intervals.trigger)
        self.name = ElidedLabel(role="title")
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.heading.replaceWidget(self.title_label, self.name)
        self.title_label.hide()
        self.hint = ElidedLabel(
            "Click a slice, or go through them with ↑ ↓: everything is filtered by it, Esc lets go.", "secondary"
        )
        self.heading.insertWidget(1, self.hint, 100)
        self.sentence, self.precision, self.remark, self.rule = QLabel(), QLabel(), QLabel(), QLabel()
        self.words = ScrolledColumn()
        self.words.column.setSpacing(3)
        for label in (self.sentence, self.precision, self.remark, self.rule):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if label is not self.precision:
                self.words.column.addWidget(label)
        of_precision = QHBoxLayout()
        of_precision.addWidget(self.precision, 1)
        of_precision.addWidget(self.intervals, 0, Qt.AlignmentFlag.AlignTop)
        self.words.column.insertLayout(1, of_precision)
        for label in (self.remark, self.rule):
            label.setProperty("role", "secondary")
        self.words.column.addStretch(1)
        self.body.addWidget(self.words, 1)
        self.buttons = []
        for action, text in buttons:
            # Buttons say their key: the hand is on the list, not on the mouse.
            button = QPushButton(as_caption(text))
            button.setToolTip(as_tooltip(from_caption(action.text())))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(action.trigger)
            self.heading.addWidget(button)
            self.buttons.append(button)
        self._is_folded: bool | None = None
        self._fold(True)

    @property
    def is_folded(self) -> bool:
        """Whether there are no words to show."""
        return bool(self._is_folded)

    def refresh(self, state: SessionState, change: Change) -> None:
        table, current = state.slice_table, state.slice_current
        entry = table.entry(current)
        result = table.results.get(current)
        self._fold(entry is None)
        for button in self.buttons:
            button.setEnabled(result is not None)
        self._show_precision(state, entry if result is not None else None)
        self.name.setText(entry.definition.name if entry is not None else _NONE)
        self.figure_label.setText("updating" if result is not None and table.is_updating else "")
        if entry is None or result is None:
            self.sentence.setText(table.refused.get(current, ""))
            self.remark.setText("")
            self.rule.setText("")
            return
        sure = table.sure.get(current, result)
        # The name stands above; where the sentence begins with it, it is not said again.
        told = sentence_of(sure).removeprefix(f"{sure.name}: ")
        self.sentence.setText(f"{told[:1].upper()}{told[1:]}.")
        below = list_in_words(result, len(state.selection.rows)) if _lists_errors(state) and state.selection is not None else ""
        self.remark.setText(" ".join(part for part in (entry.remark, loss_in_words(result), below) if part))
        self.rule.setText(f"{rule_in_words(result)} 95 %: {N_RESAMPLES:,} resamples of images, seed {SEED}.")

    def _fold(self, is_folded: bool) -> None:
        if is_folded == self._is_folded:
            return
        self._is_folded = is_folded
        self.hint.setVisible(is_folded)
        self.words.setVisible(not is_folded)
        for button in self.buttons:
            button.setVisible(not is_folded)
        self.folded.emit(is_folded)

    def _show_precision(self, state: SessionState, entry: ListedSlice | None) -> None:
        """Say AP of the slice, and offer its intervals where they are not known; a second press stops them."""
        table, known = state.slice_table, state.slice_precisions
        row = slice_row(entry, table, known) if entry is not None and known.are_of(table.question) else None
        self.precision.setText(precision_in_words(row) if row is not None and row.result is not None else "")
        is_asked = bool(known.asked) and known.asked == state.slice_current
        is_open = row is not None and row.precision is not None and not row.sure_precision and bool(self.precision.text())
        self.intervals.setVisible(is_open or is_asked)
        keys = self._intervals_action.shortcut().toString()
        self.intervals.setText(f"{'Stop its intervals' if is_asked else 'Intervals'} {keys}")


def _lists_errors(state: SessionState) -> bool:
    """Return whether all failures of the slice in question are listed, at the thresholds of its figures, and nothing else."""
    query = state.query
    others = query.class_rows or query.kinds or query.text or query.image_rows is not None or query.confusion_cell is not None
    is_alone = query.expressions == (state.slice_current,) and not others and query.review == "any" and query.show == "failures"
    return is_alone and state.slices_of is state.evaluation
