"""The hot loops of the evaluation, and nothing else: compiled where a compiler was, in numpy elsewhere.

``KERNEL`` says which, ``"compiled"`` or ``"numpy"``. ``DIAG_GUI_KERNEL=numpy`` in the environment asks for numpy.
"""

from __future__ import annotations

import os
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from diag_gui.evaluation._kernels import numpy_kernel
from diag_gui.evaluation._kernels.source_hash import is_stale

__all__ = ["KERNEL", "KernelWarning", "kernel"]

_MODULE = "diag_gui.evaluation._kernels._compiled"
_REMEDY = "evaluation runs in numpy and takes several times as long; rebuild: pip install -e ."


class KernelWarning(UserWarning):
    """The compiled kernel cannot be used though nobody asked for numpy."""


def _choose() -> tuple[str, Any]:
    """Return the name and the module of the kernel to use; warn where the compiled one is missing or stale."""
    if os.environ.get("DIAG_GUI_KERNEL", "") == "numpy":
        return "numpy", numpy_kernel
    try:
        compiled = import_module(_MODULE)
    except ImportError as error:
        warnings.warn(f"no compiled kernel ({error}): {_REMEDY}", KernelWarning, stacklevel=3)
        return "numpy", numpy_kernel
    if is_stale(compiled.SOURCE_HASH):
        warnings.warn(f"the compiled kernel is older than its source: {_REMEDY}", KernelWarning, stacklevel=3)
        return "numpy", numpy_kernel
    return "compiled", compiled


if TYPE_CHECKING:
    KERNEL: str
    kernel = numpy_kernel
else:
    KERNEL, kernel = _choose()
