"""Cutting a run into parts and putting what they found together loses nothing."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.engines.run_parts import bounds_of_parts, compare_part, merge_parts
from diag_gui.evaluation.candidate_pairs import floor_of
from diag_gui.evaluation.coco_summary import summarize
from diag_gui.evaluation.run_facts import Compared, prepare_run
from diag_gui.evaluation.run_part import part_of_run
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.examples import examples
from tests.shared_data import DATA, needs_shared

FIELDS = {
    "pairs": ("pred_row", "gt_row", "iou", "same_class", "gt_is_crowd", "offsets", "pred_offsets"),
    "nearest": ("same_iou", "same_gt", "other_iou", "other_gt"),
    "matches_at_50": ("gt_row_of_pred", "pred_row_of_gt", "pred_ignored", "gt_ignored", "iou_of_pred"),
}


def in_parts(dataset: Dataset, run: Run, n_parts: int, task: str = "bbox", max_detections: int = 100) -> Compared:
    """Compare in parts that travel, one after the other."""
    bounds, floor = bounds_of_parts(run.predictions, n_parts), floor_of(run.predictions)
    parts = [pickle.loads(pickle.dumps(part_of_run(dataset, run.predictions, *images))) for images in bounds]
    found = [pickle.loads(pickle.dumps(compare_part(part, task, floor, max_detections))) for part in parts]
    return merge_parts(dataset, run.predictions, bounds, found, floor)


def assert_is_what_one_process_finds(
    found: Compared, dataset: Dataset, run: Run, task: str = "bbox", max_detections: int = 100
) -> None:
    whole = prepare_run(dataset, run, task=task, max_detections=max_detections)
    for part, names in FIELDS.items():
        for name in names:
            one, other = getattr(getattr(found, part), name), getattr(getattr(whole, part), name)
            np.testing.assert_array_equal(one, other, err_msg=f"{part}.{name}")
    figures = summarize(whole)
    np.testing.assert_array_equal(found.grid.matched, figures.matched)
    np.testing.assert_array_equal(found.grid.ignored, figures.ignored)
    from_parts = summarize(prepare_run(dataset, run, task=task, max_detections=max_detections, compared=found))
    np.testing.assert_equal(from_parts.figures, figures.figures)


@examples(40)
@given(st.integers(0, 1000), st.integers(1, 40), st.booleans())
def test_any_number_of_parts_gives_what_one_process_finds(seed: int, n_parts: int, ties: bool) -> None:
    dataset, run = by_hand(*random_set(seed, n_images=12, crowds=True, ties=ties))
    bounds = bounds_of_parts(run.predictions, n_parts)
    assert bounds[0][0] == 0
    assert bounds[-1][1] == 12
    assert all(one[1] == other[0] for one, other in pairwise(bounds))
    limit = 1 + seed % 5
    assert_is_what_one_process_finds(in_parts(dataset, run, n_parts, max_detections=limit), dataset, run, max_detections=limit)


def test_matches_under_another_cut_are_found_anew() -> None:
    dataset, run = by_hand(*random_set(3, n_images=12, crowds=True))
    facts = prepare_run(dataset, run, max_detections=2, compared=in_parts(dataset, run, 3, max_detections=2))
    whole = prepare_run(dataset, run, max_detections=5)
    np.testing.assert_equal(summarize(facts.with_max_detections(5)).figures, summarize(whole).figures)


@pytest.mark.parametrize(("n_images", "found"), [(0, []), (3, []), (1, [(1, 1, 0, 0, 5, 5, 0.5)])])
def test_runs_with_next_to_nothing_in_them(n_images: int, found: list[tuple[float, ...]]) -> None:
    dataset, run = by_hand(n_images, 1, [], found)
    compared = in_parts(dataset, run, 4)
    assert len(compared.pairs) == 0
    assert len(compared.grid.matched) == len(found)


def test_parts_have_about_equal_numbers_of_predictions() -> None:
    dataset, run = by_hand(*random_set(1, n_images=200, n_gt=400, n_predictions=4000))
    sizes = [len(part_of_run(dataset, run.predictions, *images).predictions) for images in bounds_of_parts(run.predictions, 8)]
    assert sum(sizes) == len(run.predictions)
    assert max(sizes) < 2 * len(run.predictions) / 8


@needs_shared
def test_masks_in_parts_are_the_same_masks() -> None:
    folder = DATA / "coco_val2014_100"
    dataset = open_ground_truth(folder / "instances_val2014_100.json").dataset
    run = open_predictions(folder / "instances_val2014_fakesegm100_results.json", dataset).run
    found = in_parts(dataset, run, 5, "segm")
    assert len(found.pairs) > 500
    assert_is_what_one_process_finds(found, dataset, run, "segm")
