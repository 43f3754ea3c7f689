"""The hot loop of reading, and nothing else: compiled where a compiler was; elsewhere the general reader does its work.

It follows the loops of the evaluation: ``DIAG_GUI_KERNEL=numpy`` in the environment asks for neither.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diag_gui.evaluation._kernels import KERNEL, KernelWarning
from diag_gui.evaluation._kernels.source_hash import is_stale

__all__ = ["plain_columns"]

NAME = "_plain_records"
_REMEDY = "large JSON files take several times as long to read; rebuild: pip install -e ."


def _compiled_reader() -> Callable[[Any], tuple[Any, ...] | None] | None:
    """Return the compiled reader of plain records, None where it cannot be used; that nobody asked for it is warned of."""
    if KERNEL != "compiled":
        return None
    try:
        from diag_gui.formats._kernels import _plain_records as module
    except ImportError as error:
        warnings.warn(f"no compiled reader ({error}): {_REMEDY}", KernelWarning, stacklevel=3)
        return None
    if is_stale(NAME, module.SOURCE_HASH, Path(__file__).parent):
        warnings.warn(f"the compiled reader {NAME} is older than its source: {_REMEDY}", KernelWarning, stacklevel=3)
        return None
    return module.plain_columns


plain_columns = _compiled_reader()
"""``plain_columns(raw)`` of ``_plain_records.pyx``, or None."""
