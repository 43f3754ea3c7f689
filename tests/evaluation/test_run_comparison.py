"""One run against another: by an outside bootstrap, by data in which nothing differs, and by how often the truth is covered."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from diag_gui.evaluation.bootstrap import CLASS_FIGURES, FIGURES, resample_counts, resample_figures
from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_comparison import ResampledRun, compare_runs, intervals_of
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand, coco_results, run_from_results
from tests.evaluation.random_sets import Tuples, random_set

PARAMS = EvaluationParams(score_threshold=0.0)


def two_runs(
    n_images: int, n_classes: int, truth: Tuples, one: Tuples, other: Tuples, n_resamples: int = 200, seed: int = 0
) -> tuple[ResampledRun, ResampledRun]:
    dataset, run = by_hand(n_images, n_classes, truth, one)
    found = []
    for name, each in (("A", run), ("B", run_from_results(coco_results(other), dataset))):
        facts = prepare_run(dataset, each)
        evaluation, summary = evaluate(facts, PARAMS), summarize(facts)
        resampled = resample_figures(facts, evaluation, summary, n_resamples=n_resamples, seed=seed, workers=1)
        found.append(ResampledRun(name, evaluation, summary, resampled))
    return found[0], found[1]


@dataclass(frozen=True)
class Detector:
    """How often a simulated detector finds a label, and how many ghosts it sees per image."""

    recall: float
    ghosts: float


def simulated(rng: np.random.Generator, n_images: int, detectors: tuple[Detector, ...]) -> tuple[Tuples, list[Tuples]]:
    """Draw labels far apart and what detectors make of them; how hard an image is they share."""
    truth: Tuples = []
    found: list[Tuples] = [[] for _ in detectors]
    for image in range(1, n_images + 1):
        ease = rng.normal(0, 0.15)
        for place in range(int(rng.integers(1, 6))):
            box = (place * 100, 0, 50, 50)
            truth.append((image, 1, *box))
            luck = rng.random()
            for detector, predictions in zip(detectors, found, strict=True):
                if 0.5 * luck + 0.5 * rng.random() < detector.recall + ease:
                    predictions.append((image, 1, *box, float(rng.beta(4, 2))))
        for detector, predictions in zip(detectors, found, strict=True):
            for place in range(rng.poisson(detector.ghosts)):
                predictions.append((image, 1, place * 100, 500, 50, 50, float(rng.beta(2, 3))))
    return truth, found


def slow_average_precision(rows: list[tuple[float, int, bool]], n_gt: int) -> float:
    """AP at 101 recalls of rows (score, order, is true), as it is defined and in no hurry."""
    true = false = 0
    curve = []
    for _, _, is_true in sorted(rows, key=lambda row: (-row[0], row[1])):
        true, false = true + is_true, false + (not is_true)
        curve.append((true / n_gt, true / (true + false)))
    return float(np.mean([max((p for r, p in curve if r >= recall), default=0.0) for recall in np.linspace(0, 1, 101)]))


@pytest.mark.parametrize("seed", range(2))
def test_an_outside_bootstrap_gives_the_same_differences(seed: int) -> None:
    """Written without anything of ours: labels lie apart, so a prediction is true where its box is a label's."""
    rng = np.random.default_rng(seed)
    truth, found = simulated(rng, 12, (Detector(0.55, 0.5), Detector(0.7, 0.8)))
    comparison = compare_runs(*two_runs(12, 1, truth, *found, n_resamples=40, seed=seed), seed=seed)
    n_gt = np.bincount([record[0] - 1 for record in truth], minlength=12)
    ap: list[list[float]] = [[], []]
    f1: list[list[float]] = [[], []]
    for drawn in np.random.default_rng(seed).integers(0, 12, (40, 12)):
        labels = int(n_gt[drawn].sum())
        for place, predictions in enumerate(found):
            rows = [
                (record[-1], copy, record[3] == 0)
                for copy, image in enumerate(drawn)
                for record in predictions
                if record[0] - 1 == image
            ]
            ap[place].append(slow_average_precision(rows, labels))
            f1[place].append(2 * sum(row[2] for row in rows) / (len(rows) + labels))
    for name, values in (("AP", ap), ("AP50", ap), ("AP75", ap), ("f1", f1), ("mf1", f1)):
        difference = np.array(values[1]) - np.array(values[0])
        low, high = np.percentile(difference, [2.5, 97.5])
        ours = comparison.figures[name]
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-9), name
        assert ours.better == np.mean(difference > 0) + np.mean(difference == 0) / 2
        assert ours.p == pytest.approx(math.erfc(abs(ours.difference) / difference.std(ddof=1) / math.sqrt(2)))


def test_a_run_against_itself_differs_in_nothing() -> None:
    n_images, n_classes, truth, found = random_set(1, crowds=True)
    comparison = compare_runs(*two_runs(n_images, n_classes, truth, found, found))
    assert set(comparison.figures) == set(FIGURES)
    assert set(comparison.per_class) == set(CLASS_FIGURES)
    for one in (*comparison.figures.values(), *(one for of_classes in comparison.per_class.values() for one in of_classes)):
        assert (one.difference, one.low, one.high, one.better, one.p) == (0.0, 0.0, 0.0, 0.5, 1.0)
        assert not one.is_certain


def test_a_run_that_is_better_everywhere_is_certainly_better() -> None:
    truth = [(image, 1, 0, 0, 50, 50) for image in range(1, 30)]
    good = [(image, 1, 0, 0, 50, 50, 0.9) for image in range(1, 30)]
    poor = [(image, 1, 0, 0, 50, 20, 0.9) for image in range(1, 30)]
    comparison = compare_runs(*two_runs(29, 1, truth, poor, good))
    for name in ("AP", "AP50", "f1", "mf1", "recall", "precision"):
        one = comparison.figures[name]
        assert (one.baseline, one.value, one.better) == (0.0, pytest.approx(1.0), 1.0)
        assert one.is_certain
    back = compare_runs(*reversed(two_runs(29, 1, truth, poor, good)))
    assert back.figures["AP"].better == 0.0
    assert back.figures["AP"].difference == -comparison.figures["AP"].difference


def test_figures_are_those_of_the_evaluation_and_classes_are_a_family() -> None:
    n_images, n_classes, truth, found = random_set(4, n_gt=50)
    one, other = two_runs(n_images, n_classes, truth, found[::2], found)
    comparison = compare_runs(one, other)
    for name in FIGURES:
        before, after = one.figures()[name], other.figures()[name]
        assert comparison.figures[name].difference == pytest.approx(after - before)
        assert math.isnan(comparison.figures[name].q)
    per_class = comparison.per_class["AP50"]
    assert [each.value for each in per_class] == pytest.approx(other.evaluation.per_class.ap50.tolist())
    assert all(each.q >= each.p for each in per_class)
    assert comparison.class_rows.tolist() == [0, 1, 2, 3]


def test_classes_with_few_labels_are_no_members_of_the_family() -> None:
    n_images, n_classes, truth, found = random_set(4, n_gt=8)
    comparison = compare_runs(*two_runs(n_images, n_classes, truth, found[::2], found))
    assert all(math.isnan(one.q) and not math.isnan(one.difference) for one in comparison.per_class["recall"])


def test_runs_that_were_not_drawn_alike_are_not_compared() -> None:
    n_images, n_classes, truth, found = random_set(0)
    one, other = two_runs(n_images, n_classes, truth, found, found, n_resamples=8)
    with pytest.raises(EvaluationError, match="same resamples"):
        compare_runs(one, two_runs(n_images, n_classes, truth, found, found, n_resamples=9)[0])
    with pytest.raises(EvaluationError, match="different ground truth"):
        compare_runs(one, two_runs(n_images, n_classes, truth, found, found, n_resamples=8)[0])
    images = np.zeros(n_images, bool)
    with pytest.raises(EvaluationError, match="different images"):
        compare_runs(one, replace(other, evaluation=replace(other.evaluation, images=images)))


def test_intervals_of_one_run() -> None:
    n_images, n_classes, truth, found = random_set(2)
    one, _ = two_runs(n_images, n_classes, truth, found, found)
    intervals = intervals_of(one.resampled)
    assert set(intervals) == set(FIGURES)
    for name, (low, high) in intervals.items():
        assert (low, high) == pytest.approx(tuple(np.percentile(one.resampled.figures[name], [2.5, 97.5])))
        assert low < one.figures()[name] < high


def f1_interval(rng: np.random.Generator, n_images: int, detectors: tuple[Detector, Detector]) -> tuple[float, float, float]:
    """Return the interval of the difference of F1 between two detectors on fresh data, and its p."""
    truth, found = simulated(rng, n_images, detectors)
    dataset, run = by_hand(n_images, 1, truth, found[0])
    sides = []
    for each in (run, run_from_results(coco_results(found[1]), dataset)):
        facts = prepare_run(dataset, each, workers=1)
        evaluation = evaluate(facts, PARAMS)
        resampled = resample_counts(facts, evaluation, n_resamples=300, workers=1)
        sides.append(ResampledRun("", evaluation, summarize(facts, workers=1), resampled))
    one = compare_runs(*sides).figures["f1"]
    return one.low, one.high, one.p


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """The true difference is that on 20,000 images; of 200 fresh sets 95 % cover it, give or take four standard errors."""
    detectors = Detector(0.5, 0.6), Detector(0.6, 0.8)
    truth, found = simulated(np.random.default_rng(99), 20_000, detectors)
    f1 = [2 * sum(record[3] == 0 for record in predictions) / (len(predictions) + len(truth)) for predictions in found]
    true_difference = f1[1] - f1[0]
    rng = np.random.default_rng(7)
    intervals = [f1_interval(rng, 60, detectors) for _ in range(200)]
    covered = np.mean([low <= true_difference <= high for low, high, _ in intervals])
    assert 0.89 <= covered <= 0.995


def test_where_nothing_differs_hardly_anything_is_certain() -> None:
    """Two detectors of one kind: about one in twenty intervals leaves 0 out, and p is below .05 as often."""
    detectors = Detector(0.55, 0.7), Detector(0.55, 0.7)
    rng = np.random.default_rng(3)
    intervals = [f1_interval(rng, 60, detectors) for _ in range(200)]
    assert np.mean([low > 0 or high < 0 for low, high, _ in intervals]) <= 0.11
    assert np.mean([p < 0.05 for _, _, p in intervals]) <= 0.11
