"""``evaluate``: tables, warnings, streams and exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.document_keys import CLASS
from tests.cli.running import Runner
from tests.cli.small_data import SmallData


def test_standard_output_carries_only_what_was_asked(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    broken = json.loads(data.gt.read_text())
    broken["annotations"].append({"id": 99, "image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 0]})
    data.gt.write_text(json.dumps(broken))
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-")
    assert json.loads(ran.out)["read"][0]["dropped"] == 1
    assert "warning: gt.json" in ran.err
    assert cli("evaluate", data.gt, data.predictions, "--json", "-", "--quiet").err == ""
    ran = cli("evaluate", data.gt, data.predictions, "--json", tmp_path / "x.json", "--csv", tmp_path / "x.csv")
    assert ran.out == ""
    assert json.loads((tmp_path / "x.json").read_text())["version"] == 1
    rows = list(csv.DictReader(io.StringIO((tmp_path / "x.csv").read_text())))
    assert list(rows[0]) == ["run", *CLASS, "ap_at_iou", "ece", "mce", "laece"]
    # A class name that a spreadsheet would run is quoted.
    assert [row["name"] for row in rows] == ["car", "bus", "'=ship"]


def test_leaving_labels_out_is_said_to_move_figures(cli: Runner, data: SmallData) -> None:
    document = json.loads(data.gt.read_text())
    document["annotations"].append({"id": 98, "image_id": 77, "category_id": 1, "bbox": [1, 1, 5, 5]})
    data.gt.write_text(json.dumps(document))
    warnings = cli("evaluate", data.gt, data.predictions, "--json", "-").json["dataset"]["warnings"]
    assert "dropping-moves-ap" not in {entry["code"] for entry in warnings}
    document["annotations"].append({"id": 99, "image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 0]})
    data.gt.write_text(json.dumps(document))
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-")
    assert {"code": "dropping-moves-ap", "count": 1} in [
        {key: entry[key] for key in ("code", "count")} for entry in ran.json["dataset"]["warnings"]
    ]
    assert "AP differ" in ran.err


@pytest.mark.parametrize("record", [{"score": float("nan")}, {"bbox": [1, 1, 5]}, {"bbox": [1, 1, float("inf"), 5]}])
def test_leaving_predictions_out_is_said_to_move_figures(cli: Runner, data: SmallData, record: dict[str, Any]) -> None:
    records = json.loads(data.predictions.read_text())
    records.append({**records[0], "image_id": 77})
    data.predictions.write_text(json.dumps(records))
    assert "dropping-moves-ap" not in cli("evaluate", data.gt, data.predictions).err
    records.append(records[0] | record)
    data.predictions.write_text(json.dumps(records))
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-")
    found = [entry for entry in ran.json["dataset"]["warnings"] if entry["code"] == "dropping-moves-ap"]
    assert [entry["count"] for entry in found] == [1]
    assert "1 prediction left out, so precision, recall and AP may differ" in ran.err


def test_tables_for_people(cli: Runner, data: SmallData) -> None:
    out = cli("evaluate", data.gt, data.predictions, "--slice", "scene").out
    for word in (
        "IoU 0.5",
        "score ≥ 0.25",
        "car",
        "all classes",
        "localization",
        "dAP",
        "scene=night",
        "mF1 (YOLTv4)",
        "mF1 (COCO matching)",
    ):
        assert word in out


def test_a_name_cannot_steer_the_terminal(cli: Runner, data: SmallData) -> None:
    data.gt.write_text(data.gt.read_text().replace('"bus"', '"b\\u001b[31mus"'))
    ran = cli("evaluate", data.gt, data.predictions)
    assert "\x1b" not in ran.out
    assert "b\\x1b[31mus" in ran.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evaluate", "missing.json", "{predictions}"], "missing.json"),
        (["evaluate", "{gt}"], "no predictions"),
        (["evaluate"], "no ground truth"),
        (["evaluate", "{gt}", "{predictions}", "--iou", "1.5"], "iou_threshold"),
        (["evaluate", "{gt}", "{predictions}", "--max-detections", "0"], "max_detections"),
        (["evaluate", "{gt}", "{predictions}", "--task", "segm"], "gt.json: label 11 on a.jpg has no mask (4 labels have none)"),
        (["evaluate", "{gt}", "{predictions}", "--where", "scen = 'day'"], "scene"),
        (["evaluate", "{gt}", "{predictions}", "--slice", "(("], "column"),
        (["evaluate", "{gt}", "{predictions}", "--images", "nowhere"], "nowhere"),
        (["evaluate", "{gt}", "{predictions}", "--json", "/nowhere/at/all.json"], "cannot be written"),
        (["evaluate", "{predictions}", "{gt}"], "run_one.json"),
        (["evalute", "{gt}"], "evaluate"),
    ],
)
def test_a_wrong_call_says_why_in_one_line(cli: Runner, data: SmallData, arguments: list[str], says: str) -> None:
    filled = [word.format(gt=data.gt, predictions=data.predictions) for word in arguments]
    ran = cli(*filled)
    assert ran.status == 2
    assert ran.out == ""
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert len([line for line in ran.err.splitlines() if not line.startswith("warning:")]) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--score", "x"], "argument --score: invalid float value: 'x'"),
        (["--intervals", "1"], "argument --intervals: must be at least 2"),
        (["--ious", "0"], "argument --ious: "),
        (["--limits", "a"], "argument --limits: "),
        (["--discover=all"], "argument --discover: 'all' is none of "),
        (["--nonsense\x1b[31m"], "unrecognized arguments: --nonsense\\x1b"),
    ],
)
def test_a_wrong_value_is_said_in_one_line_without_the_list_of_arguments(
    cli: Runner, data: SmallData, arguments: list[str], says: str
) -> None:
    ran = cli("evaluate", data.gt, data.predictions, *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"diag-gui evaluate: error: {says}")
    assert ran.err.endswith("; see diag-gui evaluate --help\n")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("verb", "arguments", "says"),
    [
        ("evaluate", ["--bins", "quantiles=3"], "--bins: parts the columns that --slice names; give --slice COLUMN too"),
        ("report", ["--bins", "quantiles=3"], "--bins: parts the columns that --slice names; give --slice COLUMN too"),
        ("evaluate", ["--discover-class", "car"], "--discover-class: narrows what --discover searches; give --discover too"),
        (
            "evaluate",
            ["--hierarchy", "x", "--rules", "voc"],
            "--hierarchy: only the rules of Open Images go by it, not those of voc",
        ),
    ],
)
def test_an_argument_that_would_do_nothing_is_refused(
    cli: Runner, data: SmallData, verb: str, arguments: list[str], says: str
) -> None:
    ran = cli(verb, data.gt, data.predictions, *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"diag-gui: {says}")


def test_intervals_by_few_resamples_are_said_to_be_coarse(cli: Runner, data: SmallData) -> None:
    asked = ("evaluate", data.gt, data.predictions, "--intervals")
    assert "note: --intervals: bounds by 99 resamples are coarse; 100 or more" in cli(*asked, "99").err
    assert "coarse" not in cli(*asked, "100").err
    assert "coarse" not in cli(*asked, "2", "--quiet").err


def test_an_unknown_option_is_a_wrong_call(cli: Runner, data: SmallData) -> None:
    assert cli("evaluate", data.gt, data.predictions, "--nonsense").status == 2


def test_an_internal_error_is_reported_in_one_line(cli: Runner, data: SmallData, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **more: object) -> None:
        raise ZeroDivisionError("kaputt")

    monkeypatch.setattr("diag_gui.cli.evaluate.figures_of", broken)
    ran = cli("evaluate", data.gt, data.predictions)
    assert ran.status == 3
    assert ran.err.splitlines()[-1] == "diag-gui: internal error: ZeroDivisionError: kaputt"
    assert "Traceback" not in ran.err
    assert "Traceback" in cli("evaluate", data.gt, data.predictions, "--debug").err


def test_interrupting_is_quiet(cli: Runner, data: SmallData, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("diag_gui.cli.evaluate.figures_of", interrupted)
    ran = cli("evaluate", data.gt, data.predictions)
    assert (ran.status, "Traceback" in ran.err) == (130, False)


def test_error_types_of_classes_and_slices_are_printed_when_asked_for(cli: Runner, data: SmallData) -> None:
    plain = cli("evaluate", data.gt, data.predictions, "--slice", "scene")
    ran = cli("evaluate", data.gt, data.predictions, "--slice", "scene", "--errors")
    assert (plain.status, ran.status) == (0, 0)
    header = "cls  loc  both  dup  bkg  miss  dAP"
    assert header not in plain.out
    assert [line.split()[0] for line in ran.out.splitlines() if header in line] == ["class", "slice"]
