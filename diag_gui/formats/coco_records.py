"""Box records of COCO JSON, ground truth and results alike, as columns: the reader that holds the whole file and is precise.

`coco_streaming` reads most files before this one is asked. Here clean files go through one typed pass. Records with fields of
their own, identifiers as text, or NaN go through general objects; only what the typed conversion refuses there is looked at one
by one, to say what is wrong with it.
"""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.identifiers import normal_id
from diag_gui.formats.json_reading import Decoded, JsonBytes, Member, decode_list, element_places, kind_of
from diag_gui.formats.read_masks import ReadMasks
from diag_gui.formats.record_table import CodedTexts, RawValues
from diag_gui.formats.repeated_keys import may_repeat, repeated_in, repeated_keys

Box = tuple[float, float, float, float]
Segmentation = list[list[float]] | dict[str, Any]
Identifiers = AnyArray | CodedTexts | list[Any]
ByteOf = Callable[[int], int | None]


Flag = bool | int | Annotated[float, msgspec.Meta(multiple_of=1)]
"""True if not 0; also as 0.0 and 1.0, which tables with an empty cell write."""


class StrictRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An annotation or result with nothing unusual in it."""

    image_id: int
    category_id: int
    bbox: Box
    score: float | None = None
    id: int | None = None
    area: float | None = None
    iscrowd: int | None = None
    segmentation: Segmentation | None = None


class PlainResult(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A result of nothing but the four fields that COCO asks for: most files, and the fastest to read."""

    image_id: int
    category_id: int
    bbox: Box
    score: float


class LooseRecord(msgspec.Struct, gc=False):
    """An annotation or result whose types can be used, whatever else it holds."""

    image_id: int | float | str | None = None
    category_id: int | float | str | None = None
    bbox: Box | None = None
    score: float | None = None
    id: int | float | str | None = None
    area: float | None = None
    iscrowd: Flag | None = None
    ignore: Flag | None = None
    segmentation: Any = None


REFUSALS = (msgspec.ValidationError, OverflowError, UnicodeEncodeError)
"""What msgspec raises for a value of a wrong type, a number that is too large, and half of a character that takes two."""

_STRICT = StrictRecord.__struct_fields__
_NOT_CLEAN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError, OverflowError)
FIELDS = frozenset(LooseRecord.__struct_fields__)
OPTIONAL = ("id", "area", "iscrowd", "ignore")


@dataclass(frozen=True, slots=True, eq=False)
class RecordFields:
    """Fields of records that COCO does not define, not yet columns.

    Attributes
    ----------
    n_records : int
        Length of the list in the file.
    names : tuple of str
        In the order in which they first appear there.
    written : dict of str to RawValues
        Values as the file writes them; a field that is not in here is in ``decoded`` alone.
    decoded : dict of int to dict
        Records that were looked at whole, by their place in the file.
    """

    n_records: int
    names: tuple[str, ...]
    written: dict[str, RawValues]
    decoded: dict[int, dict[str, Any]]

    def values(self, name: str, places: AnyArray) -> list[Any]:
        """Return the values of a field of the records at ``places`` in the file, None where there is none."""
        values: list[Any] = [None] * self.n_records
        raw = self.written.get(name)
        if raw is not None:
            for place, value in zip(raw.rows.tolist(), decoded_list(raw.as_list()), strict=True):
                values[place] = value
        for place, record in self.decoded.items():
            values[place] = record.get(name)
        return [values[place] for place in places.tolist()]


def decoded_list(text: bytes) -> list[Any]:
    """Return a JSON list whose grammar was checked; NaN, Infinity and numbers beyond float64 as Python reads them."""
    try:
        return msgspec.json.decode(text, type=list)
    except msgspec.DecodeError:
        return list(json.loads(text))


@dataclass(frozen=True, slots=True, eq=False)
class RecordColumns:
    """The records of a file that could be read at all, in file order.

    Attributes
    ----------
    key : str
        The list they lie in, ``"annotations"``, or empty for a bare list.
    n_records : int
        Records in the file, unreadable ones included.
    source_index : ndarray of int64, shape (N,)
        Position in the file.
    image_id, category_id, record_id : ndarray of int64, `CodedTexts`, or list of int, str or None, length N
        ``record_id`` as a whole is None where no record has one.
    xywh : ndarray of float64, shape (N, 4)
        NaN where the record has no box.
    has_box : ndarray of bool, shape (N,)
    score, area : ndarray of float64, shape (N,)
        NaN where not given (or NaN in the file).
    is_crowd, ignore : ndarray of bool, shape (N,)
    area_is_nan : ndarray of bool, shape (N,), or None
        Records whose area is written as NaN, which is not the same as not written; None means none.
    masks : list, ReadMasks, or None
        As in the file, not checked yet.
    extras : RecordFields or None
        None where no record holds a field beyond `FIELDS`.
    """

    key: str
    n_records: int
    source_index: LongArray
    image_id: Identifiers
    category_id: Identifiers
    record_id: Identifiers | None
    xywh: FloatArray
    has_box: BoolArray
    score: FloatArray
    area: FloatArray
    is_crowd: BoolArray
    ignore: BoolArray
    area_is_nan: BoolArray | None
    masks: list[Any] | ReadMasks | None
    extras: RecordFields | None

    def __len__(self) -> int:
        return len(self.source_index)

    def name(self, position: int) -> str:
        """Return the record's name for messages: place in the file, its id where it has one, and the image it names."""
        place = f"{self.key or 'record '}[{self.source_index[position]}]"
        known = (("id", None if self.record_id is None else self.record_id[position]), ("image", self.image_id[position]))
        said = ", ".join(f"{what} {str(identifier)[:80]}" for what, identifier in known if identifier is not None)
        return f"{place} ({said})" if said else place


def read_records(source: JsonBytes, raw: bytes | Member, key: str, log: ProblemLog) -> RecordColumns:
    """Return the records of a JSON list.

    Parameters
    ----------
    source : JsonBytes
        The file, for errors.
    raw : bytes or Member
        The list, undecoded.
    key : str
        Its name in the file; empty for a bare list.
    log : ProblemLog
        Receives records that are dropped because they cannot be read.

    Raises
    ------
    FormatError
        If it is not a list or not JSON.
    """
    if isinstance(raw, Decoded):
        dicts = decode_list(source, raw, key)
        return _general_columns(dicts, key, log, _note_ambiguous(repeated_in(dicts), key, log, _nowhere), _nowhere)
    text = bytes(raw)
    with paused_collection():
        try:
            plain = msgspec.json.decode(raw, type=list[PlainResult])
            # Four fields without text in them have four colons: more mean that a key was repeated.
            if text.count(b":") == 4 * len(plain):
                return _plain_columns(plain, key)
        except _NOT_CLEAN:
            pass
        try:
            strict = msgspec.json.decode(raw, type=list[StrictRecord])
            # A field of null at most costs a second look.
            if not may_repeat(text, _STRICT, lambda name: sum(getattr(record, name) is not None for record in strict)):
                return _strict_columns(strict, key)
        except _NOT_CLEAN:
            pass
        dicts = decode_list(source, raw, key)
        byte_of = _Places(source, raw)
        return _general_columns(dicts, key, log, _note_repeated_keys(text, dicts, key, log, byte_of), byte_of)


class _Places:
    """Where elements of a list begin in the file, in bytes; looked up when the first of them is asked for."""

    def __init__(self, source: JsonBytes, raw: bytes | msgspec.Raw) -> None:
        self._source, self._raw = source, raw
        self._places: list[int] | None = None

    def __call__(self, place: int) -> int | None:
        if self._places is None:
            self._places = element_places(self._source, self._raw)
        return self._places[place] if place < len(self._places) else None


def _nowhere(place: int) -> None:
    """Return that the byte of an element is not known."""


def record_name(key: str, place: int, byte: int | None = None) -> str:
    """Return the name of a record for messages: its place in the list ``key``, and in the file where that is known."""
    return f"{key or 'record '}[{place}]" + ("" if byte is None else f" (byte {byte})")


def _note_repeated_keys(text: bytes, dicts: list[Any], key: str, log: ProblemLog, byte_of: ByteOf) -> frozenset[int]:
    """Note records that give a key twice as dropped, and return their places."""
    given = Counter(chain.from_iterable(record for record in dicts if isinstance(record, dict)))
    if not may_repeat(text, FIELDS, lambda name: given[name]):
        return frozenset()
    return _note_ambiguous(repeated_keys(text), key, log, byte_of)


def _note_ambiguous(repeated: dict[int, str], key: str, log: ProblemLog, byte_of: ByteOf) -> frozenset[int]:
    for place, name in repeated.items():
        reason = f"duplicate key: {name!r} appears more than once"
        log.add("repeated-key", record_name(key, place, byte_of(place)), reason, drops=True)
    return frozenset(repeated)


@contextmanager
def paused_collection() -> Iterator[None]:
    """Pause the cyclic garbage collector: it would walk a million new tuples that cannot form a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _numbers(values: Iterable[float | None], n: int) -> FloatArray:
    listed = list(values)
    if None in listed:
        listed = [np.nan if value is None else value for value in listed]
    return np.fromiter(listed, np.float64, n)


def _plain_columns(records: list[PlainResult], key: str) -> RecordColumns:
    n = len(records)
    false = np.zeros(n, np.bool_)
    return RecordColumns(
        key=key,
        n_records=n,
        source_index=np.arange(n, dtype=np.int64),
        image_id=np.fromiter([record.image_id for record in records], np.int64, n),
        category_id=np.fromiter([record.category_id for record in records], np.int64, n),
        record_id=None,
        xywh=np.fromiter(chain.from_iterable([record.bbox for record in records]), np.float64, 4 * n).reshape(n, 4),
        has_box=np.ones(n, np.bool_),
        score=np.fromiter([record.score for record in records], np.float64, n),
        area=np.full(n, np.nan),
        is_crowd=false,
        ignore=false,
        area_is_nan=None,
        masks=None,
        extras=None,
    )


def _strict_columns(records: list[StrictRecord], key: str) -> RecordColumns:
    n = len(records)
    ids = list(map(attrgetter("id"), records))
    masks = list(map(attrgetter("segmentation"), records))
    crowds = list(map(attrgetter("iscrowd"), records))
    record_id: AnyArray | list[Any]
    record_id = ids if None in ids else np.fromiter(ids, np.int64, n)
    return RecordColumns(
        key=key,
        n_records=n,
        source_index=np.arange(n, dtype=np.int64),
        image_id=np.fromiter(map(attrgetter("image_id"), records), np.int64, n),
        category_id=np.fromiter(map(attrgetter("category_id"), records), np.int64, n),
        record_id=record_id,
        xywh=np.fromiter(chain.from_iterable(map(attrgetter("bbox"), records)), np.float64, 4 * n).reshape(n, 4),
        has_box=np.ones(n, np.bool_),
        score=_numbers(map(attrgetter("score"), records), n),
        area=_numbers(map(attrgetter("area"), records), n),
        is_crowd=np.fromiter(map(bool, crowds), np.bool_, n),
        ignore=np.zeros(n, np.bool_),
        area_is_nan=None,
        masks=masks if any(mask is not None for mask in masks) else None,
        extras=None,
    )


def _general_columns(dicts: list[Any], key: str, log: ProblemLog, dropped: frozenset[int], byte_of: ByteOf) -> RecordColumns:
    """Return columns of plain objects; what cannot be one is dropped with its reason, ``dropped`` without a word."""
    kept: Sequence[int] = range(len(dicts))
    try:
        if dropped:
            raise OverflowError
        loose = msgspec.convert(dicts, list[LooseRecord])
    except REFUSALS:
        loose, kept = converted_one_by_one(
            [(place, record) for place, record in enumerate(dicts) if place not in dropped], key, log, byte_of
        )
    n = len(loose)
    boxes = [record.bbox for record in loose]
    none = (np.nan,) * 4
    masks = [record.segmentation for record in loose]
    names = [name for name in dict.fromkeys(chain.from_iterable(r for r in dicts if isinstance(r, dict))) if name not in FIELDS]
    return RecordColumns(
        key=key,
        n_records=len(dicts),
        source_index=np.fromiter(kept, np.int64, n),
        image_id=array_or_list([normal_id(record.image_id) for record in loose]),
        category_id=array_or_list([normal_id(record.category_id) for record in loose]),
        record_id=array_or_list([normal_id(record.id) for record in loose]),
        xywh=np.array([none if box is None else box for box in boxes], np.float64).reshape(n, 4),
        has_box=np.fromiter((box is not None for box in boxes), np.bool_, n),
        score=_numbers((record.score for record in loose), n),
        area=_numbers((record.area for record in loose), n),
        is_crowd=np.fromiter((bool(record.iscrowd) for record in loose), np.bool_, n),
        ignore=np.fromiter((bool(record.ignore) for record in loose), np.bool_, n),
        area_is_nan=np.fromiter((record.area is not None and record.area != record.area for record in loose), np.bool_, n),
        masks=masks if any(mask is not None for mask in masks) else None,
        extras=RecordFields(len(dicts), tuple(names), {}, {place: dicts[place] for place in kept}) if names else None,
    )


def array_or_list(values: list[Any]) -> AnyArray | list[Any]:
    """Return identifiers as int64 where all are integers that fit, else as they are."""
    if all(type(value) is int and -(2**63) <= value < 2**63 for value in values):
        return np.array(values, dtype=np.int64)
    return values


def converted_one_by_one(
    records: Iterable[tuple[int, Any]], key: str, log: ProblemLog, byte_of: ByteOf
) -> tuple[list[LooseRecord], list[int]]:
    """Return the records that can be used, without optional fields of a wrong type, and their places in the list.

    Parameters
    ----------
    records : iterable of (int, object)
        Place in the list, and what stands there.
    key : str
        Name of the list.
    log : ProblemLog
        Receives those that cannot be used, and the fields that were left out.
    byte_of : callable
        Gives the byte of the file at which an element of the list begins, None where that is not known.
    """
    loose: list[LooseRecord] = []
    kept: list[int] = []
    for place, record in records:
        try:
            loose.append(msgspec.convert(record, LooseRecord))
        except REFUSALS:
            name = record_name(key, place, byte_of(place))
            repaired = _without_bad_options(record, name, log)
            if repaired is None:
                log.add(*_fault(record, name), drops=True)
                continue
            loose.append(repaired)
        kept.append(place)
    return loose, kept


def _without_bad_options(record: Any, name: str, log: ProblemLog) -> LooseRecord | None:
    """Return the record without optional fields of a wrong type; None if that does not help."""
    if not isinstance(record, dict):
        return None
    bad: list[str] = []
    for field in OPTIONAL:
        try:
            msgspec.convert({field: record.get(field)}, LooseRecord)
        except REFUSALS:
            bad.append(field)
    try:
        repaired = msgspec.convert({k: v for k, v in record.items() if k not in bad}, LooseRecord)
    except REFUSALS:
        return None
    for field in bad:
        value, read_as = record[field], "not given"
        # Of a number it is the value that is wrong.
        kind = repr(value) if isinstance(value, float) else kind_of(value)
        if field == "iscrowd" and isinstance(value, str) and value.strip() in ("0", "1"):
            repaired.iscrowd, read_as = int(value), value.strip()
        log.add("bad-optional-field", name, f"{field} is {kind}; read as {read_as}", drops=False)
    return repaired


def _fault(record: Any, name: str) -> tuple[str, str, str]:
    """Return code, record and reason of a record that cannot be read."""
    if not isinstance(record, dict):
        return "record-not-an-object", name, f"is {kind_of(record)}, an object was expected"
    box = record.get("bbox")
    if box is not None:
        if not isinstance(box, list):
            return "bad-box", name, f"bbox is {kind_of(box)}, a list of four numbers was expected"
        if len(box) != 4:
            return "bad-box", name, f"bbox has {len(box)} values, four numbers were expected"
        for value in box:
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return "bad-box", name, f"bbox holds {kind_of(value)}, four numbers were expected"
            if isinstance(value, int) and abs(value) > 2**1000:
                return "bad-box", name, "bbox holds a number out of range, not finite"
    score = record.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, (int, float))):
        return "bad-score", name, f"score is {kind_of(score)}, a number was expected"
    for field in ("image_id", "category_id"):
        if normal_id(record.get(field, 0)) is None:
            return "bad-identifier", name, f"{field} is {kind_of(record[field])}, a number or text was expected"
    return "bad-record", name, "has a field of an unexpected type"
