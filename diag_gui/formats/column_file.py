"""Arrays and a JSON account of them in one file that is mapped, not read: what the column cache keeps.

=========  =========================================================================================
bytes      what
=========  =========================================================================================
0..8       `MAGIC`, which names the layout
8..16      length of the head, little-endian
16..20     CRC-32 of the head
24..       the head: JSON (`_Head`), then the arrays, each at a multiple of 64 bytes
=========  =========================================================================================

The sums guard against damage (a disk, a half-copied folder), not against forgery: whoever can write into the user's cache
folder can do anything as that user anyway. No entry can run code: there are numbers and text in it, nothing else.

It is mapped because it is ours: made once, beside its place, and renamed; nobody writes into it or cuts it short. Files of the
user's are never mapped (`npy_column`, `file_blocks`): cut short, they kill whoever touches a page that is no more.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from diag_gui.data.arrays import AnyArray
from diag_gui.evaluation.chunks import map_bounds

MAGIC = b"DGCOLS01"
_START = struct.Struct("<QL4x")
_ALIGNED = 64
_DTYPES = frozenset({"<i8", "<i4", "<f8", "|b1", "|u1", "<M8[us]"})
_SUMMED_AT_ONCE = 1 << 20
"""Words whose sum is one number of the check: a look at every byte of an array, at the speed of memory."""


class DamagedEntryError(Exception):
    """A file is not, or not any more, what `write_columns` writes."""


class _Array(msgspec.Struct, frozen=True):
    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    check: int


class _Head(msgspec.Struct, frozen=True):
    n_bytes: int
    arrays: tuple[_Array, ...]
    facts: msgspec.Raw


@dataclass(frozen=True, slots=True, eq=False)
class ColumnFile:
    """What a file holds.

    Attributes
    ----------
    facts : bytes
        JSON.
    arrays : dict of str to ndarray
        Read-only; mapped, so that pages which nobody looks at again cost nothing.
    """

    facts: bytes
    arrays: dict[str, AnyArray]


def storable(arrays: Mapping[str, AnyArray]) -> bool:
    """Return whether arrays are of types that can be written: plain numbers in the order of bytes of most machines."""
    return sys.byteorder == "little" and all(array.dtype.str in _DTYPES for array in arrays.values())


def write_columns(file: BinaryIO, facts: bytes, arrays: Mapping[str, AnyArray]) -> None:
    """Write arrays that are `storable`.

    Parameters
    ----------
    file : binary file
        Empty.
    facts : bytes
        JSON.
    arrays : mapping of str to ndarray
    """
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    described: list[_Array] = []
    offset = 0
    for (name, array), check in zip(plain.items(), _checks(list(plain.values())), strict=True):
        described.append(_Array(name, array.dtype.str, array.shape, offset, check))
        offset += _rounded(array.nbytes)
    head = msgspec.json.encode(_Head(offset, tuple(described), msgspec.Raw(facts)))
    file.write(MAGIC + _START.pack(len(head), zlib.crc32(head)) + head)
    file.write(b"\0" * (_first_byte(len(head)) - file.tell()))
    for array in plain.values():
        if array.nbytes:
            file.write(array.reshape(-1).view(np.uint8).data)
        file.write(b"\0" * (_rounded(array.nbytes) - array.nbytes))


def map_columns(path: Path) -> ColumnFile:
    """Return what a file holds, every byte of it checked.

    Raises
    ------
    DamagedEntryError
        If it is not whole, or not what was written.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(len(MAGIC) + _START.size)
        if len(start) < len(MAGIC) + _START.size or not start.startswith(MAGIC):
            raise DamagedEntryError("does not begin like an entry")
        n_head, crc = _START.unpack_from(start, len(MAGIC))
        head_bytes = file.read(n_head) if n_head < size else b""
        if len(head_bytes) != n_head or zlib.crc32(head_bytes) != crc:
            raise DamagedEntryError("its head is damaged")
        head = _decoded(head_bytes)
        first = _first_byte(n_head)
        if size != first + head.n_bytes:
            raise DamagedEntryError(f"has {size:,} bytes, {first + head.n_bytes:,} were written")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    arrays = {array.name: _array_of(mapped, first, array) for array in head.arrays}
    for array, check in zip(head.arrays, _checks(list(arrays.values())), strict=True):
        if check != array.check:
            raise DamagedEntryError(f"{array.name} is not what was written")
    return ColumnFile(bytes(head.facts), arrays)


def _decoded(head: bytes) -> _Head:
    try:
        return msgspec.json.decode(head, type=_Head)
    except msgspec.DecodeError as error:
        raise DamagedEntryError(f"its head does not decode: {error}") from error


def _array_of(mapped: mmap.mmap, first: int, described: _Array) -> AnyArray:
    """Return one array of a mapped file."""
    if described.dtype not in _DTYPES or min(described.shape, default=0) < 0 or described.offset < 0:
        raise DamagedEntryError(f"{described.name} is of no known type")
    n = int(np.prod(described.shape, dtype=np.int64))
    dtype = np.dtype(described.dtype)
    if described.offset + n * dtype.itemsize > len(mapped) - first:
        raise DamagedEntryError(f"{described.name} reaches beyond the end")
    return np.frombuffer(mapped, dtype, n, first + described.offset).reshape(described.shape)


def _checks(arrays: Sequence[AnyArray]) -> list[int]:
    """Return of each array a number that damage to it changes: the CRC-32 of the sums of its parts, taken by all cores."""
    flat = [array.reshape(-1).view(np.uint8) for array in arrays]
    words = [array[: len(array) // 8 * 8].view(np.uint64) for array in flat]
    parts = [(place, start) for place, some in enumerate(words) for start in range(0, len(some), _SUMMED_AT_ONCE)]
    sums = [np.zeros(-(-len(some) // _SUMMED_AT_ONCE), np.uint64) for some in words]

    def add_up(first: int, last: int) -> None:
        for place, start in parts[first:last]:
            sums[place][start // _SUMMED_AT_ONCE] = words[place][start : start + _SUMMED_AT_ONCE].sum(dtype=np.uint64)

    map_bounds(add_up, [(place, place + 1) for place in range(len(parts))])
    rests = [some[len(some) // 8 * 8 :].tobytes() for some in flat]
    return [zlib.crc32(rest, zlib.crc32(of.tobytes())) for rest, of in zip(rests, sums, strict=True)]


def _first_byte(n_head: int) -> int:
    return _rounded(len(MAGIC) + _START.size + n_head)


def _rounded(n_bytes: int) -> int:
    return -(-n_bytes // _ALIGNED) * _ALIGNED
