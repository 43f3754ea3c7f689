"""`evaluate --discover`: what is found stands in the JSON and in words, and what cannot be asked is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import Runner
from tests.cli.small_data import SmallData

SLICE = {
    "name", "expression", "conditions", "score", "rows", "images", "mean", "rest", "difference", "low", "high", "p", "q",
    "sentence",
}  # fmt: skip


@pytest.fixture
def weak(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Write labels of which many are missed at night by one run, and few by another."""
    random = np.random.default_rng(5)
    images, labels = [], []
    found: dict[str, list[dict[str, object]]] = {"weak": [], "strong": []}
    for number in range(1, 301):
        scene = "night" if number % 3 == 0 else "day"
        images.append({"id": number, "file_name": f"{number}.jpg", "width": 2000, "height": 100, "scene": scene})
        for place in range(6):
            box = [place * 300, 0, 40, 40]
            labels.append({"id": len(labels) + 1, "image_id": number, "category_id": 1 + place % 2, "bbox": box, "area": 1600})
            for run, missed in (("weak", 0.6 if scene == "night" else 0.1), ("strong", 0.1)):
                if random.random() >= missed:
                    found[run].append({"image_id": number, "category_id": 1 + place % 2, "bbox": box, "score": 0.9})
    classes = [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}]
    gt = tmp_path / "gt.json"
    gt.write_text(json.dumps({"images": images, "annotations": labels, "categories": classes}))
    for run, results in found.items():
        (tmp_path / f"{run}.json").write_text(json.dumps(results))
    return gt, tmp_path / "weak.json", tmp_path / "strong.json"


def test_the_misses_of_the_night_are_found(cli: Runner, weak: tuple[Path, Path, Path]) -> None:
    ran = cli("evaluate", *weak[:2], "--json", "-", "--discover")
    (found,) = ran.json["runs"][0]["discovered"]
    assert (found["target"], found["row"], found["error"], found["alpha"]) == ("misses", "ground truth", "is missed", 0.6)
    assert (found["searched_images"], found["confirming_images"], found["seed"]) == (150, 150, 0)
    assert {*found["slices"][0]} == SLICE
    night = next(one for one in found["slices"] if one["expression"] == "scene = 'night'")
    assert 0.5 < night["mean"] < 0.7
    assert night["low"] < night["difference"] < night["high"]
    assert night["q"] < 0.001
    text = cli("evaluate", *weak[:2], "--discover=misses", "--discover=false-positives").out
    assert night["sentence"] in text
    assert "No slice is confirmed to be worse than the rest." in text


def test_where_a_run_is_worse_than_the_baseline(cli: Runner, weak: tuple[Path, Path, Path]) -> None:
    gt, bad, good = weak
    runs = cli("evaluate", gt, good, bad, "--json", "-", "--discover=worse", "--discover-class", "car").json["runs"]
    assert runs[0]["discovered"] == []
    found, of_predictions = runs[1]["discovered"]
    assert (found["class_row"], found["target"], of_predictions["target"]) == (0, "worse", "worse-false-positives")
    assert (found["error"], of_predictions["error"]) == (
        "was found by strong and is missed now",
        "are false positives that strong does not make",
    )
    assert "scene = 'night'" in [one["expression"] for one in found["slices"]]
    turned = cli("evaluate", gt, good, bad, "--json", "-", "--discover=worse", "--baseline", "weak").json["runs"]
    assert turned[0]["discovered"][0]["slices"] == []


def test_two_runs_are_compared_on_every_slice(cli: Runner, weak: tuple[Path, Path, Path]) -> None:
    gt, bad, good = weak
    asked = ("evaluate", gt, bad, good, "--compare", "--slice", "scene", "--intervals", "50")
    (comparison,) = cli(*asked, "--json", "-").json["comparisons"]
    day, night = comparison["slices"]
    assert [one["name"] for one in (day, night)] == ["scene=day", "scene=night"]
    assert night["figures"]["recall"]["difference"] > 0.3
    assert night["figures"]["recall"]["low"] > 0.2
    assert {*night} == {"name", "expression", "kind", "images", "gt", "enough", "family", "figures"}
    assert "strong against weak on each slice; q over 2 slices" in cli(*asked).out
    without = cli("evaluate", gt, bad, good, "--compare", "--intervals", "20", "--json", "-").json["comparisons"]
    assert "slices" not in without[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--discover=everything"], "'everything' is none of misses, false-positives"),
        (["--discover=worse"], "--discover worse: needs a second run"),
        (["--discover", "--discover-class", "cat"], "there is no class 'cat'"),
    ],
)
def test_what_cannot_be_asked_is_said(cli: Runner, data: SmallData, arguments: list[str], said: str) -> None:
    ran = cli("evaluate", data.gt, data.predictions, *arguments)
    assert ran.status == 2
    assert said in ran.err


def test_files_after_the_flag_are_not_taken_for_what_to_look_for(cli: Runner, data: SmallData) -> None:
    ran = cli("evaluate", "--discover", data.gt, data.predictions)
    assert ran.status == 2
    assert "give --discover last" in ran.err


def test_a_small_set_has_nothing_to_confirm(cli: Runner, data: SmallData) -> None:
    found = cli("evaluate", data.gt, data.predictions, "--json", "-", "--discover").json["runs"][0]["discovered"]
    assert [one["slices"] for one in found] == [[]]
    assert "discovered" not in cli("evaluate", data.gt, data.predictions, "--json", "-").json["runs"][0]


def test_another_seed_draws_other_halves_and_other_resamples(cli: Runner, weak: tuple[Path, Path, Path]) -> None:
    asked = ("evaluate", *weak[:2], "--json", "-", "--discover=misses", "--slice", "scene", "--intervals", "50")
    first, same, other = (cli(*asked, *seed).json for seed in ((), ("--seed", "0"), ("--seed", "7")))
    assert first == same
    assert (first["settings"]["seed"], other["settings"]["seed"]) == (0, 7)
    of_first, of_other = first["runs"][0], other["runs"][0]
    assert of_other["discovered"][0]["seed"] == 7
    assert [one["mean"] for one in of_first["discovered"][0]["slices"]] != [
        one["mean"] for one in of_other["discovered"][0]["slices"]
    ]
    assert of_first["slices"][0]["f1"] == of_other["slices"][0]["f1"]
    assert of_first["slices"][0]["f1_low"] != of_other["slices"][0]["f1_low"]
    compared = cli("evaluate", *weak, "--json", "-", "--compare", "--intervals", "20", "--seed", "5").json
    assert compared["comparisons"][0]["seed"] == 5
    wrong = cli("evaluate", *weak[:2], "--seed", "-1")
    assert (wrong.status, "must be at least 0" in wrong.err) == (2, True)


def test_what_was_not_measured_is_said(cli: Runner, weak: tuple[Path, Path, Path]) -> None:
    text = cli("evaluate", *weak[:2], "--discover=misses").out
    assert "were not searched: name their folder by --images." in text
    (found,) = cli("evaluate", *weak[:2], "--json", "-", "--discover=misses").json["runs"][0]["discovered"]
    assert found["pictures_measured"] is False
