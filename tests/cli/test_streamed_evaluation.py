"""``evaluate --streamed``: the figures there are are those of the whole evaluation to the bit, the others are named."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest

from diag_gui.cli import arguments, streamed_choice
from diag_gui.cli.inputs import params_of
from diag_gui.formats import column_cache
from tests.benchmarks.street_scenes import Size, coco_of, street_scenes


def parsed_call(verb, *words):
    parser = ArgumentParser()
    arguments.ADDERS[verb](parser)
    return parser.parse_intermixed_args([str(word) for word in words])


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Files of scenes, and the predictions dealt out to two files record by record."""
    folder = tmp_path_factory.mktemp("scenes")
    truth, records = coco_of(*street_scenes(Size(60, 12, 7, 30), seed=5))
    gt, found = folder / "gt.json", folder / "found.json"
    gt.write_text(json.dumps(truth))
    found.write_text(json.dumps(records))
    for place in range(2):
        (folder / f"part-{place}.json").write_text(json.dumps(records[place::2]))
    (folder / "all.json").write_text(json.dumps(records[::2] + records[1::2]))
    return folder, gt, found


def without(document, keys):
    """Return the document without the keys that ``settings.left_out`` names, each of which it must have."""
    for key in keys:
        *inside, last = key.split(".")
        for run in document["runs"]:
            places = [run]
            for name in inside:
                places = [one for place in places for one in (place[name] if isinstance(place[name], list) else [place[name]])]
            for place in places:
                del place[last]
    return document


@pytest.mark.parametrize("more", [(), ("--iou", "0.7", "--score", "0.6"), ("--max-detections", "3")], ids=str)
def test_every_figure_that_is_there_is_that_of_the_whole(cli, scenes, more):
    _, gt, found = scenes
    whole = cli("evaluate", gt, found, *more, "--json", "-").json
    streamed = cli("evaluate", gt, found, *more, "--streamed", "--json", "-").json
    settings = streamed["settings"]
    left_out = settings.pop("left_out")
    assert settings.pop("streamed") is True
    assert "streamed" not in whole["settings"]
    assert without(whole, left_out) == streamed


def test_files_of_a_run_are_never_put_together_and_count_as_one(cli, scenes):
    folder, gt, _ = scenes
    whole = cli("evaluate", gt, folder / "all.json", "--json", "-").json
    streamed = cli("evaluate", gt, folder / "part-*.json", "--streamed", "--json", "-").json
    assert streamed["runs"][0]["name"] == "part"
    assert len(streamed["read"]) == 3
    assert streamed["dataset"]["predictions"] == whole["dataset"]["predictions"]
    for record in whole["runs"][0]["classes"]:
        record.pop("errors")
    for ours, theirs in zip(streamed["runs"][0]["classes"], whole["runs"][0]["classes"], strict=True):
        assert ours == {key: theirs[key] for key in ours}
    assert streamed["runs"][0]["summary"].items() <= whole["runs"][0]["summary"].items()


def test_from_the_cache_the_second_time(cli, scenes, monkeypatch):
    _, gt, found = scenes
    monkeypatch.setattr(column_cache, "MIN_SOURCE_BYTES", 0)
    monkeypatch.setattr(column_cache.ColumnCache.__init__, "__kwdefaults__", {"max_bytes": 1 << 30, "min_source_bytes": 0})
    answers = [cli("evaluate", gt, found, "--streamed", "--json", "-").json for _ in range(2)]
    answers.append(cli("evaluate", gt, found, "--streamed", "--no-cache", "--json", "-").json)
    assert answers[0] == answers[1] == answers[2]


def test_the_text_says_what_is_not_there(cli, scenes):
    _, gt, found = scenes
    ran = cli("evaluate", gt, found, "--streamed")
    assert ran.status == 0
    assert "without error types and their dAP, the confusion matrix, calibration, mF1 (YOLTv4) and slices" in ran.out
    assert "ECE" not in ran.out
    whole = cli("evaluate", gt, found).out.splitlines()
    assert {line for line in ran.out.splitlines() if line.startswith(("class", "all classes", "AP ", "best F1"))} <= set(whole)


def test_several_runs_and_a_table(cli, scenes):
    folder, gt, found = scenes
    streamed = cli("evaluate", gt, found, folder / "all.json", "--streamed", "--csv", "-").out.splitlines()
    whole = cli("evaluate", gt, found, folder / "all.json", "--csv", "-").out.splitlines()
    names = streamed[0].split(",")
    places = [whole[0].split(",").index(name) for name in names]
    assert [line.split(",") for line in streamed] == [[line.split(",")[place] for place in places] for line in whole]


@pytest.mark.parametrize(
    "asked",
    [("--where", "width > 1"), ("--slice", "class"), ("--errors",), ("--explain", "AP"), ("--compare",), ("--rules", "voc"),
     ("--task", "segm"), ("--thresholds", "x.json"), ("--intervals", "10"), ("--ious", "0.5"), ("--calibration-bins", "5"),
     ("--calibration", "equal-mass"), ("--project", "nowhere.diag")],
    ids=" ".join,
)  # fmt: skip
def test_what_needs_the_whole_is_refused_by_name(cli, scenes, asked):
    _, gt, found = scenes
    ran = cli("evaluate", gt, found, "--streamed", *asked)
    assert ran.status == 2
    assert "--streamed" in ran.err
    assert asked[0] in ran.err
    assert "needs pairs or rows of the whole run" in ran.err


def test_a_cluster_is_no_hindrance(scenes):
    _, gt, found = scenes
    parsed = parsed_call("evaluate", gt, found, "--streamed", "--engine", "dask")
    assert streamed_choice.is_to_be_streamed(parsed, params_of(parsed))


class TestTheChoice:
    """Without a word, runs are walked through where they would not fit."""

    @pytest.fixture(autouse=True)
    def _looks_at_every_size(self, monkeypatch):
        monkeypatch.setattr(streamed_choice, "WORTH_A_LOOK", 0)

    @pytest.mark.parametrize(("free", "is_streamed"), [(1 << 40, False), (1000, True), (None, False)])
    def test_by_the_memory_there_is(self, cli, scenes, monkeypatch, free, is_streamed):
        _, gt, found = scenes
        monkeypatch.setattr(streamed_choice, "free_memory", lambda: free)
        ran = cli("evaluate", gt, found, "--json", "-")
        assert ran.json["settings"].get("streamed", False) is is_streamed
        assert ("--no-streamed has all" in ran.err) is is_streamed

    def test_not_where_it_is_forbidden_or_the_whole_is_needed(self, cli, scenes, monkeypatch):
        _, gt, found = scenes
        monkeypatch.setattr(streamed_choice, "free_memory", lambda: 1000)
        assert "streamed" not in cli("evaluate", gt, found, "--no-streamed", "--json", "-").json["settings"]
        ran = cli("evaluate", gt, found, "--errors", "--json", "-")
        assert "streamed" not in ran.json["settings"]
        assert "--errors needs the whole run" in ran.err

    def test_the_free_memory_of_this_machine_is_known(self):
        free = streamed_choice.free_memory()
        assert (free is not None) is Path("/proc/meminfo").exists()
        assert 1 << 20 < (free or 1 << 21) < 1 << 50


def test_a_project_says_how_its_table_is_read(cli, scenes, tmp_path):
    _, gt, found = scenes
    table = ["picture,kind,sure,a,b,c,d"]
    names = {image["id"]: image["file_name"] for image in json.loads(gt.read_text())["images"]}
    classes = {entry["id"]: entry["name"] for entry in json.loads(gt.read_text())["categories"]}
    for record in json.loads(found.read_text()):
        box = ",".join(map(repr, record["bbox"]))
        table.append(f"{names[record['image_id']]},{classes[record['category_id']]},{record['score']!r},{box}")
    path, project = tmp_path / "found.csv", tmp_path / "x.diag"
    path.write_text("\n".join(table))
    chosen = "image=picture,class=kind,score=sure,x=a,y=b,w=c,h=d"
    assert cli("project", "create", project, "--gt", gt, "--pred", path, "--pred-columns", chosen).status == 0
    whole, walked = (cli("evaluate", "--project", project, how, "--json", "-") for how in ("--no-streamed", "--streamed"))
    assert walked.status == 0, walked.err
    assert walked.json["runs"][0]["summary"]["AP"] == whole.json["runs"][0]["summary"]["AP"] > 0


def test_the_seed_is_said(cli, scenes):
    _, gt, found = scenes
    assert cli("evaluate", gt, found, "--streamed", "--seed", "7", "--json", "-").json["settings"]["seed"] == 7


def test_columns_of_numpy(cli, scenes, tmp_path):
    _, gt, found = scenes
    records, truth = json.loads(found.read_text()), json.loads(gt.read_text())
    for beginning, rows in (("gt_", truth["annotations"]), ("dt_", records)):
        for name in ("image_id", "category_id", "bbox", "area", "iscrowd", "score"):
            if name in rows[0]:
                np.save(tmp_path / f"{beginning}{name}.npy", np.array([row[name] for row in rows]))
    np.save(tmp_path / "gt_images.npy", np.array([image["id"] for image in truth["images"]]))
    np.save(tmp_path / "gt_categories.npy", np.array([category["id"] for category in truth["categories"]]))
    whole = cli("evaluate", gt, found, "--streamed", "--json", "-").json["runs"][0]
    streamed = cli("evaluate", tmp_path / "gt_bbox.npy", tmp_path / "dt_bbox.npy", "--streamed", "--json", "-").json["runs"][0]
    assert streamed["summary"] == whole["summary"]
    assert [{**one, "name": ""} for one in streamed["classes"]] == [{**one, "name": ""} for one in whole["classes"]]
