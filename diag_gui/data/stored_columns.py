"""Columns that stay in their files: rows come into memory when they are asked for."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from diag_gui.data.arrays import AnyArray


class StoredColumn(Protocol):
    """N entries of one type in a file. A slice of it is an array in memory, read there and then."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a value."""

    @property
    def shape(self) -> tuple[int, ...]:
        """N, then the shape of an entry."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> AnyArray: ...
