"""Pictures that cannot be read on the list of problems: all of them when asked, those met while browsing as they are met."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

from diag_gui.session import checking_pictures
from diag_gui.session.image_cache import PictureKey, Wish
from tests.session.small_session import N_IMAGES

# Sound headers, so that opening finds nothing wrong; the pixels of these end too early.
CUT = (3, 17)
GONE = 9


def whole_picture() -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (150, 200, 3), np.uint8)
    return bytes(cv2.imencode(".png", noise)[1])


@pytest.fixture
def pictures(files):
    folder = files.folder / "images"
    data = whole_picture()
    for row in range(N_IMAGES):
        path = folder / f"site_{row % 4}" / f"picture_{row:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[: len(data) // 2] if row in CUT else data)
    return folder


def of_pictures(session) -> dict[str, list[int]]:
    return {kind.kind: kind.image_row.tolist() for kind in session.state.problems.kinds if kind.is_of_pictures}


def test_all_that_cannot_be_read_are_listed_each_with_its_image_and_the_reason(nothing_open, files, pictures):
    nothing_open.open(files.both)
    nothing_open.controller.problems.find()
    nothing_open.settle()
    assert of_pictures(nothing_open) == {}
    (pictures / f"site_{GONE % 4}" / f"picture_{GONE:03d}.jpg").unlink()
    nothing_open.controller.pictures.start()
    nothing_open.settle()
    assert of_pictures(nothing_open) == {"picture-unreadable": list(CUT), "picture-missing": [GONE]}
    [kind] = [kind for kind in nothing_open.state.problems.kinds if kind.kind == "picture-unreadable"]
    assert kind.source == "images"
    assert kind.text(0).startswith("site_3/picture_003.jpg: the file is truncated")
    assert "3 of 32 pictures are missing or cannot be read" in nothing_open.state.notice.text
    assert nothing_open.controller.problems.show(kind, 1)
    nothing_open.settle()
    assert nothing_open.state.query.image_rows == {CUT[1]}


def test_what_was_found_is_on_the_list_that_is_made_later(nothing_open, files, pictures):
    nothing_open.open(files.both)
    nothing_open.controller.pictures.start()
    nothing_open.settle()
    assert nothing_open.state.problems is None
    nothing_open.controller.problems.find()
    nothing_open.settle()
    assert of_pictures(nothing_open) == {"picture-unreadable": list(CUT)}


def test_pictures_met_while_browsing_are_added_as_they_are_met(qtbot, nothing_open, files, pictures):
    nothing_open.open(files.both)
    nothing_open.controller.problems.find()
    nothing_open.settle()
    nothing_open.controller.images.want(Wish.VIEWER, [PictureKey(CUT[0], max_side=100), PictureKey(5, max_side=100)])
    qtbot.waitUntil(lambda: of_pictures(nothing_open) == {"picture-unreadable": [CUT[0]]}, timeout=20_000)
    # Other metadata, the same images.
    nothing_open.open([files.metadata])
    nothing_open.controller.problems.find()
    nothing_open.settle()
    assert of_pictures(nothing_open) == {"picture-unreadable": [CUT[0]]}


def test_other_data_know_nothing_of_the_pictures_before(nothing_open, files, pictures, tmp_path):
    nothing_open.open(files.both)
    nothing_open.controller.pictures.start()
    nothing_open.settle()
    nothing_open.open(files.both)
    nothing_open.controller.problems.find()
    nothing_open.settle()
    assert of_pictures(nothing_open) == {}


def test_stopping_keeps_what_was_found(qtbot, nothing_open, files, pictures):
    nothing_open.open(files.both)
    nothing_open.controller.problems.find()
    nothing_open.settle()
    nothing_open.controller.pictures.start()
    qtbot.waitUntil(lambda: of_pictures(nothing_open) != {}, timeout=20_000)
    nothing_open.controller.jobs.cancel("check-pictures")
    nothing_open.settle()
    assert of_pictures(nothing_open)["picture-unreadable"][0] == CUT[0]


def test_without_pictures_it_says_where_to_name_them(nothing_open, files):
    nothing_open.controller.pictures.start()
    assert nothing_open.state.notice is None
    nothing_open.open(files.both)
    nothing_open.controller.pictures.start()
    assert "Choose the image folder" in nothing_open.state.notice.text


def test_metadata_joined_while_pictures_are_checked_lose_nothing_of_it(qtbot, nothing_open, files, pictures, monkeypatch):
    nothing_open.open(files.both)
    nothing_open.controller.problems.find()
    nothing_open.settle()
    (pictures / f"site_{GONE % 4}" / f"picture_{GONE:03d}.jpg").unlink()
    gate, look = threading.Event(), checking_pictures.picture_files
    monkeypatch.setattr(checking_pictures, "picture_files", lambda *about: look(*about) if gate.wait(20) else [])
    before = nothing_open.state.dataset
    nothing_open.controller.pictures.start()
    nothing_open.controller.data.open_paths([files.metadata])
    qtbot.waitUntil(lambda: nothing_open.state.dataset is not before)
    assert nothing_open.controller.jobs.is_wanted("check-pictures")
    gate.set()
    nothing_open.settle()
    assert "3 of 32 pictures are missing or cannot be read" in nothing_open.state.notice.text
    nothing_open.controller.problems.find()
    nothing_open.settle()
    assert of_pictures(nothing_open) == {"picture-unreadable": list(CUT), "picture-missing": [GONE]}


def test_what_is_said_of_many_pictures_is_written_when_it_is_looked_at(nothing_open, files, pictures, monkeypatch):
    written = []
    line = checking_pictures._PictureLines.__getitem__
    monkeypatch.setattr(
        checking_pictures._PictureLines, "__getitem__", lambda one, place: written.append(place) or line(one, place)
    )
    nothing_open.open(files.both)
    nothing_open.controller.problems.find()
    nothing_open.settle()
    nothing_open.controller.pictures.start()
    nothing_open.settle()
    [kind] = [kind for kind in nothing_open.state.problems.kinds if kind.is_of_pictures]
    assert written == []
    assert kind.text(1).startswith("site_1/picture_017.jpg: the file is truncated")
    assert kind.matching("site_1").tolist() == [1]
    assert kind.matching("truncated").tolist() == [0, 1]
    assert kind.matching("nowhere").tolist() == []


def test_a_picture_that_fails_otherwise_later_is_counted_once(nothing_open, files, pictures):
    nothing_open.open(files.both)
    nothing_open.controller.problems.find()
    nothing_open.settle()
    verbs = nothing_open.controller.pictures
    verbs.start()
    nothing_open.settle()
    (pictures / f"site_{CUT[0] % 4}" / f"picture_{CUT[0]:03d}.jpg").unlink()
    verbs.start()
    nothing_open.settle()
    assert of_pictures(nothing_open) == {"picture-unreadable": [CUT[1]], "picture-missing": [CUT[0]]}
