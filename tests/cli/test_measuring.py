"""Columns measured on pictures are computed where an expression names them, and nowhere else."""

from __future__ import annotations

import json
import shutil

import pytest

from diag_gui.assets import asset
from diag_gui.cli.measuring import names_pictures
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.formats.slice_file import write_slices
from diag_gui.kept_files import cache_folder

SAMPLE = [str(asset("sample/ground_truth.json")), *sorted(map(str, asset("sample/predictions").glob("*.json")))[:1]]


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("brightness", True),
        ("dark = brightness < .3", True),
        ("class = 'car' AND gt.box_contrast > .1", True),
        ("measured.noise > 0", True),
        ("scene = 'brightness'", False),
        ("crowding > .1", False),
        ("weather", False),
        ("(", False),
    ],
)
def test_whether_a_text_names_one(text, does):
    assert names_pictures([text]) is does


def test_a_slice_by_brightness_measures_the_pictures_once(cli):
    folder = cache_folder() / "measures"
    asked = ["evaluate", *SAMPLE, "--json", "-", "--slice", "brightness", "--where", "sharpness > 0"]
    plain = cli("evaluate", *SAMPLE, "--json", "-", "--slice", "crowding")
    assert plain.status == 0
    assert not folder.exists()
    result = cli(*asked)
    assert result.status == 0
    slices = json.loads(result.out)["runs"][0]["slices"]
    assert sum(one["images"] for one in slices) == 120
    assert len(slices) == 4
    before = sorted(path.stat().st_mtime_ns for path in folder.iterdir())
    assert cli(*asked).out == result.out
    assert sorted(path.stat().st_mtime_ns for path in folder.iterdir()) == before


def test_without_pictures_it_says_that_they_are_needed(cli, data, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    for path in (data.gt, data.predictions):
        shutil.copy(path, alone)
    result = cli("evaluate", alone / data.gt.name, alone / data.predictions.name, "--where", "brightness > .1")
    assert result.status == 2
    assert "measured on the pictures" in result.err


def test_a_file_of_slices_that_names_one_measures_too(cli, tmp_path):
    path = tmp_path / "slices.json"
    write_slices(path, [SliceDefinition("dark", "brightness < 0.4")])
    result = cli("evaluate", *SAMPLE, "--json", "-", "--slices", path)
    assert result.status == 0, result.err
    assert [one["name"] for one in result.json["runs"][0]["slices"]] == ["dark"]


def test_discovery_measures_the_pictures_it_knows_unless_told_not_to(cli):
    folder = cache_folder() / "measures"
    without = cli("evaluate", *SAMPLE, "--no-measure", "--discover=misses")
    assert without.status == 0, without.err
    assert "were not searched: leave out --no-measure." in without.out
    assert not folder.exists()
    asked = ("evaluate", *SAMPLE, "--json", "-", "--discover=misses")
    (found,) = cli(*asked).json["runs"][0]["discovered"]
    assert {"brightness", "sharpness", "box_contrast"} <= set(found["columns"])
    assert found["pictures_measured"] is True
    before = sorted(path.stat().st_mtime_ns for path in folder.iterdir())
    assert cli(*asked).json["runs"][0]["discovered"] == [found]
    assert sorted(path.stat().st_mtime_ns for path in folder.iterdir()) == before
    assert "were not searched" not in cli("evaluate", *SAMPLE, "--discover=misses").out
