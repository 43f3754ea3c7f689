"""What became of every object from run to run: was right, now wrong; was wrong, now right; wrong or right in both.

A ground truth is the same object in every run. In each it is *found*, *missed*, or reached by an error that a better box or a
better class would turn into a find (*localization*, *classification*); it is right where it is found. It stands in one outcome
row of each run: the prediction that found it, its own row where it is missed, and of the errors that aim at it the one of the
highest score (equal scores: the first in the file).

Every other error is about its prediction: that is wrong, and keeping silent would have been right. What it was in another run
says the prediction that corresponds to it there (`prediction_pairs`): a true positive, a false positive, one that was ignored,
or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, IntArray, LongArray, frozen
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind, Outcomes
from diag_gui.evaluation.prediction_pairs import corresponding_predictions
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError

FATE_NAMES = ("now wrong", "now right", "still wrong", "still right")
NOW_WRONG, NOW_RIGHT, STILL_WRONG, STILL_RIGHT = range(4)
"""Codes of ``fate``: places in `FATE_NAMES`."""

GT_FATES = ("found", "localization", "classification", "missed")
"""What can become of a ground truth that counts, the best first: rows and columns of `FateMatrix`."""

WAS_NAMES = (*GT_FATES, "true positive", "false positive", "ignored", "nothing")
"""What an object was in the run compared with: the first four of ground truth, the others of predictions."""

UNKNOWN = 255
"""Code of what has no fate: rows that are not kept, ignored, or not asked for."""

_FOUND, _LOCALIZATION, _CLASSIFICATION, _MISSED, _TRUE, _FALSE, _IGNORED, _NOTHING = range(len(WAS_NAMES))
_WRONG_PREDICTIONS = tuple(kind for kind in ERROR_KINDS if kind is not OutcomeKind.MISSED)

Side = tuple[RunFacts, Evaluation]
"""A run and what it was evaluated to; of all sides at the same settings and on the same images."""


@dataclass(frozen=True, slots=True, eq=False)
class GroundTruthFates:
    """What became of each of G ground truths in one run.

    Attributes
    ----------
    code : ndarray of uint8, shape (G,)
        Place in `GT_FATES`; `UNKNOWN` where it is ignored or not asked for.
    outcome_row : ndarray of int32, shape (G,)
        The outcome row it stands in; its own where it has no fate.
    """

    code: ByteArray
    outcome_row: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", frozen(self.code, np.uint8, (-1,), "code"))
        object.__setattr__(self, "outcome_row", frozen(self.outcome_row, np.int32, (len(self.code),), "outcome_row"))


@dataclass(frozen=True, slots=True, eq=False)
class Fates:
    """What the outcome rows of one run, P predictions then G ground truths, were in others.

    Attributes
    ----------
    fate : ndarray of uint8, shape (P + G,)
        Place in `FATE_NAMES`; `UNKNOWN` where a row has none.
    was : ndarray of uint8, shape (P + G,)
        Place in `WAS_NAMES`; `UNKNOWN` likewise.
    n_right : ndarray of int16, shape (P + G,)
        Of all runs given, this one included, how many get the row's object right: 0 is wrong in all. -1 where a row has no
        fate.
    n_runs : int
        Runs that ``n_right`` is out of.
    """

    fate: ByteArray
    was: ByteArray
    n_right: AnyArray
    n_runs: int

    def __post_init__(self) -> None:
        n = len(self.fate)
        object.__setattr__(self, "fate", frozen(self.fate, np.uint8, (n,), "fate"))
        object.__setattr__(self, "was", frozen(self.was, np.uint8, (n,), "was"))
        object.__setattr__(self, "n_right", frozen(self.n_right, np.int16, (n,), "n_right"))


@dataclass(frozen=True, slots=True, eq=False)
class FateMatrix:
    """How many objects went from what to what between two runs.

    Attributes
    ----------
    ground_truth : ndarray of int64, shape (4, 4)
        Rows: what it was in the run compared with; columns: what it is; both in the order of `GT_FATES`.
    false_positives : ndarray of int64, shape (len(WAS_NAMES),)
        Errors of the run that are about their prediction, by what that was.
    gone : int
        Such errors of the run compared with whose prediction the run does not make, or gets right.
    """

    ground_truth: LongArray
    false_positives: LongArray
    gone: int

    @property
    def still(self) -> int:
        """False positives that both runs make."""
        return int(self.false_positives[_FALSE])

    @property
    def new(self) -> int:
        """False positives of the run that the run compared with does not make."""
        return int(self.false_positives.sum()) - self.still

    def counts(self) -> dict[str, int]:
        """Return how many ground truths have each of `FATE_NAMES`."""
        n = self.ground_truth
        return {
            "now wrong": int(n[0, 1:].sum()),
            "now right": int(n[1:, 0].sum()),
            "still wrong": int(n[1:, 1:].sum()),
            "still right": int(n[0, 0]),
        }


def fates_of_ground_truth(outcomes: Outcomes) -> GroundTruthFates:
    """Say what became of every ground truth in one run.

    Parameters
    ----------
    outcomes : Outcomes
        At the operating point asked for.
    """
    n = outcomes.n_predictions
    n_gt = len(outcomes) - n
    kind, target = outcomes.kind[n:], outcomes.target[n:]
    code = np.full(n_gt, UNKNOWN, np.uint8)
    row = np.arange(n, n + n_gt, dtype=np.int32)
    code[kind == OutcomeKind.MISSED] = _MISSED
    is_matched = (kind == OutcomeKind.FOUND) & (target >= 0)
    code[is_matched] = _FOUND
    row[is_matched] = target[is_matched]
    is_reached = (kind == OutcomeKind.FOUND) & (target < 0)
    best = _best_aiming(outcomes, is_reached)
    row[is_reached] = best[is_reached]
    code[is_reached] = np.where(outcomes.kind[best[is_reached]] == OutcomeKind.LOCALIZATION, _LOCALIZATION, _CLASSIFICATION)
    return GroundTruthFates(code, row)


def follow_fates(run: Side, compared: Side, others: Sequence[Side] = ()) -> Fates:
    """Say what every outcome row of a run was in another, and in how many of all runs it is right.

    Parameters
    ----------
    run : (RunFacts, Evaluation)
    compared : (RunFacts, Evaluation)
        What ``fate`` and ``was`` refer to.
    others : sequence of (RunFacts, Evaluation)
        Further runs, for ``n_right``.

    Returns
    -------
    Fates

    Raises
    ------
    EvaluationError
        If the sides are not of one dataset, or were not evaluated alike.
    """
    for side in (compared, *others):
        check_same_settings(run, side)
    outcomes = run[1].outcomes
    now = fates_of_ground_truth(outcomes)
    about = _ground_truth_told(now, len(outcomes))
    is_right, is_wrong = _sides_of(outcomes, about)
    was = _was(run, compared, about)
    was_right = _is_right(was)
    fate = np.full(len(outcomes), UNKNOWN, np.uint8)
    fate[is_right] = np.where(was_right[is_right], STILL_RIGHT, NOW_RIGHT)
    fate[is_wrong] = np.where(was_right[is_wrong], NOW_WRONG, STILL_WRONG)
    has_fate = is_right | is_wrong
    n_right = np.where(has_fate, is_right.astype(np.int16) + was_right, -1).astype(np.int16)
    for other in others:
        n_right[has_fate] += _is_right(_was(run, other, about))[has_fate]
    return Fates(fate, np.where(has_fate, was, UNKNOWN), n_right, 2 + len(others))


def unknown_fates(n_rows: int) -> Fates:
    """Return fates of which nothing is known: what an expression is tried on before anything is computed."""
    nothing = np.full(n_rows, UNKNOWN, np.uint8)
    return Fates(nothing, nothing, np.full(n_rows, -1, np.int16), 0)


def fate_matrix(run: Side, compared: Side) -> FateMatrix:
    """Count the objects of two runs by what they were and what they are.

    Parameters
    ----------
    run, compared : (RunFacts, Evaluation)

    Returns
    -------
    FateMatrix
        Each count is the number of outcome rows of the run with that ``was`` and that error (none where it is found).

    Raises
    ------
    EvaluationError
        As `follow_fates`.
    """
    check_same_settings(run, compared)
    now, before = fates_of_ground_truth(run[1].outcomes), fates_of_ground_truth(compared[1].outcomes)
    counts = (now.code != UNKNOWN) & (before.code != UNKNOWN)
    n = len(GT_FATES)
    cells = np.bincount(before.code[counts].astype(np.int64) * n + now.code[counts], minlength=n * n).reshape(n, n)
    rows = _about_predictions(run[1].outcomes, now)
    pairs = _pairs(run, compared)
    was = _kind_there(compared[1].outcomes, pairs[rows])
    theirs = _about_predictions(compared[1].outcomes, before)
    is_wrong_here = np.isin(run[1].outcomes.kind[: len(pairs)], np.array(_WRONG_PREDICTIONS, np.uint8))
    kept_up = np.zeros(compared[1].outcomes.n_predictions, np.bool_)
    # Also by an error that tells what became of a label: its prediction is made, and wrong.
    kept_up[pairs[is_wrong_here & (pairs >= 0)]] = True
    gone = int(np.count_nonzero(~kept_up[theirs]))
    return FateMatrix(cells.astype(np.int64), np.bincount(was, minlength=len(WAS_NAMES)).astype(np.int64), gone)


def changed_false_positives(run: Side, compared: Side) -> tuple[BoolArray, BoolArray]:
    """Return which kept predictions are false in one run only.

    Parameters
    ----------
    run, compared : (RunFacts, Evaluation)

    Returns
    -------
    new : ndarray of bool, shape (P,)
        False positives of the run whose prediction the run compared with does not make, or gets right.
    gone : ndarray of bool, shape (Q,)
        Those of the run compared with, likewise.

    Raises
    ------
    EvaluationError
        As `follow_fates`.
    """
    check_same_settings(run, compared)
    new, gone = (
        np.isin(side[1].outcomes.kind[: side[1].outcomes.n_predictions], np.array(_WRONG_PREDICTIONS, np.uint8))
        for side in (run, compared)
    )
    pairs = _pairs(run, compared)
    paired = np.flatnonzero(pairs >= 0)
    both = paired[new[paired] & gone[pairs[paired]]]
    new[both] = gone[pairs[both]] = False
    return new, gone


def found_in_runs(sides: Sequence[Side]) -> LongArray:
    """Return how many ground truths are found in exactly k of n runs, k = 0 … n: int64, shape (n + 1,).

    The first are wrong in all, the last right in all; what is ignored or not asked for is not counted.

    Raises
    ------
    EvaluationError
        As `follow_fates`.
    """
    for side in sides[1:]:
        check_same_settings(sides[0], side)
    codes = np.array([fates_of_ground_truth(evaluation.outcomes).code for _, evaluation in sides])
    counted = codes[:, (codes != UNKNOWN).all(axis=0)]
    n_found = np.count_nonzero(counted == _FOUND, axis=0)
    return np.bincount(n_found, minlength=len(sides) + 1).astype(np.int64, copy=False)


def check_same_settings(one: Side, other: Side) -> None:
    """Refuse to compare runs of different datasets, at different settings or on different images.

    Raises
    ------
    EvaluationError
        That says which.
    """
    if one[0].dataset is not other[0].dataset:
        raise EvaluationError("baseline", f"{other[0].run.name} is no run on the dataset of {one[0].run.name}")
    if one[1].params != other[1].params:
        raise EvaluationError("baseline", f"{other[0].run.name} and {one[0].run.name} were evaluated at different settings")
    of_one, of_other = one[1].images, other[1].images
    if of_one is not of_other and (of_one is None or of_other is None or not np.array_equal(of_one, of_other)):
        raise EvaluationError("images", f"{other[0].run.name} and {one[0].run.name} were evaluated on different images")


def _best_aiming(outcomes: Outcomes, is_reached: BoolArray) -> IntArray:
    """Return per ground truth the localization or classification error of highest score that aims at it; -1 none."""
    n = outcomes.n_predictions
    kind, target = outcomes.kind[:n], outcomes.target[:n]
    rows = np.flatnonzero((kind == OutcomeKind.LOCALIZATION) | (kind == OutcomeKind.CLASSIFICATION))
    rows = rows[is_reached[target[rows]]]
    # Sorted so that the best of each ground truth is written last.
    order = np.lexsort((-rows, outcomes.predictions.score[rows]))
    best = np.full(len(is_reached), -1, np.int32)
    best[target[rows[order]]] = rows[order]
    return best


def _ground_truth_told(fates: GroundTruthFates, n_rows: int) -> IntArray:
    """Return per outcome row the ground truth whose fate it tells, int32; -1 of rows about a prediction or nothing."""
    about = np.full(n_rows, -1, np.int32)
    known = np.flatnonzero(fates.code != UNKNOWN)
    about[fates.outcome_row[known]] = known
    return about


def _about_predictions(outcomes: Outcomes, fates: GroundTruthFates) -> AnyArray:
    """Return the rows of the errors that are about their prediction."""
    _, is_wrong = _sides_of(outcomes, about := _ground_truth_told(fates, len(outcomes)))
    return np.flatnonzero(is_wrong[: outcomes.n_predictions] & (about[: outcomes.n_predictions] < 0))


def _sides_of(outcomes: Outcomes, about: IntArray) -> tuple[BoolArray, BoolArray]:
    """Return which rows are right and which are wrong: bool, shape (P + G,) each; ground truth told elsewhere is neither."""
    n = outcomes.n_predictions
    is_right: BoolArray = outcomes.kind == OutcomeKind.TRUE_POSITIVE
    is_wrong: BoolArray = np.isin(outcomes.kind, np.array(_WRONG_PREDICTIONS, np.uint8))
    is_wrong[n:] = (about[n:] >= 0) & (outcomes.kind[n:] == OutcomeKind.MISSED)
    return is_right, is_wrong


def _was(run: Side, other: Side, about: IntArray) -> ByteArray:
    """Return what every outcome row of a run was in the other: places in `WAS_NAMES`."""
    n = run[1].outcomes.n_predictions
    was = np.full(len(about), UNKNOWN, np.uint8)
    was[:n] = _kind_there(other[1].outcomes, _pairs(run, other))
    tells = about >= 0
    was[tells] = fates_of_ground_truth(other[1].outcomes).code[about[tells]]
    return was


def _pairs(run: Side, other: Side) -> IntArray:
    kept, other_kept = (side[1].outcomes.kind[: side[1].outcomes.n_predictions] != OutcomeKind.NOT_KEPT for side in (run, other))
    return corresponding_predictions(run[0], kept, other[0], other_kept, run[1].params.iou_threshold)


def _kind_there(outcomes: Outcomes, rows: IntArray) -> ByteArray:
    """Return what predictions of the other run are: places in `WAS_NAMES`; row -1 is nothing."""
    code_of = np.full(len(OutcomeKind), _FALSE, np.uint8)
    code_of[OutcomeKind.TRUE_POSITIVE] = _TRUE
    code_of[OutcomeKind.IGNORED] = _IGNORED
    there = np.append(code_of[outcomes.kind[: outcomes.n_predictions]], np.uint8(_NOTHING))
    found: ByteArray = there[rows]
    return found


def _is_right(was: ByteArray) -> BoolArray:
    right: BoolArray = np.isin(was, np.array((_FOUND, _TRUE, _IGNORED, _NOTHING), np.uint8))
    return right
