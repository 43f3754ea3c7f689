"""Pictures of every kind, from the file to what the window and the gallery show, with boxes where they belong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from diag_gui.session.image_cache import PictureKey, Wish
from tests.formats.pictures import cmyk_jpeg, encoded, jpeg_with_orientation, sixteen_bit

SIZE = (160, 120)
RED, BLUE = (0, 0, 80, 120), (80, 0, 80, 120)
"""Boxes around the two halves, as they are stored."""

KINDS = {
    "a.jpg": encoded(".jpg", *SIZE),
    "b.png": encoded(".png", *SIZE),
    "c.webp": encoded(".webp", *SIZE),
    "d.bmp": encoded(".bmp", *SIZE),
    "e.tiff": encoded(".tiff", *SIZE),
    "f.png": sixteen_bit(".png", *SIZE),
    "g.tif": sixteen_bit(".tiff", *SIZE),
    "h.jpg": cmyk_jpeg(*SIZE),
}
UPRIGHT_RED = {
    1: (0, 0, 80, 120), 2: (80, 0, 80, 120), 3: (80, 0, 80, 120), 4: (0, 0, 80, 120),
    5: (0, 0, 120, 80), 6: (0, 0, 120, 80), 7: (0, 80, 120, 80), 8: (0, 80, 120, 80),
}  # fmt: skip
"""Where the red half lies after turning the picture upright, by EXIF orientation."""


def opened(session, folder: Path, pictures: dict[str, tuple[bytes, tuple[int, int], tuple[int, ...]]]) -> None:
    """Open labels around the red half of each picture: content, size as stated, box."""
    folder.mkdir(exist_ok=True)
    images, annotations = [], []
    for number, (name, (data, (width, height), box)) in enumerate(pictures.items(), start=1):
        (folder / name).write_bytes(data)
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        annotations.append({"id": number, "image_id": number, "category_id": 1, "bbox": box, "area": 1, "iscrowd": 0})
    document = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "red"}]}
    (folder / "truth.json").write_text(json.dumps(document))
    session.open([folder / "truth.json"])
    session.store.commit(image_root=folder)


def fetched(qtbot, session, key: PictureKey) -> QImage:
    cache = session.controller.images
    cache.want(Wish.VIEWER, [key])
    qtbot.waitUntil(lambda: cache.look_up(key) is not None or cache.state(key.image_row) != "ok", timeout=20_000)
    picture = cache.look_up(key)
    assert picture is not None, cache.state(key.image_row)
    return picture


def is_red(color: QColor) -> bool:
    return color.red() > 200 and color.green() < 60 and color.blue() < 60


def is_blue(color: QColor) -> bool:
    return color.blue() > 200 and color.green() < 60 and color.red() < 60


def test_whole_pictures_and_crops_of_every_kind(qtbot, nothing_open, tmp_path):
    opened(nothing_open, tmp_path / "data", {name: (data, SIZE, RED) for name, data in KINDS.items()})
    for row, name in enumerate(nothing_open.state.dataset.images.file_name):
        whole = fetched(qtbot, nothing_open, PictureKey(row))
        assert (whole.width(), whole.height()) == SIZE, name
        assert is_red(whole.pixelColor(40, 60)), name
        assert is_blue(whole.pixelColor(120, 60)), name
        for box, is_right in ((RED, is_red), (BLUE, is_blue)):
            crop = fetched(qtbot, nothing_open, PictureKey(row, crop=tuple(map(float, box)), size=(40, 60)))
            assert is_right(crop.pixelColor(20, 30)), name


@pytest.mark.parametrize("turned", [False, True])
def test_boxes_lie_right_whatever_the_orientation(qtbot, nothing_open, tmp_path, turned):
    """Labels made on the stored pixels, and labels made on the picture as a viewer turns it: the stated size tells."""
    pictures = {}
    for orientation, red in UPRIGHT_RED.items():
        data = jpeg_with_orientation(*SIZE, orientation)
        if orientation >= 5 and turned:
            pictures[f"{orientation}.jpg"] = (data, SIZE[::-1], red)
        else:
            pictures[f"{orientation}.jpg"] = (data, SIZE, RED)
    opened(nothing_open, tmp_path / "data", pictures)
    boxes = nothing_open.state.dataset.ground_truth.xywh
    for row, name in enumerate(nothing_open.state.dataset.images.file_name):
        x, y, width, height = boxes[row].tolist()
        crop = fetched(qtbot, nothing_open, PictureKey(row, crop=(x, y, width, height), size=(60, 60)))
        for place in ((30, 30), (4, 4), (55, 55), (4, 55)):
            assert is_red(crop.pixelColor(*place)), (name, place)


def test_a_picture_that_cannot_be_is_said_to_be_unreadable_at_once(qtbot, nothing_open, tmp_path):
    from tests.formats.test_images import png_bomb

    opened(nothing_open, tmp_path / "data", {"bomb.png": (png_bomb(10_000), SIZE, RED), "ok.jpg": (KINDS["a.jpg"], SIZE, RED)})
    cache = nothing_open.controller.images
    cache.want(Wish.VIEWER, [PictureKey(0), PictureKey(1)])
    qtbot.waitUntil(lambda: cache.state(0) == "unreadable" and cache.look_up(PictureKey(1)) is not None, timeout=5_000)
