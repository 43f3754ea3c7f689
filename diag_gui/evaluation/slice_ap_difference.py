"""AP of a slice against that of its rest, with an interval: a job for one row, since every resample accumulates again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diag_gui.data.expression import parse
from diag_gui.evaluation.bootstrap import Resampled, resample_matches
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_average_precision import average_precisions, slice_matches
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_differences import SliceDifference, difference_of, with_interval
from diag_gui.evaluation.slice_membership import Membership, membership


def slice_ap_difference(
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
) -> SliceDifference:
    """Compare AP (over IoU .50 to .95 and the classes with ground truth) inside a slice with AP of the rest.

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
    SliceDifference
        Of ``"ap"``; all NaN where predictions cannot be told inside from outside. Without q, since no family was asked for.

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
    (value, _), (rest, _) = average_precisions(facts, sides, images=evaluation.images, workers=workers, cancelled=cancelled)
    told = difference_of("ap", value, rest)
    if inside.images is None and inside.pred is None:
        return told

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

    figures = [resampled(place, one).figures["AP"] for place, one in enumerate(sides)]
    return with_interval(told, figures[0] - figures[1])
