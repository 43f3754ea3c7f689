"""The records of a JSON list as columns that grow block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, IntArray, LongArray

IDENTIFIER, NUMBER, BOX, FLAG, RAW, MASK = range(6)
"""What a field is read as; see ``RecordReader`` in ``_json_records.pyx``."""

_ROOM = 1 << 14
_SPARE = 1.02
"""Room beyond what the first block promises: pages that stay untouched cost nothing, a column that is full is copied."""


class BlockOfRecords(Protocol):
    """What the compiled reader found in a block: ``RecordReader`` of ``_json_records.pyx``."""

    n_rows: int
    given_by_all: int
    given_by_any: int
    names: list[str]

    def column(self, k: int, to: AnyArray | None = None) -> AnyArray | None:
        """Return what was read of a known field, in ``to`` if that is given."""
        ...

    def texts(self, k: int) -> list[str] | None:
        """Return the distinct texts of an identifier."""
        ...

    def given(self) -> AnyArray:
        """Return which fields each row gives."""
        ...

    def raw(self, k: int) -> tuple[IntArray, LongArray, AnyArray]:
        """Return rows, lengths and bytes of a field that is kept as it is written."""
        ...

    def unusual(self) -> list[tuple[int, int, bytes]]:
        """Return row, start and bytes of records that are not judged here."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class CodedTexts:
    """Identifiers that are texts, each distinct one kept once.

    Attributes
    ----------
    code : ndarray of int32, shape (N,)
        Place in ``texts``, -1 where the record has none.
    texts : tuple of str
        Distinct.
    """

    code: IntArray
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, position: int) -> str | None:
        code = int(self.code[position])
        return self.texts[code] if code >= 0 else None

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.tolist())

    def tolist(self) -> list[str | None]:
        """Return them one by one."""
        texts: list[str | None] = [*self.texts, None]
        return [texts[code] for code in self.code.tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class RawValues:
    """The values of one field as the file writes them.

    Attributes
    ----------
    rows : ndarray of int64, shape (N,)
        Records that give the field, ascending.
    offsets : ndarray of int64, shape (N + 1,)
        Value i is ``written[offsets[i]:offsets[i + 1] - 1]``; behind each lies a comma.
    written : ndarray of uint8
    """

    rows: LongArray
    offsets: LongArray
    written: AnyArray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> bytes:
        return self.written[self.offsets[place] : self.offsets[place + 1] - 1].tobytes()

    def as_list(self) -> bytes:
        """Return all values as one JSON list."""
        text = bytearray(b"[")
        text += self.written.data
        if len(self.rows):
            text.pop()
        text += b"]"
        return bytes(text)


@dataclass(frozen=True, slots=True, eq=False)
class RecordTable:
    """The records of a list in file order, as far as they are of the types wanted.

    Attributes
    ----------
    n_rows : int
        Elements of the list.
    columns : dict of str to ndarray or CodedTexts
        Of the known fields that some record gives, see `RecordTable.given` for which. What is not given or null is NaN in numbers
        and boxes, False in flags, 0 elsewhere. Masks are rows of kind, height, width (int32).
    given : dict of str to ndarray of bool, or True
        For each of ``columns``; True where all records give it and not as null.
    raw : dict of str to RawValues
        Fields that are kept as written, masks included, in the order in which they first appear.
    unusual : tuple of (int, int, bytes)
        Row, place in the file in bytes, and text of records with a value of another type; their rows give nothing.
    """

    n_rows: int
    columns: dict[str, AnyArray | CodedTexts]
    given: dict[str, BoolArray | bool]
    raw: dict[str, RawValues]
    unusual: tuple[tuple[int, int, bytes], ...]


class MixedIdentifiersError(Exception):
    """Identifiers of one field are numbers here and texts there."""


class GrowingColumn:
    """An array that rows are appended to.

    Parameters
    ----------
    dtype : dtype
    shape : tuple of int
        Of one row.
    room : int
        Rows expected.
    """

    def __init__(self, dtype: Any, shape: tuple[int, ...] = (), room: int = _ROOM) -> None:
        self._array: AnyArray = np.empty((room, *shape), dtype)
        self._n = 0

    def append(self, rows: AnyArray) -> None:
        """Add rows, which are copied."""
        self.reserve(len(rows))[:] = rows

    def fill(self, value: Any, n: int) -> None:
        """Add ``n`` rows of one value."""
        self.reserve(n)[:] = value

    def reserve(self, n: int) -> AnyArray:
        """Add ``n`` rows and return them to be filled, before any other is added."""
        stop = self._n + n
        if stop > len(self._array):
            grown = np.empty((max(stop, len(self._array) * 3 // 2), *self._array.shape[1:]), self._array.dtype)
            grown[: self._n] = self._array[: self._n]
            self._array = grown
        new = self._array[self._n : stop]
        self._n = stop
        return new

    def finished(self) -> AnyArray:
        """Return the rows."""
        return self._array[: self._n]


@dataclass(slots=True)
class _Field:
    """A known field while it grows."""

    values: GrowingColumn
    given: GrowingColumn | None = None
    texts: dict[str, int] = field(default_factory=dict)
    are_texts: bool = False


@dataclass(slots=True)
class _Raw:
    """A field that is kept as written while it grows."""

    rows: list[LongArray] = field(default_factory=list)
    lengths: list[LongArray] = field(default_factory=list)
    written: GrowingColumn | None = None


_SHAPES: dict[int, tuple[Any, tuple[int, ...], Any]] = {
    IDENTIFIER: (np.int64, (), 0),
    NUMBER: (np.float64, (), np.nan),
    BOX: (np.float64, (4,), np.nan),
    FLAG: (np.bool_, (), False),
    MASK: (np.int32, (3,), 0),
}


class TableBuilder:
    """Puts blocks of records together.

    Parameters
    ----------
    kinds : mapping of str to int
        The known fields and what they are read as, in the order of the reader.
    """

    def __init__(self, kinds: Mapping[str, int]) -> None:
        self._kinds = dict(kinds)
        self._fields: dict[str, _Field] = {}
        self._raw: dict[str, _Raw] = {}
        self._unusual: list[tuple[int, int, bytes]] = []
        self._room = _ROOM
        self._bytes_to_come = 0
        self.n_rows = 0

    def expect(self, n_rows: int, n_bytes: int) -> None:
        """Make room for about ``n_rows`` rows in all, of ``n_bytes`` at most."""
        self._room = int(n_rows * _SPARE) + _ROOM
        self._bytes_to_come = n_bytes

    def append(self, block: BlockOfRecords, origin: int) -> None:
        """Add the rows of a block that lies at ``origin`` in the file.

        Raises
        ------
        MixedIdentifiersError
            If an identifier is a number where it was a text before, or the other way round.
        """
        n, any_given, all_given = block.n_rows, block.given_by_any, block.given_by_all
        if not n:
            return
        names = block.names
        for k, (name, kind) in enumerate(self._kinds.items()):
            if any_given >> k & 1 or name in self._fields:
                self._add(name, kind, block, k, bool(any_given >> k & 1), bool(all_given >> k & 1))
        for k, name in enumerate(names):
            if self._kinds.get(name, RAW) in (RAW, MASK) and (k >= len(self._kinds) or any_given >> k & 1):
                self._add_raw(name, *block.raw(k))
        self._unusual += [(self.n_rows + row, origin + start, text) for row, start, text in block.unusual()]
        self.n_rows += n

    def _add(self, name: str, kind: int, block: BlockOfRecords, k: int, by_any: bool, by_all: bool) -> None:
        n = block.n_rows
        dtype, shape, blank = _SHAPES[kind]
        grown = self._fields.get(name)
        if grown is None:
            grown = self._fields[name] = _Field(GrowingColumn(dtype, shape, max(self._room, n)))
            if self.n_rows:
                grown.values.fill(blank, self.n_rows)
                grown.given = GrowingColumn(np.bool_, (), max(self._room, n))
                grown.given.fill(False, self.n_rows)
        if grown.given is None and not by_all:
            grown.given = GrowingColumn(np.bool_, (), max(self._room, n))
            grown.given.fill(True, self.n_rows)
        if not by_any:
            grown.values.fill(blank, n)
        elif kind == IDENTIFIER:
            texts = block.texts(k)
            self._check_kind(name, grown, texts is not None)
            values = block.column(k, grown.values.reserve(n))
            if texts is not None and values is not None:
                known = [grown.texts.setdefault(text, len(grown.texts)) for text in texts]
                values[:] = np.array(known, np.int64)[values]
        else:
            block.column(k, grown.values.reserve(n))
        if grown.given is not None:
            if by_all or not by_any:
                grown.given.fill(by_any, n)
            else:
                grown.given.append((block.given() >> k & 1).astype(np.bool_))

    def _check_kind(self, name: str, grown: _Field, are_texts: bool) -> None:
        """Raise `MixedIdentifiersError` if identifiers are no longer what they were."""
        if grown.are_texts != are_texts:
            if grown.are_texts or self._has_numbers(grown):
                raise MixedIdentifiersError(name)
            grown.are_texts = True

    @staticmethod
    def _has_numbers(grown: _Field) -> bool:
        given = grown.given
        return bool(len(grown.values.finished())) and (given is None or bool(given.finished().any()))

    def _add_raw(self, name: str, rows: IntArray, lengths: LongArray, written: AnyArray) -> None:
        grown = self._raw.setdefault(name, _Raw())
        if not len(rows):
            return
        if grown.written is None:
            grown.written = GrowingColumn(np.uint8, (), max(self._bytes_to_come, len(written)))
        grown.rows.append(rows.astype(np.int64) + self.n_rows)
        grown.lengths.append(lengths)
        grown.written.append(written)

    def finished(self) -> RecordTable:
        """Return the table of all rows."""
        columns: dict[str, AnyArray | CodedTexts] = {}
        given: dict[str, BoolArray | bool] = {}
        for name, grown in self._fields.items():
            values = grown.values.finished()
            given[name] = True if grown.given is None else grown.given.finished()
            if grown.are_texts:
                code = np.where(given[name], values, -1).astype(np.int32)
                columns[name] = CodedTexts(code, tuple(grown.texts))
            else:
                columns[name] = values
        raw = {name: _finished_raw(grown) for name, grown in self._raw.items()}
        return RecordTable(self.n_rows, columns, given, raw, tuple(self._unusual))


def _finished_raw(grown: _Raw) -> RawValues:
    if grown.written is None:
        return RawValues(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.uint8))
    lengths = np.concatenate(grown.lengths)
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths + 1, out=offsets[1:])
    return RawValues(np.concatenate(grown.rows), offsets, grown.written.finished())
