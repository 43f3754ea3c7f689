"""What undo and redo do to the list of slices, in one order with the decisions of the project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from diag_gui.evaluation.slice_definitions import SliceDefinition
    from diag_gui.session.slice_table import ListedSlice

One = TypeVar("One", "ListedSlice", "SliceDefinition")

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

    def with_difference(self, before: SlicesKept, after: SlicesKept) -> SlicesKept:
        """Return these slices with what leads from ``before`` to ``after``; see the function of this name."""
        return SlicesKept(
            with_difference(self.own, before.own, after.own), with_difference(self.saved, before.saved, after.saved)
        )


@dataclass(frozen=True, slots=True)
class SliceChange:
    """One change of the list.

    Attributes
    ----------
    what : str
        In words that follow Undo: ``add slice “night”``.
    before, after : SlicesKept
        Only their difference is taken back: what others put into the list since stays.
    decision : str
        The decision that undo would have taken back then; empty for none. Undo comes to a change of the list once all
        decisions made after it are undone.
    """

    what: str
    before: SlicesKept
    after: SlicesKept
    decision: str

    def taken_back(self, now: SlicesKept) -> SlicesKept:
        """Return what is kept ``now`` without this change."""
        return now.with_difference(self.after, self.before)

    def brought_back(self, now: SlicesKept) -> SlicesKept:
        """Return what is kept ``now`` with this change."""
        return now.with_difference(self.before, self.after)


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

    def after_decision(self) -> SliceHistory:
        """Return the history after a new decision, which ends what can be redone as a new change does."""
        return replace(self, undone=())

    def after_undo(self) -> SliceHistory:
        """Return the history with the latest change undone."""
        return SliceHistory(self.done[:-1], (*self.undone, self.done[-1]))

    def after_redo(self) -> SliceHistory:
        """Return the history with the change undone last brought back."""
        return replace(self, done=(*self.done, self.undone[-1]), undone=self.undone[:-1])


def with_difference(now: tuple[One, ...], before: tuple[One, ...], after: tuple[One, ...]) -> tuple[One, ...]:
    """Return ``now`` with what leads from ``before`` to ``after``.

    Parameters
    ----------
    now, before, after : tuple of ListedSlice or of SliceDefinition
        Each expression once.

    Returns
    -------
    tuple
        What is in ``before`` only is gone, under whatever name; what is in ``after`` only stands behind what it stands behind
        there, unless its expression is in ``now`` already.
    """
    if now == before:
        return after
    gone, came = {one.expression for one in set(before) - set(after)}, set(after) - set(before)
    left: dict[str, One] = {one.expression: one for one in now if one.expression not in gone}
    behind: dict[str, list[One]] = {}
    last = ""
    for one in after:
        if one.expression in left:
            last = one.expression
        elif one in came:
            behind.setdefault(last, []).append(one)
    return (*behind.get("", ()), *(new for text, one in left.items() for new in (one, *behind.get(text, ()))))
