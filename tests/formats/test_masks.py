"""Boxes around segmentations that came without one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as oracle

from diag_gui.data.masks import UNUSABLE
from diag_gui.formats.masks import mask_boxes
from tests.data.test_written_masks import encoded
from tests.examples import examples


@examples(60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(1, 70), st.sampled_from([0.0, 0.02, 0.5, 0.98, 1.0]))
def test_boxes_of_rle_are_the_oracles(seed: int, height: int, width: int, density: float) -> None:
    masks = [encoded(np.random.default_rng(seed + k).random((height, width)) < density) for k in range(3)]
    np.testing.assert_array_equal(mask_boxes(masks), [oracle.toBbox(mask) for mask in masks])


def test_polygons_are_boxed_by_their_points_and_nothing_has_no_box() -> None:
    polygons = [[0, 0, 10, 0, 10, 4, 0, 4], [20, 20, 22, 20, 22, 22.5]]
    boxes = mask_boxes([UNUSABLE, polygons, {"size": [2, 2], "counts": [1, 2, 1]}, None])
    np.testing.assert_array_equal(boxes, [[np.nan] * 4, [0, 0, 22, 22.5], [0, 0, 2, 2], [np.nan] * 4])


def test_long_runs_take_more_than_one_group() -> None:
    pixels = np.zeros((2000, 3000), bool)
    pixels[700:900, 1000:2500] = True
    assert mask_boxes([encoded(pixels)]).tolist() == [[1000, 700, 1500, 200]]
