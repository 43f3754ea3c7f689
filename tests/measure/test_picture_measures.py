"""Each measure of pictures against OpenCV or by hand; boxes by sums against the pixels themselves."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.measured_columns import MEASURED_COLUMNS
from diag_gui.exceptions import ExpressionError
from diag_gui.measure.picture_measures import BOX_MEASURES, PICTURE_MEASURES, Pixels
from tests.evaluation.coco_facts import by_hand


def picture(seed: int = 0, size: tuple[int, int] = (37, 53)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def of(name: str, rgb: np.ndarray) -> float:
    return PICTURE_MEASURES[name](Pixels(rgb))


def one_color(red: int, green: int, blue: int) -> np.ndarray:
    return np.broadcast_to(np.array([red, green, blue], np.uint8), (20, 30, 3))


def test_luma_is_that_of_opencv_to_rounding():
    rgb = picture()
    np.testing.assert_allclose(Pixels(rgb).luma, cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), atol=1.0)


def test_brightness_contrast_and_entropy_of_one_grey():
    grey = one_color(51, 51, 51)
    assert of("brightness", grey) == pytest.approx(0.2)
    assert of("contrast", grey) == pytest.approx(0, abs=1e-9)
    assert of("entropy", grey) == 0
    assert of("noise", grey) == pytest.approx(0, abs=1e-9)
    assert of("sharpness", grey) == pytest.approx(0, abs=1e-9)


def test_half_black_half_white_has_one_bit_and_the_largest_contrast():
    rgb = np.zeros((20, 30, 3), np.uint8)
    rgb[:, 15:] = 255
    assert of("entropy", rgb) == pytest.approx(1)
    assert of("contrast", rgb) == pytest.approx(0.5)
    assert of("brightness", rgb) == pytest.approx(0.5)


@pytest.mark.parametrize(("color", "value"), [((0, 0, 0), 0), ((200, 200, 200), 0), ((255, 0, 0), 1), ((200, 100, 150), 0.5)])
def test_saturation_is_the_s_of_hsv(color, value):
    assert of("saturation", one_color(*color)) == pytest.approx(value)


def test_saturation_is_that_of_opencv():
    rgb = picture(1)
    hsv = cv2.cvtColor((rgb / 255).astype(np.float32), cv2.COLOR_RGB2HSV)
    assert of("saturation", rgb) == pytest.approx(float(hsv[:, :, 1].mean()), abs=1e-5)


def test_sharpness_is_the_variance_of_opencvs_laplacian_inside():
    rgb = picture(2)
    laplacian = cv2.Laplacian(Pixels(rgb).luma, cv2.CV_64F, ksize=1)[1:-1, 1:-1]
    assert of("sharpness", rgb) == pytest.approx(laplacian.var())


def test_a_blurred_picture_is_less_sharp_and_less_noisy():
    rgb = picture(3, (80, 80))
    blurred = cv2.GaussianBlur(rgb, (0, 0), 2)
    for name in ("sharpness", "noise", "contrast"):
        assert of(name, blurred) < 0.5 * of(name, rgb)


def test_noise_is_the_deviation_that_was_added():
    rng = np.random.default_rng(4)
    grey = np.clip(120 + rng.normal(0, 10, (200, 200)), 0, 255).round().astype(np.uint8)
    assert 255 * of("noise", np.repeat(grey[:, :, np.newaxis], 3, axis=2)) == pytest.approx(10, rel=0.05)


def test_pictures_of_a_few_pixels_have_no_sharpness():
    assert math.isnan(of("sharpness", picture(0, (2, 9))))
    assert math.isnan(of("noise", picture(0, (9, 2))))
    assert 0 <= of("brightness", picture(0, (1, 1))) <= 1


def test_boxes_are_measured_by_their_own_pixels():
    pixels = Pixels(picture(5))
    corners = np.array([[0, 0, 53, 37], [3, 4, 20, 30], [10, 10, 13, 13], [7, 7, 7, 7]], np.int64)
    contrast, sharpness = (BOX_MEASURES[name](pixels, corners) for name in ("box_contrast", "box_sharpness"))
    for place, (x0, y0, x1, y1) in enumerate(corners[:3].tolist()):
        inside = pixels.luma[y0:y1, x0:x1]
        assert contrast[place] == pytest.approx(inside.std() / 255, rel=1e-9)
        alone = Pixels(pixels.rgb[y0:y1, x0:x1]).laplacian
        assert sharpness[place] == pytest.approx(alone.var(), rel=1e-9, abs=1e-6)
    assert np.isnan(contrast[3])
    assert np.isnan(sharpness[3])


def test_each_states_its_formula_and_needs_pictures():
    for name in (*PICTURE_MEASURES, *BOX_MEASURES):
        assert MEASURED_COLUMNS[name].needs_pictures
        assert len(MEASURED_COLUMNS[name].formula) >= 40


def test_what_was_not_measured_is_not_offered_and_says_how_it_would_be():
    catalog = ColumnCatalog(prepare_run(*by_hand(1, 1, [(1, 1, 0, 0, 5, 5)], [])))
    offered = {column.segments[-1] for column in catalog.offered_columns()}
    assert "crowding" in offered
    assert not offered & {*PICTURE_MEASURES, *BOX_MEASURES}
    with pytest.raises(ExpressionError, match="not measured yet"):
        catalog.images_where("brightness < 0.5")
