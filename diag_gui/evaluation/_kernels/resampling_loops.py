"""The loops of the bootstrap over images: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["resampling_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import resampling_numpy as resampling_loops
else:
    resampling_loops = choose("_resampling", "resampling_numpy")
