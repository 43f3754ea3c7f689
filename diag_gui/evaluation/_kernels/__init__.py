"""The hot loops of the evaluation, and nothing else: compiled where a compiler was, in numpy elsewhere.

``KERNEL`` says which, ``"compiled"`` or ``"numpy"``, for all of them. ``DIAG_GUI_KERNEL=numpy`` in the environment asks for
numpy. Each set of loops is a compiled module ``_NAME``, its readable twin ``NAME_numpy``, and ``NAME_loops`` that is imported.
"""

from __future__ import annotations

import os
import warnings
from importlib import import_module
from typing import Any

from diag_gui.evaluation._kernels.source_hash import is_stale

__all__ = ["COMPILED", "KERNEL", "KernelWarning", "choose"]

COMPILED = (
    "_ranking",
    "_matching",
    "_accumulation",
    "_costs",
    "_errors",
    "_masks",
    "_resampling",
    "_rotated",
    "_rules",
    "_slices",
    "_step_moves",
    "_streaming",
    "_threshold_steps",
)
_REMEDY = "evaluation runs in numpy and takes several times as long; rebuild: pip install -e ."


class KernelWarning(UserWarning):
    """The compiled kernel cannot be used though nobody asked for numpy."""


def usable_kernel() -> str:
    """Return ``"compiled"`` if every compiled module is there and as new as its source, else ``"numpy"`` with a warning."""
    if os.environ.get("DIAG_GUI_KERNEL", "") == "numpy":
        return "numpy"
    for name in COMPILED:
        try:
            module = import_module(f"{__name__}.{name}")
        except ImportError as error:
            warnings.warn(f"no compiled kernel ({error}): {_REMEDY}", KernelWarning, stacklevel=3)
            return "numpy"
        if is_stale(name, module.SOURCE_HASH):
            warnings.warn(f"the compiled kernel {name} is older than its source: {_REMEDY}", KernelWarning, stacklevel=3)
            return "numpy"
    return "compiled"


KERNEL = usable_kernel()


def choose(name: str, twin: str) -> Any:
    """Return the compiled module ``name`` of this package, or its ``twin`` where `KERNEL` is numpy."""
    return import_module(f"{__name__}.{name if KERNEL == 'compiled' else twin}")
