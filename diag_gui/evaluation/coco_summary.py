"""COCO's figures: average precision and recall over ten IoU thresholds and four area ranges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.data.dataset import GroundTruth
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation.area_ranges import AREA_RANGES, ignored_in_ranges
from diag_gui.evaluation.average_precision import IOU_GRID, RECALL_GRID
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.match_grid import match_grid
from diag_gui.evaluation.operating_point import defined_mean
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError

BY_AREA = ("APs", "APm", "APl", "ARs", "ARm", "ARl")
"""Figures that need areas in true pixels."""

COCO_LIMITS = (1, 10, 100)
"""Predictions per image and class of AR1, AR10 and AR100."""


@dataclass(frozen=True, slots=True, eq=False)
class CocoArrays:
    """The arrays that pycocotools keeps in ``COCOeval.eval``: -1 where a class has no ground truth in the range.

    Attributes
    ----------
    precision, scores : ndarray of float64, shape (T, R, K, A, M)
        By IoU threshold, recall, class, area range and limit of predictions per image.
    recall : ndarray of float64, shape (T, K, A, M)
    """

    precision: FloatArray
    scores: FloatArray
    recall: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CocoSummary:
    """The twelve figures, and per class what they are means of.

    Attributes
    ----------
    figures : dict of str to float
        ``AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl``, and ``AR_max`` where the cut is not 100;
        NaN where undefined, which those of `BY_AREA` are where sizes of images are nominal.
    class_rows : ndarray of int32, shape (K,)
        Classes with ground truth.
    ap, recall : ndarray of float64, shape (K, A, T)
        Average precision and final recall of these classes; NaN without ground truth in the range.
    n_gt : ndarray of int64, shape (A, K)
        Ground truth of these classes that counts in each range.
    matched, ignored : ndarray of uint64, shape (P,)
        Bit ``a * T + t``: whether the prediction is matched, or ignored, in area range a at IoU threshold t.
    facts : RunFacts
    images : ndarray of bool, shape (I,), or None
        Images that counted.
    """

    figures: dict[str, float]
    class_rows: IntArray
    ap: FloatArray
    recall: FloatArray
    n_gt: LongArray
    matched: BitArray
    ignored: BitArray
    facts: RunFacts
    images: BoolArray | None

    def ap_per_class(self) -> FloatArray:
        """Return COCO's AP of every class of the dataset, the mean over the ten IoU thresholds; NaN without ground truth."""
        per_class = np.full(len(self.facts.dataset.classes), np.nan)
        per_class[self.class_rows] = self.ap[:, 0].mean(axis=1)
        return per_class

    def ap50_per_class(self) -> FloatArray:
        """Return AP at IoU .50 of every class, what ``AP50`` is the mean of; NaN without ground truth in the whole range."""
        per_class = np.full(len(self.facts.dataset.classes), np.nan)
        per_class[self.class_rows] = self.ap[:, 0, 0]
        return per_class

    def arrays(self, limits: tuple[int, ...] = COCO_LIMITS) -> CocoArrays:
        """Compute the arrays over every class of the dataset; large, therefore on demand.

        Parameters
        ----------
        limits : tuple of int
            Predictions per image and class; at most ``facts.max_detections`` are considered.
        """
        n_classes, facts = len(self.facts.dataset.classes), self.facts
        shape = (len(IOU_GRID), len(RECALL_GRID), n_classes, len(AREA_RANGES), len(limits))
        precision, scores = np.full(shape, -1.0), np.full(shape, -1.0)
        recall = np.full(shape[:1] + shape[2:], -1.0)
        for m, limit in enumerate(limits):
            by_class = accumulation_loops.precision_grid(
                facts.ranking.by_class,
                facts.ranking.class_offsets,
                self.class_rows,
                counted_predictions(facts, self.images, limit),
                facts.run.predictions.score,
                self.matched,
                self.ignored,
                self.n_gt,
                len(IOU_GRID),
                RECALL_GRID,
            )
            precision[..., m][:, :, self.class_rows] = by_class[0].transpose(2, 3, 0, 1)
            scores[..., m][:, :, self.class_rows] = by_class[1].transpose(2, 3, 0, 1)
            recall[..., m][:, self.class_rows] = by_class[2].transpose(2, 0, 1)
        return CocoArrays(precision, scores, recall)


def lies_in_whole_range(facts: RunFacts) -> bool:
    """Return whether every area lies in COCO's range of all areas, so that its AP is that of the counts at a threshold.

    Notes
    -----
    Predictions of negative size cost precision at an operating point; pycocotools ignores them where nothing matches them,
    since their area is negative. AP, and AP50 of a class, follow pycocotools.
    """
    _, low, high = AREA_RANGES[0]
    return all(not len(area) or (area.min() >= low and area.max() <= high) for area in (facts.gt_area, facts.pred_area))


def counted_predictions(facts: RunFacts, images: BoolArray | None, max_detections: int) -> BoolArray:
    """Return which predictions survive the cut per image and class and lie on asked images: bool, shape (P,)."""
    counted = facts.ranking.rank < min(max_detections, facts.max_detections)
    if images is not None:
        counted &= images[facts.run.predictions.image_row]
    return counted


def summarize(
    facts: RunFacts,
    *,
    images: BoolArray | None = None,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CocoSummary:
    """Compute the twelve COCO figures of a run.

    Parameters
    ----------
    facts : RunFacts
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Returns
    -------
    CocoSummary

    Raises
    ------
    EvaluationError
        If overlaps from IoU 0.5 on were not kept, or ``images`` is no mask of the images.

    Notes
    -----
    AP* and ARs, ARm, ARl use ``facts.max_detections``; AR1, AR10 and AR100 the lesser of their own limit and it.

    References
    ----------
    .. [1] ``COCOeval`` of pycocotools 2.0.11, followed to 1e-9 in every figure and array.
    """
    facts.check_images(images)
    if facts.pairs.floor > IOU_GRID[0]:
        raise EvaluationError("background_iou", f"overlaps below IoU {facts.pairs.floor} were not kept")
    gt, predictions, ranking = facts.dataset.ground_truth, facts.run.predictions, facts.ranking
    gt_ignored = ignored_in_ranges(facts.gt_area, facts.gt_ignored)
    counted = counted_predictions(facts, images, facts.max_detections)
    grid = facts.grid if images is None else None
    if grid is None or grid.max_detections != facts.max_detections:
        grid = match_grid(facts, counted, workers=workers, progress=progress, cancelled=cancelled)
    matched, ignored = grid.matched, grid.ignored
    class_rows, n_gt = _ground_truth_in_ranges(gt, gt_ignored, images)

    def accumulate_classes(first: int, last: int) -> tuple[FloatArray, FloatArray]:
        return accumulation_loops.accumulate(
            ranking.by_class,
            ranking.class_offsets,
            class_rows[first:last],
            counted,
            predictions.score,
            matched,
            ignored,
            np.ascontiguousarray(n_gt[:, first:last]),
            len(IOU_GRID),
            RECALL_GRID,
        )

    parts = map_chunks(accumulate_classes, len(class_rows), at_least=1, workers=workers, cancelled=cancelled)
    ap, recall = (np.concatenate(column) for column in zip(*parts, strict=True))
    n_true = _true_positives(facts, class_rows, matched & ~ignored, counted)
    figures = coco_figures(ap, recall, n_gt[0], n_true, facts.max_detections, sizes_are_nominal=facts.dataset.sizes_are_nominal)
    return CocoSummary(figures, class_rows, ap, recall, n_gt, matched, ignored, facts, images)


def _true_positives(facts: RunFacts, class_rows: IntArray, is_true: BitArray, counted: BoolArray) -> LongArray:
    """Return the true positives of K classes within each of `COCO_LIMITS`, int64 (L, K, T)."""
    in_whole_range = np.uint64((1 << len(IOU_GRID)) - 1)
    rows = np.flatnonzero(counted & (is_true & in_whole_range != 0))
    n_classes, n_limits = len(class_rows), len(COCO_LIMITS)
    # True positives are of classes with ground truth: tables of these alone, since a file may name a million others.
    place = np.full(len(facts.dataset.classes), -1, np.int32)
    place[class_rows] = np.arange(n_classes, dtype=np.int32)
    # Each row is counted at the least limit that takes it in, then the limits add up.
    least = np.searchsorted(COCO_LIMITS, facts.ranking.rank[rows], side="right").astype(np.int32)
    group = least * np.int32(n_classes) + place[facts.run.predictions.class_row[rows]]
    n_true = accumulation_loops.count_bits(group, is_true[rows], (n_limits + 1) * n_classes, len(IOU_GRID))
    return np.cumsum(n_true.reshape(n_limits + 1, n_classes, len(IOU_GRID))[:n_limits], axis=0)


def coco_figures(
    ap: FloatArray, recall: FloatArray, n_gt: LongArray, n_true: LongArray, max_detections: int, *, sizes_are_nominal: bool
) -> dict[str, float]:
    """Return the figures of `CocoSummary` from those of its classes.

    Parameters
    ----------
    ap, recall : ndarray of float64, shape (K, A, T)
    n_gt : ndarray of int64, shape (K,)
        Ground truth that counts in the first area range.
    n_true : ndarray of int64, shape (L, K, T)
        True positives in it within each of `COCO_LIMITS`.
    max_detections : int
    sizes_are_nominal : bool
        Figures by area are undefined.
    """
    figures = {
        "AP": defined_mean(ap[:, 0]),
        "AP50": defined_mean(ap[:, 0, 0]),
        "AP75": defined_mean(ap[:, 0, 5]),
        "APs": defined_mean(ap[:, 1]),
        "APm": defined_mean(ap[:, 2]),
        "APl": defined_mean(ap[:, 3]),
    }
    for limit, within in zip(COCO_LIMITS, n_true, strict=True):
        figures[f"AR{limit}"] = defined_mean((within / np.maximum(n_gt, 1)[:, np.newaxis])[n_gt > 0])
    figures |= {"ARs": defined_mean(recall[:, 1]), "ARm": defined_mean(recall[:, 2]), "ARl": defined_mean(recall[:, 3])}
    if sizes_are_nominal:
        figures |= dict.fromkeys(BY_AREA, np.nan)
    if max_detections != COCO_LIMITS[-1]:
        figures["AR_max"] = defined_mean(recall[:, 0])
    return figures


def _ground_truth_in_ranges(gt: GroundTruth, gt_ignored: ByteArray, images: BoolArray | None) -> tuple[IntArray, LongArray]:
    """Return the classes with ground truth that counts in any range, int32 (K,), and how much in each, int64 (A, K)."""
    asked = np.ones(len(gt), dtype=bool) if images is None else images[gt.image_row]
    asked &= gt_ignored != (1 << len(AREA_RANGES)) - 1
    class_of, ignored = gt.class_row[asked], gt_ignored[asked]
    class_rows = np.flatnonzero(np.bincount(class_of))
    side = class_rows[-1] + 1 if len(class_rows) else 0
    n_gt = [np.bincount(class_of[ignored >> a & 1 == 0], minlength=side)[class_rows] for a in range(len(AREA_RANGES))]
    return class_rows.astype(np.int32), np.array(n_gt, dtype=np.int64)
