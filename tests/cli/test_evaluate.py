"""``evaluate``: the document key by key, types and golden values."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.average_precision import IOU_GRID
from tests.cli.document_keys import CLASS
from tests.cli.running import Runner
from tests.cli.small_data import SmallData
from tests.shared_data import DATA, needs_shared

SUMMARY = [
    "AP",
    "AP50",
    "AP75",
    "APs",
    "APm",
    "APl",
    "AR1",
    "AR10",
    "AR100",
    "ARs",
    "ARm",
    "ARl",
    "tp",
    "fp",
    "fn",
    "precision",
    "recall",
    "f1",
    "mf1",
    "mf1_yoltv4",
    "mean_iou",
    "best_f1",
    "best_score",
    "ece",
    "mce",
    "laece",
    "ap_at_iou",
]
SLICE = [
    "name",
    "kind",
    "images",
    "gt",
    "tp",
    "fp",
    "fn",
    "precision",
    "recall",
    "f1",
    "ap",
    "ap50",
    "mean_iou",
    "f1_low",
    "f1_high",
    "delta_f1",
    "q",
    "enough",
]
SIX = ("classification", "localization", "both", "duplicate", "background", "missed")
COUNTS = {"gt", "predictions", "tp", "fp", "fn", "images", "n", "count", "count_at_score", "records", "loaded", "dropped"}


def check_types(value: Any, key: str = "") -> None:
    """Counts are integers, everything else a number, a text, a truth value or null; no NaN."""
    if isinstance(value, dict):
        for name, item in value.items():
            check_types(item, name)
    elif isinstance(value, list):
        for item in value:
            check_types(item, key)
    elif key in COUNTS and value is not None:
        assert type(value) is int, key
    elif isinstance(value, float):
        assert math.isfinite(value), key


MORE_OF_SLICES = {"errors", "expression", "predictions", "differences", "sentence", "p"} | {
    f"{name}_{end}" for name in ("precision", "recall") for end in ("low", "high")
}


def test_the_document_has_exactly_the_keys_of_the_contract(cli: Runner, data: SmallData) -> None:
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-", "--slice", "scene")
    assert ran.status == 0
    document = ran.json
    check_types(document)
    assert list(document) == ["version", "settings", "dataset", "read", "runs"]
    assert document["version"] == 1
    settings = document["settings"]
    assert settings.pop("kernel") == KERNEL
    assert settings == {
        "engine": "local",
        "task": "bbox",
        "iou": 0.5,
        "score": 0.25,
        "max_detections": 100,
        "matching": "coco",
        "ap": "coco-101",
        "background_iou": 0.1,
        "seed": 0,
        "rules": "coco",
        "voc_plus_one": False,
        "ap_ious": IOU_GRID.tolist(),
        "ap_max_detections": 100,
        "ap_max_detections_per": "image and class",
        "counts_matching": "coco",
        "where": None,
    }
    assert {key: document["dataset"][key] for key in ("images", "classes", "ground_truth", "predictions")} == {
        "images": 3,
        "classes": 3,
        "ground_truth": 5,
        "predictions": 5,
    }
    assert all(set(warning) == {"code", "count", "first"} for warning in document["dataset"]["warnings"])
    assert [entry["file"] for entry in document["read"]] == ["gt.json", "run_one.json"]
    for entry in document["read"]:
        assert set(entry) == {"file", "format", "sha256", "records", "loaded", "dropped", "codes"}
        assert entry["loaded"] + entry["dropped"] == entry["records"]
        assert len(entry["sha256"]) == 64
    (run,) = document["runs"]
    assert list(run) == ["name", "images", "summary", "classes", "errors", "confusion", "calibration", "slices"]
    assert run["name"] == "run_one"
    assert list(run["summary"]) == SUMMARY
    assert [list(entry) for entry in run["classes"]] == [[*CLASS, "ap_at_iou", "ece", "mce", "laece", "errors"]] * 3
    assert [entry["name"] for entry in run["classes"]] == ["car", "bus", "=ship"]
    of_parts = [part["errors"] for part in (*run["classes"], *run["slices"])]
    for errors in (run["errors"], *of_parts):
        assert set(errors) == {*SIX, "false_positive", "false_negative"}
        assert all(set(errors[name]) == {"count", "count_at_score", "dap"} for name in SIX)
        assert all(set(errors[name]) == {"dap"} for name in ("false_positive", "false_negative"))
    for name in SIX:
        for key in ("count", "count_at_score"):
            assert sum(entry["errors"][name][key] for entry in run["classes"]) == run["errors"][name][key]
            assert sum(entry["errors"][name][key] for entry in run["slices"]) == run["errors"][name][key]
    assert run["confusion"]["labels"] == ["car", "bus", "=ship", "background"]
    assert [len(row) for row in run["confusion"]["matrix"]] == [4] * 4
    assert set(run["calibration"]) == {"n", "tp_rule", "bins", "binning", "n_bins", "n_outside"}
    assert run["calibration"]["tp_rule"] == "coco at iou"
    assert [set(entry) for entry in run["calibration"]["bins"]] == [{"low", "high", "n", "mean_score", "precision"}] * 10
    assert [set(entry) for entry in run["slices"]] == [{*SLICE, *MORE_OF_SLICES}] * 2
    assert {entry["name"] for entry in run["slices"]} == {"scene=day", "scene=night"}
    for entry in run["slices"]:
        assert entry["kind"] == "image"
        assert entry["f1_low"] is None
        assert entry["q"] is None
        assert type(entry["enough"]) is bool


def test_counts_agree_with_each_other(cli: Runner, data: SmallData) -> None:
    document = cli("evaluate", data.gt, data.predictions, "--json", "-").json
    run = document["runs"][0]
    for entry in run["classes"]:
        assert entry["predictions"] == entry["tp"] + entry["fp"]
        assert entry["gt"] == entry["tp"] + entry["fn"]
    for key in ("tp", "fp", "fn"):
        assert run["summary"][key] == sum(entry[key] for entry in run["classes"])
    # The crowd is in neither: five labels loaded, four count.
    assert sum(entry["gt"] for entry in run["classes"]) == 4
    assert document["dataset"]["ground_truth"] == 5


def test_undefined_figures_are_null(cli: Runner, data: SmallData) -> None:
    run = cli("evaluate", data.gt, data.predictions, "--json", "-", "--score", "0.99").json["runs"][0]
    assert run["summary"]["precision"] is None
    assert run["summary"]["mean_iou"] is None
    assert run["summary"]["APs"] is not None


def test_several_runs_come_in_the_order_given(cli: Runner, data: SmallData) -> None:
    other = data.folder / "another.json"
    other.write_text(json.dumps(json.loads(data.predictions.read_text())[:1]))
    document = cli("evaluate", data.gt, other, data.predictions, "--json", "-").json
    assert [run["name"] for run in document["runs"]] == ["another", "run_one"]
    assert document["dataset"]["predictions"] == 6
    assert len(document["read"]) == 3


def test_another_limit_adds_its_recall(cli: Runner, data: SmallData) -> None:
    summary = cli("evaluate", data.gt, data.predictions, "--json", "-", "--max-detections", "5").json["runs"][0]["summary"]
    assert set(summary) == {*SUMMARY, "AR_max"}


def test_figures_by_area_are_undefined_where_sizes_of_pictures_are_not_known(cli: Runner, data: SmallData) -> None:
    by_area = ("APs", "APm", "APl", "ARs", "ARm", "ARl")
    found = {}
    for name, pictures in (("with", ["--images", data.images, "--copy-images"]), ("without", [])):
        out = data.folder / name
        assert cli("export", data.gt, data.predictions, "--to", "yolo", "--out", out, *pictures).status == 0
        if not pictures:
            data.images.rename(data.folder / "not where anybody looks")
        ran = cli("evaluate", out, out / "predictions", "--json", "-", "--metadata", data.metadata)
        found[name] = ran.json["runs"][0]["summary"]
    assert found["with"]["APs"] is not None
    assert [found["without"][figure] for figure in by_area] == [None] * len(by_area)
    assert found["without"]["AP"] == pytest.approx(found["with"]["AP"], abs=1e-9)
    assert found["without"]["AR100"] == pytest.approx(found["with"]["AR100"], abs=1e-9)


@needs_shared
def test_golden_values(cli: Runner) -> None:
    golden = DATA / "golden"
    run = cli("evaluate", golden / "toy_gt.json", golden / "toy_dt.json", "--json", "-").json["runs"][0]
    assert run["summary"]["AP"] == pytest.approx(0.430693, abs=1e-6)
    assert run["summary"]["best_score"] == 0.9
    assert run["summary"]["ece"] == pytest.approx(0.43125)
    dap = {name: entry["dap"] for name, entry in run["errors"].items()}
    assert dap["classification"] == pytest.approx(0.25990, abs=1e-5)
    assert dap["false_negative"] == pytest.approx(0.42079, abs=1e-5)
    assert {run["errors"][name]["count"] for name in SIX} == {1}
    high = cli("evaluate", golden / "toy_gt.json", golden / "toy_dt.json", "--json", "-", "--score", "0.65").json["runs"][0]
    assert {name: high["errors"][name]["count_at_score"] for name in SIX} == {
        "classification": 1,
        "localization": 0,
        "both": 0,
        "duplicate": 1,
        "background": 0,
        "missed": 3,
    }


def test_the_confusion_matrix_comes_as_shares_too(cli: Runner, data: SmallData) -> None:
    confusion = cli("evaluate", data.gt, data.predictions, "--json", "-").json["runs"][0]["confusion"]
    assert confusion["matrix"] == [[1, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]]
    nothing = [None] * 4
    assert confusion["normalised"] == {
        "ground_truth": [[0.5, 0, 0, 0.5], [1, 0, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]],
        "prediction": [[1 / 3, None, 0, 1], [1 / 3, None, 0, 0], [0, None, 1, 0], [1 / 3, None, 0, 0]],
    }
    high = cli("evaluate", data.gt, data.predictions, "--json", "-", "--score", "1").json["runs"][0]["confusion"]
    assert high["normalised"]["ground_truth"] == [[0, 0, 0, 1]] * 3 + [nothing]
    assert high["normalised"]["prediction"] == [[None, None, None, share] for share in (0.5, 0.25, 0.25, 0)]


def test_bins_of_the_calibration_are_asked_for(cli: Runner, data: SmallData) -> None:
    run = cli("evaluate", data.gt, data.predictions, "--json", "-").json["runs"][0]
    assert (run["calibration"]["binning"], run["calibration"]["n_bins"], run["calibration"]["n_outside"]) == (
        "equal-width",
        10,
        0,
    )
    options = ("--calibration", "equal-mass", "--calibration-bins", "2")
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-", *options)
    calibration = ran.json["runs"][0]["calibration"]
    assert (calibration["binning"], calibration["n_bins"]) == ("equal-mass", 2)
    assert [(entry["low"], entry["high"], entry["n"]) for entry in calibration["bins"]] == [(0.1, 0.6, 2), (0.7, 0.9, 3)]
    assert ran.json["runs"][0]["summary"]["ece"] == pytest.approx((2 * abs(0.35 - 0.5) + 3 * abs(0.8 - 2 / 3)) / 5)
    assert "2 bins of equal mass over all scores" in cli("evaluate", data.gt, data.predictions, *options).out
    explained = cli("evaluate", data.gt, data.predictions, *options, "--explain", "ece").out
    assert "2 of equal mass" in explained
    assert "bins of equal width" in explained
    page = data.folder / "page.html"
    assert cli("report", data.gt, data.predictions, *options, "--out", page).status == 0
    assert "2 bins of equal mass" in page.read_text()
    for wrong in (("--calibration", "quantile"), ("--calibration-bins", "0"), ("--calibration-bins", "1001")):
        assert cli("evaluate", data.gt, data.predictions, *wrong).status == 2


def test_scores_outside_0_to_1_leave_calibration_undefined(cli: Runner, data: SmallData) -> None:
    records = json.loads(data.predictions.read_text())
    records[0]["score"] = 90
    data.predictions.write_text(json.dumps(records))
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-")
    run = ran.json["runs"][0]
    assert [run["summary"][key] for key in ("ece", "mce", "laece")] == [None] * 3
    assert run["calibration"]["n_outside"] == 1
    assert "score-out-of-range" in {entry["code"] for entry in ran.json["dataset"]["warnings"]}
    ece = {entry["name"]: entry["ece"] for entry in run["classes"]}
    assert ece["car"] is None
    assert ece["=ship"] == pytest.approx(0.3)


def test_many_classes_give_a_sparse_matrix(cli: Runner, data: SmallData) -> None:
    document = json.loads(data.gt.read_text())
    document["categories"] += [{"id": 100 + n, "name": f"c{n}"} for n in range(250)]
    data.gt.write_text(json.dumps(document))
    confusion = cli("evaluate", data.gt, data.predictions, "--json", "-").json["runs"][0]["confusion"]
    assert set(confusion) == {"labels", "sparse", "normalised"}
    for key, side in (("ground_truth", 0), ("prediction", 1)):
        totals = Counter()
        for cell in confusion["sparse"]:
            totals[cell[side]] += cell[2]
        shares = [[*cell[:2], cell[2] / totals[cell[side]]] for cell in confusion["sparse"]]
        assert confusion["normalised"][key] == shares
    assert confusion["labels"] == ["car", "bus", "=ship", "background"]
    assert all(0 <= row < 4 and 0 <= column < 4 and n > 0 for row, column, n in confusion["sparse"])


def test_a_class_with_neither_labels_nor_errors_has_no_error_types(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    truth = json.loads(data.gt.read_text())
    truth["categories"].append({"id": 77, "name": "unused"})
    path = tmp_path / "more.json"
    path.write_text(json.dumps(truth))
    classes = {
        entry["name"]: entry for entry in cli("evaluate", path, data.predictions, "--json", "-").json["runs"][0]["classes"]
    }
    assert classes["unused"]["errors"] is None
    assert classes["car"]["errors"]["background"]["count"] >= 0
