from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from diag_gui.data.quadrilaterals import CONVEX, quadrilaterals
from diag_gui.evaluation import candidate_pairs
from diag_gui.evaluation._kernels import KERNEL, rotated_numpy
from diag_gui.evaluation._kernels.rotated_loops import rotated_loops
from diag_gui.evaluation.candidate_pairs import find_candidate_pairs
from diag_gui.evaluation.geometry import box_geometry, rotated_geometry
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.rotated_sets import (
    random_rotated_set,
    rectangle,
    rotated_by_hand,
    shapely_iou,
    shapely_table,
    upright,
    with_quads,
)
from tests.examples import examples

FUZZ = examples(60)
SIZES = st.floats(1e-3, 1e3)
PLACES = st.floats(-100, 100)
RECTANGLES = st.builds(rectangle, PLACES, PLACES, SIZES, SIZES, st.floats(0, 360))
CORNERS = st.lists(PLACES, min_size=8, max_size=8).map(lambda corners: [round(value, 6) for value in corners])
"""To a millionth of a pixel: nearer corners are one corner to any arithmetic, and outlines through them no outlines."""


def iou_of(one, other, crowd=0):
    """Return the IoU of one prediction with one ground truth, 0 where they are no pair."""
    dataset, run = rotated_by_hand(1, 1, [(1, 1, other, crowd)], [(1, 1, one, 0.5)])
    pairs = find_candidate_pairs(dataset, run.predictions, rotated_geometry(dataset, run.predictions))
    return float(pairs.iou[0]) if len(pairs) else 0.0


SQUARE = upright((0, 0, 10, 10))


@pytest.mark.parametrize(
    ("other", "iou"),
    [
        (SQUARE, 1.0),
        (rectangle(5, 5, 10, 10, 90), 1.0),
        (rectangle(5, 5, 10, 10, 45), 2 * (np.sqrt(2) - 1) / (2 - 2 * (np.sqrt(2) - 1))),
        (upright((5, 0, 10, 10)), 50 / 150),
        (upright((2, 2, 5, 5)), 0.25),
        (upright((-90, -90, 200, 200)), 100 / 40_000),
        (rectangle(5, 5, 4, 1, 30), 0.04),
        ([5, 0, 10, 5, 5, 10, 0, 5], 0.5),
    ],
    ids=["same", "quarter turn", "octagon", "half aside", "inside", "around", "turned inside", "corners on edges"],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_iou_is_the_area_in_common_over_that_of_both(other, iou, backwards):
    if backwards:
        other = np.reshape(other, (4, 2))[::-1].ravel().tolist()
    assert iou_of(SQUARE, other) == pytest.approx(iou, abs=1e-12)
    assert iou_of(other, SQUARE) == pytest.approx(iou, abs=1e-12)


@pytest.mark.parametrize(
    "other",
    [
        upright((10, 0, 10, 10)),
        upright((10, 10, 5, 5)),
        [10, 5, 15, 0, 20, 5, 15, 10],
        upright((30, 0, 5, 5)),
        [9, 12, 12, 9, 13, 10, 10, 13],
        [2, 2, 8, 8, 2, 2, 8, 8],
        [5, 5, 5, 5, 5, 5, 5, 5],
        [0, 0, 3, 3, 6, 6, 9, 9],
    ],
    ids=["common edge", "common corner", "corner on edge", "apart", "bounds only", "a line twice", "a point", "on a line"],
)
def test_shapes_that_share_no_area_are_no_pair(other):
    assert iou_of(SQUARE, other) == 0
    assert iou_of(other, SQUARE) == 0


@pytest.mark.parametrize("degrees", [0, 17, 30, 45, 88.8])
@pytest.mark.parametrize("offset", [0.0, 4e3, 1e7])
def test_neighbours_in_a_turned_row_touch_and_do_not_overlap(degrees, offset):
    corners = np.reshape(rectangle(0, 0, 12.3, 4.56, degrees), (4, 2))
    corners += offset
    beside = corners.copy()
    beside[[0, 3]] = corners[[1, 2]]
    beside[[1, 2]] = 2 * corners[[1, 2]] - corners[[0, 3]]
    assert iou_of(corners.ravel().tolist(), beside.ravel().tolist()) == 0


def test_a_crowd_divides_by_the_area_of_the_prediction():
    assert iou_of(upright((8, 0, 4, 10)), SQUARE, crowd=1) == 0.5


def assert_agrees_with_shapely(one, other):
    """Hold the overlap of two outlines to shapely's, where shapely agrees with itself.

    Where outlines nearly coincide GEOS may lose their common area altogether. On a fine grid, to which it moves the corners
    first, it does not: an example where its two answers differ says nothing about ours.
    """
    ours, theirs = iou_of(one, other), float(shapely_iou(one, other)[0])
    if ours == pytest.approx(theirs, abs=1e-9):
        return
    origin = np.reshape(one, (4, 2))[:1]
    shapes = [shapely.Polygon(np.reshape(quad, (4, 2)) - origin) for quad in (one, other)]
    with np.errstate(all="ignore"):
        common = shapely.intersection(*shapes, grid_size=1e-9).area
    on_grid = common / (shapes[0].area + shapes[1].area - common)
    assume(on_grid == pytest.approx(theirs, abs=1e-7))
    assert ours == pytest.approx(theirs, abs=1e-9)


@FUZZ
@given(RECTANGLES, RECTANGLES, st.sampled_from([0.0, 1e4, -1e6]))
def test_rectangles_agree_with_shapely(one, other, offset):
    one, other = np.array(one) + offset, np.array(other) + offset
    assert_agrees_with_shapely(one, other)


@FUZZ
@given(st.tuples(PLACES, PLACES, SIZES, SIZES), st.tuples(PLACES, PLACES, SIZES, SIZES))
def test_upright_ones_agree_with_boxes(one, other):
    dataset, run = by_hand(1, 1, [(1, 1, *other)], [(1, 1, *one, 0.5)])
    boxes = find_candidate_pairs(dataset, run.predictions, box_geometry(dataset, run.predictions))
    expected = float(boxes.iou[0]) if len(boxes) else 0.0
    assert iou_of(upright(one), upright(other)) == pytest.approx(expected, abs=1e-9)


@FUZZ
@given(CORNERS, CORNERS)
def test_any_simple_outline_agrees_with_shapely(one, other):
    shapes = [shapely.Polygon(np.reshape(quad, (4, 2))) for quad in (one, other)]
    assume(all(shape.is_valid and shape.area > 1e-3 for shape in shapes))
    assert_agrees_with_shapely(one, other)


DART = [0, 0, 10, 0, 3, 3, 0, 10]


@pytest.mark.parametrize("turned", range(4))
@pytest.mark.parametrize("backwards", [False, True])
def test_outlines_that_turn_inwards_are_cut_exactly(turned, backwards):
    dart = np.roll(np.reshape(DART, (4, 2)), turned, axis=0)
    dart = (dart[::-1] if backwards else dart).ravel()
    other = [-1, 1, 8, 1, 4, 4, 1, 8]
    assert quadrilaterals(dart[np.newaxis]).inward[0] != CONVEX
    for one, two in ((dart, other), (other, dart), (dart, SQUARE), (SQUARE, dart), (dart, dart)):
        assert iou_of(one, two) == pytest.approx(shapely_iou(one, two)[0], abs=1e-12)


@FUZZ
@given(RECTANGLES, RECTANGLES)
def test_the_same_at_any_start_either_way_and_both_ways_round(one, other):
    expected = iou_of(one, other)
    assert iou_of(other, one) == pytest.approx(expected, abs=1e-9)
    for start in range(4):
        turned = np.roll(np.reshape(one, (4, 2)), start, axis=0)
        assert iou_of(turned.ravel(), other) == pytest.approx(expected, abs=1e-9)
        assert iou_of(turned[::-1].ravel(), other) == pytest.approx(expected, abs=1e-9)


def test_tiny_boxes_far_away_keep_their_digits():
    here = rectangle(0, 0, 1 / 64, 1 / 128, 0), rectangle(1 / 256, 0, 1 / 64, 1 / 128, 0)
    there = [np.array(quad) + 2.0**20 for quad in here]
    assert iou_of(*there) == iou_of(*here) == pytest.approx(0.6, abs=1e-15)


def test_corners_in_a_crossing_order_are_put_in_order():
    bow_tie, other_bow_tie = [0, 0, 10, 10, 10, 0, 0, 10], [0, 0, 10, 0, 0, 10, 10, 10]
    for quad in (bow_tie, other_bow_tie):
        assert iou_of(quad, SQUARE) == iou_of(SQUARE, quad) == 1
        assert quadrilaterals(np.array([quad], float)).area.tolist() == [100]


@pytest.mark.parametrize("crowds", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_pairs_of_a_set_are_those_of_shapely(seed, crowds):
    dataset, run = random_rotated_set(seed, crowds=crowds)
    pairs = find_candidate_pairs(dataset, run.predictions, rotated_geometry(dataset, run.predictions), workers=2)
    table = np.zeros((len(run.predictions), len(dataset.ground_truth)))
    table[pairs.pred_row, pairs.gt_row] = pairs.iou
    np.testing.assert_allclose(table, shapely_table(dataset, run), rtol=0, atol=1e-9)
    assert len(pairs) > 150
    assert (np.diff(pairs.pred_row.astype(np.int64) * len(dataset.ground_truth) + pairs.gt_row) > 0).all()


@FUZZ
@given(st.integers(0, 9999), st.booleans(), st.sampled_from([0.0, 0.1, 0.5]), st.sampled_from(["rectangles", "any"]))
def test_both_kernels_give_the_same_bits(seed, crowds, floor, kind):
    dataset, run = random_rotated_set(seed, crowds=crowds)
    if kind == "any":
        rng = np.random.default_rng(seed)
        shape = (len(dataset.ground_truth), 8), (len(run.predictions), 8)
        dataset, run = with_quads(dataset, run, *(np.round(rng.uniform(0, 60, each), rng.integers(0, 4)) for each in shape))
    truth, found = dataset.ground_truth, run.predictions
    columns = [
        (quads.corners, quads.bounds, quads.area, quads.inward)
        for quads in (quadrilaterals(truth.quad), quadrilaterals(found.quad))
    ]
    arguments = (*columns[0], truth.is_crowd, dataset.image_offsets, *columns[1], found.image_row, 3, len(found) - 2, floor)
    ours, twin = rotated_loops.candidate_pairs(*arguments), rotated_numpy.candidate_pairs(*arguments)
    for one, other in zip(ours, twin, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert KERNEL == "numpy" or ours is not twin


def test_a_very_large_run_keeps_overlaps_from_the_background_iou_on(monkeypatch):
    monkeypatch.setattr(candidate_pairs, "ALL_PAIRS_UP_TO", 1)
    found = [(1, 1, upright((9, 9, 10, 10)), 0.9), (1, 1, upright((0, 0, 10, 1)), 0.8), (1, 1, upright((0, 0, 9, 9)), 0.7)]
    dataset, run = rotated_by_hand(1, 1, [(1, 1, SQUARE)], found)
    pairs = find_candidate_pairs(dataset, run.predictions, rotated_geometry(dataset, run.predictions))
    assert pairs.iou.tolist() == [0.1, 0.81]


def test_nothing_pairs_with_nothing():
    for truth, found in (([], []), ([(1, 1, SQUARE)], []), ([], [(1, 1, SQUARE, 0.5)])):
        dataset, run = rotated_by_hand(2, 1, truth, found)
        assert len(find_candidate_pairs(dataset, run.predictions, rotated_geometry(dataset, run.predictions))) == 0


def test_a_side_without_corners_is_named():
    dataset, run = rotated_by_hand(1, 1, [(1, 1, SQUARE)], [(1, 1, SQUARE, 0.5)])
    plain_dataset, plain_run = by_hand(1, 1, [(1, 1, 0, 0, 9, 9)], [(1, 1, 0, 0, 9, 9, 0.5)])
    with pytest.raises(EvaluationError, match="the ground truth has none"):
        rotated_geometry(plain_dataset, run.predictions)
    with pytest.raises(EvaluationError, match="the predictions have none"):
        rotated_geometry(dataset, plain_run.predictions)


def test_corners_that_are_no_numbers_are_no_facts():
    with pytest.raises(ValueError, match="finite"):
        rotated_by_hand(1, 1, [(1, 1, [*SQUARE[:7], float("nan")])], [])
