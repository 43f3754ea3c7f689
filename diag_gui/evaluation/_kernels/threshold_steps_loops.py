"""The loops behind moving thresholds: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["threshold_steps_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import threshold_steps_numpy as threshold_steps_loops
else:
    threshold_steps_loops = choose("_threshold_steps", "threshold_steps_numpy")
