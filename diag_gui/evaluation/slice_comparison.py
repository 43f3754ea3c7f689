"""Two runs on the same slices: where did the new one get better, where worse, and how sure is that?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from diag_gui.data.expression import parse
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.fates import Side, check_same_settings
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.run_comparison import Difference, paired_differences
from diag_gui.evaluation.slice_counts import ImageCounts, counts_of_images, counts_of_objects
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_differences import COUNT_FIGURES, count_columns, resampled_sums, shares
from diag_gui.evaluation.slice_membership import inside_images, membership
from diag_gui.evaluation.slices import ENOUGH_GROUND_TRUTH


@dataclass(frozen=True, slots=True)
class ComparedSlice:
    """One slice in two runs.

    Attributes
    ----------
    name, expression, kind : str
        As in `SliceResult`.
    images, gt : int
        The same for both runs.
    enough : bool
        Whether there is enough ground truth to say anything.
    figures : mapping of str to Difference
        Precision, recall and F1: ``difference`` is the run's minus the baseline's, with its paired interval, the chance that
        the run is better, p, and q over this figure of the slices with enough support.
    family : int
        How many slices the q of F1 is over.
    """

    name: str
    expression: str
    kind: str
    images: int
    gt: int
    enough: bool
    figures: Mapping[str, Difference]
    family: int


def compare_slices(
    baseline: Side,
    run: Side,
    definitions: Sequence[SliceDefinition],
    *,
    tags: tuple[TagColumns | None, TagColumns | None] = (None, None),
    intervals: int = DEFAULT_RESAMPLES,
    seed: int = 0,
    enough: int = ENOUGH_GROUND_TRUTH,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[ComparedSlice, ...]:
    """Compare a run with a baseline on every slice, both from the same resamples of images.

    Parameters
    ----------
    baseline, run : tuple of RunFacts and Evaluation
        On one dataset, at the same settings and on the same images.
    definitions : sequence of SliceDefinition
        Asked of each run: where an expression speaks of predictions, of its own.
    tags : pair of TagColumns or None
        Of the baseline and of the run.
    intervals, seed : int
        Resamples of images, at least one, and the seed of their draws.
    enough : int
        Least ground truth.
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked between blocks of resamples.

    Returns
    -------
    tuple of ComparedSlice
        In the order of ``definitions``.

    Raises
    ------
    EvaluationError
        If the runs are not of one dataset, or were evaluated at different settings or on different images.
    ExpressionError
        As `evaluate_slices`.
    CancelledError
        If ``cancelled`` said so.
    """
    check_same_settings(baseline, run)
    if not definitions:
        return ()
    of_sides = [_counts(side, definitions, of_tags) for side, of_tags in zip((baseline, run), tags, strict=True)]
    columns = np.concatenate([count_columns(counts) for side in of_sides for _, counts, _ in side])
    sums = resampled_sums(columns, run[1].images, n_resamples=intervals, seed=seed, progress=progress, cancelled=cancelled)
    resampled = shares(sums.reshape(intervals, 2, len(definitions), 3))
    before, after = shares(columns.sum(axis=1).reshape(2, len(definitions), 3))
    has_enough = np.array([int(counts.n_gt.sum()) >= enough for _, counts, _ in of_sides[1]])
    by_figure = {
        figure: paired_differences(
            before[:, place], after[:, place], resampled[:, 1, :, place] - resampled[:, 0, :, place], has_enough
        )
        for place, figure in enumerate(COUNT_FIGURES)
    }
    family = sum(one.q == one.q for one in by_figure["f1"])
    return tuple(
        ComparedSlice(
            name=definition.name,
            expression=definition.expression,
            kind=kind,
            images=n_images,
            gt=int(counts.n_gt.sum()),
            enough=bool(has_enough[place]),
            figures=MappingProxyType({figure: found[place] for figure, found in by_figure.items()}),
            family=family,
        )
        for place, (definition, (kind, counts, n_images)) in enumerate(zip(definitions, of_sides[1], strict=True))
    )


def _counts(side: Side, definitions: Sequence[SliceDefinition], tags: TagColumns | None) -> list[tuple[str, ImageCounts, int]]:
    """Return the kind of each slice, its counts per image, and how many images it has."""
    facts, evaluation = side
    catalog, of_images = ColumnCatalog(facts, tags=tags), counts_of_images(facts, evaluation)
    asked = inside_images(evaluation.images, len(facts.dataset.images))
    found = []
    for definition in definitions:
        inside = membership(parse(definition.expression), catalog)
        if inside.images is not None:
            found.append(("image", of_images.on(inside.images), int(np.count_nonzero(inside.images & asked))))
        else:
            counts = counts_of_objects(facts, evaluation, inside)
            found.append(("object", counts, int(np.count_nonzero(counts.n_gt))))
    return found
