"""The precision-recall curve of a class or of all classes together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diag_gui.data.arrays import FloatArray, frozen
from diag_gui.evaluation.average_precision import sweep_together
from diag_gui.evaluation.operating_point import NOT_COUNTED, TRUE_POSITIVE

if TYPE_CHECKING:
    from diag_gui.evaluation.evaluator import Evaluation
    from diag_gui.evaluation.run_facts import RunFacts


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Precision and recall at every distinct score.

    Attributes
    ----------
    recall, precision, score : ndarray of float64, shape (N,)
        By descending score: the figures if predictions with at least this score are kept. Raw, without envelope. Recall
        is NaN without ground truth.
    best_f1, best_score : float
        Greatest F1 and the highest score that reaches it; NaN where undefined.
    ap : float
        COCO 101-point area of this curve; NaN without ground truth. For all classes together it is the area of the pooled
        curve, not the mean over classes.
    """

    recall: FloatArray
    precision: FloatArray
    score: FloatArray
    best_f1: float
    best_score: float
    ap: float

    def __post_init__(self) -> None:
        for name in ("recall", "precision", "score"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (len(self.score),), name))


def precision_recall(evaluation: Evaluation, facts: RunFacts, class_row: int | None) -> Curve:
    """Return the precision-recall curve at the IoU threshold of an evaluation.

    Parameters
    ----------
    evaluation : Evaluation
    facts : RunFacts
        What it was computed from.
    class_row : int or None
        The class; None for all classes together.

    Returns
    -------
    Curve
    """
    ranking, all_scores, n_gt = facts.ranking, facts.run.predictions.score, evaluation.per_class.n_gt
    if class_row is None:
        order, n = ranking.by_score, int(n_gt.sum())
    else:
        order = ranking.by_class[ranking.class_offsets[class_row] : ranking.class_offsets[class_row + 1]]
        n = int(n_gt[class_row])
    order = order[evaluation.status[order] != NOT_COUNTED]
    score = all_scores[order]
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.empty(0, np.int64)
    true = np.cumsum(evaluation.status[order] == TRUE_POSITIVE)[ends]
    if class_row is None:
        ap, best_f1, best_score = sweep_together(order, evaluation.status, all_scores, n)
    else:
        table = evaluation.per_class
        ap, best_f1, best_score = (float(column[class_row]) for column in (table.ap, table.best_f1, table.best_score))
    return Curve(
        recall=true / n if n else np.full(len(ends), np.nan),
        precision=true / (ends + 1),
        score=score[ends],
        best_f1=best_f1,
        best_score=best_score,
        ap=ap,
    )
