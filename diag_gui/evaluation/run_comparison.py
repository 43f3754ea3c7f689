"""Is one run better than another? Paired differences of figures, with intervals, from the same resamples of images for both.

* difference: the figure of the run minus that of the baseline, on the images themselves,
* interval: 2.5 and 97.5 linear percentiles of the difference over the resamples,
* chance that the run is better: the share of resamples in which its figure is greater; equal ones count half, so that a run
  compared with itself has .5,
* p: two-sided, normal, of difference / standard error over the resamples; q by Benjamini-Hochberg over the classes with
  enough ground truth.

Resamples that leave a figure undefined in either run are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray
from diag_gui.evaluation.bootstrap import CLASS_FIGURES, FIGURES, PRECISION_FIGURES, Resampled
from diag_gui.evaluation.coco_summary import CocoSummary
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.intervals import benjamini_hochberg, percentile_interval, two_sided_p
from diag_gui.evaluation.rule_tables import RuleSummary
from diag_gui.evaluation.slice_membership import inside_images
from diag_gui.exceptions import EvaluationError

ENOUGH_GROUND_TRUTH = 10
"""Ground truth below which a class is no member of the family that q is computed over."""


@dataclass(frozen=True, slots=True, eq=False)
class ResampledRun:
    """One run, its figures, and the same in every resample.

    Attributes
    ----------
    name : str
    evaluation : Evaluation
    summary : CocoSummary or RuleSummary
        Of the same images.
    resampled : Resampled
        May lack figures; those are not compared.
    """

    name: str
    evaluation: Evaluation
    summary: CocoSummary | RuleSummary
    resampled: Resampled

    def figures(self) -> dict[str, float]:
        """Return the figures over all classes that were resampled, on the images themselves, by name."""
        totals = self.evaluation.totals
        known = {name: self.summary.figures[name] for name in PRECISION_FIGURES}
        known |= {"precision": totals.precision, "recall": totals.recall, "f1": totals.f1, "mf1": totals.mf1}
        return {name: known[name] for name in FIGURES if name in self.resampled.figures}

    def figures_per_class(self) -> dict[str, FloatArray]:
        """Return the figures of each class with ground truth that were resampled: float64, shape (K,)."""
        table, rows = self.evaluation.per_class, self.resampled.class_rows
        known = {"precision": table.precision[rows], "recall": table.recall[rows], "f1": table.f1[rows]}
        if isinstance(self.summary, CocoSummary):
            ap = self.summary.ap[np.searchsorted(self.summary.class_rows, rows), 0]
            known |= {"AP": ap.mean(axis=1), "AP50": ap[:, 0], "AP75": ap[:, 5]}
        return {name: known[name] for name in CLASS_FIGURES if name in self.resampled.per_class}


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two runs; NaN is undefined.

    Attributes
    ----------
    baseline, value : float
        The figure in the baseline and in the run.
    difference, low, high : float
        ``value - baseline`` and its 95 % interval.
    better : float
        Chance that the run is better, 0..1.
    p : float
    q : float
        NaN for what is no member of a family.
    """

    baseline: float
    value: float
    difference: float
    low: float
    high: float
    better: float
    p: float
    q: float = float("nan")

    @property
    def is_certain(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, eq=False)
class RunComparison:
    """A run against a baseline on the same images.

    Attributes
    ----------
    baseline, run : str
        Names.
    n_resamples, seed : int
    n_images : int
        Images that were drawn from.
    figures : mapping of str to Difference
    class_rows : ndarray of int32, shape (K,)
        Classes with ground truth.
    per_class : mapping of str to tuple of Difference
        By figure, K of them.
    """

    baseline: str
    run: str
    n_resamples: int
    seed: int
    n_images: int
    figures: Mapping[str, Difference]
    class_rows: IntArray
    per_class: Mapping[str, tuple[Difference, ...]]


def compare_runs(baseline: ResampledRun, run: ResampledRun, *, seed: int = 0) -> RunComparison:
    """Compare a run with a baseline.

    Parameters
    ----------
    baseline, run : ResampledRun
        Of the same dataset and images, resampled with the same draws.
    seed : int
        That of the draws, to be said beside the figures.

    Returns
    -------
    RunComparison

    Raises
    ------
    EvaluationError
        If the images or the draws are not the same.
    """
    _check(baseline, run)
    one, other = baseline.resampled, run.resampled
    before, after = baseline.figures(), run.figures()
    figures = {
        name: _difference(before[name], after[name], other.figures[name] - one.figures[name])
        for name in FIGURES
        if name in before and name in after
    }
    of_before, of_after = baseline.figures_per_class(), run.figures_per_class()
    enough = run.evaluation.per_class.n_gt[one.class_rows] >= ENOUGH_GROUND_TRUTH
    per_class = {
        name: paired_differences(of_before[name], of_after[name], other.per_class[name] - one.per_class[name], enough)
        for name in CLASS_FIGURES
        if name in of_before and name in of_after
    }
    return RunComparison(
        baseline=baseline.name,
        run=run.name,
        n_resamples=_n_resamples(one),
        seed=seed,
        n_images=run.evaluation.totals.n_images,
        figures=MappingProxyType(figures),
        class_rows=one.class_rows,
        per_class=MappingProxyType(per_class),
    )


def intervals_of(resampled: Resampled) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of each figure over all classes, by name; NaN where no resample defines it."""
    found = {}
    for name, values in resampled.figures.items():
        low, high = percentile_interval(values[:, np.newaxis])
        found[name] = (float(low[0]), float(high[0]))
    return found


def _check(baseline: ResampledRun, run: ResampledRun) -> None:
    if _n_resamples(baseline.resampled) != _n_resamples(run.resampled):
        raise EvaluationError(
            "intervals", "two runs are compared on the same resamples, and these have different numbers of them"
        )
    if baseline.evaluation.outcomes.ground_truth is not run.evaluation.outcomes.ground_truth:
        raise EvaluationError("baseline", f"{baseline.name} and {run.name} were evaluated on different ground truth")
    n_images = baseline.evaluation.outcomes.predictions.n_images
    of_one, of_other = (inside_images(each.evaluation.images, n_images) for each in (baseline, run))
    if not np.array_equal(of_one, of_other):
        raise EvaluationError("images", f"{baseline.name} and {run.name} were evaluated on different images")


def _n_resamples(resampled: Resampled) -> int:
    return len(next(iter(resampled.figures.values())))


def _difference(before: float, after: float, resampled: FloatArray) -> Difference:
    nothing = np.zeros(1, np.bool_)
    return paired_differences(np.array([before]), np.array([after]), resampled[:, np.newaxis], nothing)[0]


def paired_differences(before: FloatArray, after: FloatArray, resampled: FloatArray, enough: BoolArray) -> tuple[Difference, ...]:
    """Return one difference per column of ``resampled``, float64 (N, K); only those with ``enough`` support share in q."""
    low, high = percentile_interval(resampled)
    is_defined = ~np.isnan(resampled)
    n = np.count_nonzero(is_defined, axis=0)
    wins = np.count_nonzero(resampled > 0, axis=0) + 0.5 * np.count_nonzero(resampled == 0, axis=0)
    better = np.full(len(before), np.nan)
    np.divide(wins, n, out=better, where=n > 0)
    difference = after - before
    p = np.array([two_sided_p(float(one), resampled[:, place]) for place, one in enumerate(difference)])
    q = benjamini_hochberg(np.where(enough, p, np.nan))
    columns = (before, after, difference, low, high, better, p, q)
    return tuple(Difference(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
