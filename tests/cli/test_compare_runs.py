"""``evaluate --compare`` and ``--intervals``: keys, numbers, tables, and calls that make no sense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import PREDICTIONS, SmallData

FIGURES = ["AP", "AP50", "AP75", "precision", "recall", "f1", "mf1"]
CLASS_FIGURES = FIGURES[:-1]
KEYS = ["baseline", "value", "difference", "low", "high", "better", "p"]


OF_DOUBTS = {"label_error", "label_error_kind", "runs_against_label"}
"""Keys of a failure that other runs have a say in."""


@pytest.fixture
def other(data: SmallData) -> Path:
    """A second run that finds less."""
    path = data.folder / "run_two.json"
    path.write_text(json.dumps(PREDICTIONS[:1] + PREDICTIONS[3:]))
    return path


def test_nothing_is_added_unless_asked_for(cli: Runner, data: SmallData, other: Path) -> None:
    document = cli("evaluate", data.gt, data.predictions, other, "--json", "-").json
    assert "comparisons" not in document
    assert not any(key.endswith(("_low", "_high")) for key in document["runs"][0]["summary"])


def test_comparisons_by_key_and_number(cli: Runner, data: SmallData, other: Path) -> None:
    document = cli("evaluate", data.gt, data.predictions, other, data.predictions, "--compare", "--json", "-").json
    names = [run["name"] for run in document["runs"]]
    assert list(document)[-2:] == ["comparisons", "fates"]
    comparisons = document["comparisons"]
    assert [(one["baseline"], one["run"]) for one in comparisons] == [(names[0], names[1]), (names[0], names[2])]
    for one, run in zip(comparisons, document["runs"][1:], strict=True):
        assert (one["resamples"], one["seed"], one["images"]) == (1000, 0, 3)
        assert "two-sided" in one["p_rule"]
        assert list(one["figures"]) == FIGURES
        for name, difference in one["figures"].items():
            assert list(difference) == KEYS
            assert difference["baseline"] == document["runs"][0]["summary"][name]
            assert difference["value"] == run["summary"][name]
            assert difference["difference"] == pytest.approx(difference["value"] - difference["baseline"])
            assert 0 <= difference["better"] <= 1
        for of_class in one["classes"]:
            assert list(of_class["figures"]) == CLASS_FIGURES
            assert all(list(difference) == [*KEYS, "q"] for difference in of_class["figures"].values())
    assert [of_class["name"] for of_class in comparisons[0]["classes"]] == ["car", "bus", "=ship"]
    assert comparisons[0]["figures"]["recall"]["difference"] < 0
    assert comparisons[0]["figures"]["recall"]["better"] < 0.25
    same = comparisons[1]["figures"]["AP"]
    assert (same["difference"], same["low"], same["high"], same["better"], same["p"]) == (0.0, 0.0, 0.0, 0.5, 1.0)


def test_another_baseline_turns_the_difference_around(cli: Runner, data: SmallData, other: Path) -> None:
    first = cli("evaluate", data.gt, data.predictions, other, "--compare", "--intervals", "50", "--json", "-").json
    turned = cli("evaluate", data.gt, data.predictions, other, "--baseline", "run_two", "--intervals", "50", "--json", "-").json
    assert turned["comparisons"][0]["baseline"] == "run_two"
    for name in FIGURES:
        one, back = (document["comparisons"][0]["figures"][name] for document in (first, turned))
        assert back["difference"] == pytest.approx(-one["difference"])
        assert back["better"] == pytest.approx(1 - one["better"])


def test_intervals_of_the_summary(cli: Runner, data: SmallData) -> None:
    summary = cli("evaluate", data.gt, data.predictions, "--intervals", "64", "--json", "-").json["runs"][0]["summary"]
    for name in FIGURES:
        assert summary[f"{name}_low"] <= summary[name] <= summary[f"{name}_high"]
    ran = cli("evaluate", data.gt, data.predictions, "--intervals", "64")
    assert "95 % intervals of run_one: AP" in ran.out


def test_tables_and_words(cli: Runner, data: SmallData, other: Path) -> None:
    ran = cli("evaluate", data.gt, data.predictions, other, "--compare")
    assert ran.status == 0
    assert "run_two against run_one: 1,000 resamples of 3 images, the same for both, seed 0" in ran.out
    assert "chance better" in ran.out
    assert "not distinguishable" in ran.out
    assert "better or worse where the 95 % interval leaves out 0" in ran.out
    assert "ΔAP" in ran.out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--compare"], "--compare: needs a second run"),
        (["--baseline", "run_one"], "--baseline: needs a second run"),
    ],
)
def test_one_run_alone_is_not_compared(cli: Runner, data: SmallData, arguments: list[str], reason: str) -> None:
    ran = cli("evaluate", data.gt, data.predictions, *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert reason in ran.err


def test_a_baseline_that_is_not_there_names_those_that_are(cli: Runner, data: SmallData, other: Path) -> None:
    ran = cli("evaluate", data.gt, data.predictions, other, "--baseline", "nobody")
    assert ran.status == 2
    assert "'nobody'" in ran.err
    assert "run_one, run_two" in ran.err


def test_runs_on_different_images_are_not_compared(cli: Runner, data: SmallData, other: Path) -> None:
    ran = cli("evaluate", data.gt, data.predictions, other, "--where", "error = 'missed'", "--compare")
    assert ran.status == 2
    assert "different images" in ran.err


def test_fates_of_every_object(cli: Runner, data: SmallData, other: Path) -> None:
    document = cli("evaluate", data.gt, data.predictions, other, "--compare", "--json", "-").json
    fates = document["comparisons"][0]["fates"]
    summaries = [run["summary"] for run in document["runs"]]
    assert fates["labels"] == ["found", "localization", "classification", "missed"]
    matrix = fates["matrix"]
    assert sum(matrix[0]) == summaries[0]["tp"]
    assert sum(row[0] for row in matrix) == summaries[1]["tp"]
    counts = [fates[name] for name in ("now_wrong", "now_right", "still_wrong", "still_right")]
    assert sum(counts) == sum(map(sum, matrix)) == summaries[0]["tp"] + summaries[0]["fn"]
    assert counts == [1, 0, 2, 1]
    assert fates["false_positives"] == {"still": 1, "new": 0, "gone": 0}
    assert document["fates"] == {"runs": ["run_one", "run_two"], "found_in": [2, 1, 1]}
    ran = cli("evaluate", data.gt, data.predictions, other, "--compare")
    assert "ground truth: 1 now wrong, 0 now right, 2 still wrong, 1 still right" in ran.out
    assert "Ground truth found in how many runs: 2 in none, 1 in 1, 1 in all 2" in ran.out


def test_failures_say_what_they_were(cli: Runner, data: SmallData, other: Path) -> None:
    plain = cli("failures", data.gt, other, "--json", "-").json
    records = cli("failures", data.gt, other, "--compare", data.predictions, "--json", "-").json
    # The compared runs are heard about the labels too: doubts about them, and the order that comes of it, may change.
    facts = [key for key in plain[0] if key not in OF_DOUBTS]
    assert sorted(str([record[key] for key in facts]) for record in records) == sorted(
        str([record[key] for key in facts]) for record in plain
    )
    assert all(list(record)[-4:] == ["tags", "fate", "was", "n_right"] for record in records)
    said = {(record["error"], record["class"]): (record["fate"], record["was"], record["n_right"]) for record in records}
    assert said == {
        ("missed", "bus"): ("still wrong", "classification", 0),
        ("missed", "car"): ("still wrong", "missed", 0),
        ("missed", "=ship"): ("now wrong", "found", 1),
        ("background", "car"): ("still wrong", "false positive", 0),
    }
    ran = cli("failures", data.gt, other, "--compare", data.predictions, "--csv", "-")
    assert ran.out.splitlines()[0].endswith("tags,fate,was,n_right")
    assert "still wrong" in cli("failures", data.gt, other, "--compare", data.predictions).out


def test_images_are_kept_by_what_became_of_their_objects(cli: Runner, data: SmallData, other: Path) -> None:
    where = ("--where", "fate = 'now wrong'")
    records = cli("failures", data.gt, other, "--compare", data.predictions, *where, "--json", "-").json
    assert {record["image"] for record in records} == {"night/c.png"}
    alone = cli("failures", data.gt, other, *where)
    assert alone.status == 2
    assert "no other run is given" in alone.err


def test_runs_of_a_project_are_named(cli: Runner, data: SmallData, other: Path) -> None:
    project = data.folder / "p.diag"
    assert cli("project", "create", project, "--gt", data.gt, "--pred", other, data.predictions).status == 0
    direct = cli("failures", data.gt, other, "--compare", data.predictions, "--json", "-").json
    assert cli("failures", "--project", project, "--compare", "run_one", "--json", "-").json == direct
    assert cli("failures", "--project", project, "--compare", data.predictions, "--json", "-").json == direct
    ran = cli("failures", "--project", project, "--compare", "nobody")
    assert (ran.status, ran.out) == (2, "")
    assert "no file nobody" in ran.err
    assert "run_one" in ran.err
