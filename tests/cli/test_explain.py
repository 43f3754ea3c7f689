"""``evaluate --explain``: the account of a figure, as text and in JSON."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import Runner
from tests.cli.small_data import SmallData


def test_the_account_is_printed_instead_of_tables(cli: Runner, data: SmallData) -> None:
    done = cli("evaluate", data.gt, data.predictions, "--explain", "recall", "--explain", "car.ap50", "--quiet")
    assert done.status == 0
    assert done.out.startswith("Recall: ")
    assert "formula   TP / (TP + FN)" in done.out
    assert "score ≥ 0.25" in done.out
    assert "Average precision of car at IoU 0.50" in done.out
    assert "error type" not in done.out


def test_json_holds_the_account_beside_the_figure(cli: Runner, data: SmallData) -> None:
    done = cli("evaluate", data.gt, data.predictions, "--explain", "AP", "--json", "-", "--quiet")
    run_of_document = done.json["runs"][0]
    (account,) = run_of_document["explanations"]
    assert account["figure"] == "summary.AP"
    assert account["value"] == run_of_document["summary"]["AP"]
    assert {"title", "formula", "settings", "used", "ignored", "terms", "source", "elsewhere"} < set(account)


def test_an_unknown_figure_ends_with_2_and_near_names(cli: Runner, data: SmallData) -> None:
    done = cli("evaluate", data.gt, data.predictions, "--explain", "recal", "--quiet")
    assert done.status == 2
    assert "near: recall" in done.err
    assert done.out == ""


def test_nothing_is_written_when_a_figure_is_unknown(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    assert cli("evaluate", data.gt, data.predictions, "--explain", "x", "--json", target, "--quiet").status == 2
    assert not target.exists()
