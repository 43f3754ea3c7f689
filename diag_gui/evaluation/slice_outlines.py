"""Precision over recall, and F1 over the score, of a slice: the curves of several slices in one plot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diag_gui.evaluation.curves import Curve, CurveOutline, outline_of
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.kept import kept_predictions
from diag_gui.evaluation.operating_point import NOT_COUNTED, TRUE_POSITIVE
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_counts import matches_inside
from diag_gui.evaluation.slice_membership import Membership


def slice_outline(facts: RunFacts, evaluation: Evaluation, inside: Membership) -> CurveOutline | None:
    """Return the precision-recall curve of a slice, of all classes together, at the IoU of an evaluation.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images; its score threshold is not asked.
    inside : Membership
        An image slice keeps its matches, an object slice is matched again with its outside ignored.

    Returns
    -------
    CurveOutline or None
        None where nobody can tell which false positives lie inside. ``ap`` is not computed: NaN.
    """
    gt, predictions = facts.dataset.ground_truth, facts.run.predictions
    gt_counts = ~facts.gt_ignored
    if inside.images is not None:
        gt_counts = gt_counts & inside.images[gt.image_row]
        counts = (evaluation.status != NOT_COUNTED) & inside.images[predictions.image_row]
        is_true = evaluation.status == TRUE_POSITIVE
    elif inside.pred is None:
        return None
    else:
        matches = matches_inside(facts, evaluation, inside)
        gt_counts = ~matches.gt_ignored
        every = replace(evaluation.params, score_threshold=0.0)
        counts = kept_predictions(facts, every, evaluation.images) & ~matches.pred_ignored
        is_true = matches.gt_row_of_pred >= 0
    if evaluation.images is not None:
        gt_counts = gt_counts & evaluation.images[gt.image_row]
    order = facts.ranking.by_score[counts[facts.ranking.by_score]]
    score, n_gt = predictions.score[order], int(np.count_nonzero(gt_counts))
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.zeros(0, np.int64)
    true = np.cumsum(is_true[order])[ends]
    recall = true / n_gt if n_gt else np.full(len(ends), np.nan)
    f1 = 2 * true / (ends + 1 + n_gt)
    # Of equal ones the highest score: they come first.
    best = int(np.argmax(f1)) if len(f1) and n_gt else -1
    figures = (float(f1[best]), float(score[ends][best])) if best >= 0 else (np.nan, np.nan)
    return outline_of(Curve(recall, true / (ends + 1), score[ends], *figures, np.nan))


def f1_outline(outline: CurveOutline) -> CurveOutline:
    """Return F1 over the score as a curve: the score ascending in place of recall, F1 in place of precision."""
    both = outline.recall + outline.precision
    f1 = np.divide(2 * outline.recall * outline.precision, both, out=np.zeros_like(both), where=both > 0)
    score = outline.score[::-1]
    best = (outline.best_score, outline.best_f1) if outline.best_f1 > 0 else (np.nan, np.nan)
    return CurveOutline(score, f1[::-1], score, best, outline.best_f1, outline.best_score, outline.ap)
