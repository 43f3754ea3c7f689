"""The bar on top: which run, which thresholds, which filter."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from diag_gui.data.expression_completion import complete
from diag_gui.evaluation.params import IOU_MAXIMUM, IOU_MINIMUM, TASK_WORDS
from diag_gui.session.controller import Controller
from diag_gui.session.loading import PREPARE_KEY
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.elided_combo import NAME_ROLE, ElidedCombo
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.filter_box import FilterBox
from diag_gui.ui.models.fate_cells import FATE_WORDS
from diag_gui.ui.plain_text import as_tooltip, from_caption
from diag_gui.ui.still_label import StillLabel
from diag_gui.ui.theme import CONTROL_BAR_PX, PANEL_PADDING_PX
from diag_gui.ui.threshold_slider import ThresholdSlider

WATCHES = Change.DATA | Change.RUNS | Change.PARAMS | Change.EVALUATION | Change.QUERY | Change.REVIEW


_COMMANDS_KEY = "Ctrl+K"
_COMMANDS = f"{_COMMANDS_KEY} Commands"


class ControlBar(QFrame):
    """Run, IoU, score and filter. The sliders show what is wished, their labels what the shown figures were made with."""

    def __init__(self, store: SessionStore, controller: Controller, undo: QAction, commands: QAction) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setFixedHeight(CONTROL_BAR_PX)
        self._store = store
        self._controller = controller
        self._chips: Sequence[tuple[str, object]] = ()

        row = QHBoxLayout(self)
        row.setContentsMargins(PANEL_PADDING_PX, 4, PANEL_PADDING_PX, 4)
        row.setSpacing(16)

        product = QLabel("diag")
        product.setProperty("role", "product")
        self._dataset = ElidedLabel(role="secondary")
        self._dataset.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._dataset.setMaximumWidth(120)
        names = QHBoxLayout()
        names.setSpacing(6)
        names.addWidget(product, 0, Qt.AlignmentFlag.AlignBaseline)
        names.addWidget(self._dataset, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addLayout(names)

        self.run = ElidedCombo("Run", 128, 260)
        self.run.activated.connect(controller.data.set_active_run)
        row.addLayout(_captioned("Run", [self.run]))
        self.compared = ElidedCombo("Compare with", 128, 230)
        self.compared.activated.connect(lambda place: controller.compare.set_baseline(self.compared.itemData(place)))
        self._compared_caption = QLabel("Compare with")
        row.addLayout(_captioned(self._compared_caption, [self.compared]))

        self.iou = ThresholdSlider(IOU_MINIMUM, IOU_MAXIMUM, 0.01, "IoU threshold")
        self.iou_value = _figure_label()
        self._iou_caption = QLabel("IoU at least")
        row.addLayout(_captioned(self._iou_caption, [self.iou, self.iou_value]), 2)
        self.score = ThresholdSlider(0.0, 1.0, 0.01, "Score threshold")
        self.score_value = _figure_label()
        self._score_caption = QLabel("Score at least")
        row.addLayout(_captioned(self._score_caption, [self.score, self.score_value]), 2)
        self.iou.value_changed.connect(controller.thresholds.set_iou)
        self.score.value_changed.connect(controller.thresholds.set_score)

        self.filter = FilterBox(self._complete, controller.query.add_expression)
        self.filter.chip_removed.connect(controller.query.remove_chip)
        self.filter.clear_requested.connect(controller.query.take_last_off)
        self._filter_caption = QLabel("Filter")
        row.addLayout(_captioned(self._filter_caption, [self.filter]), 5)

        self.undo = _ActionButton(undo, "⟲ Undo")
        self.commands = _ActionButton(commands, _COMMANDS)
        row.addWidget(self.undo)
        row.addWidget(self.commands)

        store.changed.connect(self._on_changed)
        self._refresh(store.state, WATCHES)

    def set_narrow(self, is_narrow: bool) -> None:
        """Leave the room of words that the menu has too to names and filters."""
        self.commands.say(_COMMANDS_KEY if is_narrow else _COMMANDS)

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        self.filter.show_chips(self._chips, FATE_WORDS)

    def _on_changed(self, change: Change, _origin: str) -> None:
        if change & WATCHES:
            self._refresh(self._store.state, change)
        if change & (Change.NOTICE | Change.BUSY) and not self._controller.jobs.is_wanted(PREPARE_KEY):
            # The run that was wished for failed or was cancelled: the figures are still those of the one before.
            self.run.setCurrentIndex(self._store.state.active)

    def _refresh(self, state: SessionState, change: Change) -> None:
        has_data = state.run is not None
        for widget in (self.run, self.iou, self.score, self.filter):
            widget.setEnabled(has_data)
        if change & Change.DATA:
            self._dataset.setText(state.dataset.name if state.dataset else "")
            self._show_runs(state)
        if change & (Change.DATA | Change.RUNS):
            self._show_compared(state)
        self.iou.set_value(state.params.iou_threshold)
        self.score.set_value(state.params.score_threshold)
        shown = state.evaluation.params if state.evaluation else state.params
        self.iou_value.setText(f"{shown.iou_threshold:.2f}")
        self.score_value.setText(f"{shown.score_threshold:.2f}")
        self._iou_caption.setText("IoU at least" if shown.task == "bbox" else f"IoU of {TASK_WORDS[shown.task]} at least")
        if change & (Change.EVALUATION | Change.DATA):
            self._show_best(state)
        if change & (Change.QUERY | Change.DATA | Change.EVALUATION):
            self._show_chips()
            everything = len(state.dataset.images) if state.dataset else 0
            images = state.evaluation.totals.n_images if state.evaluation else everything
            self._filter_caption.setText(
                f"Filter · figures on {images:,} of {everything:,} images"
                if state.evaluation is not None and images != everything
                else "Filter"
            )

    def _show_chips(self) -> None:
        """Show the restrictions; chips that are there already stay while a slider moves."""
        chips = self._controller.query.chips()
        if chips != self._chips:
            self._chips = chips
            self.filter.show_chips(chips, FATE_WORDS)

    def _show_runs(self, state: SessionState) -> None:
        labels = [run.name if run.date is None else f"{run.name} · {run.date.isoformat()}" for run in state.runs]
        if [self.run.itemText(i) for i in range(self.run.count())] != labels:
            self.run.clear()
            self.run.addItems(labels)
        for index, run in enumerate(state.runs):
            self.run.setItemData(index, run.name, NAME_ROLE)
            hours = f"\n{run.hours:g} hours" if run.hours is not None else ""
            self.run.setItemData(index, as_tooltip(f"{run.name}{hours}\n{run.notes}".strip()), Qt.ItemDataRole.ToolTipRole)
        self.run.setCurrentIndex(state.active)

    def _show_compared(self, state: SessionState) -> None:
        others = [index for index in range(len(state.runs)) if index != state.active]
        if [(self.compared.itemText(i), self.compared.itemData(i)) for i in range(self.compared.count())] != [
            (state.runs[index].name, index) for index in others
        ]:
            self.compared.clear()
            for index in others:
                self.compared.addItem(state.runs[index].name, index)
        self.compared.setCurrentIndex(self.compared.findData(state.compared))
        for widget in (self.compared, self._compared_caption):
            widget.setVisible(bool(others))

    def _show_best(self, state: SessionState) -> None:
        best = state.evaluation.totals.best_score if state.evaluation else float("nan")
        defined = best == best
        self.score.set_mark(float(best) if defined else None)
        self._score_caption.setText("Score at least (green: best F1)" if defined else "Score at least")
        if defined and state.evaluation is not None:
            f1, iou = state.evaluation.totals.best_f1, state.evaluation.params.iou_threshold
            said = f"Best F1 over all classes is {f1:.3f} at score {best:.3f}, IoU {iou:.2f}. Press B to go there."
            self.score.setToolTip(as_tooltip(said))

    def _complete(self, text: str, cursor: int) -> Sequence[tuple[str, str]]:
        catalog = self._controller.query.catalog()
        if catalog is None:
            return []
        return [(text[: c.start] + c.text + text[c.end :], c.text) for c in complete(text, cursor, catalog)]


def _captioned(caption: str | QLabel, widgets: list[QWidget]) -> QVBoxLayout:
    """Return a column: a small caption over a row of widgets."""
    label = QLabel(caption) if isinstance(caption, str) else caption
    label.setProperty("role", "caption")
    line = QHBoxLayout()
    line.setSpacing(8)
    for widget in widgets:
        line.addWidget(widget)
    column = QVBoxLayout()
    column.setSpacing(1)
    column.addWidget(label)
    column.addLayout(line)
    return column


def _figure_label() -> StillLabel:
    label = StillLabel("0.00")
    label.setFixedWidth(30)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


class _ActionButton(QToolButton):
    """Does what an action does under short words; the action renames itself ("Undo tag 12 images"): that is said on hover."""

    def __init__(self, action: QAction, words: str) -> None:
        super().__init__()
        self._words = words
        self.setProperty("role", "flat")
        self.setDefaultAction(action)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        action.changed.connect(self._keep_words)
        self._keep_words()

    def say(self, words: str) -> None:
        """Stand there under other words."""
        self._words = words
        self._keep_words()

    def _keep_words(self) -> None:
        self.setText(self._words)
        self.setToolTip(as_tooltip(from_caption(self.defaultAction().text())))
