"""tidecv without the libraries it draws with.

Its figures need numpy, pycocotools and cv2; on import it also asks for matplotlib, seaborn, pandas and a second build of
OpenCV, for plots that no test makes. So it is installed without its dependencies and given empty modules in their place.
"""

from __future__ import annotations

import sys
from types import ModuleType

_DRAWING = ("matplotlib", "matplotlib.pyplot", "appdirs", "tidecv.plotting")

_placed = [name for name in _DRAWING if name not in sys.modules]
for _name in _placed:
    sys.modules[_name] = ModuleType(_name)
sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]  # type: ignore[attr-defined]
sys.modules["appdirs"].user_data_dir = str  # type: ignore[attr-defined]
sys.modules["tidecv.plotting"].Plotter = object  # type: ignore[attr-defined]
try:
    import tidecv.ap
    from tidecv import TIDE, Data
    from tidecv.errors.main_errors import FalsePositiveError
finally:
    for _name in _placed:
        del sys.modules[_name]

ap = tidecv.ap

__all__ = ["TIDE", "Data", "FalsePositiveError", "ap"]
