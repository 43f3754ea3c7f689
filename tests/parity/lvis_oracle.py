"""Package lvis without the library it draws with, and with the name that NumPy no longer has.

Its figures need numpy and pycocotools; on import it also asks for matplotlib, for plots that no test makes. So it is installed
without its dependencies and given empty modules in their place. Its accumulation asks for ``np.float``, gone since NumPy 1.24.
"""

from __future__ import annotations

import copy
import logging
import sys
import types
import warnings
from types import ModuleType
from typing import Any

import numpy as np

_DRAWING = ("matplotlib", "matplotlib.pyplot", "matplotlib.patches")

_placed = [name for name in _DRAWING if name not in sys.modules]
for _name in _placed:
    sys.modules[_name] = ModuleType(_name)
sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]  # type: ignore[attr-defined]
sys.modules["matplotlib.patches"].Polygon = object  # type: ignore[attr-defined]
try:
    import lvis.eval
    from lvis import LVIS, LVISEval, LVISResults
finally:
    for _name in _placed:
        del sys.modules[_name]


class NumpyWithFloat(types.ModuleType):
    """numpy, with the alias that it dropped."""

    float = float

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


lvis.eval.np = NumpyWithFloat("numpy_with_float")


def lvis_evaluation(content: dict[str, Any], results: list[dict[str, Any]], iou_type: str = "bbox") -> LVISEval:
    """Evaluate with package lvis; the dicts are not touched."""
    logging.getLogger("lvis").setLevel(logging.CRITICAL)
    truth = LVIS.__new__(LVIS)
    truth.logger = logging.getLogger("lvis")
    truth.dataset = copy.deepcopy(content)
    truth._create_index()
    with warnings.catch_warnings():
        # It logs by a method that Python has renamed.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = LVISResults(truth, copy.deepcopy(results))
    evaluation = LVISEval(truth, found, iou_type)
    evaluation.run()
    return evaluation
