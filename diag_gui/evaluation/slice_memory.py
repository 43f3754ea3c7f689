"""What slices of a run keep from one setting to the next, so that they follow a slider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from diag_gui.data.expression import parse
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_membership import Membership, membership
from diag_gui.evaluation.slice_packing import PackedSlices, pack_slices


@dataclass(frozen=True, slots=True, eq=False)
class SliceMemory:
    """Membership of slices, and the object slices among them packed for counting.

    Attributes
    ----------
    facts : RunFacts
    tags : TagColumns or None

    Notes
    -----
    What is in a slice never depends on a threshold. Packed are the slices of the latest `packed`, 8 bytes per object for every
    64 slices; from one list to the next, only what is new or has moved is packed again. Not for several threads.
    """

    facts: RunFacts
    tags: TagColumns | None = None
    _insides: dict[str, Membership] = field(default_factory=dict, repr=False)
    _packed: list[PackedSlices] = field(default_factory=list, repr=False)

    def inside(self, expression: str, catalog: ColumnCatalog) -> Membership:
        """Return what is in a slice.

        Raises
        ------
        ExpressionError
            As `membership`.
        """
        if expression not in self._insides:
            self._insides[expression] = membership(parse(expression), catalog)
        return self._insides[expression]

    def packed(self, expressions: Sequence[str]) -> PackedSlices:
        """Return the object slices among some that were asked for before, each once, in order."""
        names = [text for text in dict.fromkeys(expressions) if self._insides[text].images is None]
        before = self._packed[0] if self._packed else None
        self._packed[:] = [pack_slices(self.facts, names, self._insides.__getitem__, before)]
        return self._packed[0]
