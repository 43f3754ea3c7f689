"""Segmentations: laid out where they can be used, refused with a reason where not, never anything between."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as oracle

from diag_gui.data.written_masks import MaskKind, fault_of, runs_of
from diag_gui.evaluation._kernels import masks_numpy
from diag_gui.evaluation.mask_columns import lay_out
from diag_gui.formats.masks import faulty
from tests.examples import examples

compiled = import_module("diag_gui.evaluation._kernels._masks")

SQUARE = [1, 1, 5, 1, 5, 5, 1, 5]


def encoded(pixels: np.ndarray) -> dict:
    rle = oracle.encode(np.asfortranarray(pixels.astype(np.uint8)))
    return {"size": [int(side) for side in rle["size"]], "counts": rle["counts"].decode()}


@examples(60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(1, 70), st.sampled_from([0.0, 0.02, 0.5, 0.98, 1.0]))
def test_runs_are_the_oracles(seed: int, height: int, width: int, density: float) -> None:
    pixels = np.random.default_rng(seed).random((height, width)) < density
    mask = encoded(pixels)
    runs = runs_of(mask)
    unrolled = np.repeat(np.arange(len(runs)) % 2, runs).reshape(width, height).T
    np.testing.assert_array_equal(unrolled, pixels)
    assert fault_of(mask, height, width) is None


@pytest.mark.parametrize("size", [None, [1], [1.5, 2], [0, 5], [-1, 5], [True, 5], [2**40, 2**40], [10**30, 1], "3x4"])
def test_impossible_sizes_are_refused(size: object) -> None:
    mask = {"size": size, "counts": "1"}
    assert "RLE mask" in str(fault_of(mask, -1, -1))
    with pytest.raises(ValueError, match="RLE mask"):
        runs_of(mask)


def test_size_must_be_that_of_the_image() -> None:
    mask = encoded(np.ones((4, 6), bool))
    assert fault_of(mask, 4, 6) is None
    assert fault_of(mask, -1, -1) is None
    assert "not that of its image" in str(fault_of(mask, 6, 4))


@pytest.mark.parametrize(
    ("polygon", "word"),
    [
        ([1, 2, 3, 4], "2 points"),
        ([1, 2, 3, 4, 5, 6, 7], "odd"),
        ([1, 2, 3, 4, 5, float("inf")], "finite"),
        ([1, 2, 3, 4, 5, float("nan")], "finite"),
        ([1, 2, 3, 4, 5, 10**400], "polygon"),
        ([1, 2, 3, 4, 5, 2e6], "polygon_px"),
        ([1, 2, 3, 4, 5, True], "numbers"),
        ([1, 2, 3, 4, 5, "6"], "numbers"),
        ("1 2 3 4 5 6", "numbers"),
    ],
)
def test_bad_polygons_are_refused_with_the_reason(polygon: object, word: str) -> None:
    assert word in str(fault_of([SQUARE, polygon], 100, 100))


@pytest.mark.parametrize("mask", ["text", 7, 1.5, True, ("a",)])
def test_what_is_neither_polygons_nor_rle_is_refused(mask: object) -> None:
    assert "neither" in str(fault_of(mask, 9, 9))
    assert lay_out([mask], np.array([9]), np.array([9])).fault.tolist() == [True]


AWKWARD = [float("nan"), 1e9, 10**400, True, "4", None, np.float64(3.5), np.float32(2.5), np.int64(7), np.bool_(True), 1j]
NUMBERS = st.one_of(st.integers(-3, 30), st.floats(-9, 40), st.sampled_from(AWKWARD))
TEXTS = st.text(st.characters(min_codepoint=40, max_codepoint=130), max_size=12) | st.binary(max_size=8)
RUNS = st.lists(st.integers(-1, 60) | st.sampled_from([2**40, 10**30, 1.0, True, "3"]), max_size=5)
FINE_RUNS = st.integers(0, 120).map(lambda first: [first, 120 - first])
SIZES = st.sampled_from([[10, 12], [12, 10], [10, 12, 1], [0, 120], [10.0, 12], "10", None, [True, 12]])
RLES = st.fixed_dictionaries({}, optional={"size": SIZES, "counts": st.one_of(TEXTS, RUNS, FINE_RUNS, st.none())})
GOOD_RLES = st.builds(lambda counts: {"size": [10, 12], "counts": counts}, FINE_RUNS)
POLYGONS = st.lists(st.lists(NUMBERS, max_size=9) | st.just(SQUARE) | NUMBERS, max_size=3)
MASKS = st.one_of(st.none(), POLYGONS, RLES, GOOD_RLES, st.just([SQUARE]), st.sampled_from(["x", 3]))


@examples(400)
@given(st.lists(MASKS, max_size=6), st.booleans())
def test_all_at_once_finds_exactly_the_faults_that_one_by_one_are_given_a_reason(masks: list, size_known: bool) -> None:
    sides = (10, 12) if size_known else (-1, -1)
    height, width = (np.full(len(masks), side) for side in sides)
    one_by_one = [mask is not None and fault_of(mask, *sides) is not None for mask in masks]
    assert faulty(masks, height, width).tolist() == one_by_one
    laid = lay_out(masks, height, width)
    for one, twin in zip(compiled.laid_out(masks, height, width), masks_numpy.laid_out(masks, height, width), strict=True):
        assert one.dtype == twin.dtype
        np.testing.assert_array_equal(one, twin)
    for row, mask in enumerate(masks):
        if laid.kind[row] == MaskKind.POLYGONS:
            rings = [laid.points[a:b].ravel().tolist() for a, b in zip(laid.point_bounds, laid.point_bounds[1:], strict=False)]
            assert rings[laid.ring_bounds[row] : laid.ring_bounds[row + 1]] == mask
        elif laid.kind[row] == MaskKind.COUNTS:
            assert laid.runs[laid.run_bounds[row] : laid.run_bounds[row + 1]].tolist() == mask["counts"]
        elif laid.kind[row] == MaskKind.STRING:
            text = laid.text[laid.text_bounds[row] : laid.text_bounds[row + 1]].tobytes()
            assert text == (mask["counts"] if isinstance(mask["counts"], bytes) else mask["counts"].encode())
        else:
            assert mask is None or laid.fault[row]
