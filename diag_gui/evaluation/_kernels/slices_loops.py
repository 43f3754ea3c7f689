"""The loop that counts all object slices at once: compiled where it was built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["slices_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import slices_numpy as slices_loops
else:
    slices_loops = choose("_slices", "slices_numpy")
