"""The loops of ordering predictions by score: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["ranking_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import ranking_numpy as ranking_loops
else:
    ranking_loops = choose("_ranking", "ranking_numpy")
