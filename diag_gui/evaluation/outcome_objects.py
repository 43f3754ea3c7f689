"""Which prediction and which ground truth an outcome row speaks of, and the class it is listed under."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, IntArray, LongArray
from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, Outcomes


def outcome_pred_row(outcomes: Outcomes, rows: AnyArray | None = None) -> IntArray:
    """Return the prediction of each outcome row, int32; -1 where there is none.

    Parameters
    ----------
    outcomes : Outcomes
    rows : ndarray of int, optional
        Outcome rows; None means all.
    """
    n = outcomes.n_predictions
    if rows is None:
        return np.concatenate([np.arange(n, dtype=np.int32), outcomes.target[n:]])
    rows = np.asarray(rows)
    pred_row = rows.astype(np.int32)
    is_gt = rows >= n
    pred_row[is_gt] = outcomes.target_of(rows[is_gt])
    return pred_row


def outcome_gt_row(outcomes: Outcomes, rows: AnyArray | None = None) -> IntArray:
    """Return the ground truth of each outcome row, int32: what a prediction is matched to or aims at; -1 where none.

    Parameters
    ----------
    outcomes : Outcomes
    rows : ndarray of int, optional
        Outcome rows; None means all.
    """
    n = outcomes.n_predictions
    if rows is None:
        return np.concatenate([outcomes.target[:n], np.arange(len(outcomes) - n, dtype=np.int32)])
    rows = np.asarray(rows)
    gt_row = (rows - n).astype(np.int32)
    is_prediction = rows < n
    gt_row[is_prediction] = outcomes.target_of(rows[is_prediction])
    return gt_row


def outcome_class_row(outcomes: Outcomes, rows: AnyArray | None = None) -> IntArray:
    """Return the class each outcome row is listed under, int32: what the label says, else what the prediction says.

    Parameters
    ----------
    outcomes : Outcomes
    rows : ndarray of int, optional
        Outcome rows; None means all.

    Notes
    -----
    This is the field ``class`` of ``failures`` and the bare column ``class`` of a filter: the class of the ground truth
    that the row is matched to or aims at; of a prediction that aims at none its own. ``predicted_class`` is always the
    prediction's.
    """
    gt_row = outcome_gt_row(outcomes, rows)
    class_row = outcomes.class_row(np.arange(len(outcomes)) if rows is None else rows)
    has_gt = gt_row >= 0
    class_row[has_gt] = outcomes.ground_truth.class_row[gt_row[has_gt]]
    return class_row


def class_error_counts(outcomes: Outcomes, n_classes: int, rows: AnyArray | None = None) -> dict[str, LongArray]:
    """Return the rows of each of the six error kinds per class, by its name: int64, shape (n_classes,).

    Parameters
    ----------
    outcomes : Outcomes
    n_classes : int
    rows : ndarray of int, optional
        Outcome rows that count; None means all.

    Notes
    -----
    A row counts for the class it is listed under (`outcome_class_row`), so that the counts of all classes add up to that of
    the kind, and each is the number of `failures` rows of that error and class.
    """
    if rows is None:
        rows = np.flatnonzero(np.isin(outcomes.kind, np.array(ERROR_KINDS, np.uint8)))
    kind, class_row = outcomes.kind[rows], outcome_class_row(outcomes, rows)
    return {
        ERROR_NAMES[one]: np.bincount(class_row[kind == one], minlength=n_classes).astype(np.int64, copy=False)
        for one in ERROR_KINDS
    }
