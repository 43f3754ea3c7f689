"""CSV cells: nothing a spreadsheet would run, and everything comes back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.formats.export_csv_writer import cell, csv_text, restored_text, safe_text


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-2+3", "@SUM(1)", "\tx", "\rx", '=HYPERLINK("http://127.0.0.1/x")'])
def test_a_formula_is_quoted_and_comes_back(text: str) -> None:
    assert safe_text(text)[0] == "'"
    assert restored_text(safe_text(text)) == text


@pytest.mark.parametrize("text", ["-5", "+3.5e-2", "plain", "'quoted'", "", "a=b"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert safe_text(text) == text
    assert restored_text(text) == text


@given(st.text(alphabet="=+-@\t\r'1.ae ", max_size=8))
def test_every_text_comes_back(text: str) -> None:
    written = safe_text(text)
    assert restored_text(written) == text
    assert written[:1] not in set("=@\t\r")


def test_values_as_cells() -> None:
    assert [cell(value) for value in (None, float("nan"), True, 3, 0.1, [1.0, 2.5], "x")] == [
        "",
        "",
        "true",
        "3",
        "0.1",
        "[1.0, 2.5]",
        "x",
    ]


def test_a_table_is_read_by_the_csv_module() -> None:
    text = csv_text(("name", "=head"), [('a,b\n"c"', 1.5), ("=1", None)])
    assert list(csv.reader(io.StringIO(text))) == [["name", "'=head"], ['a,b\n"c"', "1.5"], ["'=1", ""]]
