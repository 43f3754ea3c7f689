"""Object slices packed into words, a bit per slice, and all of them counted in one pass over the overlaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, FloatArray, IntArray, frozen
from diag_gui.evaluation._kernels.slices_loops import slices_loops
from diag_gui.evaluation.chunks import map_groups
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_membership import Membership, inside_images
from diag_gui.exceptions import EvaluationError

_WORD = 64
_WORTH_A_THREAD = 50_000
"""Predictions of a chunk."""


class Grouping(Enum):
    """What object slices are counted per."""

    TOTAL = "total"
    IMAGE = "image"
    CLASS = "class"


@dataclass(frozen=True, slots=True, eq=False)
class PackedSlices:
    """What B object slices hold.

    Attributes
    ----------
    names : tuple of str
        Expressions of the slices.
    gt, pred : ndarray of uint64, shape (G, W) and (P, W)
        Bit b % 64 of word b // 64: inside slice b. Of a slice that predictions cannot be told inside from outside, none is.
    """

    names: tuple[str, ...]
    gt: BitArray
    pred: BitArray

    def __post_init__(self) -> None:
        n_words = _n_words(len(self.names))
        object.__setattr__(self, "gt", frozen(self.gt, np.uint64, (-1, n_words), "gt"))
        object.__setattr__(self, "pred", frozen(self.pred, np.uint64, (-1, n_words), "pred"))


def pack_slices(
    facts: RunFacts, names: Sequence[str], inside_of: Callable[[str], Membership], before: PackedSlices | None = None
) -> PackedSlices:
    """Pack object slices.

    Parameters
    ----------
    facts : RunFacts
    names : sequence of str
        Expressions of the slices.
    inside_of : callable
        Returns what a slice holds by its expression; asked only of slices that are not where they were before.
    before : PackedSlices, optional
        Of the same facts: what was packed is not packed again.
    """
    names = tuple(names)
    if before is not None and before.names == names:
        return before
    n_words, n_same = _n_words(len(names)), 0
    gt, pred = (np.zeros((n, n_words), np.uint64) for n in (len(facts.dataset.ground_truth), len(facts.run.predictions)))
    if before is not None:
        n_same = next(
            (place for place, (one, other) in enumerate(zip(names, before.names, strict=False)) if one != other),
            min(len(names), len(before.names)),
        )
        for words, old in ((gt, before.gt), (pred, before.pred)):
            n_kept = min(n_words, old.shape[1])
            words[:, :n_kept] = old[:, :n_kept] & _words_below(n_same, n_kept)
    for place in range(n_same, len(names)):
        inside, (word, bit) = inside_of(names[place]), divmod(place, _WORD)
        for words, mask in ((gt, inside.gt), (pred, inside.pred)):
            if mask is not None:
                words[:, word] |= np.left_shift(mask, bit, dtype=np.uint64)
    return PackedSlices(names, gt, pred)


@dataclass(frozen=True, slots=True, eq=False)
class SliceSums:
    """Counts of B object slices in N groups, inside and outside.

    Attributes
    ----------
    inside, outside : ndarray of int32, shape (N, 3, B)
        Ground truth that counts, true and false positives. The last mean nothing where predictions cannot be told inside
        from outside.
    iou_sum : ndarray of float64, shape (N, B)
        Over true positives inside.
    n_images : ndarray of int32, shape (B,)
        With ground truth inside that counts.
    """

    inside: IntArray
    outside: IntArray
    iou_sum: FloatArray
    n_images: IntArray


def count_packed(
    facts: RunFacts,
    params: EvaluationParams,
    images: BoolArray | None,
    packed: PackedSlices,
    grouping: Grouping = Grouping.TOTAL,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> SliceSums:
    """Match inside every slice with its outside ignored, and outside with the slice ignored, and count.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses both thresholds and ``max_detections``.
    images : ndarray of bool, shape (I,), or None
        Images that count; None means all.
    packed : PackedSlices
    grouping : Grouping
        What is counted per.
    cancelled : callable, optional
        Asked between chunks of images.

    Returns
    -------
    SliceSums

    Raises
    ------
    EvaluationError
        If ``iou_threshold`` lies below the overlaps that were kept.
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    The rules are those of `diag_gui.evaluation.slice_counts.rows_of_objects`. One decision of a prediction serves all slices in
    which it is free to take the same ground truth, so that 40 slices cost little more than one.
    """
    pairs, ranking, predictions = facts.pairs, facts.ranking, facts.run.predictions
    if params.iou_threshold < pairs.floor:
        raise EvaluationError("iou_threshold", f"{params.iou_threshold} lies below the kept overlaps ({pairs.floor})")
    gt_group, pred_group, n_groups = _groups(facts, grouping)
    asked = inside_images(images, len(facts.dataset.images))
    eligible = ranking.rank < params.max_detections
    together = _no_sums(n_groups, len(packed.names))

    def count(first: int, last: int) -> SliceSums:
        # No two chunks share an image, but they do share classes.
        sums = _no_sums(n_groups, len(packed.names))
        if grouping is Grouping.IMAGE:
            sums = replace(together, n_images=sums.n_images)
        slices_loops.count_slices(
            pairs.pred_offsets,
            pairs.gt_row,
            pairs.iou,
            pairs.same_class,
            predictions.image_offsets,
            ranking.by_image,
            predictions.score,
            eligible,
            facts.dataset.image_offsets,
            pairs.gt_is_crowd,
            facts.gt_ignored,
            packed.gt,
            packed.pred,
            asked,
            params.iou_threshold,
            params.score_threshold,
            gt_group,
            pred_group,
            first,
            last,
            sums.inside,
            sums.outside,
            sums.iou_sum,
            sums.n_images,
        )
        return sums

    for part in map_groups(count, predictions.image_offsets, at_least=_WORTH_A_THREAD, cancelled=cancelled):
        for name in ("inside", "outside", "iou_sum", "n_images"):
            if getattr(part, name) is not getattr(together, name):
                getattr(together, name)[...] += getattr(part, name)
    return together


def _no_sums(n_groups: int, n_slices: int) -> SliceSums:
    counts = (n_groups, 3, n_slices)
    return SliceSums(
        np.zeros(counts, np.int32), np.zeros(counts, np.int32), np.zeros((n_groups, n_slices)), np.zeros(n_slices, np.int32)
    )


def _groups(facts: RunFacts, grouping: Grouping) -> tuple[IntArray, IntArray, int]:
    """Return the group of each ground truth and prediction, and how many groups there are."""
    gt, predictions = facts.dataset.ground_truth, facts.run.predictions
    if grouping is Grouping.IMAGE:
        return gt.image_row, predictions.image_row, len(facts.dataset.images)
    if grouping is Grouping.CLASS:
        return gt.class_row, predictions.class_row, len(facts.dataset.classes)
    return np.broadcast_to(np.int32(0), len(gt)), np.broadcast_to(np.int32(0), len(predictions)), 1


def _n_words(n_slices: int) -> int:
    return max(1, -(-n_slices // _WORD))


def _words_below(n: int, n_words: int) -> BitArray:
    """Return a row of words in which the first ``n`` bits are set."""
    places = np.clip(n - _WORD * np.arange(n_words), 0, _WORD)
    return np.array([(1 << int(place)) - 1 for place in places], np.uint64)
