"""A file of very many classes: what is written is in proportion to those that occur, and says so."""

from __future__ import annotations

import json

import pytest

from diag_gui.formats import report_figures
from tests.cli.small_data import GT, PREDICTIONS

N_CLASSES = 30


@pytest.fixture
def many(tmp_path, monkeypatch):
    monkeypatch.setattr(report_figures, "MOST_CLASSES_LISTED", N_CLASSES - 1)
    classes = [*GT["categories"], *({"id": 100 + n, "name": f"unused {n}"} for n in range(N_CLASSES - 3))]
    # A class that is predicted and never labelled has its say too.
    records = [*PREDICTIONS, {"image_id": 2, "category_id": 105, "bbox": [60, 10, 10, 10], "score": 0.5}]
    (tmp_path / "gt.json").write_text(json.dumps({**GT, "categories": classes}))
    (tmp_path / "found.json").write_text(json.dumps(records))
    return tmp_path / "gt.json", tmp_path / "found.json"


OCCURRING = ["car", "bus", "=ship", "unused 5"]


@pytest.mark.parametrize("how", [(), ("--streamed",)], ids=str)
def test_classes_that_occur_are_listed_and_that_is_said(cli, many, monkeypatch, how):
    found = cli("evaluate", *many, *how, "--json", "-").json
    assert found["dataset"]["classes"] == N_CLASSES
    assert found["dataset"]["classes_listed"] == "with ground truth or kept predictions"
    assert [one["name"] for one in found["runs"][0]["classes"]] == OCCURRING
    monkeypatch.setattr(report_figures, "MOST_CLASSES_LISTED", N_CLASSES)
    whole = cli("evaluate", *many, *how, "--json", "-").json
    assert "classes_listed" not in whole["dataset"]
    records = {one["name"]: one for one in whole["runs"][0]["classes"]}
    assert len(records) == N_CLASSES
    assert [records[name] for name in OCCURRING] == found["runs"][0]["classes"]
    assert whole["runs"][0]["summary"] == found["runs"][0]["summary"]


@pytest.mark.parametrize("how", [(), ("--streamed",)], ids=str)
def test_tables_say_how_many_they_leave_out(cli, many, how):
    text = cli("evaluate", *many, *how).out
    assert "and 26 classes without ground truth or kept predictions" in text
    assert "unused 5" in text
    assert "unused 6" not in text


def test_the_report_too(cli, many, tmp_path):
    assert cli("report", *many, "--out", tmp_path / "r.html").status == 0
    page = (tmp_path / "r.html").read_text()
    assert "26 classes without ground truth or kept predictions" in page


def test_a_table_as_csv(cli, many):
    lines = cli("evaluate", *many, "--csv", "-").out.splitlines()
    assert len(lines) == 1 + len(OCCURRING)
