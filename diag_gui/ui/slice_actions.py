"""What the menu Slices can do, and what a slice in question is needed for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from diag_gui.evaluation.discovery_targets import FALSE_POSITIVES, IMAGES, MISSES, TARGETS, WORSE
from diag_gui.ui.actions import ActionSpec, Needs
from diag_gui.ui.dialogs.export_dialog import ExportDialog
from diag_gui.ui.dialogs.file_choosers import choose_file, choose_new_file
from diag_gui.ui.dialogs.proposed_places import proposed_name
from diag_gui.ui.page_places import SLICES
from diag_gui.ui.plain_text import as_caption

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow

_FILES = "Slices (*.json)"
_TARGET_WORDS = {
    MISSES: "Labels that nothing kept finds",
    FALSE_POSITIVES: "False positives",
    IMAGES: "Errors per image",
    WORSE: "Worse than the run compared with",
}


def slice_actions(window: MainWindow) -> list[ActionSpec]:
    """Return the actions of the menu Slices."""
    slices, some, one = window.controller.slices, Needs.FAILURES, Needs.SLICE
    new, tag, export = partial(_new, window), partial(_tag, window), partial(_export, window)
    return [
        ActionSpec("slice-find", "Find the worst slices", "Slices", ("Shift+W",), partial(_find, window, MISSES), needs=some),
        ActionSpec("slice-add", "New slice …", "Slices", ("A",), new, needs=some),
        ActionSpec(
            "slice-show", "Show the failures of the slice", "Slices", ("Shift+Return",), window.show_failures, 1, needs=one
        ),
        ActionSpec("slice-tag", "Tag the images of the slice …", "Slices", ("T",), tag, 1, needs=one),
        ActionSpec("slice-export", "Export the images of the slice …", "Slices", ("X",), export, 1, needs=one),
        ActionSpec("slice-edit", "Edit the slice …", "Slices", ("F2",), partial(_edit, window), 1, needs=one),
        ActionSpec(
            "slice-precision", "AP of the slice with intervals", "Slices", ("Shift+A",), slices.precision.ask, 1, needs=one
        ),
        ActionSpec("slice-save", "Save the slice", "Slices", ("S",), slices.save, 1, needs=one),
        ActionSpec("slice-remove", "Take the slice off the list", "Slices", ("Del",), slices.remove, 1, needs=one),
        ActionSpec("measure", "Measure the pictures", "Slices", ("M",), window.controller.measure.start, 2, needs=some),
        ActionSpec("slices-read", "Read slices …", "Slices", ("Ctrl+Shift+R",), partial(_read, window), 2, needs=some),
        ActionSpec("slices-write", "Write slices …", "Slices", ("Ctrl+Shift+W",), partial(_write, window), 2, needs=some),
    ]


def find_menu(window: MainWindow, parent: QWidget) -> QMenu:
    """Return a menu of what the worst slices can be searched for."""
    menu = QMenu(parent)
    for target in TARGETS:
        if target in ("missed", "worse"):
            menu.addSeparator()
        action = menu.addAction(_TARGET_WORDS.get(target, f"Errors of type {target}"))
        action.triggered.connect(partial(_find, window, target))
    return menu


def _find(window: MainWindow, target: str, *_: object) -> None:
    """Search for the slices where ``target`` is worst."""
    window.show_page(SLICES)
    window.controller.slices.discovery.find(target)


def _new(window: MainWindow) -> None:
    """Ask for a slice to list."""
    window.show_page(SLICES)
    if window.slices is not None:
        window.slices.table.begin_new()


def _edit(window: MainWindow) -> None:
    """Ask for what the slice in question is to be."""
    window.show_page(SLICES)
    if window.slices is not None:
        window.slices.table.begin_edit()


def _tag(window: MainWindow) -> None:
    """Offer the tags, each of which tags the images of the slice in question."""
    menu = QMenu(window)
    for place, name in enumerate(window.store.state.project.tag_names, start=1):
        action = menu.addAction(f"&{place}  {as_caption(name)}")
        action.triggered.connect(partial(window.controller.slices.tag_images, name))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(window.mapToGlobal(QPoint(window.width() // 3, window.height() // 3)))


def _export(window: MainWindow) -> None:
    """Ask how to export the images of the slice in question."""
    ExportDialog(window.store, window.controller, window, what="slice").open()


def _read(window: MainWindow) -> None:
    """Ask for a file of slices to list."""
    choose_file(window, "Read slices", f"{_FILES};;All files (*)", window.controller.slices.read)


def _write(window: MainWindow) -> None:
    """Ask where the slices go."""
    proposed = proposed_name(window.store.state.dataset, "-slices.json")
    choose_new_file(window, "Write slices", _FILES, ".json", window.controller.slices.write, proposed=proposed)
