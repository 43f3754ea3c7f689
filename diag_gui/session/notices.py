"""How errors become words in the status bar."""

from __future__ import annotations

import traceback

from diag_gui.exceptions import DiagError
from diag_gui.session.state import Notice


def notice_of(label: str, error: Exception) -> Notice:
    """Return ``error`` of the work called ``label`` as a notice; a defect of ours carries its traceback in the details."""
    if isinstance(error, DiagError):
        return Notice(str(error), details=f"{label}\n\n{error}", is_error=True)
    trace = "".join(traceback.format_exception(error))
    return Notice(f"{label} failed: {type(error).__name__}: {error}", details=trace, is_error=True)
