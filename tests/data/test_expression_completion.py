"""What the filter box offers at each place of a half-typed expression."""

from __future__ import annotations

import pytest

from diag_gui.data.attributes import ColumnKind
from diag_gui.data.expression import complete
from diag_gui.data.expression_completion import OfferedColumn


class Columns:
    """Three columns and the values of one."""

    def offered_columns(self) -> tuple[OfferedColumn, ...]:
        return (
            OfferedColumn(("scene",), ColumnKind.CATEGORY, "image category"),
            OfferedColumn(("score",), ColumnKind.NUMBER, "pred number"),
            OfferedColumn(("time of day",), ColumnKind.CATEGORY, "image category"),
            OfferedColumn(("iscrowd",), ColumnKind.BOOL, "gt bool"),
            OfferedColumn(("gt", "class"), ColumnKind.CATEGORY, "gt category"),
        )

    def offered_values(self, segments: tuple[str, ...]) -> tuple[str, ...]:
        return {("scene",): ("night", "day", "it's"), ("gt", "class"): ("car",)}.get(segments, ())


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", ["scene", "score", '"time of day"', "iscrowd", "gt.class", "NOT"]),
        ("sc", ["scene", "score", "iscrowd"]),
        ("SC", ["scene", "score", "iscrowd"]),
        ("day", ['"time of day"']),
        ('"ti', ['"time of day"']),
        ("gt.", ["gt.class"]),
        ("gt.cl", ["gt.class"]),
        ("scene ", ["=", "!=", "IN", "LIKE", "IS NULL", "IS NOT NULL"]),
        ("score ", ["<", "<=", "=", "!=", ">", ">=", "BETWEEN", "IS NULL", "IS NOT NULL"]),
        ("iscrowd = ", ["TRUE", "FALSE"]),
        ("scene = ", ["'night'", "'day'", "'it''s'"]),
        ("scene = 'n", ["'night'"]),
        ("scene IN ('day', ", ["'night'", "'day'", "'it''s'"]),
        ("gt.class = ", ["'car'"]),
        ("scene = 'day' ", ["AND", "OR"]),
        ("scene = 'day' AND sco", ["score"]),
        ("NOT (sc", ["scene", "score", "iscrowd"]),
        ("score BETWEEN 1 ", ["AND"]),
        ("scene IS ", ["NULL"]),
        ("score < ", []),
        ("scene = $", []),
    ],
)
def test_offers(text: str, offered: list[str]) -> None:
    assert [completion.text for completion in complete(text, len(text), Columns())] == offered


def test_a_completion_takes_the_place_of_the_word_at_the_cursor() -> None:
    text = "scene = 'ni' AND score > 1"
    (completion,) = complete(text, 11, Columns())
    assert text[: completion.start] + completion.text + text[completion.end :] == "scene = 'night' AND score > 1"
    assert (completion.start, completion.end) == (8, 12)
    assert completion.kind == "value"


def test_any_cursor_is_accepted() -> None:
    text = "NOT (scene = 'it''s' OR gt.class IN ('car')) AND \"time of day\" IS NOT NULL"
    for cursor in range(-1, len(text) + 2):
        for completion in complete(text, cursor, Columns()):
            assert 0 <= completion.start <= completion.end <= len(text)
