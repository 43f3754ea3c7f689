"""``evaluate``: which files, runs, images, columns and slices are asked for."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import PREDICTIONS, SmallData


def test_options_may_stand_between_the_files(cli: Runner, data: SmallData) -> None:
    ran = cli("evaluate", data.gt, "--iou", "0.75", data.predictions, "--json", "-", "--quiet")
    assert ran.json["settings"]["iou"] == 0.75


def test_where_restricts_the_images(cli: Runner, data: SmallData) -> None:
    document = cli("evaluate", data.gt, data.predictions, "--json", "-", "--where", "scene = 'night'").json
    summary = document["runs"][0]["summary"]
    assert (summary["tp"], summary["fp"], summary["fn"]) == (1, 0, 0)
    assert document["dataset"]["images"] == 3


def test_an_expression_that_no_image_satisfies_is_said(cli: Runner, data: SmallData) -> None:
    files = ("evaluate", data.gt, data.predictions, "--where")
    ran = cli(*files, "width > 900")
    assert ran.status == 0
    assert "warning: --where: no image satisfies width > 900: every figure is undefined\n" in ran.err
    assert "no image" not in cli(*files, "width > 9").err
    assert cli(*files, "width > 900", "--quiet").err == ""


def test_figures_of_some_images_say_of_which(cli: Runner, data: SmallData) -> None:
    files, night = ("evaluate", data.gt, data.predictions), ("--where", "scene = 'night'")
    document = cli(*files, "--json", "-", *night).json
    assert document["settings"]["where"] == "scene = 'night'"
    assert document["runs"][0]["images"] == 1
    assert "Run run_one, on 1 of 3 images: scene = 'night'\n" in cli(*files, *night).out
    whole = cli(*files, "--json", "-").json
    assert (whole["settings"]["where"], whole["runs"][0]["images"]) == (None, 3)
    assert "Run run_one\n" in cli(*files).out


def test_a_misspelt_slice_column_offers_the_near_one(cli: Runner, data: SmallData) -> None:
    ran = cli("evaluate", data.gt, data.predictions, "--slice", "sceen")
    assert (ran.status, ran.out) == (2, "")
    assert "no column sceen" in ran.err
    assert "did you mean scene" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "--where", "qqqqq = 1"),
        ("evaluate", "--slice", "qqqqq"),
        ("evaluate", "--slice", "odd=qqqqq = 1"),
        ("failures", "--where", "qqqqq = 1"),
        ("export", "--where", "qqqqq = 1", "--to", "coco", "--out", "never"),
    ],
    ids=" ".join,
)
def test_a_column_that_is_like_none_names_the_option_and_lists_some(
    cli: Runner, data: SmallData, arguments: tuple[str, ...]
) -> None:
    verb, option, *rest = arguments
    ran = cli(verb, data.gt, data.predictions, option, *rest)
    assert (ran.status, ran.out) == (2, "")
    said = ran.err.splitlines()[-1]
    assert said.startswith(f"diag-gui: {option}: there is no column qqqqq at column ")
    listed, _, more = said.partition("; known: ")[2].partition(", … and ")
    assert len(listed.split(", ")) == 8
    assert "scene" in listed
    assert more.endswith(" more")
    assert int(more.split()[0]) > 8


@pytest.mark.parametrize(("where", "n_images"), [("n_gt > 1", 2), ("class = 'bus'", 1), ("n_pred = 2", 2), ("iscrowd = TRUE", 1)])
def test_an_alternative_that_never_holds_loses_no_image(cli: Runner, data: SmallData, where: str, n_images: int) -> None:
    for text in (where, f"{where} OR score > 2", f"score > 2 OR {where}"):
        document = cli("evaluate", data.gt, data.predictions, "--where", text, "--slice", "n_gt >= 0", "--json", "-").json
        assert document["runs"][0]["slices"][0]["images"] == n_images


def test_runs_in_files_of_one_name_are_told_apart_everywhere(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    files = [data.folder / folder / "results.json" for folder in ("exp1", "exp2")]
    for n_left_out, path in enumerate(files):
        path.parent.mkdir()
        path.write_text(json.dumps(PREDICTIONS[n_left_out:]))
    table = tmp_path / "classes.csv"
    ran = cli("evaluate", data.gt, *files, "--json", "-", "--csv", table)
    wanted = ["exp1/results", "exp2/results"]
    assert [run["name"] for run in ran.json["runs"]] == wanted
    assert [entry["count"] for entry in ran.json["dataset"]["warnings"] if entry["code"] == "repeated-run-name"] == [2]
    assert ran.err.count("repeated-run-name") == 1
    assert {row["run"] for row in csv.DictReader(io.StringIO(table.read_text()))} == set(wanted)
    page = tmp_path / "page.html"
    assert cli("report", data.gt, *files, "--out", page).status == 0
    assert all(name in page.read_text() for name in wanted)


def test_names_given_in_a_table_are_made_distinct_too(cli: Runner, data: SmallData) -> None:
    other = data.folder / "run_two.json"
    other.write_text(json.dumps(PREDICTIONS))
    (data.folder / "runs.csv").write_text("file,name\nrun_one.json,ours\nrun_two.json,ours\n")
    document = cli("evaluate", data.gt, data.predictions, other, "--json", "-").json
    assert [run["name"] for run in document["runs"]] == ["data/ours", "data/ours (2)"]


def test_metadata_becomes_slices(cli: Runner, data: SmallData) -> None:
    slices = cli(
        "evaluate",
        data.gt,
        data.predictions,
        "--metadata",
        data.metadata,
        "--json",
        "-",
        "--slice",
        "site",
        "--slice",
        "big=area > 1000",
    ).json["runs"][0]["slices"]
    assert {"site==1+1", "site=north", "site=south", "big"} <= {entry["name"] for entry in slices}
    assert next(entry for entry in slices if entry["name"] == "big")["kind"] == "object"


def test_several_tables_of_metadata_and_exif(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("file_name,lens\na.jpg,wide\n")
    asked = ("evaluate", data.gt, data.predictions, "--json", "-", "--metadata", data.metadata, "--metadata", other)
    document = cli(*asked, "--slice", "site", "--slice", "lens").json
    assert {"site=north", "lens=wide"} <= {entry["name"] for entry in document["runs"][0]["slices"]}
    assert [entry["format"] for entry in document["read"]] == ["coco", "table", "table", "coco-results"]
    read = cli(*asked, "--exif", "--images", data.folder).json["read"]
    assert [entry["format"] for entry in read][3] == "exif"


def test_columns_are_chosen_on_the_command_line(cli: Runner, tmp_path: Path) -> None:
    (tmp_path / "gt.csv").write_text("where,what,a,b,c,d\na.jpg,car,10,20,30,40\n")
    (tmp_path / "dt.csv").write_text("where,what,sure,a,b,c,d\na.jpg,car,0.75,10,20,40,60\n")
    chosen = ("--columns", "image=where,class=what,x=a,y=b,w=c,h=d")
    found = ("--pred-columns", "image=where,class=what,score=sure,x1=a,y1=b,x2=c,y2=d")
    document = cli("evaluate", tmp_path / "gt.csv", tmp_path / "dt.csv", *chosen, *found, "--json", "-").json
    assert document["runs"][0]["summary"]["tp"] == 1
    refused = cli("evaluate", tmp_path / "gt.csv", tmp_path / "dt.csv", "--columns", "colour=red")
    assert refused.status == 2
    assert "no part 'colour'" in refused.err


def test_intervals_fill_the_bounds(cli: Runner, data: SmallData) -> None:
    slices = cli("evaluate", data.gt, data.predictions, "--json", "-", "--slice", "scene", "--intervals", "20").json["runs"][0][
        "slices"
    ]
    assert any(entry["f1_low"] is not None and entry["f1_low"] <= entry["f1"] <= entry["f1_high"] for entry in slices)


def test_a_table_with_odd_columns_names_the_option_that_tells_them(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text("where,what,a,b,c,d\na.jpg,car,1,2,3,4\n")
    as_truth = cli("evaluate", odd, data.predictions)
    assert as_truth.status == 2
    assert "ground truth was expected; if it holds boxes, say which column is what (--columns image=" in as_truth.err
    as_run = cli("evaluate", data.gt, odd)
    assert as_run.status == 2
    assert "(--pred-columns image=…,class=…,x1=…,y1=…,x2=…,y2=…,score=…" in as_run.err
