"""What some images of a run add to its figures: small, picklable, and merged without loss.

Figures of a run of any size are `figures_of_parts` of the `partial_figures` of its images, part by part, on one machine or on
many: the answer is that of `summarize` and `evaluate` on all images at once, bit for bit. A part keeps of each prediction its
score and a byte, and of each matched one its bits: about 14 bytes per prediction, 10 where scores are float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from diag_gui.data.arrays import AnyArray, BitArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels.streaming_loops import streaming_loops
from diag_gui.evaluation.area_ranges import AREA_RANGES
from diag_gui.evaluation.average_precision import IOU_GRID
from diag_gui.evaluation.joined_columns import JoinedColumns
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_columns import RunColumns
from diag_gui.exceptions import EvaluationError

AT_50 = 0.5
"""IoU threshold that is always computed beside that of the operating point."""


@dataclass(frozen=True, slots=True, eq=False)
class PartialFigures:
    """What N predictions, of which M are matched at some threshold, add to the figures of K classes.

    Attributes
    ----------
    iou_threshold, max_detections
        Settings it was computed with.
    n_images : int
    n_predictions : int
        Those cut by ``max_detections`` included.
    classes : ndarray of int32, shape (K,)
        Class rows with predictions, ascending.
    offsets : ndarray of int64, shape (K + 1,)
        Predictions of ``classes[k]`` are ``[o[k]:o[k + 1]]`` of the next two, in the order of images, then of the file.
    score : ndarray of float32 or float64, shape (N,)
        As exact as the column was.
    flags : ndarray of uint8, shape (N,)
    entry_offsets : ndarray of int64, shape (K + 1,)
        The same for the matched ones and the next four.
    matched, ignored : ndarray of uint64, shape (M,)
    iou : ndarray of float64, shape (M,)
    rank : ndarray of uint8, shape (M,)
        As `streaming_numpy.match_images` describes them.
    gt_classes : ndarray of int32, shape (J,)
        Class rows with ground truth that counts anywhere, ascending.
    n_gt : ndarray of int64, shape (A + 1, J)
        How much counts in each area range, and without one.
    """

    iou_threshold: float
    max_detections: int
    n_images: int
    n_predictions: int
    classes: IntArray
    offsets: LongArray
    score: AnyArray
    flags: ByteArray
    entry_offsets: LongArray
    matched: BitArray
    ignored: BitArray
    iou: FloatArray
    rank: ByteArray
    gt_classes: IntArray
    n_gt: LongArray

    @property
    def n_bytes(self) -> int:
        """Bytes its columns take."""
        values = (getattr(self, field.name) for field in fields(self))
        return sum(value.nbytes for value in values if isinstance(value, np.ndarray))


def partial_figures(columns: RunColumns | JoinedColumns, first: int, last: int, params: EvaluationParams) -> PartialFigures:
    """Return what images ``first`` to ``last`` add to the figures.

    Parameters
    ----------
    columns : RunColumns or JoinedColumns
    first, last : int
        Image rows.
    params : EvaluationParams
        Uses ``iou_threshold`` and ``max_detections``.

    Raises
    ------
    EvaluationError
        If ``task`` is not ``"bbox"``, the rules of AP are not COCO's, or a value in the columns is none to compute with.
    """
    if not params.rules.is_coco:
        raise EvaluationError("rules", f"{params.rules.rules} need the whole run; COCO's alone are computed in parts")
    if params.task != "bbox":
        raise EvaluationError("task", f"{params.task!r} needs pairs of the whole run; 'bbox' alone is computed in parts")
    part = columns.part(first, last)
    offsets, score, flags, entry_offsets, matched, ignored, iou, rank, n_gt = streaming_loops.match_images(
        part.gt_offsets,
        part.gt_class,
        part.gt_xywh,
        part.gt_area,
        part.gt_is_crowd,
        part.gt_is_ignored,
        part.pred_offsets,
        part.pred_class,
        part.pred_xywh,
        part.pred_score,
        np.array([bounds for _, *bounds in AREA_RANGES]),
        IOU_GRID,
        np.array([params.iou_threshold, AT_50]),
        min(params.max_detections, np.iinfo(np.int32).max),
        columns.n_classes,
    )
    classes = np.flatnonzero(np.diff(offsets))
    gt_classes = np.flatnonzero(n_gt.any(axis=0))
    return PartialFigures(
        iou_threshold=params.iou_threshold,
        max_detections=params.max_detections,
        n_images=last - first,
        n_predictions=len(part.pred_class),
        classes=classes.astype(np.int32),
        offsets=np.append(offsets[classes], offsets[-1]),
        score=score.astype(np.float32) if columns.scores_are_float32 else score,
        flags=flags,
        entry_offsets=np.append(entry_offsets[classes], entry_offsets[-1]),
        matched=matched,
        ignored=ignored,
        iou=iou,
        rank=rank,
        gt_classes=gt_classes.astype(np.int32),
        n_gt=n_gt[:, gt_classes],
    )


def merge_parts(parts: Sequence[PartialFigures]) -> PartialFigures:
    """Return what all the images of consecutive parts add to the figures: nothing is lost, so parts may be merged in any tree.

    Parameters
    ----------
    parts : sequence of PartialFigures
        At least one, in the order of their images.

    Raises
    ------
    EvaluationError
        If they were computed with different settings.
    """
    check_parts(parts)
    if len(parts) == 1:
        return parts[0]
    classes, offsets, order = _blocks_by_class(parts, [np.diff(part.offsets) for part in parts])
    _, entry_offsets, entry_order = _blocks_by_class(parts, [np.diff(part.entry_offsets) for part in parts])
    gt_classes, n_gt = ground_truth_of(parts)

    def column(name: str, order: LongArray) -> AnyArray:
        return np.concatenate([getattr(part, name) for part in parts])[order]

    return PartialFigures(
        iou_threshold=parts[0].iou_threshold,
        max_detections=parts[0].max_detections,
        n_images=sum(part.n_images for part in parts),
        n_predictions=sum(part.n_predictions for part in parts),
        classes=classes,
        offsets=offsets,
        score=column("score", order),
        flags=column("flags", order),
        entry_offsets=entry_offsets,
        matched=column("matched", entry_order),
        ignored=column("ignored", entry_order),
        iou=column("iou", entry_order),
        rank=column("rank", entry_order),
        gt_classes=gt_classes,
        n_gt=n_gt,
    )


def check_parts(parts: Sequence[PartialFigures]) -> None:
    """Refuse parts that do not belong together.

    Raises
    ------
    EvaluationError
    """
    if len(parts) == 0:
        raise EvaluationError("parts", "none were given")
    for name in ("iou_threshold", "max_detections"):
        values = {getattr(part, name) for part in parts}
        if len(values) > 1:
            raise EvaluationError(name, f"parts were computed with different ones: {sorted(values)}")


def ground_truth_of(parts: Sequence[PartialFigures]) -> tuple[IntArray, LongArray]:
    """Return the classes with ground truth that counts anywhere, int32 (J,), and how much, int64 (A + 1, J)."""
    classes, place = np.unique(np.concatenate([part.gt_classes for part in parts]), return_inverse=True)
    n_gt = np.zeros((len(AREA_RANGES) + 1, len(classes)), np.int64)
    for total, some in zip(n_gt, np.concatenate([part.n_gt for part in parts], axis=1), strict=True):
        np.add.at(total, place, some)
    return classes.astype(np.int32), n_gt


def _blocks_by_class(parts: Sequence[PartialFigures], lengths: Sequence[LongArray]) -> tuple[IntArray, LongArray, LongArray]:
    """Return the classes of all parts, where each starts once blocks of one class stand together, and the order that does it."""
    of_block, length = np.concatenate([part.classes for part in parts]), np.concatenate(lengths)
    blocks = np.argsort(of_block, kind="stable")
    begin = np.cumsum(length) - length
    moved = np.cumsum(length[blocks]) - length[blocks]
    order = np.repeat(begin[blocks] - moved, length[blocks]) + np.arange(length.sum())
    classes, first = np.unique(of_block[blocks], return_index=True)
    return classes.astype(np.int32), np.append(moved[first], length.sum()).astype(np.int64), order
