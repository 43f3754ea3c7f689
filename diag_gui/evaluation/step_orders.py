"""What counts on the asked images, in the orders of score that figures at moving thresholds walk through."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, IntArray, LongArray
from diag_gui.evaluation._kernels.threshold_steps_loops import threshold_steps_loops
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.threshold_steps import ScoreOrder, ThresholdSteps


@dataclass(frozen=True, slots=True, eq=False)
class CountedOrder:
    """A `ScoreOrder` in which only predictions on asked images count.

    Attributes
    ----------
    order : ScoreOrder
    entry_near, entry_place, entry_rank, entry_begin, entry_end : ndarray of int32, shape (E,)
        Those that are matched at any step; see `count_order` in the kernels.
    entry_offsets : ndarray of int64, shape (C + 1,)
        Entries of group c are ``[o[c]:o[c + 1]]``.
    before : ndarray of int32, shape (M + 1,)
        How many count before each prediction of ``order``.
    """

    order: ScoreOrder
    entry_near: IntArray
    entry_place: IntArray
    entry_rank: IntArray
    entry_begin: IntArray
    entry_end: IntArray
    entry_offsets: LongArray
    before: IntArray

    @property
    def offsets(self) -> IntArray:
        """Of all that count, those of group c are ``[o[c]:o[c + 1]]``: int32, shape (C + 1,)."""
        return self.before[self.order.offsets]

    def n_kept(self, n_kept: int) -> LongArray:
        """Return how many of each group count and are among the first ``n_kept`` by score: int64, shape (C,)."""
        return threshold_steps_loops.count_kept(self.order.place, self.order.offsets, self.before, n_kept)

    def row_of(self, steps: ThresholdSteps, counted: AnyArray) -> IntArray:
        """Return the prediction rows of some of all that count."""
        at = np.searchsorted(self.before, counted.astype(np.int32), side="right") - 1
        rows: IntArray = steps.facts.ranking.by_score[self.order.place[at]]
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class AskedImages:
    """What counts where figures speak of some images.

    Attributes
    ----------
    images : ndarray of bool, shape (I,), or None
        As asked; None means all.
    is_asked : ndarray of bool, shape (I,)
    kind_when_far : ndarray of uint8, shape (P,)
        What a kept prediction is that is not near.
    kind_when_open : ndarray of uint8, shape (G,)
        What ground truth is that nothing finds or aims at.
    n_gt : ndarray of int64, shape (C,)
    by_class, by_score : CountedOrder
        By class, and all in one group.
    """

    images: BoolArray | None
    is_asked: BoolArray
    kind_when_far: ByteArray
    kind_when_open: ByteArray
    n_gt: LongArray
    by_class: CountedOrder
    by_score: CountedOrder


def ask_images(steps: ThresholdSteps, images: BoolArray | None, pool: Executor | None = None) -> AskedImages:
    """Say what counts on ``images``; None means all.

    Parameters
    ----------
    steps : ThresholdSteps
    images : ndarray of bool, shape (I,), or None
    pool : Executor, optional
        Takes one of the two orders.

    Returns
    -------
    AskedImages
    """
    facts = steps.facts
    is_asked = np.ones(len(facts.dataset.images), np.bool_) if images is None else images
    later = pool.submit(_counted, steps.by_score, is_asked) if pool is not None else None
    kind_when_far, kind_when_open = steps.kind_when_far, steps.kind_when_open
    if images is not None:
        kind_when_far = threshold_steps_loops.on_images(kind_when_far, facts.run.predictions.image_offsets, images)
        kind_when_open = threshold_steps_loops.on_images(kind_when_open, facts.dataset.image_offsets, images)
    class_row, n_classes = facts.dataset.ground_truth.class_row, len(facts.dataset.classes)
    return AskedImages(
        images=images,
        is_asked=is_asked,
        kind_when_far=kind_when_far,
        kind_when_open=kind_when_open,
        n_gt=threshold_steps_loops.count_kind(kind_when_open, class_row, OutcomeKind.MISSED, n_classes),
        by_class=_counted(steps.by_class, is_asked),
        by_score=later.result() if later is not None else _counted(steps.by_score, is_asked),
    )


def _counted(order: ScoreOrder, is_asked: BoolArray) -> CountedOrder:
    counted = threshold_steps_loops.count_order(
        order.image,
        order.offsets,
        order.place,
        order.entry_near,
        order.entry_at,
        order.score_begin,
        order.score_end,
        order.entry_offsets,
        is_asked,
    )
    return CountedOrder(order, *counted)
