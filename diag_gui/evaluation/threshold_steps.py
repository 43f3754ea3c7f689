"""What serves every step of the IoU slider, computed once per run: who is matched with whom from which step to which."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray, frozen, offsets_of
from diag_gui.data.scratch import with_spilled_columns
from diag_gui.evaluation._kernels.costs_numpy import PREFERS_SAME
from diag_gui.evaluation._kernels.threshold_steps_loops import threshold_steps_loops
from diag_gui.evaluation._kernels.threshold_steps_numpy import HAS_SAME, IS_FAR
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.params import DEFAULT_BACKGROUND_IOU, IOU_MAXIMUM, IOU_MINIMUM, EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts

IOU_STEPS: FloatArray = frozen(
    np.arange(round(100 * IOU_MINIMUM), round(100 * IOU_MAXIMUM) + 1) / 100, np.float64, (-1,), "IoU steps"
)
"""The thresholds that the slider stops at: .10, .11 … .95."""


def step_of(iou_threshold: float) -> int | None:
    """Return the place of a threshold in `IOU_STEPS`; None where it is none of them."""
    step = round(100 * (iou_threshold - IOU_MINIMUM))
    return step if 0 <= step < len(IOU_STEPS) and IOU_STEPS[step] == iou_threshold else None


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Matched pairs, each with the steps at which it holds.

    Attributes
    ----------
    pair : ndarray of int32, shape (S,)
        Rows of `CandidatePairs`, within classes by image, then descending score of the prediction; over all classes by score.
    first, last : ndarray of uint8, shape (S,)
        Places in `IOU_STEPS`, both in.
    """

    pair: IntArray
    first: ByteArray
    last: ByteArray

    def take(self, order: AnyArray) -> Spans:
        """Return the spans in another order."""
        return Spans(self.pair[order], self.first[order], self.last[order])


@dataclass(frozen=True, slots=True, eq=False)
class ScoreOrder:
    """Predictions that survive ``max_detections``, by group, then descending score; *entries* are matched at some step.

    Attributes
    ----------
    image, place : ndarray of int32, shape (M,)
        Image row, and place by score.
    offsets : ndarray of int64, shape (C + 1,)
        Group c is ``[o[c]:o[c + 1]]``.
    entry_near, entry_at, score_begin, score_end : ndarray of int32, shape (E,)
        Of each entry the place among the near predictions and in this order, and from where to where here its score stands.
    entry_offsets : ndarray of int64, shape (C + 1,)
        Entries of group c.
    """

    image: IntArray
    place: IntArray
    offsets: LongArray
    entry_near: IntArray
    entry_at: IntArray
    score_begin: IntArray
    score_end: IntArray
    entry_offsets: LongArray


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdSteps:
    """What a run is at every IoU step: spans of its matches, and codes of its overlaps.

    *Near* predictions overlap ground truth by at least t_b or are matched at some step; all others that are kept are
    background errors at every step.

    Attributes
    ----------
    facts : RunFacts
    background_iou : float
        t_b of all steps.
    place : ndarray of int32, shape (P,)
        Place of each prediction by descending score, as in ``facts.ranking.by_score``.
    within, any_class : Spans
        Of the matching within classes, and of that over all classes, where spans of ignored ground truth are excuses.
    near_row, near_place : ndarray of int32, shape (N,)
        The near predictions, by image, then descending score, and their places.
    near_of_row : ndarray of int32, shape (P,)
        -1 where far.
    near_offsets, span_offsets : ndarray of int64, shape (I + 1,)
        Near predictions, and spans of ``within``, of image i are ``[o[i]:o[i + 1]]``.
    span_near, span_gt : ndarray of int32
        Near prediction and ground truth of each span of ``within``.
    same_below, same_reached, other_reached, near_flags : ndarray of uint8, shape (N,)
    near_same_gt, near_other_gt : ndarray of int32, shape (N,)
        See `kinds_at` in the kernels.
    any_place, any_image, any_cell : ndarray of int32
        Of each span of ``any_class`` the place and image of its prediction, and the cell of the confusion matrix (row times
        C + 1 plus column), for excuses (C + 1)² plus the class.
    by_class, by_score : ScoreOrder
        By class, and all in one group.
    class_near, class_near_at : ndarray of int32, shape (N,)
        The near predictions by class, then descending score, and where in ``by_class`` each stands.
    class_near_offsets : ndarray of int64, shape (C + 1,)
        Those of class c.
    kind_when_far : ndarray of uint8, shape (P,)
        What a kept prediction is that is not near: a background error, or not kept where it is beyond ``max_detections``.
    kind_when_open : ndarray of uint8, shape (G,)
        What ground truth is that nothing finds or aims at: missed or ignored.
    """

    facts: RunFacts
    background_iou: float
    place: IntArray
    within: Spans
    any_class: Spans
    near_row: IntArray
    near_place: IntArray
    near_of_row: IntArray
    near_offsets: LongArray
    span_offsets: LongArray
    span_near: IntArray
    span_gt: IntArray
    same_below: ByteArray
    same_reached: ByteArray
    other_reached: ByteArray
    near_flags: ByteArray
    near_same_gt: IntArray
    near_other_gt: IntArray
    any_place: IntArray
    any_image: IntArray
    any_cell: IntArray
    by_class: ScoreOrder
    class_near: IntArray
    class_near_at: IntArray
    class_near_offsets: LongArray
    by_score: ScoreOrder
    kind_when_far: ByteArray
    kind_when_open: ByteArray

    def n_kept(self, score_threshold: float) -> int:
        """Return how many predictions have score >= ``score_threshold``: those with a place below."""
        score = self.facts.run.predictions.score
        return bisect_right(self.facts.ranking.by_score, -score_threshold, key=lambda row: -score[row])

    def serves(self, facts: RunFacts, params: EvaluationParams) -> bool:
        """Return whether an evaluation of ``facts`` at ``params`` can be read from these steps."""
        return (
            facts is self.facts
            and params.background_iou == self.background_iou
            and params.max_detections == facts.max_detections
            and step_of(params.iou_threshold) is not None
        )


def prepare_steps(
    facts: RunFacts,
    *,
    background_iou: float = DEFAULT_BACKGROUND_IOU,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ThresholdSteps | None:
    """Match a run at every IoU step, within classes and over all of them.

    Parameters
    ----------
    facts : RunFacts
    background_iou : float
        t_b.
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Returns
    -------
    ThresholdSteps or None
        None where overlaps as small as the lowest step asks for were not kept.

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    By the prefix rule a match does not depend on lower scores, so a step serves every score threshold. The matches of
    neighbouring steps are nearly the same; a pair is written once for each run of steps at which it holds.
    """
    pairs, ranking, predictions, nearest = facts.pairs, facts.ranking, facts.run.predictions, facts.nearest
    if pairs.floor > min(background_iou, IOU_MINIMUM):
        return None
    eligible = ranking.rank < facts.max_detections
    within = _spans(facts, eligible, False, workers, _share(progress, 0.0), cancelled)
    any_class = _spans(facts, eligible, True, workers, _share(progress, 0.5), cancelled)
    place = np.empty(len(predictions), np.int32)
    place[ranking.by_score] = np.arange(len(predictions), dtype=np.int32)
    # Those that a score threshold keeps stand before all others.
    any_class = any_class.take(np.argsort(place[pairs.pred_row[any_class.pair]], kind="stable"))

    within_pred, any_pred = pairs.pred_row[within.pair], pairs.pred_row[any_class.pair]
    best = np.maximum(nearest.same_iou, nearest.other_iou)
    is_near = best >= background_iou
    is_near[within_pred] = True
    is_near &= eligible
    near_row = ranking.by_image[is_near[ranking.by_image]]
    near_of_row = np.full(len(predictions), -1, np.int32)
    near_of_row[near_row] = np.arange(len(near_row), dtype=np.int32)
    same, other = nearest.same_iou[near_row], nearest.other_iou[near_row]
    has_same = (nearest.same_gt[near_row] >= 0) & (same >= background_iou)
    is_far = best[near_row] <= background_iou
    is_matchable = np.zeros(len(predictions), np.bool_)
    is_matchable[within_pred] = True
    by_class_row = ranking.by_class if eligible.all() else ranking.by_class[eligible[ranking.by_class]]
    class_near_at = np.flatnonzero(is_near[by_class_row]).astype(np.int32)
    class_near_row = by_class_row[class_near_at]

    def order(rows: IntArray, group: IntArray, n_groups: int) -> ScoreOrder:
        row = rows if eligible.all() else rows[eligible[rows]]
        entry_at = np.flatnonzero(is_matchable[row]).astype(np.int32)
        return ScoreOrder(
            predictions.image_row[row],
            place[row],
            offsets_of(group[row], n_groups),
            near_of_row[row[entry_at]],
            entry_at,
            *_score_ends(predictions.score[row], group[row], entry_at),
            offsets_of(group[row[entry_at]], n_groups),
        )

    steps = ThresholdSteps(
        facts=facts,
        background_iou=background_iou,
        place=place,
        within=within,
        any_class=any_class,
        near_row=near_row,
        near_place=place[near_row],
        near_of_row=near_of_row,
        near_offsets=offsets_of(predictions.image_row[near_row], predictions.n_images),
        span_offsets=offsets_of(predictions.image_row[within_pred], predictions.n_images),
        span_near=near_of_row[within_pred],
        span_gt=pairs.gt_row[within.pair],
        same_below=np.searchsorted(IOU_STEPS, same, side="left").astype(np.uint8),
        same_reached=np.searchsorted(IOU_STEPS, same, side="right").astype(np.uint8),
        other_reached=np.searchsorted(IOU_STEPS, other, side="right").astype(np.uint8),
        near_flags=has_same * np.uint8(HAS_SAME) | is_far * np.uint8(IS_FAR) | (same >= other) * np.uint8(PREFERS_SAME),
        near_same_gt=nearest.same_gt[near_row],
        near_other_gt=nearest.other_gt[near_row],
        any_place=place[any_pred],
        any_image=predictions.image_row[any_pred],
        any_cell=_cells(facts, any_class, any_pred),
        by_class=order(ranking.by_class, predictions.class_row, len(facts.dataset.classes)),
        class_near=near_of_row[class_near_row],
        class_near_at=class_near_at,
        class_near_offsets=offsets_of(predictions.class_row[class_near_row], len(facts.dataset.classes)),
        by_score=order(ranking.by_score, np.zeros(len(predictions), np.int32), 1),
        kind_when_far=eligible * np.uint8(OutcomeKind.BACKGROUND),
        kind_when_open=np.where(facts.gt_ignored, np.uint8(OutcomeKind.IGNORED), np.uint8(OutcomeKind.MISSED)),
    )
    return _in_files(steps) if facts.on_disk else steps


def _in_files(steps: ThresholdSteps) -> ThresholdSteps:
    parts = {name: with_spilled_columns(getattr(steps, name)) for name in ("within", "any_class", "by_class", "by_score")}
    return replace(with_spilled_columns(steps), **parts)


def _score_ends(score: FloatArray, group: IntArray, entry_at: IntArray) -> tuple[IntArray, IntArray]:
    """Return from where to where the score of each entry stands in an order by group, then descending score."""
    begins = np.ones(len(score), np.bool_)
    begins[1:] = (score[1:] != score[:-1]) | (group[1:] != group[:-1])
    starts = np.flatnonzero(begins).astype(np.int32)
    of_score = np.searchsorted(starts, entry_at, side="right")
    return starts[of_score - 1], np.append(starts, np.int32(len(score)))[of_score]


def _spans(
    facts: RunFacts,
    eligible: BoolArray,
    any_class: bool,
    workers: int | None,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Spans:
    pairs, offsets = facts.pairs, facts.run.predictions.image_offsets

    def spans_of(first: int, last: int) -> tuple[IntArray, ByteArray, ByteArray]:
        return threshold_steps_loops.match_spans(
            pairs.pred_offsets,
            pairs.gt_row,
            pairs.iou,
            pairs.same_class,
            facts.ranking.by_image,
            eligible,
            pairs.gt_is_crowd,
            facts.gt_ignored,
            IOU_STEPS,
            any_class,
            int(offsets[first]),
            int(offsets[last]),
        )

    n_images = len(offsets) - 1
    parts = map_chunks(spans_of, n_images, at_least=512, workers=workers, progress=progress, cancelled=cancelled)
    return Spans(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _share(progress: Callable[[float], None] | None, begin: float) -> Callable[[float], None] | None:
    """Return what tells ``progress`` about a half that begins at ``begin``."""
    return None if progress is None else lambda done: progress(begin + done / 2)


def _cells(facts: RunFacts, spans: Spans, pred_row: IntArray) -> IntArray:
    side = len(facts.dataset.classes) + 1
    gt_row = facts.pairs.gt_row[spans.pair]
    predicted = facts.run.predictions.class_row[pred_row]
    cell = facts.dataset.ground_truth.class_row[gt_row] * side + predicted
    return np.where(facts.gt_ignored[gt_row], side * side + predicted, cell).astype(np.int32)
