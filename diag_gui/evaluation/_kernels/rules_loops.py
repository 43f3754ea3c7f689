"""The loops of rules other than COCO's: compiled where they were built, in numpy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag_gui.evaluation._kernels import choose

__all__ = ["rules_loops"]

if TYPE_CHECKING:
    from diag_gui.evaluation._kernels import rules_numpy as rules_loops
else:
    rules_loops = choose("_rules", "rules_numpy")
