"""Boxes of any angle: compared as what they are when asked for, and said to be so when they are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Ran, Runner

TURNED = "50 10 90 50 50 90 10 50 ship 0"
UPRIGHT = "10 10 90 10 90 90 10 90 ship 0"


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "Task1_ship.txt").write_text("P0001 0.9 50 10 90 50 50 90 10 50\n")
    return folder


def labels(folder: Path, *lines: str) -> Path:
    folder.mkdir()
    (folder / "P0001.txt").write_text("imagesource:GoogleEarth\ngsd:0.5\n" + "\n".join(lines) + "\n")
    return folder


def codes(ran: Ran) -> list[str]:
    return [one["code"] for one in ran.json["dataset"]["warnings"]]


def test_turned_labels_compared_upright_are_said_to_be_so(cli: Runner, tmp_path: Path, predictions: Path) -> None:
    both = [labels(tmp_path / "labels", TURNED, UPRIGHT), predictions]
    ran = cli("evaluate", *both, "--json", "-")
    assert ran.status == 0, ran.err
    assert "1 label is a turned box, compared by the upright boxes around; --task rotated compares what they are" in ran.err
    assert "upright-for-rotated" in codes(ran)
    ran = cli("evaluate", *both, "--json", "-", "--task", "rotated")
    assert "turned" not in ran.err
    assert ran.json["settings"]["task"] == "rotated"


def test_what_cannot_be_compared_as_turned_boxes_is_no_news(cli: Runner, tmp_path: Path) -> None:
    upright = tmp_path / "results.json"
    upright.write_text(json.dumps([{"image_id": 1, "category_id": 1, "bbox": [10, 10, 80, 80], "score": 0.9}]))
    assert "upright-for-rotated" not in codes(cli("evaluate", labels(tmp_path / "labels", TURNED), upright, "--json", "-"))


def test_upright_corners_are_nothing_to_speak_of(cli: Runner, tmp_path: Path, predictions: Path) -> None:
    ran = cli("evaluate", labels(tmp_path / "labels", UPRIGHT), predictions, "--json", "-")
    assert "upright-for-rotated" not in codes(ran)
