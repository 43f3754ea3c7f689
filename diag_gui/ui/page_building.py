"""Pages that are built when somebody first looks at them, and what the window does when they ask for it."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from diag_gui.ui.page_places import FAILURES, PROBLEMS
from diag_gui.ui.slice_actions import find_menu

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow
    from diag_gui.ui.pages.failures_page import FailuresPage
    from diag_gui.ui.pages.problems_page import ProblemsPage
    from diag_gui.ui.pages.runs_page import RunsPage
    from diag_gui.ui.pages.slices_page import SlicesPage


_FAILURES_MODULES = (
    "ui.models.failure_cells",
    "ui.panels.class_panel",
    "ui.panels.slice_panel",
    "ui.panels.error_chips",
    "ui.models.gallery_model",
    "ui.panels.gallery_view",
    "ui.panels.gallery_heading",
    "ui.panels.gallery_panel",
    "ui.panels.precision_recall_panel",
    "ui.panels.reliability_panel",
    "ui.panels.confusion_panel",
    "ui.panels.viewer_canvas",
    "ui.panels.viewer_panel",
    "ui.panels.review_panel",
    "ui.pages.failures_page",
)
"""Imported one at a time: together they take a tenth of a second."""


def failures_page_in_steps(window: MainWindow) -> Generator[None, None, FailuresPage]:
    """Add the Failures page to the window, where it waits for data to be shown."""
    for name in _FAILURES_MODULES:
        import_module(f"diag_gui.{name}")
        yield
    from diag_gui.ui.pages.failures_page import FailuresPage, panels_in_steps

    panels = yield from panels_in_steps(window.store, window.controller)
    page = FailuresPage(panels)
    page.viewer.large_requested.connect(window.toggle_viewer_large)
    page.gallery.large_requested.connect(window.toggle_viewer_large)
    page.gallery.problems_requested.connect(partial(window.show_page, PROBLEMS))
    yield
    window.pages.addWidget(page)
    window.in_sight.watch(page.gallery.view.viewport(), page.viewer.canvas)
    window.actions_by_name.attach_local([page.gallery, page.viewer])
    return page


def build_runs_page(window: MainWindow) -> RunsPage:
    """Add the Runs page to the window."""
    from diag_gui.ui.pages.runs_page import RunsPage

    page = RunsPage(window.store, window.controller, window.actions_by_name["add-run"])
    page.listed.connect(partial(window.show_page, FAILURES))
    window.pages.addWidget(page)
    return page


def build_slices_page(window: MainWindow) -> SlicesPage:
    """Add the Slices page to the window."""
    from diag_gui.ui.pages.slices_page import SlicesPage

    page = SlicesPage(window.store, window.controller, window.actions_by_name)
    page.table.searching.setMenu(find_menu(window, page.table.searching))
    page.failures_requested.connect(window.show_failures)
    page.gallery.problems_requested.connect(partial(window.show_page, PROBLEMS))
    window.pages.addWidget(page)
    window.in_sight.watch(page.gallery.view.viewport())
    window.actions_by_name.attach_local([page.gallery])
    return page


def build_problems_page(window: MainWindow) -> ProblemsPage:
    """Add the Problems page to the window."""
    from diag_gui.ui.pages.problems_page import ProblemsPage

    page = ProblemsPage(window.store, window.controller)
    page.panel.followed.connect(window.show_failures)
    window.pages.addWidget(page)
    return page
