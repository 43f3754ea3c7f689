"""Decisions after their files were written anew: found again where the objects are equal, said aloud where they are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import SmallData


@pytest.fixture
def project(cli: Runner, data: SmallData) -> Path:
    """A project with a tag on a prediction (background) and one on a label (missed)."""
    path = data.folder / "p.diag"
    assert cli("project", "create", path, "--gt", data.gt, "--pred", data.predictions).status == 0
    assert cli("tag", path, "--where", "error = 'background'", "--add", "bg").out.startswith("1 row")
    assert cli("tag", path, "--where", "error = 'missed'", "--add", "lost").out.startswith("1 row")
    return path


def rewrite(path: Path, change) -> None:
    records = json.loads(path.read_text())
    change(records)
    path.write_text(json.dumps(records, indent=1))


def tagged(cli: Runner, project: Path) -> list[str]:
    ran = cli("failures", "--project", project, "--json", "-")
    assert ran.status == 0, ran.err
    return sorted(tag for record in ran.json for tag in record["tags"])


@pytest.mark.parametrize("change", [lambda records: None, lambda records: records.reverse()], ids=["indented", "shuffled"])
def test_the_same_predictions_in_another_file_keep_their_tags(cli: Runner, data: SmallData, project: Path, change) -> None:
    rewrite(data.predictions, change)
    assert tagged(cli, project) == ["bg", "lost"]
    document = cli("project", project, "--json", "-").json
    assert document["unattached"] == []
    assert (document["dataset"]["changed"], document["runs"][0]["changed"]) == (False, True)
    assert "changed since" in cli("project", project).out


def test_a_run_that_changed_a_little_keeps_the_tags_of_what_is_equal(cli: Runner, data: SmallData, project: Path) -> None:
    rewrite(data.predictions, lambda records: records.pop(0))
    assert tagged(cli, project) == ["bg", "lost"]
    # What is decided now and what was decided before are both found after the file is written once more.
    assert cli("tag", project, "--where", "error = 'duplicate' OR error = 'missed'", "--add", "again").status == 0
    before = tagged(cli, project)
    assert before.count("again") >= 1
    rewrite(data.predictions, lambda records: records.pop())
    assert tagged(cli, project) == before


def test_what_is_gone_is_listed_and_said(cli: Runner, data: SmallData, project: Path, tmp_path: Path) -> None:
    rewrite(data.predictions, lambda records: records.pop(3))
    rewrite(data.gt, lambda content: content["annotations"].pop(2))
    said = "p.diag: 2 decisions found no place: "
    reasons = ["run run_one has no such prediction any more", "no such label any more"]
    document = cli("project", project, "--json", "-")
    assert said in document.err
    lost = {entry["reason"]: entry for entry in document.json["unattached"]}
    assert sorted(lost) == sorted(reasons)
    assert (lost[reasons[0]]["kind"], lost[reasons[0]]["image"], lost[reasons[0]]["tags"]) == ("prediction", "B.jpg", ["bg"])
    assert (lost[reasons[1]]["kind"], lost[reasons[1]]["class"], lost[reasons[1]]["tags"]) == ("ground truth", "car", ["lost"])
    assert document.json["dataset"]["changed"] is True
    assert all(reason in cli("project", project).out for reason in reasons)

    for words in (
        ("failures", "--project", project),
        ("export", "--project", project, "--tag", "bg", "--to", "coco", "--out", tmp_path / "out"),
        ("report", "--project", project, "--out", tmp_path / "r.html"),
        ("evaluate", "--project", project),
        ("tag", project, "--on", "images", "--where", "n_gt > 0", "--add", "x"),
    ):
        ran = cli(*words)
        assert ran.status == 0, ran.err
        assert ran.err.count(said) == 1, words
        assert all(reason in ran.err for reason in reasons)
    assert said not in cli("failures", "--project", project, "--quiet").err

    evaluated = cli("evaluate", "--project", project, "--json", "-").json
    (warning,) = [entry for entry in evaluated["dataset"]["warnings"] if entry["code"] == "decision-without-place"]
    assert warning["count"] == 2
    (account,) = [entry for entry in evaluated["read"] if entry["format"] == "project"]
    assert account["file"] == "p.diag"
    assert account["loaded"] + account["dropped"] == account["records"]
    assert account["dropped"] == 2
    assert "decision-without-place" in (tmp_path / "r.html").read_text()


def test_data_that_cannot_be_read_leaves_it_unknown(cli: Runner, data: SmallData, project: Path) -> None:
    data.predictions.write_text("[")
    ran = cli("project", project, "--json", "-")
    assert ran.status == 0
    assert ran.json["unattached"] is None
    assert "is not known" in ran.err
    assert ran.json["counts"]["objects"] == 2


def test_nothing_lost_is_nothing_said(cli: Runner, project: Path) -> None:
    assert cli("project", project).err == ""
    assert "no place" not in cli("failures", "--project", project).err
