"""Images without anything unusual are read all at once, to what the closer look makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from diag_gui.data.read_report import ProblemLog
from diag_gui.formats import coco_tables
from diag_gui.formats.file_reading import Digest
from diag_gui.formats.json_reading import JsonBytes
from diag_gui.formats.plain_images import plain_images

IMAGE = {"id": 4, "file_name": "a/b.jpg", "width": 10, "height": 20}


def raw(records):
    return msgspec.Raw(json.dumps(records).encode())


def test_the_closer_look_makes_the_same_of_them(monkeypatch):
    records = [IMAGE, IMAGE | {"id": 2, "file_name": "é 1.png"}, IMAGE | {"id": 3}]
    source, log, other_log = JsonBytes(Path("a.json"), b"", Digest(b"")), ProblemLog(Path("a.json")), ProblemLog(Path("a.json"))
    quick = plain_images(raw(records), log)
    monkeypatch.setattr(coco_tables, "plain_images", lambda raw, log: None)
    closer = coco_tables.read_images(source, raw(records), None, other_log)[0]
    for name in ("image_id", "width", "height"):
        assert getattr(quick, name).tolist() == getattr(closer, name).tolist()
        assert getattr(quick, name).dtype == getattr(closer, name).dtype
    assert quick.file_name == closer.file_name == ("é 1.png", "a/b.jpg", "a/b.jpg")
    assert log.groups() == other_log.groups()
    assert [group.code for group in log.groups()] == ["duplicate-file-name"]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "4"},
        {"id": 2**70},
        {"id": 4.5},
        {"license": 1},
        {"file_name": ""},
        {"file_name": None},
        {"file_name": "/a.jpg"},
        {"file_name": "./a.jpg"},
        {"file_name": "../a.jpg"},
        {"file_name": "C:/a.jpg"},
        {"file_name": "a\\b.jpg"},
        {"file_name": "a\u0000.jpg"},
        {"file_name": "http://x/a.jpg"},
        {"file_name": "a" * 5000},
        {"width": 0},
        {"height": -1},
        {"height": 2**40},
        {"width": None},
    ],
)
def test_one_that_is_unusual_sends_all_to_the_closer_look(changes):
    log = ProblemLog(Path("a.json"))
    assert plain_images(raw([IMAGE, IMAGE | {"id": 9} | changes]), log) is None
    assert log.groups() == ()


def test_ids_that_appear_twice_and_no_images_are_for_the_closer_look():
    log = ProblemLog(Path("a.json"))
    assert plain_images(raw([IMAGE, IMAGE]), log) is None
    assert plain_images(raw([]), log) is None
    assert plain_images(raw({}), log) is None
