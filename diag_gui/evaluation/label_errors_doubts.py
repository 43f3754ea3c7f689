"""`label_error`: one estimate per outcome row, from every run that is open, of how likely the label there is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray, frozen
from diag_gui.data.dataset import Dataset
from diag_gui.evaluation.label_errors_evidence import (
    CLASS,
    CLASS_AND_LOCATION,
    LOCATION,
    RunEvidence,
    backing_of_places,
    log_sizes,
)
from diag_gui.evaluation.label_errors_odds import chance, evidence_of_scores, log_odds, weigh

DOUBTS: tuple[str, ...] = ("missing", "location", "class", "class and location", "spurious")
"""What may be wrong, in the order of their codes."""

MISSING, SPURIOUS = 0, 4
_CONTRADICTIONS = (LOCATION, CLASS, CLASS_AND_LOCATION)
_NEVER = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Doubts:
    """Per outcome row, predictions first, then ground truth: what the runs together say against the label.

    Attributes
    ----------
    label_error : ndarray of float64, shape (P + G,)
        0 to 1; NaN where nothing can be said.
    kind : ndarray of int8, shape (P + G,)
        Place in `DOUBTS` of what it is about; -1 where nothing can be said.
    runs_against : ndarray of float64, shape (P + G,)
        Agreement of the runs against the label; NaN with a single run, or where nothing can be said.
    n_runs : int
    """

    label_error: FloatArray
    kind: AnyArray
    runs_against: FloatArray
    n_runs: int

    def __post_init__(self) -> None:
        n = len(self.label_error)
        object.__setattr__(self, "label_error", frozen(self.label_error, np.float64, (n,), "label_error"))
        object.__setattr__(self, "kind", frozen(self.kind, np.int8, (n,), "kind"))
        object.__setattr__(self, "runs_against", frozen(self.runs_against, np.float64, (n,), "runs_against"))


def doubts_of(
    dataset: Dataset, gt_area: FloatArray, runs: Sequence[RunEvidence], labelled_twice: BoolArray | None = None
) -> Doubts:
    """Estimate for every prediction of the first run and for every label how likely the label there is wrong.

    Parameters
    ----------
    dataset : Dataset
    gt_area : ndarray of float64, shape (G,)
        Square pixels.
    runs : sequence of RunEvidence
        The first is the one whose rows are judged; all are witnesses.
    labelled_twice : ndarray of bool, shape (G,), optional
        Labels of objects that have a second label of another class.

    Returns
    -------
    Doubts
        NaN for ignored ground truth, for predictions that lie on it, and where a score lies outside 0..1.

    Notes
    -----
    **The one rule.** A prediction that no label backs contradicts the labels: it says that an object was not labelled
    (*missing*), or that the label it overlaps most (IoU >= .1) has the wrong box (*location*: same class, IoU < .5), the
    wrong class (*class*: IoU >= .5), or both. A label may also lack any backing (*spurious*). For each of these five,
    ``label_error`` is the share of **right** ones among all that look alike, right ones and contradictions of this kind
    together: where nine of ten predictions as sure, as large and as far from other labels as this one hit a label and it
    does not, that is 0.9. A row has the greatest of those that apply to it, and ``kind`` names which; a label that something
    contradicts with more than 0.5 is not called spurious, since it is known better what is wrong.

    Of two labels of one object under different classes one must be wrong: both have 1, for their *class*.

    The shares are learnt from the data itself by logistic regression (`weigh`), so no score has to mean the same for every
    model. What is compared:

    * *missing*: matched predictions with unmatched ones, by score, log size, and greatest IoU with another label.
    * *location*, *class*, both: what the runs say for the label (score of its match, 0 if none) and against it (score of the
      strongest contradiction), and log size. A wrong label is a right one with the roles exchanged: it would be found as
      surely as right ones are, under what the contradiction says. So examples of right ones are labels that were found, with
      the two scores exchanged.
    * *spurious*: labels with what backs them with the same labels if nothing did, by score of the match and log size.

    Scores enter as log odds, and those of several runs as their mean, 0.01 standing for a run that has nothing at that place
    (same class, IoU >= .5). Where there are too few examples scores are taken at their word.

    On a matched pair both rows carry what is said of the label. Among the unmatched predictions that overlap a label most,
    the surest carries it as well; the others speak for themselves.

    ``runs_against`` is the mean over the runs of how much surer each is of the contradiction than of the label (not below
    0), and 0 unless at least two runs are: they must agree with each other. A label that nobody finds is no contradiction.

    It depends on no threshold. It ranks; the share of labels that are wrong in a data set is not known to it.
    """
    first, n_runs = runs[0], len(runs)
    labels = _Labels(dataset, gt_area, runs)
    n_predictions, n_labels = len(first.predictions), len(dataset.ground_truth)
    judged = _Judged(_said_of(runs, 0, np.arange(n_predictions)), n_predictions, n_labels)

    weights_of = {}
    for what in _CONTRADICTIONS:
        against = labels.contradictions(what)
        has_any = np.flatnonzero(against.any(axis=1))
        weights_of[what] = labels.weights(against)
        judged.of_gt.raise_to(log_odds(weights_of[what], labels.features(against[has_any], has_any)), what, has_any)
        judged.agree_on_gt(has_any, against[has_any], labels.backing[has_any])
    contradicted, kind = judged.of_gt.odds > 0, judged.of_gt.kind.copy()
    judged.of_gt.raise_to(labels.spurious(), SPURIOUS)
    judged.of_gt.kind[contradicted] = kind[contradicted]
    if labelled_twice is not None:
        twice = np.flatnonzero(labelled_twice)
        judged.of_gt.raise_to(np.full(len(twice), np.inf), CLASS, twice)

    rows, odds = _missing(labels, first, judged.said)
    judged.of_pred.raise_to(odds, MISSING, rows)
    says = first.says[first.aimed]
    for what in _CONTRADICTIONS:
        rows = first.aimed[says == what]
        label = first.aim[rows]
        judged.of_pred.raise_to(log_odds(weights_of[what], labels.features(judged.said[rows], label)), what, rows)
    judged.agree_on_pred(first, labels.backing)
    surest = first.surest(first.aimed, n_labels)
    judged.carry_over(surest, first.aim[surest])
    matched = np.flatnonzero(first.matches.gt_row_of_pred >= 0)
    judged.carry_over(matched, first.matches.gt_row_of_pred[matched])
    return judged.result(first.is_judge, ~labels.is_unjudged, n_runs)


class _Greatest:
    """Log odds per row, the greatest so far, and what it is about."""

    def __init__(self, n_rows: int) -> None:
        self.odds = np.full(n_rows, _NEVER)
        self.kind = np.full(n_rows, -1, np.int8)

    def raise_to(self, odds: FloatArray, kind: AnyArray | int, rows: AnyArray | None = None) -> None:
        """Let ``rows``, by default all, have ``odds`` where these are greater."""
        higher = np.flatnonzero(odds > (self.odds if rows is None else self.odds[rows]))
        at = higher if rows is None else rows[higher]
        self.odds[at] = odds[higher]
        self.kind[at] = kind[higher] if isinstance(kind, np.ndarray) else kind


class _Judged:
    """Predictions of the first run and labels, while the runs are heard."""

    def __init__(self, said: FloatArray, n_predictions: int, n_labels: int) -> None:
        self.said = said
        self.of_pred, self.of_gt = _Greatest(n_predictions), _Greatest(n_labels)
        self.against_pred, self.against_gt = np.zeros(n_predictions), np.zeros(n_labels)

    def agree_on_gt(self, rows: AnyArray, against: FloatArray, backing: FloatArray) -> None:
        """Note how far the runs agree against labels."""
        if against.shape[1] > 1:
            self.against_gt[rows] = np.maximum(self.against_gt[rows], _agreement(against, backing))

    def agree_on_pred(self, run: RunEvidence, backing: FloatArray) -> None:
        """Note how far the runs agree with free predictions against what these overlap most, or against nothing."""
        if self.said.shape[1] > 1:
            rows = np.flatnonzero(run.is_free)
            label = run.aim[rows]
            for_label = np.where((label >= 0)[:, np.newaxis], backing[label], 0.0) if len(backing) else 0.0
            self.against_pred[rows] = _agreement(self.said[rows], for_label)

    def carry_over(self, rows: AnyArray, label: AnyArray) -> None:
        """Let predictions say what is said of their labels, where that is more."""
        self.of_pred.raise_to(self.of_gt.odds[label], self.of_gt.kind[label], rows)
        if self.said.shape[1] > 1:
            self.against_pred[rows] = np.maximum(self.against_pred[rows], self.against_gt[label])

    def result(self, pred_judged: BoolArray, gt_judged: BoolArray, n_runs: int) -> Doubts:
        """Return what was found, undefined for what is not judged."""
        is_said = np.concatenate([pred_judged, gt_judged])
        odds = np.concatenate([self.of_pred.odds, self.of_gt.odds])
        agreement = np.concatenate([self.against_pred, self.against_gt])
        return Doubts(
            label_error=np.where(is_said, chance(odds), np.nan),
            kind=np.where(is_said, np.concatenate([self.of_pred.kind, self.of_gt.kind]), -1),
            runs_against=np.where(is_said & (n_runs > 1), agreement, np.nan),
            n_runs=n_runs,
        )


class _Labels:
    """The labels of a dataset as the runs see them."""

    def __init__(self, dataset: Dataset, gt_area: FloatArray, runs: Sequence[RunEvidence]) -> None:
        self.dataset = dataset
        self.runs = runs
        self.log_size = log_sizes(gt_area, dataset.ground_truth.image_row, dataset)
        self.backing: FloatArray = np.stack([run.backing for run in runs], axis=1)
        self.is_counted = ~runs[0].matches.gt_ignored
        self.is_found = self.is_counted & self.backing.any(axis=1)
        self.is_unjudged = ~self.is_counted | _matched_to_no_score(runs[0])

    def features(self, against: FloatArray, label: AnyArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what is said against labels, what for them, and their size."""
        return evidence_of_scores(against), evidence_of_scores(self.backing[label]), self.log_size[label]

    def weights(self, against: FloatArray) -> FloatArray:
        """Return how right labels under exchanged names are told from those that are contradicted."""
        found, contradicted = np.flatnonzero(self.is_found), np.flatnonzero(self.is_counted & against.any(axis=1))

        def exchanged(places: LongArray) -> tuple[FloatArray, FloatArray, FloatArray]:
            for_other, for_label, log_size = self.features(against[found[places]], found[places])
            return for_label, for_other, log_size

        def as_they_are(places: LongArray) -> tuple[FloatArray, FloatArray, FloatArray]:
            return self.features(against[contradicted[places]], contradicted[places])

        return weigh(exchanged, len(found), as_they_are, len(contradicted), (1.0, -1.0, 0.0))

    def contradictions(self, what: int) -> FloatArray:
        """Return per label what each run says for the strongest contradiction of one kind, whichever run it is of: (G, R)."""
        n_labels = len(self.log_size)
        best, said = np.full(n_labels, _NEVER), np.zeros((n_labels, len(self.runs)))
        for place, run in enumerate(self.runs):
            rows = run.surest(run.aimed[run.says[run.aimed] == what], n_labels)
            label, scores = run.aim[rows], _said_of(self.runs, place, rows)
            evidence = evidence_of_scores(scores)
            better = evidence > best[label]
            best[label[better]], said[label[better]] = evidence[better], scores[better]
        return said

    def spurious(self) -> FloatArray:
        """Return the log odds of every label that there is nothing, (G,)."""
        backing, nothing = evidence_of_scores(self.backing), evidence_of_scores(np.zeros(1))
        counted = np.flatnonzero(self.is_counted)
        weights = weigh(
            lambda places: (np.repeat(nothing, len(places)), self.log_size[counted[places]]),
            len(counted),
            lambda places: (backing[counted[places]], self.log_size[counted[places]]),
            len(counted),
            (-1.0, 0.0),
        )
        return log_odds(weights, (backing, self.log_size))


def _said_of(runs: Sequence[RunEvidence], place: int, rows: AnyArray) -> FloatArray:
    """Return what each run says for the predictions ``rows``, ascending, of run ``place``: (N, R)."""
    run = runs[place]
    if len(runs) == 1:
        return run.score[rows, np.newaxis]
    said = np.zeros((len(rows), len(runs)))
    said[:, place] = run.score[rows]
    boxes = run.predictions.xywh[rows], run.predictions.class_row[rows], run.predictions.image_row[rows]
    for other, witness in enumerate(runs):
        if other != place:
            said[:, other] = backing_of_places(*boxes, witness.predictions, witness.score)
    return said


def _missing(labels: _Labels, run: RunEvidence, said: FloatArray) -> tuple[LongArray, FloatArray]:
    """Return the free predictions and the log odds of each that an object was not labelled."""
    image_row, right = run.predictions.image_row, np.flatnonzero(run.is_judge & ~run.is_free)
    free = np.flatnonzero(run.is_free)

    def features(rows: LongArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        sizes = log_sizes(run.pred_area[rows], image_row[rows], labels.dataset)
        return evidence_of_scores(said[rows]), run.overlap_with_others[rows], sizes

    weights = weigh(
        lambda places: features(right[places]), len(right), lambda places: features(free[places]), len(free), (1.0, -1.0, 0.0)
    )
    return free, log_odds(weights, features(free))


def _agreement(against: FloatArray, backing: FloatArray | float) -> FloatArray:
    """Return the mean over runs of how much surer each is of what contradicts, 0 unless at least two are."""
    surer = np.maximum(against - backing, 0.0)
    return np.where(np.count_nonzero(surer, axis=1) >= 2, surer.mean(axis=1), 0.0)


def _matched_to_no_score(run: RunEvidence) -> AnyArray:
    """Return the labels whose match has a score outside 0..1: bool, (G,)."""
    pred_row = run.matches.pred_row_of_gt
    unscored = ~run.is_judge & ~run.matches.pred_ignored
    return np.append(unscored, False)[pred_row] & (pred_row >= 0)
