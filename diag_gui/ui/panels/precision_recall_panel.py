"""Precision against recall. A click on the curve sets the score threshold to that point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from diag_gui.data.arrays import ByteArray, FloatArray
from diag_gui.evaluation.curves import Curve, precision_recall
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.plain_text import as_tooltip, figure
from diag_gui.ui.theme import current_theme, font

_MAX_CLASSES = 8
_MAX_POINTS = 1_200
_LINE_ROLES = ("accent", "good", "background", "classification", "missed", "localization", "both", "duplicate")
_TICKS = ((0.0, "0"), (0.25, ".25"), (0.5, ".50"), (0.75, ".75"), (1.0, "1"))


class PrecisionRecallPanel(Panel):
    """The curve of all classes together, or of the classes in question, at the shown IoU threshold."""

    watches = Change.DATA | Change.EVALUATION | Change.QUERY
    title = "Precision – recall"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.plot = _CurvePlot(self._pick)
        self.body.addWidget(self.plot, 1)
        self._curves: list[Curve] = []
        # What the curves were made of: it stays the same object while only the score threshold moves.
        self._curves_of: tuple[ByteArray | None, list[int | None]] = (None, [])

    def refresh(self, state: SessionState, change: Change) -> None:
        if state.evaluation is None or state.facts is None or state.dataset is None:
            self.figure_label.setText("")
            self._curves, self._curves_of = [], (None, [])
            self.plot.show_curves([], None)
            return
        classes = sorted(state.query.class_rows)[:_MAX_CLASSES]
        wanted: list[int | None] = [*classes] if classes else [None]
        status, shown = self._curves_of
        if status is not state.evaluation.status or shown != wanted:
            self._curves_of = (state.evaluation.status, wanted)
            self._curves = [precision_recall(state.evaluation, state.facts, class_row) for class_row in wanted]
        params = state.evaluation.params
        self.plot.show_curves(self._curves, params.score_threshold)
        first = self._curves[0]
        ap = state.evaluation.totals.ap if not classes else first.ap
        name = "AP" + f"{params.iou_threshold:.2f}".removeprefix("0")
        if len(classes) > 1:
            self.figure_label.setText(f"{len(classes)} classes at IoU {params.iou_threshold:.2f}")
        else:
            self.figure_label.setText(f"{name} {figure(ap)} · best F1 {figure(first.best_f1)} @ {figure(first.best_score)}")
        what = ", ".join(state.dataset.classes.name[row] for row in classes) if classes else "All classes together"
        self.figure_label.setToolTip(
            as_tooltip(
                f"{what}\nCOCO 101 points at IoU {params.iou_threshold:.2f}, at most {params.max_detections} per image and class;"
                f"\nAP and best F1 ignore the score threshold"
            )
        )

    def restyle(self) -> None:
        self.plot.restyle()

    def _pick(self, recall: float, precision: float) -> None:
        """Set the score threshold to the point of the curves nearest to a click."""
        best, chosen = np.inf, None
        for curve in self._curves:
            if not len(curve.score) or np.isnan(curve.recall[0]):
                continue
            distance = (curve.recall - recall) ** 2 + (curve.precision - precision) ** 2
            nearest = int(np.argmin(distance))
            if distance[nearest] < best:
                best, chosen = float(distance[nearest]), float(curve.score[nearest])
        if chosen is not None:
            self.controller.thresholds.set_score(chosen)


class _CurvePlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph carries no types
    """Curves on the unit square, with the operating point and the best F1 on the first."""

    def __init__(self, on_pick: Callable[[float, float], None]) -> None:
        super().__init__()
        self._on_pick = on_pick
        self._shown: tuple[list[Curve], float | None] = ([], None)
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.getViewBox().setMouseEnabled(False, False)
        item.setRange(xRange=(0, 1), yRange=(0, 1.02), padding=0.01)
        item.setLabel("bottom", "recall")
        item.setLabel("left", "precision")
        for axis in ("left", "bottom"):
            item.getAxis(axis).setStyle(tickFont=font("caption"), tickLength=-4)
            item.getAxis(axis).setTicks([[(value, text) for value, text in _TICKS]])
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Precision-recall curve")
        self._lines = [pg.PlotDataItem(connect="all") for _ in range(_MAX_CLASSES)]
        for line in self._lines:
            item.addItem(line)
        self._best = pg.ScatterPlotItem(size=9, pen=None)
        self._point = pg.ScatterPlotItem(size=10)
        item.addItem(self._best)
        item.addItem(self._point)
        self.restyle()

    def show_curves(self, curves: list[Curve], score_threshold: float | None) -> None:
        """Draw ``curves``; mark where each is at ``score_threshold``."""
        before, _ = self._shown
        self._shown = (curves, score_threshold)
        if curves is not before:
            for place, line in enumerate(self._lines):
                if place < len(curves) and len(curves[place].score) and not np.isnan(curves[place].recall[0]):
                    line.setData(*_thinned(curves[place].recall, curves[place].precision))
                elif place < len(before):
                    line.setData([], [])
            self._best.setData(*_points(curves, [curve.best_score for curve in curves]))
        at = [score_threshold if score_threshold is not None else np.nan] * len(curves)
        self._point.setData(*_points(curves, at))

    def restyle(self) -> None:
        """Take the colours of the theme."""
        theme = current_theme()
        self.setBackground(theme.color("panel"))
        for axis in ("left", "bottom"):
            self.getPlotItem().getAxis(axis).setPen(theme.color("line"))
            self.getPlotItem().getAxis(axis).setTextPen(theme.color("secondary"))
        for line, role in zip(self._lines, _LINE_ROLES, strict=True):
            line.setPen(pg.mkPen(theme.color(role), width=2))
        self._best.setBrush(theme.color("true_positive"))
        self._point.setBrush(theme.color("panel"))
        self._point.setPen(pg.mkPen(theme.color("text"), width=2))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            at: QPointF = self.getPlotItem().getViewBox().mapSceneToView(self.mapToScene(event.position().toPoint()))
            if -0.05 <= at.x() <= 1.05 and -0.05 <= at.y() <= 1.08:
                self._on_pick(at.x(), at.y())


def _thinned(recall: FloatArray, precision: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return at most `_MAX_POINTS` points: of each step of recall, less than a pixel wide, the ends and the extremes."""
    if len(recall) <= _MAX_POINTS:
        return recall, precision
    steps = np.linspace(0.0, 1.0, _MAX_POINTS // 4 + 1)[:-1]
    first = np.unique(np.searchsorted(recall, steps))
    first = first[first < len(recall)]
    first[0] = 0
    last = np.append(first[1:], len(recall)) - 1
    middle = (recall[first] + recall[last]) / 2
    lowest, highest = np.minimum.reduceat(precision, first), np.maximum.reduceat(precision, first)
    columns = ((recall[first], precision[first]), (middle, lowest), (middle, highest), (recall[last], precision[last]))
    x, y = (np.column_stack(parts).ravel() for parts in zip(*columns, strict=True))
    return x, y


def _points(curves: list[Curve], scores: list[float]) -> tuple[list[float], list[float]]:
    """Return recall and precision of each curve if predictions with at least the given score are kept."""
    recalls, precisions = [], []
    for curve, score in zip(curves, scores, strict=True):
        kept = int(np.searchsorted(-curve.score, -score, side="right"))
        if kept and score == score and curve.recall[kept - 1] == curve.recall[kept - 1]:
            recalls.append(float(curve.recall[kept - 1]))
            precisions.append(float(curve.precision[kept - 1]))
    return recalls, precisions
