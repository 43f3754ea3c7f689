"""The loops of errors and confusion: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["error_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import errors_numpy as error_loops
else:
    error_loops = choose("_errors", "errors_numpy")
