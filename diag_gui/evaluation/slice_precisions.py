"""AP of a slice and against that of its rest, with intervals: a job for one row, since every resample accumulates again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from diag_gui.data.expression import parse
from diag_gui.evaluation.bootstrap import Resampled, resample_matches
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.intervals import percentile_interval
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_average_precision import average_precisions, slice_matches
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_differences import SliceDifference, difference_of, with_interval
from diag_gui.evaluation.slice_membership import Membership, membership

_RESAMPLED_AS = {"ap": "AP", "ap50": "AP50"}
"""Figures of a slice, and what `bootstrap` calls them."""


@dataclass(frozen=True, slots=True)
class SlicePrecision:
    """AP or AP50 of a slice with its own interval, and its difference to the rest.

    Attributes
    ----------
    low, high : float
        95 % of the figure inside: 2.5 and 97.5 linear percentiles over the resamples of images; NaN where undefined.
    difference : SliceDifference
        Of ``"ap"`` or ``"ap50"``; its ``value`` is the figure itself. Without q, since no family was asked for.
    """

    low: float
    high: float
    difference: SliceDifference

    @property
    def value(self) -> float:
        """The figure inside."""
        return self.difference.value


def slice_precisions(
    facts: RunFacts,
    evaluation: Evaluation,
    definition: SliceDefinition,
    *,
    tags: TagColumns | None = None,
    intervals: int = DEFAULT_RESAMPLES,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Mapping[str, SlicePrecision]:
    """Compute AP and AP50 inside a slice and of the rest, with intervals.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its asked images hold; AP ignores its thresholds.
    definition : SliceDefinition
    tags : TagColumns, optional
    intervals, seed : int
        Resamples of images, at least one: the draws of `evaluate_slices` for the same seed.
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Returns
    -------
    mapping of str to SlicePrecision
        ``"ap"`` (over IoU .50 to .95 and the classes with ground truth) and ``"ap50"``; all NaN where predictions cannot be
        told inside from outside.

    Raises
    ------
    EvaluationError
        If ``intervals`` is less than one.
    ExpressionError
        As `evaluate_slices`.
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    In each resample AP is the mean over the classes with ground truth drawn, inside and outside each on its own.
    """
    inside = membership(parse(definition.expression), ColumnCatalog(facts, tags=tags))
    sides = (inside, inside.rest())
    values, rest = average_precisions(facts, sides, images=evaluation.images, workers=workers, cancelled=cancelled)
    told = {name: difference_of(name, *both) for name, both in zip(_RESAMPLED_AS, zip(values, rest, strict=True), strict=True)}
    if inside.images is None and inside.pred is None:
        return {name: SlicePrecision(np.nan, np.nan, one) for name, one in told.items()}

    def resampled(place: int, one: Membership) -> Resampled:
        found = slice_matches(facts, one, evaluation.images)
        class_rows = np.unique(facts.dataset.ground_truth.class_row[found.gt_counted]).astype(np.int32)
        return resample_matches(
            facts,
            evaluation.images,
            class_rows,
            gt_counted=found.gt_counted,
            pred_counted=found.pred_counted,
            matched=found.matched,
            ignored=found.ignored,
            n_resamples=intervals,
            seed=seed,
            workers=workers,
            progress=None if progress is None else lambda share: progress((place + share) / 2),
            cancelled=cancelled,
        )

    of_sides = [resampled(place, one).figures for place, one in enumerate(sides)]
    found = {}
    for name, figure in _RESAMPLED_AS.items():
        of_inside, of_rest = of_sides[0][figure], of_sides[1][figure]
        low, high = percentile_interval(of_inside[:, np.newaxis])
        found[name] = SlicePrecision(float(low[0]), float(high[0]), with_interval(told[name], of_inside - of_rest))
    return found
