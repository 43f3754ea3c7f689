"""Precision against recall. A click on the curve sets the score threshold to that point."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint

from diag_gui.data.arrays import ByteArray
from diag_gui.evaluation.curves import Curve, precision_recall
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.curve_plot import MOST_CURVES, CurvePlot
from diag_gui.ui.plain_text import as_tooltip, figure


class PrecisionRecallPanel(Panel):
    """The curve of all classes together, or of the classes in question, at the shown IoU threshold."""

    watches = Change.DATA | Change.EVALUATION | Change.QUERY
    title = "Precision – recall"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.plot = CurvePlot()
        self.plot.picked.connect(self._pick)
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
        classes = sorted(state.query.class_rows)[:MOST_CURVES]
        wanted: list[int | None] = [*classes] if classes else [None]
        status, shown = self._curves_of
        if status is not state.evaluation.status or shown != wanted:
            self._curves_of = (state.evaluation.status, wanted)
            self._curves = [precision_recall(state.evaluation, state.facts, class_row) for class_row in wanted]
        params = state.evaluation.params
        self.plot.show_curves(self._curves, params.score_threshold)
        first = self._curves[0]
        ap = state.evaluation.totals.ap if not classes else float(state.evaluation.per_class.ap[classes[0]])
        by_rules = "" if params.rules.is_coco else f" ({params.rules.text})"
        name = "AP" + f"{params.iou_threshold:.2f}".removeprefix("0")
        best = f"best F1 {figure(first.best_f1)} @ {figure(first.best_score)}"
        if len(classes) > 1:
            self.figure_label.setText(f"{len(classes)} classes at IoU {params.iou_threshold:.2f}")
        else:
            self.figure_label.setText(f"{name} {figure(ap)}{by_rules} · {best}")
        what = ", ".join(state.dataset.classes.name[row] for row in classes) if classes else "All classes together"
        self.figure_label.setToolTip(
            as_tooltip(
                f"{what} at IoU {params.iou_threshold:.2f}\n"
                f"Curve and best F1: COCO's matching, at most {params.max_detections} per image and class\n"
                f"{params.rules.sentence(params.iou_threshold)}\n"
                "AP and best F1 ignore the score threshold"
            )
        )

    def figure_at(self, position: QPoint) -> str:
        """Return the path of AP, of the best F1 or of its score, whichever stands at ``position`` in the heading."""
        inside = self.figure_label.mapFrom(self, position)
        classes, dataset = self.store.state.query.class_rows, self.store.state.dataset
        if not self.figure_label.rect().contains(inside) or dataset is None or len(classes) > 1 or not self._curves:
            return ""
        before = self.figure_label.text()
        width = self.figure_label.fontMetrics().horizontalAdvance
        start = self.figure_label.width() - width(before)
        key = "ap_at_iou"
        for mark, its_key in ((" · ", "best_f1"), (" @ ", "best_score")):
            if mark in before and inside.x() > start + width(before[: before.index(mark)]):
                key = its_key
        return ".".join(["summary", key] if not classes else ["classes", dataset.classes.name[min(classes)], key])

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
