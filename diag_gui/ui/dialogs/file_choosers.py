"""Asking for a file or a folder without stopping the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def _chooser(parent: QWidget, title: str) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def choose_file(parent: QWidget, title: str, filters: str, on_chosen: Callable[[Path], object]) -> None:
    """Ask for one existing file."""
    dialog = _chooser(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(filters)
    dialog.fileSelected.connect(lambda name: on_chosen(Path(name)))
    dialog.open()


def choose_files(parent: QWidget, title: str, filters: str, on_chosen: Callable[[list[Path]], object]) -> None:
    """Ask for one or more existing files."""
    dialog = _chooser(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilter(filters)
    dialog.filesSelected.connect(lambda names: on_chosen([Path(name) for name in names]))
    dialog.open()


def choose_folder(parent: QWidget, title: str, on_chosen: Callable[[Path], object]) -> None:
    """Ask for an existing folder."""
    dialog = _chooser(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda name: on_chosen(Path(name)))
    dialog.open()


def choose_new_file(
    parent: QWidget,
    title: str,
    filters: str,
    suffix: str,
    on_chosen: Callable[[Path], object],
    *,
    proposed: Path | None = None,
) -> None:
    """Ask for a file to write, which may be ``proposed``; the dialog itself asks before one is replaced."""
    dialog = _chooser(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(filters)
    dialog.setDefaultSuffix(suffix.lstrip("."))
    if proposed is not None:
        dialog.setDirectory(str(proposed.parent))
        dialog.selectFile(proposed.name)
    dialog.fileSelected.connect(lambda name: on_chosen(Path(name)))
    dialog.open()
