"""The window from the command line: asked for a display first, since Qt ends a process that has none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diag_gui.display import display_problem
from diag_gui.exceptions import DiagError


def open_window(paths: Sequence[Path]) -> int:
    """Open the window with ``paths`` and return its exit status.

    Raises
    ------
    DiagError
        If no window can be shown here; the message says why and what works without one.
    """
    problem = display_problem()
    if problem is not None:
        raise DiagError(f"no window: {problem}; 'diag-gui evaluate' and 'diag-gui demo' work without one")
    from diag_gui import app

    return int(app.run(list(paths)))
