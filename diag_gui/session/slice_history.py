"""What undo and redo do to the list of slices, in one order with the decisions of the project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diag_gui.evaluation.slice_definitions import SliceDefinition
    from diag_gui.session.slice_table import ListedSlice

DEPTH = 200
"""How many changes of the list can be undone, as many as decisions."""


@dataclass(frozen=True, slots=True)
class SlicesKept:
    """The slices that somebody put into the list.

    Attributes
    ----------
    own : tuple of ListedSlice
        Added, found or read since the data were opened.
    saved : tuple of SliceDefinition
        In the project.
    """

    own: tuple[ListedSlice, ...]
    saved: tuple[SliceDefinition, ...]


@dataclass(frozen=True, slots=True)
class SliceChange:
    """One change of the list.

    Attributes
    ----------
    what : str
        In words that follow Undo: ``add slice “night”``.
    before, after : SlicesKept
    decision : str
        The decision that undo would have taken back then; empty for none. Undo comes to a change of the list once all
        decisions made after it are undone.
    """

    what: str
    before: SlicesKept
    after: SlicesKept
    decision: str


@dataclass(frozen=True, slots=True)
class SliceHistory:
    """Changes of the list, the latest last.

    Attributes
    ----------
    done, undone : tuple of SliceChange
    """

    done: tuple[SliceChange, ...] = ()
    undone: tuple[SliceChange, ...] = ()

    def with_change(self, change: SliceChange) -> SliceHistory:
        """Return the history after a change, which ends what can be redone."""
        return SliceHistory((*self.done, change)[-DEPTH:])

    def to_undo(self, decision: str) -> SliceChange | None:
        """Return the change that undo takes back; None where ``decision``, the next one it would, was made after all of them."""
        return self.done[-1] if self.done and self.done[-1].decision == decision else None

    def to_redo(self, decision: str) -> SliceChange | None:
        """Return the change that redo brings back; None where ``decision``, the next one of undo, has to be redone first."""
        return self.undone[-1] if self.undone and self.undone[-1].decision == decision else None

    def after_undo(self) -> SliceHistory:
        """Return the history with the latest change undone."""
        return SliceHistory(self.done[:-1], (*self.undone, self.done[-1]))

    def after_redo(self) -> SliceHistory:
        """Return the history with the change undone last brought back."""
        return replace(self, done=(*self.done, self.undone[-1]), undone=self.undone[:-1])
