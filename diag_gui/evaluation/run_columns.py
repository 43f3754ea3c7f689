"""Ground truth and predictions as bare columns: all that figures need, in memory, mapped, or read from files part by part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, IntArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.mapped_arrays import let_go
from diag_gui.data.run import Run
from diag_gui.data.stored_columns import StoredColumn
from diag_gui.exceptions import DatasetMismatchError, EvaluationError

_COLUMNS: dict[str, tuple[Any, Any, tuple[int, ...]]] = {
    "gt_class": (np.integer, np.int32, ()),
    "gt_xywh": (np.floating, np.float64, (4,)),
    "gt_area": (np.floating, np.float64, ()),
    "gt_is_crowd": (np.bool_, np.bool_, ()),
    "gt_is_ignored": (np.bool_, np.bool_, ()),
    "pred_class": (np.integer, np.int32, ()),
    "pred_xywh": (np.floating, np.float64, (4,)),
    "pred_score": (np.floating, np.float64, ()),
}
"""What numbers a column may hold, what is computed with, and the shape of an entry."""


@dataclass(frozen=True, slots=True, eq=False)
class RunColumns:
    """One run on one dataset, G ground truth boxes and P predictions on I images, sorted by image.

    Attributes
    ----------
    n_classes : int
    gt_offsets, pred_offsets : ndarray of int64, shape (I + 1,)
        Rows of image i are ``[o[i]:o[i + 1]]``.
    gt_class, pred_class : ndarray of int, shape (G,) and (P,)
        Class rows.
    gt_xywh, pred_xywh : ndarray of float, shape (G, 4) and (P, 4)
        Pixels. Columns of float32 are computed with in float64, a part at a time.
    gt_area : ndarray of float, shape (G,)
        Square pixels: the file's ``area``, else width times height.
    gt_is_crowd, gt_is_ignored : ndarray of bool, shape (G,)
    pred_score : ndarray of float, shape (P,)
        Boxes and scores of predictions may also be a `StoredColumn` each.
    sizes_are_nominal : bool
        Figures by area are undefined.

    Raises
    ------
    EvaluationError
        If a column has the wrong kind or length. Values are checked when they are read: see `part`.
    """

    n_classes: int
    gt_offsets: LongArray
    gt_class: AnyArray
    gt_xywh: AnyArray
    gt_area: AnyArray
    gt_is_crowd: BoolArray
    gt_is_ignored: BoolArray
    pred_offsets: LongArray
    pred_class: AnyArray
    pred_xywh: Any
    pred_score: Any
    sizes_are_nominal: bool = False

    def __post_init__(self) -> None:
        if len(self.gt_offsets) != len(self.pred_offsets):
            raise EvaluationError("columns", "ground truth and predictions speak of different numbers of images")
        for name in ("gt_offsets", "pred_offsets"):
            offsets = np.ascontiguousarray(getattr(self, name), dtype=np.int64)
            if len(offsets) == 0 or offsets[0] < 0 or bool((np.diff(offsets) < 0).any()):
                raise EvaluationError(name, "must ascend from 0 or more")
            object.__setattr__(self, name, offsets)
        for name, (kind, _, shape) in _COLUMNS.items():
            column, offsets = getattr(self, name), self.gt_offsets if name.startswith("gt") else self.pred_offsets
            if not np.issubdtype(column.dtype, kind) or column.shape[1:] != shape or len(column) < offsets[-1]:
                raise EvaluationError(name, f"has type {column.dtype} and shape {column.shape}")

    @property
    def n_images(self) -> int:
        """Number of images I."""
        return len(self.gt_offsets) - 1

    @property
    def scores_are_float32(self) -> bool:
        """Whether no score is more exact than float32."""
        return bool(self.pred_score.dtype == np.float32)

    def without_ground_truth(self) -> RunColumns:
        """Return the predictions alone: columns of the same images, without a label."""
        none = {name: getattr(self, name)[:0] for name in _COLUMNS if name.startswith("gt")}
        return replace(self, gt_offsets=np.zeros(self.n_images + 1, np.int64), **none)

    def let_go(self, first: int, last: int) -> None:
        """Say that images ``first`` to ``last`` need not stay in memory where their columns are mapped from files."""
        for name in _COLUMNS:
            offsets = self.gt_offsets if name.startswith("gt") else self.pred_offsets
            column = getattr(self, name)
            if isinstance(column, np.ndarray):
                let_go(column[offsets[first] : offsets[last]])

    def part(self, first: int, last: int) -> RunColumns:
        """Return the columns of images ``first`` to ``last`` in memory, in float64, with class rows int32.

        Raises
        ------
        EvaluationError
            If a box is not finite, a score is no number, or a class is none.
        """
        columns = {}
        for name, (kind, dtype, _) in _COLUMNS.items():
            offsets = self.gt_offsets if name.startswith("gt") else self.pred_offsets
            part = getattr(self, name)[offsets[first] : offsets[last]]
            if kind is np.integer and len(part) and not (part.min() >= 0 and part.max() < self.n_classes):
                raise EvaluationError(name, f"names a class outside 0..{self.n_classes - 1}")
            columns[name] = np.ascontiguousarray(part, dtype=dtype)
            if name == "pred_score" and bool(np.isnan(columns[name]).any()):
                raise EvaluationError(name, "holds what is no number")
            if name.endswith("xywh") and not bool(np.isfinite(columns[name]).all()):
                raise EvaluationError(name, "holds boxes that are not finite")
        return RunColumns(
            self.n_classes,
            gt_offsets=self.gt_offsets[first : last + 1] - self.gt_offsets[first],
            pred_offsets=self.pred_offsets[first : last + 1] - self.pred_offsets[first],
            sizes_are_nominal=self.sizes_are_nominal,
            **columns,
        )


def columns_of(dataset: Dataset, run: Run) -> RunColumns:
    """Return the columns of facts, nothing copied.

    Raises
    ------
    DatasetMismatchError
        If the predictions are not of this dataset.
    """
    predictions = run.predictions
    if predictions.n_images != len(dataset.images):
        raise DatasetMismatchError(
            f"{run.name}: predictions on {predictions.n_images} images for ground truth of {len(dataset.images)}"
        )
    return columns_of_predictions(dataset, predictions.image_offsets, predictions.class_row, predictions.xywh, predictions.score)


def columns_of_predictions(
    dataset: Dataset, offsets: LongArray, class_row: AnyArray, xywh: AnyArray | StoredColumn, score: AnyArray | StoredColumn
) -> RunColumns:
    """Return the columns of ground truth in memory and of predictions wherever they are.

    Parameters
    ----------
    dataset : Dataset
    offsets, class_row, xywh, score
        The predictions, as in `RunColumns`.
    """
    gt = dataset.ground_truth
    return RunColumns(
        n_classes=len(dataset.classes),
        gt_offsets=dataset.image_offsets,
        gt_class=gt.class_row,
        gt_xywh=gt.xywh,
        gt_area=gt.area,
        gt_is_crowd=gt.is_crowd,
        gt_is_ignored=gt.is_ignored,
        pred_offsets=offsets,
        pred_class=class_row,
        pred_xywh=xywh,
        pred_score=score,
        sizes_are_nominal=dataset.sizes_are_nominal,
    )


def offsets_in(image_row: IntArray, n_images: int) -> LongArray:
    """Return where each image starts in a sorted column of image rows, however long: nothing of its length is made.

    Parameters
    ----------
    image_row : ndarray of int, shape (N,)
        Ascending, each in 0..n_images - 1.
    n_images : int

    Raises
    ------
    EvaluationError
        If the column does not ascend or names an image that is not there.
    """
    for first in range(0, len(image_row), _ROWS_AT_ONCE):
        some = image_row[first : first + _ROWS_AT_ONCE + 1]
        if bool((some[1:] < some[:-1]).any()):
            raise EvaluationError("image_row", "does not ascend")
    if len(image_row) and not (image_row[0] >= 0 and image_row[-1] < n_images):
        raise EvaluationError("image_row", f"names an image outside 0..{n_images - 1}")
    return np.searchsorted(image_row, np.arange(n_images + 1)).astype(np.int64)


_ROWS_AT_ONCE = 1_000_000
