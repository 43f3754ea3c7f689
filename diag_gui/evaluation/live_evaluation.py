"""Evaluations that follow the thresholds: read from prepared steps, equal to the bit to what `evaluate` computes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from threading import Lock

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation._kernels.threshold_steps_loops import threshold_steps_loops
from diag_gui.evaluation.coco_summary import counted_predictions, lies_in_whole_range, summarize
from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, confusion_cells, occupied_cells
from diag_gui.evaluation.curves import CurveOutline
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.matching import Matches
from diag_gui.evaluation.operating_point import mean_of, status_of, table_of_counts, totals
from diag_gui.evaluation.outcomes import ERROR_NAMES, OutcomeKind, Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.rule_settings import RuleSettings
from diag_gui.evaluation.step_kinds import StepKinds, moved_kinds, read_kinds
from diag_gui.evaluation.step_moves import StepMoves
from diag_gui.evaluation.step_orders import AskedImages, ask_images
from diag_gui.evaluation.step_outcomes import StepFigures, StepOutcomes, figures_at, moved_to, outcomes_at
from diag_gui.evaluation.threshold_steps import ThresholdSteps, step_of

_FEW = 4
"""Where more than one in so many near predictions changes, reading all of them anew takes no longer."""

_WORTH_THREADS = 300_000
"""Near predictions from which on a second thread gains more than the hand-over costs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Precisions:
    """Average precision of each class by some rules, at the threshold of ``figures`` and at .50."""

    rules: RuleSettings
    figures: StepFigures
    ap: FloatArray
    find_ap50: Callable[[], FloatArray]


class LiveEvaluator:
    """Evaluates one run at any step of the thresholds.

    It remembers what the last evaluations were read from, so that only what depends on a moved threshold is read anew. It may
    be asked from any thread.

    Parameters
    ----------
    steps : ThresholdSteps
    moves : StepMoves, optional
        Of these steps: with them a step to a neighbour writes only what changes, without them all is read anew.
    """

    def __init__(self, steps: ThresholdSteps, moves: StepMoves | None = None) -> None:
        self.steps = steps
        self._moves = moves
        self._lock = Lock()
        self._asked: AskedImages | None = None
        self._at: StepOutcomes | None = None
        self._kinds: StepKinds | None = None
        self._figures: StepFigures | None = None
        self._at_50: StepOutcomes | None = None
        self._precisions: _Precisions | None = None
        self._figures_of: tuple[StepOutcomes | None, AskedImages | None] = (None, None)
        is_large = len(steps.near_row) >= _WORTH_THREADS
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="evaluation") if is_large else None

    @property
    def pool(self) -> Executor | None:
        """A second thread, where the run is large enough to gain from one."""
        return self._pool

    def evaluate(self, params: EvaluationParams, images: BoolArray | None = None) -> Evaluation:
        """Evaluate at one operating point.

        Parameters
        ----------
        params : EvaluationParams
            Served by the steps.
        images : ndarray of bool, shape (I,), optional
            Images that count; None means all.

        Returns
        -------
        Evaluation

        Raises
        ------
        ValueError
            If the steps do not serve ``params``.
        """
        step = step_of(params.iou_threshold)
        if step is None or not self.steps.serves(self.steps.facts, params):
            raise ValueError(f"no step serves {params}")
        with self._lock:
            asked = self._ask(images)
            at = self._outcomes_at(step)
            figures = self._figures_at(at, asked)
            precisions = self._precisions_at(params, asked, figures)
            n_kept = self.steps.n_kept(params.score_threshold)
            n_counted = asked.by_class.n_kept(n_kept)
            count = partial(_confusion, self.steps, asked, step, n_kept, n_counted)
            later = self._pool.submit(count) if self._pool is not None else None
            kinds = self._kinds_at(at, asked, n_kept)
            confusion = later.result() if later is not None else count()
        return _evaluation(params, kinds, n_counted, confusion, figures, precisions)

    def _ask(self, images: BoolArray | None) -> AskedImages:
        asked = self._asked
        if asked is None or not _same_images(asked.images, images):
            asked = self._asked = ask_images(self.steps, images, self._pool)
            self._precisions = None
        return asked

    def _outcomes_at(self, step: int) -> StepOutcomes:
        if self._at is None or self._at.step != step:
            self._at = self._moved_to(step) or outcomes_at(self.steps, step, self._pool)
        return self._at

    def _moved_to(self, step: int) -> StepOutcomes | None:
        """Return what everything is at a step by what changes on the way there; None where that is not known, or most."""
        if self._at is None or self._moves is None:
            return None
        way = self._moves.of_near.between(self._at.step, step)
        return moved_to(self._at, step, self._moves) if way.stop - way.start <= len(self.steps.near_row) // _FEW else None

    def _kinds_at(self, at: StepOutcomes, asked: AskedImages, n_kept: int) -> StepKinds:
        before, kinds = self._kinds, None
        if before is not None and before.asked is asked and self._moves is not None:
            kinds = moved_kinds(before, at, n_kept, self._moves)
        self._kinds = kinds or read_kinds(at, asked, n_kept, self._pool)
        return self._kinds

    def _figures_at(self, at: StepOutcomes, asked: AskedImages) -> StepFigures:
        if self._figures is None or self._figures_of != (at, asked):
            self._figures = figures_at(self.steps, at, asked, self._pool)
            self._figures_of = (at, asked)
        return self._figures

    def _precisions_at(self, params: EvaluationParams, asked: AskedImages, figures: StepFigures) -> _Precisions:
        """Return AP at the threshold and at .50 by the rules asked for, kept while neither they nor the images change."""
        rules, before = params.rules, self._precisions
        if before is not None and before.rules == rules and before.figures is figures:
            return before
        by_rules = None if rules.is_coco else self.steps.facts.by_rules(rules)
        ap = figures.sweep.ap if by_rules is None else by_rules.table(params.iou_threshold, asked.images).ap
        same_rules = before is not None and before.rules == rules
        find_ap50 = before.find_ap50 if before is not None and same_rules else cache(partial(self._ap50_of, asked, rules))
        self._precisions = _Precisions(rules, figures, ap, find_ap50)
        return self._precisions

    def _ap50_of(self, asked: AskedImages, rules: RuleSettings) -> FloatArray:
        if not rules.is_coco:
            return self.steps.facts.by_rules(rules).table(0.5, asked.images).ap
        if not lies_in_whole_range(self.steps.facts):
            return summarize(self.steps.facts, images=asked.images).ap50_per_class()
        if self._at_50 is None:
            step = step_of(0.5)
            assert step is not None
            self._at_50 = outcomes_at(self.steps, step)
        return figures_at(self.steps, self._at_50, asked).sweep.ap


def _evaluation(
    params: EvaluationParams,
    kinds: StepKinds,
    n_counted: LongArray,
    confusion: ConfusionMatrix,
    figures: StepFigures,
    precisions: _Precisions,
) -> Evaluation:
    at, asked, n_kept = kinds.at, kinds.asked, kinds.n_kept
    steps, facts = at.steps, at.steps.facts
    tp = threshold_steps_loops.count_below(figures.true_place, figures.true_offsets, n_kept)
    ignored = threshold_steps_loops.count_below(figures.ignored_place, figures.ignored_offsets, n_kept)
    over_scores = StepOverScores(steps, at, asked, figures)
    find_mean_iou = cache(partial(_mean_iou, steps, params, over_scores, tp))
    table = table_of_counts(
        asked.n_gt, tp, n_counted - tp - ignored, figures.sweep, precisions.ap, find_mean_iou, precisions.find_ap50
    )
    lookup = _StepLookup(steps, at, params, asked.images, n_kept, kinds.kind)
    return Evaluation(
        params=params,
        images=asked.images,
        outcomes=Outcomes(facts.run.predictions, facts.dataset.ground_truth, kinds.kind, lookup),
        per_class=table,
        totals=totals(table, int(np.count_nonzero(asked.is_asked)), figures.sweep),
        count_at_score={name: int(kinds.counts[one]) for one, name in ERROR_NAMES.items()},
        confusion=confusion,
        sweep=figures.sweep,
        over_scores=over_scores,
    )


def _mean_iou(steps: ThresholdSteps, params: EvaluationParams, over_scores: StepOverScores, tp: LongArray) -> FloatArray:
    predictions = steps.facts.run.predictions
    _, _, iou_sum = accumulation_loops.count(
        predictions.class_row,
        over_scores.status(),
        predictions.score,
        over_scores.matches().iou_of_pred,
        params.score_threshold,
        len(tp),
    )
    return mean_of(iou_sum, tp)


def _confusion(steps: ThresholdSteps, asked: AskedImages, step: int, n_kept: int, n_counted: AnyArray) -> ConfusionMatrix:
    """Count the cells: pairs from their spans; whatever is in no pair stands on the background."""
    n_classes = len(asked.n_gt)
    side = n_classes + 1
    counts = threshold_steps_loops.count_spans(
        step,
        n_kept,
        steps.any_class.first,
        steps.any_class.last,
        steps.any_place,
        steps.any_image,
        steps.any_cell,
        asked.is_asked,
        side * side + n_classes,
    )
    matrix, excused = counts[: side * side].reshape(side, side), counts[side * side :]
    matrix[n_classes, :n_classes] = n_counted - matrix[:n_classes, :n_classes].sum(0) - excused
    matrix[:n_classes, n_classes] = asked.n_gt - matrix[:n_classes, :n_classes].sum(1)
    return occupied_cells(matrix)


@dataclass(frozen=True, slots=True, eq=False)
class _StepLookup:
    """Targets and IoUs of the rows that are asked for."""

    steps: ThresholdSteps
    at: StepOutcomes
    params: EvaluationParams
    images: BoolArray | None
    n_kept: int
    kind: ByteArray

    def targets(self, rows: AnyArray | None) -> IntArray:
        """Return the targets of some rows, None for all."""
        n = len(self.steps.place)
        if rows is None:
            rows = np.arange(len(self.kind))
        facts, nearest = self.steps.facts, self.steps.facts.nearest
        found = np.full(len(rows), -1, np.int32)
        kind = self.kind[rows]
        aims_at_other = _is(kind, OutcomeKind.CLASSIFICATION)
        aims_at_same = _is(kind, OutcomeKind.LOCALIZATION, OutcomeKind.DUPLICATE)
        both = np.flatnonzero(_is(kind, OutcomeKind.BOTH))
        if len(both):
            is_same = nearest.same_iou[rows[both]] >= nearest.other_iou[rows[both]]
            aims_at_same[both[is_same]] = True
            aims_at_other[both[~is_same]] = True
        found[aims_at_same] = nearest.same_gt[rows[aims_at_same]]
        found[aims_at_other] = nearest.other_gt[rows[aims_at_other]]
        matched = _is(kind, OutcomeKind.TRUE_POSITIVE) | (_is(kind, OutcomeKind.IGNORED) & (rows < n))
        found[matched] = facts.pairs.gt_row[self._pair_of(rows[matched])]
        is_found = _is(kind, OutcomeKind.FOUND)
        found[is_found] = self._kept_match(rows[is_found] - n)
        return found

    def ious(self, rows: AnyArray | None) -> FloatArray:
        """Return the IoUs of some rows, None for all."""
        n = len(self.steps.place)
        if rows is None:
            rows = np.arange(len(self.kind))
        facts, nearest = self.steps.facts, self.steps.facts.nearest
        found = np.full(len(rows), np.nan)
        kind = self.kind[rows]
        aims_at_same = _is(kind, OutcomeKind.LOCALIZATION, OutcomeKind.DUPLICATE)
        aims_at_other = _is(kind, OutcomeKind.CLASSIFICATION)
        both = _is(kind, OutcomeKind.BOTH)
        found[aims_at_same] = nearest.same_iou[rows[aims_at_same]]
        found[aims_at_other] = nearest.other_iou[rows[aims_at_other]]
        found[both] = np.maximum(nearest.same_iou[rows[both]], nearest.other_iou[rows[both]])
        matched = _is(kind, OutcomeKind.TRUE_POSITIVE) | (_is(kind, OutcomeKind.IGNORED) & (rows < n))
        found[matched] = facts.pairs.iou[self._pair_of(rows[matched])]
        places = np.flatnonzero(_is(kind, OutcomeKind.FOUND))
        pred_row = self._kept_match(rows[places] - n)
        with_match = pred_row >= 0
        found[places[with_match]] = facts.pairs.iou[self._pair_of(pred_row[with_match])]
        return found

    def cells(self) -> tuple[IntArray, IntArray]:
        """Return the cells of the confusion matrix that the rows stand in."""
        cells = confusion_cells(self.steps.facts, self.params, self.images)
        return cells.confusion_gt, cells.confusion_pred

    def _pair_of(self, pred_row: AnyArray) -> AnyArray:
        return self.at.pairs_of(self.steps.near_of_row[pred_row])

    def _kept_match(self, gt_row: AnyArray) -> IntArray:
        pred_row = self.at.pred_rows_of(gt_row)
        return np.where((pred_row >= 0) & (self.steps.place[pred_row] < self.n_kept), pred_row, -1).astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class StepOverScores:
    """What an evaluation at a step is over all scores, found when it is asked for."""

    steps: ThresholdSteps
    at: StepOutcomes
    asked: AskedImages
    figures: StepFigures
    _found: dict[str, Matches | ByteArray] = field(init=False, repr=False, default_factory=dict)

    def matches(self) -> Matches:
        """Return who is matched with whom."""
        found = self._found.get("matches")
        if not isinstance(found, Matches):
            found = self._found["matches"] = self._matches()
        return found

    def status(self) -> ByteArray:
        """Return what each prediction counts as."""
        found = self._found.get("status")
        if not isinstance(found, np.ndarray):
            facts = self.steps.facts
            counted = counted_predictions(facts, self.asked.images, facts.max_detections)
            found = self._found["status"] = status_of(self.matches(), counted)
        return found

    def outline(self, class_row: int | None) -> CurveOutline:
        """Return what is seen of the precision-recall curve of a class, None for all together."""
        return self.figures.outline(self.steps, self.asked, class_row)

    def _matches(self) -> Matches:
        facts, at = self.steps.facts, self.at
        matched = np.flatnonzero(at.pair_of_near >= 0)
        pair, row = at.pair_of_near[matched], self.steps.near_row[matched]
        gt_row_of_pred = np.full(len(self.steps.place), -1, np.int32)
        gt_row_of_pred[row] = facts.pairs.gt_row[pair]
        pred_ignored = np.zeros(len(gt_row_of_pred), np.bool_)
        pred_ignored[row] = facts.gt_ignored[facts.pairs.gt_row[pair]]
        iou_of_pred = np.zeros(len(gt_row_of_pred))
        iou_of_pred[row] = facts.pairs.iou[pair]
        return Matches(gt_row_of_pred, at.pred_row_of_gt, pred_ignored, facts.gt_ignored, iou_of_pred)


def _is(kind: ByteArray, *kinds: OutcomeKind) -> BoolArray:
    is_one: BoolArray = kind == kinds[0]
    for other in kinds[1:]:
        is_one |= kind == other
    return is_one


def _same_images(one: BoolArray | None, other: BoolArray | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or np.array_equal(one, other)
