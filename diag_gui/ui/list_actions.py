"""The actions of what stands above and below the failures: their order, which are listed, their size, and the plots."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QToolButton

from diag_gui.ui.actions import ActionSpec, Needs
from diag_gui.ui.page_places import FAILURES
from diag_gui.ui.walked_drawing import WalkedDrawing

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow
    from diag_gui.ui.pages.failures_page import FailuresPage

_GROUP = 4
_SIZE_STEP_PX = 24


def list_actions(window: MainWindow) -> list[ActionSpec]:
    """Return one action per menu above the gallery, for the size of its pictures, and for what is drawn below."""
    larger, smaller = (partial(_resize_pictures, window, step) for step in (_SIZE_STEP_PX, -_SIZE_STEP_PX))
    return [
        _spec("order", "Order of the failures …", ("O",), partial(_pop_up_order, window)),
        _spec("listed", "Which rows are listed …", ("H",), partial(_pop_up_listed, window)),
        _spec("pictures-larger", "Larger pictures", ("Ctrl++", "Ctrl+="), larger),
        _spec("pictures-smaller", "Smaller pictures", ("Ctrl+-",), smaller),
        _spec("classes", "Walk the classes", ("L",), partial(_walk_classes, window)),
        _spec("slices-here", "Walk the slices beside the failures", ("Shift+L",), partial(_walk_slices, window)),
        _spec("next-plot", "Next plot", ("V",), partial(_show_next_plot, window)),
        _spec("intervals", "Intervals of runs: compute or stop", ("Shift+I",), partial(_turn_intervals, window)),
    ]


def _spec(name: str, text: str, keys: tuple[str, ...], run: Callable[[], None]) -> ActionSpec:
    return ActionSpec(name, text, "View", keys, run, _GROUP, needs=Needs.FAILURES)


def _shown_page(window: MainWindow) -> FailuresPage | None:
    """Return the Failures page, brought to the front; where it is there already the keys stay where they are."""
    if window.pages.currentWidget() is not window.failures:
        window.show_page(FAILURES)
    return window.failures


def _pop_up_order(window: MainWindow) -> None:
    page = _shown_page(window)
    if page is not None:
        _pop_up(page.gallery.controls.sort)


def _pop_up_listed(window: MainWindow) -> None:
    page = _shown_page(window)
    if page is not None:
        _pop_up(page.gallery.controls.shown)


def _pop_up(button: QToolButton) -> None:
    """Open the menu of a button below it, at what is chosen, for the arrows and Enter."""
    menu = button.menu()
    chosen = next((action for action in menu.actions() if action.isChecked()), None)
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    if chosen is not None:
        menu.setActiveAction(chosen)


def _resize_pictures(window: MainWindow, step_px: int) -> None:
    page = _shown_page(window)
    if page is not None:
        slider = page.gallery.controls.slider
        slider.setValue(slider.value() + step_px)


def _walk_classes(window: MainWindow) -> None:
    """Let the arrows go through the classes, Enter filters; Esc takes the filter off."""
    page = _shown_page(window)
    if page is not None:
        page.left.show_panel(page.classes)
        page.classes.table.setFocus()


def _walk_slices(window: MainWindow) -> None:
    """Let the arrows go through the slices beside the failures, Enter filters."""
    page = _shown_page(window)
    if page is not None:
        page.left.show_panel(page.slices)
        page.slices.list.setFocus()


def _show_next_plot(window: MainWindow) -> None:
    """Bring the next plot to the front, and let the keys walk it where it can be walked."""
    page = _shown_page(window)
    if page is None:
        return
    panel = page.plots.show_next()
    drawing = panel.findChild(WalkedDrawing)
    if drawing is not None:
        drawing.setFocus()
    else:
        page.gallery.setFocus()


def _turn_intervals(window: MainWindow) -> None:
    wanted = not window.store.state.wants_differences
    window.controller.compare.set_wants_differences(wanted)
    window.controller.say(f"Intervals of runs are {'computed on the Runs page' if wanted else 'not computed'}")
