"""A run of several files on the command line: every verb takes it, and says the same as of one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def shards(data, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the data, with the predictions in two files of a folder ``shards``."""
    records = json.loads(data.predictions.read_text())
    folder = data.folder / "shards"
    folder.mkdir()
    for name, part in (("part-1.json", records[:2]), ("part-2.json", records[2:])):
        (folder / name).write_text(json.dumps(part), encoding="utf-8")
    monkeypatch.chdir(data.folder)
    return folder


ASKED = ["shards/*.json", "shards", "shards/part-1.json+shards/part-2.json"]


@pytest.mark.parametrize("asked", ASKED)
def test_evaluate_gives_the_figures_of_one_file_and_a_row_for_each(cli, data, shards, asked):
    whole = cli("evaluate", data.gt, data.predictions, "--json", "-").json
    found = cli("evaluate", data.gt, asked, "--json", "-").json
    assert len(found["runs"]) == 1
    assert {**found["runs"][0], "name": ""} == {**whole["runs"][0], "name": ""}
    assert found["dataset"] == whole["dataset"]
    rows = [row for row in found["read"] if row["file"] != data.gt.name]
    assert [(row["file"], row["records"], row["loaded"], row["dropped"]) for row in rows] == [
        ("part-1.json", 2, 2, 0), ("part-2.json", 3, 3, 0),
    ]  # fmt: skip


def test_several_runs_may_each_be_of_several_files(cli, data, shards):
    found = cli("evaluate", data.gt, "shards/*.json", data.predictions, "--json", "-").json
    assert [run["name"] for run in found["runs"]] == ["part", data.predictions.stem]
    assert found["runs"][0]["summary"] == found["runs"][1]["summary"]


@pytest.mark.parametrize("asked", ASKED)
def test_failures_say_which_file_and_which_record(cli, data, shards, asked):
    whole = cli("failures", data.gt, data.predictions, "--score", "0", "--json", "-").json
    found = cli("failures", data.gt, asked, "--score", "0", "--json", "-").json
    assert found
    assert [{key: value for key, value in row.items() if key not in ("pred_file", "pred_record")} for row in found] == whole
    for row in found:
        if row["pred_index"] is None:
            assert (row["pred_file"], row["pred_record"]) == (None, None)
            continue
        record = json.loads((shards / row["pred_file"]).read_text())[row["pred_record"]]
        assert record["bbox"] == row["pred_bbox"]
    assert "pred_file" not in whole[0]


def test_a_csv_of_failures_has_the_same_keys(cli, data, shards):
    header = cli("failures", data.gt, "shards/*.json", "--csv", "-").out.splitlines()[0].split(",")
    assert header[-3:] == ["tags", "pred_file", "pred_record"]


def test_export_keeps_every_field_of_each_record(cli, data, shards, tmp_path):
    for name, asked in (("whole", data.predictions), ("parts", "shards/*.json")):
        ran = cli("export", data.gt, asked, "--to", "coco", "--out", tmp_path / name)
        assert ran.status == 0, ran.err
    whole, parts = (json.loads((tmp_path / name / "predictions.json").read_text()) for name in ("whole", "parts"))
    assert whole == parts
    assert parts[0]["model"] == "m"
    manifest = json.loads((tmp_path / "parts" / "manifest.json").read_text())
    assert [(one["role"], one["file"]) for one in manifest["inputs"]] == [
        ("ground truth", data.gt.name), ("predictions", "part-1.json"), ("predictions", "part-2.json"),
    ]  # fmt: skip


def test_an_export_never_replaces_a_part(cli, data, shards):
    ran = cli("export", data.gt, "shards/*.json", "--to", "coco", "--out", shards, "--overwrite")
    assert ran.status == 2
    assert sorted(path.name for path in shards.iterdir()) == ["part-1.json", "part-2.json"]


def test_report_takes_them(cli, data, shards, tmp_path):
    ran = cli("report", data.gt, "shards/*.json", "--out", tmp_path / "r.html", "--quiet")
    assert ran.status == 0, ran.err
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "part-1.json" in text
    assert "part-2.json" in text


@pytest.mark.parametrize("asked", ASKED)
def test_validate_checks_each_file(cli, data, shards, asked):
    records = json.loads((shards / "part-2.json").read_text())
    records[1]["image_id"] = 999
    (shards / "part-2.json").write_text(json.dumps(records), encoding="utf-8")
    ran = cli("validate", data.gt, asked, "--json", "-")
    assert ran.status == 1
    files = {file["file"]: file for file in ran.json["files"]}
    assert files["part-1.json"]["problems"] == []
    assert [problem["code"] for problem in files["part-2.json"]["problems"]] == ["unknown-image"]
    assert (files["part-2.json"]["records"], files["part-2.json"]["dropped"]) == (3, 1)


def test_a_bad_part_is_named(cli, data, shards):
    (shards / "part-2.json").write_text('[{"image_id": 1, "category_id": 1, "score": 0.5}, {"imag', encoding="utf-8")
    ran = cli("evaluate", data.gt, "shards/*.json")
    assert ran.status == 2
    assert "part-2.json" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(("asked", "said"), [("shards/*.txt", "no file matches"), ("shards/part-1.json+b.json", "b.json")])
def test_what_names_no_file_is_wrong_input(cli, data, shards, asked, said):
    ran = cli("evaluate", data.gt, asked)
    assert (ran.status, said in ran.err) == (2, True)
    assert cli("validate", data.gt, asked).status == 2
    assert cli(data.gt, asked).status == 2


def test_failures_compare_with_a_run_of_several_files(cli, data, shards):
    found = cli("failures", data.gt, data.predictions, "--compare", "shards/*.json", "--json", "-")
    assert found.status == 0, found.err
    assert {row["fate"] for row in found.json} == {"still wrong"}


@pytest.mark.parametrize("asked", ASKED)
def test_a_project_finds_them_again(cli, data, shards, tmp_path, monkeypatch, asked):
    project = tmp_path / "p.diag"
    created = cli("project", "create", project, "--gt", data.gt, "--pred", asked)
    assert created.status == 0, created.err
    whole = cli("evaluate", data.gt, data.predictions, "--json", "-").json
    monkeypatch.chdir("/")
    found = cli("evaluate", "--project", project, "--json", "-")
    assert found.status == 0, found.err
    assert found.json["runs"][0]["summary"] == whole["runs"][0]["summary"]
