"""Box records of COCO JSON from a streamed table: the fast reader's columns, the precise reader's word on unusual records."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.json_masks import JsonMasks, decoded
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.coco_records import FIELDS, LooseRecord, RecordColumns, RecordFields, array_or_list, converted_one_by_one
from diag_gui.formats.identifiers import normal_id
from diag_gui.formats.read_masks import UNUSUAL, ReadMasks
from diag_gui.formats.record_table import BOX, FLAG, IDENTIFIER, MASK, NUMBER, CodedTexts, RecordTable

RECORD_KINDS = {
    "image_id": IDENTIFIER,
    "category_id": IDENTIFIER,
    "bbox": BOX,
    "score": NUMBER,
    "id": IDENTIFIER,
    "area": NUMBER,
    "iscrowd": FLAG,
    "ignore": FLAG,
    "segmentation": MASK,
}
"""Fields of annotations and results, and what they are read as."""


def columns_of_table(table: RecordTable, key: str, log: ProblemLog) -> RecordColumns:
    """Return the records of a table that can be read at all.

    Parameters
    ----------
    table : RecordTable
        Read with `RECORD_KINDS`.
    key : str
        Name of the list in the file; empty for a bare list.
    log : ProblemLog
        Receives records that are dropped because they cannot be read.
    """
    looked_at = {row: decoded(text) for row, _, text in table.unusual}
    byte_of = {row: byte for row, byte, _ in table.unusual}
    loose, places = converted_one_by_one(looked_at.items(), key, log, byte_of.get)
    records = _Records(table, dict(zip(places, loose, strict=True)))
    kept: AnyArray | slice = slice(None)
    if len(loose) < len(looked_at):
        is_kept = np.ones(table.n_rows, np.bool_)
        is_kept[[row for row in looked_at if row not in records.loose]] = False
        kept = np.flatnonzero(is_kept)
    names = tuple(name for name in table.raw if name not in FIELDS)
    return RecordColumns(
        key=key,
        n_records=table.n_rows,
        source_index=np.arange(table.n_rows, dtype=np.int64)[kept],
        image_id=records.identifiers("image_id", kept),
        category_id=records.identifiers("category_id", kept),
        record_id=records.identifiers("id", kept) if "id" in table.columns or records.any_gives("id") else None,
        xywh=records.boxes()[kept],
        has_box=records.is_given("bbox")[kept],
        score=records.numbers("score")[kept],
        area=records.numbers("area")[kept],
        is_crowd=records.flags("iscrowd")[kept],
        ignore=records.flags("ignore")[kept],
        area_is_nan=records.area_is_nan(kept),
        masks=records.masks(kept),
        extras=RecordFields(table.n_rows, names, table.raw, {row: looked_at[row] for row in places}) if names else None,
    )


class _Records:
    """Columns of a table with the unusual records put into their rows.

    Parameters
    ----------
    table : RecordTable
    loose : dict of int to LooseRecord
        The unusual records that can be used, by row.
    """

    def __init__(self, table: RecordTable, loose: dict[int, LooseRecord]) -> None:
        self.table, self.loose = table, loose
        self._rows = list(loose)

    def any_gives(self, name: str) -> bool:
        """Return whether an unusual record gives a field."""
        return any(getattr(record, name) is not None for record in self.loose.values())

    def is_given(self, name: str) -> BoolArray:
        """Return which records give a field."""
        given = self.table.given.get(name, False)
        if isinstance(given, bool):
            given = np.full(self.table.n_rows, given, np.bool_)
        for row, record in self.loose.items():
            given[row] = getattr(record, name) is not None
        return given

    def identifiers(self, name: str, kept: AnyArray | slice) -> AnyArray | CodedTexts | list[Any]:
        """Return a column of identifiers: numbers where all are, texts where all are, else one by one."""
        column = self.table.columns.get(name)
        if column is None:
            column = CodedTexts(np.full(self.table.n_rows, -1, np.int32), ())
        is_everywhere = self.table.given.get(name) is True
        if not self.loose:
            if isinstance(column, CodedTexts):
                return CodedTexts(column.code[kept], column.texts)
            if is_everywhere or bool(self.is_given(name)[kept].all()):
                return column[kept]
        values: list[Any] = column.tolist()
        if not isinstance(column, CodedTexts) and not is_everywhere:
            values = [value if given else None for value, given in zip(values, self.is_given(name).tolist(), strict=True)]
        for row, record in self.loose.items():
            values[row] = normal_id(getattr(record, name))
        return array_or_list(values if isinstance(kept, slice) else [values[row] for row in kept.tolist()])

    def boxes(self) -> AnyArray:
        """Return the boxes, NaN where there is none."""
        boxes = self._column("bbox")
        if boxes is None:
            boxes = np.full((self.table.n_rows, 4), np.nan)
        for row, record in self.loose.items():
            boxes[row] = np.nan if record.bbox is None else record.bbox
        return boxes

    def numbers(self, name: str) -> AnyArray:
        """Return a column of numbers, NaN where there is none."""
        numbers = self._column(name)
        if numbers is None:
            if not self.any_gives(name):
                # One number for all rows.
                return np.broadcast_to(np.float64(np.nan), (self.table.n_rows,))
            numbers = np.full(self.table.n_rows, np.nan)
        for row, record in self.loose.items():
            value = getattr(record, name)
            numbers[row] = np.nan if value is None else value
        return numbers

    def flags(self, name: str) -> BoolArray:
        """Return a column of truth values, False where there is none."""
        flags = self._column(name)
        if flags is None:
            if not self.any_gives(name):
                return np.broadcast_to(np.False_, (self.table.n_rows,))
            flags = np.zeros(self.table.n_rows, np.bool_)
        for row, record in self.loose.items():
            flags[row] = bool(getattr(record, name))
        return flags

    def area_is_nan(self, kept: AnyArray | slice) -> BoolArray | None:
        """Return the records whose area is written as NaN, None if there is none."""
        rows = [row for row, record in self.loose.items() if record.area is not None and record.area != record.area]
        if not rows:
            return None
        is_nan = np.zeros(self.table.n_rows, np.bool_)
        is_nan[rows] = True
        return is_nan[kept]

    def masks(self, kept: AnyArray | slice) -> ReadMasks | None:
        """Return the segmentations, None if there is none."""
        raw = self.table.raw.get("segmentation")
        others = {row: record.segmentation for row, record in self.loose.items() if record.segmentation is not None}
        if (raw is None or not len(raw)) and not others:
            return None
        start, stop = np.zeros(self.table.n_rows, np.int64), np.zeros(self.table.n_rows, np.int64)
        kind = self._column("segmentation")
        kind = np.zeros((self.table.n_rows, 3), np.int32) if kind is None else kind
        written: AnyArray = np.empty(0, np.uint8)
        if raw is not None and len(raw):
            start[raw.rows], stop[raw.rows], written = raw.offsets[:-1], raw.offsets[1:] - 1, raw.written
        if others:
            texts = [json.dumps(mask).encode() for mask in others.values()]
            ends = len(written) + np.cumsum([len(text) for text in texts])
            rows = list(others)
            start[rows], stop[rows] = ends - [len(text) for text in texts], ends
            kind[rows, 0] = UNUSUAL
            written = np.concatenate([written, np.frombuffer(b"".join(texts), np.uint8)])
        return ReadMasks(JsonMasks(start[kept], stop[kept], written), kind[kept])

    def _column(self, name: str) -> AnyArray | None:
        column = self.table.columns.get(name)
        return column if isinstance(column, np.ndarray) else None
