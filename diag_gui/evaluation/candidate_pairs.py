"""Which predictions touch which ground truth: every IoU of a run, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import DTypeLike

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.data.dataset import Dataset
from diag_gui.data.free_memory import free_memory
from diag_gui.data.predictions import Predictions
from diag_gui.data.scratch import ScratchColumn, scratch_folder
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.geometry import Geometry, box_geometry
from diag_gui.exceptions import EvaluationError

ALL_PAIRS_UP_TO = 1_000_000
"""Predictions of a run up to which every IoU > 0 is kept."""

SHARE_OF_MEMORY = 0.1
"""Share of the free memory that the overlaps of one run may take; beyond it they go into files."""

_AT_ONCE = 4_000_000
"""Predictions whose overlaps are put aside together."""


@dataclass(frozen=True, slots=True, eq=False)
class CandidatePairs:
    """Pairs of a prediction and a ground truth of the same image, of any class, that overlap.

    Attributes
    ----------
    pred_row, gt_row : ndarray of int32, shape (M,)
        Ascending by image, then prediction, then ground truth.
    iou : ndarray of float64, shape (M,)
        Intersection over union; over the area of the prediction where the ground truth is a crowd. Greater than 0.
    same_class : ndarray of bool, shape (M,)
        Whether both are of one class.
    gt_is_crowd : ndarray of bool, shape (G,)
        Ground truth that may absorb any number of predictions.
    offsets : ndarray of int64, shape (I + 1,)
        Pairs of image i are ``[o[i]:o[i + 1]]``.
    floor : float
        Pairs with a lower IoU were not kept; 0 if every overlap was.
    pred_offsets : ndarray of int64, shape (P + 1,)
        Pairs of prediction p are ``[o[p]:o[p + 1]]``; derived.
    """

    pred_row: IntArray
    gt_row: IntArray
    iou: FloatArray
    same_class: BoolArray
    gt_is_crowd: BoolArray
    offsets: LongArray
    floor: float
    pred_offsets: LongArray

    def __post_init__(self) -> None:
        n = len(self.pred_row)
        for name, dtype, length in (
            ("pred_row", np.int32, n),
            ("gt_row", np.int32, n),
            ("iou", np.float64, n),
            ("same_class", np.bool_, n),
            ("gt_is_crowd", np.bool_, -1),
            ("offsets", np.int64, -1),
            ("pred_offsets", np.int64, -1),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, (length,), name))

    def __len__(self) -> int:
        return len(self.pred_row)


def find_candidate_pairs(
    dataset: Dataset,
    predictions: Predictions,
    geometry: Geometry | None = None,
    *,
    background_iou: float = 0.1,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CandidatePairs:
    """Compute the IoU of every prediction with every ground truth of its image and keep the overlaps.

    Parameters
    ----------
    dataset : Dataset
    predictions : Predictions
        P predictions on the images of ``dataset``.
    geometry : Geometry, optional
        Of these two: what they are compared by; boxes if not given.
    background_iou : float
        Above a million predictions only IoU >= min(0.1, ``background_iou``) is kept.
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Returns
    -------
    CandidatePairs

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.
    """
    floor = floor_of(predictions, background_iou)
    geometry = geometry or box_geometry(dataset, predictions)

    n, kept = len(predictions), PairColumns()
    try:
        for begin in range(0, max(n, 1), _AT_ONCE):
            end = min(begin + _AT_ONCE, n)

            def pairs_of(first: int, last: int, begin: int = begin) -> tuple[IntArray, IntArray, FloatArray]:
                return geometry.pairs_of(begin + first, begin + last, floor)

            told = progress if n <= _AT_ONCE or progress is None else partial(_tell_share, progress, begin / n, (end - begin) / n)
            parts = map_chunks(
                pairs_of, end - begin, at_least=geometry.at_least, workers=workers, progress=told, cancelled=cancelled
            )
            kept.add(parts)
        return kept.linked(dataset, predictions, floor)
    finally:
        kept.close()


def _tell_share(progress: Callable[[float], None], begin: float, share: float, done: float) -> None:
    progress(begin + share * done)


def floor_of(predictions: Predictions, background_iou: float = 0.1) -> float:
    """Return the least IoU that is kept: 0 up to `ALL_PAIRS_UP_TO` predictions, else min(0.1, ``background_iou``)."""
    return 0.0 if len(predictions) <= ALL_PAIRS_UP_TO else min(0.1, background_iou)


def pairs_of_parts(
    dataset: Dataset, predictions: Predictions, parts: Sequence[tuple[IntArray, IntArray, FloatArray]], floor: float
) -> CandidatePairs:
    """Put the overlaps of consecutive parts of a run together.

    Parameters
    ----------
    dataset : Dataset
    predictions : Predictions
    parts : sequence of (pred_row, gt_row, iou)
        Rows of the whole run, in its order.
    floor : float
        Pairs of a lower IoU were not kept.
    """
    kept = PairColumns()
    kept.add(parts)
    return kept.linked(dataset, predictions, floor)


class PairColumns:
    """Overlaps as they are found, in memory; from `SHARE_OF_MEMORY` of what is free on in files."""

    def __init__(self) -> None:
        self._free = free_memory()
        self._parts: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._columns: tuple[ScratchColumn, ...] = ()
        self._n_bytes = 0

    def add(self, parts: Sequence[tuple[IntArray, IntArray, FloatArray]]) -> None:
        """Take (pred_row, gt_row, iou) of consecutive parts of a run.

        Raises
        ------
        EvaluationError
            If they have room neither in memory nor on the disk.
        """
        self._parts += parts
        self._n_bytes += sum(column.nbytes for part in parts for column in part)
        if not self._columns and self._free is not None and self._n_bytes > SHARE_OF_MEMORY * self._free:
            self._columns = tuple(_written(dtype) for dtype in (np.int32, np.int32, np.float64))
        if self._columns:
            for place, column in enumerate(self._columns):
                for part in self._parts:
                    _append(column, part[place])
            self._parts.clear()

    def linked(self, dataset: Dataset, predictions: Predictions, floor: float) -> CandidatePairs:
        """Return all pairs; none of a lower IoU than ``floor`` were kept."""
        gt = dataset.ground_truth
        pred_row, gt_row, iou = (
            [column.mapped() for column in self._columns]
            if self._columns
            else [np.concatenate(column) for column in zip(*self._parts, strict=True)]
        )
        self._parts.clear()
        same_class, pred_offsets = matching_loops.link_pairs(pred_row, gt_row, predictions.class_row, gt.class_row)
        if self._columns:
            kept = _written(np.bool_)
            _append(kept, same_class)
            same_class = kept.mapped()
        return CandidatePairs(
            pred_row=pred_row,
            gt_row=gt_row,
            iou=iou,
            same_class=same_class,
            gt_is_crowd=gt.is_crowd,
            offsets=pred_offsets[predictions.image_offsets],
            floor=floor,
            pred_offsets=pred_offsets,
        )

    def close(self) -> None:
        """Give up what is in files and was not handed out."""
        for column in self._columns:
            column.close()


def _written(dtype: DTypeLike) -> ScratchColumn:
    try:
        return ScratchColumn(dtype)
    except OSError as error:
        raise _no_room(error) from error


def _append(column: ScratchColumn, values: AnyArray) -> None:
    try:
        column.append(values)
    except OSError as error:
        raise _no_room(error) from error


def _no_room(error: OSError) -> EvaluationError:
    return EvaluationError(
        "memory", f"overlaps have no room in memory, and none in {scratch_folder()}: {error.strerror or error}"
    )
