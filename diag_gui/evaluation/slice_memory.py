"""What slices of a run keep from one setting to the next, so that they follow a slider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from diag_gui.data.expression import parse
from diag_gui.evaluation.chunks import map_bounds
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.matching import Matches
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_counts import matches_inside
from diag_gui.evaluation.slice_membership import Membership, membership
from diag_gui.evaluation.slice_rematching import choices_of


@dataclass(frozen=True, slots=True, eq=False)
class SliceMemory:
    """Membership of slices, and their matches at one IoU threshold.

    Attributes
    ----------
    facts : RunFacts
    tags : TagColumns or None

    Notes
    -----
    What is in a slice never depends on a threshold. The matches of an object slice depend on the IoU threshold only, since no
    match depends on lower scores: a step of the score adds up again what was matched once. Those of the latest threshold are
    kept, 17 bytes per prediction and 5 per ground truth for each object slice and for its rest. Not for several threads.
    """

    facts: RunFacts
    tags: TagColumns | None = None
    _insides: dict[str, tuple[Membership, Membership | None]] = field(default_factory=dict, repr=False)
    _matches: dict[tuple[str, bool], Matches] = field(default_factory=dict, repr=False)
    _matched_at: list[tuple[float, int]] = field(default_factory=list, repr=False)

    def inside(self, expression: str, catalog: ColumnCatalog) -> Membership:
        """Return what is in a slice.

        Raises
        ------
        ExpressionError
            As `membership`.
        """
        if expression not in self._insides:
            found = membership(parse(expression), catalog)
            self._insides[expression] = (found, None if found.images is not None else found.rest())
        return self._insides[expression][0]

    def rest(self, expression: str) -> Membership:
        """Return what is outside an object slice that was asked for before."""
        found = self._insides[expression][1]
        assert found is not None
        return found

    def matches(self, expression: str, *, of_rest: bool) -> Matches:
        """Return the matches of an object slice, or of its rest, at the threshold of the latest `match_all`."""
        return self._matches[expression, of_rest]

    def match_all(self, evaluation: Evaluation, expressions: Sequence[str], cancelled: Callable[[], bool] | None = None) -> None:
        """Match every object slice among ``expressions`` and its rest, where that was not done at this threshold.

        Raises
        ------
        CancelledError
            If ``cancelled`` said so.
        """
        point = (evaluation.params.iou_threshold, evaluation.params.max_detections)
        if self._matched_at != [point]:
            self._matches.clear()
            self._matched_at[:] = [point]
        objects = [text for text in dict.fromkeys(expressions) if self._insides[text][1] is not None]
        wanted = [key for text in objects for key in ((text, False), (text, True)) if key not in self._matches]

        # Found once for all slices, and so are the matches of the whole, which are looked up lazily.
        choices = choices_of(self.facts, evaluation.params.iou_threshold) if wanted and evaluation.matches else None

        def work(first: int, last: int) -> list[Matches]:
            parts = [self.rest(text) if of_rest else self._insides[text][0] for text, of_rest in wanted[first:last]]
            return [matches_inside(self.facts, evaluation, part, choices) for part in parts]

        bounds = [(place, place + 1) for place in range(len(wanted))]
        found = [one for part in map_bounds(work, bounds, cancelled=cancelled) for one in part] if bounds else []
        self._matches.update(zip(wanted, found, strict=True))
