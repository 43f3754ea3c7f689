"""A label for figures that move: only text of another size asks for a layout, and what is shown is what was said."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.still_label import StillLabel
from tests.ui.showing import shown


class LayoutsAskedFor(QObject):
    """Counts how often a widget is asked to lay itself out."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.n = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        self.n += event.type() == QEvent.Type.LayoutRequest
        return False


def row_of(label: QLabel) -> QWidget:
    """Return a row of ``label`` and a neighbour that takes what is left."""
    window = QWidget()
    row = QHBoxLayout(window)
    row.addWidget(label)
    row.addWidget(QWidget(), 1)
    return window


def test_digits_take_the_place_of_those_before(qtbot: QtBot) -> None:
    label = StillLabel("F1 .25")
    window = shown(qtbot, row_of(label), 300, 40)
    asked = LayoutsAskedFor(window)
    qtbot.wait(10)
    asked.n = 0
    label.setText("F1 .87")
    qtbot.wait(10)
    assert asked.n == 0
    assert label.text() == "F1 .87"


def test_longer_text_gets_its_room(qtbot: QtBot) -> None:
    label = StillLabel("F1 .25")
    window = shown(qtbot, row_of(label), 300, 40)
    asked = LayoutsAskedFor(window)
    qtbot.wait(10)
    asked.n, width = 0, label.width()
    label.setText("best F1 .87 at score .25")
    qtbot.wait(10)
    assert asked.n >= 1
    assert label.width() > width


def test_new_text_looks_as_qt_draws_it(qtbot: QtBot) -> None:
    still, plain = StillLabel("F1 .25"), QLabel("F1 .25")
    windows = [shown(qtbot, row_of(label), 300, 40) for label in (still, plain)]
    still.setText("F1 .87")
    plain.setText("F1 .87")
    qtbot.wait(10)
    assert windows[0].grab().toImage() == windows[1].grab().toImage()


def test_names_are_no_markup(qtbot: QtBot) -> None:
    label = StillLabel("<b>2</b>")
    window = shown(qtbot, row_of(label), 300, 40)
    label.setText("<b>3</b>")
    assert label.sizeHint().width() > label.fontMetrics().horizontalAdvance("<b>")
    assert label.text() == "<b>3</b>"
    assert window.isVisible()


def test_an_elided_label_forgets_what_it_said_of_another_text(qtbot: QtBot) -> None:
    label = ElidedLabel("a name that is much longer than the room that there is for it")
    label.setFixedWidth(60)
    window = shown(qtbot, row_of(label), 300, 40)
    qtbot.waitUntil(lambda: "much longer" in label.toolTip())
    label.setText("short")
    assert label.toolTip() == ""
    assert window.isVisible()
