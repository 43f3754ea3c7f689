"""The hot loops of the evaluation, and nothing else: compiled where a compiler was, in numpy elsewhere."""

from __future__ import annotations

from diag_gui.evaluation._kernels import numpy_kernel as kernel

KERNEL = "numpy"

__all__ = ["KERNEL", "kernel"]
