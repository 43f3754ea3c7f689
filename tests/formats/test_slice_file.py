"""Slices as JSON: out and in again, what is wrong with a file, and slices among the saved queries of a project."""

from __future__ import annotations

import json

import pytest

from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.exceptions import FormatError
from diag_gui.formats.slice_file import read_slices, saved_slices, with_slices, write_slices

NIGHT = SliceDefinition("at night", "scene = 'night'")
SMALL = SliceDefinition("Müllwagen, klein", "class = 'Müllwagen' AND area < 1024")


def test_what_is_written_is_read_again(tmp_path):
    write_slices(tmp_path / "slices.json", [NIGHT, SMALL])
    assert read_slices(tmp_path / "slices.json") == (NIGHT, SMALL)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"version": 1}, "no list of slices"),
        ({"slices": [NIGHT.name]}, r"slices\[0\]: is no object"),
        ({"slices": [{"name": "x", "expression": "a = 1"}, {"name": "y"}]}, r"slices\[1\]: has no text as expression"),
        ({"slices": [{"name": "  ", "expression": "a = 1"}]}, "has no text as name"),
        ({"slices": [{"name": "x", "expression": "a = 1"}] * 1001}, "1,001 slices"),
        ([], "object was expected"),
    ],
)
def test_a_file_that_is_something_else_is_refused_with_the_record(tmp_path, body, said):
    path = tmp_path / "slices.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(FormatError, match=said):
        read_slices(path)


def test_slices_stand_among_the_other_queries_of_a_project_and_leave_them_alone():
    queries = {"night": {"kind": "filter", "expression": "scene = 'night'"}, "old": {"kind": "slice", "expression": "a = 1"}}
    kept = with_slices(queries, [SliceDefinition("night", "scene = 'night'")])
    assert kept["night"] == queries["night"]
    assert "old" not in kept
    assert saved_slices(kept) == (SliceDefinition("night (2)", "scene = 'night'"),)
