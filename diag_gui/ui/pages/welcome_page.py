"""What is shown before anything is open: what to bring, and three ways to begin."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from diag_gui.data.run_files import is_there
from diag_gui.session.controller import Controller
from diag_gui.session.settings import Settings
from diag_gui.ui.plain_text import as_caption, as_tooltip
from diag_gui.ui.theme import RADIUS_PX, current_theme


class WelcomePage(QWidget):
    """Open, drop, or try the sample.

    Parameters
    ----------
    controller : Controller
    settings : Settings
        Knows what was open before.
    open_action : QAction
        Shows the open dialog.
    """

    def __init__(self, controller: Controller, settings: Settings, open_action: QAction) -> None:
        super().__init__()
        self._controller = controller
        self._settings = settings
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        self._card = _DropCard()
        outer.addWidget(self._card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

        column = QVBoxLayout(self._card)
        column.setContentsMargins(44, 38, 44, 34)
        column.setSpacing(10)
        column.addWidget(_label("See where your detector fails, and why", "product"))
        column.addWidget(
            _label(
                "Drop ground truth and predictions here: COCO, YOLO, Pascal VOC, CVAT and many more, one run or several,\n"
                "with a table of metadata and the folder of images if you have them.",
                "secondary",
            )
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        self.sample = QPushButton("Try the sample")
        self.sample.setProperty("role", "primary")
        self.sample.setToolTip("Airfields and harbours from above: 120 images, 8 classes, three runs of a small detector")
        self.sample.clicked.connect(controller.data.open_sample)
        self.open = QPushButton(f"Open …   {open_action.shortcut().toString()}")
        self.open.clicked.connect(open_action.trigger)
        buttons.addWidget(self.sample)
        buttons.addWidget(self.open)
        buttons.addStretch(1)
        column.addSpacing(8)
        column.addLayout(buttons)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        column.addSpacing(10)
        column.addLayout(self._recent)
        self.show_recent()

    def show_recent(self) -> None:
        """List what was open before and is still there."""
        while self._recent.count():
            item = self._recent.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        recent = [paths for paths in self._settings.recent() if all(is_there(Path(path)) for path in paths)][:5]
        if recent:
            self._recent.addWidget(_label("Open again", "caption"))
        for paths in recent:
            names = " + ".join(Path(path).name for path in paths)
            button = QPushButton(as_caption(names if len(names) <= 70 else names[:40] + "…" + names[-28:]))
            button.setProperty("role", "flat")
            button.setStyleSheet("text-align: left; padding: 3px 0;")
            button.setToolTip(as_tooltip("\n".join(paths)))
            button.clicked.connect(lambda _checked=False, paths=paths: self._controller.data.open_paths([Path(p) for p in paths]))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)


class _DropCard(QFrame):
    """The card with a dashed edge that says: drop here."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(560)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.color("line"), 1.5, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_PX * 2, RADIUS_PX * 2)


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    return label
