"""The lines around masks enclose just their pixels."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.masks import UNUSABLE
from diag_gui.evaluation import mask_outlines
from diag_gui.evaluation._kernels import masks_numpy
from diag_gui.evaluation.mask_columns import filled, lay_out
from diag_gui.evaluation.mask_outlines import outline_of
from tests.data.test_written_masks import encoded
from tests.evaluation.test_mask_loops import random_pixels
from tests.examples import examples

compiled = import_module("diag_gui.evaluation._kernels._masks")


def enclosed(rings, height, width):
    """Return the pixels whose centre an odd number of sides lies to the left of."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    inside = np.zeros((height, width), bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            if x0 == x1:
                inside ^= (x > x0) & (y > min(y0, y1)) & (y < max(y0, y1))
    return inside


@examples(120)
@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.integers(1, 14))
def test_lines_enclose_the_pixels_of_the_mask_and_have_corners_only(seed, height, width):
    pixels = random_pixels(np.random.default_rng(seed), height, width)
    rings = outline_of(encoded(pixels), height, width)
    np.testing.assert_array_equal(enclosed(rings, height, width), pixels)
    for ring in rings:
        steps = np.roll(ring, -1, axis=0) - ring
        assert (np.count_nonzero(steps, axis=1) == 1).all()
        assert ((steps * np.roll(steps, -1, axis=0)).sum(axis=1) == 0).all()


@examples(60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 20))
def test_compiled_and_numpy_draw_the_same_lines(seed, height, width):
    pixels = random_pixels(np.random.default_rng(seed), height, width)
    laid = lay_out([encoded(pixels)], np.array([height]), np.array([width]))
    edges, _, _ = filled(laid)
    _, [box] = compiled.areas_and_boxes(edges, np.array([0, len(edges)]), laid.height)
    ours = compiled.outlines(edges, height, *box.tolist())
    for one, twin in zip(ours, masks_numpy.outlines(edges, height, *box.tolist()), strict=True):
        assert one.dtype == twin.dtype
        np.testing.assert_array_equal(one, twin)


def test_polygons_are_drawn_as_they_are_written():
    rings = outline_of([[0, 0, 4.5, 0, 4, 4], [10, 10, 12, 10, 12, 12.25]], -1, -1)
    assert [ring.tolist() for ring in rings] == [[[0, 0], [4.5, 0], [4, 4]], [[10, 10], [12, 10], [12, 12.25]]]


@pytest.mark.parametrize(
    "mask", [None, UNUSABLE, {"size": [2, 2], "counts": [4]}, {"size": [2, 2], "counts": "P"}, "mask", [[1, 2]]]
)
def test_what_has_no_pixel_has_no_line(mask):
    assert outline_of(mask, 2, 2) == ()


def test_a_ring_has_two_lines_and_pixels_that_meet_in_a_corner_too():
    pixels = np.ones((3, 3), bool)
    pixels[1, 1] = False
    assert len(outline_of(encoded(pixels), 3, 3)) == 2
    assert len(outline_of(encoded(np.eye(2, dtype=bool)), 2, 2)) == 2


def test_a_mask_larger_than_any_picture_is_its_box(monkeypatch):
    monkeypatch.setattr(mask_outlines, "MOST_PIXELS", 3)
    [ring] = outline_of(encoded(np.eye(4, dtype=bool)), 4, 4)
    assert ring.tolist() == [[0, 0], [4, 0], [4, 4], [0, 4]]
