"""What the menu Slices can do, and what a slice in question is needed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from diag_gui.ui.actions import ActionSpec, Needs
from diag_gui.ui.plain_text import as_caption

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow


def slice_actions(window: MainWindow) -> list[ActionSpec]:
    """Return the actions of the menu Slices."""
    slices = window.controller.slices
    some, one = Needs.FAILURES, Needs.SLICE
    return [
        ActionSpec("slice-add", "New slice …", "Slices", ("A",), window.new_slice, needs=some),
        ActionSpec(
            "slice-show", "Show the failures of the slice", "Slices", ("Shift+Return",), window.show_failures, 1, needs=one
        ),
        ActionSpec("slice-tag", "Tag the images of the slice …", "Slices", ("T",), window.tag_slice, 1, needs=one),
        ActionSpec("slice-export", "Export the images of the slice …", "Slices", ("X",), window.export_slice, 1, needs=one),
        ActionSpec("slice-save", "Save the slice", "Slices", ("S",), slices.save, 1, needs=one),
        ActionSpec("slice-remove", "Take the slice off the list", "Slices", ("Del",), slices.remove, 1, needs=one),
        ActionSpec("slices-read", "Read slices …", "Slices", ("Ctrl+Shift+R",), window.read_slices_dialog, 2, needs=some),
        ActionSpec("slices-write", "Write slices …", "Slices", ("Ctrl+Shift+W",), window.write_slices_dialog, 2, needs=some),
    ]


def tag_menu(window: MainWindow, at: QWidget) -> QMenu:
    """Return a menu of the tags, each of which tags the images of the slice in question; shown over ``at``."""
    menu = QMenu(window)
    for place, name in enumerate(window.store.state.project.tag_names, start=1):
        action = menu.addAction(f"&{place}  {as_caption(name)}")
        action.triggered.connect(lambda _checked=False, name=name: window.controller.slices.tag_images(name))
    menu.popup(at.mapToGlobal(QPoint(at.width() // 3, at.height() // 3)))
    return menu
