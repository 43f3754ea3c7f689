"""Bad input of slices on the command line: each thing wrong gets a message that names it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import Runner
from tests.cli.small_data import SmallData


def sliced(cli: Runner, data: SmallData, metadata: str, *arguments: str) -> tuple[int, str, list[dict[str, object]]]:
    table = data.folder / "table.csv"
    table.write_text(metadata)
    ran = cli("evaluate", data.gt, data.predictions, "--metadata", table, "--json", "-", *arguments)
    return ran.status, ran.err, ran.json["runs"][0]["slices"] if ran.status == 0 else []


def test_metadata_that_matches_no_image(cli: Runner, data: SmallData) -> None:
    status, said, _ = sliced(cli, data, "file_name,site\nx.jpg,north\ny.jpg,south\n", "--slice", "site")
    assert status == 2
    assert "not one of 2 rows names an image" in said


def test_metadata_that_matches_an_image_twice_keeps_the_first(cli: Runner, data: SmallData) -> None:
    status, said, slices = sliced(cli, data, "file_name,site\na.jpg,north\na.jpg,south\nB.jpg,north\n", "--slice", "site")
    assert status == 0
    assert "second row for the image of line 2" in said
    assert [(one["name"], one["images"]) for one in slices] == [("site=north", 2), ("site=not given", 1)]


def test_mixed_types_are_a_category(cli: Runner, data: SmallData) -> None:
    status, _, slices = sliced(cli, data, "file_name,site\na.jpg,7\nB.jpg,north\nnight/c.png,2024-01-05\n", "--slice", "site")
    assert status == 0
    assert [one["name"] for one in slices] == ["site=2024-01-05", "site=7", "site=north"]


def test_dates_in_three_styles_are_said_or_read_as_one_kind(cli: Runner, data: SmallData) -> None:
    rows = "file_name,day\na.jpg,2024-01-05\nB.jpg,05.01.2024\nnight/c.png,Jan 5 2024\n"
    status, _, slices = sliced(cli, data, rows, "--slice", "day")
    assert status == 0
    assert sum(int(str(one["images"])) for one in slices) == 3
    assert not any(one["name"] == "day=not given" for one in slices)


def test_a_file_of_slices_that_is_none_is_said(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    for body, said in (
        ('{"slices": 3}', "holds no list of slices"),
        ('{"slices": [{"name": "x"}]}', "slices[0]: has no text as expression"),
        ("not json", ""),
        (json.dumps({"slices": [{"name": "x", "expression": "scen = 'day'"}]}), "there is no column scen"),
    ):
        path = tmp_path / "slices.json"
        path.write_text(body)
        ran = cli("evaluate", data.gt, data.predictions, "--slices", path)
        assert ran.status == 2
        assert said in ran.err
        assert "Traceback" not in ran.err


def test_an_expression_of_a_file_of_slices_is_named_with_file_and_record(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"slices": [{"name": "at night", "expression": "scene = 'night'"}]}))
    for expression, reason in (
        ("scen = 'day'", "there is no column scen"),
        ("scene =", "column 8"),
        ("score > 0.5", "score"),
    ):
        bad.write_text(
            json.dumps({"slices": [{"name": "x", "expression": "scene = 'day'"}, {"name": "y", "expression": expression}]})
        )
        ran = cli("evaluate", data.gt, data.predictions, "--slices", good, "--slices", bad, "--slice", "area")
        assert ran.status == 2
        assert f"{bad}: slices[1] “y”: " in ran.err
        assert reason in ran.err


def test_slices_from_a_file_and_bins(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    path = tmp_path / "slices.json"
    path.write_text(json.dumps({"slices": [{"name": "at night", "expression": "scene = 'night'"}]}))
    ran = cli("evaluate", data.gt, data.predictions, "--slices", path, "--slice", "area", "--bins", "coco-areas", "--json", "-")
    assert [one["name"] for one in ran.json["runs"][0]["slices"]] == ["area=small", "area=medium", "area=large", "at night"]
    refused = cli("evaluate", data.gt, data.predictions, "--slice", "area", "--bins", "thirds")
    assert (refused.status, "'thirds' is none of" in refused.err) == (2, True)


def test_a_value_that_nothing_has_is_a_note_with_near_ones(cli: Runner, data: SmallData) -> None:
    ran = cli("evaluate", data.gt, data.predictions, "--where", "class = 'zebra'", "--slice", "odd=class IN ('cta')")
    assert ran.status == 0
    notes = [line for line in ran.err.splitlines() if line.startswith("note: --")]
    assert notes[0].startswith("note: --where: no label or prediction has class 'zebra'")
    assert notes[1].startswith("note: --slice: no label or prediction has class 'cta'; near: 'ca")
    for verb in (("failures", data.gt, data.predictions), ("export", data.gt, "--to", "images", "--out", data.gt.parent / "out")):
        said = cli(*verb, "--where", "class = 'zebra'").err
        assert "note: --where: no label or prediction has class 'zebra'" in said
    assert "note: --" not in cli("evaluate", data.gt, data.predictions, "--where", "class = 'zebra'", "--quiet").err
