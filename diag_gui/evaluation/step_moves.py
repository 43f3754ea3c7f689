"""What changes from one IoU step to the next: a slider that moves by one changes a hundredth of all rows, and only those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, ByteArray, IntArray, LongArray
from diag_gui.data.scratch import with_spilled_columns
from diag_gui.evaluation._kernels.step_moves_loops import step_moves_loops
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.threshold_steps import IOU_STEPS, ThresholdSteps


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Changes of one value of many things, by step.

    Attributes
    ----------
    what : ndarray of int32, shape (M,)
        What changes.
    before, after : ndarray, shape (M,)
        Its value at the step before, and from the step on until its next change.
    offsets : ndarray of int64, shape (T + 1,)
        Changes at step t are ``[o[t]:o[t + 1]]``.
    """

    what: IntArray
    before: AnyArray
    after: AnyArray
    offsets: LongArray

    def between(self, step: int, other: int) -> slice:
        """Return the changes on the way from one step to another, either way."""
        low, high = min(step, other), max(step, other)
        return slice(int(self.offsets[low + 1]), int(self.offsets[high + 1]))

    def moved(self, values: AnyArray, step: int, other: int) -> AnyArray:
        """Return what the values of all things at ``step`` are at ``other``."""
        part = self.between(step, other)
        moved = values.copy()
        # Of what changes several times the last change on the way is written last.
        if other > step:
            moved[self.what[part]] = self.after[part]
        else:
            moved[self.what[part][::-1]] = self.before[part][::-1]
        return moved


@dataclass(frozen=True, slots=True, eq=False)
class StepMoves:
    """What changes at which step.

    Attributes
    ----------
    of_near : Moves
        Kinds of the near predictions, uint8.
    of_gt : Moves
        What covers ground truth, int32.
    """

    of_near: Moves
    of_gt: Moves


def find_moves(steps: ThresholdSteps, *, workers: int | None = None, cancelled: Callable[[], bool] | None = None) -> StepMoves:
    """Say what changes from each step to the next.

    Parameters
    ----------
    steps : ThresholdSteps
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Returns
    -------
    StepMoves

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.
    """
    facts = steps.facts

    def of_images(first: int, last: int) -> tuple[AnyArray, ...]:
        return step_moves_loops.step_moves(
            steps.span_near,
            steps.span_gt,
            steps.within.first,
            steps.within.last,
            steps.near_place,
            steps.same_below,
            steps.same_reached,
            steps.other_reached,
            steps.near_flags,
            steps.near_same_gt,
            steps.near_other_gt,
            facts.gt_ignored,
            steps.near_offsets,
            steps.span_offsets,
            facts.dataset.image_offsets,
            len(steps.place),
            len(IOU_STEPS),
            first,
            last,
        )

    parts = map_chunks(of_images, len(steps.near_offsets) - 1, at_least=512, workers=workers, cancelled=cancelled)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    of_near, of_gt = _by_step(*columns[:4]), _by_step(*columns[4:])
    if facts.on_disk:
        of_near, of_gt = with_spilled_columns(of_near), with_spilled_columns(of_gt)
    return StepMoves(of_near, of_gt)


def _by_step(step: ByteArray, what: IntArray, before: AnyArray, after: AnyArray) -> Moves:
    order = np.argsort(step, kind="stable")
    offsets = np.zeros(len(IOU_STEPS) + 1, np.int64)
    np.cumsum(np.bincount(step, minlength=len(IOU_STEPS)), out=offsets[1:])
    return Moves(what[order], before[order], after[order], offsets)
