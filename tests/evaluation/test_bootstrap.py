"""Figures in resamples of the images are those of sets in which every image stands as often as it was drawn."""

from __future__ import annotations

from concurrent.futures import CancelledError

import numpy as np
import pytest

from diag_gui.evaluation import bootstrap
from diag_gui.evaluation.bootstrap import (
    CLASS_FIGURES,
    COUNT_FIGURES,
    FIGURES,
    PRECISION_FIGURES,
    Resampled,
    resample_average_precision,
    resample_counts,
    resample_figures,
)
from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import Tuples, random_set
from tests.evaluation.resampled_sets import drawn_set, weights_of, with_equal_scores

PARAMS = EvaluationParams(iou_threshold=0.6, score_threshold=0.3)


def resampled(
    n_images: int, n_classes: int, truth: Tuples, found: Tuples, images: np.ndarray | None = None, **settings: int
) -> Resampled:
    facts = prepare_run(*by_hand(n_images, n_classes, truth, found))
    return resample_figures(facts, evaluate(facts, PARAMS, images=images), summarize(facts, images=images), **settings)


def assert_is(figures: Resampled, place: int, n_images: int, n_classes: int, truth: Tuples, found: Tuples) -> None:
    """The resample at ``place`` is the set given."""
    facts = prepare_run(*by_hand(n_images, n_classes, truth, found))
    evaluation, summary = evaluate(facts, PARAMS), summarize(facts)
    wanted = {name: summary.figures[name] for name in PRECISION_FIGURES}
    wanted |= {name: getattr(evaluation.totals, name) for name in COUNT_FIGURES}
    got = {name: values[place] for name, values in figures.figures.items()}
    assert got == pytest.approx(wanted, abs=1e-12, nan_ok=True)
    table, rows = evaluation.per_class, figures.class_rows
    ap = np.full((n_classes, 10), np.nan)
    ap[summary.class_rows] = summary.ap[:, 0]
    of_class = {"AP": ap.mean(axis=1), "AP50": ap[:, 0], "AP75": ap[:, 5]}
    of_class |= {name: getattr(table, name) for name in ("precision", "recall", "f1")}
    assert set(of_class) == set(CLASS_FIGURES) == set(figures.per_class)
    for name, values in of_class.items():
        np.testing.assert_allclose(figures.per_class[name][place], values[rows], atol=1e-12, err_msg=name)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("equal_scores", [False, True])
def test_every_resample_is_the_set_that_was_drawn(seed: int, equal_scores: bool) -> None:
    n_images, n_classes, truth, found = random_set(seed, crowds=True, n_images=9)
    found = with_equal_scores(found) if equal_scores else found
    figures = resampled(n_images, n_classes, truth, found, n_resamples=11, seed=seed)
    assert set(figures.figures) == set(FIGURES)
    for place, weights in enumerate(weights_of(n_images, 11, seed)):
        n_drawn, drawn_truth, drawn_found = drawn_set(weights, truth, found)
        assert_is(figures, place, n_drawn, n_classes, drawn_truth, drawn_found)


def test_classes_of_which_nothing_was_drawn_leave_the_means() -> None:
    n_images, n_classes, truth, found = random_set(3, n_classes=9, n_gt=10, n_predictions=60)
    figures = resampled(n_images, n_classes, truth, found, n_resamples=16)
    assert np.isnan(figures.per_class["AP"]).any()
    assert not np.isnan(figures.figures["AP"]).any()
    for place, weights in enumerate(weights_of(n_images, 16, 0)):
        assert_is(figures, place, n_images, n_classes, *drawn_set(weights, truth, found)[1:])


def test_only_asked_images_are_drawn() -> None:
    n_images, n_classes, truth, found = random_set(5)
    asked = (2, 3, 5, 6)
    images = np.isin(np.arange(1, n_images + 1), asked)
    figures = resampled(n_images, n_classes, truth, found, images=images, n_resamples=9)
    place_of = {image: place for place, image in enumerate(asked, start=1)}
    truth = [(place_of[record[0]], *record[1:]) for record in truth if record[0] in asked]
    found = [(place_of[record[0]], *record[1:]) for record in found if record[0] in asked]
    for place, weights in enumerate(weights_of(len(asked), 9, 0)):
        n_drawn, drawn_truth, drawn_found = drawn_set(weights, truth, found)
        assert n_drawn == len(asked)
        assert_is(figures, place, n_drawn, n_classes, drawn_truth, drawn_found)


def test_false_positives_of_classes_without_ground_truth_count() -> None:
    truth = [(1, 1, 0, 0, 10, 10), (2, 1, 0, 0, 10, 10)]
    found = [(1, 1, 0, 0, 10, 10, 0.9), (1, 2, 50, 50, 10, 10, 0.9), (2, 2, 50, 50, 10, 10, 0.1)]
    figures = resampled(2, 2, truth, found, n_resamples=20)
    assert figures.class_rows.tolist() == [0]
    for place, weights in enumerate(weights_of(2, 20, 0)):
        assert_is(figures, place, 2, 2, *drawn_set(weights, truth, found)[1:])


def test_blocks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = prepare_run(*by_hand(*random_set(1)))
    evaluation, summary = evaluate(facts, PARAMS), summarize(facts)
    whole = resample_figures(facts, evaluation, summary, n_resamples=50, workers=1)
    monkeypatch.setattr("diag_gui.evaluation.intervals._WEIGHTS_AT_ONCE", 13 * 8)
    parts = resample_figures(facts, evaluation, summary, n_resamples=50, workers=3)
    for name in FIGURES:
        np.testing.assert_array_equal(whole.figures[name], parts.figures[name])


def test_without_images_or_ground_truth_nothing_is_defined() -> None:
    for n_images in (0, 3):
        figures = resampled(n_images, 1, [], [], n_resamples=3)
        assert all(np.isnan(values).all() and len(values) == 3 for values in figures.figures.values())
        assert figures.per_class["AP"].shape == (3, 0)


def test_it_reports_and_stops() -> None:
    facts = prepare_run(*by_hand(*random_set(0)))
    summary = summarize(facts)
    told: list[float] = []
    resample_average_precision(summary, n_resamples=40, workers=1, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(CancelledError):
        resample_average_precision(summary, n_resamples=400, workers=1, cancelled=cancelled)
    assert len(asked) == 3


def test_no_resamples_are_refused() -> None:
    facts = prepare_run(*by_hand(*random_set(0)))
    with pytest.raises(EvaluationError, match="intervals"):
        resample_counts(facts, evaluate(facts, PARAMS), n_resamples=0)


def test_the_numpy_loops_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from diag_gui.evaluation._kernels import resampling_numpy

    facts = prepare_run(*by_hand(*random_set(2, crowds=True, ties=True)))
    evaluation, summary = evaluate(facts, PARAMS), summarize(facts)
    one = resample_figures(facts, evaluation, summary, n_resamples=24)
    monkeypatch.setattr(bootstrap, "resampling_loops", resampling_numpy)
    other = resample_figures(facts, evaluation, summary, n_resamples=24)
    for name in FIGURES:
        np.testing.assert_array_equal(one.figures[name], other.figures[name])
