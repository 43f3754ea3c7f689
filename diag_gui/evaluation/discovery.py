"""Discovery: the slices of all columns, and of combinations up to three, where a detector fails most.

Half of the images are searched; whatever is found there is tested on the other half, and only what that confirms is
reported, with its figures from there. The score is that of SliceLine: ``alpha (mean_S / mean - 1) - (1 - alpha)(n / |S| - 1)``,
``mean_S`` being the mean error inside and ``mean`` over all rows. At alpha = .6 a slice with a tenth of the rows has a score
above 0 only from seven times the mean error on, so that the score alone would list large slices and no small ones: it orders
what is reported; what is looked at is whatever exceeds its expected errors by three standard errors or more.

References
----------
.. [1] S. Sagadeeva, M. Boehm, SliceLine: Fast, Linear-Algebra-based Slice Finding for ML Model Debugging, SIGMOD 2021.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray
from diag_gui.data.attributes import Level
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.discovery_conditions import Conditions, conditions_on
from diag_gui.evaluation.discovery_confirmation import Confirmed, confirm_slices
from diag_gui.evaluation.discovery_questions import Question, QuestionRows, rows_of_question
from diag_gui.evaluation.discovery_search import SearchLimits, SearchRows, Slice, search_slices
from diag_gui.evaluation.discovery_targets import TARGETS
from diag_gui.evaluation.fates import Side
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_membership import inside_images
from diag_gui.evaluation.slice_words import chance_text, fraction_text
from diag_gui.exceptions import EvaluationError

__all__ = ["TARGETS", "Discovered", "Discovery", "DiscoverySettings", "Question", "discover"]

MOST_ROWS = 24_000
"""Rows that are searched; of a larger half as many of its images as hold that many."""

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """How to search.

    Attributes
    ----------
    alpha : float
        Weight of the errors in the score against that of the size, in (0, 1].
    most_conditions : int
        Of one slice, 1 to 3.
    least_rows : int or None
        Rows that a slice must have on the searched half; None means 1 % of them, at least 20 (10 where a row is an image).
    least_images : int
        Images that a slice must have on the searched half.
    most_slices : int
        At most so many are tested on the other half.
    max_q : float
        Reported is what has q below it.
    intervals, seed : int
        Resamples of images for interval and p; the seed of their draws and of the halves.
    """

    alpha: float = 0.6
    most_conditions: int = 3
    least_rows: int | None = None
    least_images: int = 10
    most_slices: int = 10
    max_q: float = 0.05
    intervals: int = DEFAULT_RESAMPLES
    seed: int = 0

    def __post_init__(self) -> None:
        for name, is_right in (
            ("alpha", 0 < self.alpha <= 1),
            ("most_conditions", 1 <= self.most_conditions <= 3),
            ("least_rows", self.least_rows is None or self.least_rows >= 1),
            ("least_images", self.least_images >= 1),
            ("most_slices", self.most_slices >= 1),
            ("max_q", 0 < self.max_q <= 1),
            ("intervals", self.intervals >= 1),
        ):
            if not is_right:
                raise EvaluationError(name, f"{getattr(self, name)} is out of range")


@dataclass(frozen=True, slots=True)
class Discovered:
    """A slice that the other half confirmed. Figures are of that half, but for ``score``.

    Attributes
    ----------
    definition : SliceDefinition
        Ready to be evaluated, filtered by, or saved.
    conditions : tuple of str
        Its conditions for people.
    score : float
        SliceLine's, on the searched half; NaN where no row there errs.
    rows, images : int
        Inside; where false positives of two runs are set against each other, those of both.
    mean, rest : float
        Mean error inside and outside; where the run is worse, what is lost less what is gained.
    difference, low, high : float
        ``mean - rest`` and its 95 % interval by bootstrap over images.
    p, q : float
        Two-sided, Student's t over the images inside; Benjamini-Hochberg over what was tested there.
    sentence : str
    """

    definition: SliceDefinition
    conditions: tuple[str, ...]
    score: float
    rows: int
    images: int
    mean: float
    rest: float
    difference: float
    low: float
    high: float
    p: float
    q: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a search found, and what it was.

    Attributes
    ----------
    question : Question
    settings : DiscoverySettings
    row, error : str
        What rows are and what is wrong with them, in words: ``ground truth``, ``is missed``.
    columns : tuple of str
        Searched.
    conditions, looked_at : int
        How many conditions there are, and slices that had enough rows.
    least_rows : int
        That a slice had to have.
    searched_images, confirming_images : int
    tested : int
        Slices tested on the other half: what q is over.
    slices : tuple of Discovered
        Confirmed, the highest score first.
    """

    question: Question
    settings: DiscoverySettings
    row: str
    error: str
    columns: tuple[str, ...]
    conditions: int
    looked_at: int
    least_rows: int
    searched_images: int
    confirming_images: int
    tested: int
    slices: tuple[Discovered, ...]
    found_rows: tuple[AnyArray, ...] = field(default=(), compare=False, repr=False)
    """Per slice the rows of its table inside it, on both halves: images, ground truth, or predictions of the run."""

    @property
    def subject(self) -> str:
        """What was looked for, in words: ``ground truth is missed``."""
        return f"{self.error} per image" if self.row == "images" else f"{self.row} {self.error}"

    @property
    def caption(self) -> str:
        """How it was searched, in one line."""
        return (
            f"{len(self.columns)} columns, combinations up to {self.settings.most_conditions}; searched on "
            f"{self.searched_images:,} images, confirmed on {self.confirming_images:,} others; q over {self.tested} tested "
            f"there; at least {self.least_rows:,} rows; seed {self.settings.seed}"
        )


def discover(
    side: Side,
    question: Question | None = None,
    *,
    catalog: ColumnCatalog | None = None,
    baseline: Side | None = None,
    settings: DiscoverySettings | None = None,
    leave_out: Iterable[str] = (),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Discovery:
    """Find the slices with most errors, and report those that unseen images confirm.

    Parameters
    ----------
    side : tuple of RunFacts and Evaluation
        The operating point and the asked images hold.
    question : Question, optional
        By default the misses.
    catalog : ColumnCatalog, optional
        Of the same facts, where the caller has one.
    baseline : tuple of RunFacts and Evaluation, optional
        Needed where the questions are where the run is worse.
    settings : DiscoverySettings, optional
    leave_out : iterable of str
        Columns not to search, as an expression writes them.
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked between blocks of work.

    Returns
    -------
    Discovery

    Raises
    ------
    EvaluationError
        If the question cannot be asked of this run.
    CancelledError
        If ``cancelled`` said so.
    """
    question, settings = question or Question(), settings or DiscoverySettings()
    rows = rows_of_question(question, side, baseline)
    n_images = len(side[0].dataset.images)
    is_searched, is_confirming = _halves(inside_images(side[1].images, n_images), rows, settings.seed)
    searched, confirming = (np.flatnonzero(half[rows.image_row]) for half in (is_searched, is_confirming))
    least = settings.least_rows or max(10 if rows.level is Level.IMAGE else 20, math.ceil(len(searched) / 100))
    left_out = {*leave_out, *(["class"] if question.class_row is not None else [])}
    theirs = ColumnCatalog(baseline[0]) if baseline is not None and rows.n_own < len(rows.rows) else None
    conditions = conditions_on(rows, catalog or ColumnCatalog(side[0]), least, baseline=theirs, leave_out=left_out)
    limits = SearchLimits(least, settings.least_images, settings.most_conditions, settings.most_slices)
    found, n_seen = search_slices(
        conditions,
        SearchRows(rows.contrast[searched], rows.image_row[searched], searched, rows.floor),
        limits,
        progress=None if progress is None else lambda share: progress(0.9 * share),
        cancelled=cancelled,
    )
    confirmed = confirm_slices(
        [conditions.inside(one) for one in found],
        rows,
        confirming,
        is_confirming,
        n_resamples=settings.intervals,
        seed=settings.seed,
        cancelled=cancelled,
    )
    if progress is not None:
        progress(1.0)
    reported = [
        _discovered(one, conditions, rows, searched, confirmed[place], settings.alpha)
        for place, one in enumerate(found)
        if place in confirmed and confirmed[place].is_worse(settings.max_q)
    ]
    reported.sort(key=lambda entry: -entry[0].score if entry[0].score == entry[0].score else math.inf)
    return Discovery(
        question=question,
        settings=settings,
        row=rows.row_words,
        error=rows.error_words,
        columns=conditions.columns,
        conditions=len(conditions.conditions),
        looked_at=n_seen,
        least_rows=least,
        searched_images=int(np.count_nonzero(is_searched)),
        confirming_images=int(np.count_nonzero(is_confirming)),
        tested=len(confirmed),
        slices=tuple(one for one, _ in reported),
        found_rows=tuple(rows.rows[: rows.n_own][inside[: rows.n_own]] for _, inside in reported),
    )


def _halves(asked: BoolArray, rows: QuestionRows, seed: int) -> tuple[BoolArray, BoolArray]:
    """Return the images to search and those to confirm on: halves by the seed, the first one cut to `MOST_ROWS` rows."""
    images = np.random.default_rng(seed).permutation(np.flatnonzero(asked))
    first, second = np.zeros(len(asked), np.bool_), np.zeros(len(asked), np.bool_)
    half = len(images) // 2
    second[images[half:]] = True
    n_rows = np.cumsum(np.bincount(rows.image_row, minlength=len(asked))[images[:half]])
    first[images[: np.searchsorted(n_rows, MOST_ROWS, "right")]] = True
    return first, second


def _discovered(
    one: Slice, conditions: Conditions, rows: QuestionRows, searched: AnyArray, told: Confirmed, alpha: float
) -> tuple[Discovered, BoolArray]:
    """Return a confirmed slice, and the rows inside it."""
    inside, chosen = conditions.inside(one), [conditions.conditions[place] for place in one]
    names = tuple(each.name for each in chosen)
    name = " and ".join(names)
    found = Discovered(
        definition=SliceDefinition(name, " AND ".join(each.expression for each in chosen)),
        conditions=names,
        score=slice_score(rows.errors[searched], inside[searched], alpha),
        rows=told.rows,
        images=told.images,
        mean=told.mean,
        rest=told.rest,
        difference=told.mean - told.rest,
        low=told.low,
        high=told.high,
        p=told.p,
        q=told.q,
        sentence=sentence_of(rows, name, told),
    )
    return found, inside


def slice_score(errors: FloatArray, inside: BoolArray, alpha: float) -> float:
    """Return SliceLine's score of a slice; NaN where it is empty or nothing errs.

    Parameters
    ----------
    errors : ndarray of float64, shape (N,)
        0 or more.
    inside : ndarray of bool, shape (N,)
    alpha : float
    """
    n, mean = int(np.count_nonzero(inside)), float(errors.mean()) if len(errors) else 0.0
    if not n or mean == 0.0:
        return math.nan
    return alpha * (float(errors[inside].mean()) / mean - 1) - (1 - alpha) * (len(errors) / n - 1)


def sentence_of(rows: QuestionRows, name: str, told: Confirmed) -> str:
    """Return what was confirmed about the slice called ``name``, in words."""
    images = f"{told.images:,} {'image' if told.images == 1 else 'images'}"
    sure = (
        f"{fraction_text(told.mean - told.rest)} more, 95 % {fraction_text(told.low)} to {fraction_text(told.high)}; "
        f"{chance_text('q', told.q)}; {images}"
    )
    if rows.level is Level.IMAGE:
        return f"{told.mean:.1f} {rows.error_words} per image at {name}, {told.rest:.1f} elsewhere: {sure}"
    if rows.is_net:
        elsewhere = f"{told.rest:.0%} elsewhere" if told.rest >= 0 else f"elsewhere gains outweigh losses by {-told.rest:.0%}"
        return f"gains taken off, {told.mean:.0%} of {rows.row_words} {rows.error_words} at {name}, {elsewhere}: {sure}"
    return f"{told.mean:.0%} of {rows.row_words} {rows.error_words} at {name}, {told.rest:.0%} elsewhere: {sure}"
