"""What this program is, and with what its figures are made."""

from __future__ import annotations

import platform

from PySide6 import __version__ as qt_version
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from diag_gui import __version__
from diag_gui.evaluation._kernels import KERNEL


class AboutDialog(QDialog):
    """Name, version, kernel."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("About diag-gui")
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(8)
        name = QLabel("diag-gui")
        name.setProperty("role", "product")
        column.addWidget(name)
        for text in (
            "See where an object detector fails and why.",
            f"Version {__version__} · Python {platform.python_version()} · Qt {qt_version} · {KERNEL} kernel",
            "MIT licence",
        ):
            label = QLabel(text)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
