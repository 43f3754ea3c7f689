"""Figures, arrays and matches of masks are those of pycocotools, on real data and on random sets that are made to be awkward."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from diag_gui.evaluation.evaluator import summarize
from tests.evaluation.coco_facts import coco_dict, coco_results
from tests.examples import examples
from tests.parity.pycocotools_oracle import (
    FIGURES,
    assert_every_match_equal,
    assert_figures_and_arrays_equal,
    facts_of,
    pycocotools_evaluation,
)
from tests.shared_data import DATA, needs_shared

COCO = DATA / "coco_val2014_100"
GROUND_TRUTH = COCO / "instances_val2014_100.json"
BOXES, MASKS = (COCO / f"instances_val2014_fake{kind}100_results.json" for kind in ("bbox", "segm"))
PUBLISHED = (
    0.319545, 0.562288, 0.298927, 0.387374, 0.310183, 0.326934, 0.268230, 0.415449, 0.416839, 0.469450, 0.376759, 0.381472,
)  # fmt: skip
N_IMAGES, N_CLASSES = 3, 3
HEIGHT, WIDTH = 40, 50


def content_of_file() -> dict[str, Any]:
    content = json.loads(GROUND_TRUTH.read_text())
    for number, annotation in enumerate(content["annotations"], start=1):
        annotation["id"] = number  # pycocotools reads a match with id 0 as none; ours does not.
    return content


def with_boxes(masks: list[dict[str, Any]], *, kept: bool) -> list[dict[str, Any]]:
    """Return results with the boxes of their masks, shrunk so that their areas say whether boxes or masks were used."""
    boxes = [[x, y, w * 0.7, h * 0.7] for x, y, w, h in (coco_mask.toBbox(record["segmentation"]) for record in masks)]
    return [
        {**(record if kept else {k: v for k, v in record.items() if k != "segmentation"}), "bbox": box}
        for record, box in zip(masks, boxes, strict=True)
    ]


@needs_shared
@pytest.mark.parametrize("task", ["segm", "bbox"])
@pytest.mark.parametrize("results", ["masks", "boxes", "both", "boxes of masks"])
def test_real_data_equals_pycocotools_in_every_figure_array_and_match(results: str, task: str) -> None:
    content, masks = content_of_file(), json.loads(MASKS.read_text())
    found = {
        "masks": masks,
        "boxes": json.loads(BOXES.read_text()),
        "both": with_boxes(masks, kept=True),
        "boxes of masks": with_boxes(masks, kept=False),
    }[results]
    facts = facts_of(content, found, task=task)
    oracle = pycocotools_evaluation(content, found, task=task)
    assert_figures_and_arrays_equal(facts, oracle)
    assert_every_match_equal(facts, oracle)
    if results == "masks" and task == "segm":
        figures = summarize(facts).figures
        assert [figures[name] for name in FIGURES] == pytest.approx(PUBLISHED, abs=5.1e-7)


def pixels_of(kind: str, x: int, y: int, w: int, h: int, seed: int) -> np.ndarray:
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[max(y, 0) : y + h, max(x, 0) : x + w] = 1
    if kind == "torn":
        pixels &= np.random.default_rng(seed).random(pixels.shape) < 0.6
    return pixels


def runs_of_pixels(pixels: np.ndarray) -> list[int]:
    flat = pixels.ravel(order="F")
    cuts = np.flatnonzero(np.diff(flat)) + 1
    return np.diff([*([0] if flat[0] else []), 0, *cuts, len(flat)]).tolist()


def segmentation(written: str, shape: tuple[Any, ...]) -> Any:
    """Return one shape as polygons, as a string of runs or as a list of them."""
    kind, x, y, w, h, seed = shape
    if written == "polygon" and kind != "torn":
        if kind == "two":
            half = w / 2
            return [[x, y, x + half, y, x + half, y + h], [x + half, y + 0.5, x + w, y, x + w, y + h, x + half, y + h]]
        return [[x, y, x + w, y, x + w, y + h, x, y + h]] if kind == "box" else [[x + 0.3, y, x + w, y + h / 3, x, y + h + 0.7]]
    pixels = pixels_of(kind, x, y, w, h, seed)
    if written == "list":
        return {"size": [HEIGHT, WIDTH], "counts": runs_of_pixels(pixels)}
    rle = coco_mask.encode(np.asfortranarray(pixels))
    return {"size": [HEIGHT, WIDTH], "counts": rle["counts"].decode()}


SHAPES = st.tuples(
    st.sampled_from(["box", "box", "torn", "two", "slanted"]),
    st.integers(-2, 12).map(lambda k: 4 * k),
    st.integers(-2, 10).map(lambda k: 4 * k),
    st.sampled_from([0, 1, 4, 8, 12, 40]),
    st.sampled_from([0, 1, 4, 8, 12, 40]),
    st.integers(0, 3),
)


@st.composite
def awkward_sets(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Draw masks that share pixels and scores, touch the border, hold nothing or one pixel, with crowds among them."""
    group = (st.integers(1, N_IMAGES), st.integers(1, N_CLASSES))
    labels = draw(st.lists(st.tuples(*group, SHAPES, st.sampled_from(["polygon", "string", "list"])), max_size=10))
    content = coco_dict(N_IMAGES, N_CLASSES, [(image_id, class_id, 0, 0, 1, 1) for image_id, class_id, *_ in labels])
    for image in content["images"]:
        image |= {"width": WIDTH, "height": HEIGHT}
    for annotation, (_, _, shape, written) in zip(content["annotations"], labels, strict=True):
        crowd = draw(st.sampled_from([0, 0, 0, 1]))
        area = draw(st.sampled_from([0, 30, 500.5, 1024, 1025, 9216, 2e10]))
        annotation |= {"segmentation": segmentation(written, shape), "iscrowd": crowd, "area": area}
    scores = st.sampled_from((0.0, 0.1, 0.5, 0.5, 0.9, 1.0))
    shapes = SHAPES | st.sampled_from([shape for _, _, shape, _ in labels] or [("box", 0, 0, 4, 4, 0)])
    found = draw(st.lists(st.tuples(*group, shapes, scores), max_size=20))
    results = coco_results([(image_id, class_id, *shape[1:5], score) for image_id, class_id, shape, score in found])
    has_boxes = draw(st.booleans())
    for result, (_, _, shape, _) in zip(results, found, strict=True):
        ways = ["string", "polygon", "none"] if has_boxes else ["string"]
        written = draw(st.sampled_from(ways))
        if written != "none":
            result["segmentation"] = segmentation(written, shape)
        if not has_boxes:
            del result["bbox"]
    return content, results


@examples(120)
@given(awkward_sets(), st.sampled_from(["segm", "bbox"]))
def test_random_sets_equal_pycocotools_in_every_figure_array_and_match(
    facts_as_dicts: tuple[dict[str, Any], list[dict[str, Any]]], task: str
) -> None:
    content, results = facts_as_dicts
    facts, oracle = facts_of(content, results, task=task), pycocotools_evaluation(content, results, task=task)
    assert_figures_and_arrays_equal(facts, oracle)
    assert_every_match_equal(facts, oracle)


@examples(25)
@given(awkward_sets(), st.sets(st.integers(1, N_IMAGES), min_size=1), st.sampled_from((2, 10)))
def test_random_sets_cut_and_restricted_to_images_equal_pycocotools(
    facts_as_dicts: tuple[dict[str, Any], list[dict[str, Any]]], image_ids: set[int], max_detections: int
) -> None:
    content, results = facts_as_dicts
    facts = facts_of(content, results, max_detections, task="segm")
    images = np.isin(facts.dataset.images.image_id, list(image_ids))
    oracle = pycocotools_evaluation(content, results, sorted(image_ids), max_detections, task="segm")
    assert_figures_and_arrays_equal(facts, oracle, images)


def test_runs_of_no_length_at_one_place_in_both_masks_do_not_end_the_count_here_as_they_do_in_pycocotools() -> None:
    content = coco_dict(1, 1, [(1, 1, 0, 0, 10, 10)])
    content["images"][0] |= {"width": 10, "height": 10}
    mask = {"size": [10, 10], "counts": [5, 0, 10, 50, 35]}
    content["annotations"][0]["segmentation"] = mask
    packed = coco_mask.frPyObjects(mask, 10, 10)
    results = [{"image_id": 1, "category_id": 1, "segmentation": {**packed, "counts": packed["counts"].decode()}, "score": 0.9}]
    assert pycocotools_evaluation(content, results, task="segm").stats[0] == 0.0
    assert summarize(facts_of(content, results, task="segm")).figures["AP"] == pytest.approx(1.0, abs=1e-12)
