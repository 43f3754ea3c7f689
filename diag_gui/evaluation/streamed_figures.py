"""Figures of a run of any size, images at a time, without pairs or rows of the whole run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BitArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation._kernels.ranking_loops import ranking_loops
from diag_gui.evaluation._kernels.streaming_loops import streaming_loops
from diag_gui.evaluation.average_precision import IOU_GRID, RECALL_GRID, ScoreSweep
from diag_gui.evaluation.chunks import map_bounds, map_groups
from diag_gui.evaluation.coco_summary import COCO_LIMITS, coco_figures
from diag_gui.evaluation.joined_columns import JoinedColumns
from diag_gui.evaluation.operating_point import NOT_COUNTED, ClassTable, Totals, mean_of, table_of_counts, totals
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.partial_figures import PartialFigures, check_parts, ground_truth_of, partial_figures
from diag_gui.evaluation.ranking import ranges_of_keys
from diag_gui.evaluation.run_columns import RunColumns
from diag_gui.exceptions import EvaluationError

OF_A_PART = 262_144
"""Predictions of a part: few enough for little memory, many enough that putting parts together costs nothing."""

_OF_CLASSES = 16_384
"""Predictions of classes that are worth a thread."""


@dataclass(frozen=True, slots=True, eq=False)
class StreamedFigures:
    """What `CocoSummary` and `Evaluation` say in numbers, without the rows.

    Attributes
    ----------
    params : EvaluationParams
    figures : dict of str to float
    class_rows : ndarray of int32, shape (K,)
    ap, recall : ndarray of float64, shape (K, A, T)
    n_gt : ndarray of int64, shape (A, K)
        As in `CocoSummary`.
    per_class : ClassTable
    totals : Totals
        As in `Evaluation`.
    n_predictions : int
        Of the run, those cut by ``max_detections`` included.
    """

    params: EvaluationParams
    figures: dict[str, float]
    class_rows: IntArray
    ap: FloatArray
    recall: FloatArray
    n_gt: LongArray
    per_class: ClassTable
    totals: Totals
    n_predictions: int

    def ap_per_class(self) -> FloatArray:
        """Return COCO's AP of every class, as `CocoSummary.ap_per_class` does."""
        per_class = np.full(len(self.per_class), np.nan)
        per_class[self.class_rows] = self.ap[:, 0].mean(axis=1)
        return per_class


def stream_figures(
    columns: RunColumns | JoinedColumns,
    params: EvaluationParams,
    *,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> StreamedFigures:
    """Compute the figures of a run part by part.

    Parameters
    ----------
    columns : RunColumns or JoinedColumns
        May lie in files that are mapped: each value is read once, and let go of.
    params : EvaluationParams
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_bounds`; progress tells of matching, which is most of the work.

    Returns
    -------
    StreamedFigures

    Raises
    ------
    EvaluationError
        As `partial_figures` does.
    CancelledError
        If ``cancelled`` said so.
    """

    def part_of(first: int, last: int) -> PartialFigures:
        part = partial_figures(columns, first, last, params)
        columns.let_go(first, last)
        return part

    parts = map_groups(
        part_of,
        columns.pred_offsets,
        at_least=OF_A_PART // 8,
        at_most=OF_A_PART,
        workers=workers,
        progress=progress,
        cancelled=cancelled,
    )
    return figures_of_parts(
        parts, columns.n_classes, params, sizes_are_nominal=columns.sizes_are_nominal, workers=workers, cancelled=cancelled
    )


def figures_of_parts(
    parts: Sequence[PartialFigures],
    n_classes: int,
    params: EvaluationParams,
    *,
    sizes_are_nominal: bool = False,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> StreamedFigures:
    """Compute the figures of a run from its parts.

    Parameters
    ----------
    parts : sequence of PartialFigures
        Of all its images, in their order.
    n_classes : int
        C, classes of the dataset.
    params : EvaluationParams
        Its score threshold is free; the others must be those of the parts.
    sizes_are_nominal : bool
        Figures by area are undefined.
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_bounds`.

    Returns
    -------
    StreamedFigures
        To the bit what `summarize` and `evaluate` give on all images at once.

    Raises
    ------
    EvaluationError
        If there is no part, or one was computed with other settings.
    """
    check_parts(parts)
    if (parts[0].iou_threshold, parts[0].max_detections) != (params.iou_threshold, params.max_detections):
        raise EvaluationError("params", "differ from those that the parts were computed with")
    gt_classes, n_gt = ground_truth_of(parts)
    classes = np.unique(np.concatenate([gt_classes, *(part.classes for part in parts)]))
    n_gt_of_class = np.zeros((len(n_gt), len(classes)), np.int64)
    n_gt_of_class[:, np.searchsorted(classes, gt_classes)] = n_gt

    def accumulate(first: int, last: int) -> _ClassFigures:
        return _class_figures(parts, classes[first:last], n_gt_of_class[:, first:last], params.score_threshold)

    n_rows = np.zeros(len(classes) + 1, np.int64)
    for part in parts:
        n_rows[1 + np.searchsorted(classes, part.classes)] += np.diff(part.offsets)
    chunks = map_groups(accumulate, np.cumsum(n_rows), at_least=_OF_CLASSES, workers=workers, cancelled=cancelled)
    together = _sweep_together(chunks, int(n_gt[-1].sum()), workers)
    column = _Columns(chunks, classes, n_classes)
    sweep = ScoreSweep(column("ap_at", np.nan), column("best_f1", np.nan), column("best_score", np.nan), *together)
    n_counted = np.zeros(n_classes, np.int64)
    n_counted[classes] = n_gt_of_class[-1]
    with_gt = n_gt_of_class[:-1].any(axis=0)
    ap, recall = (np.concatenate([getattr(chunk, name) for chunk in chunks])[with_gt] for name in ("ap", "recall"))
    ap50 = np.full(n_classes, np.nan)
    ap50[classes[with_gt]] = ap[:, 0, 0]
    tp = column("tp", 0)
    mean_iou = mean_of(column("iou_sum", 0.0), tp)
    table = table_of_counts(n_counted, tp, column("fp", 0), sweep, sweep.ap, lambda: mean_iou, lambda: ap50)
    n_true = np.concatenate([chunk.n_true for chunk in chunks], axis=1)[:, with_gt]
    n_in_range = n_gt_of_class[:-1, with_gt]
    return StreamedFigures(
        params=params,
        figures=coco_figures(ap, recall, n_in_range[0], n_true, params.max_detections, sizes_are_nominal=sizes_are_nominal),
        class_rows=classes[with_gt].astype(np.int32),
        ap=ap,
        recall=recall,
        n_gt=n_in_range,
        per_class=table,
        totals=totals(table, sum(part.n_images for part in parts), sweep),
        n_predictions=sum(part.n_predictions for part in parts),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _ClassFigures:
    """Figures of some classes; ``keys`` and ``status`` of their predictions, by class, then descending score."""

    ap: FloatArray
    recall: FloatArray
    n_true: LongArray
    ap_at: FloatArray
    best_f1: FloatArray
    best_score: FloatArray
    tp: LongArray
    fp: LongArray
    iou_sum: FloatArray
    offsets: LongArray
    keys: BitArray
    status: ByteArray


def _class_figures(parts: Sequence[PartialFigures], classes: IntArray, n_gt: LongArray, score_threshold: float) -> _ClassFigures:
    offsets, score, keys, matched, ignored, status, _, tp, fp, iou_sum, n_true = streaming_loops.expand_classes(
        [part.score for part in parts],
        [part.flags for part in parts],
        [part.matched for part in parts],
        [part.ignored for part in parts],
        [part.iou for part in parts],
        [part.rank for part in parts],
        np.stack([_starts(part.classes, part.offsets, classes) for part in parts]),
        np.stack([_starts(part.classes, part.entry_offsets, classes) for part in parts]),
        np.array(COCO_LIMITS),
        len(IOU_GRID),
        score_threshold,
    )
    order = np.arange(len(score), dtype=np.int32)
    ranking_loops.sort_classes(order, keys, offsets, 0, len(classes))
    n_counted = np.ascontiguousarray(n_gt[-1])
    ap, recall = accumulation_loops.accumulate(
        order,
        offsets,
        np.arange(len(classes), dtype=np.int32),
        np.ones(len(score), np.bool_),
        score,
        matched,
        ignored,
        np.ascontiguousarray(n_gt[:-1]),
        len(IOU_GRID),
        RECALL_GRID,
    )
    ap_at, best_f1, best_score = accumulation_loops.sweep(order, offsets, status, score, n_counted, RECALL_GRID)
    return _ClassFigures(ap, recall, n_true, ap_at, best_f1, best_score, tp, fp, iou_sum, offsets, keys, status[order])


def _starts(of_part: IntArray, offsets: LongArray, classes: IntArray) -> LongArray:
    """Return where consecutive classes start in the columns of a part that may lack some, int64 (K + 1,)."""
    first = np.searchsorted(of_part, classes)
    last = np.searchsorted(of_part, classes[-1:], side="right")
    return offsets[np.concatenate((first, last if len(classes) else [0]))]


def _sweep_together(chunks: Sequence[_ClassFigures], n_gt: int, workers: int | None) -> tuple[float, float, float]:
    """Return average precision, best F1 and its score of all classes taken together as one, as `sweep_together` does."""
    lengths = np.concatenate([[0], *(np.diff(chunk.offsets) for chunk in chunks)])
    keys = np.concatenate([chunk.keys for chunk in chunks])
    status = np.concatenate([chunk.status for chunk in chunks])
    offsets, bounds = np.cumsum(lengths).astype(np.int64), ranges_of_keys(keys)

    def in_range(first: int, last: int) -> tuple[FloatArray, ByteArray]:
        return streaming_loops.status_between(keys, status, offsets, bounds[first], bounds[last])

    ranges = map_bounds(in_range, [(place, place + 1) for place in range(len(bounds) - 1)], workers=workers)
    scores, statuses = [score for score, _ in ranges], [some for _, some in ranges]
    if n_gt:
        return accumulation_loops.sweep_ranges(statuses, scores, n_gt, RECALL_GRID)
    for some, score in zip(statuses, scores, strict=True):
        counted = np.flatnonzero(some != NOT_COUNTED)
        if len(counted):
            return np.nan, 0.0, float(score[counted[0]])
    return np.nan, np.nan, np.nan


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Columns over all classes of the dataset made of those of some."""

    chunks: Sequence[_ClassFigures]
    classes: IntArray
    n_classes: int

    def __call__(self, name: str, elsewhere: float) -> AnyArray:
        some = np.concatenate([getattr(chunk, name) for chunk in self.chunks])
        column = np.full(self.n_classes, elsewhere, dtype=some.dtype)
        column[self.classes] = some
        return column
