"""Masks: read, measured and refused as the COCO mask code does, without being it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as oracle

from diag_gui.formats.masks import check_mask, mask_area, mask_box, rle_counts


def encoded(pixels: np.ndarray) -> dict:
    rle = oracle.encode(np.asfortranarray(pixels.astype(np.uint8)))
    return {"size": [int(side) for side in rle["size"]], "counts": rle["counts"].decode()}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(1, 70), st.sampled_from([0.0, 0.02, 0.5, 0.98, 1.0]))
def test_runs_area_and_box_equal_the_oracles(seed: int, height: int, width: int, density: float) -> None:
    pixels = np.random.default_rng(seed).random((height, width)) < density
    mask = encoded(pixels)
    runs = rle_counts(mask)
    unrolled = np.repeat(np.arange(len(runs)) % 2, runs).reshape(width, height).T
    np.testing.assert_array_equal(unrolled, pixels)
    assert mask_area(mask) == oracle.area(mask)
    assert check_mask(mask, width, height) is None
    if pixels.any():
        np.testing.assert_array_equal(mask_box(mask), oracle.toBbox(mask))
    else:
        assert np.isnan(mask_box(mask)).all()


def test_long_runs_take_more_than_one_group() -> None:
    pixels = np.zeros((2000, 3000), bool)
    pixels[700:900, 1000:2500] = True
    mask = encoded(pixels)
    assert mask_area(mask) == pixels.sum()
    assert mask_box(mask).tolist() == [1000, 700, 1500, 200]


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=260), max_size=40))
def test_any_string_is_a_mask_or_a_reason(text: str) -> None:
    mask = {"size": [30, 40], "counts": text}
    reason = check_mask(mask, 40, 30)
    if reason is not None:
        assert "RLE" in reason
        return
    runs = rle_counts(mask)
    assert int(runs.sum()) == 1200
    assert (runs >= 0).all()


@pytest.mark.parametrize("size", [None, [1], [1.5, 2], [0, 5], [-1, 5], [True, 5], [2**40, 2**40], "3x4"])
def test_impossible_sizes_are_refused(size: object) -> None:
    with pytest.raises(ValueError, match="RLE mask"):
        rle_counts({"size": size, "counts": "1"})


def test_size_must_be_that_of_the_image() -> None:
    mask = encoded(np.ones((4, 6), bool))
    assert check_mask(mask, 6, 4) is None
    assert check_mask(mask, float("nan"), float("nan")) is None
    assert "not that of its image" in str(check_mask(mask, 4, 6))


def test_polygons_are_measured() -> None:
    assert mask_area([[0, 0, 10, 0, 10, 4, 0, 4], [20, 20, 22, 20, 22, 22]]) == 42
    assert mask_box([[0, 0, 10, 0, 10, 4, 0, 4], [20, 20, 22, 20, 22, 22]]).tolist() == [0, 0, 22, 22]


@pytest.mark.parametrize(
    ("polygon", "word"),
    [
        ([1, 2, 3, 4], "2 points"),
        ([1, 2, 3, 4, 5, 6, 7], "odd"),
        ([1, 2, 3, 4, 5, float("inf")], "finite"),
        ([1, 2, 3, 4, 5, 10**400], "polygon"),
        ([1, 2, 3, 4, 5, 2e6], "polygon_px"),
        ([1, 2, 3, 4, 5, True], "numbers"),
        ("1 2 3 4 5 6", "numbers"),
    ],
)
def test_bad_polygons_are_refused_with_the_reason(polygon: object, word: str) -> None:
    assert word in str(check_mask([polygon], 100, 100))
