"""The loops of figures without pairs: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["streaming_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import streaming_numpy as streaming_loops
else:
    streaming_loops = choose("_streaming", "streaming_numpy")
