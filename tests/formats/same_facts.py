"""Comparing facts to the last byte."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from diag_gui.data.json_masks import JsonMasks


def same(first: Any, second: Any) -> bool:
    """Return whether facts are equal to the last byte, however deep they lie."""
    if isinstance(first, np.ndarray) and first.dtype == object:
        return second.dtype == object and first.tolist() == second.tolist()
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and first.shape == second.shape and first.tobytes() == second.tobytes()
    if isinstance(first, JsonMasks):
        return list(first) == list(second)
    if hasattr(first, "__dataclass_fields__"):
        names = [field.name for field in fields(first)]
        return type(first) is type(second) and all(same(getattr(first, name), getattr(second, name)) for name in names)
    if isinstance(first, tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)
