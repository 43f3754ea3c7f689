"""Two evaluations compared in everything they say."""

from __future__ import annotations

import numpy as np

from diag_gui.evaluation.evaluator import Evaluation

CLASS_COLUMNS = (
    "n_gt", "n_predictions", "tp", "fp", "fn", "precision", "recall", "f1", "mean_iou", "ap", "ap50", "best_f1", "best_score",
)  # fmt: skip
"""Every column of `ClassTable`, those that are found when they are asked for included."""


def assert_same(one: Evaluation, other: Evaluation) -> None:
    """Check that every array and every figure of two evaluations is the same to the bit."""
    for name in CLASS_COLUMNS:
        np.testing.assert_array_equal(getattr(one.per_class, name), getattr(other.per_class, name), err_msg=name)
    assert str(one.totals) == str(other.totals)
    np.testing.assert_array_equal((one.totals.mean_iou, one.totals.ap50), (other.totals.mean_iou, other.totals.ap50))
    assert one.count_at_score == other.count_at_score
    for name in ("rows", "columns", "counts"):
        np.testing.assert_array_equal(getattr(one.confusion, name), getattr(other.confusion, name), err_msg=name)
    some = np.random.default_rng(0).permutation(len(other.outcomes))[: len(other.outcomes) // 2]
    np.testing.assert_array_equal(one.outcomes.target_of(some), other.outcomes.target[some])
    np.testing.assert_array_equal(one.outcomes.iou_of(some), other.outcomes.iou[some])
    for name in ("kind", "target", "iou", "confusion_gt", "confusion_pred"):
        np.testing.assert_array_equal(getattr(one.outcomes, name), getattr(other.outcomes, name), err_msg=name)
    for name in ("gt_row_of_pred", "pred_row_of_gt", "pred_ignored", "gt_ignored", "iou_of_pred"):
        np.testing.assert_array_equal(getattr(one.matches, name), getattr(other.matches, name), err_msg=name)
    np.testing.assert_array_equal(one.status, other.status)
