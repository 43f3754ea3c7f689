"""The slices that the window shows: the values of one metadata column, or the worst of all columns."""

from __future__ import annotations

from collections.abc import Callable

from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slices import SliceResult, slice_table

_MOST_VALUES = 40
_FEWEST_IMAGES = 3
"""Among the values of all columns; one that stands on fewer images says something of those images."""


def slices_of(
    facts: RunFacts, evaluation: Evaluation, column: str, cancelled: Callable[[], bool] = lambda: False
) -> tuple[SliceResult, ...]:
    """Return figures of the values of a metadata column of the images.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
    column : str
        Empty means every column that parts the images: one whose values differ, and are not nearly all different. Values
        on one or two images are left out then.
    cancelled : callable, optional
        Asked between columns; what is there by then is returned, and nobody shows it.

    Returns
    -------
    tuple of SliceResult
        In the order of columns and values.
    """
    if column:
        return slice_table(facts, evaluation, column)
    parting = [one.name for one in facts.dataset.image_attributes.columns if _parts_the_images(one)]
    found: list[SliceResult] = []
    for name in parting:
        if cancelled():
            break
        found += [result for result in slice_table(facts, evaluation, name) if result.images >= _FEWEST_IMAGES]
    return tuple(found)


def _parts_the_images(column: Column) -> bool:
    given = column.values[~column.missing]
    if not len(given):
        return False
    if column.kind is ColumnKind.CATEGORY:
        return (len(column.categories) > 1 or bool(column.missing.any())) and len(column.categories) <= _MOST_VALUES
    return bool((given != given[0]).any())
