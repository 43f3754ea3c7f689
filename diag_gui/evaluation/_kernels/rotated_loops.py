"""The loop that pairs rotated boxes: compiled where it was built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["rotated_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import rotated_numpy as rotated_loops
else:
    rotated_loops = choose("_rotated", "rotated_numpy")
