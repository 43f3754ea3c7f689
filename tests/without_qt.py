"""A pytest plug-in that makes Qt impossible to import, so that the core's tests prove they need none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

_QT = ("PySide6", "shiboken6")


class _NoQt:
    """Refuses to find Qt."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Raise for Qt, and leave every other module to the next finder."""
        if name.split(".")[0] in _QT:
            raise ModuleNotFoundError(f"{name} is hidden from these tests", name=name)
        return None


assert not any(name in sys.modules for name in _QT), "Qt was imported before the tests began"
sys.meta_path.insert(0, _NoQt())
