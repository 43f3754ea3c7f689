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
    assert list(document)[-1] == "comparisons"
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
    assert "ΔAP" in ran.out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--compare"], "needs a second run"),
        (["--baseline", "run_one"], "needs a second run"),
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
