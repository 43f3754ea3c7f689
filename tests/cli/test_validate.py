"""``validate``: every problem with counts and first examples; nothing is changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import SmallData


def spoil(data: SmallData) -> None:
    document = json.loads(data.gt.read_text())
    document["annotations"] += [{"id": 90 + n, "image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 5]} for n in range(7)]
    data.gt.write_text(json.dumps(document))


def test_good_files_are_fine(cli: Runner, data: SmallData) -> None:
    ran = cli("validate", data.gt, data.predictions, "--metadata", data.metadata, "--images", data.images)
    assert ran.status == 0, ran.out + ran.err
    assert ran.out.count("no problems") >= 3


def test_problems_are_grouped_with_counts_and_examples(cli: Runner, data: SmallData) -> None:
    spoil(data)
    before = data.gt.read_bytes()
    ran = cli("validate", data.gt, data.predictions)
    assert ran.status == 1
    assert "7 records dropped" in ran.out
    assert "gt.json: annotations[5]" in ran.out
    assert data.gt.read_bytes() == before


def test_the_document(cli: Runner, data: SmallData) -> None:
    spoil(data)
    ran = cli("validate", data.gt, data.predictions, "--json", "-")
    assert ran.status == 1
    document = ran.json
    assert document["ok"] is False
    gt, predictions = document["files"]
    assert (gt["role"], gt["format"], gt["records"], gt["dropped"], gt["refused"]) == ("ground truth", "coco", 12, 7, None)
    (problem,) = [group for group in gt["problems"] if group["drops"]]
    assert problem["count"] == 7
    assert (predictions["role"], predictions["problems"]) == ("predictions", [])


def odd(data: SmallData) -> None:
    document = json.loads(data.gt.read_text())
    document["annotations"] += [{"id": 90 + n, "image_id": 1, "category_id": 5, "bbox": [80 + n, 1, 2, 9]} for n in range(7)]
    data.gt.write_text(json.dumps(document))


def test_odd_boxes_are_hints_and_no_problems(cli: Runner, data: SmallData) -> None:
    odd(data)
    ran = cli("validate", data.gt, data.predictions)
    assert ran.status == 0
    assert "hint, tiny: 7 boxes" in ran.out
    assert ran.out.count("has a side of 2 px") == 5
    assert "a.jpg: label 90 (bus) [80, 1, 2, 9] has a side of 2 px" in ran.out


def test_odd_boxes_in_the_document(cli: Runner, data: SmallData) -> None:
    odd(data)
    ran = cli("validate", data.gt, data.predictions, "--json", "-")
    assert ran.json["ok"] is True
    gt, predictions = ran.json["files"]
    (hint,) = gt["hints"]
    assert (hint["kind"], hint["count"], len(hint["examples"])) == ("tiny", 7, 7)
    assert hint["examples"][0] == {
        "image": "a.jpg", "record": "label 90 (bus)", "bbox": [80, 1, 2, 9], "reason": "has a side of 2 px",
        "text": "a.jpg: label 90 (bus) [80, 1, 2, 9] has a side of 2 px",
    }  # fmt: skip
    assert predictions["hints"] == []


def test_what_is_listed_is_what_the_filter_finds(cli: Runner, data: SmallData) -> None:
    odd(data)
    ran = cli("evaluate", data.gt, data.predictions, "--slice", "gt.lint = 'tiny'", "--json", "-")
    (row,) = ran.json["runs"][0]["slices"]
    assert row["gt"] == 7


def test_a_refused_file_is_a_problem_and_no_crash(cli: Runner, data: SmallData) -> None:
    bad = data.folder / "cut.json"
    bad.write_text(data.gt.read_text()[:300])
    ran = cli("validate", bad)
    assert ran.status == 1
    assert "refused" in ran.out
    assert "cut.json" in ran.out


def test_pictures_are_decoded(cli: Runner, data: SmallData) -> None:
    (data.images / "a.jpg").write_bytes((data.images / "a.jpg").read_bytes()[:40])
    (data.images / "B.jpg").unlink()
    ran = cli("validate", data.gt, "--images", data.images, "--json", "-")
    assert ran.status == 1
    pictures = ran.json["files"][-1]
    assert {group["code"]: group["count"] for group in pictures["problems"]} == {"picture-unreadable": 1, "picture-missing": 1}


@pytest.mark.parametrize("words", [["missing.json"], []])
def test_a_wrong_call(cli: Runner, words: list[str]) -> None:
    assert cli("validate", *words).status == 2


def test_predictions_alone_need_their_ground_truth(cli: Runner, data: SmallData) -> None:
    ran = cli("validate", data.predictions)
    assert ran.status == 2
    assert "ground truth" in ran.err


def test_a_pipe_is_refused_and_does_not_hang(cli: Runner, tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.json")
    ran = cli("validate", tmp_path / "pipe.json")
    assert ran.status == 1
    assert "not a regular file" in ran.out
