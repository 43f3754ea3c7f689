"""What people are shown of a table before they open it."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag_gui.formats.table_head import table_head
from tests.formats.coco_files import good, write
from tests.formats.reading import put_json, put_text


def test_names_and_first_rows_of_text(tmp_path: Path) -> None:
    path = put_text(tmp_path / "a.csv", '"a;b";c', '"x;y";1,5', "short", "3;4", "5;6")
    head = table_head(path)
    assert head is not None
    assert head.names == ("a;b", "c")
    assert head.rows == (("x;y", "1,5"), ("short", ""), ("3", "4"))
    again = table_head(put_text(tmp_path / "b.csv", '"a;b";c', "7;8"))
    assert again is not None
    assert again.key == head.key


def test_parquet(tmp_path: Path) -> None:
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"n": [1, 2, 3, 4, None], "t": ["a", None, "c", "d", "e"]}), tmp_path / "p")
    head = table_head(tmp_path / "p")
    assert head is not None
    assert (head.names, head.rows) == (("n", "t"), (("1", "a"), ("2", ""), ("3", "c")))
    (tmp_path / "p").write_bytes((tmp_path / "p").read_bytes()[:-9])
    assert table_head(tmp_path / "p") is None


def test_properties_of_features_in_a_folder(tmp_path: Path) -> None:
    features = [{"type": "Feature", "properties": {"role": n, "wings": None}, "geometry": None} for n in range(9)]
    put_json(tmp_path / "d" / "a.geojson", {"type": "FeatureCollection", "features": features})
    head = table_head(tmp_path / "d")
    assert head is not None
    assert head.has_boxes_apart
    assert (head.names, head.rows) == (("role", "wings"), (("0", ""), ("1", ""), ("2", "")))


@pytest.mark.parametrize("text", ["", "1 2 3 4 5\n", "ImageID,LabelName,XMin,XMax,YMin,YMax\na,b,1,2,3,4\n", '[{"a": 1}]'])
def test_what_has_fixed_columns_or_none_has_no_head(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text)
    assert table_head(tmp_path / "x") is None
    assert table_head(write(tmp_path / "gt.json", good())) is None
    assert table_head(tmp_path / "gone") is None


def test_text_where_numbers_should_be(tmp_path: Path) -> None:
    head = table_head(put_text(tmp_path / "a.csv", "a;b;c;d;e", '1,5;x;;"[1, 2, 3, 4]";n/a', 'x;y;;"[1, 2]";', '2;3 px;;"";'))
    assert head is not None
    assert [head.text_for_numbers(name) for name in head.names] == ["", "x", "", "[1, 2, 3, 4]", ""]
    assert head.text_for_numbers("d", in_lists=True) == ""
    assert head.text_for_numbers("a", in_lists=True) == "1,5"


def test_the_column_of_pictures_is_told_by_every_shown_row(tmp_path: Path) -> None:
    head = table_head(put_text(tmp_path / "a.csv", "a,b,c,d", "1,x.jpg,y.jpg,", "2,x,d/y.TIF,", "3,z.jpg,,"))
    assert head is not None
    assert head.picture_column() == "c"
    assert head.picture_column(frozenset({"c"})) == ""
