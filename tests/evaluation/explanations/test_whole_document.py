"""Every number that the JSON document of a run holds has an explanation, and its value is that number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from diag_gui.evaluation.bootstrap import resample_figures
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.explanations.explain import explain
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.rule_settings import COCO_RULES, Rules, RuleSettings
from diag_gui.evaluation.run_comparison import intervals_of
from diag_gui.evaluation.slices import SliceDefinition, evaluate_slices
from diag_gui.evaluation.variants import Variants
from diag_gui.exceptions import EvaluationError
from diag_gui.formats.report_figures import figures_of, run_document
from tests.evaluation.attributed_sets import random_evaluation

SLICES = (SliceDefinition("small v1.5", "area < 900"), SliceDefinition("scene=night", "scene = 'night'"))


def subject_and_document(seed: int, variants: Variants, rules: RuleSettings = COCO_RULES) -> tuple[Subject, dict[str, Any]]:
    facts, _ = random_evaluation(seed)
    params = EvaluationParams(iou_threshold=0.4, score_threshold=0.3, rules=rules)
    figures = figures_of(facts, params, binning="equal mass", n_bins=4, variants=variants)
    slices = evaluate_slices(facts, figures.evaluation, SLICES, intervals=20, with_errors=True)
    document = run_document(replace(figures, slices=slices))
    resampled = None
    if rules.is_coco:
        resampled = resample_figures(facts, figures.evaluation, figures.summary, n_resamples=20)
        for name, (low, high) in intervals_of(resampled).items():
            document["summary"] |= {f"{name}_low": low, f"{name}_high": high}
    subject = Subject(facts, params, None, figures.evaluation, slices, "equal mass", 4, variants, resampled)
    return subject, document


def numbers_of(value: Any, path: str) -> Iterator[tuple[str, float]]:
    """Walk what lies below a name: numbers with their paths; texts, truths and what nobody can know are no figures."""
    if isinstance(value, dict):
        name = value.get("name")
        for key, below in value.items():
            yield from numbers_of(below, f"{path}.{key}")
        assert name is None or isinstance(name, str)
    elif isinstance(value, list):
        for place, below in enumerate(value):
            named = below["name"] if isinstance(below, dict) and "name" in below else place
            yield from numbers_of(below, f"{path}.{named}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def figures_in(document: dict[str, Any]) -> dict[str, float]:
    confusion = document["confusion"]
    labels = confusion["labels"]
    by_name = {
        "": confusion["matrix"],
        **{f"normalised.{by}.": matrix for by, matrix in confusion["normalised"].items()},
    }
    cells = {
        f"confusion.{of}{truth}.{predicted}": matrix[row][column]
        for of, matrix in by_name.items()
        for row, truth in enumerate(labels)
        for column, predicted in enumerate(labels)
    }
    sections = ("summary", "classes", "errors", "slices", "ious")
    found = dict(pair for name in sections for pair in numbers_of(document.get(name, {}), name) if not pair[0].endswith(".iou"))
    found |= {path: value for path, value in numbers_of(document["calibration"], "calibration") if not path.endswith("n_bins")}
    return found | cells


def assert_every_number_is_explained(subject: Subject, figures: dict[str, float]) -> None:
    for path, value in figures.items():
        account = explain(path, subject)
        assert account.value == value or (math.isnan(value) and math.isnan(account.value)), path
        assert account.figure == path
        assert all((account.title, account.formula, account.source, account.used, account.settings)), path


@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_of_the_document_is_explained_by_its_own_value(seed: int) -> None:
    subject, document = subject_and_document(seed, Variants((0.3, 0.7), (2, 5)))
    figures = figures_in(document)
    assert len(figures) > 300
    assert_every_number_is_explained(subject, figures)


def test_what_other_rules_count_is_explained_too() -> None:
    subject, document = subject_and_document(3, Variants((0.3, 0.7)), RuleSettings(Rules.VOC))
    undefined = {f"summary.{name}" for name, value in document["summary"].items() if math.isnan(value)}
    figures = {path: value for path, value in figures_in(document).items() if path not in undefined}
    assert any(path.endswith(".ap_tp") for path in figures)
    assert_every_number_is_explained(subject, figures)


def test_errors_of_classes_add_up_to_those_of_the_run() -> None:
    subject, _ = subject_and_document(4, Variants())
    names = subject.facts.dataset.classes.name
    for key in ("count", "count_at_score"):
        of_classes = [explain(f"classes.{name}.errors.localization.{key}", subject).value for name in names]
        assert sum(of_classes) == explain(f"errors.localization.{key}", subject).value


def test_a_bin_is_what_its_predictions_say() -> None:
    subject, document = subject_and_document(5, Variants())
    for place, record in enumerate(document["calibration"]["bins"]):
        account = explain(f"calibration.bins.{place}.precision", subject)
        right = next(one.value for one in account.used if one.name == "right")
        assert record["n"] == 0 or right / record["n"] == pytest.approx(record["precision"], abs=1e-12)


@pytest.mark.parametrize(
    "path", ["AP_ious", "AR_max3", "classes.{}.ap_ious", "ious.0.ap", "AP_low", "classes.{}.ap_tp", "calibration.bins.99.n"]
)
def test_a_figure_that_was_not_asked_for_is_refused_with_what_asks_for_it(path: str) -> None:
    facts, evaluation = random_evaluation(1)
    subject = Subject(facts, evaluation.params)
    with pytest.raises(EvaluationError, match=r"--ious|--intervals|--rules|bins 0 to 9"):
        explain(path.format(facts.dataset.classes.name[0]), subject)


def test_an_operating_point_of_its_own_has_its_own_errors() -> None:
    facts, evaluation = random_evaluation(6)
    params = replace(evaluation.params, score_threshold=0.8)
    subject, name = Subject(facts, params), facts.dataset.classes.name[0]
    expected = evaluate(facts, params).count_at_score["missed"]
    others = [explain(f"classes.{one}.errors.missed.count_at_score", subject).value for one in facts.dataset.classes.name]
    assert sum(others) == expected
    assert explain(f"classes.{name}.errors.missed.count_at_score", subject).elsewhere[1].value == expected
