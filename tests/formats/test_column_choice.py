"""What somebody says about columns: parts, quotes, units, and what is refused."""

from __future__ import annotations

import pytest

from diag_gui.exceptions import DiagError
from diag_gui.formats.column_choice import NO_CHOICE, parse_columns


def test_parts_and_units() -> None:
    choice = parse_columns('image=path, CLASS = "label, long", x1=left,units=Relative')
    assert dict(choice.columns) == {"image": "path", "class": "label, long", "x1": "left"}
    assert choice.units == "relative"
    assert parse_columns(choice.text) == choice


def test_nothing_said_is_no_choice() -> None:
    assert not parse_columns(" , ")
    assert not NO_CHOICE
    assert parse_columns("units=pixels")


@pytest.mark.parametrize(("text", "reason"), [
    ("path", "not of the form"), ("class=", "not of the form"), ("colour=red", "no part 'colour'"),
    ("class=a,class=b", "chosen twice"), ("units=miles", "pixels or relative"), ('class="a', "quote"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DiagError, match=reason):
        parse_columns(text)
