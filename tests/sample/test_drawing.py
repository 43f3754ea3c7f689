"""The script draws the bundled pictures, the same ones every time, and trains on other sites."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from tests.sample.conftest import SAMPLE
from tests.sample.overlap import iou


@pytest.fixture(scope="module")
def shots() -> list[Any]:
    from sample_source.make import sample_shots

    return sample_shots()


@pytest.mark.parametrize("row", [1, 61, 102])
def test_a_bundled_picture_is_what_the_script_draws(row: int, shots: list[Any], ground_truth: dict[str, Any]) -> None:
    from sample_source.taking import take

    pixels, boxes = take(shots[row])
    stored = cv2.cvtColor(cv2.imread(str(SAMPLE / "images" / shots[row].file_name)), cv2.COLOR_BGR2RGB)
    assert stored.shape == pixels.shape
    # The file went through JPEG, and another build of OpenCV may round another way.
    assert np.abs(stored.astype(float) - pixels).mean() < 6
    labels = [a["bbox"] for a in ground_truth["annotations"] if a["image_id"] == shots[row].number]
    found = [max((iou(box.xywh, label) for label in labels), default=0.0) for box in boxes]
    assert np.mean([best > 0.7 for best in found]) > 0.85


def test_the_same_seed_draws_the_same_pixels(shots: list[Any]) -> None:
    from sample_source.taking import take

    first, again = take(shots[83]), take(shots[83])
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1]


def test_shadows_fall_away_from_the_sun() -> None:
    from sample_source.canvas import Canvas, Pose
    from sample_source.lighting import shadow_height

    canvas = Canvas(100, 80, gsd=0.5)
    canvas.box(Pose(0, 0), 4, 4, (1, 1, 1), top=10.0)
    in_shadow = shadow_height(canvas, azimuth=0.0, elevation=np.pi / 4) > canvas.top + 0.1
    middle = canvas.shape[0] // 2, canvas.shape[1] // 2
    reach = int(10 * canvas.scale)
    assert in_shadow[middle[0], middle[1] - reach // 2]
    assert not in_shadow[middle[0], middle[1] + reach // 2]
    assert not in_shadow[middle[0], middle[1] - reach - int(6 * canvas.scale)]


def test_an_object_behind_another_counts_as_hidden() -> None:
    from sample_source.canvas import Canvas, Pose
    from sample_source.vehicles import car

    canvas = Canvas(100, 80, gsd=0.2)
    owner = car(canvas, Pose(0, 0), np.random.default_rng(1))
    whole = canvas.visible(owner)
    canvas.box(Pose(2, 0), 4, 4, (0.2, 0.4, 0.2), top=6.0)
    assert whole == canvas.things[owner - 1].n_painted
    assert 0.3 * whole < canvas.visible(owner) < 0.8 * whole


def test_training_and_bundled_pictures_share_no_site() -> None:
    from sample_source.sites import SITES, TRAINING_SITES

    assert not {site.name for site in SITES} & {site.name for site in TRAINING_SITES}
