"""The loops of pairing and matching: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["matching_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import matching_numpy as matching_loops
else:
    matching_loops = choose("_matching", "matching_numpy")
