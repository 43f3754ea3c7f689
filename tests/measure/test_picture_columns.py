"""Measuring a set of pictures: what is kept, what has changed, what is missing, and a cancellation half way."""

from __future__ import annotations

import os
from concurrent.futures import CancelledError
from pathlib import Path

import cv2
import numpy as np
import pytest

from diag_gui.data.attributes import Level
from diag_gui.data.dataset import Images
from diag_gui.measure.kept_measures import KeptMeasures
from diag_gui.measure.picture_columns import BoxSet, measure_pictures
from diag_gui.measure.picture_measures import BOX_MEASURES, PICTURE_MEASURES, Pixels

N = 4


@pytest.fixture
def files(tmp_path: Path) -> list[Path | None]:
    """Four pictures of 40 x 30, the third of which is not there."""
    paths: list[Path | None] = []
    for number in range(N):
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), np.random.default_rng(number).integers(0, 256, (30, 40, 3), dtype=np.uint8))
        paths.append(path)
    paths[2] = None
    return paths


IMAGES = Images(np.arange(N), tuple("abcd"), np.full(N, 80, np.int32), np.full(N, 60, np.int32))
"""Twice as large as the pictures: boxes lie on the stated size."""

BOXES = BoxSet(Level.GT, np.array([[0, 0, 80, 60], [10, 10, 20, 20], [5, 5, 3, 3], [0, 0, 40, 40.0]]), np.array([0, 1, 3, 4, 4]))


class Decoder:
    """Reads pictures and counts."""

    def __init__(self, files) -> None:
        self.files, self.rows = files, []

    def __call__(self, rows):
        for row in rows:
            self.rows.append(row)
            yield row, cv2.imread(str(self.files[row]))[:, :, ::-1]


def test_values_are_those_of_each_picture_and_of_the_boxes_on_its_stated_size(files):
    decoder = Decoder(files)
    values = measure_pictures(IMAGES, files, [BOXES], decoder)
    pixels = Pixels(next(decoder([1]))[1])
    for name, measure in PICTURE_MEASURES.items():
        assert values.of_images[name][1] == measure(pixels)
        assert np.isnan(values.of_images[name][2])
    expected = BOX_MEASURES["box_contrast"](pixels, np.array([[5, 5, 15, 15]]))[0]
    of_boxes = values.of_boxes[0]["box_contrast"]
    assert of_boxes[1] == expected
    # A box of three pixels on half of the size is too small to measure; the picture of the last one is not there.
    assert np.isnan(of_boxes[2:]).all()
    assert values.n_missing == 1


def test_what_was_measured_is_kept_and_only_what_changed_is_decoded_again(files, tmp_path):
    kept, decoder = KeptMeasures(tmp_path / "cache"), Decoder(files)
    first = measure_pictures(IMAGES, files, [BOXES], decoder, kept)
    again = measure_pictures(IMAGES, files, [BOXES], decoder, kept, only_kept=True)
    assert decoder.rows == [0, 1, 3]
    np.testing.assert_array_equal(first.of_images["noise"], again.of_images["noise"])
    np.testing.assert_array_equal(first.of_boxes[0]["box_sharpness"], again.of_boxes[0]["box_sharpness"])
    os.utime(files[3], ns=(1, 1))
    assert measure_pictures(IMAGES, files, [BOXES], decoder, kept, only_kept=True) is None
    measure_pictures(IMAGES, files, [BOXES], decoder, kept)
    assert decoder.rows == [0, 1, 3, 3]


def test_other_boxes_are_measured_though_the_pictures_were(files, tmp_path):
    kept, decoder = KeptMeasures(tmp_path / "cache"), Decoder(files)
    measure_pictures(IMAGES, files, [], decoder, kept)
    values = measure_pictures(IMAGES, files, [BOXES], decoder, kept)
    assert decoder.rows == [0, 1, 3, 0, 1, 3]
    assert values.n_decoded == 3


def test_a_damaged_file_of_the_cache_is_measured_again(files, tmp_path):
    kept, decoder = KeptMeasures(tmp_path / "cache"), Decoder(files)
    first = measure_pictures(IMAGES, files, [BOXES], decoder, kept)
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    again = measure_pictures(IMAGES, files, [BOXES], decoder, kept)
    assert len(decoder.rows) == 6
    np.testing.assert_array_equal(first.of_images["entropy"], again.of_images["entropy"])


def test_what_was_measured_before_a_cancellation_is_kept(files, tmp_path):
    kept, decoder = KeptMeasures(tmp_path / "cache"), Decoder(files)
    with pytest.raises(CancelledError):
        measure_pictures(IMAGES, files, [BOXES], decoder, kept, cancelled=lambda: len(decoder.rows) == 2)
    measure_pictures(IMAGES, files, [BOXES], decoder, kept)
    assert decoder.rows == [0, 1, 1, 3]


def test_a_picture_that_cannot_be_read_is_undefined_and_not_tried_again(files, tmp_path):
    kept, asked = KeptMeasures(tmp_path / "cache"), []

    def unreadable(rows):
        for row in rows:
            asked.append(row)
            yield row, None

    values = measure_pictures(IMAGES, files, [BOXES], unreadable, kept)
    assert np.isnan(values.of_images["brightness"]).all()
    measure_pictures(IMAGES, files, [BOXES], unreadable, kept)
    assert asked == [0, 1, 3]


def test_a_folder_that_cannot_be_written_to_keeps_nothing_and_harms_nothing(files, tmp_path):
    (tmp_path / "blocked").write_text("a file", encoding="utf-8")
    values = measure_pictures(IMAGES, files, [BOXES], Decoder(files), KeptMeasures(tmp_path / "blocked" / "cache"))
    assert values.n_decoded == 3


def test_beyond_its_size_what_was_used_least_recently_is_no_longer_kept(tmp_path):
    def save(kept: KeptMeasures, key: str) -> None:
        kept.save(key, np.zeros((2, 2), np.int64), np.zeros((2, 40)))

    large = KeptMeasures(tmp_path / "cache")
    for place, key in enumerate("abc"):
        save(large, key)
        os.utime(large.files.folder / f"{key}.npz", (place, place))
    one = large.files.size() // 3
    assert large.load("a", 2, (2, 40)) is not None
    small = KeptMeasures(large.files.folder, max_bytes=int(3.5 * one))
    (large.files.folder / "foreign.txt").write_text("stays")
    abandoned = large.files.folder / ".x.partial"
    abandoned.write_bytes(b"x")
    os.utime(abandoned, (1, 1))
    save(small, "d")
    assert sorted(path.name for path in large.files.folder.iterdir()) == ["a.npz", "c.npz", "d.npz", "foreign.txt"]
    # The newest stays, even if it is too large by itself.
    save(KeptMeasures(large.files.folder, max_bytes=1), "e")
    assert sorted(path.stem for path in large.files.folder.glob("*.npz")) == ["e"]
    assert (large.files.empty(), large.files.size(), large.files.empty()) == (one, 0, 0)
    assert [path.name for path in large.files.folder.iterdir()] == ["foreign.txt"]
    assert KeptMeasures(tmp_path / "nowhere").files.empty() == 0
