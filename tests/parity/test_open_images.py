"""Open Images' AP is that of the rule read literally, and hotcoco's where its rule is the same."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
from hotcoco import COCO, COCOeval, Hierarchy
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.row_lists import RowLists
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.evaluation.rule_tables import RuleTable
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import Record, by_hand, coco_dict, coco_results, run_from_results
from tests.evaluation.federated_sets import federated_dataset
from tests.evaluation.random_sets import random_set
from tests.examples import examples
from tests.parity.open_images_by_hand import evaluate_open_images

OPEN_IMAGES = RuleSettings(Rules.OPEN_IMAGES)
Parents = dict[int, list[int]]


def table_of(content: Record, results: list[Record], parents: Parents, iou: float = 0.5) -> RuleTable:
    row_of = {category["id"]: row for row, category in enumerate(content["categories"])}
    lists = RowLists.of([[row_of[parent] for parent in parents.get(category["id"], [])] for category in content["categories"]])
    dataset = federated_dataset(content, parents=lists)
    return prepare_run(dataset, run_from_results(results, dataset)).by_rules(OPEN_IMAGES).table(iou)


def assert_as_by_hand(content: Record, results: list[Record], parents: Parents, iou: float = 0.5) -> None:
    in_order = sorted(results, key=lambda record: record["image_id"])
    expected = evaluate_open_images(content, in_order, parents, iou)
    found = table_of(content, results, parents, iou)
    counts = np.stack([found.n_gt, found.tp, found.fp], axis=1).tolist()
    assert counts == [[one.n_gt, one.tp, one.fp] for one in expected]
    np.testing.assert_allclose(found.ap, [one.all_points for one in expected], rtol=0, atol=1e-12)


def open_images_set(seed: int, *, groups: bool = True, lists: bool = True, **kinds: Any) -> tuple[Record, list[Record], Parents]:
    """Draw labels, some of them groups, lists of classes, and a lattice of classes: each may lie below two earlier ones."""
    n_images, n_classes, ground_truth, predictions = random_set(seed, **kinds)
    content, results = coco_dict(n_images, n_classes, ground_truth), coco_results(predictions)
    rng = np.random.default_rng([seed, 2])
    for annotation in content["annotations"]:
        annotation["isgroupof"] = int(groups and rng.random() < 0.2)
    for image in content["images"]:
        for key in ("pos_category_ids", "neg_category_ids"):
            listed = (1 + np.flatnonzero(rng.random(n_classes) < 0.25)).tolist()
            image[key] = listed if lists else list(range(1, n_classes + 1))
    parents = {c: sorted({int(rng.integers(1, c)) for _ in range(rng.integers(0, 3))}) for c in range(2, n_classes + 1)}
    return content, results, parents


@examples(80)
@given(
    seed=st.integers(0, 10**6),
    iou=st.sampled_from([0.3, 0.5, 0.75]),
    ties=st.booleans(),
    crowds=st.booleans(),
    n_classes=st.integers(1, 8),
)
def test_fuzzed_sets(seed: int, iou: float, **kinds: Any) -> None:
    assert_as_by_hand(*open_images_set(seed, **kinds), iou)


def test_what_was_not_verified_does_not_count() -> None:
    truth = coco_dict(2, 2, [(1, 1, 0, 0, 50, 50)])
    truth["images"][0] |= {"pos_category_ids": [1], "neg_category_ids": []}
    truth["images"][1] |= {"pos_category_ids": [], "neg_category_ids": [2]}
    found = [(1, 1, 0, 0, 50, 50, 0.5), (1, 2, 0, 0, 50, 50, 0.9), (2, 1, 0, 0, 50, 50, 0.9), (2, 2, 0, 0, 50, 50, 0.9)]
    table = table_of(truth, coco_results(found), {})
    assert table.fp.tolist() == [0, 1]
    assert table.ap.tolist() == [1.0, pytest.approx(np.nan, nan_ok=True)]


def test_negative_classes_speak_for_those_below_and_verified_ones_for_those_above() -> None:
    truth = coco_dict(1, 3, [])
    truth["images"][0]["neg_category_ids"] = [2]
    found = coco_results([(1, class_id, 0, 0, 50, 50, 0.9) for class_id in (1, 2, 3)])
    chain = {2: [1], 3: [2]}
    assert table_of(truth, found, chain).fp.tolist() == [0, 1, 1]
    truth["images"][0] = {**truth["images"][0], "neg_category_ids": [], "pos_category_ids": [2]}
    assert table_of(truth, found, chain).fp.tolist() == [1, 1, 0]


def test_a_label_holds_for_the_classes_above_it_and_each_is_found_by_itself() -> None:
    truth = coco_dict(1, 3, [(1, 3, 0, 0, 50, 50)])
    truth["images"][0]["pos_category_ids"] = []
    found = coco_results([(1, class_id, 0, 0, 50, 50, 0.9) for class_id in (1, 2, 3)])
    table = table_of(truth, found, {2: [1], 3: [2]})
    assert (table.n_gt.tolist(), table.tp.tolist()) == ([1, 1, 1], [1, 1, 1])


def test_a_group_is_no_miss_and_excuses_what_lies_in_it() -> None:
    truth = coco_dict(1, 1, [(1, 1, 0, 0, 200, 200), (1, 1, 10, 10, 50, 50)])
    truth["annotations"][0]["isgroupof"] = 1
    truth["images"][0]["pos_category_ids"] = [1]
    inside = [
        (1, 1, 100, 100, 30, 30, 0.9),
        (1, 1, 10, 10, 50, 50, 0.8),
        (1, 1, 12, 10, 50, 50, 0.7),
        (1, 1, 190, 0, 30, 30, 0.6),
    ]
    table = table_of(truth, coco_results(inside), {})
    assert (table.n_gt.tolist(), table.tp.tolist(), table.fp.tolist()) == ([1], [1], [1])


def test_a_dataset_without_lists_is_refused() -> None:
    with pytest.raises(EvaluationError, match="pos_category_ids"):
        prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 9, 9)], [(1, 1, 0, 0, 9, 9, 0.5)])).by_rules(OPEN_IMAGES)


def hotcoco_ap(content: Record, results: list[Record], parents: Parents) -> float:
    hierarchy = Hierarchy.from_parent_map({c: above[0] for c, above in parents.items() if above})
    truth = COCO(copy.deepcopy(content))
    oracle = COCOeval(truth, truth.load_res(copy.deepcopy(results)), "bbox", oid_style=True, hierarchy=hierarchy)
    with warnings.catch_warnings():
        # It says itself that it does not ask which classes were verified.
        warnings.simplefilter("ignore", UserWarning)
        oracle.run()
    return float(oracle.get_results()["AP"])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("ties", [False, True])
def test_hotcoco_where_its_rule_is_the_same(seed: int, ties: bool) -> None:
    """Every class verified, no groups, one class above each, at most 100 predictions, no second label to go to."""
    content, results, parents = open_images_set(seed, groups=False, lists=False, ties=ties, n_images=40, n_gt=40)
    content["annotations"] = list({one["image_id"]: one for one in content["annotations"]}.values())
    single = {c: above[:1] for c, above in parents.items()}
    assert table_of(content, results, single).mean_ap == pytest.approx(hotcoco_ap(content, results, single), abs=1e-9)


def test_hotcoco_gives_a_prediction_its_second_label_which_the_reference_does_not() -> None:
    truth = coco_dict(1, 1, [(1, 1, 0, 0, 100, 100), (1, 1, 20, 0, 100, 100)])
    truth["images"][0]["pos_category_ids"] = [1]
    found = coco_results([(1, 1, 0, 0, 100, 100, 0.9), (1, 1, 8, 0, 100, 100, 0.8)])
    assert table_of(truth, found, {}).mean_ap == 0.5
    assert hotcoco_ap(truth, found, {}) == 1.0


def test_hotcoco_counts_a_group_once() -> None:
    truth = coco_dict(1, 1, [(1, 1, 0, 0, 200, 200), (1, 1, 300, 0, 50, 50)])
    truth["annotations"][0]["is_group_of"] = True
    truth["annotations"][0]["isgroupof"] = True
    truth["images"][0]["pos_category_ids"] = [1]
    found = coco_results([(1, 1, 300, 0, 50, 50, 0.9)])
    assert table_of(truth, found, {}).mean_ap == 1.0
    assert hotcoco_ap(truth, found, {}) == 0.5
