"""What the search for the worst slices is asked: which rows there are, and which of them are errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray
from diag_gui.data.attributes import Level
from diag_gui.evaluation.discovery_targets import FALSE_POSITIVES, IMAGES, MISSES, TARGETS, WORSE, WORSE_FALSE_POSITIVES
from diag_gui.evaluation.fates import Side, changed_false_positives, check_same_settings
from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind, Outcomes
from diag_gui.evaluation.slice_membership import inside_images
from diag_gui.exceptions import EvaluationError

_WRONG = tuple(kind for kind in ERROR_KINDS if kind is not OutcomeKind.MISSED)
_WORDS = {FALSE_POSITIVES: "are false positives", "both": "have both box and class wrong"}
_KIND_OF_NAME = {name: kind for kind, name in ERROR_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for.

    Attributes
    ----------
    target : str
        One of `TARGETS`, or what `discovery_targets.questions_of` adds. ``misses``: a row is a ground truth, an error one that
        no kept prediction found. ``false-positives``: a row is a kept prediction that counts, an error a false one. ``images``:
        a row is an image, its error the number of misses and false positives on it. ``missed``: a row is a ground truth, an
        error one of the type missed. The other error types: a row is a kept prediction that counts, an error one of that type.
        ``worse``: a row is a ground truth, an error one that the baseline finds and the run does not; those the other way round
        are set against it. ``worse-false-positives``: a row is a kept prediction of the run that counts, an error a false one
        that the baseline does not make; false ones of the baseline that the run does not make are rows too, and are set against
        it.
    class_row : int or None
        Ground truth of one class, predictions of one; None means any.

    Raises
    ------
    EvaluationError
        If there is no such target.
    """

    target: str = MISSES
    class_row: int | None = None

    def __post_init__(self) -> None:
        if self.target not in (*TARGETS, WORSE_FALSE_POSITIVES):
            raise EvaluationError("discover", f"{self.target!r} is none of {', '.join(TARGETS)}")


@dataclass(frozen=True, slots=True, eq=False)
class QuestionRows:
    """The N rows of a question.

    Attributes
    ----------
    level : Level
        What a row is: an image, a ground truth or a prediction.
    rows, image_row : ndarray of int, shape (N,)
        Rows of that table, and the image of each.
    n_own : int
        The first so many are rows of the run, the others of the baseline's table.
    errors : ndarray of float64, shape (N,)
        The error vector, 0 or more.
    contrast : ndarray of float64, shape (N,)
        What is searched and tested; the same, but where a run is worse, where what it gained is taken off.
    row_words, error_words : str
        What rows are and what is wrong with them: ``ground truth``, ``is missed``.
    floor : float
        Mean contrast that a slice must exceed whatever the rest has: 0 where a run is worse, since where it gained much
        elsewhere the rest is no worse than before.
    """

    level: Level
    rows: AnyArray
    image_row: IntArray
    errors: FloatArray
    contrast: FloatArray
    row_words: str
    error_words: str
    n_own: int
    floor: float = -math.inf

    @property
    def is_net(self) -> bool:
        """Whether what was gained is taken off, so that a mean may be below 0."""
        return self.floor > -math.inf


def rows_of_question(question: Question, side: Side, baseline: Side | None = None) -> QuestionRows:
    """Return the rows of a question.

    Parameters
    ----------
    question : Question
    side : tuple of RunFacts and Evaluation
        The asked images hold.
    baseline : tuple of RunFacts and Evaluation, optional
        Needed by ``worse``.

    Raises
    ------
    EvaluationError
        If there is no such class, or no baseline where one is needed, or one that does not belong to the run.
    """
    facts, evaluation = side
    n_classes = len(facts.dataset.classes)
    if question.class_row is not None and not 0 <= question.class_row < n_classes:
        raise EvaluationError("class", f"{question.class_row} is no row of {n_classes} classes")
    if question.target == IMAGES:
        return _image_rows(question, side)
    if question.target == WORSE_FALSE_POSITIVES:
        return _changed_rows(question, side, _needed(baseline))
    if question.target in (MISSES, WORSE, ERROR_NAMES[OutcomeKind.MISSED]):
        return _ground_truth_rows(question, side, baseline)
    rows = _counted_predictions(question, side)
    wanted = _WRONG if question.target == FALSE_POSITIVES else (_KIND_OF_NAME[question.target],)
    errors = _is_one_of(evaluation.outcomes.kind[rows], wanted).astype(np.float64)
    words = _WORDS.get(question.target, f"are {question.target} errors")
    image_row = facts.run.predictions.image_row[rows]
    return QuestionRows(Level.PRED, rows, image_row, errors, errors, "predictions", words, len(rows))


def _counted_predictions(question: Question, side: Side) -> AnyArray:
    facts, evaluation = side
    kind = evaluation.outcomes.kind[: evaluation.outcomes.n_predictions]
    return np.flatnonzero(
        _is_one_of(kind, (OutcomeKind.TRUE_POSITIVE, *_WRONG)) & _of_class(facts.run.predictions.class_row, question)
    )


def _changed_rows(question: Question, side: Side, baseline: Side) -> QuestionRows:
    """Return the predictions of a run, and of the baseline the false ones that the run does not make."""
    new, gone = changed_false_positives(side, baseline)
    rows = _counted_predictions(question, side)
    theirs = np.flatnonzero(gone & _of_class(baseline[0].run.predictions.class_row, question))
    errors = np.concatenate([new[rows], np.zeros(len(theirs))]).astype(np.float64)
    contrast = np.concatenate([new[rows], np.full(len(theirs), -1.0)])
    image_row = np.concatenate([side[0].run.predictions.image_row[rows], baseline[0].run.predictions.image_row[theirs]])
    words = f"are false positives that {baseline[0].run.name} does not make"
    return QuestionRows(
        Level.PRED, np.concatenate([rows, theirs]), image_row, errors, contrast, "predictions", words, len(rows), floor=0.0
    )


def _needed(baseline: Side | None) -> Side:
    if baseline is None:
        raise EvaluationError("baseline", "a run is worse than another one: say which")
    return baseline


def _ground_truth_rows(question: Question, side: Side, baseline: Side | None) -> QuestionRows:
    facts, evaluation = side
    gt, n = facts.dataset.ground_truth, evaluation.outcomes.n_predictions
    counts = _is_one_of(evaluation.outcomes.kind[n:], (OutcomeKind.FOUND, OutcomeKind.MISSED)) & _of_class(gt.class_row, question)
    rows = np.flatnonzero(counts)
    is_missed = ~_is_found(evaluation.outcomes)[rows]
    errors, contrast, words = is_missed.astype(np.float64), None, "is missed"
    if question.target == WORSE:
        baseline = _needed(baseline)
        check_same_settings(baseline, side)
        was_found = _is_found(baseline[1].outcomes)[rows]
        errors = (is_missed & was_found).astype(np.float64)
        contrast = errors - (~is_missed & ~was_found)
        words = f"was found by {baseline[0].run.name} and is missed now"
    elif question.target != MISSES:
        errors = (evaluation.outcomes.kind[n:][rows] == OutcomeKind.MISSED).astype(np.float64)
        words = "is missed, with no box or class that nearly fits"
    contrast = errors if contrast is None else contrast
    floor = 0.0 if question.target == WORSE else -math.inf
    return QuestionRows(Level.GT, rows, gt.image_row[rows], errors, contrast, "ground truth", words, len(rows), floor)


def _image_rows(question: Question, side: Side) -> QuestionRows:
    facts, evaluation = side
    n_images, outcomes = len(facts.dataset.images), evaluation.outcomes
    n = outcomes.n_predictions
    counted = evaluation.outcomes.kind[n:]
    is_missed = _is_one_of(counted, (OutcomeKind.FOUND, OutcomeKind.MISSED)) & ~_is_found(outcomes)
    is_missed &= _of_class(facts.dataset.ground_truth.class_row, question)
    is_wrong = _is_one_of(outcomes.kind[:n], _WRONG) & _of_class(facts.run.predictions.class_row, question)
    errors = np.bincount(facts.dataset.ground_truth.image_row[is_missed], minlength=n_images) + np.bincount(
        facts.run.predictions.image_row[is_wrong], minlength=n_images
    )
    rows = np.flatnonzero(inside_images(evaluation.images, n_images))
    of_rows = errors[rows].astype(np.float64)
    return QuestionRows(
        Level.IMAGE, rows, rows.astype(np.int32), of_rows, of_rows, "images", "misses and false positives", len(rows)
    )


def _is_found(outcomes: Outcomes) -> BoolArray:
    """Return which ground truth a kept prediction found, bool (G,); one that an error merely aims at is not found."""
    n = outcomes.n_predictions
    rows = np.arange(n, len(outcomes))
    is_found: BoolArray = outcomes.kind[n:] == OutcomeKind.FOUND
    is_found[is_found] = outcomes.target_of(rows[is_found]) >= 0
    return is_found


def _is_one_of(kind: AnyArray, kinds: tuple[OutcomeKind, ...]) -> BoolArray:
    wanted = np.zeros(len(OutcomeKind), np.bool_)
    wanted[list(kinds)] = True
    found: BoolArray = wanted[kind]
    return found


def _of_class(class_row: IntArray, question: Question) -> BoolArray:
    if question.class_row is None:
        return np.ones(len(class_row), np.bool_)
    found: BoolArray = class_row == question.class_row
    return found
