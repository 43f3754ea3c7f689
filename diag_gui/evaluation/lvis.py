"""LVIS's rules: COCO's matching, where only what was looked for in an image counts in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.data.dataset import FREQUENCIES
from diag_gui.data.predictions import Predictions
from diag_gui.data.row_lists import RowLists
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation._kernels.rules_loops import rules_loops
from diag_gui.evaluation.area_ranges import AREA_RANGES, ignored_in_ranges, outside_ranges
from diag_gui.evaluation.average_precision import IOU_GRID, RECALL_GRID
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.coco_summary import BY_AREA
from diag_gui.evaluation.label_flags import IGNORE, flagged
from diag_gui.evaluation.operating_point import defined_mean, ground_truth_per_class
from diag_gui.evaluation.row_order import stable_order
from diag_gui.evaluation.rule_settings import LVIS_LIMIT, RuleSettings
from diag_gui.evaluation.rule_tables import SUMMARY_FIGURES, RuleSummary, RuleTable
from diag_gui.evaluation.run_basis import RunBasis
from diag_gui.exceptions import EvaluationError

_EVERY_RANGE = np.uint8((1 << len(AREA_RANGES)) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class LvisArrays:
    """The arrays that package ``lvis`` keeps in ``LVISEval.eval``: -1 where a class has no ground truth in the range.

    Attributes
    ----------
    precision : ndarray of float64, shape (T, R, C, A)
        By IoU threshold, recall, class and area range.
    recall : ndarray of float64, shape (T, C, A)
    """

    precision: FloatArray
    recall: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class LvisGrid:
    """The decisions at every IoU threshold and area range.

    Attributes
    ----------
    matched, ignored : ndarray of uint64, shape (P,)
        Bit ``a * T + t``, as in `diag_gui.evaluation.coco_summary.CocoSummary`.
    counted : ndarray of bool, shape (P,)
        Predictions that take part.
    class_rows : ndarray of int32, shape (K,)
        Classes with ground truth that counts.
    n_gt : ndarray of int64, shape (A, K)
    """

    matched: BitArray
    ignored: BitArray
    counted: BoolArray
    class_rows: IntArray
    n_gt: LongArray


@dataclass(frozen=True, slots=True, eq=False)
class LvisRun:
    """One run prepared for LVIS's rules: P predictions, G labels.

    Attributes
    ----------
    settings : RuleSettings
    basis : RunBasis
    pairs : CandidatePairs
        Without crowds.
    allowed : ndarray of bool, shape (M,)
        Pairs of one class with a label that is there.
    counted : ndarray of bool, shape (P,)
        Predictions within the limit per image, of a class that was looked for in theirs.
    outside : ndarray of uint8, shape (P,)
        Bit a: a prediction that stays unmatched is ignored in area range a.
    gt_ignored : ndarray of uint8, shape (G,)
        Bit a: ignored in area range a. All bits of what is not there.
    """

    settings: RuleSettings
    basis: RunBasis
    pairs: CandidatePairs
    allowed: BoolArray
    counted: BoolArray
    outside: ByteArray
    gt_ignored: ByteArray

    def __post_init__(self) -> None:
        n_predictions, n_gt = len(self.basis.predictions), len(self.basis.dataset.ground_truth)
        for name, dtype, length in (
            ("allowed", np.bool_, len(self.pairs)),
            ("counted", np.bool_, n_predictions),
            ("outside", np.uint8, n_predictions),
            ("gt_ignored", np.uint8, n_gt),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, (length,), name))

    def table(self, iou_threshold: float, images: BoolArray | None = None) -> RuleTable:
        """Return AP and counts per class at one IoU threshold, over the images that count; None means all.

        Raises
        ------
        EvaluationError
            If overlaps at ``iou_threshold`` were not kept.
        """
        if iou_threshold < self.pairs.floor:
            raise EvaluationError("iou_threshold", f"{iou_threshold} lies below the kept overlaps ({self.pairs.floor})")
        predictions, ranking = self.basis.predictions, self.basis.ranking
        on_images, gt_on_images = self.basis.on_images(images)
        counted, gt_ignored = self.counted & on_images, (self.gt_ignored & 1).astype(np.bool_)
        gt_row_of_pred, _, _ = matching_loops.match(
            self.pairs.pred_offsets,
            self.pairs.gt_row,
            self.pairs.iou,
            self.allowed,
            predictions.image_row,
            ranking.by_image,
            counted,
            self.pairs.gt_is_crowd,
            gt_ignored,
            float(iou_threshold),
        )
        is_matched = gt_row_of_pred >= 0
        is_ignored = ~is_matched & (self.outside & 1).astype(np.bool_)
        is_ignored[is_matched] = gt_ignored[gt_row_of_pred[is_matched]]
        status = (is_matched.astype(np.uint8) + np.uint8(1)) * (counted & ~is_ignored)
        class_row = self.basis.dataset.ground_truth.class_row
        n_gt = ground_truth_per_class(class_row, gt_on_images & ~gt_ignored, len(self.basis.dataset.classes))
        ap, _, _ = accumulation_loops.sweep(ranking.by_class, ranking.class_offsets, status, predictions.score, n_gt, RECALL_GRID)
        return RuleTable.counted(ap, n_gt, status, predictions.class_row)

    def grid(self, images: BoolArray | None = None) -> LvisGrid:
        """Match at every IoU threshold and area range at once.

        Raises
        ------
        EvaluationError
            If overlaps from IoU 0.5 on were not kept.
        """
        if self.pairs.floor > IOU_GRID[0]:
            raise EvaluationError("background_iou", f"overlaps below IoU {self.pairs.floor} were not kept")
        predictions, dataset = self.basis.predictions, self.basis.dataset
        on_images, gt_on_images = self.basis.on_images(images)
        counted = self.counted & on_images
        matched, ignored = np.zeros(len(predictions), np.uint64), np.zeros(len(predictions), np.uint64)

        def match_images(first: int, last: int) -> None:
            matching_loops.match_grid(
                self.pairs.pred_offsets,
                self.pairs.gt_row,
                self.pairs.iou,
                self.allowed,
                predictions.image_row,
                predictions.image_offsets,
                self.basis.ranking.by_image,
                counted,
                self.outside,
                self.pairs.gt_is_crowd,
                self.gt_ignored,
                IOU_GRID,
                first,
                last,
                matched,
                ignored,
            )

        map_chunks(match_images, len(dataset.images), at_least=256)
        asked = gt_on_images & (self.gt_ignored != _EVERY_RANGE)
        class_rows, class_of = np.unique(dataset.ground_truth.class_row[asked], return_inverse=True)
        bits = self.gt_ignored[asked]
        n_gt = [np.bincount(class_of[bits >> a & 1 == 0], minlength=len(class_rows)) for a in range(len(AREA_RANGES))]
        return LvisGrid(matched, ignored, counted, class_rows.astype(np.int32), np.array(n_gt, np.int64))

    def summarize(self, iou_threshold: float, images: BoolArray | None = None) -> RuleSummary:
        """Return LVIS's thirteen figures: the AP* of `SUMMARY_FIGURES`, APr, APc, APf, ARs, ARm, ARl and AR300."""
        grid, score, ranking = self.grid(images), self.basis.predictions.score, self.basis.ranking

        def accumulate_classes(first: int, last: int) -> tuple[FloatArray, FloatArray]:
            return accumulation_loops.accumulate(
                ranking.by_class,
                ranking.class_offsets,
                grid.class_rows[first:last],
                grid.counted,
                score,
                grid.matched,
                grid.ignored,
                np.ascontiguousarray(grid.n_gt[:, first:last]),
                len(IOU_GRID),
                RECALL_GRID,
            )

        parts = map_chunks(accumulate_classes, len(grid.class_rows), at_least=1)
        ap, recall = (np.concatenate(column) for column in zip(*parts, strict=True))
        per_class = np.full((2, len(self.basis.dataset.classes)), np.nan)
        per_class[0, grid.class_rows] = ap[:, 0].mean(axis=1)
        per_class[1, grid.class_rows] = ap[:, 0, 0]
        figures = self._figures(ap, recall, grid.class_rows)
        return RuleSummary(self.settings, figures, per_class[0], per_class[1], self.table(iou_threshold, images))

    def arrays(self, images: BoolArray | None = None) -> LvisArrays:
        """Compute the arrays over every class of the dataset; large, therefore on demand."""
        grid, score, ranking = self.grid(images), self.basis.predictions.score, self.basis.ranking
        by_class, _, recall = accumulation_loops.precision_grid(
            ranking.by_class,
            ranking.class_offsets,
            grid.class_rows,
            grid.counted,
            score,
            grid.matched,
            grid.ignored,
            grid.n_gt,
            len(IOU_GRID),
            RECALL_GRID,
        )
        n_classes = len(self.basis.dataset.classes)
        arrays = LvisArrays(
            np.full((len(IOU_GRID), len(RECALL_GRID), n_classes, len(AREA_RANGES)), -1.0),
            np.full((len(IOU_GRID), n_classes, len(AREA_RANGES)), -1.0),
        )
        arrays.precision[:, :, grid.class_rows] = by_class.transpose(2, 3, 0, 1)
        arrays.recall[:, grid.class_rows] = recall.transpose(2, 0, 1)
        return arrays

    def _figures(self, ap: FloatArray, recall: FloatArray, class_rows: IntArray) -> dict[str, float]:
        """Return the means over classes; undefined where no class has what they speak of."""
        figures = dict.fromkeys(SUMMARY_FIGURES, float("nan"))
        figures |= {"AP": defined_mean(ap[:, 0]), "AP50": defined_mean(ap[:, 0, 0]), "AP75": defined_mean(ap[:, 0, 5])}
        for a, size in enumerate("sml", start=1):
            figures |= {f"AP{size}": defined_mean(ap[:, a]), f"AR{size}": defined_mean(recall[:, a])}
        if self.basis.dataset.sizes_are_nominal:
            figures |= dict.fromkeys(BY_AREA, np.nan)
        frequency = self.basis.dataset.classes.frequency or (None,) * len(self.basis.dataset.classes)
        group = np.array([frequency[row] or "" for row in class_rows.tolist()], dtype="U1")
        figures |= {f"AP{name}": defined_mean(ap[group == name, 0]) for name in FREQUENCIES}
        return figures | {f"AR{LVIS_LIMIT}": defined_mean(recall[:, 0])}


def apply_lvis(basis: RunBasis, settings: RuleSettings) -> LvisRun:
    """Prepare a run for LVIS's rules.

    Parameters
    ----------
    basis : RunBasis
    settings : RuleSettings

    Returns
    -------
    LvisRun

    Raises
    ------
    EvaluationError
        If the dataset does not say which classes are verified not to be in each image.

    Notes
    -----
    Matching within image and class is COCO's, at its ten IoU thresholds and four area ranges, and so is the way from matches
    to AP; what differs:

    1. Of each image the `LVIS_LIMIT` predictions with the highest scores count, over all classes; on equal scores the order of
       the file. There is no limit per class, and what was left out on reading does not use up the limit.
    2. A prediction of a class that neither has a label in the image nor is in its list of negative ones does not count there.
    3. A prediction that finds nothing, of a class of the image's list of those not exhaustively labelled, is ignored.
    4. A label with ``ignore`` set is ignored. There are no crowds: ``iscrowd`` means nothing.
    5. Labels and predictions without area are not there at all (the package asks for ``area > 0`` on both sides).

    APr, APc and APf are means over the classes of one frequency.

    References
    ----------
    .. [1] Gupta, Dollár, Girshick: LVIS: A Dataset for Large Vocabulary Instance Segmentation, CVPR 2019; ``LVISEval`` and
       ``LVISResults`` of package lvis 0.5.3, followed to 1e-9 in every figure and array.
    """
    dataset, predictions = basis.dataset, basis.predictions
    gt, images, n_classes = dataset.ground_truth, dataset.images, len(dataset.classes)
    settings.check(dataset)
    assert images.negative is not None
    is_there = basis.gt_area > 0
    image, class_row = gt.image_row[is_there], gt.class_row[is_there]
    looked_for = RowLists.of_pairs(
        np.concatenate([image, images.negative.entries]), np.concatenate([class_row, images.negative.rows]), len(images)
    )
    counted = within_limit(predictions, LVIS_LIMIT) & (basis.pred_area > 0)
    counted &= rules_loops.listed(
        predictions.image_offsets, predictions.class_row, looked_for.offsets, looked_for.rows, n_classes
    )
    outside = outside_ranges(basis.pred_area)
    if images.not_exhaustive is not None:
        partly = images.not_exhaustive
        outside[rules_loops.listed(predictions.image_offsets, predictions.class_row, partly.offsets, partly.rows, n_classes)] = (
            _EVERY_RANGE
        )
    pairs = basis.pairs_with(np.zeros(len(gt), np.bool_))
    return LvisRun(
        settings=settings,
        basis=basis,
        pairs=pairs,
        allowed=pairs.same_class & is_there[pairs.gt_row],
        counted=counted,
        outside=outside,
        gt_ignored=ignored_in_ranges(basis.gt_area, flagged(gt, IGNORE) | basis.gt_excused | ~is_there),
    )


def within_limit(predictions: Predictions, limit: int) -> BoolArray:
    """Return which predictions are among the ``limit`` of their image with the highest scores; on equal ones the first stay.

    Returns
    -------
    ndarray of bool, shape (P,)
    """
    is_crowded = np.diff(predictions.image_offsets) > limit
    within = np.ones(len(predictions), np.bool_)
    rows = np.flatnonzero(is_crowded[predictions.image_row])
    if not len(rows):
        return within
    rows = rows[stable_order(predictions.score[rows], descending=True)]
    rows = rows[stable_order(predictions.image_row[rows], descending=False)]
    image = predictions.image_row[rows]
    first = np.flatnonzero(np.append(True, image[1:] != image[:-1]))
    place = np.arange(len(rows)) - np.repeat(first, np.diff(np.append(first, len(rows))))
    within[rows] = place < limit
    return within
