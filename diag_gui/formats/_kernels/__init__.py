"""The hot loops of reading, and nothing else: compiled where a compiler was; elsewhere the general reader does their work.

They follow the loops of the evaluation: ``DIAG_GUI_KERNEL=numpy`` in the environment asks for neither.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diag_gui.evaluation._kernels import KERNEL, KernelWarning
from diag_gui.evaluation._kernels.source_hash import is_stale

__all__ = ["COMPILED", "box_flags", "json_records", "json_values"]

COMPILED = ("_json_records", "_json_values", "_box_flags")
_REMEDY = "large JSON files take several times as long to read; rebuild: pip install -e ."


def _compiled_readers() -> tuple[Any, ...]:
    """Return the compiled modules, None for each where one cannot be used; that nobody asked for it is warned of."""
    modules: list[Any] = []
    for name in COMPILED if KERNEL == "compiled" else ():
        try:
            module = import_module(f"{__name__}.{name}")
        except ImportError as error:
            warnings.warn(f"no compiled reader ({error}): {_REMEDY}", KernelWarning, stacklevel=3)
            break
        if is_stale(name, module.SOURCE_HASH, Path(__file__).parent):
            warnings.warn(f"the compiled reader {name} is older than its source: {_REMEDY}", KernelWarning, stacklevel=3)
            break
        modules.append(module)
    return tuple(modules) if len(modules) == len(COMPILED) else (None,) * len(COMPILED)


json_records, json_values, _flags = _compiled_readers()
if TYPE_CHECKING or _flags is None:
    from diag_gui.formats._kernels.box_flags_numpy import box_flags
else:
    box_flags = _flags.box_flags
