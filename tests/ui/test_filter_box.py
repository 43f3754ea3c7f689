"""The line that filters: chips, completion, and errors where they happened."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from diag_gui.exceptions import ExpressionError
from diag_gui.ui.filter_box import FilterBox
from tests.ui.showing import shown

CHIPS = [("area < 1024", "k1"), ("class: cat & <dog>", "k2"), ("error: missed", "k3")]


class Box(FilterBox):
    """A filter box that remembers what it was told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.taken_off: list[object] = []
        super().__init__(self._known, self._take)
        self.chip_removed.connect(self.taken_off.append)

    def _known(self, text: str, cursor: int) -> list[tuple[str, str]]:
        return [(name + " ", name) for name in ("weather", "width") if text and name.startswith(text[:cursor])]

    def _take(self, text: str) -> tuple[str, ...]:
        if "wrong" in text:
            raise ExpressionError("no column of this name", text, 3, ("weather",))
        self.asked.append(text)
        return ("nothing has zebra; near: bear",) if "zebra" in text else ()


@pytest.fixture
def box(qtbot):
    made = shown(qtbot, Box(), 700, 28)
    made.line.setFocus()
    qtbot.waitUntil(made.line.hasFocus)
    return made


def test_enter_submits_what_was_typed_and_empties_the_line(qtbot, box):
    qtbot.keyClicks(box.line, " area < 5 ")
    qtbot.keyClick(box.line, Qt.Key.Key_Return)
    assert box.asked == ["area < 5"]
    assert box.line.text() == ""


def test_enter_on_an_empty_line_does_nothing(qtbot, box):
    qtbot.keyClicks(box.line, "   ")
    qtbot.keyClick(box.line, Qt.Key.Key_Return)
    assert box.asked == []


def test_an_error_stands_below_the_line_with_the_cursor_where_it_is(qtbot, box):
    qtbot.keyClicks(box.line, "is wrong here")
    qtbot.keyClick(box.line, Qt.Key.Key_Return)
    assert "no column of this name" in box.message()
    assert "weather" in box.message()
    assert box.line.text() == "is wrong here"
    assert box.line.cursorPosition() == 3
    qtbot.keyClicks(box.line, "x")
    assert box.message() == "", "typing on takes the message away"


def test_each_chip_comes_off_by_a_click(qtbot, box):
    box.show_chips(CHIPS)
    for chip in list(box.chips):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert box.taken_off == ["k1", "k2", "k3"]


def test_names_from_files_are_shown_as_they_are(box):
    box.show_chips(CHIPS)
    assert "cat && <dog>" in box.chips[1].text(), "a single & would become a shortcut"
    assert "&lt;dog&gt;" in box.chips[1].toolTip()


def test_backspace_in_an_empty_line_takes_the_last_chip_off_and_otherwise_a_letter(qtbot, box):
    box.show_chips(CHIPS)
    qtbot.keyClicks(box.line, "a")
    qtbot.keyClick(box.line, Qt.Key.Key_Backspace)
    assert (box.line.text(), box.taken_off) == ("", [])
    qtbot.keyClick(box.line, Qt.Key.Key_Backspace)
    assert box.taken_off == ["k3"]


def test_escape_empties_the_line_and_then_asks_for_the_last_filter_off(qtbot, box):
    qtbot.keyClicks(box.line, "zz")
    with qtbot.assertNotEmitted(box.clear_requested):
        qtbot.keyClick(box.line, Qt.Key.Key_Escape)
    assert box.line.text() == ""
    with qtbot.waitSignal(box.clear_requested):
        qtbot.keyClick(box.line, Qt.Key.Key_Escape)


def test_a_completion_is_taken_by_keys_and_typing_goes_on(qtbot, box):
    qtbot.keyClicks(box.line, "wea")
    qtbot.keyClick(box.line, Qt.Key.Key_Down)
    qtbot.keyClick(box.line, Qt.Key.Key_Return)
    assert box.line.text() == "weather "
    assert box.asked == []
    qtbot.keyClicks(box.line, "= 'fog'")
    qtbot.keyClick(box.line, Qt.Key.Key_Return)
    assert box.asked == ["weather = 'fog'"]


def test_many_chips_leave_room_for_the_line(qtbot, box):
    box.show_chips([(f"area < {number} AND class = 'a long name of a class'", number) for number in range(20)])
    visible = [chip for chip in box.chips if chip.isVisible()]
    assert 0 < len(visible) < 20
    assert visible[-1] is box.chips[-1], "the latest is what Esc takes off"
    qtbot.waitUntil(lambda: box.line.width() >= 60)
    box.show_chips([])
    assert box.chips == []


@pytest.mark.parametrize(
    ("width", "visible"),
    [(330, [False, False, False, True]), (700, [True, False, True, True]), (1400, [True, True, True, True])],
)
def test_the_newest_chip_stands_there_and_of_the_others_those_that_fit(qtbot, width, visible):
    box = shown(qtbot, Box(), width, 28)
    long = "class = 'a long name of a class' AND area < 5000"
    box.show_chips([("n_gt > 0", 0), (long, 1), (long + " ", 2), ("score > 0.5 AND area < 4000", 3)])
    assert [chip.isVisible() for chip in box.chips] == visible


def test_a_chip_says_other_words_and_its_tooltip_the_whole_text(box):
    box.show_chips([("was = 'missed' AND error IS NULL", "k")], {"was = 'missed' AND error IS NULL": "missed → found"})
    assert box.chips[0].text().startswith("missed → found")
    assert "error IS NULL" in box.chips[0].toolTip()


def test_what_is_odd_about_a_filter_in_force_is_said_until_the_next_key_or_click(qtbot, box):
    for go_on in (lambda: qtbot.keyClick(box.line, Qt.Key.Key_A), lambda: qtbot.mouseClick(box.line, Qt.MouseButton.LeftButton)):
        box.line.setFocus()
        qtbot.waitUntil(box.line.hasFocus)
        box.line.clear()
        qtbot.keyClicks(box.line, "class = 'zebra'")
        qtbot.keyClick(box.line, Qt.Key.Key_Return)
        assert box.asked[-1] == "class = 'zebra'"
        assert not box.line.hasFocus()
        qtbot.wait(10)
        assert box.message() == "nothing has zebra; near: bear"
        go_on()
        assert box.message() == ""
