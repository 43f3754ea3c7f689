"""Rules other than COCO's through the command line: the keys they define, what stands beside a number, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.cli.running import Runner
from tests.cli.small_data import PREDICTIONS, SmallData
from tests.evaluation.federated_sets import federated_set
from tests.formats.coco_files import write
from tests.formats.reading import put_text

NEVER = ("AR1", "AR10", "AR100")
BY_AREA = ("APs", "APm", "APl", "ARs", "ARm", "ARl")


@pytest.fixture
def federated(tmp_path: Path) -> tuple[Path, Path]:
    content, results = federated_set(3, flags=False)
    return write(tmp_path / "lvis.json", content), write(tmp_path / "found.json", results)


def only_run(document: dict[str, Any]) -> dict[str, Any]:
    [run] = document["runs"]
    return run


def test_settings_of_cocos_rules(cli: Runner, data: SmallData) -> None:
    settings = cli("evaluate", data.gt, data.predictions, "--json", "-").json["settings"]
    assert (settings["rules"], settings["matching"], settings["ap"]) == ("coco", "coco", "coco-101")
    assert settings["ap_ious"] == pytest.approx([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
    assert (settings["ap_max_detections"], settings["ap_max_detections_per"]) == (100, "image and class")
    assert (settings["counts_matching"], settings["voc_plus_one"]) == ("coco", False)
    assert "ious" not in settings


@pytest.mark.parametrize(("rules", "ap"), [("voc", "voc-all-points"), ("voc-11", "voc-11")])
def test_voc(cli: Runner, data: SmallData, rules: str, ap: str) -> None:
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-", "--rules", rules, "--voc-plus-one", "--iou", "0.4")
    settings, run = ran.json["settings"], only_run(ran.json)
    assert (settings["matching"], settings["ap"], settings["voc_plus_one"]) == ("voc", ap, True)
    assert (settings["ap_ious"], settings["ap_max_detections"]) == ([0.4], None)
    summary = run["summary"]
    assert all(summary[name] is None for name in (*NEVER, *BY_AREA))
    assert summary["AP"] == summary["ap_at_iou"]
    assert not {"APr", "AR300"} & set(summary)
    ship = run["classes"][2]
    assert (ship["ap_gt"], ship["ap_tp"], ship["ap_fp"]) == (1, 1, 0)
    assert ship["ap"] == ship["ap_at_iou"] == 1.0
    plain = cli("evaluate", data.gt, data.predictions, "--json", "-", "--iou", "0.4").json
    for name in ("tp", "fp", "fn", "f1", "best_f1", "ece", "mean_iou"):
        assert summary[name] == only_run(plain)["summary"][name]
    assert run["errors"] == only_run(plain)["errors"]


def test_voc_names_itself_beside_the_numbers(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    text = cli("evaluate", data.gt, data.predictions, "--rules", "voc", "--voc-plus-one").out
    assert "AP by the rules of VOC, all points, +1 px, at IoU 0.5" in text
    assert "AP (VOC, all points, +1 px)" in text
    assert "APs" not in text
    out = tmp_path / "report.html"
    assert cli("report", data.gt, data.predictions, "--rules", "voc", "--out", out).status == 0
    page = out.read_text(encoding="utf-8")
    assert page.count("AP (VOC, all points)") == 2
    assert "AP by the rules of VOC, all points, at IoU 0.5" in page
    assert "COCO&#x27;s 101 points" not in page


def test_lvis(cli: Runner, federated: tuple[Path, Path]) -> None:
    ran = cli("evaluate", *federated, "--json", "-", "--rules", "lvis")
    assert ran.status == 0, ran.err
    settings, summary = ran.json["settings"], only_run(ran.json)["summary"]
    assert ran.json["read"][0]["format"] == "lvis"
    assert (settings["matching"], settings["ap"]) == ("lvis", "coco-101")
    assert (settings["ap_max_detections"], settings["ap_max_detections_per"]) == (300, "image")
    assert {"APr", "APc", "APf", "AR300"} <= set(summary)
    assert all(summary[name] is None for name in NEVER)
    assert summary["AP"] == pytest.approx(
        sum(ap for one in only_run(ran.json)["classes"] if (ap := one["ap"]) is not None)
        / sum(one["ap"] is not None for one in only_run(ran.json)["classes"])
    )
    text = cli("evaluate", *federated, "--rules", "lvis").out
    assert "AP by LVIS's rules, at most 300 predictions per image" in text
    assert "AR300" in text


def test_open_images(cli: Runner, federated: tuple[Path, Path], tmp_path: Path) -> None:
    tree = write(tmp_path / "tree.json", {"LabelName": "a", "Subcategory": [{"LabelName": "b"}, {"LabelName": "nothing"}]})
    ran = cli("evaluate", *federated, "--json", "-", "--rules", "openimages", "--hierarchy", tree)
    assert ran.status == 0, ran.err
    assert (ran.json["settings"]["matching"], ran.json["settings"]["ap"]) == ("openimages", "voc-all-points")
    [account] = [entry for entry in ran.json["read"] if entry["format"] == "class-hierarchy"]
    assert (account["records"], account["loaded"], account["dropped"]) == (3, 2, 1)
    classes = {one["name"]: one for one in only_run(ran.json)["classes"]}
    without = {
        one["name"]: one for one in only_run(cli("evaluate", *federated, "--json", "-", "--rules", "openimages").json)["classes"]
    }
    assert classes["a"]["ap_gt"] == without["a"]["ap_gt"] + without["b"]["ap_gt"]
    assert classes["c"] == without["c"]


def test_more_thresholds_and_limits(cli: Runner, data: SmallData) -> None:
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-", "--ious", "0.75,0.3,0.5", "--limits", "1,200")
    settings, run = ran.json["settings"], only_run(ran.json)
    assert (settings["ious"], settings["limits"]) == ([0.3, 0.5, 0.75], [1, 200])
    added = {f"{name}_{what}" for name in ("AP", "AR") for what in ("ious", "max1", "max200", "ious_max1", "ious_max200")}
    assert added <= set(run["summary"])
    assert [entry["iou"] for entry in run["ious"]] == [0.3, 0.5, 0.75]
    assert run["ious"][1]["ap"] == pytest.approx(run["summary"]["AP50"], abs=1e-12)
    assert run["summary"]["AR_max1"] == pytest.approx(run["summary"]["AR1"], abs=1e-12)
    assert "ap_ious" in run["classes"][0]
    assert "AP_ious" in cli("evaluate", data.gt, data.predictions, "--ious", "0.3:0.9:0.1").out


def test_the_csv_has_the_columns_of_the_json(cli: Runner, data: SmallData) -> None:
    text = cli("evaluate", data.gt, data.predictions, "--csv", "-", "--rules", "voc", "--ious", "0.5").out
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert head[-4:] == ["ap_gt", "ap_tp", "ap_fp", "ap_ious"]
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rules", "lvis"], "neg_category_ids"),
        (["--rules", "openimages"], "pos_category_ids"),
        (["--voc-plus-one"], "voc_plus_one"),
        (["--rules", "voc", "--limits", "10"], "--limits"),
        (["--ious", "0"], "--ious"),
        (["--ious", "0.5:0.9"], "--ious"),
        (["--limits", "0"], "--limits"),
        (["--limits", "a"], "--limits"),
        (["--rules", "kitti"], "--rules"),
        (["--rules", "openimages", "--hierarchy", "none.json"], "none.json"),
        (["--hierarchy", "none.json"], "--hierarchy: only the rules of Open Images go by it, not those of coco"),
        (["--verified", "none.csv"], "--verified: only the rules of Open Images go by it, not those of coco"),
        (["--no-measure"], "--no-measure: is about what --discover searches"),
        (["--rules", "lvis", "--explain", "AP"], "neg_category_ids"),
        (["--rules", "voc", "--explain", "AR100"], "AR100"),
        (["--explain", "APr"], "APr"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(cli: Runner, data: SmallData, arguments: list[str], said: str) -> None:
    ran = cli("evaluate", data.gt, data.predictions, *arguments)
    assert ran.status == 2
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_runs_are_not_compared_by_rules_that_are_not_resampled(cli: Runner, data: SmallData) -> None:
    other = data.folder / "run_two.json"
    other.write_text(json.dumps(PREDICTIONS[:3]))
    ran = cli("evaluate", data.gt, data.predictions, other, "--compare", "--rules", "voc")
    assert ran.status == 2
    assert "--compare" in ran.err
    ran = cli("evaluate", data.gt, data.predictions, "--json", "-", "--intervals", "20", "--rules", "voc")
    summary = only_run(ran.json)["summary"]
    assert "f1_low" in summary
    assert "AP_low" not in summary


@pytest.mark.parametrize("rules", ["voc", "voc-11", "lvis", "openimages"])
def test_every_figure_of_the_rules_is_explained_by_its_own_value(cli: Runner, federated: tuple[Path, Path], rules: str) -> None:
    run = only_run(cli("evaluate", *federated, "--json", "-", "--rules", rules, "--iou", "0.4").json)
    names = [name for name in run["summary"] if name[:2] in ("AP", "AR") and run["summary"][name] is not None]
    assert "AP" in names
    wanted = [*names, "ap_at_iou", *(f"classes.a.{key}" for key in ("ap", "ap50", "ap_at_iou"))]
    asked = [word for name in wanted for word in ("--explain", name)]
    explained = only_run(cli("evaluate", *federated, "--json", "-", "--rules", rules, "--iou", "0.4", *asked).json)[
        "explanations"
    ]
    of_class = run["classes"][0]
    expected = [
        *(run["summary"][name] for name in (*names, "ap_at_iou")),
        *(of_class[key] for key in ("ap", "ap50", "ap_at_iou")),
    ]
    assert [one["value"] for one in explained] == pytest.approx(expected, abs=1e-12)
    assert all(dict(one["settings"])["rules"] for one in explained)


def test_open_images_from_its_own_files(cli: Runner, tmp_path: Path) -> None:
    """A hound found as a hound and as an animal; a cat of an image where cats were ruled out, and one where nobody looked."""
    for name in ("one", "two"):
        assert cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.zeros((100, 100, 3), np.uint8))
    put_text(tmp_path / "class-descriptions-boxable.csv", "/m/a,Animal", "/m/h,Hound", "/m/c,Cat")
    boxes = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsGroupOf"
    truth = put_text(
        tmp_path / "boxes.csv",
        boxes,
        "one,x,/m/h,1,0.1,0.5,0.1,0.5,0,0",
        "two,x,/m/c,1,0,0.9,0,0.9,0,1",
        "two,x,/m/a,1,0,1,0,1,0,1",
    )
    found = put_text(
        tmp_path / "found.csv",
        "ImageID,LabelName,Score,XMin,XMax,YMin,YMax",
        "one,/m/h,0.9,0.1,0.5,0.1,0.5",
        "one,/m/a,0.9,0.1,0.5,0.1,0.5",
        "one,/m/c,0.8,0.1,0.5,0.1,0.5",
        "two,/m/c,0.7,0.2,0.4,0.2,0.4",
        "two,/m/h,0.6,0.2,0.4,0.2,0.4",
    )
    verified = put_text(
        tmp_path / "labels.csv", "ImageID,Source,LabelName,Confidence", "one,v,/m/h,1", "one,v,/m/c,0", "two,v,/m/c,1"
    )
    tree = {"LabelName": "/m/root", "Subcategory": [{"LabelName": "/m/a", "Subcategory": [{"LabelName": "/m/h"}]}]}
    files = ("--verified", verified, "--hierarchy", write(tmp_path / "tree.json", tree))
    ran = cli("evaluate", truth, found, "--rules", "openimages", *files, "--json", "-")
    assert ran.status == 0, ran.err
    counts = {one["name"]: (one["ap_gt"], one["ap_tp"], one["ap_fp"]) for one in ran.json["runs"][0]["classes"]}
    assert counts == {"Animal": (1, 1, 0), "Hound": (1, 1, 0), "Cat": (0, 0, 1)}
    refused = cli("evaluate", truth, found, "--rules", "openimages")
    assert refused.status == 2
    assert "pos_category_ids" in refused.err
