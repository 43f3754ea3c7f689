"""What parsers take without a word, and would change a figure: keys given twice, odd numbers, lists that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats.opening import join_metadata, open_ground_truth, open_predictions
from diag_gui.formats.text_rows import float_of
from diag_gui.formats.yaml_reading import parse_yaml
from tests.formats.coco_files import good, results, write
from tests.formats.reading import codes

BOX = '"bbox": [10, 12, 30, 24]'
NAN_ELSEWHERE = ('"bbox": [40, 27, 31, 26]', '"bbox": [NaN, 27, 31, 26]')


@pytest.mark.parametrize("hidden", ['"bbox"', '"\\u0062box"', '"area"', '"iscrowd"', '"segmentation"'])
@pytest.mark.parametrize("nan", [False, True])
def test_a_record_that_gives_a_key_twice_is_left_out(tmp_path: Path, hidden: str, nan: bool) -> None:
    value = "[1, 1, 1, 1]" if "box" in hidden else "0"
    second = "" if "box" in hidden else f", {hidden}: {value}"
    text = json.dumps(good()).replace(BOX, f"{hidden}: {value}{second}, {BOX}", 1)
    path = tmp_path / "gt.json"
    path.write_text(text.replace(*NAN_ELSEWHERE) if nan else text)
    report = open_ground_truth(path).report
    assert codes(report)["repeated-key"] == 1
    assert report.loaded + report.dropped == report.records == 4
    assert report.dropped == 1 + nan


def test_a_part_of_the_document_is_not_hidden_behind_an_escape(tmp_path: Path) -> None:
    path = tmp_path / "gt.json"
    path.write_text(json.dumps(good())[:-1] + ', "\\u0061nnotations": []}')
    with pytest.raises(FormatError, match="duplicate key: 'annotations'"):
        open_ground_truth(path)


@pytest.mark.parametrize("broken", [b'"id\xff": 7, "id": 1', b'"id": 1, "id": "\xc3("'])
def test_a_part_given_twice_beside_bytes_that_are_no_text_is_refused(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "gt.json"
    path.write_bytes(json.dumps(good()).encode().replace(b'"id": 1', broken)[:-1] + b', "annotations": []}')
    with pytest.raises(FormatError, match=r"UTF-8|duplicate"):
        open_ground_truth(path)


def test_escapes_in_names_are_no_reason_to_doubt(tmp_path: Path) -> None:
    content = good()
    content["categories"][0]["name"] = "cat"
    path = tmp_path / "gt.json"
    path.write_text(json.dumps(content).replace('"cat"', '"c\\u0061t"'))
    opened = open_ground_truth(path)
    assert opened.dataset.classes.name[0] == "cat"
    assert codes(opened.report).get("repeated-key") is None


@pytest.mark.parametrize("text", ["1_0", "\u0661\u0662", "0x10", "1e", "", "ten", "9" * 400, "1,5"])
def test_what_python_alone_reads_is_no_number(text: str) -> None:
    assert float_of(text) is None


@pytest.mark.parametrize(("text", "value"), [("1", 1), (" 1.5 ", 1.5), ("-.5e3", -500), ("+2.", 2), ("1e999", float("inf"))])
def test_numbers_of_text(text: str, value: float) -> None:
    assert float_of(text) == value


@pytest.mark.parametrize("bad", ["0_0.5", "\u0660.5"])
def test_label_lines_with_odd_numbers_are_left_out_by_name(tmp_path: Path, bad: str) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text(f"0 0.5 0.5 0.2 0.2\n1 {bad} 0.5 0.2 0.2\n{bad[:-2]} 0.5 0.5 0.2 0.2\n")
    report = open_ground_truth(tmp_path).report
    assert (report.records, report.loaded) == (3, 1)
    assert codes(report)["not-a-number"] == 1


def test_a_class_beyond_numbers_is_one_bad_line(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.2 0.2\ninf 0.5 0.5 0.2 0.2\nnan 0.5 0.5 0.2 0.2\n")
    report = open_ground_truth(tmp_path).report
    assert (report.records, report.loaded, codes(report)["unknown-class"]) == (3, 1, 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("names: [a]\nnames: [b]\n", "duplicate key: 'names'"),
        ("a: &x {k: 1, k: 2}\n", "duplicate key: 'k'"),
        ("- {a: [1, {b: 1, c: 1, b: 2}]}\n", "duplicate key: 'b'"),
    ],
)
def test_yaml_that_gives_a_key_twice_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        parse_yaml(Path("data.yaml"), text)


def test_yaml_may_repeat_values_and_keys_of_other_mappings() -> None:
    assert parse_yaml(Path("data.yaml"), "a: [x, x]\nb: {a: x, c: x}\nc: &k {a: x}\nd: *k\n")["b"] == {"a": "x", "c": "x"}


@pytest.mark.parametrize("names", ["{0: a, 00: b}", "{" + "1" * 1000 + ": a}", "{\u0661: a}", "[a]\nnc: " + "9" * 5000])
def test_class_numbers_that_are_none_are_refused(tmp_path: Path, names: str) -> None:
    (tmp_path / "data.yaml").write_text(f"names: {names}\n", encoding="utf-8")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(FormatError, match="names"):
        open_ground_truth(tmp_path)


SHAPE = {"label": "cat", "points": [[1, 1], [9, 9]], "shape_type": "rectangle"}
TASK = {"id": 1, "data": {"image": "/data/upload/1/0a1b2c3d-a.jpg"}}


@pytest.mark.parametrize(
    ("content", "format"),
    [
        ([{**TASK, "annotations": 7}], "labelstudio"),
        ([{**TASK, "annotations": [{"result": {"0": {}}}]}], "labelstudio"),
        ([{"name": "a.jpg", "labels": {"category": "cat"}}], "bdd100k"),
        ({"categories": {"label": {"labels": [{"name": "cat"}]}}, "items": [{"id": "a", "annotations": "none"}]}, "datumaro"),
    ],
)
def test_a_list_that_is_none_is_no_silent_nothing(tmp_path: Path, content: Any, format: str) -> None:
    report = open_ground_truth(write(tmp_path / "a.json", content)).report
    assert report.format == format
    assert codes(report)["not-a-list"] == 1


@pytest.mark.parametrize("content", [{"imagePath": "a.jpg", "shapes": None}, {"type": "FeatureCollection", "features": {}}])
def test_one_file_without_its_list_is_refused(tmp_path: Path, content: Any) -> None:
    path = write(tmp_path / ("a.geojson" if "type" in content else "a.json"), content)
    with pytest.raises(FormatError, match="has no list of"):
        open_ground_truth(path)


def test_a_rectangle_of_three_points_is_no_box(tmp_path: Path) -> None:
    three = {**SHAPE, "points": [[1, 1], [9, 9], [2, 30]]}
    report = open_ground_truth(write(tmp_path / "a.json", {"imagePath": "a.jpg", "shapes": [SHAPE, three]})).report
    assert (report.loaded, codes(report)["bad-points"]) == (1, 1)


def test_a_turn_that_is_no_number_is_not_a_box_that_is_not_turned(tmp_path: Path) -> None:
    box = '<box label="cat" xtl="10" ytl="8" xbr="50" ybr="38" rotation="{}"/>'
    shapes = "".join(box.format(turn) for turn in ("nan", "right", "90"))
    path = tmp_path / "a.xml"
    path.write_text(f'<annotations><image id="0" name="a.jpg" width="160" height="120">{shapes}</image></annotations>')
    report = open_ground_truth(path).report
    assert (report.records, report.loaded, codes(report)["bad-box"]) == (3, 1, 2)


def test_an_image_that_is_listed_twice_is_said_to_be(tmp_path: Path) -> None:
    frame = {"name": "a.jpg", "labels": [{"category": "cat", "box2d": {"x1": 1, "y1": 2, "x2": 9, "y2": 9}}]}
    assert codes(open_ground_truth(write(tmp_path / "a.json", [frame, frame])).report)["image-listed-twice"] == 1


TWICE, ONCE = '"n": 1, "n": 2', '"n": 3, "more": {"a": 1}'


@pytest.mark.parametrize(
    "text",
    [
        f'[{{"file_name": "1.jpg", {TWICE}}}, {{"file_name": "2.jpg", {ONCE}}}]',
        f'{{"rows": [{{"file_name": "1.jpg", {TWICE}}}, {{"file_name": "2.jpg", {ONCE}}}], "by": "me"}}',
        f'{{"file_name": "1.jpg", {TWICE}}}\n\n{{"file_name": "2.jpg", {ONCE}}}\n',
        f'{{"1.jpg": {{{TWICE}}}, "2.jpg": {{{ONCE}}}}}',
    ],
    ids=["a list", "a list in an object", "lines", "by name"],
)
def test_metadata_that_give_a_key_twice_lose_that_row(text: str, tmp_path: Path) -> None:
    dataset = open_ground_truth(write(tmp_path / "gt.json", good())).dataset
    path = tmp_path / "m.json"
    path.write_text(text)
    joined = join_metadata(dataset, path)
    assert codes(joined.report)["repeated-key"] == 1
    assert [joined.dataset.image_attributes["n"].text(row) for row in range(3)] == ["", "3", ""]


@pytest.mark.parametrize("text", ['{"1.jpg": {"n": 1}, "1.jpg": {"n": 2}}', '{"file_name": "1.jpg", "n": 1, "n": 2}'])
def test_metadata_of_one_object_that_gives_a_key_twice_are_refused(text: str, tmp_path: Path) -> None:
    dataset = open_ground_truth(write(tmp_path / "gt.json", good())).dataset
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(FormatError, match="duplicate key"):
        join_metadata(dataset, path)


def test_a_scored_row_without_box_is_a_record(tmp_path: Path) -> None:
    dataset = open_ground_truth(write(tmp_path / "gt.json", good())).dataset
    path = tmp_path / "found.csv"
    path.write_text("image,class,score,x1,y1,x2,y2\n1.jpg,dog,.9,10,12,40,36\n1.jpg,,.5,,,,\n2.jpg,,,,,,\n")
    report = open_predictions(path, dataset).report
    assert (report.records, report.loaded, report.dropped) == (2, 1, 1)


def test_repeated_scores_are_left_out(tmp_path: Path) -> None:
    dataset = open_ground_truth(write(tmp_path / "gt.json", good())).dataset
    path = tmp_path / "dt.json"
    path.write_text(json.dumps(results()).replace('"score": 0.95', '"scor\\u0065": 0.1, "score": 0.95'))
    report = open_predictions(path, dataset).report
    assert (report.loaded, codes(report)["repeated-key"]) == (2, 1)
