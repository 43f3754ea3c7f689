"""The loops of masks: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["mask_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import masks_numpy as mask_loops
else:
    mask_loops = choose("_masks", "masks_numpy")
