"""Cutting a run into parts and putting what they found together loses nothing."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag_gui.engines.run_parts import bounds_of_parts, compare_part, merge_pairs, part_of_run
from diag_gui.evaluation.candidate_pairs import CandidatePairs, find_candidate_pairs
from diag_gui.evaluation.geometry import GEOMETRIES
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.shared_data import DATA, needs_shared

COLUMNS = ("pred_row", "gt_row", "iou", "same_class", "gt_is_crowd", "offsets", "pred_offsets")


def assert_equal(one: CandidatePairs, other: CandidatePairs) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 40), st.booleans())
def test_any_number_of_parts_gives_what_one_process_finds(seed: int, n_parts: int, ties: bool) -> None:
    dataset, run = by_hand(*random_set(seed, n_images=12, crowds=True, ties=ties))
    bounds = bounds_of_parts(dataset, run.predictions, n_parts)
    assert bounds[0][0] == 0
    assert bounds[-1][1] == 12
    assert all(one[1] == other[0] for one, other in pairwise(bounds))
    parts = [pickle.loads(pickle.dumps(part_of_run(dataset, run.predictions, *images))) for images in bounds]
    found = [compare_part(part, "bbox", 0.0) for part in parts]
    assert_equal(merge_pairs(dataset, run.predictions, bounds, found, 0.0), find_candidate_pairs(dataset, run.predictions))


@pytest.mark.parametrize(("n_images", "found"), [(0, []), (3, []), (1, [(1, 1, 0, 0, 5, 5, 0.5)])])
def test_runs_with_next_to_nothing_in_them(n_images: int, found: list[tuple[float, ...]]) -> None:
    dataset, run = by_hand(n_images, 1, [], found)
    bounds = bounds_of_parts(dataset, run.predictions, 4)
    pairs = [compare_part(part_of_run(dataset, run.predictions, *images), "bbox", 0.0) for images in bounds]
    assert len(merge_pairs(dataset, run.predictions, bounds, pairs, 0.0)) == 0


def test_parts_have_about_equal_numbers_of_predictions() -> None:
    dataset, run = by_hand(*random_set(1, n_images=200, n_gt=400, n_predictions=4000))
    sizes = [
        len(part_of_run(dataset, run.predictions, *images).predictions) for images in bounds_of_parts(dataset, run.predictions, 8)
    ]
    assert sum(sizes) == len(run.predictions)
    assert max(sizes) < 2 * len(run.predictions) / 8


@needs_shared
def test_masks_in_parts_are_the_same_masks() -> None:
    folder = DATA / "coco_val2014_100"
    dataset = open_ground_truth(folder / "instances_val2014_100.json").dataset
    predictions = open_predictions(folder / "instances_val2014_fakesegm100_results.json", dataset).run.predictions
    bounds = bounds_of_parts(dataset, predictions, 5)
    found = [compare_part(part_of_run(dataset, predictions, *images), "segm", 0.0) for images in bounds]
    whole = find_candidate_pairs(dataset, predictions, GEOMETRIES["segm"](dataset, predictions))
    assert len(whole) > 500
    assert_equal(merge_pairs(dataset, predictions, bounds, found, 0.0), whole)
