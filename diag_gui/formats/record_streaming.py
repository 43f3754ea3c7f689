"""A JSON document read as a stream: its lists of records as columns, some members as they are written, the rest skipped.

The file is read block by block. A block is cut where a record seems to begin, and while one thread reads its records others read
the next: each must end exactly where the next begins, else the cut lay within a text or a list, and from there on one block is
read after the other. So memory holds the columns and a few blocks, and a guess that was wrong costs time, never a record.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats._kernels import json_records, json_values
from diag_gui.formats.file_blocks import BLOCK, BlockDigest, FileBlocks
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.record_table import MixedIdentifiersError, RecordTable, TableBuilder

Kinds = Mapping[str, int]

_MOST_THREADS = 4
_FIRST_KEY = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*("[^"\\\x00-\x1f]{1,100}")')
_BLANKS = b" \t\r\n"


class NotJudgedError(Exception):
    """The document is not what this reader takes; another one says what is wrong, if anything is.

    Parameters
    ----------
    byte : int
        Where reading stopped, in bytes of the unpacked file.
    where : str
        Which record that is in, ``"annotations[7]"``; empty outside of lists.
    """

    def __init__(self, byte: int, where: str = "") -> None:
        self.byte = byte
        self.where = where
        super().__init__(f"stopped at byte {byte} {where}")


@contextmanager
def placed(stopped: NotJudgedError | None) -> Iterator[None]:
    """Add to an error that says only that a file is not JSON where the stream ended: which record, which byte."""
    try:
        yield
    except LimitError:
        raise
    except FormatError as error:
        if stopped is None or not stopped.where or error.record or not error.reason.startswith("is not valid JSON"):
            raise
        raise FormatError(error.path, error.reason, f"{stopped.where} (byte {stopped.byte})") from None


@dataclass(frozen=True, slots=True, eq=False)
class StreamedDocument:
    """What was read.

    Attributes
    ----------
    tables : dict of str to RecordTable
        By key; a bare list has the key ``""``.
    members : dict of str to msgspec.Raw
        Members that were asked for, as they are written.
    keys : tuple of str
        All keys of the outermost object, in order.
    digest : BlockDigest
        Of the file as it lies on disk.
    """

    tables: dict[str, RecordTable]
    members: dict[str, msgspec.Raw]
    keys: tuple[str, ...]
    digest: BlockDigest


def stream_document(
    path: Path,
    lists: Mapping[str, Kinds],
    members: frozenset[str],
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> StreamedDocument:
    """Read a document.

    Parameters
    ----------
    path : Path
        JSON, or JSON in gzip.
    lists : mapping of str to mapping of str to int
        Lists of records to read, and their known fields; the key ``""`` is a bare list.
    members : frozenset of str
        Further members to keep.
    progress : callable, optional
        Told shares from 0 to 1.
    cancelled : callable, optional
        Asked between blocks.

    Raises
    ------
    NotJudgedError
        If it is not JSON by the letter, or beyond what this reader takes, or there is no compiled reader.
    FormatError
        If the file cannot be read, is over a limit, or was changed meanwhile.
    """
    if json_records is None:
        raise NotJudgedError(0)
    with FileBlocks(path, "json_bytes") as blocks:
        stream = _Stream(path, blocks, progress, cancelled)
        with ThreadPoolExecutor(stream.n_threads, thread_name_prefix="records") as pool:
            document = _Document(stream, pool, lists, members).read()
        blocks.check_unchanged()
    return document


@dataclass(slots=True)
class _Block:
    """Bytes at hand: ``data[start:stop]``, the first of ``data`` being byte ``origin`` of the file."""

    data: bytearray
    start: int
    stop: int
    origin: int
    hashed: Future[None] | None = None


class _Stream:
    """Blocks of a file, each beginning with what the former left."""

    def __init__(self, path: Path, blocks: FileBlocks, progress: Progress | None, cancelled: Cancelled | None) -> None:
        self.path = path
        self.size = blocks.size
        self.digest = blocks.digest
        self.is_at_end = False
        self.n_threads = min(_MOST_THREADS, os.cpu_count() or 1)
        self._blocks, self._progress, self._cancelled = blocks, progress, cancelled
        self._spare: list[_Block] = []

    def first(self) -> _Block:
        """Return the first block."""
        return self.next_block(memoryview(b""), 0)

    def next_block(self, left: memoryview, origin: int) -> _Block:
        """Return a block that begins with ``left``, which is byte ``origin`` of the file, and at most doubles it."""
        check_cancelled(self.path, self._cancelled)
        room = BLOCK + len(left) if len(left) < BLOCK else 2 * len(left)
        block = self._buffer(room)
        block.data[: len(left)] = left
        view = memoryview(block.data)
        n, block.hashed = self._blocks.read_into(view[len(left) : room])
        self.is_at_end = n < room - len(left)
        block.start, block.stop, block.origin = 0, len(left) + n, origin
        if self._progress is not None and self.size:
            self._progress(min(1.0, (origin + block.stop) / self.size))
        return block

    def longer(self, block: _Block) -> _Block:
        """Return a block of the same bytes and more."""
        grown = self.next_block(memoryview(block.data)[block.start : block.stop], block.origin + block.start)
        self.give_back(block)
        return grown

    def give_back(self, block: _Block) -> None:
        """Let the memory of a block be used again."""
        if len(block.data) <= 2 * BLOCK and len(self._spare) < 2 * self.n_threads + 2:
            self._spare.append(block)

    def _buffer(self, room: int) -> _Block:
        for place, block in enumerate(self._spare):
            if len(block.data) >= room and (block.hashed is None or block.hashed.done()):
                return self._spare.pop(place)
        return _Block(bytearray(max(room, BLOCK + BLOCK // 16)), 0, 0, 0)


@dataclass(slots=True)
class _Reading:
    """A block whose records a thread reads up to ``stop``."""

    block: _Block
    stop: int
    reader: Any
    answer: Future[tuple[int, int]]


class _Document:
    """Reads a document from its blocks."""

    def __init__(self, stream: _Stream, pool: ThreadPoolExecutor, lists: Mapping[str, Kinds], members: frozenset[str]) -> None:
        self._stream, self._pool = stream, pool
        self._lists, self._wanted = lists, members
        self._tables: dict[str, RecordTable] = {}
        self._members: dict[str, msgspec.Raw] = {}
        self._keys: list[str] = []
        self._block = stream.first()

    def read(self) -> StreamedDocument:
        """Return the document."""
        block = self._block
        if block.data[: min(3, block.stop)] == b"\xef\xbb\xbf":
            block.start = 3
        opening = self._sign()
        if opening == b"[" and "" in self._lists:
            self._records("")
        elif opening == b"{":
            self._object()
        else:
            raise self._not_judged()
        if self._sign() or not self._stream.is_at_end:
            raise self._not_judged()
        return StreamedDocument(self._tables, self._members, tuple(self._keys), self._stream.digest)

    def _sign(self) -> bytes:
        """Return the next byte that is not blank, without taking it; empty at the end of the file."""
        while True:
            block = self._block
            data = block.data
            while block.start < block.stop and data[block.start] in _BLANKS:
                block.start += 1
            if block.start < block.stop:
                return bytes(data[block.start : block.start + 1])
            if self._stream.is_at_end:
                return b""
            self._block = self._stream.longer(block)

    def _take(self, sign: bytes) -> None:
        if self._sign() != sign:
            raise self._not_judged()
        self._block.start += 1

    def _not_judged(self, where: str = "") -> NotJudgedError:
        return NotJudgedError(self._block.origin + self._block.start, where)

    def _object(self) -> None:
        self._take(b"{")
        if self._sign() == b"}":
            self._block.start += 1
            return
        while True:
            if self._sign() != b'"':
                raise self._not_judged()
            key = self._value()
            if b"\\" in key or len(key) > 1000:
                raise self._not_judged()
            name = key[1:-1].decode()
            if name in self._keys:
                raise self._not_judged()
            self._keys.append(name)
            self._take(b":")
            opening = self._sign()
            if name in self._lists:
                if opening != b"[":
                    raise self._not_judged()
                self._records(name)
            elif name in self._wanted:
                self._members[name] = msgspec.Raw(self._list() if opening == b"[" else self._value())
            elif opening == b"[":
                self._list(keep=False)
            else:
                self._value()
            if self._sign() == b"}":
                self._block.start += 1
                return
            self._take(b",")

    def _value(self) -> bytes:
        """Take a value that is not too long to be held, and return it."""
        while True:
            block = self._block
            how, position = json_values.skip_value(block.data, block.start, block.stop)
            if how == json_records.AT_EDGE:
                value = bytes(block.data[block.start : position])
                block.start = position
                return value
            if how == json_records.REFUSED or self._stream.is_at_end:
                block.start = position
                raise self._not_judged()
            self._block = self._stream.longer(block)

    def _list(self, *, keep: bool = True) -> bytes:
        """Take a list element by element, and return it if it is to be kept."""
        self._take(b"[")
        kept = bytearray(b"[")
        if self._sign() == b"]":
            self._block.start += 1
            return b"[]"
        while True:
            block = self._block
            how, position = json_values.skip_elements(block.data, block.start, block.stop)
            if how == json_records.REFUSED:
                block.start = position
                raise self._not_judged()
            if keep:
                kept += memoryview(block.data)[block.start : position]
            block.start = position
            if how == json_records.AT_END:
                return bytes(kept)
            if self._stream.is_at_end:
                raise self._not_judged()
            self._block = self._stream.longer(block)

    def _records(self, key: str) -> None:
        """Take a list of records and keep it as a table."""
        self._take(b"[")
        if self._sign() == b"]":
            self._block.start += 1
            self._tables[key] = TableBuilder(self._lists[key]).finished()
            return
        records = _Records(self._stream, self._pool, self._lists[key], key)
        self._block = records.read(self._block)
        self._tables[key] = records.builder.finished()


@dataclass(slots=True)
class _Records:
    """Reads the records of one list."""

    stream: _Stream
    pool: ThreadPoolExecutor
    kinds: Kinds
    key: str
    builder: TableBuilder = field(init=False)
    first_byte: int = 0
    _readers: list[Any] = field(default_factory=list)
    _readings: deque[_Reading] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.builder = TableBuilder(self.kinds)

    def read(self, block: _Block) -> _Block:
        """Read the records that begin in ``block``, and return the block that holds what is behind the list."""
        self.first_byte = block.origin + block.start
        found = _FIRST_KEY.match(block.data, block.start, block.stop)
        try:
            return self._read_in_parallel(block, found[1]) if found is not None else self._read_one_by_one(block)
        finally:
            for reading in self._readings:
                reading.answer.cancel()

    def _read_in_parallel(self, block: _Block, first_key: bytes) -> _Block:
        rest: _Block | None = block
        while True:
            while rest is not None and len(self._readings) <= self.stream.n_threads:
                rest = self._begin(rest, first_key)
            reading = self._readings.popleft()
            how, position = reading.answer.result()
            if how == json_records.AT_EDGE and (self._readings or rest is not None):
                self._take(reading)
                self.stream.give_back(reading.block)
                continue
            if how in (json_records.REFUSED, json_records.REPEATED_KEY):
                raise self._not_judged(reading, position)
            self._take(reading)
            left = self._left_over(reading, position, rest)
            if how == json_records.AT_END:
                return left
            # The cut lay within a record: its text or a list in it looked like the beginning of another.
            return self._read_one_by_one(left)

    def _begin(self, block: _Block, first_key: bytes) -> _Block | None:
        """Let a thread read the records of ``block`` up to where the last one seems to begin; return the block behind that."""
        while not self.stream.is_at_end:
            edge = json_values.last_edge(block.data, block.start, block.stop, first_key)
            if edge > 0:
                left = memoryview(block.data)[edge : block.stop]
                rest = self.stream.next_block(left, block.origin + edge)
                self._submit(block, edge)
                return rest
            block = self.stream.longer(block)
        self._submit(block, block.stop)
        return None

    def _submit(self, block: _Block, stop: int) -> None:
        reader = self._readers.pop() if self._readers else self._new_reader()
        answer = self.pool.submit(reader.read, block.data, block.start, stop)
        self._readings.append(_Reading(block, stop, reader, answer))

    def _new_reader(self) -> Any:
        return json_records.RecordReader(dict(self.kinds), LIMITS["polygon_px"], LIMITS["mask_pixels"])

    def _take(self, reading: _Reading) -> None:
        """Add what a reading found to the table."""
        block = reading.block
        if self.builder.n_rows == 0 and self.stream.size is not None:
            share = (self.stream.size - self.first_byte) / max(1, reading.stop - block.start)
            self.builder.expect(int(reading.reader.n_rows * share), self.stream.size - self.first_byte)
        try:
            self.builder.append(reading.reader, block.origin)
        except MixedIdentifiersError:
            raise self._not_judged(reading, block.start) from None
        self._readers.append(reading.reader)

    def _not_judged(self, reading: _Reading, position: int) -> NotJudgedError:
        row = self.builder.n_rows + reading.reader.n_rows
        return NotJudgedError(reading.block.origin + position, f"{self.key or 'record '}[{row}]")

    def _left_over(self, reading: _Reading, position: int, rest: _Block | None) -> _Block:
        """Return the bytes from ``position`` on that were read from the file, as one block, and forget the readings."""
        block = reading.block
        later = [(other.block, other.stop) for other in self._readings] + ([(rest, rest.stop)] if rest is not None else [])
        for other in self._readings:
            if not other.answer.cancel():
                other.answer.exception()
            self._readers.append(other.reader)
        self._readings.clear()
        if not later:
            block.start, block.stop = position, reading.stop
            return block
        data = bytearray(memoryview(block.data)[position : reading.stop])
        for other_block, stop in later:
            data += memoryview(other_block.data)[other_block.start : stop]
        return _Block(data, 0, len(data), block.origin + position)

    def _read_one_by_one(self, block: _Block) -> _Block:
        while True:
            self._submit(block, block.stop)
            reading = self._readings.popleft()
            how, position = reading.answer.result()
            if how in (json_records.REFUSED, json_records.REPEATED_KEY):
                raise self._not_judged(reading, position)
            self._take(reading)
            block.start = position
            if how == json_records.AT_END:
                return block
            if self.stream.is_at_end:
                raise NotJudgedError(block.origin + position, f"{self.key or 'record '}[{self.builder.n_rows}]")
            block = self.stream.longer(block)
