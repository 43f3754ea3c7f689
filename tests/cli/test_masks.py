"""``--task segm``: the same verbs over masks, and what they say of labels and predictions without a usable one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from diag_gui.data.written_masks import fault_of
from tests.cli.running import Runner
from tests.cli.small_data import GT, SmallData
from tests.shared_data import CORPUS, needs_shared


def polygon(x: float, y: float, w: float, h: float) -> list[list[float]]:
    return [[x, y, x + w, y, x + w, y + h, x, y + h]]


def half(x: float, y: float, w: float, h: float) -> list[list[float]]:
    return polygon(x, y, w / 2, h)


@pytest.fixture
def masked(data: SmallData) -> SmallData:
    """The small data with masks: labels fill their boxes, predictions fill theirs but for one that fills half."""
    truth = copy.deepcopy(GT)
    for label in truth["annotations"]:
        label["segmentation"] = polygon(*label["bbox"])
    found = json.loads(data.predictions.read_text())
    for number, one in enumerate(found):
        one["segmentation"] = half(*one["bbox"]) if number == 0 else polygon(*one["bbox"])
    data.gt.write_text(json.dumps(truth))
    data.predictions.write_text(json.dumps(found))
    return data


def with_mask(data: SmallData, side: str, place: int, mask: Any) -> None:
    path = data.gt if side == "gt" else data.predictions
    content = json.loads(path.read_text())
    record = (content["annotations"] if side == "gt" else content)[place]
    record["segmentation"] = mask
    if mask is None:
        del record["segmentation"]
    path.write_text(json.dumps(content))


def test_the_figures_are_those_of_masks_and_say_so(cli: Runner, masked: SmallData) -> None:
    boxes, masks = (
        cli("evaluate", masked.gt, masked.predictions, "--task", task, "--iou", "0.6", "--json", "-", "--quiet").json
        for task in ("bbox", "segm")
    )
    assert (boxes["settings"]["task"], masks["settings"]["task"]) == ("bbox", "segm")
    assert masks["runs"][0]["summary"]["tp"] == boxes["runs"][0]["summary"]["tp"] - 1
    assert set(masks["runs"][0]) == set(boxes["runs"][0])
    said = cli("evaluate", masked.gt, masked.predictions, "--task", "segm").out
    assert "Settings: masks, IoU 0.5" in said
    assert "mF1 (YOLTv4, boxes)" in said


def test_failures_slices_report_and_export_compare_masks(cli: Runner, masked: SmallData, tmp_path: Path) -> None:
    both = [masked.gt, masked.predictions, "--iou", "0.6", "--quiet"]
    rows = {task: cli("failures", *both, "--task", task, "--json", "-").json for task in ("bbox", "segm")}
    assert [row["error"] for row in rows["bbox"] if row["pred_index"] == 0] == []
    [row] = [row for row in rows["segm"] if row["pred_index"] == 0]
    assert (row["error"], row["iou"], row["gt_id"]) == ("localization", 0.5, 11)
    [run] = cli("evaluate", *both, "--task", "segm", "--slice", "night=scene = 'night'", "--json", "-").json["runs"]
    assert run["slices"][0]["name"] == "night"
    assert cli("report", *both, "--task", "segm", "--out", tmp_path / "report.html").status == 0
    assert "masks · IoU 0.6" in (tmp_path / "report.html").read_text()
    for to in ("coco", "csv"):
        assert cli("export", *both, "--task", "segm", "--to", to, "--out", tmp_path / to, "--where", "iou = 0.5").status == 0
    assert json.loads((tmp_path / "csv" / "manifest.json").read_text())["settings"]["task"] == "segm"


def test_failures_of_masks_are_tagged_and_those_of_boxes_are_others(cli: Runner, masked: SmallData, tmp_path: Path) -> None:
    project = tmp_path / "masks.diag"
    assert cli("project", "create", project, "--gt", masked.gt, "--pred", masked.predictions).status == 0
    where = ("tag", project, "--where", "error = 'localization'", "--iou", "0.6", "--add", "redraw")
    assert cli(*where).out == "0 rows matched, 0 changes kept\n"
    assert cli(*where, "--task", "segm").out == "1 row matched, 1 change kept\n"


def test_a_label_without_a_mask_is_named_and_refused(cli: Runner, masked: SmallData) -> None:
    with_mask(masked, "gt", 2, None)
    ran = cli("evaluate", masked.gt, masked.predictions, "--task", "segm")
    assert ran.status == 2
    assert "gt.json: label 13 on B.jpg has no mask" in ran.err
    assert cli("evaluate", masked.gt, masked.predictions).status == 0


def test_the_box_stands_for_a_prediction_without_a_mask_and_that_is_said(cli: Runner, masked: SmallData) -> None:
    with_mask(masked, "pred", 0, None)
    ran = cli("evaluate", masked.gt, masked.predictions, "--task", "segm", "--iou", "0.6", "--json", "-")
    assert ran.json["runs"][0]["summary"]["tp"] == 2
    assert "1 prediction without a mask: the box stands for it" in ran.err
    assert "box-for-mask" not in cli("evaluate", masked.gt, masked.predictions).err


BAD = [
    {"size": [0, 100], "counts": "11"},
    {"size": [2**31, 1], "counts": "0"},
    {"size": [100, 100], "counts": [5, 3_000_000]},
    {"size": [100, 100], "counts": [-1, 10_001]},
    {"size": [100, 100], "counts": "P"},
    {"size": [100, 100], "counts": "é"},
    {"size": [80, 100], "counts": [8_000]},
    {"size": [100, 100]},
    [[10, 12, 40, 36]],
    [[0, 0, 1e8, 0, 1e8, 1e8]],
    "mask",
]


@pytest.mark.parametrize("mask", BAD, ids=str)
def test_a_bad_mask_is_named_and_moves_no_figure_silently(cli: Runner, masked: SmallData, mask: Any) -> None:
    reason = str(fault_of(mask, 100, 100))
    before = cli("evaluate", masked.gt, masked.predictions, "--task", "segm", "--json", "-").json["runs"][0]["summary"]
    with_mask(masked, "gt", 0, mask)
    ran = cli("evaluate", masked.gt, masked.predictions, "--task", "segm", "--json", "-")
    assert ran.status == 0
    assert f"annotations[0] (id 11, image 1): {reason}" in ran.err
    assert "1 label left out for a mask that cannot be used" in ran.err
    after = ran.json["runs"][0]["summary"]
    assert (after["tp"], after["fp"], after["fn"]) == (before["tp"] - 1, before["fp"] + 1, before["fn"])
    with_mask(masked, "gt", 0, polygon(10, 10, 20, 20))
    with_mask(masked, "pred", 0, mask)
    ran = cli("evaluate", masked.gt, masked.predictions, "--task", "segm", "--json", "-")
    assert "1 prediction with no usable mask" in ran.err
    after = ran.json["runs"][0]["summary"]
    assert (after["tp"], after["fp"], after["fn"]) == (before["tp"] - 1, before["fp"] + 1, before["fn"] + 1)


@needs_shared
@pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.glob("gt/*.json") if path.name[:4] in ("rle_", "poly")))
def test_the_bad_masks_of_the_corpus(cli: Runner, name: str) -> None:
    ran = cli("evaluate", CORPUS / "gt" / name, CORPUS / "_base" / "preds_perfect.json", "--task", "segm", "--json", "-")
    assert ran.status == 0
    assert f"{name}: annotations[0] (id 1, image 1): " in ran.err
    assert "bad-mask" in ran.err
    summary = ran.json["runs"][0]["summary"]
    assert (summary["tp"], summary["fp"], summary["fn"]) == (5, 1, 0)
