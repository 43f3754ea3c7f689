"""What is said of a column: dates in several styles, mistakes among numbers, decimal commas, thousands of values."""

from __future__ import annotations

from typing import Any

import pytest

from diag_gui.data.attributes import ColumnKind
from diag_gui.formats.column_oddities import MANY_VALUES, oddities_of
from diag_gui.formats.value_columns import column_of, column_of_texts


def told(values: list[Any], *, is_text: bool = True) -> list[tuple[str, int, str]]:
    column = column_of_texts("name", values) if is_text else column_of("name", values)
    assert column is not None
    return [(odd.code, odd.place, odd.reason) for odd in oddities_of("name", values, column, is_text=is_text)]


@pytest.mark.parametrize(
    ("values", "code", "place", "parts"),
    [
        (
            ["2024-03-01", "01.03.2024", "2024-03-02", "2024:03:01 10:00:00"],
            "date-styles",
            1,
            ["3 styles, all of them read", "2 year-month-day ('2024-03-01')", "1 day.month.year ('01.03.2024')"],
        ),
        (["2024-03-01T10:00:00Z", "2024-03-01T10:00:00"], "date-styles", 0, ["and time with zone", "and time ("]),
        (["03/04/2024", "05/06/2024"], "dates-as-text", 0, ["2 day or month first", "may have the day or the month first"]),
        (["13/04/2024", "04/13/2024"], "dates-as-text", 0, ["'13/04/2024' has the day first, '04/13/2024' the month"]),
        (["2024-03-01", "2024-03-02", "soon", ""], "dates-as-text", 2, ["2 year-month-day", "1 text ('soon')"]),
        (["1.5", "2", "tall", "NA"], "mixed-values", 2, ["2 numbers ('1.5')", "1 text ('tall')"]),
        (["yes", "no", "maybe"], "mixed-values", 2, ["2 yes or no", "1 text"]),
        (["1,5", "2,25"], "decimal-commas", 0, ["2 numbers with a comma ('1,5')", "write 1.5"]),
    ],
)
def test_what_is_odd_is_said_with_counts_and_examples(values: list[Any], code: str, place: int, parts: list[str]) -> None:
    ((found, at, reason),) = told(values)
    assert (found, at) == (code, place)
    assert "'name'" in reason
    for part in parts:
        assert part in reason


@pytest.mark.parametrize(
    "values",
    [["a", "b", "12", "c", "d"], ["001", "099", "100"], ["2024-03-01", ""], ["1", "2.5"], ["yes", ""], ["=1+1", "@x"]],
)
def test_what_is_usual_is_not_said(values: list[str]) -> None:
    assert told(values) == []


def test_values_that_carry_their_type_are_odd_as_soon_as_they_mix() -> None:
    ((code, place, reason),) = told(["a", "b", "c", "d", "e", 1, None, [1]], is_text=False)
    assert (code, place) == ("mixed-values", 5)
    assert "5 texts ('a'), 1 number ('1')" in reason
    assert told(["1", "2"], is_text=False) == []


def test_thousands_of_values_are_said() -> None:
    assert told([f"id{number}" for number in range(MANY_VALUES)]) == []
    ((code, _, reason),) = told([f"id{number}" for number in range(MANY_VALUES + 1)])
    assert code == "many-values"
    assert "1,001 different texts" in reason


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        (["13/04/2024", "03/04/2024 10:30"], ["2024-04-13 00:00:00", "2024-04-03 10:30:00"]),
        (["04/13/2024", "03-04-2024"], ["2024-04-13 00:00:00", "2024-03-04 00:00:00"]),
        (["2024-03-01", "31/12/2024"], ["2024-03-01 00:00:00", "2024-12-31 00:00:00"]),
        (
            ["1 Mar 2024", "March 2, 2024", "03-april-2024 7:05"],
            ["2024-03-01 00:00:00", "2024-03-02 00:00:00", "2024-04-03 07:05:00"],
        ),
    ],
)
def test_dates_that_the_column_tells_apart_are_read(cells: list[str], texts: list[str]) -> None:
    column = column_of_texts("name", cells)
    assert column is not None
    assert column.kind is ColumnKind.DATETIME
    assert [column.text(row) for row in range(len(cells))] == texts


@pytest.mark.parametrize(
    "cells", [["13/14/2024", "01/02/2024"], ["31/02/2024"], ["1 Foo 2024"], ["03/04/24"], ["13/04/2024", "x"], ["12 maybe 2024"]]
)
def test_dates_that_nobody_can_tell_stay_text(cells: list[str]) -> None:
    column = column_of_texts("name", cells)
    assert column is not None
    assert column.kind is ColumnKind.CATEGORY
