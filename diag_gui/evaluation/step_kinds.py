"""What every outcome row is at one IoU step and one score, anew or by what changed since another step and score."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import ByteArray, LongArray, frozen
from diag_gui.evaluation._kernels.step_moves_loops import step_moves_loops
from diag_gui.evaluation._kernels.threshold_steps_loops import threshold_steps_loops
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.step_moves import StepMoves
from diag_gui.evaluation.step_orders import AskedImages
from diag_gui.evaluation.step_outcomes import StepOutcomes, in_halves

_FEW = 8
"""Where more than one in so many predictions changes, reading all of them anew takes no longer."""

_NOT_KEPT, _BACKGROUND = np.uint8(OutcomeKind.NOT_KEPT), np.uint8(OutcomeKind.BACKGROUND)
_MISSED, _FOUND = np.uint8(OutcomeKind.MISSED), np.uint8(OutcomeKind.FOUND)


@dataclass(frozen=True, slots=True, eq=False)
class StepKinds:
    """Outcome rows at one operating point.

    Attributes
    ----------
    at : StepOutcomes
    asked : AskedImages
    n_kept : int
        The first so many predictions by score are kept.
    kind : ndarray of uint8, shape (P + G,)
        `OutcomeKind`.
    counts : ndarray of int64, shape (10,)
        Rows of each kind.
    """

    at: StepOutcomes
    asked: AskedImages
    n_kept: int
    kind: ByteArray
    counts: LongArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", frozen(self.kind, np.uint8, (-1,), "kind"))


def read_kinds(at: StepOutcomes, asked: AskedImages, n_kept: int, pool: Executor | None = None) -> StepKinds:
    """Read what every row is.

    Parameters
    ----------
    at : StepOutcomes
    asked : AskedImages
    n_kept : int
    pool : Executor, optional
        Takes half of the images.
    """
    steps = at.steps
    pred_offsets, gt_offsets = steps.facts.run.predictions.image_offsets, steps.facts.dataset.image_offsets
    kind = np.empty(len(steps.place) + len(at.cover_of_gt), np.uint8)

    def fill(first: int, last: int) -> LongArray:
        return threshold_steps_loops.kinds_at_score(
            n_kept,
            steps.place,
            asked.kind_when_far,
            steps.near_row,
            at.kind_of_near,
            at.cover_of_gt,
            asked.kind_when_open,
            int(pred_offsets[first]),
            int(pred_offsets[last]),
            int(steps.near_offsets[first]),
            int(steps.near_offsets[last]),
            int(gt_offsets[first]),
            int(gt_offsets[last]),
            kind,
        )

    counts = in_halves(fill, len(steps.near_offsets) - 1, pool)
    return StepKinds(at, asked, n_kept, kind, np.sum(counts, axis=0))


def moved_kinds(before: StepKinds, at: StepOutcomes, n_kept: int, moves: StepMoves) -> StepKinds | None:
    """Return what every row is at another step or score, on the same images; None where most rows would have to be read.

    Parameters
    ----------
    before : StepKinds
    at : StepOutcomes
        Of the same run.
    n_kept : int
    moves : StepMoves
    """
    steps, n_predictions = at.steps, len(at.steps.place)
    of_near = moves.of_near.between(before.at.step, at.step)
    low, high = min(before.n_kept, n_kept), max(before.n_kept, n_kept)
    if high - low + of_near.stop - of_near.start > n_predictions // _FEW:
        return None
    kind, may_be = before.kind.copy(), before.asked.kind_when_open
    near = moves.of_near.what[of_near]
    rows = steps.near_row[near]
    kind[rows] = np.where(kind[rows] != _NOT_KEPT, at.kind_of_near[near], _NOT_KEPT)
    gt = moves.of_gt.what[moves.of_gt.between(before.at.step, at.step)]
    is_found = (may_be[gt] == _MISSED) & (at.cover_of_gt[gt] < before.n_kept)
    kind[n_predictions + gt] = np.where(is_found, _FOUND, may_be[gt])

    rows = steps.facts.ranking.by_score[low:high]
    is_passed = (at.cover_of_gt >= low) & (at.cover_of_gt < high)
    of_gt = np.flatnonzero(is_passed & (may_be == _MISSED))
    if n_kept > before.n_kept:
        near = steps.near_of_row[rows]
        whatever = np.where(near >= 0, at.kind_of_near[near], _BACKGROUND) if len(at.kind_of_near) else _BACKGROUND
        kind[rows] = np.where(before.asked.kind_when_far[rows] != _NOT_KEPT, whatever, _NOT_KEPT)
        kind[n_predictions + of_gt] = _FOUND
    else:
        kind[rows] = _NOT_KEPT
        kind[n_predictions + of_gt] = _MISSED
    return StepKinds(at, before.asked, n_kept, kind, before.counts + step_moves_loops.count_moved(before.kind, kind))
