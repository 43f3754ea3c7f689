"""What every prediction and every label is at one IoU step, whatever the score, and the figures that ignore the score."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from diag_gui.data.arrays import AnyArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels.step_moves_loops import step_moves_loops
from diag_gui.evaluation._kernels.threshold_steps_loops import threshold_steps_loops
from diag_gui.evaluation.average_precision import RECALL_GRID, ScoreSweep
from diag_gui.evaluation.curves import OUTLINE_COLUMNS, CurveOutline
from diag_gui.evaluation.step_moves import StepMoves
from diag_gui.evaluation.step_orders import AskedImages, CountedOrder
from diag_gui.evaluation.threshold_steps import ThresholdSteps

Result = TypeVar("Result")

_MANY = 64
"""One in so many near predictions: more are looked up together."""


@dataclass(frozen=True, slots=True, eq=False)
class StepOutcomes:
    """Everything at one IoU step as if all scores were kept.

    Attributes
    ----------
    steps : ThresholdSteps
    step : int
        Place in `IOU_STEPS`.
    kind_of_near : ndarray of uint8, shape (N,)
        `OutcomeKind`.
    cover_of_gt : ndarray of int32, shape (G,)
        Place of the first prediction that finds it or aims at it; P where none does.
    """

    steps: ThresholdSteps
    step: int
    kind_of_near: ByteArray
    cover_of_gt: IntArray
    _matched: list[tuple[IntArray, IntArray]] = field(init=False, repr=False, default_factory=list)

    @property
    def pair_of_near(self) -> IntArray:
        """The pair in which each near prediction is matched within its class, int32 (N,); -1 none. Found when first asked for."""
        return self._matches()[0]

    @property
    def pred_row_of_gt(self) -> IntArray:
        """What is matched to each ground truth, int32 (G,); -1 nothing. Found when first asked for."""
        return self._matches()[1]

    def pairs_of(self, near: AnyArray) -> IntArray:
        """Return the pairs of some near predictions, without looking up all others where they are few; -1 none."""
        steps = self.steps
        if self._matched or len(near) > len(steps.near_row) // _MANY:
            return self.pair_of_near[near]
        return step_moves_loops.held_pairs(
            self.step, near.astype(np.int32), steps.span_near, steps.within.pair, steps.within.first, steps.within.last
        )

    def pred_rows_of(self, gt_row: AnyArray) -> IntArray:
        """Return what is matched to some ground truth, without looking through all images where it is little; -1 nothing."""
        steps = self.steps
        if self._matched or len(gt_row) > len(self.cover_of_gt) // _MANY:
            return self.pred_row_of_gt[gt_row]
        images = np.unique(steps.facts.dataset.ground_truth.image_row[gt_row])
        first, last = steps.near_offsets[images], steps.near_offsets[images + 1]
        near = np.concatenate([np.arange(*bounds) for bounds in zip(first, last, strict=True)] or [np.empty(0, np.int64)])
        pair = self.pairs_of(near)
        held = np.flatnonzero(pair >= 0)
        # A crowd may have absorbed several: the last one is named, as where all are looked up.
        of_gt = steps.facts.pairs.gt_row[pair[held]]
        order = np.argsort(of_gt, kind="stable")
        place = np.searchsorted(of_gt[order], gt_row, side="right") - 1
        found = np.full(len(gt_row), -1, np.int32)
        is_matched = place >= 0
        is_matched[is_matched] = of_gt[order[place[is_matched]]] == gt_row[is_matched]
        found[is_matched] = steps.near_row[near[held[order[place[is_matched]]]]]
        return found

    def _matches(self) -> tuple[IntArray, IntArray]:
        if not self._matched:
            steps = self.steps
            found = step_moves_loops.matches_at(
                self.step,
                steps.span_near,
                steps.within.pair,
                steps.span_gt,
                steps.within.first,
                steps.within.last,
                steps.near_row,
                len(self.cover_of_gt),
            )
            self._matched.append(found)
        return self._matched[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Swept:
    """One order walked at one step; see `sweep_entries` in the kernels."""

    ap: FloatArray
    best_f1: FloatArray
    best_score: FloatArray
    best_point: IntArray
    true_entry: IntArray
    true_offsets: LongArray
    ignored_entry: IntArray
    ignored_offsets: LongArray


@dataclass(frozen=True, slots=True, eq=False)
class StepFigures:
    """What ignores the score at one step, on the asked images.

    Attributes
    ----------
    sweep : ScoreSweep
    true_place : ndarray of int32, shape (K,)
        Places of the true positives, by class, then descending score.
    true_offsets : ndarray of int64, shape (C + 1,)
        Those of class c.
    ignored_place, ignored_offsets
        Likewise the ignored predictions.
    """

    sweep: ScoreSweep
    true_place: IntArray
    true_offsets: LongArray
    ignored_place: IntArray
    ignored_offsets: LongArray
    _by_class: _Swept = field(repr=False)
    _together: _Swept = field(repr=False)
    _outlines: dict[int | None, CurveOutline] = field(init=False, repr=False, default_factory=dict)

    def outline(self, steps: ThresholdSteps, asked: AskedImages, class_row: int | None) -> CurveOutline:
        """Return the seen points of the curve of a class, None for all together; walked when first asked for."""
        found = self._outlines.get(class_row)
        if found is None:
            if class_row is None:
                found = _outline(steps, asked.by_score, self._together, 0, int(asked.n_gt.sum()))
            else:
                found = _outline(steps, asked.by_class, self._by_class, class_row, int(asked.n_gt[class_row]))
            self._outlines[class_row] = found
        return found


def outcomes_at(steps: ThresholdSteps, step: int, pool: Executor | None = None) -> StepOutcomes:
    """Read what everything is at a step.

    Parameters
    ----------
    steps : ThresholdSteps
    step : int
    pool : Executor, optional
        Takes half of the images.
    """
    facts, n_images = steps.facts, len(steps.near_offsets) - 1
    n_near, n_gt = len(steps.near_row), len(facts.dataset.ground_truth)
    at = StepOutcomes(steps, step, np.empty(n_near, np.uint8), np.full(n_gt, len(steps.place), np.int32))
    pair_of_near, pred_row_of_gt = np.empty(n_near, np.int32), np.full(n_gt, -1, np.int32)

    def read(first_image: int, last_image: int) -> None:
        threshold_steps_loops.kinds_at(
            step,
            steps.span_near,
            steps.within.pair,
            steps.span_gt,
            steps.within.first,
            steps.within.last,
            steps.near_row,
            steps.near_place,
            steps.same_below,
            steps.same_reached,
            steps.other_reached,
            steps.near_flags,
            steps.near_same_gt,
            steps.near_other_gt,
            facts.gt_ignored,
            int(steps.near_offsets[first_image]),
            int(steps.near_offsets[last_image]),
            int(steps.span_offsets[first_image]),
            int(steps.span_offsets[last_image]),
            pair_of_near,
            at.kind_of_near,
            pred_row_of_gt,
            at.cover_of_gt,
        )

    in_halves(read, n_images, pool)
    return at


def moved_to(at: StepOutcomes, step: int, moves: StepMoves) -> StepOutcomes:
    """Return what everything is at another step: only what changes on the way is written.

    Parameters
    ----------
    at : StepOutcomes
    step : int
    moves : StepMoves
        Of the same run.
    """
    kind = moves.of_near.moved(at.kind_of_near, at.step, step)
    return StepOutcomes(at.steps, step, kind, moves.of_gt.moved(at.cover_of_gt, at.step, step))


def in_halves(function: Callable[[int, int], Result], n_images: int, pool: Executor | None) -> list[Result]:
    """Call ``function(first, last)`` for all images, half of them in ``pool`` if there is one; return the answers."""
    if pool is None:
        return [function(0, n_images)]
    rest = pool.submit(function, n_images // 2, n_images)
    return [function(0, n_images // 2), rest.result()]


def figures_at(steps: ThresholdSteps, at: StepOutcomes, asked: AskedImages, pool: Executor | None = None) -> StepFigures:
    """Walk all predictions by descending score, per class and together.

    Parameters
    ----------
    steps : ThresholdSteps
    at : StepOutcomes
    asked : AskedImages
    pool : Executor, optional
        Walks all classes together meanwhile.
    """
    n_gt = int(asked.n_gt.sum())

    def walk_together() -> _Swept:
        return _swept(steps, at, asked.by_score, np.array([n_gt], np.int64))

    later = pool.submit(walk_together) if pool is not None else None
    by_class = _swept(steps, at, asked.by_class, asked.n_gt)
    together = later.result() if later is not None else walk_together()
    return StepFigures(
        sweep=ScoreSweep(
            ap=by_class.ap,
            best_f1=by_class.best_f1,
            best_score=by_class.best_score,
            total_ap=float(together.ap[0]),
            total_best_f1=float(together.best_f1[0]),
            total_best_score=float(together.best_score[0]),
        ),
        true_place=asked.by_class.entry_place[by_class.true_entry],
        true_offsets=by_class.true_offsets,
        ignored_place=asked.by_class.entry_place[by_class.ignored_entry],
        ignored_offsets=by_class.ignored_offsets,
        _by_class=by_class,
        _together=together,
    )


def _swept(steps: ThresholdSteps, at: StepOutcomes, order: CountedOrder, n_gt: LongArray) -> _Swept:
    ap, best_f1, best_at, best_point, first_rank, true_entry, true_offsets, ignored_entry, ignored_offsets = (
        threshold_steps_loops.sweep_entries(
            order.entry_near, order.entry_rank, order.entry_end, order.entry_offsets, at.kind_of_near, n_gt, RECALL_GRID
        )
    )
    score = steps.facts.run.predictions.score
    # Where no true positive counts F1 is 0 from the first score on.
    first = order.offsets[:-1] + first_rank - 1
    has_any = first < order.offsets[1:]
    best_score = np.full(len(n_gt), np.nan)
    best_score[has_any] = score[order.row_of(steps, first[has_any])]
    has_best = best_at >= 0
    best_score[has_best] = score[steps.near_row[order.entry_near[best_at[has_best]]]]
    if len(n_gt) == 1 and not n_gt[0]:
        # All classes together have an F1 also without ground truth.
        best_f1[has_any] = 0.0
    else:
        best_score[n_gt == 0] = np.nan
    return _Swept(ap, best_f1, best_score, best_point, true_entry, true_offsets, ignored_entry, ignored_offsets)


def _outline(steps: ThresholdSteps, order: CountedOrder, swept: _Swept, group: int, n_gt: int) -> CurveOutline:
    figures = float(swept.best_f1[group]), float(swept.best_score[group]), float(swept.ap[group])
    begin, end = order.offsets[group : group + 2].tolist()
    if not n_gt:
        nothing = np.zeros(0)
        return CurveOutline(nothing, nothing, nothing, (np.nan, np.nan), *figures)
    points = threshold_steps_loops.curve_points(
        _of_group(swept.true_entry, swept.true_offsets, group),
        _of_group(swept.ignored_entry, swept.ignored_offsets, group),
        order.entry_begin,
        order.entry_end,
        end - begin,
        n_gt,
        OUTLINE_COLUMNS,
    )
    score = steps.facts.run.predictions.score[order.row_of(steps, points[:, 1] + (begin - 1))]
    n_true, n_counted = swept.best_point[group].tolist()
    best = (n_true / n_gt, n_true / n_counted) if n_counted else (np.nan, np.nan)
    return CurveOutline(points[:, 0] / n_gt, points[:, 0] / points[:, 2], score, best, *figures)


def _of_group(entries: IntArray, offsets: LongArray, group: int) -> AnyArray:
    return entries[offsets[group] : offsets[group + 1]]
