"""All open runs of a dataset side by side: prepared, evaluated and resampled when that is first asked for, then remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from diag_gui.data.arrays import BoolArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.repeated_runs import earlier_same
from diag_gui.data.run import Run
from diag_gui.evaluation.bootstrap import Resampled, resample_average_precision, resample_counts
from diag_gui.evaluation.calibration import Calibration, calibrate
from diag_gui.evaluation.coco_summary import CocoSummary, summarize
from diag_gui.evaluation.evaluator import Evaluation, evaluate
from diag_gui.evaluation.fates import FateMatrix, Fates, Side, fate_matrix, follow_fates, found_in_runs
from diag_gui.evaluation.mf1_yoltv4 import mf1_yoltv4
from diag_gui.evaluation.params import DEFAULT_RESAMPLES, EvaluationParams
from diag_gui.evaluation.rule_tables import RuleSummary
from diag_gui.evaluation.run_comparison import ResampledRun, RunComparison, compare_runs
from diag_gui.evaluation.run_facts import RunFacts, prepare_run

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]
Answer = TypeVar("Answer")

SEED = 0
"""Of the draws, as on the command line."""

_SHARE_OF_AP = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class RunFiguresShown:
    """The figures of one run that stand beside those of the others."""

    facts: RunFacts
    evaluation: Evaluation
    summary: CocoSummary | RuleSummary
    calibration: Calibration
    mf1_yoltv4: float

    @property
    def side(self) -> Side:
        """The run as `fates` takes it."""
        return self.facts, self.evaluation


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """Every open run at one operating point, and what became of objects from one of them to another.

    Attributes
    ----------
    runs : tuple of RunFiguresShown
        In the order they were opened.
    active, compared : int
        The run in question, and the one it is compared with.
    matrix : FateMatrix
        From the run compared with to the one in question.
    gone_can_be_listed : bool
        Whether the errors that are gone are as many seen from the other run: they may not be where IoUs are equal.
    found_in : tuple of int
        Ground truth found in exactly k of the runs, k = 0 … n.
    earlier_same : tuple of int
        Per run the first one before it that predicts the same, -1 where none does.
    """

    runs: tuple[RunFiguresShown, ...]
    active: int
    compared: int
    matrix: FateMatrix
    gone_can_be_listed: bool
    found_in: tuple[int, ...]
    earlier_same: tuple[int, ...]

    @property
    def params(self) -> EvaluationParams:
        """The settings that all were evaluated at."""
        return self.runs[0].evaluation.params

    @property
    def images(self) -> BoolArray | None:
        """The images that count in all; None means every one."""
        return self.runs[self.active].evaluation.images


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Every run against the one compared with, with intervals.

    Attributes
    ----------
    of : SideBySide
        What was compared.
    comparisons : tuple of RunComparison or None
        One entry per run; None of the run compared with.
    """

    of: SideBySide
    comparisons: tuple[RunComparison | None, ...]

    def belongs_to(self, shown: SideBySide) -> bool:
        """Return whether these are the differences of what is shown."""
        same_runs = len(self.of.runs) == len(shown.runs) and all(
            one.facts is other.facts for one, other in zip(self.of.runs, shown.runs, strict=True)
        )
        same_point = self.of.params == shown.params and self.of.images is shown.images
        return same_runs and same_point and self.of.compared == shown.compared


class OpenRuns:
    """The runs that are open on one dataset; may be asked from any thread.

    Parameters
    ----------
    dataset : Dataset
    runs : sequence of Run
    params : EvaluationParams
        Its task and its cut are those of all.
    known : sequence of RunFacts
        What was prepared before, of some of the runs.
    """

    def __init__(self, dataset: Dataset, runs: Sequence[Run], params: EvaluationParams, known: Sequence[RunFacts] = ()) -> None:
        self.dataset, self.runs = dataset, tuple(runs)
        self.task, self.max_detections = params.task, params.max_detections
        self._facts: dict[int, RunFacts] = {}
        self._evaluations: dict[int, Evaluation] = {}
        self._summaries: _Latest[CocoSummary | RuleSummary] = _Latest()
        self._calibrations: _Latest[Calibration] = _Latest()
        self._resampled_ap: _Latest[Resampled] = _Latest()
        self._resampled_counts: _Latest[Resampled] = _Latest()
        for facts in known:
            self.note(facts)

    def serves(self, dataset: Dataset | None, runs: tuple[Run, ...], params: EvaluationParams) -> bool:
        """Return whether these are the runs that are open."""
        same_runs = self.dataset is dataset and self.runs == runs
        return same_runs and (self.task, self.max_detections) == (params.task, params.max_detections)

    def note(self, facts: RunFacts) -> None:
        """Take over what was prepared elsewhere, if it is of one of the runs."""
        fits = facts.dataset is self.dataset and (facts.task, facts.max_detections) == (self.task, self.max_detections)
        for index, run in enumerate(self.runs):
            if fits and run is facts.run:
                self._facts[index] = facts

    @cached_property
    def _earlier_same(self) -> tuple[int, ...]:
        return earlier_same(self.runs)

    @property
    def known(self) -> tuple[RunFacts, ...]:
        """What is prepared by now."""
        return tuple(self._facts.values())

    def prepared(self, index: int) -> RunFacts | None:
        """Return a run prepared, if it is by now."""
        return self._facts.get(index)

    def facts(self, index: int, progress: Progress | None = None, cancelled: Cancelled | None = None) -> RunFacts:
        """Return a run prepared, which takes a while the first time."""
        found = self._facts.get(index)
        if found is None:
            made = prepare_run(
                self.dataset,
                self.runs[index],
                max_detections=self.max_detections,
                task=self.task,
                progress=progress,
                cancelled=cancelled,
            )
            # Another thread may have been faster: everybody goes by the same object.
            found = self._facts.setdefault(index, made)
        return found

    def side(self, index: int, params: EvaluationParams, images: BoolArray | None) -> Side:
        """Return a run evaluated."""
        facts, before = self.facts(index), self._evaluations.get(index)
        if before is None or before.params != params or before.images is not images:
            before = self._evaluations[index] = evaluate(facts, params, images=images, previous=before)
        return facts, before

    def fates(self, index: int, compared: int, facts: RunFacts, evaluation: Evaluation, *, of_all: bool) -> Fates:
        """Say what the rows of an evaluation of run ``index`` were in another; ``of_all`` also in how many they are right."""
        params, images = evaluation.params, evaluation.images
        others = [place for place in range(len(self.runs)) if place not in (index, compared)] if of_all else []
        sides = [self.side(place, params, images) for place in others]
        return follow_fates((facts, evaluation), self.side(compared, params, images), sides)

    def side_by_side(
        self, active: int, compared: int, evaluation: Evaluation, progress: Progress, cancelled: Cancelled
    ) -> SideBySide:
        """Evaluate every run as the one in question was."""
        n = len(self.runs)
        self._evaluations[active] = evaluation
        runs = []
        for index in range(n):
            facts = self.facts(index, _part(progress, index / n, 1 / n), cancelled)
            runs.append(self._figures(index, facts, evaluation))
            progress((index + 1) / n)
        there, here = runs[compared].side, runs[active].side
        matrix = fate_matrix(here, there)
        gone_can_be_listed = fate_matrix(there, here).new == matrix.gone
        found_in = tuple(found_in_runs([run.side for run in runs]).tolist())
        return SideBySide(tuple(runs), active, compared, matrix, gone_can_be_listed, found_in, self._earlier_same)

    def differences(self, shown: SideBySide, progress: Progress, cancelled: Cancelled) -> Differences:
        """Resample every run and compare it with the one compared with."""
        n = len(shown.runs)
        resampled = [
            self._resample(index, run, _part(progress, index / n, 1 / n), cancelled) for index, run in enumerate(shown.runs)
        ]
        baseline = resampled[shown.compared]
        comparisons = tuple(None if run is baseline else compare_runs(baseline, run, seed=SEED) for run in resampled)
        return Differences(shown, comparisons)

    def _figures(self, index: int, facts: RunFacts, like: Evaluation) -> RunFiguresShown:
        params, images = like.params, like.images
        evaluation = self.side(index, params, images)[1]
        summary = self._summary(index, facts, params, images)
        calibration = self._calibrations.find(
            index, images, params.iou_threshold, lambda: calibrate(facts, params, images=images, matches=evaluation.matches)
        )
        return RunFiguresShown(facts, evaluation, summary, calibration, mf1_yoltv4(facts, params, images=images))

    def _summary(
        self, index: int, facts: RunFacts, params: EvaluationParams, images: BoolArray | None
    ) -> CocoSummary | RuleSummary:
        rules, iou_threshold = params.rules, params.iou_threshold
        if rules.is_coco:
            return self._summaries.find(index, images, rules, lambda: summarize(facts, images=images))
        by_rules = facts.by_rules(rules)
        return self._summaries.find(index, images, (rules, iou_threshold), lambda: by_rules.summarize(iou_threshold, images))

    def _resample(self, index: int, run: RunFiguresShown, progress: Progress, cancelled: Cancelled) -> ResampledRun:
        """Return the figures of a run in every resample. One thread: nobody waits for it, and somebody may be at work."""
        how: dict[str, Any] = {"n_resamples": DEFAULT_RESAMPLES, "seed": SEED, "workers": 1, "cancelled": cancelled}
        facts, evaluation, summary = run.facts, run.evaluation, run.summary
        images, point = evaluation.images, (evaluation.params.iou_threshold, evaluation.params.score_threshold)
        of_ap, of_counts = _part(progress, 0.0, _SHARE_OF_AP), _part(progress, _SHARE_OF_AP, 1 - _SHARE_OF_AP)
        average = None
        if isinstance(summary, CocoSummary):
            # AP by other rules has no resamples; a COCO AP beside it under the same name would be another figure.
            average = self._resampled_ap.find(
                index, images, (), lambda: resample_average_precision(summary, progress=of_ap, **how)
            )
        counts = self._resampled_counts.find(
            index, images, point, lambda: resample_counts(facts, evaluation, progress=of_counts, **how)
        )
        resampled = counts if average is None else average.with_figures_of(counts)
        return ResampledRun(facts.run.name, evaluation, summary, resampled)


class _Latest(Generic[Answer]):
    """Per run the last answer, and what it answered."""

    def __init__(self) -> None:
        self._answers: dict[int, tuple[BoolArray | None, object, Answer]] = {}

    def find(self, index: int, images: BoolArray | None, settings: object, compute: Callable[[], Answer]) -> Answer:
        """Return the answer for run ``index`` on ``images`` at ``settings``, computed unless it is the last one."""
        known = self._answers.get(index)
        if known is not None and known[0] is images and known[1] == settings:
            return known[2]
        answer = compute()
        self._answers[index] = (images, settings, answer)
        return answer


def _part(progress: Progress, start: float, share: float) -> Progress:
    """Return progress of a part of the work: ``share`` of the whole, from ``start`` on."""
    return lambda fraction: progress(start + share * fraction)
