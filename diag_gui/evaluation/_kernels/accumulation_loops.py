"""The loops of precision, recall and counts: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["accumulation_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import accumulation_numpy as accumulation_loops
else:
    accumulation_loops = choose("_accumulation", "accumulation_numpy")
