"""``failures``: the keys of the contract, one row per counted error, cells that do not run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import SmallData
from tests.shared_data import DATA, needs_shared

KEYS = [
    "error",
    "image",
    "image_id",
    "class",
    "predicted_class",
    "score",
    "iou",
    "gt_id",
    "gt_bbox",
    "pred_index",
    "pred_bbox",
    "label_error",
    "label_error_kind",
    "class_mistakenness",
    "location_mistakenness",
    "possibly_missing",
    "possibly_spurious",
    "objectlab_overlooked",
    "objectlab_badly_located",
    "objectlab_swapped",
    "objectlab_quality",
    "runs_against_label",
]
SIX = ("classification", "localization", "both", "duplicate", "background", "missed")


def test_every_record_has_the_keys_of_the_contract(cli: Runner, data: SmallData) -> None:
    records = cli("failures", data.gt, data.predictions, "--metadata", data.metadata, "--json", "-").json
    assert records
    for record in records:
        assert list(record)[: len(KEYS)] == KEYS
        assert list(record)[-1] == "tags"
        assert {"scene", "site", "hours"} <= set(record)
        assert record["tags"] == []
        assert record["error"] in SIX
        assert 0 <= record["label_error"] <= 1 if record["label_error"] is not None else True


def test_signs_of_wrong_labels_stand_beside_each_failure(cli: Runner, data: SmallData) -> None:
    records = {record["error"]: record for record in cli("failures", data.gt, data.predictions, "--json", "-").json}
    # A car of score .8 lies on a label that says bus.
    wrong = records["classification"]
    assert wrong["class_mistakenness"] == pytest.approx(0.9)
    assert (wrong["label_error_kind"], wrong["possibly_missing"], wrong["possibly_spurious"]) == ("class", False, False)
    assert wrong["objectlab_overlooked"] is None
    assert 0 < wrong["objectlab_quality"] <= 1
    assert wrong["runs_against_label"] is None
    assert records["background"]["label_error_kind"] == "missing"
    assert records["background"]["objectlab_swapped"] is None
    assert cli("failures", data.gt, data.predictions, "--where", "class_mistakenness > 0.8", "--json", "-").json
    ran = cli("failures", data.gt, data.predictions, "--where", "clas_mistakenness > 0.8")
    assert ran.status == 2
    assert "did you mean class_mistakenness" in ran.err


def test_a_run_to_compare_with_is_heard_about_the_labels(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    found = json.loads(data.predictions.read_text())
    other.write_text(json.dumps([*found[:-1], {**found[-1], "score": 0.01}]))
    records = cli("failures", data.gt, data.predictions, "--compare", other, "--json", "-").json
    wrong = next(record for record in records if record["error"] == "classification")
    # Both runs say car with .8, none says bus.
    assert wrong["runs_against_label"] == pytest.approx(0.8)
    # The same file under another name is no second witness.
    other.write_text(data.predictions.read_text())
    said = cli("failures", data.gt, data.predictions, "--compare", other, "--json", "-")
    assert all(record["runs_against_label"] is None for record in said.json)
    assert "other predicts what run_one does" in said.err


def test_the_objects_are_those_of_the_files(cli: Runner, data: SmallData) -> None:
    records = cli("failures", data.gt, data.predictions, "--json", "-").json
    by_error = {record["error"]: record for record in records}
    # A car was seen where the label says bus.
    wrong = by_error["classification"]
    assert (wrong["class"], wrong["predicted_class"], wrong["gt_id"], wrong["pred_index"]) == ("bus", "car", 12, 1)
    assert (wrong["gt_bbox"], wrong["pred_bbox"]) == ([50, 50, 20.25, 30], [51, 50, 20, 30])
    background = by_error["background"]
    assert (background["gt_id"], background["gt_bbox"], background["image"], background["image_id"]) == (None, None, "B.jpg", 2)
    assert background["class"] == background["predicted_class"] == "car"
    missed = by_error["missed"]
    assert (missed["gt_id"], missed["score"], missed["pred_index"], missed["predicted_class"]) == (13, None, None, None)


@pytest.mark.parametrize("score", ["0.25", "0.05", "0.65"])
def test_as_many_rows_as_the_evaluation_counts(cli: Runner, data: SmallData, score: str) -> None:
    errors = cli("evaluate", data.gt, data.predictions, "--json", "-", "--score", score).json["runs"][0]["errors"]
    records = cli("failures", data.gt, data.predictions, "--json", "-", "--score", score).json
    for name in SIX:
        assert sum(record["error"] == name for record in records) == errors[name]["count_at_score"]


@needs_shared
@pytest.mark.parametrize("iou", ["0.5", "0.75"])
def test_as_many_rows_as_counted_on_real_data(cli: Runner, iou: str) -> None:
    files = [DATA / "coco_val2014_100" / f"instances_val2014_{name}.json" for name in ("100", "fakebbox100_results")]
    errors = cli("evaluate", *files, "--json", "-", "--iou", iou, "--score", "0.3").json["runs"][0]["errors"]
    records = cli("failures", *files, "--json", "-", "--iou", iou, "--score", "0.3").json
    assert {name: sum(record["error"] == name for record in records) for name in SIX} == {
        name: errors[name]["count_at_score"] for name in SIX
    }


def test_csv_holds_the_same_and_runs_nothing(cli: Runner, data: SmallData) -> None:
    arguments = ("failures", data.gt, data.predictions, "--metadata", data.metadata)
    records = cli(*arguments, "--json", "-").json
    text = cli(*arguments, "--csv", "-").out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        assert list(row) == list(record)
        assert row["error"] == record["error"]
        assert json.loads(row["pred_bbox"] or "null") == record["pred_bbox"]
        assert float(row["score"] or "nan") == pytest.approx(record["score"] or float("nan"), nan_ok=True)
    assert "'=1+1" in {row["site"] for row in rows}
    assert all(cell[:1] not in ("=", "+", "@", "\t", "\r") for row in csv.reader(io.StringIO(text)) for cell in row)


def test_where_keeps_images(cli: Runner, data: SmallData) -> None:
    records = cli("failures", data.gt, data.predictions, "--json", "-", "--where", "file_name = 'B.jpg'").json
    assert {record["image"] for record in records} == {"B.jpg"}
    assert {record["error"] for record in records} == {"missed", "background"}


def test_a_table_for_people(cli: Runner, data: SmallData) -> None:
    out = cli("failures", data.gt, data.predictions).out
    assert "classification" in out
    assert "night/c.png" not in out


def test_a_tag_on_a_pair_stays_with_its_prediction(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    """Two boxes too loose for one label: what was said of one of them is not said of the other."""
    predictions = [
        {"image_id": 2, "category_id": 1, "bbox": [1.5, 2.5, 30, 100], "score": 0.9},
        {"image_id": 2, "category_id": 1, "bbox": [1.5, 2.5, 30, 120], "score": 0.8},
    ]
    path, project = tmp_path / "loose.json", tmp_path / "loose.diag"
    path.write_text(json.dumps(predictions))
    assert cli("project", "create", project, "--gt", data.gt, "--pred", path).status == 0
    assert cli("tag", project, "--where", "error = 'localization' AND score > 0.85", "--add", "loose").out.startswith("1 row")
    assert cli("tag", project, "--on", "gt", "--where", "class = 'car' AND area = 1200", "--add", "odd").out.startswith("1 row")
    out = tmp_path / "out"
    assert cli("export", "--project", project, "--to", "csv", "--out", out).status == 0
    listed = cli("failures", "--project", project, "--json", "-").json
    exported = list(csv.DictReader(io.StringIO((out / "failures.csv").read_text())))
    for records in (
        {record["score"]: record["tags"] for record in listed if record["error"] == "localization"},
        {float(record["score"]): record["tags"].split(";") for record in exported if record["error"] == "localization"},
    ):
        assert records == {0.9: ["loose", "odd"], 0.8: ["odd"]}
