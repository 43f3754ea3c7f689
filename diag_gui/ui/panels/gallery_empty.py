"""What the gallery shows when there is nothing to show: why, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from diag_gui.data.read_report import ReadReport


class EmptyGallery(QWidget):
    """A sentence that says why there are no failures, with the action that changes it."""

    take_off_requested = Signal()
    """Emitted to take the last filter off."""
    show_all_requested = Signal()
    """Emitted to show correct predictions too."""
    problems_requested = Signal()
    """Emitted to see what was left out, and why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.reason = QLabel()
        self.reason.setProperty("role", "secondary")
        self.reason.setWordWrap(True)
        self.take_off = QPushButton("Take the last filter off")
        self.take_off.clicked.connect(self.take_off_requested)
        self.show_all = QPushButton("Show correct predictions too")
        self.show_all.clicked.connect(self.show_all_requested)
        self.show_problems = QPushButton("Show what was left out")
        self.show_problems.clicked.connect(self.problems_requested)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.take_off, self.show_all, self.show_problems):
            # Until one is offered it asks for no room: three of them are wider than the gallery of a small window.
            button.hide()
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        for label in (self.title, self.reason):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addSpacing(4)
        column.addLayout(buttons)
        column.addStretch(3)

    def say(
        self, title: str, reason: str, *, can_take_off: bool = False, can_show_all: bool = False, can_show_problems: bool = False
    ) -> None:
        """Show ``title`` and ``reason``, and the buttons that can help."""
        self.title.setText(title)
        self.reason.setText(reason)
        self.take_off.setVisible(can_take_off)
        self.show_all.setVisible(can_show_all)
        self.show_problems.setVisible(can_show_problems)

    def say_nothing_to_compare(self, reports: Sequence[ReadReport]) -> None:
        """Say why there are neither labels nor predictions: all that was read was left out, or there was none."""
        spoilt = [report for report in reports if report.dropped and not report.loaded]
        n = sum(report.dropped for report in spoilt)
        if not n:
            self.say("Nothing to compare", "There are no labels and no predictions.")
            return
        said = f"All {n:,} records were left out" if n > 1 else "The only record was left out"
        examples = [example for report in spoilt for group in report.problems if group.drops for example in group.examples]
        first = f"; first: {examples[0]}" if examples else "."
        self.say("Nothing to compare", f"{said}{first}", can_show_problems=True)
