"""Pages that are built when somebody first looks at them, and what the window does when they ask for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from diag_gui.ui.page_places import FAILURES
from diag_gui.ui.slice_actions import find_menu

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow
    from diag_gui.ui.pages.problems_page import ProblemsPage
    from diag_gui.ui.pages.runs_page import RunsPage
    from diag_gui.ui.pages.slices_page import SlicesPage


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
    window.pages.addWidget(page)
    window.actions_by_name.attach_local([page.gallery])
    return page


def build_problems_page(window: MainWindow) -> ProblemsPage:
    """Add the Problems page to the window."""
    from diag_gui.ui.pages.problems_page import ProblemsPage

    page = ProblemsPage(window.store, window.controller)
    page.panel.followed.connect(window.show_failures)
    window.pages.addWidget(page)
    return page
