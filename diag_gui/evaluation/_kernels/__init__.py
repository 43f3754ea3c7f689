"""The hot loops of the evaluation, and nothing else: compiled where a compiler was, in numpy elsewhere.

``KERNEL`` says which, ``"compiled"`` or ``"numpy"``. ``DIAG_GUI_KERNEL=numpy`` in the environment asks for numpy.
"""

from __future__ import annotations

import os
import warnings
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from diag_gui.evaluation._kernels import numpy_kernel
from diag_gui.evaluation._kernels.source_hash import is_stale

__all__ = ["KERNEL", "KernelWarning", "choose", "kernel"]

_REMEDY = "evaluation runs in numpy and takes several times as long; rebuild: pip install -e ."


class KernelWarning(UserWarning):
    """The compiled kernel cannot be used though nobody asked for numpy."""


def choose(name: str, fallback: ModuleType) -> tuple[str, Any]:
    """Return which kernel to use and its module; warn where the compiled one is missing or stale.

    Parameters
    ----------
    name : str
        Module of this package that holds the compiled loops.
    fallback : module
        The same functions in numpy.
    """
    if os.environ.get("DIAG_GUI_KERNEL", "") == "numpy":
        return "numpy", fallback
    try:
        compiled = import_module(f"{__name__}.{name}")
    except ImportError as error:
        warnings.warn(f"no compiled kernel ({error}): {_REMEDY}", KernelWarning, stacklevel=3)
        return "numpy", fallback
    if is_stale(name, compiled.SOURCE_HASH):
        warnings.warn(f"the compiled kernel is older than its source: {_REMEDY}", KernelWarning, stacklevel=3)
        return "numpy", fallback
    return "compiled", compiled


if TYPE_CHECKING:
    KERNEL: str
    kernel = numpy_kernel
else:
    KERNEL, kernel = choose("_compiled", numpy_kernel)
