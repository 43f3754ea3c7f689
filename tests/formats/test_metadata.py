"""Tables of metadata: kinds of files, joins on whatever fits best, cells as written."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from diag_gui.cli.terminal import warn
from diag_gui.data.attributes import ColumnKind
from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.coco import read_ground_truth
from diag_gui.formats.metadata import join
from diag_gui.formats.table_reading import read_table
from tests.formats.coco_files import good, write
from tests.shared_data import CORPUS, DATA, needs_shared
from tests.work import lines_run


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    content = good()
    for image, name in zip(content["images"], ("day/one.jpg", "day/two.jpg", "night/one.jpg"), strict=True):
        image |= {"file_name": name, "id": image["id"] * 10}
    for annotation in content["annotations"]:
        annotation["image_id"] *= 10
    return read_ground_truth(write(tmp_path / "gt.json", content))[0]


def put(tmp_path: Path, text: str | bytes, name: str = "meta.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def shown(dataset: Dataset, name: str) -> list[str]:
    column = dataset.image_attributes[name]
    return [column.text(row) for row in range(len(dataset.images))]


@pytest.mark.parametrize(
    ("keys", "form"),
    [
        (("day/one.jpg", "day/two.jpg", "night/one.jpg"), "file name"),
        (("./day/one.jpg", "day\\two.jpg", "night/one.jpg"), "file name"),
        (("/data/x/day/one.jpg", "/data/x/day/two.jpg", "/data/x/night/one.jpg"), "end of the path"),
        (("10", "20", "30"), "image id"),
        (("10.0", "20.0", "30.0"), "image id"),
    ],
)
def test_rows_find_their_images_by_what_fits_best(dataset: Dataset, tmp_path: Path, keys: tuple[str, ...], form: str) -> None:
    rows = "".join(f"x,{key},{site}\n" for key, site in zip(keys, "abc", strict=True))
    joined, report, columns = join(dataset, put(tmp_path, f"other,which,site\n{rows}"))
    assert shown(joined, "site") == ["a", "b", "c"]
    assert columns == ("other", "site")
    assert f"joined on 'which' by {form}: 3 of 3 images (100%)" in report.problems[-1].examples[0]
    assert (report.records, report.loaded, report.dropped) == (3, 3, 0)


def test_the_longest_end_of_a_path_that_is_there_decides(tmp_path: Path) -> None:
    content = good()
    for image, name in zip(content["images"], ("a/day/one.jpg", "b/day/one.jpg", "b/two.jpg"), strict=True):
        image["file_name"] = name
    dataset = read_ground_truth(write(tmp_path / "gt.json", content))[0]
    table = put(tmp_path, "which,site\n/x/a/day/one.jpg,a\n/x/b/day/one.jpg,b\n/x/y/b/two.jpg,c\n")
    joined, report, _ = join(dataset, table)
    assert shown(joined, "site") == ["a", "b", "c"]
    assert "by end of the path: 3 of 3 images (100%)" in report.problems[-1].examples[0]


def test_parquet(dataset: Dataset, tmp_path: Path) -> None:
    import pyarrow.parquet

    columns = {
        "path": ["/data/day/one.jpg", "/data/night/one.jpg", None],
        "n": [1, None, 3],
        "on": [True, False, None],
        "site": ["north", "", "south"],
        "taken": [datetime.datetime(2024, 5, 31, 12, 30), None, None],
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "m.parquet")
    joined, report, names = join(dataset, tmp_path / "m.parquet")
    assert names == ("n", "on", "site", "taken")
    assert (shown(joined, "n"), shown(joined, "on"), shown(joined, "site")) == (
        ["1", "", ""],
        ["true", "", "false"],
        ["north", "", ""],
    )
    assert joined.image_attributes["taken"].kind is ColumnKind.DATETIME
    assert (report.records, report.loaded) == (3, 2)
    assert "joined on 'path' by end of the path: 2 of 3 images (67%)" in report.problems[-1].examples[0]


def test_stems_join_only_where_they_mean_one_image(dataset: Dataset, tmp_path: Path) -> None:
    joined, report, _ = join(dataset, put(tmp_path, "stem,site\none,a\ntwo,b\n"))
    assert shown(joined, "site") == ["", "b", ""]
    assert report.codes["row-without-image"] == 1
    assert "few images match" in report.problems[-1].examples[0]


def test_kinds_are_recognised_and_blanks_stay_blank(dataset: Dataset, tmp_path: Path) -> None:
    rows = ["file_name,n,when,ok,what"]
    rows += ["day/one.jpg,1.5,2024-05-01 10:00,yes,fog", "day/two.jpg,,,,", "night/one.jpg,2,2024-05-02,no,NA"]
    joined, _, _ = join(dataset, put(tmp_path, "\n".join(rows)))
    kinds = {column.name: column.kind for column in joined.image_attributes.columns}
    expected = {"n": ColumnKind.NUMBER, "when": ColumnKind.DATETIME, "ok": ColumnKind.BOOL, "what": ColumnKind.CATEGORY}
    assert kinds == expected
    assert shown(joined, "n") == ["1.5", "", "2"]
    assert shown(joined, "ok") == ["true", "", "false"]
    assert shown(joined, "what") == ["fog", "", ""]


@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_separators(dataset: Dataset, tmp_path: Path, separator: str) -> None:
    text = f'file_name{separator}note\n"day/one.jpg"{separator}"a, b; ""c""\nsecond line"\n'
    joined, _, _ = join(dataset, put(tmp_path, text))
    assert shown(joined, "note")[0] == 'a, b; "c"\nsecond line'


@pytest.mark.parametrize(
    "content",
    [
        [{"file_name": "day/one.jpg", "n": 3}, {"file_name": "day/two.jpg"}],
        {"rows": [{"file_name": "day/one.jpg", "n": 3}]},
        {"day/one.jpg": {"n": 3}, "day/two.jpg": {"n": None}},
    ],
)
def test_json_tables(dataset: Dataset, tmp_path: Path, content: object) -> None:
    joined, _, _ = join(dataset, put(tmp_path, json.dumps(content), "meta.json"))
    assert shown(joined, "n") == ["3", "", ""]


def test_json_lines_with_a_bad_one(dataset: Dataset, tmp_path: Path) -> None:
    text = '{"file_name": "day/one.jpg", "n": 3}\n{"file_name": \n{"file_name": "day/two.jpg", "n": 4}\n'
    joined, report, _ = join(dataset, put(tmp_path, text, "meta.jsonl"))
    assert shown(joined, "n") == ["3", "4", ""]
    assert (report.records, report.loaded, report.codes["bad-json-line"]) == (3, 2, 1)


def test_second_rows_and_long_rows_are_dropped_with_their_line(dataset: Dataset, tmp_path: Path) -> None:
    text = "file_name,n\nday/one.jpg,1\nday/two.jpg,2,3\nday/one.jpg,4\n\nnight/one.jpg\n"
    joined, report, _ = join(dataset, put(tmp_path, text))
    assert shown(joined, "n") == ["1", "", ""]
    assert (report.records, report.loaded, report.dropped) == (4, 2, 2)
    codes = {group.code: group.examples[0] for group in report.problems}
    assert "line 3" in codes["row-length"]
    assert "line 4" in codes["duplicate-row"]
    assert "line 6" in codes["short-row"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ('file_name,site\nday/one.jpg,"north\nday/two.jpg,south\n', "quote is not closed"),
        ("file_name,a,a\n", "duplicate column"),
        (b"\xff\xfef\x00", "UTF-16"),
        ("[1, 2", "JSON"),
        ("{broken", "JSON"),
        ('{"a": [1]}', "not a list of records"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(dataset: Dataset, tmp_path: Path, text: str | bytes, word: str) -> None:
    with pytest.raises(FormatError, match=word):
        join(dataset, put(tmp_path, text))


def test_a_table_of_other_images_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetMismatchError, match="not one of 1 rows"):
        join(dataset, put(tmp_path, "file_name,n\nelsewhere.jpg,1\n"))


def test_the_line_of_an_unclosed_quote_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="line 3"):
        read_table(put(tmp_path, 'a,b\n1,2\n3,"x\n4,5\n'))


def test_other_encodings_are_read_and_said(dataset: Dataset, tmp_path: Path) -> None:
    joined, report, _ = join(dataset, put(tmp_path, "file_name,site\nday/one.jpg,caf\xe9\n".encode("cp1252")))
    assert shown(joined, "site")[0] == "café"
    assert report.codes["not-utf8"] == 1


def test_a_column_read_again_replaces_the_former(dataset: Dataset, tmp_path: Path) -> None:
    once, _, _ = join(dataset, put(tmp_path, "file_name,n\nday/one.jpg,1\n"))
    twice, _, _ = join(once, put(tmp_path, "file_name,n\nday/two.jpg,2\n"))
    assert shown(twice, "n") == ["", "2", ""]


@needs_shared
def test_real_tables() -> None:
    aerial, _ = read_ground_truth(DATA / "aerial_cars_30/coco/gt.json")
    joined, report, _ = join(aerial, DATA / "aerial_cars_30/metadata.csv")
    attributes = joined.image_attributes
    assert (report.records, report.loaded) == (30, 30)
    assert attributes["capture_time"].kind is ColumnKind.DATETIME
    assert int(attributes["capture_time"].missing.sum()) == 22
    assert int(attributes["latitude"].missing.sum()) == 22
    voc, _ = read_ground_truth(DATA / "voc2012_100/gt/coco_from_pascalvoc.json")
    joined, report, columns = join(voc, DATA / "voc2012_100/image_metadata_measured.csv")
    assert (report.records, report.loaded, len(columns)) == (100, 100, 8)
    assert sorted(joined.image_attributes["orientation"].categories) == ["landscape", "portrait"]


@needs_shared
def test_formulas_stay_text() -> None:
    base, _ = read_ground_truth(CORPUS / "_base/gt.json")
    joined, _, _ = join(base, CORPUS / "meta/formula.csv")
    assert shown(joined, "note") == ['=HYPERLINK("http://127.0.0.1/x","click")', "+1+1", "@SUM(1)"]


def test_what_is_odd_about_a_column_is_said_with_its_line(dataset: Dataset, tmp_path: Path, capsys) -> None:
    text = "file_name,taken,height,site\nday/one.jpg,2024-03-01,1.5,x\nday/two.jpg,03/04/2024,tall,y\n"
    joined, report, _ = join(dataset, put(tmp_path, text))
    assert joined.image_attributes["taken"].kind is ColumnKind.CATEGORY
    assert {group.code: group.count for group in report.problems} == {
        "dates-as-text": 1,
        "mixed-values": 1,
        "metadata-joined": 1,
    }
    said = {group.code: group.examples[0] for group in report.problems}
    assert said["mixed-values"].startswith("meta.csv: line 2: column 'height' stays text")
    assert report.loaded + report.dropped == report.records == 2
    warn([report], quiet=False)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["warning", "warning", "note"]


def test_thousands_of_columns_are_joined_one_by_one(dataset: Dataset, tmp_path: Path) -> None:
    def joined(n: int) -> None:
        names = [f"c{place}" for place in range(n)]
        rows = [f"{name}," + ",".join(str(place % 7) for place in range(n)) for name in ("day/one.jpg", "day/two.jpg")]
        found, _, columns = join(dataset, put(tmp_path, "file_name," + ",".join(names) + "\n" + "\n".join(rows) + "\n"))
        assert len(columns) == len(found.image_attributes.columns) == n

    assert lines_run(lambda: joined(2_000)) < 11 * lines_run(lambda: joined(200))
