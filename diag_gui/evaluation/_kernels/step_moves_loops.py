"""The loops behind moves from one threshold to the next: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["step_moves_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import step_moves_numpy as step_moves_loops
else:
    step_moves_loops = choose("_step_moves", "step_moves_numpy")
