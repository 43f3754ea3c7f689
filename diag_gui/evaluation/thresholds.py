"""The score to keep predictions from, per class and over all: for a wanted precision, a wanted recall, or the best F1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.operating_point import NOT_COUNTED, TRUE_POSITIVE
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError

Rule = Literal["best f1", "precision", "recall"]

RULES: tuple[Rule, ...] = ("best f1", "precision", "recall")


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """What a score threshold is chosen by.

    Attributes
    ----------
    name : {"best f1", "precision", "recall"}
    wanted : float or None
        Least precision or recall, in (0, 1]; None for the best F1.

    Raises
    ------
    EvaluationError
        If it is out of range, missing, or given for the best F1.
    """

    name: Rule = "best f1"
    wanted: float | None = None

    def __post_init__(self) -> None:
        if self.name not in RULES:
            raise EvaluationError("rule", f"{self.name!r} is none of {', '.join(RULES)}")
        if self.name == "best f1":
            if self.wanted is not None:
                raise EvaluationError("wanted", "the best F1 takes no value")
        elif self.wanted is None or not 0.0 < self.wanted <= 1.0:
            raise EvaluationError(f"wanted {self.name}", f"{self.wanted} is not in (0, 1]")

    @property
    def words(self) -> str:
        """The rule for people, after "score for"."""
        return "the best F1" if self.wanted is None else f"{self.name} ≥ {self.wanted:g}"


@dataclass(frozen=True, slots=True, eq=False)
class ChosenThresholds:
    """The score threshold of each class and of all classes together, and what is reached there.

    Attributes
    ----------
    rule : ThresholdRule
    score : ndarray of float64, shape (C + 1,)
        Kept is ``score >=`` it; NaN where no threshold reaches what is wanted. The last entry is of all classes together.
    precision, recall, f1 : ndarray of float64, shape (C + 1,)
        At that score; NaN where there is none.
    n_gt : ndarray of int64, shape (C + 1,)
        Ground truth that counts: the support.
    tp, fp : ndarray of int64, shape (C + 1,)
        At that score; 0 where there is none.
    """

    rule: ThresholdRule
    score: FloatArray
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    n_gt: LongArray
    tp: LongArray
    fp: LongArray

    def __post_init__(self) -> None:
        n = len(self.score)
        for name in ("score", "precision", "recall", "f1"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (n,), name))
        for name in ("n_gt", "tp", "fp"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64, (n,), name))


def choose_thresholds(facts: RunFacts, evaluation: Evaluation, rule: ThresholdRule) -> ChosenThresholds:
    """Choose a score threshold for every class and for all classes together, at the IoU threshold of an evaluation.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Of these facts; its score threshold plays no part, its images do.
    rule : ThresholdRule

    Returns
    -------
    ChosenThresholds

    Notes
    -----
    The thresholds to choose from are the distinct scores of the predictions that count, equal scores taken whole.

    * *precision p*: of those with precision >= p the one with the greatest recall; where several have it, the highest,
      which has the fewest false positives. Precision is not monotone, so lower thresholds than this may fall below p and
      rise above it again: none of them finds more.
    * *recall r*: the highest with recall >= r, which of all has the fewest false positives.
    * *best F1*: the greatest F1; where several have it, the highest.

    Without ground truth recall is undefined, and so is every threshold. All classes together count micro: a threshold that
    all share, false positives of classes without ground truth included.
    """
    ranking, score = facts.ranking, facts.run.predictions.score
    n_gt = evaluation.per_class.n_gt
    n_classes = len(n_gt)
    of_class = facts.run.predictions.class_row[ranking.by_class]
    per_class = _choose(ranking.by_class, of_class, n_classes, evaluation.status, score, n_gt, rule)
    together = np.zeros(len(ranking.by_score), np.int32)
    overall = _choose(ranking.by_score, together, 1, evaluation.status, score, n_gt.sum(keepdims=True), rule)
    return ChosenThresholds(
        rule, *(np.concatenate([classes, everything]) for classes, everything in zip(per_class, overall, strict=True))
    )


def _choose(
    order: IntArray, group: IntArray, n_groups: int, status: ByteArray, score: FloatArray, n_gt: LongArray, rule: ThresholdRule
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, LongArray, LongArray, LongArray]:
    """Return score, precision, recall, F1, ground truth, true and false positives of each group.

    ``order`` are prediction rows by group, then descending score.
    """
    counted = status[order] != NOT_COUNTED
    order, group = order[counted], group[counted]
    scores = score[order]
    begins = np.append(True, group[1:] != group[:-1])[: len(group)]
    ends = np.flatnonzero(np.append((scores[1:] != scores[:-1]) | begins[1:], True)[: len(group)])
    starts = np.flatnonzero(begins)
    true = np.cumsum(status[order] == TRUE_POSITIVE)
    number = np.cumsum(begins) - 1
    before = np.append(0, true)[starts]
    group_of = group[ends]
    tp = true[ends] - before[number[ends]]
    kept = ends - starts[number[ends]] + 1
    place = _places(rule, group_of, n_groups, tp, kept, n_gt)

    found = place >= 0
    at = place[found]
    columns = [np.full(n_groups, np.nan) for _ in range(4)]
    chosen_tp, chosen_fp = np.zeros((2, n_groups), np.int64)
    chosen_tp[found], chosen_fp[found] = tp[at], kept[at] - tp[at]
    columns[0][found] = scores[ends[at]]
    columns[1][found] = tp[at] / kept[at]
    columns[2][found] = tp[at] / n_gt[found]
    columns[3][found] = 2 * tp[at] / (kept[at] + n_gt[found])
    return columns[0], columns[1], columns[2], columns[3], n_gt.astype(np.int64), chosen_tp, chosen_fp


def _places(rule: ThresholdRule, group_of: IntArray, n_groups: int, tp: LongArray, kept: LongArray, n_gt: LongArray) -> LongArray:
    """Return which of the thresholds, sorted by group and descending score, each group takes; -1 none."""
    support, wanted = n_gt[group_of], rule.wanted or 0.0
    has_gt = support > 0
    if rule.name == "precision":
        # The lowest that reaches it finds most; the first of those that find as much has the fewest false positives.
        lowest = _last(np.flatnonzero(has_gt & (tp / kept >= wanted)), group_of, n_groups)
        most = np.where(lowest >= 0, tp[lowest], -1) if len(tp) else lowest
        return _first(np.flatnonzero(tp == most[group_of]), group_of, n_groups)
    above, below = (tp, support) if rule.name == "recall" else (2 * tp, kept + support)
    recall_or_f1 = np.divide(above, below, out=np.zeros(len(tp)), where=has_gt)
    if rule.name == "recall":
        return _first(np.flatnonzero(has_gt & (recall_or_f1 >= wanted)), group_of, n_groups)
    best = np.full(n_groups, -1.0)
    np.maximum.at(best, group_of, recall_or_f1)
    return _first(np.flatnonzero(has_gt & (recall_or_f1 == best[group_of])), group_of, n_groups)


def _last(places: AnyArray, group_of: IntArray, n_groups: int) -> LongArray:
    """Return the last of ``places``, ascending, in each group; -1 where there is none."""
    found = np.full(n_groups, -1, np.int64)
    is_last: BoolArray = np.append(group_of[places[1:]] != group_of[places[:-1]], True)[: len(places)]
    found[group_of[places[is_last]]] = places[is_last]
    return found


def _first(places: AnyArray, group_of: IntArray, n_groups: int) -> LongArray:
    """Return the first of ``places``, ascending, in each group; -1 where there is none."""
    found = np.full(n_groups, -1, np.int64)
    is_first: BoolArray = np.append(True, group_of[places[1:]] != group_of[places[:-1]])[: len(places)]
    found[group_of[places[is_first]]] = places[is_first]
    return found
