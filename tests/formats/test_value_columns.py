"""What kind of column values make."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.data.attributes import ColumnKind
from diag_gui.formats.value_columns import column_of, column_of_texts

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([1, 2.5, None, NAN], ColumnKind.NUMBER, ["1", "2.5", "", ""]),
        ([True, None, False], ColumnKind.BOOL, ["true", "", "false"]),
        (["b", "a", "", None], ColumnKind.CATEGORY, ["b", "a", "", ""]),
        (["1", "2"], ColumnKind.CATEGORY, ["1", "2"]),
        ([1, "x", True], ColumnKind.CATEGORY, ["1", "x", "true"]),
        (["2013-11-15 11:55:43", None], ColumnKind.DATETIME, ["2013-11-15 11:55:43", ""]),
        ([[1], {"a": 1}, "x"], ColumnKind.CATEGORY, ["", "", "x"]),
    ],
)
def test_typed_values(values: list, kind: ColumnKind, texts: list[str]) -> None:
    column = column_of("name", values)
    assert column is not None
    assert column.kind is kind
    assert [column.text(row) for row in range(len(values))] == texts
    assert column.missing.tolist() == [text == "" for text in texts]


@pytest.mark.parametrize(
    ("cells", "kind", "texts"),
    [
        (["1", " 2.5 ", "", "NA", "-1e3"], ColumnKind.NUMBER, ["1", "2.5", "", "", "-1000"]),
        (["yes", "No", ""], ColumnKind.BOOL, ["true", "false", ""]),
        (["0", "1", "1"], ColumnKind.NUMBER, ["0", "1", "1"]),
        (["007", "12"], ColumnKind.CATEGORY, ["007", "12"]),
        (["1,5", "2,5"], ColumnKind.CATEGORY, ["1,5", "2,5"]),
        (["inf", "1"], ColumnKind.CATEGORY, ["inf", "1"]),
        (["2019:05:04 10:11:12", ""], ColumnKind.DATETIME, ["2019-05-04 10:11:12", ""]),
        (["2019-05-04T10:11:12+02:00", "2019-05-04"], ColumnKind.DATETIME, ["2019-05-04 08:11:12", "2019-05-04 00:00:00"]),
        (["04.05.2019", "31.12.2019 23:59"], ColumnKind.DATETIME, ["2019-05-04 00:00:00", "2019-12-31 23:59:00"]),
        (["2019-13-45", "x"], ColumnKind.CATEGORY, ["2019-13-45", "x"]),
        (["=1+1", "@x"], ColumnKind.CATEGORY, ["=1+1", "@x"]),
        (["١٢", "3"], ColumnKind.CATEGORY, ["١٢", "3"]),
    ],
)
def test_cells_of_tables(cells: list[str], kind: ColumnKind, texts: list[str]) -> None:
    column = column_of_texts("name", cells)
    assert column is not None
    assert column.kind is kind
    assert [column.text(row) for row in range(len(cells))] == texts


@pytest.mark.parametrize("name", ["truncated", "is_group", "isGroupOf", "has_shadow"])
def test_zero_and_one_mean_no_and_yes_under_the_name_of_a_flag(name: str) -> None:
    for column in (column_of_texts(name, ["0", "1", ""]), column_of(name, [0, 1, None])):
        assert column is not None
        assert column.kind is ColumnKind.BOOL
        assert column.values.tolist() == [False, True, False]
        assert column.missing.tolist() == [False, False, True]
    number = column_of(name, [0, 1, 2])
    assert number is not None
    assert number.kind is ColumnKind.NUMBER


def test_nothing_given_is_no_column() -> None:
    assert column_of("name", [None, "", NAN]) is None
    assert column_of_texts("name", ["", "n/a", "-"]) is None


def test_whole_numbers_beyond_floats_do_not_fail() -> None:
    column = column_of("name", [10**400, 1])
    assert column is not None
    assert np.isinf(column.values[0])
