"""Which class is taken for which: one matching over all classes, and the cells that its pairs stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.evaluation.any_class_matching import match_any_class
from diag_gui.evaluation.kept import kept_predictions
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts

Normalisation = Literal["none", "ground truth", "prediction"]


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionCells:
    """The cell of the confusion matrix that each row of `Outcomes` stands in.

    Attributes
    ----------
    confusion_gt, confusion_pred : ndarray of int32, shape (P + G,)
        Class rows; C is the background, -1 no cell. A matched pair stands on the row of its prediction.
    """

    confusion_gt: IntArray
    confusion_pred: IntArray

    def __post_init__(self) -> None:
        n = len(self.confusion_gt)
        object.__setattr__(self, "confusion_gt", frozen(self.confusion_gt, np.int32, (n,), "confusion_gt"))
        object.__setattr__(self, "confusion_pred", frozen(self.confusion_pred, np.int32, (n,), "confusion_pred"))


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionMatrix:
    """How often each class was taken for each other: the cells that are not empty, background last.

    Attributes
    ----------
    n_classes : int
        C; row and column C are the background.
    rows : ndarray of int32, shape (N,)
        Ground truth class row, C where nothing was there; ascending.
    columns : ndarray of int32, shape (N,)
        Predicted class row, C where it was missed; ascending within a row.
    counts : ndarray of int64, shape (N,)
        How many pairs, above 0.
    """

    n_classes: int
    rows: IntArray
    columns: IntArray
    counts: LongArray

    def __post_init__(self) -> None:
        n = len(self.rows)
        object.__setattr__(self, "rows", frozen(self.rows, np.int32, (n,), "rows"))
        object.__setattr__(self, "columns", frozen(self.columns, np.int32, (n,), "columns"))
        object.__setattr__(self, "counts", frozen(self.counts, np.int64, (n,), "counts"))

    def dense(self) -> LongArray:
        """Return the whole matrix, int64, shape (C + 1, C + 1)."""
        matrix = np.zeros((self.n_classes + 1, self.n_classes + 1), dtype=np.int64)
        matrix[self.rows, self.columns] = self.counts
        return matrix

    def normalised(self, by: Normalisation) -> FloatArray:
        """Return the cell values as shares, float64, shape (N,), in the order of ``counts``.

        Parameters
        ----------
        by : {"none", "ground truth", "prediction"}
            ``"none"``: the counts; ``"ground truth"``: share of the row; ``"prediction"``: share of the column.

        Raises
        ------
        ValueError
            If ``by`` is none of these.
        """
        if by == "none":
            return self.counts.astype(np.float64)
        if by not in ("ground truth", "prediction"):
            raise ValueError(f"unknown normalisation {by!r}")
        groups = self.rows if by == "ground truth" else self.columns
        totals = np.bincount(groups, weights=self.counts, minlength=self.n_classes + 1)
        return np.asarray(self.counts / totals[groups], dtype=np.float64)

    def dense_shares(self, by: Normalisation) -> FloatArray:
        """Return `normalised` as the whole matrix, float64, shape (C + 1, C + 1).

        Parameters
        ----------
        by : {"none", "ground truth", "prediction"}

        Returns
        -------
        ndarray of float64
            NaN in every cell of a row (``"prediction"``: of a column) in which nothing stands: its shares are undefined.
        """
        matrix = np.zeros((self.n_classes + 1, self.n_classes + 1))
        matrix[self.rows, self.columns] = self.normalised(by)
        if by == "ground truth":
            matrix[np.bincount(self.rows, minlength=self.n_classes + 1) == 0] = np.nan
        elif by == "prediction":
            matrix[:, np.bincount(self.columns, minlength=self.n_classes + 1) == 0] = np.nan
        return matrix

    def present_classes(self) -> IntArray:
        """Return the class rows that occur in any cell, ascending, without the background; int32."""
        is_seen = np.zeros(self.n_classes + 1, np.bool_)
        is_seen[self.rows] = True
        is_seen[self.columns] = True
        return np.flatnonzero(is_seen[: self.n_classes]).astype(np.int32)


def confusion_matrix(facts: RunFacts, params: EvaluationParams, images: BoolArray | None = None) -> ConfusionMatrix:
    """Count which class is taken for which at one operating point.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses the IoU threshold, the score threshold and ``max_detections``.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.

    See Also
    --------
    confusion_cells : The matching behind it.
    """
    return count_cells(confusion_cells(facts, params, images), len(facts.dataset.classes))


def count_cells(cells: ConfusionCells, n_classes: int) -> ConfusionMatrix:
    """Count the rows that stand in each cell.

    Parameters
    ----------
    cells : ConfusionCells
    n_classes : int
        C.
    """
    side = n_classes + 1
    in_cell = cells.confusion_gt >= 0
    flat = cells.confusion_gt[in_cell].astype(np.int64) * side + cells.confusion_pred[in_cell]
    # Counting in a table of all cells beats sorting unless nearly all of it stays empty.
    if side * side <= max(16 * flat.size, 1 << 16):
        n = np.bincount(flat, minlength=1)
        occupied = np.flatnonzero(n)
        counts = n[occupied]
    else:
        occupied, counts = np.unique(flat, return_counts=True)
    return ConfusionMatrix(n_classes, (occupied // side).astype(np.int32), (occupied % side).astype(np.int32), counts)


def occupied_cells(matrix: LongArray) -> ConfusionMatrix:
    """Return the cells of a whole matrix, int64 (C + 1, C + 1), that are not empty."""
    rows, columns = np.nonzero(matrix)
    return ConfusionMatrix(len(matrix) - 1, rows.astype(np.int32), columns.astype(np.int32), matrix[rows, columns])


def confusion_cells(
    facts: RunFacts, params: EvaluationParams, images: BoolArray | None = None, *, kept: BoolArray | None = None
) -> ConfusionCells:
    """Match over all classes and say in which cell of the confusion matrix every outcome row stands.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses the IoU threshold, the score threshold and ``max_detections``.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    kept : ndarray of bool, shape (P,), optional
        `kept_predictions` of the same arguments, where the caller has them already.

    Returns
    -------
    ConfusionCells
        For every cell the rows that stand in it are as many as its count.

    Raises
    ------
    EvaluationError
        If ``images`` is no mask of the images.

    Notes
    -----
    Predictions are cut per image and class before they are matched by `match_any_class`. One that is unmatched on ignored
    ground truth of its own class stands in no cell. The diagonal is not the number of true positives, which are matched
    within classes.
    """
    facts.check_images(images)
    predictions, gt = facts.run.predictions, facts.dataset.ground_truth
    background = len(facts.dataset.classes)
    if kept is None:
        kept = kept_predictions(facts, params, images)
    gt_row_of_pred, is_excused = match_any_class(facts.pairs, facts.ranking, facts.gt_ignored, kept, params.iou_threshold)
    matched = np.flatnonzero(gt_row_of_pred >= 0)
    n_predictions = len(predictions)
    confusion_gt = np.full(n_predictions + len(gt), -1, dtype=np.int32)
    confusion_pred = np.full(n_predictions + len(gt), -1, dtype=np.int32)

    in_cell = np.flatnonzero(kept & ~is_excused)
    confusion_gt[in_cell] = background
    confusion_gt[matched] = gt.class_row[gt_row_of_pred[matched]]
    confusion_pred[in_cell] = predictions.class_row[in_cell]

    is_missed = ~facts.gt_ignored
    if images is not None:
        is_missed &= images[gt.image_row]
    is_missed[gt_row_of_pred[matched]] = False
    missed = np.flatnonzero(is_missed)
    confusion_gt[n_predictions + missed] = gt.class_row[missed]
    confusion_pred[n_predictions + missed] = background
    return ConfusionCells(confusion_gt, confusion_pred)
