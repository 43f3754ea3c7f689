"""The loop of what errors cost: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["costs_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import costs_numpy as costs_loops
else:
    costs_loops = choose("_costs", "costs_numpy")
