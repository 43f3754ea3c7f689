"""Score thresholds of ``evaluate``: the file for deployment, the JSON, the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import SmallData


def test_the_file_holds_one_score_per_class_and_what_it_reaches(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    file = tmp_path / "thresholds.json"
    ran = cli("evaluate", data.gt, data.predictions, "--wanted-precision", "0.6", "--thresholds", file)
    assert (ran.status, ran.out) == (0, "")
    document = json.loads(file.read_text())
    assert list(document) == ["version", "settings", "rule", "kept", "runs"]
    assert document["version"] == 1
    assert document["settings"]["iou"] == 0.5
    assert document["settings"]["where"] is None
    assert (document["rule"]["name"], document["rule"]["wanted"]) == ("precision", 0.6)
    (run,) = document["runs"]
    assert run["name"] == "run_one"
    assert run["scores"] == {"car": 0.9, "bus": None, "=ship": 0.7}
    assert run["classes"][0] == {
        "id": 1, "name": "car", "score": 0.9, "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3),
        "tp": 1, "fp": 0, "gt": 2,
    }  # fmt: skip
    assert run["classes"][1] == {
        "id": 5, "name": "bus", "score": None, "precision": None, "recall": None, "f1": None, "tp": 0, "fp": 0, "gt": 1,
    }  # fmt: skip
    # At .1 all three labels that any class can find are found: 3 of 5 kept are right.
    assert run["all_classes"] == {
        "score": 0.1, "precision": 0.6, "recall": 0.75, "f1": pytest.approx(2 / 3), "tp": 3, "fp": 2, "gt": 4,
    }  # fmt: skip


def test_evaluating_at_the_score_reaches_what_the_file_says(cli: Runner, data: SmallData) -> None:
    for options in (["--wanted-recall", "0.5"], ["--wanted-precision", "0.6"], []):
        run = cli("evaluate", data.gt, data.predictions, "--thresholds", "-", *options).json["runs"][0]
        for class_name in ("car", "=ship"):
            entry = next(one for one in run["classes"] if one["name"] == class_name)
            found = cli("evaluate", data.gt, data.predictions, "--json", "-", "--score", repr(entry["score"])).json
            at = next(one for one in found["runs"][0]["classes"] if one["name"] == class_name)
            assert {key: at[key] for key in ("tp", "fp", "precision", "recall", "f1")} == {
                key: entry[key] for key in ("tp", "fp", "precision", "recall", "f1")
            }


def test_without_a_wish_it_is_the_best_f1(cli: Runner, data: SmallData) -> None:
    document = cli("evaluate", data.gt, data.predictions, "--thresholds", "-").json
    assert document["rule"]["name"] == "best f1"
    figures = cli("evaluate", data.gt, data.predictions, "--json", "-").json["runs"][0]
    assert [entry["score"] for entry in document["runs"][0]["classes"]] == [entry["best_score"] for entry in figures["classes"]]
    assert document["runs"][0]["all_classes"]["score"] == figures["summary"]["best_score"]


def test_json_and_tables_carry_both_wishes(cli: Runner, data: SmallData) -> None:
    wishes = ("--wanted-precision", "0.9", "--wanted-recall", "0.5")
    run = cli("evaluate", data.gt, data.predictions, "--json", "-", *wishes).json["runs"][0]
    assert [(entry["rule"]["name"], entry["rule"]["wanted"]) for entry in run["thresholds"]] == [
        ("precision", 0.9),
        ("recall", 0.5),
    ]
    assert all(set(entry) == {"rule", "all_classes", "classes"} for entry in run["thresholds"])
    out = cli("evaluate", data.gt, data.predictions, *wishes).out
    assert "run_one: score for precision ≥ 0.9 at IoU 0.5" in out
    assert "run_one: score for recall ≥ 0.5 at IoU 0.5" in out
    assert "thresholds" not in cli("evaluate", data.gt, data.predictions, "--json", "-").json["runs"][0]


def test_they_follow_iou_and_images(cli: Runner, data: SmallData) -> None:
    at_95 = cli("evaluate", data.gt, data.predictions, "--thresholds", "-", "--wanted-recall", "1", "--iou", "0.95").json
    assert at_95["runs"][0]["scores"]["=ship"] is None
    asked = ("--where", "scene = 'night'")
    night = cli("evaluate", data.gt, data.predictions, "--thresholds", "-", "--wanted-recall", "1", *asked).json
    assert night["settings"]["where"] == "scene = 'night'"
    assert night["runs"][0]["scores"] == {"car": None, "bus": None, "=ship": 0.7}
    assert night["runs"][0]["all_classes"]["gt"] == 1


def test_classes_of_one_name_keep_a_threshold_each(cli: Runner, data: SmallData) -> None:
    document = json.loads(data.gt.read_text())
    document["categories"][1]["name"] = "car"
    data.gt.write_text(json.dumps(document))
    run = cli("evaluate", data.gt, data.predictions, "--thresholds", "-").json["runs"][0]
    assert list(run["scores"]) == ["car (id 1)", "car (id 5)", "=ship"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--wanted-precision", "0"], "wanted precision: 0.0 is not in (0, 1]"),
        (["--wanted-recall", "1.01"], "wanted recall"),
        (["--wanted-precision", "nan"], "wanted precision"),
        (["--wanted-precision", "0.5", "--wanted-recall", "0.5", "--thresholds", "-"], "not both"),
        (["--thresholds", "-", "--json", "-"], "standard output"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(cli: Runner, data: SmallData, options: list[str], said: str) -> None:
    ran = cli("evaluate", data.gt, data.predictions, *options)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


def test_a_failed_write_says_so(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    ran = cli("evaluate", data.gt, data.predictions, "--thresholds", tmp_path / "nowhere" / "x.json")
    assert ran.status == 2
    assert "cannot be written" in ran.err
