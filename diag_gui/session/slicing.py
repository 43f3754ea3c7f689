"""The slices of the Failures page: the values of one metadata column, or the worst of all that are there after loading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_memory import SliceMemory
from diag_gui.evaluation.slices import SliceResult, evaluate_slices, slice_table
from diag_gui.session.slice_table import standing_slices

_FEWEST_IMAGES = 3
"""Among the slices of all columns; one that stands on fewer images says something of those images."""


@dataclass(frozen=True, slots=True, eq=False)
class StandingSlices:
    """The slices of one run that are there after loading, found when they are first asked for.

    Attributes
    ----------
    facts : RunFacts
    """

    facts: RunFacts
    _memory: list[SliceMemory] = field(default_factory=list, repr=False)
    _definitions: list[SliceDefinition] = field(default_factory=list, repr=False)

    def results(self, evaluation: Evaluation, cancelled: Callable[[], bool]) -> tuple[SliceResult, ...]:
        """Return the figures of those that stand on enough images."""
        if not self._memory:
            self._definitions.extend(one.definition for one in standing_slices(self.facts))
            self._memory.append(SliceMemory(self.facts))
        found = evaluate_slices(
            self.facts, evaluation, self._definitions, with_ap=False, memory=self._memory[0], cancelled=cancelled
        )
        return tuple(one for one in found if one.images >= _FEWEST_IMAGES)


def slices_of(
    standing: StandingSlices, evaluation: Evaluation, column: str, cancelled: Callable[[], bool] = lambda: False
) -> tuple[SliceResult, ...]:
    """Return figures of the values of a metadata column of the images.

    Parameters
    ----------
    standing : StandingSlices
        Of the run.
    evaluation : Evaluation
    column : str
        Empty means all slices that are there after loading, without those on one or two images.
    cancelled : callable, optional
        Asked between parts.

    Returns
    -------
    tuple of SliceResult
        In the order of columns and values.
    """
    return slice_table(standing.facts, evaluation, column) if column else standing.results(evaluation, cancelled)
