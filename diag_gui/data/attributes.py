"""Columns that describe images, ground truth or predictions: metadata from files and attributes of labels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, frozen


class Level(StrEnum):
    """What one entry of a column describes."""

    IMAGE = "image"
    GT = "gt"
    PRED = "pred"
    FAILURE = "failure"


class ColumnKind(StrEnum):
    """How the values of a column are stored.

    ``CATEGORY``: int32 codes into ``categories``, -1 missing. ``NUMBER``: float64, NaN missing. ``DATETIME``:
    datetime64[us] (UTC or naive as given), NaT missing. ``BOOL``: bool, see ``missing``.
    """

    CATEGORY = "category"
    NUMBER = "number"
    DATETIME = "datetime"
    BOOL = "bool"


_DTYPES: dict[ColumnKind, np.dtype[Any]] = {
    ColumnKind.CATEGORY: np.dtype(np.int32),
    ColumnKind.NUMBER: np.dtype(np.float64),
    ColumnKind.DATETIME: np.dtype("datetime64[us]"),
    ColumnKind.BOOL: np.dtype(np.bool_),
}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One named column.

    Attributes
    ----------
    name : str
        As in the file.
    kind : ColumnKind
        Storage, see there.
    values : ndarray, shape (N,)
        Of the type that ``kind`` names; read-only.
    missing : ndarray of bool, shape (N,)
        True where no value was given.
    categories : tuple of str
        Only for ``CATEGORY``, sorted; empty otherwise.
    """

    name: str
    kind: ColumnKind
    values: AnyArray
    missing: BoolArray
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values, _DTYPES[self.kind], (-1,), self.name))
        object.__setattr__(self, "missing", frozen(self.missing, np.bool_, (len(self.values),), self.name))

    def __len__(self) -> int:
        return len(self.values)

    def text(self, row: int) -> str:
        """Return the value at ``row`` as a person writes it; empty where missing."""
        if self.missing[row]:
            return ""
        value = self.values[row]
        if self.kind is ColumnKind.CATEGORY:
            return self.categories[int(value)]
        if self.kind is ColumnKind.NUMBER:
            return f"{value:g}" if value != int(value) else str(int(value))
        if self.kind is ColumnKind.DATETIME:
            return str(value.astype("datetime64[s]")).replace("T", " ")
        return "true" if value else "false"

    def take(self, rows: AnyArray) -> Column:
        """Return the column at ``rows``; a row of -1 is missing."""
        absent = rows < 0
        if len(self.values) == 0:
            values = np.zeros(len(rows), self.values.dtype)
            return Column(self.name, self.kind, values, np.ones(len(rows), np.bool_), self.categories)
        safe = np.where(absent, 0, rows)
        return Column(self.name, self.kind, self.values[safe], self.missing[safe] | absent, self.categories)


def followed_by(one: Column, other: Column) -> Column:
    """Return the rows of one column and then those of another one of the same kind, under the name of the first.

    Raises
    ------
    ValueError
        If their kinds differ.
    """
    if one.kind is not other.kind:
        raise ValueError(f"{one.name} holds {one.kind}, {other.name} {other.kind}")
    missing, categories, values = np.concatenate([one.missing, other.missing]), one.categories, [one.values, other.values]
    if one.categories != other.categories:
        categories = tuple(sorted({*one.categories, *other.categories}))
        place = {text: code for code, text in enumerate(categories)}
        values = [
            np.array([*(place[text] for text in column.categories), -1], np.int32)[column.values] for column in (one, other)
        ]
    return Column(one.name, one.kind, np.concatenate(values), missing, categories)


@dataclass(frozen=True, slots=True, eq=False)
class AttributeTable:
    """The columns of one level; all of one length.

    Attributes
    ----------
    level : Level
        What one row describes.
    n_rows : int
        Rows, also when there is no column.
    columns : tuple of Column
        Names are distinct.
    """

    level: Level
    n_rows: int
    columns: tuple[Column, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.level} columns repeat a name: {sorted(names)}")
        for column in self.columns:
            if len(column) != self.n_rows:
                raise ValueError(f"column {column.name} has {len(column)} rows, the {self.level} table {self.n_rows}")

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in order."""
        return tuple(column.name for column in self.columns)

    def take(self, rows: AnyArray) -> AttributeTable:
        """Return the table at ``rows``; a row of -1 is missing in every column."""
        return AttributeTable(self.level, len(rows), tuple(column.take(rows) for column in self.columns))

    def with_columns(self, columns: tuple[Column, ...]) -> AttributeTable:
        """Return a table where ``columns`` are added; one of the same name replaces the former."""
        new = {column.name for column in columns}
        kept = tuple(column for column in self.columns if column.name not in new)
        return AttributeTable(self.level, self.n_rows, kept + columns)
