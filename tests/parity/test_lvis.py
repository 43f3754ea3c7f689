"""Every figure and array of LVIS's rules is that of package lvis."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.lvis import LvisRun
from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from tests.evaluation.coco_facts import run_from_results
from tests.evaluation.federated_sets import federated_dataset, federated_set, with_lists
from tests.examples import examples
from tests.parity.lvis_oracle import lvis_evaluation
from tests.parity.test_masks import awkward_sets
from tests.shared_data import DATA, needs_shared

NAMES = {
    **{name: name for name in ("AP", "AP50", "AP75", "APs", "APm", "APl", "APr", "APc", "APf")},
    "AR300": "AR@300",
    "ARs": "ARs@300",
    "ARm": "ARm@300",
    "ARl": "ARl@300",
}
LVIS = RuleSettings(Rules.LVIS)


def prepared(content: dict[str, Any], results: list[dict[str, Any]], task: str = "bbox") -> LvisRun:
    dataset = federated_dataset(content)
    ruled = prepare_run(dataset, run_from_results(results, dataset), task=task).by_rules(LVIS)
    assert isinstance(ruled, LvisRun)
    return ruled


def assert_equal_to_lvis(content: dict[str, Any], results: list[dict[str, Any]], task: str = "bbox") -> None:
    ruled, oracle = prepared(content, results, task), lvis_evaluation(content, results, task)
    summary = ruled.summarize(0.5)
    ours = {NAMES[name]: value for name, value in summary.figures.items() if name in NAMES}
    theirs = {name: np.nan if value < 0 else value for name, value in oracle.get_results().items()}
    assert ours == pytest.approx(theirs, abs=1e-9, nan_ok=True)
    arrays = ruled.arrays()
    np.testing.assert_allclose(arrays.precision, oracle.eval["precision"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(arrays.recall, oracle.eval["recall"], rtol=0, atol=1e-9)
    ap50 = oracle.eval["precision"][0, :, :, 0].mean(axis=0)
    np.testing.assert_allclose(np.nan_to_num(summary.ap50, nan=-1), ap50, rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.nan_to_num(summary.table.ap, nan=-1), ap50, rtol=0, atol=1e-9)
    for c, pointer in enumerate(oracle.eval["dt_pointers"].values()):
        if pointer[0]:
            assert (summary.table.tp[c], summary.table.fp[c]) == (pointer[0]["tps"][0].sum(), pointer[0]["fps"][0].sum())


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kinds", [{}, {"ties": True}, {"crowds": True}, {"ties": True, "crowds": True}], ids=str)
def test_random_sets(seed: int, kinds: dict[str, bool]) -> None:
    assert_equal_to_lvis(*federated_set(seed, **kinds))


@examples(60)
@given(
    seed=st.integers(0, 10**6),
    n_images=st.integers(2, 12),
    n_classes=st.integers(1, 20),
    n_gt=st.integers(1, 60),
    n_predictions=st.integers(1, 150),
    ties=st.booleans(),
    crowds=st.booleans(),
    flags=st.booleans(),
)
def test_fuzzed_sets(seed: int, **kinds: Any) -> None:
    content, results = federated_set(seed, **kinds)
    if results:
        assert_equal_to_lvis(content, results)


@examples(80)
@given(facts_as_dicts=awkward_sets(), seed=st.integers(0, 10**6), task=st.sampled_from(["segm", "bbox"]))
def test_fuzzed_masks(facts_as_dicts: tuple[dict[str, Any], list[dict[str, Any]]], seed: int, task: str) -> None:
    content, results = facts_as_dicts
    if results:
        assert_equal_to_lvis(with_lists(content, seed), results, task)


@needs_shared
def test_masks_of_real_data() -> None:
    folder = DATA / "coco_val2014_100"
    content = json.loads((folder / "instances_val2014_100.json").read_text())
    for number, annotation in enumerate(content["annotations"], start=1):
        annotation["id"] = number  # The package reads a match with id 0 as none; ours does not.
    results = json.loads((folder / "instances_val2014_fakesegm100_results.json").read_text())
    assert_equal_to_lvis(with_lists(content, 1), results, "segm")


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_more_predictions_than_an_image_may_have(seed: int, ties: bool) -> None:
    """With equal scores at the limit, over classes, the order of the file decides who is cut."""
    content, results = federated_set(seed, n_images=4, n_classes=3, n_gt=60, n_predictions=2500, ties=ties)
    assert max(sum(result["image_id"] == image["id"] for result in results) for image in content["images"]) > 600
    assert_equal_to_lvis(content, results)


def test_an_image_that_lists_nothing_and_has_no_label_counts_for_nothing() -> None:
    content, results = federated_set(3)
    content["images"][0]["neg_category_ids"] = []
    on_first = [result for result in results if result["image_id"] == 1]
    assert on_first
    with_it = prepared(content, results).summarize(0.5)
    without = prepared(content, [result for result in results if result["image_id"] != 1]).summarize(0.5)
    assert with_it.figures == pytest.approx(without.figures, abs=0, nan_ok=True)
    assert with_it.table.fp.tolist() == without.table.fp.tolist()


def test_some_images_alone() -> None:
    content, results = federated_set(5, n_images=12, n_gt=80, n_predictions=200)
    asked = np.arange(12) % 3 != 0
    subset = {**content, "images": [image for image, kept in zip(content["images"], asked, strict=True) if kept]}
    kept_ids = {image["id"] for image in subset["images"]}
    subset["annotations"] = [one for one in content["annotations"] if one["image_id"] in kept_ids]
    expected = prepared(subset, [one for one in results if one["image_id"] in kept_ids]).summarize(0.7)
    found = prepared(content, results).summarize(0.7, asked)
    assert found.figures == pytest.approx(expected.figures, abs=1e-12, nan_ok=True)
    np.testing.assert_array_equal(found.table.ap, expected.table.ap)
