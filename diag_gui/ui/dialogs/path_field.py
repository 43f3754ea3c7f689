"""A line for a path with buttons to look for it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from diag_gui.data.run_files import is_there
from diag_gui.ui.dialogs.file_choosers import choose_file, choose_files, choose_folder

_SEPARATOR = " ; "


class PathField(QWidget):
    """One path, or several parted by semicolons; takes drops.

    Parameters
    ----------
    title : str
        Of the chooser.
    filters : str
        Of the chooser of files; empty where only a folder makes sense.
    takes_folder : bool
        Whether a folder may be chosen.
    takes_many : bool
        Whether several files may be chosen.
    hint : str
        Shown while it is empty.
    """

    changed = Signal()

    def __init__(self, title: str, filters: str, hint: str, *, takes_folder: bool = False, takes_many: bool = False) -> None:
        super().__init__()
        self._title, self._filters, self._takes_many = title, filters, takes_many
        self.setAcceptDrops(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(title)
        self.line.setAcceptDrops(False)
        self.line.textChanged.connect(self.changed)
        row.addWidget(self.line, 1)
        if filters:
            row.addWidget(self._button("File …" if not takes_many else "Files …", self._choose_files))
        if takes_folder:
            row.addWidget(self._button("Folder …", self._choose_folder))

    def paths(self) -> tuple[Path, ...]:
        """Return the paths entered."""
        parts = self.line.text().split(_SEPARATOR.strip()) if self._takes_many else [self.line.text()]
        return tuple(_expanded(part.strip()) for part in parts if part.strip())

    def missing(self) -> Path | None:
        """Return the first entered path that does not exist."""
        return next((path for path in self.paths() if not is_there(path)), None)

    def set_paths(self, paths: list[Path]) -> None:
        """Enter ``paths``."""
        self.line.setText(_SEPARATOR.join(str(path) for path in paths))

    def _button(self, text: str, run: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.clicked.connect(run)
        return button

    def _choose_files(self) -> None:
        if self._takes_many:
            choose_files(self, self._title, self._filters, lambda paths: self.set_paths([*self.paths(), *paths]))
        else:
            choose_file(self, self._title, self._filters, lambda path: self.set_paths([path]))

    def _choose_folder(self) -> None:
        known = list(self.paths()) if self._takes_many else []
        choose_folder(self, self._title, lambda path: self.set_paths([*known, path]))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        dropped = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        self.set_paths([*self.paths(), *dropped] if self._takes_many else dropped[:1])
        event.acceptProposedAction()


def _expanded(text: str) -> Path:
    """Return a path with ``~`` as the home folder; as it stands where ``~name`` is nobody, which it is while one types."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)
