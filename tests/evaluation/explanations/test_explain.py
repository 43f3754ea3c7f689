"""An explanation's value is the figure itself, its amounts add up to it, and what others would say is what their rule gives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.explanations.explain import explain
from diag_gui.evaluation.explanations.explanation import Explanation
from diag_gui.evaluation.explanations.figure_paths import CALIBRATION_KEYS, CLASS_KEYS, SUMMARY_KEYS, find_figure
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slices import SliceDefinition, evaluate_slices
from diag_gui.exceptions import EvaluationError
from diag_gui.formats.report_figures import evaluation_document, figures_of
from tests.evaluation.attributed_sets import random_evaluation
from tests.evaluation.coco_facts import by_hand, golden


def subject_of(seed: int, *, cut: int = 100, half: bool = False, score: float = 0.25) -> Subject:
    facts, _ = random_evaluation(seed)
    facts = facts.with_max_detections(cut)
    images = None
    if half:
        images = np.arange(len(facts.dataset.images)) % 2 == 0
    return Subject(facts, EvaluationParams(score_threshold=score, max_detections=cut), images)


def document_of(subject: Subject) -> dict[str, Any]:
    figures = figures_of(subject.facts, subject.params, subject.images)
    run: dict[str, Any] = evaluation_document(subject.facts.dataset, [], [figures], subject.params)["runs"][0]
    return run


def same(one: float | int | None, other: float | int) -> bool:
    if one is None or one != one:
        return math.isnan(other)
    return one == other


@pytest.mark.parametrize(("seed", "cut", "half"), [(1, 100, False), (2, 3, False), (3, 100, True)])
def test_every_figure_of_the_document_is_explained_by_its_own_value(seed: int, cut: int, half: bool) -> None:
    subject = subject_of(seed, cut=cut, half=half)
    document = document_of(subject)
    for key, value in document["summary"].items():
        if key in SUMMARY_KEYS:
            assert same(value, explain(key, subject).value), key
    for record in document["classes"]:
        for key in CLASS_KEYS:
            assert same(record[key], explain(f"classes.{record['name']}.{key}", subject).value), (record["name"], key)
    for name, figures in document["errors"].items():
        for key, value in figures.items():
            assert same(value, explain(f"errors.{name}.{key}", subject).value), (name, key)
    labels = document["confusion"]["labels"]
    for row, truth in enumerate(labels):
        for column, predicted in enumerate(labels):
            cell = explain(f"confusion.{truth}.{predicted}", subject)
            assert cell.value == document["confusion"]["matrix"][row][column]


def test_every_summary_figure_has_a_title_a_formula_settings_and_a_source() -> None:
    subject = subject_of(4)
    for key in SUMMARY_KEYS:
        if key == "AR_max":
            continue
        account = explain(key, subject)
        assert all((account.title, account.formula, account.source, account.used)), key
        assert ("task", "bbox") in account.settings


def amount(account: Explanation, name: str) -> float | int:
    (found,) = [one.value for one in (*account.used, *account.ignored) if one.name == name]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_every_prediction_and_label_is_counted_or_left_out_once(seed: int) -> None:
    subject = subject_of(seed, cut=4, half=True, score=0.4)
    account = explain("f1", subject)
    left_out = {one.name: one.value for one in account.ignored}
    predictions = amount(account, "true positives") + amount(account, "false positives")
    predictions += sum(value for name, value in left_out.items() if name.startswith("predictions"))
    assert predictions == len(subject.facts.run.predictions)
    labels = amount(account, "ground truth") + sum(
        value for name, value in left_out.items() if not name.startswith("predictions")
    )
    assert labels == len(subject.facts.dataset.ground_truth)
    tp, fp, fn = (amount(account, name) for name in ("true positives", "false positives", "missed"))
    assert account.value == 2 * tp / (2 * tp + fp + fn)


def elsewhere(account: Explanation, tool: str) -> float | int:
    (found,) = [one.value for one in account.elsewhere if one.tool == tool]
    return found


def test_the_golden_set_gives_the_published_figures() -> None:
    subject = Subject(prepare_run(*golden()), EvaluationParams(score_threshold=0.0))
    assert explain("AP", subject).value == pytest.approx(0.430693, abs=1e-6)
    assert explain("missed.dap", subject).value == pytest.approx(0.05545, abs=1e-5)
    assert explain("ece", subject).value == pytest.approx(0.43125)
    assert explain("best_score", subject).value == 0.9


def test_a_match_with_a_crowd_is_what_fiftyone_counts_more() -> None:
    labels = [(1, 1, 0, 0, 10, 10), (1, 1, 50, 50, 40, 40, 1)]
    found = [(1, 1, 0, 0, 10, 10, 0.9), (1, 1, 50, 50, 40, 40, 0.8), (1, 1, 50, 50, 30, 30, 0.7), (1, 1, 200, 0, 10, 10, 0.6)]
    subject = Subject(prepare_run(*by_hand(1, 1, labels, found)), EvaluationParams())
    account = explain("precision", subject)
    assert account.value == 0.5
    assert amount(account, "predictions on ignored ground truth") == 2
    assert elsewhere(account, "FiftyOne") == 0.75


def test_a_score_at_the_threshold_is_what_strict_tools_leave_out() -> None:
    found = [(1, 1, 0, 0, 10, 10, 0.5), (1, 1, 200, 0, 10, 10, 0.9)]
    subject = Subject(prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 10, 10)], found)), EvaluationParams(score_threshold=0.5))
    assert explain("recall", subject).value == 1.0
    assert elsewhere(explain("recall", subject), "tools that keep score > threshold") == 0.0


def test_what_lies_beyond_the_cut_is_what_tools_without_one_count() -> None:
    found = [(1, 1, 200.0 + 20 * place, 0, 10, 10, 0.9) for place in range(3)] + [(1, 1, 0, 0, 10, 10, 0.5)]
    facts = prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 10, 10)], found), max_detections=2)
    account = explain("recall", Subject(facts, EvaluationParams(max_detections=2)))
    assert account.value == 0.0
    assert elsewhere(account, "tools without a cut") == 1.0


def test_the_best_mean_f1_is_the_greatest_over_all_thresholds() -> None:
    subject = subject_of(7)
    scores = np.unique(subject.facts.run.predictions.score)
    means = []
    for score in scores.tolist():
        table = evaluate(subject.facts, EvaluationParams(score_threshold=score)).per_class
        means.append(float(table.f1[table.n_gt > 0].mean()))
    assert elsewhere(explain("best_f1", subject), "Ultralytics") == pytest.approx(max(means), abs=1e-12)


def test_a_slice_is_explained_and_what_fiftyone_would_charge_it_with() -> None:
    facts, evaluation = random_evaluation(3)
    definitions = [SliceDefinition("small", "area < 900"), SliceDefinition("scene=night", "scene = 'night'")]
    slices = evaluate_slices(facts, evaluation, definitions, intervals=20)
    subject = Subject(facts, evaluation.params, None, evaluation, slices)
    for one in slices:
        for key in ("images", "gt", "tp", "fp", "fn", "precision", "recall", "f1", "ap", "ap50", "f1_low", "q"):
            value = explain(f"slices.{one.name}.{key}", subject).value
            assert same(getattr(one, key), value), (one.name, key)
    small = slices[0]
    charged = elsewhere(explain("slices.small.precision", subject), "FiftyOne")
    assert charged == small.tp / (small.tp + evaluation.totals.fp)


def test_figures_are_found_by_path_by_short_form_and_with_dots_in_names() -> None:
    names = ["car", "v1.2", "missed"]
    assert str(find_figure("ap50", names)) == "summary.AP50"
    assert str(find_figure("summary.f1", names)) == "summary.f1"
    assert str(find_figure("v1.2.recall", names)) == "classes.v1.2.recall"
    assert find_figure("confusion.v1.2.background", names).subject == ("v1.2", "background")
    assert str(find_figure("errors.missed.dap", names)) == "errors.missed.dap"
    assert str(find_figure("background.dap", names)) == "errors.background.dap"
    assert str(find_figure("CAR.AP", names)) == "classes.car.ap"


@pytest.mark.parametrize(
    "text", ["", "APx", "classes.car", "classes.boat.ap", "errors.false_positive.count", "a" * 5000, "...", "slices.x.f1"]
)
def test_an_unknown_figure_is_refused_and_near_ones_are_offered(text: str) -> None:
    with pytest.raises(EvaluationError, match="there is no figure"):
        find_figure(text, ["car"])
    with pytest.raises(EvaluationError, match=r"near: .*classes\.car\.ap"):
        find_figure("classes.cra.ap", ["car"])


def test_figures_that_need_another_setting_say_so() -> None:
    with pytest.raises(EvaluationError, match="AR_max"):
        explain("AR_max", subject_of(1))
    assert set(CALIBRATION_KEYS) <= set(SUMMARY_KEYS)


def test_nothing_loaded_leaves_figures_undefined_and_explained() -> None:
    subject = Subject(prepare_run(*by_hand(1, 1, [], [])), EvaluationParams())
    for key in SUMMARY_KEYS:
        if key != "AR_max":
            account = explain(key, subject)
            assert account.value == 0 if key in ("tp", "fp", "fn") else math.isnan(account.value)
