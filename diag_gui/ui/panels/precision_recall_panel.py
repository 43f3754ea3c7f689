"""Precision against recall. A click on the curve sets the score threshold to that point."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt

from diag_gui.evaluation.curves import CurveOutline
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.panels.curve_plot import MOST_CURVES, CurvePlot
from diag_gui.ui.plain_text import as_tooltip, figure
from diag_gui.ui.what_figures_cover import COVER_MEANING, cover_of


class PrecisionRecallPanel(Panel):
    """The curve of all classes together, or of the classes in question, at the shown IoU threshold."""

    watches = Change.DATA | Change.EVALUATION | Change.QUERY
    title = "Precision – recall"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.plot = CurvePlot()
        self.plot.picked.connect(self._pick)
        self.body.addWidget(self.plot, 1)
        self._outlines: list[CurveOutline] = []
        # A click on one of its figures explains it.
        self.figure_label.setCursor(Qt.CursorShape.PointingHandCursor)

    def refresh(self, state: SessionState, change: Change) -> None:
        evaluation = state.evaluation
        if evaluation is None or state.facts is None or state.dataset is None:
            self.figure_label.setText("")
            self._outlines = []
            self.plot.show_curves([], [])
            return
        classes = sorted(state.query.class_rows)[:MOST_CURVES]
        table, totals = evaluation.per_class, evaluation.totals
        if classes:
            self._outlines = [evaluation.outline(row) for row in classes]
            points = [(float(table.recall[row]), float(table.precision[row])) for row in classes]
        else:
            self._outlines = [evaluation.outline(None)]
            points = [(totals.recall, totals.precision)]
        params = evaluation.params
        self.plot.show_curves(self._outlines, points)
        first = self._outlines[0]
        ap = totals.ap if not classes else float(table.ap[classes[0]])
        by_rules = "" if params.rules.is_coco else f" ({params.rules.text})"
        name = "AP" + f"{params.iou_threshold:.2f}".removeprefix("0")
        best = f"best F1 {figure(first.best_f1)} @ {figure(first.best_score)}"
        cover = cover_of(self.controller, state)
        told = f"{name} {figure(ap)}{by_rules} · {best}"
        if len(classes) > 1:
            told = f"{len(classes)} classes at IoU {params.iou_threshold:.2f}"
        self.figure_label.setText(f"{told}, {cover}" if cover else told)
        what = ", ".join(state.dataset.classes.name[row] for row in classes) if classes else "All classes together"
        self.figure_label.setToolTip(
            as_tooltip(
                f"{what} at IoU {params.iou_threshold:.2f}\n"
                f"Curve and best F1: COCO's matching, at most {params.max_detections} per image and class\n"
                f"{params.rules.sentence(params.iou_threshold)}\n"
                "AP and best F1 ignore the score threshold" + (f"\n{COVER_MEANING}" if cover else "")
            )
        )

    def figure_at(self, position: QPoint) -> str:
        """Return the path of AP, of the best F1 or of its score, whichever stands at ``position`` in the heading."""
        inside = self.figure_label.mapFrom(self, position)
        classes, dataset = self.store.state.query.class_rows, self.store.state.dataset
        if not self.figure_label.rect().contains(inside) or dataset is None or len(classes) > 1 or not self._outlines:
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
        for curve in self._outlines:
            if not len(curve.score):
                continue
            distance = (curve.recall - recall) ** 2 + (curve.precision - precision) ** 2
            nearest = int(np.argmin(distance))
            if distance[nearest] < best:
                best, chosen = float(distance[nearest]), float(curve.score[nearest])
        if chosen is not None:
            self.controller.thresholds.set_score(chosen)
