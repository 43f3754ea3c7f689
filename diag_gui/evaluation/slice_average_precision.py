"""Average precision inside slices: COCO's, with what lies outside ignored as an area range does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, ByteArray, FloatArray
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation.average_precision import IOU_GRID, RECALL_GRID
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.coco_summary import counted_predictions
from diag_gui.evaluation.operating_point import defined_mean
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_membership import Membership
from diag_gui.exceptions import EvaluationError

_AT_ONCE = 4
"""Slices that one pass of the kernel matches; it was made for COCO's four area ranges."""


def average_precisions(
    facts: RunFacts,
    slices: Sequence[Membership],
    *,
    images: BoolArray | None = None,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[tuple[float, float]]:
    """Return AP (mean over IoU .50 to .95 and classes) and AP50 of each slice.

    Parameters
    ----------
    facts : RunFacts
    slices : sequence of Membership
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Returns
    -------
    list of (float, float)
        Mean over the classes with ground truth in the slice; NaN without any, and where predictions cannot be told
        inside from outside.

    Raises
    ------
    EvaluationError
        If overlaps from IoU 0.5 on were not kept.

    Notes
    -----
    The slices of COCO's areas give APs, APm and APl; an image slice gives what pycocotools gives on its images.
    """
    of_slices = class_average_precisions(facts, slices, images=images, workers=workers, progress=progress, cancelled=cancelled)
    return [(defined_mean(of_classes[0]), defined_mean(of_classes[1])) for of_classes in of_slices]


def class_average_precisions(
    facts: RunFacts,
    slices: Sequence[Membership],
    *,
    images: BoolArray | None = None,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[FloatArray]:
    """Return AP and AP50 of each class in each slice: float64, shape (2, C); parameters as in `average_precisions`.

    NaN for a class without ground truth in the slice, and everywhere where predictions cannot be told inside from outside.
    """
    if facts.pairs.floor > IOU_GRID[0]:
        raise EvaluationError("background_iou", f"overlaps below IoU {facts.pairs.floor} were not kept")
    result = [np.full((2, len(facts.dataset.classes)), np.nan) for _ in slices]
    of_images = [place for place, one in enumerate(slices) if one.images is not None]
    of_objects = [place for place, one in enumerate(slices) if one.gt is not None and one.pred is not None]
    # All image slices share one matching, so they take one range of the kernel together.
    groups = [[of_images]] if of_images else []
    groups += [[[place] for place in of_objects[first : first + _AT_ONCE]] for first in range(0, len(of_objects), _AT_ONCE)]
    counted = counted_predictions(facts, images, facts.max_detections)
    done = 0
    for group in groups:
        matched, ignored = _match(facts, [slices[places[0]] for places in group], counted, workers, cancelled)
        for a, places in enumerate(group):
            shift = np.uint64(a * len(IOU_GRID))
            for place in places:
                result[place] = _of_slice(facts, slices[place], images, counted, matched >> shift, ignored >> shift)
                done += 1
                if progress is not None:
                    progress(done / len(slices))
    return result


@dataclass(frozen=True, slots=True, eq=False)
class SliceMatches:
    """What counts in a slice, and its matches at each threshold of `IOU_GRID`.

    Attributes
    ----------
    gt_counted, pred_counted : ndarray of bool, shape (G,) and (P,)
    matched, ignored : ndarray of uint64, shape (P,)
        Bit t: at IoU threshold t.
    """

    gt_counted: BoolArray
    pred_counted: BoolArray
    matched: BitArray
    ignored: BitArray


def slice_matches(facts: RunFacts, one: Membership, images: BoolArray | None = None) -> SliceMatches:
    """Match one slice at each threshold of `IOU_GRID`.

    Parameters
    ----------
    facts : RunFacts
    one : Membership
        Where predictions can be told inside from outside.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    """
    if one.images is None and one.pred is None:
        raise ValueError("nobody can say which predictions lie in the slice")
    counted = counted_predictions(facts, images, facts.max_detections)
    matched, ignored = _match(facts, [one], counted, None, None)
    if one.images is not None:
        counted = counted & one.images[facts.run.predictions.image_row]
    return SliceMatches(_counted_ground_truth(facts, one, images), counted, matched, ignored)


def _match(
    facts: RunFacts,
    slices: Sequence[Membership],
    counted: BoolArray,
    workers: int | None,
    cancelled: Callable[[], bool] | None,
) -> tuple[BitArray, BitArray]:
    """Return per prediction bit ``a * T + t``: whether it is matched, or ignored, in slice a at IoU threshold t."""
    predictions = facts.run.predictions
    gt_ignored = np.where(facts.gt_ignored, np.uint8((1 << _AT_ONCE) - 1), np.uint8(0))
    pred_outside = np.zeros(len(predictions), np.uint8)
    for a, one in enumerate(slices):
        if one.gt is not None and one.pred is not None:
            gt_ignored |= _bit(~one.gt, a)
            pred_outside |= _bit(~one.pred, a)
    matched, ignored = np.zeros(len(predictions), np.uint64), np.zeros(len(predictions), np.uint64)

    def match_images(first: int, last: int) -> None:
        matching_loops.match_grid(
            facts.pairs.pred_offsets,
            facts.pairs.gt_row,
            facts.pairs.iou,
            facts.pairs.same_class,
            predictions.image_row,
            predictions.image_offsets,
            facts.ranking.by_image,
            counted,
            pred_outside,
            facts.pairs.gt_is_crowd,
            gt_ignored,
            IOU_GRID,
            first,
            last,
            matched,
            ignored,
        )

    map_chunks(match_images, len(facts.dataset.images), at_least=256, workers=workers, cancelled=cancelled)
    return matched, ignored


def _bit(mask: BoolArray, place: int) -> ByteArray:
    return mask.astype(np.uint8) << np.uint8(place)


def _of_slice(
    facts: RunFacts, one: Membership, images: BoolArray | None, counted: BoolArray, matched: BitArray, ignored: BitArray
) -> FloatArray:
    gt, predictions = facts.dataset.ground_truth, facts.run.predictions
    if one.images is not None:
        counted = counted & one.images[predictions.image_row]
    inside = _counted_ground_truth(facts, one, images)
    class_rows, n_gt = np.unique(gt.class_row[inside], return_counts=True)
    ap, _ = accumulation_loops.accumulate(
        facts.ranking.by_class,
        facts.ranking.class_offsets,
        class_rows.astype(np.int32),
        counted,
        predictions.score,
        matched,
        ignored,
        n_gt[np.newaxis].astype(np.int64),
        len(IOU_GRID),
        RECALL_GRID,
    )
    of_classes = np.full((2, len(facts.dataset.classes)), np.nan)
    of_classes[:, class_rows] = ap[:, 0].mean(axis=1), ap[:, 0, 0]
    return of_classes


def _counted_ground_truth(facts: RunFacts, one: Membership, images: BoolArray | None) -> BoolArray:
    image_row = facts.dataset.ground_truth.image_row
    inside = ~facts.gt_ignored
    if images is not None:
        inside &= images[image_row]
    if one.images is not None:
        inside &= one.images[image_row]
    elif one.gt is not None:
        inside &= one.gt
    return inside
