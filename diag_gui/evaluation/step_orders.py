"""What counts on the asked images, in the orders of score that figures at moving thresholds walk through."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, IntArray, LongArray
from diag_gui.evaluation._kernels.threshold_steps_loops import threshold_steps_loops
from diag_gui.evaluation.operating_point import ground_truth_per_class
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.threshold_steps import ScoreOrder, ThresholdSteps


@dataclass(frozen=True, slots=True, eq=False)
class CountedOrder:
    """A `ScoreOrder` in which only predictions on asked images count.

    Attributes
    ----------
    entry_near, entry_place, entry_rank, entry_begin, entry_end : ndarray of int32, shape (E,)
        Those that are matched at any step; see `count_order` in the kernels.
    entry_offsets : ndarray of int64, shape (C + 1,)
        Entries of group c are ``[o[c]:o[c + 1]]``.
    place : ndarray of int32, shape (M,)
        Of all predictions that count.
    offsets : ndarray of int64, shape (C + 1,)
        Those of group c are ``[o[c]:o[c + 1]]``.
    """

    entry_near: IntArray
    entry_place: IntArray
    entry_rank: IntArray
    entry_begin: IntArray
    entry_end: IntArray
    entry_offsets: LongArray
    place: IntArray
    offsets: LongArray

    def row_of(self, steps: ThresholdSteps, counted: AnyArray) -> IntArray:
        """Return the prediction rows of some of all that count."""
        rows: IntArray = steps.facts.ranking.by_score[self.place[counted]]
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
    predictions, gt, ranking = facts.run.predictions, facts.dataset.ground_truth, facts.ranking
    is_asked = np.ones(predictions.n_images, np.bool_) if images is None else images
    later = pool.submit(_counted, steps.by_score, is_asked) if pool is not None else None
    counted = ranking.rank < facts.max_detections
    kind_when_open = np.where(facts.gt_ignored, np.uint8(OutcomeKind.IGNORED), np.uint8(OutcomeKind.MISSED))
    if images is not None:
        counted &= images[predictions.image_row]
        kind_when_open *= images[gt.image_row]
    return AskedImages(
        images=images,
        is_asked=is_asked,
        kind_when_far=counted * np.uint8(OutcomeKind.BACKGROUND),
        kind_when_open=kind_when_open,
        n_gt=ground_truth_per_class(gt.class_row, kind_when_open == OutcomeKind.MISSED, len(facts.dataset.classes)),
        by_class=_counted(steps.by_class, is_asked),
        by_score=later.result() if later is not None else _counted(steps.by_score, is_asked),
    )


def _counted(order: ScoreOrder, is_asked: BoolArray) -> CountedOrder:
    return CountedOrder(
        *threshold_steps_loops.count_order(order.image, order.matchable, order.place, order.begins_score, order.offsets, is_asked)
    )
