"""The loops over masks: compiled and numpy give the same bits, both those of pycocotools, and nothing makes them stumble."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as oracle

from diag_gui.data.written_masks import MaskKind, runs_of
from diag_gui.evaluation._kernels import masks_numpy
from diag_gui.evaluation._kernels.source_hash import is_stale
from diag_gui.evaluation.mask_columns import lay_out
from tests.examples import examples

compiled = import_module("diag_gui.evaluation._kernels._masks")

FIELDS = ("kind", "height", "width", "ring_bounds", "point_bounds", "points", "text_bounds", "text", "run_bounds", "runs")
SIDES = st.integers(1, 40) | st.sampled_from([1, 2, 300])


def edges_of(masks, height, width):
    """Return the edges of each mask, the same from both kernels, whole and in two chunks."""
    n = len(masks)
    laid = lay_out(masks, np.full(n, height), np.full(n, width))
    columns = [getattr(laid, field) for field in FIELDS]
    ours, twins = compiled.edges_of_masks(*columns, 0, n), masks_numpy.edges_of_masks(*columns, 0, n)
    halves = [compiled.edges_of_masks(*columns, first, last) for first, last in ((0, n // 2), (n // 2, n))]
    for one, twin, both in zip(ours, twins, zip(*halves, strict=True), strict=True):
        assert one.dtype == twin.dtype
        np.testing.assert_array_equal(one, twin)
        np.testing.assert_array_equal(one, np.concatenate(both))
    edges, n_edges, fault = ours
    return np.split(edges, np.cumsum(n_edges)[:-1]), fault


def runs_from(edges, pixels):
    runs = np.diff(np.concatenate(([0], edges.astype(np.int64), [pixels])))
    return runs[:-1].tolist() if runs[-1] == 0 else runs.tolist()


def oracle_runs(mask, height, width):
    filled = oracle.merge(oracle.frPyObjects(mask, height, width)) if isinstance(mask, list) else mask
    return runs_of({"size": [height, width], "counts": filled["counts"]}).tolist()


def test_the_compiled_loops_are_those_of_the_source():
    assert not is_stale("_masks", compiled.SOURCE_HASH)


@st.composite
def polygons(draw, height, width):
    """Polygons on and off the grid of fifths, across borders, with repeated points and sides along the border."""
    place = st.one_of(
        st.floats(-20, 60, width=32),
        st.integers(-5, 45),
        st.integers(-25, 220).map(lambda fifths: fifths / 5),
        st.sampled_from([0, 0.5, width - 0.5, width, height, height - 0.5, -0.1, 0.3, 3e3, -3e3]),
    )
    ring = draw(st.lists(st.tuples(place, place), min_size=3, max_size=8))
    if draw(st.booleans()):
        ring.insert(draw(st.integers(0, len(ring))), ring[0])
    return [float(value) for point in ring for value in point]


@st.composite
def polygon_sets(draw):
    height, width = draw(SIDES), draw(SIDES)
    return draw(st.lists(st.lists(polygons(height, width), min_size=1, max_size=4), min_size=1, max_size=5)), height, width


@examples(250)
@given(polygon_sets())
def test_polygons_are_filled_as_pycocotools_fills_them(case):
    masks, height, width = case
    edges, fault = edges_of(masks, height, width)
    assert not fault.any()
    for mask, own in zip(masks, edges, strict=True):
        assert runs_from(own, height * width) == oracle_runs(mask, height, width)


def test_a_polygon_of_very_many_corners_and_one_beyond_the_image_are_filled_alike():
    random = np.random.default_rng(3)
    masks = [[random.uniform(-50, 900, 6000).tolist()], [[-1e6, -1e6, 1e6, -1e6, 1e6, 1e6, -1e6, 1e6]], [[1, 1, 1, 1, 1, 1]]]
    edges, _ = edges_of(masks, 480, 640)
    assert [runs_from(own, 480 * 640) for own in edges] == [oracle_runs(mask, 480, 640) for mask in masks]
    assert edges[1].tolist() == [0, 480 * 640]


def test_turns_are_tidied_up_before_they_fill_the_memory():
    """A comb of 4,000 teeth over 500 columns turns two million times, and most turns undo each other."""
    ys = np.tile([0.0, 30.0], 2_000)
    xs = np.tile([0.0, 500.0], 2_000)
    laid = lay_out([[np.stack((xs, ys), axis=1).ravel().tolist()]], np.array([40]), np.array([500]))
    edges, n_edges, _ = compiled.edges_of_masks(*(getattr(laid, field) for field in FIELDS), 0, 1)
    assert n_edges[0] == len(edges) <= 40 * 500
    assert runs_from(edges, 40 * 500) == oracle_runs([np.stack((xs, ys), axis=1).ravel().tolist()], 40, 500)


@st.composite
def rles(draw):
    """Runs with zeros among them, as a list or as pycocotools' own string, some spoilt."""
    height, width = draw(SIDES), draw(SIDES)
    pixels = height * width
    cuts = sorted(draw(st.lists(st.integers(0, pixels), max_size=9)))
    runs = np.diff([0, *cuts, pixels]).tolist()
    kind = draw(st.sampled_from(["list", "string", "text", "spoilt"]))
    if kind == "list":
        return {"size": [height, width], "counts": runs}, runs
    if kind == "text":
        text = draw(st.text(st.characters(min_codepoint=40, max_codepoint=122), max_size=8))
        return {"size": [height, width], "counts": text}, None
    text = oracle.frPyObjects({"size": [height, width], "counts": runs}, height, width)["counts"].decode()
    if kind == "string":
        return {"size": [height, width], "counts": text}, runs
    place = draw(st.integers(0, len(text)))
    return {
        "size": [height, width],
        "counts": text[:place] + draw(st.sampled_from(["", "P", "Z", "0"])) + text[place + 1 :],
    }, None


@examples(400)
@given(st.lists(rles(), min_size=1, max_size=5))
def test_runs_are_read_whole_or_have_a_fault(cases):
    for mask, runs in cases:
        height, width = mask["size"]
        [edges], [fault] = edges_of([mask], height, width)
        try:
            runs = runs_of(mask)
        except ValueError:
            assert fault
            assert not len(edges)
            continue
        assert not fault
        pixels = np.repeat(np.arange(len(runs)) % 2, runs)
        ours = np.zeros(height * width, np.int8)
        for begin, end in edges.reshape(-1, 2):
            ours[begin:end] = 1
        np.testing.assert_array_equal(ours, pixels)
        assert (np.diff(edges.astype(np.int64)) > 0).all()


def test_an_empty_string_and_an_empty_list_fill_nothing():
    _, fault = edges_of(
        [{"size": [2, 2], "counts": ""}, {"size": [2, 2], "counts": []}, {"size": [2, 2], "counts": [4]}, []], 2, 2
    )
    assert fault.tolist() == [True, True, False, False]


def random_pixels(random, height, width):
    kind = random.integers(5)
    if kind == 0:
        return np.full((height, width), random.integers(2), bool)
    if kind == 1:
        return random.random((height, width)) < random.choice([0.02, 0.5, 0.97])
    top, left = random.integers(0, height), random.integers(0, width)
    pixels = np.zeros((height, width), bool)
    pixels[top : top + random.integers(1, height + 1), left : left + random.integers(1, width + 1)] = True
    return pixels ^ (random.random((height, width)) < 0.05) if kind == 2 else pixels


def columns_of(pixels):
    """Return edges, bounds, area and box of masks, the last two the same from both kernels."""
    height, width = pixels[0].shape
    masks = [oracle.encode(np.asfortranarray(one.astype(np.uint8))) for one in pixels]
    edges, _ = edges_of([{"size": [height, width], "counts": mask["counts"].decode()} for mask in masks], height, width)
    flat, bounds = np.concatenate(edges), np.concatenate(([0], np.cumsum([len(own) for own in edges]))).astype(np.int64)
    ours = compiled.areas_and_boxes(flat, bounds, np.full(len(pixels), height, np.int64))
    twins = masks_numpy.areas_and_boxes(flat, bounds, np.full(len(pixels), height, np.int64))
    for one, twin in zip(ours, twins, strict=True):
        assert one.dtype == twin.dtype
        np.testing.assert_array_equal(one, twin)
    area, box = ours
    assert area.tolist() == [oracle.area(mask) for mask in masks]
    xywh = np.hstack((box[:, :2], box[:, 2:] - box[:, :2]))
    np.testing.assert_array_equal(xywh, [oracle.toBbox(mask) for mask in masks])
    return masks, (flat, bounds, area, box)


@examples(150)
@given(st.integers(0, 2**32 - 1), SIDES, SIDES, st.sampled_from([0.0, 0.1]))
def test_pairs_areas_and_boxes_are_those_of_pycocotools(seed, height, width, floor):
    random = np.random.default_rng(seed)
    n_gt, n_predictions = random.integers(1, 8), random.integers(1, 8)
    truth, of_truth = columns_of([random_pixels(random, height, width) for _ in range(n_gt)])
    found, of_found = columns_of([random_pixels(random, height, width) for _ in range(n_predictions)])
    is_crowd = random.random(n_gt) < 0.4
    middle = int(random.integers(0, n_gt + 1))
    offsets = np.array([0, middle, middle, n_gt], np.int64)
    image = np.sort(random.choice([0, 1, 2], n_predictions)).astype(np.int32)
    arguments = (*of_truth, is_crowd, offsets, *of_found, image)
    first = int(random.integers(0, n_predictions + 1))
    for bounds in ((0, n_predictions), (first, n_predictions), (0, 0)):
        ours = compiled.mask_pairs(*arguments, *bounds, floor)
        for one, twin in zip(ours, masks_numpy.mask_pairs(*arguments, *bounds, floor), strict=True):
            assert one.dtype == twin.dtype
            np.testing.assert_array_equal(one, twin)
    table = np.zeros((n_predictions, n_gt))
    pred_row, gt_row, iou = compiled.mask_pairs(*arguments, 0, n_predictions, floor)
    table[pred_row, gt_row] = iou
    expected = oracle.iou(found, truth, is_crowd.astype(np.uint8))
    same_image = (offsets[image][:, None] <= np.arange(n_gt)) & (np.arange(n_gt) < offsets[image + 1][:, None])
    np.testing.assert_array_equal(table, np.where(same_image & (expected >= floor), expected, 0))
    assert list(zip(pred_row, gt_row, strict=True)) == sorted(zip(pred_row, gt_row, strict=True))


@examples(150)
@given(
    st.lists(st.sampled_from(list(MaskKind)), min_size=1, max_size=4),
    st.lists(st.integers(-2, 40) | st.sampled_from([2**31, 2**40]), min_size=2, max_size=2),
    st.lists(st.integers(-(2**62), 2**62) | st.integers(-3, 50), max_size=6),
    st.binary(max_size=12),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12),
)
def test_the_compiled_loops_survive_what_nobody_has_checked(kinds, sides, runs, text, values):
    n = len(kinds)
    points = np.array(values[: len(values) // 2 * 2], np.float64).reshape(-1, 2)
    everything = [np.linspace(0, total, n + 1).astype(np.int64) for total in (1, len(text), len(runs))]
    edges, n_edges, fault = compiled.edges_of_masks(
        np.array(kinds, np.uint8), np.full(n, sides[0], np.int64), np.full(n, sides[1], np.int64), everything[0],
        np.array([0, len(points)], np.int64), points if len(points) else np.zeros((1, 2)), everything[1],
        np.frombuffer(text, np.uint8), everything[2], np.array(runs, np.int64), 0, n,
    )  # fmt: skip
    assert n_edges.sum() == len(edges)
    assert (n_edges % 2 == 0).all()
    assert not n_edges[fault].any()


@pytest.mark.parametrize("counts", [[0, 4], [4, 0], [0, 0, 4], [2, 0, 2], [4, 0, 0, 0]])
def test_runs_of_no_length_say_nothing(counts):
    [edges], [fault] = edges_of([{"size": [2, 2], "counts": counts}], 2, 2)
    assert not fault
    inked = np.repeat(np.arange(len(counts)) % 2, counts)
    assert np.isin(np.arange(4), [k for a, b in edges.reshape(-1, 2) for k in range(a, b)]).tolist() == (inked == 1).tolist()
