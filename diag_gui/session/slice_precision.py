"""AP and AP50 of the slices listed, with intervals for those that somebody asked about; what is computed, and of what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from diag_gui.data.expression import parse
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.slice_average_precision import average_precisions
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_membership import membership
from diag_gui.evaluation.slice_precisions import SlicePrecision, slice_precisions
from diag_gui.session.slice_table import N_RESAMPLES, SEED, SliceQuestion, are_alike

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class SlicePrecisions:
    """AP and AP50 by the expression of a slice. Both go by every score and IoU .50 to .95: no slider moves them.

    Attributes
    ----------
    question : SliceQuestion or None
        Whose facts, images and tags they are of; None before the first.
    values : mapping of str to (float, float)
        AP and AP50 of those that were computed; NaN is undefined.
    sure : mapping of str to mapping of str to SlicePrecision
        With intervals, of the slices that somebody asked about: by ``"ap"`` and ``"ap50"``.
    asked : str
        Expression of the slice whose intervals are on their way; empty for none.
    is_stopped : bool
        Whether somebody stopped the job, so that the slices without values stay without.
    """

    question: SliceQuestion | None = None
    values: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    sure: Mapping[str, Mapping[str, SlicePrecision]] = field(default_factory=dict)
    asked: str = ""
    is_stopped: bool = False

    def are_of(self, question: SliceQuestion | None) -> bool:
        """Return whether the figures hold for another question as well: they do at other thresholds, and of other slices."""
        own = self.question
        if own is None or question is None or own.facts is not question.facts or own.tags is not question.tags:
            return False
        return are_alike(own.images, question.images)


def precisions_of(
    question: SliceQuestion, expressions: Sequence[str], progress: Progress, cancelled: Cancelled
) -> dict[str, tuple[float, float]]:
    """Compute AP and AP50 by expression. One thread: nobody waits for it, and somebody may be moving a slider."""
    catalog = ColumnCatalog(question.facts, tags=question.tags)
    insides = [membership(parse(text), catalog) for text in expressions]
    found = average_precisions(question.facts, insides, images=question.images, workers=1, progress=progress, cancelled=cancelled)
    return dict(zip(expressions, found, strict=True))


def sure_precisions_of(
    question: SliceQuestion, evaluation: Evaluation, definition: SliceDefinition, progress: Progress, cancelled: Cancelled
) -> Mapping[str, SlicePrecision]:
    """Compute AP and AP50 of one slice with intervals; ``evaluation`` is of the images of the question."""
    return slice_precisions(
        question.facts,
        evaluation,
        definition,
        tags=question.tags,
        intervals=N_RESAMPLES,
        seed=SEED,
        progress=progress,
        cancelled=cancelled,
    )
