"""``tag`` and ``project``: decisions from the command line, found again by every other verb."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import PREDICTIONS, SmallData


@pytest.fixture
def project(cli: Runner, data: SmallData) -> Path:
    path = data.folder / "small.diag"
    ran = cli(
        "project",
        "create",
        path,
        "--gt",
        data.gt,
        "--pred",
        data.predictions,
        "--metadata",
        data.metadata,
        "--images",
        data.images,
    )
    assert ran.status == 0, ran.err
    return path


def tags(cli: Runner, project: Path) -> list[tuple[str, str, str]]:
    document = cli("project", project, "--json", "-").json
    return sorted((entry["kind"], entry.get("image", "pair"), entry["tag"]) for entry in document["tags"])


def test_a_project_knows_its_data(cli: Runner, data: SmallData, project: Path) -> None:
    document = cli("project", project, "--json", "-").json
    assert document["dataset"]["found"] is True
    assert [run["name"] for run in document["runs"]] == ["run_one"]
    direct = cli("evaluate", data.gt, data.predictions, "--metadata", data.metadata, "--json", "-").json
    through = cli("evaluate", "--project", project, "--json", "-").json
    assert through["runs"] == direct["runs"]
    assert "small.diag" in cli("project", project).out


def test_failures_are_tagged_and_found_again(cli: Runner, data: SmallData, project: Path) -> None:
    ran = cli("tag", project, "--where", "error = 'missed' OR error = 'background'", "--add", "relabel", "--note", "look")
    assert (ran.status, ran.out) == (0, "2 rows matched, 4 changes kept\n")
    records = cli("failures", "--project", project, "--json", "-").json
    assert {record["error"] for record in records if record["tags"] == ["relabel"]} == {"missed", "background"}
    direct = cli("failures", data.gt, data.predictions, "--metadata", data.metadata, "--project", project, "--json", "-").json
    assert direct == records
    document = cli("project", project, "--json", "-").json
    assert document["counts"]["tagged"] == {"relabel": 2}
    assert document["counts"]["notes"] == 2
    assert [entry["author"] for entry in document["history"]] == ["ann"]


def test_tagging_again_changes_nothing_and_removing_takes_off(cli: Runner, project: Path) -> None:
    where = ("tag", project, "--where", "error = 'missed'")
    cli(*where, "--add", "relabel")
    assert cli(*where, "--add", "relabel").out == "1 row matched, 0 changes kept\n"
    assert cli(*where, "--remove", "relabel").out == "1 row matched, 1 change kept\n"
    assert cli("project", project, "--json", "-").json["tags"] == []


@pytest.mark.parametrize(
    ("on", "where", "n"),
    [
        ("images", "scene = 'day'", 2),
        ("gt", "class = 'car'", 2),
        ("predictions", "score < 0.7", 2),
        ("images", "class = 'bus'", 1),
    ],
)
def test_other_rows_can_be_tagged(cli: Runner, project: Path, on: str, where: str, n: int) -> None:
    assert cli("tag", project, "--where", where, "--on", on, "--add", "x").status == 0
    kind = {"images": "image", "gt": "ground truth", "predictions": "prediction"}[on]
    assert [entry[0] for entry in tags(cli, project)] == [kind] * n


def test_a_run_is_named_by_folder_where_its_file_name_repeats(cli: Runner, data: SmallData) -> None:
    files = [data.folder / folder / "results.json" for folder in ("exp1", "exp2")]
    for path, kept in zip(files, (PREDICTIONS, PREDICTIONS[:1]), strict=True):
        path.parent.mkdir()
        path.write_text(json.dumps(kept))
    project = data.folder / "two.diag"
    assert cli("project", "create", project, "--gt", data.gt, "--pred", *files).status == 0
    assert [run["name"] for run in cli("project", project, "--json", "-").json["runs"]] == ["exp1/results", "exp2/results"]
    matched = {
        name: cli("tag", project, "--where", "score > 0", "--on", "predictions", "--add", "x", "--run", name, "--json", "-").json
        for name in ("exp1/results", "exp2/results")
    }
    assert [entry["matched"] for entry in matched.values()] == [len(PREDICTIONS), 1]
    through = cli("evaluate", "--project", project, "--json", "-")
    assert [run["name"] for run in through.json["runs"]] == ["exp1/results", "exp2/results"]
    assert "repeated-run-name" not in through.err


def test_what_is_tagged_is_exported_with_its_author(cli: Runner, data: SmallData, project: Path, tmp_path: Path) -> None:
    cli("tag", project, "--where", "error = 'missed'", "--add", "relabel")
    out = tmp_path / "out"
    ran = cli("export", "--project", project, "--tag", "relabel", "--to", "coco", "--out", out)
    assert ran.status == 0, ran.err
    written = json.loads((out / "annotations.json").read_text())
    assert [image["file_name"] for image in written["images"]] == ["B.jpg"]
    assert written["annotations"][0]["diag_gui"] == {"tags": ["relabel"]}
    manifest = json.loads((out / "manifest.json").read_text())
    (decision,) = manifest["decisions"]
    assert (decision["text"], decision["author"], decision["gt_id"]) == ("relabel", "ann", 13)
    assert decision["time"].endswith("+00:00")


@pytest.mark.parametrize(
    ("name", "says"),
    [("relable", "did you mean relabel?"), ("RELABEL", "did you mean relabel?"), ("zzz", "tags in use are dark, relabel")],
)
def test_a_tag_that_nothing_has_is_no_export(cli: Runner, project: Path, tmp_path: Path, name: str, says: str) -> None:
    cli("tag", project, "--where", "error = 'missed'", "--add", "relabel", "--add", "dark")
    out = tmp_path / "out"
    ran = cli("export", "--project", project, "--tag", "dark", "--tag", name, "--to", "coco", "--out", out)
    assert ran.status == 2
    assert f"nothing has the tag {name}" in ran.err
    assert says in ran.err
    assert not out.exists()


def test_a_project_without_tags_says_so(cli: Runner, project: Path, tmp_path: Path) -> None:
    ran = cli("export", "--project", project, "--tag", "x", "--to", "coco", "--out", tmp_path / "out")
    assert ran.status == 2
    assert "no tag is in use" in ran.err


def test_tags_are_a_column(cli: Runner, project: Path) -> None:
    cli("tag", project, "--on", "images", "--where", "scene = 'night'", "--add", "dark")
    records = cli("failures", "--project", project, "--json", "-", "--where", "tag = 'dark'").json
    assert records == []
    summary = cli("evaluate", "--project", project, "--json", "-", "--where", "tag = 'dark'").json["runs"][0]["summary"]
    assert (summary["tp"], summary["fp"]) == (1, 0)


def test_a_merge_is_the_union(cli: Runner, data: SmallData, project: Path) -> None:
    other = data.folder / "other.diag"
    assert cli("project", "create", other, "--gt", data.gt, "--pred", data.predictions).status == 0
    cli("tag", project, "--on", "images", "--where", "scene = 'night'", "--add", "mine")
    cli("tag", other, "--on", "images", "--where", "scene = 'day'", "--add", "theirs")
    ran = cli("project", "merge", project, other, "--json", "-")
    assert ran.json["added"] == 1
    assert {entry[2] for entry in tags(cli, project)} == {"mine", "theirs"}
    assert {entry[2] for entry in tags(cli, other)} == {"theirs"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["tag", "{project}", "--where", "error = 'missed'"], "nothing to do"),
        (["tag", "{project}", "--where", "eror = 'missed'", "--add", "x"], "error"),
        (["tag", "{gt}", "--where", "error = 'missed'", "--add", "x"], "gt.json"),
        (["tag", "{project}", "--where", "error = 'missed'", "--add", "x", "--run", "nope"], "run_one"),
        (["tag", "{project}", "--where", "error = 'missed'", "--add", " "], "name"),
        (["project", "missing.diag"], "missing.diag"),
        (["project", "{gt}", "--json", "-"], "not a project"),
        (["project", "create", "{project}", "--gt", "{gt}"], "exists"),
        (["project", "create", "new.diag"], "--gt"),
        (["project", "merge", "{project}"], "two projects"),
        (["evaluate", "--project", "{gt}"], "not a project"),
    ],
)
def test_a_wrong_call_says_why(cli: Runner, data: SmallData, project: Path, words: list[str], says: str) -> None:
    ran = cli(*(word.format(project=project, gt=data.gt) for word in words))
    assert ran.status == 2
    assert ran.out == ""
    assert says in ran.err


def test_data_that_moved_is_named(cli: Runner, data: SmallData, project: Path) -> None:
    data.predictions.unlink()
    ran = cli("evaluate", "--project", project, "--json", "-")
    assert ran.status == 2
    assert "run run_one" in ran.err


def test_a_project_keeps_the_format_that_was_asked_for(cli: Runner, tmp_path: Path) -> None:
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
    (tmp_path / "gt.xml").write_text(
        "<annotation><filename>a.jpg</filename><size><width>90</width><height>90</height></size>"
        f"<object><name>car</name><difficult>1</difficult>{box}</object><object><name>car</name>{box}</object></annotation>"
    )
    (tmp_path / "dt.json").write_text('[{"image_id": "a", "category_id": "car", "bbox": [1, 2, 29, 38], "score": 0.9}]')
    named = ("--gt", tmp_path / "gt.xml", "--pred", tmp_path / "dt.json", "--format", "voc-difficult")
    assert cli("project", "create", tmp_path / "p.diag", *named).status == 0
    document = cli("evaluate", "--project", tmp_path / "p.diag", "--json", "-").json
    assert document["read"][0]["format"] == "voc-difficult"
    assert (document["runs"][0]["summary"]["tp"], document["runs"][0]["summary"]["fn"]) == (1, 0)
