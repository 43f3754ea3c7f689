"""Does a score mean what it says? Precision over score, of the classes in question. A click on a bin filters by its scores."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QSpinBox

from diag_gui.evaluation.calibration import BINNINGS, Calibration
from diag_gui.session.calibrating import LEAST_BINS, MOST_BINS, ShownCalibration
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.reliability_plot import ReliabilityPlot
from diag_gui.ui.plain_text import as_tooltip, count, figure

_KEYS = ("ece", "mce", "laece")


class ReliabilityPanel(Panel):
    """The reliability curve with D-ECE, MCE and LaECE, over all scores at the shown IoU threshold."""

    watches = Change.DATA | Change.CALIBRATION | Change.QUERY | Change.EVALUATION
    title = "Reliability"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.binning = QComboBox()
        self.binning.setAccessibleName("How scores are gathered")
        for name in BINNINGS:
            self.binning.addItem(name, name)
        self.binning.activated.connect(lambda place: controller.calibration.set_binning(self.binning.itemData(place)))
        self.n_bins = QSpinBox()
        self.n_bins.setAccessibleName("Number of bins")
        self.n_bins.setRange(LEAST_BINS, MOST_BINS)
        self.n_bins.setKeyboardTracking(False)
        self.n_bins.setSuffix(" bins")
        self.n_bins.setFixedWidth(72)
        self.n_bins.valueChanged.connect(controller.calibration.set_n_bins)
        self.heading.insertWidget(1, self.binning)
        self.heading.insertWidget(2, self.n_bins)
        self.plot = ReliabilityPlot()
        # A click on one of its figures explains it.
        self.figure_label.setCursor(Qt.CursorShape.PointingHandCursor)
        self.plot.bin_chosen.connect(self._filter)
        self.body.addWidget(self.plot, 1)
        self.caption = ElidedLabel(role="caption")
        self.body.addWidget(self.caption)

    def refresh(self, state: SessionState, change: Change) -> None:
        self.binning.setCurrentIndex(self.binning.findData(state.binning))
        self.n_bins.blockSignals(True)
        self.n_bins.setValue(state.n_bins)
        self.n_bins.blockSignals(False)
        shown = state.calibration
        if shown is None or shown.facts is not state.facts or state.evaluation is None:
            self.figure_label.setText("")
            self.caption.setText("")
            self.plot.show_bins(None, 0.0)
            return
        calibration = shown.calibration
        self.plot.show_bins(calibration.bins, state.evaluation.params.score_threshold)
        ece, mce, laece = (figure(value) for value in shown.errors)
        self.figure_label.setText(f"D-ECE {ece} · MCE {mce} · LaECE {laece}")
        self.figure_label.setToolTip(as_tooltip(self._explained(shown, state)))
        outside = f" · {count(calibration.n_outside)} scores outside 0..1: no errors" if calibration.n_outside else ""
        self.caption.setText(
            f"n {count(calibration.n)} · {calibration.n_bins} bins of {calibration.binning}"
            f" · right: {_rule(calibration)} ≥ {shown.iou_threshold:.2f}{outside}"
        )

    def _explained(self, shown: ShownCalibration, state: SessionState) -> str:
        assert state.dataset is not None
        names = [state.dataset.classes.name[row] for row in sorted(shown.class_rows)]
        ece, mce, laece = (figure(value, 3) for value in shown.errors)
        return (
            f"{', '.join(names) if names else 'All classes together'}, all scores\n"
            f"D-ECE {ece}: the mean gap between mean score and precision, weighted by predictions\n"
            f"MCE {mce}: the largest gap of a bin\n"
            f"LaECE {laece}: per class, a true positive counting with its IoU; the mean over classes\n"
            "Ignored predictions are left out; classes without ground truth count as wrong"
        )

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the error that stands at ``position`` in the heading; over a bin that of D-ECE."""
        shown, dataset = self.store.state.calibration, self.store.state.dataset
        if shown is None or dataset is None or len(shown.class_rows) > 1:
            return ""
        key = self._key_at(position)
        if not key:
            return ""
        return f"classes.{dataset.classes.name[min(shown.class_rows)]}.{key}" if shown.class_rows else f"summary.{key}"

    def _key_at(self, position: QPoint) -> str:
        if self.plot.bin_at(self.plot.mapFrom(self, position)) >= 0:
            return "ece"
        inside, text = self.figure_label.mapFrom(self, position), self.figure_label.text()
        if not text or not self.figure_label.rect().contains(inside):
            return ""
        width = self.figure_label.fontMetrics().horizontalAdvance
        start, parts = self.figure_label.width() - width(text), text.split(" · ")
        ends = [start + width(" · ".join(parts[: place + 1])) for place in range(len(parts))]
        return next((key for key, end in zip(_KEYS, ends, strict=True) if inside.x() <= end), _KEYS[-1])

    def restyle(self) -> None:
        self.plot.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.controller.calibration.look(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.controller.calibration.look(False)

    def _filter(self, place: int) -> None:
        """Show only what has a score in the bin, or anything again."""
        shown = self.store.state.calibration
        if shown is not None:
            self.controller.query.toggle_expression(bin_expression(shown.calibration, place))


def bin_expression(calibration: Calibration, place: int) -> str:
    """Return the expression that keeps the scores of a bin: of equal width its upper end is the next one's, but for the last."""
    low, high = float(calibration.bins.low[place]), float(calibration.bins.high[place])
    if calibration.binning == "equal mass" or place == len(calibration.bins) - 1:
        return f"score BETWEEN {low!r} AND {high!r}"
    return f"score >= {low!r} AND score < {high!r}"


def _rule(calibration: Calibration) -> str:
    return {"coco at iou": "COCO's matching at IoU"}.get(calibration.tp_rule, calibration.tp_rule)
