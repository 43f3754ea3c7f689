"""Ground truth and runs as numbers and JSON, and back: what the column cache writes and maps.

The numbers are the arrays of the facts themselves. Mapped, they stand in for those that a reader made, and whoever asks for the
rows of one image touches the pages of that image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from diag_gui.data.arrays import AnyArray
from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.json_masks import JsonMasks
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemGroup, ReadReport
from diag_gui.data.row_lists import RowLists
from diag_gui.data.run import Run
from diag_gui.formats.column_file import ColumnFile, DamagedEntryError
from diag_gui.formats.run_name import run_name

Arrays = dict[str, AnyArray]
Identifiers = list[int | str]


class NotKeptError(Exception):
    """Facts hold something that is neither numbers nor JSON."""


class _Account(msgspec.Struct, frozen=True):
    """A `ReadReport` without its path, which is whatever path the file is opened by."""

    format: str
    sha256: str
    records: int
    loaded: int
    dropped: int
    problems: tuple[ProblemGroup, ...]


class _Described(msgspec.Struct, frozen=True):
    name: str
    kind: ColumnKind
    categories: tuple[str, ...]


class _RunFacts(msgspec.Struct, frozen=True):
    account: _Account
    n_images: int
    columns: tuple[_Described, ...]


class _DatasetFacts(msgspec.Struct, frozen=True):
    account: _Account
    source_format: str
    file_name: tuple[str, ...]
    class_name: tuple[str, ...]
    supercategory: tuple[str, ...]
    frequency: tuple[str | None, ...] | None
    synset: tuple[str, ...] | None
    columns: tuple[_Described, ...]
    image_columns: tuple[_Described, ...]
    identifiers: dict[str, Identifiers]


def facts_of_run(run: Run, report: ReadReport) -> tuple[bytes, Arrays]:
    """Return a run as JSON and arrays.

    Raises
    ------
    NotKeptError
        If it cannot be written as that.
    """
    predictions = run.predictions
    arrays = _given_arrays(predictions)
    _add_masks(arrays, predictions.masks)
    columns = _add_columns(arrays, "column", predictions.attributes)
    return _encoded(_RunFacts(_account(report), predictions.n_images, columns)), arrays


def run_of_facts(kept: ColumnFile, path: Path) -> tuple[Run, ReadReport]:
    """Return the run that was kept of the file ``path``, and the account of how it was read.

    Raises
    ------
    DamagedEntryError
        If that makes no run.
    """
    try:
        facts = msgspec.json.decode(kept.facts, type=_RunFacts)
        predictions = Predictions(
            n_images=facts.n_images,
            masks=_masks(kept.arrays),
            attributes=_table(Level.PRED, kept.arrays, "column", facts.columns, len(kept.arrays["image_row"])),
            **_arrays_for(Predictions, kept.arrays),
        )
        report = _report(facts.account, path)
    except (KeyError, ValueError, msgspec.DecodeError) as error:
        raise DamagedEntryError(str(error)) from error
    return Run(run_name(path), predictions, Source(path, report.format, report.sha256)), report


def facts_of_dataset(dataset: Dataset, report: ReadReport) -> tuple[bytes, Arrays]:
    """Return ground truth as JSON and arrays.

    Raises
    ------
    NotKeptError
        If it cannot be written as that.
    """
    images, classes, truth = dataset.images, dataset.classes, dataset.ground_truth
    arrays = _given_arrays(truth) | {"width": images.width, "height": images.height}
    arrays |= {"image_id": images.image_id, "class_id": classes.class_id}
    for name, lists in {**images.class_lists, "parents": classes.parents}.items():
        if lists is not None:
            arrays |= {f"{name}.offsets": lists.offsets, f"{name}.rows": lists.rows}
    _add_masks(arrays, truth.masks)
    columns = _add_columns(arrays, "column", truth.attributes)
    image_columns = _add_columns(arrays, "image_column", dataset.image_attributes)
    as_objects = {name: array.tolist() for name, array in arrays.items() if array.dtype == object}
    facts = _DatasetFacts(
        _account(report),
        dataset.source.format,
        images.file_name,
        classes.name,
        classes.supercategory,
        classes.frequency,
        classes.synset,
        columns,
        image_columns,
        as_objects,
    )
    return _encoded(facts), {name: array for name, array in arrays.items() if name not in as_objects}


def dataset_of_facts(kept: ColumnFile, path: Path) -> tuple[Dataset, ReadReport]:
    """Return the ground truth that was kept of the file ``path``, and the account of how it was read.

    Raises
    ------
    DamagedEntryError
        If that makes no ground truth.
    """
    try:
        facts = msgspec.json.decode(kept.facts, type=_DatasetFacts)
        found: dict[str, Any] = {**kept.arrays, **facts.identifiers}
        lists = {name: _lists(kept.arrays, name) for name in ("verified", "negative", "not_exhaustive", "parents")}
        parents = lists.pop("parents")
        images = Images(found["image_id"], facts.file_name, found["width"], found["height"], **lists)
        classes = Classes(found["class_id"], facts.class_name, facts.supercategory, facts.frequency, parents, synset=facts.synset)
        truth = GroundTruth(
            masks=_masks(kept.arrays),
            attributes=_table(Level.GT, kept.arrays, "column", facts.columns, len(found["image_row"])),
            **_arrays_for(GroundTruth, found),
        )
        image_attributes = _table(Level.IMAGE, kept.arrays, "image_column", facts.image_columns, len(images))
        report = _report(facts.account, path)
        source = Source(path, facts.source_format, report.sha256)
        dataset = Dataset(images, classes, truth, image_attributes, source, path.stem)
    except (KeyError, ValueError, msgspec.DecodeError) as error:
        raise DamagedEntryError(str(error)) from error
    return dataset, report


def tables_digest(dataset: Dataset) -> str:
    """Return a digest of what records of a run refer to: images with their sizes, classes, and whose numbers they have."""
    images, classes = dataset.images, dataset.classes
    digest = sha256(f"{dataset.source.format}\0".encode())
    for ids in (images.image_id, classes.class_id):
        digest.update(repr(ids.tolist()).encode("utf-8", "surrogatepass") if ids.dtype == object else ids.tobytes())
    for names in (images.file_name, classes.name):
        digest.update(np.fromiter(map(len, names), np.int64, len(names)).tobytes())
        digest.update("".join(names).encode("utf-8", "surrogatepass"))
    digest.update(images.width.tobytes() + images.height.tobytes())
    return digest.hexdigest()


def _encoded(facts: msgspec.Struct) -> bytes:
    try:
        return msgspec.json.encode(facts)
    except (UnicodeEncodeError, OverflowError, TypeError) as error:
        # Half a character that takes two, or a number beyond 64 bits.
        raise NotKeptError(str(error)) from error


def _given_arrays(facts: GroundTruth | Predictions) -> Arrays:
    """Return the columns of facts that are arrays, but for those that follow from others."""
    named = {field.name: getattr(facts, field.name) for field in fields(facts) if field.init}
    return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}


def _arrays_for(kind: type[GroundTruth] | type[Predictions], found: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that facts of a kind are made of, None for those that were not given."""
    others = {"masks", "attributes", "n_images"}
    return {field.name: found.get(field.name) for field in fields(kind) if field.init and field.name not in others}


def _add_masks(arrays: Arrays, masks: Sequence[Any] | None) -> None:
    if masks is None:
        return
    if not isinstance(masks, JsonMasks):
        raise NotKeptError("segmentations that are objects")
    arrays |= {"masks.start": masks.start, "masks.stop": masks.stop, "masks.written": masks.written}


def _masks(arrays: Arrays) -> JsonMasks | None:
    if "masks.start" not in arrays:
        return None
    return JsonMasks(arrays["masks.start"], arrays["masks.stop"], arrays["masks.written"])


def _lists(arrays: Arrays, name: str) -> RowLists | None:
    return RowLists(arrays[f"{name}.offsets"], arrays[f"{name}.rows"]) if f"{name}.offsets" in arrays else None


def _add_columns(arrays: Arrays, prefix: str, table: AttributeTable) -> tuple[_Described, ...]:
    for place, column in enumerate(table.columns):
        arrays |= {f"{prefix}{place}.values": column.values, f"{prefix}{place}.missing": column.missing}
    return tuple(_Described(column.name, column.kind, column.categories) for column in table.columns)


def _table(level: Level, arrays: Arrays, prefix: str, described: Iterable[_Described], n: int) -> AttributeTable:
    columns = (
        Column(one.name, one.kind, arrays[f"{prefix}{place}.values"], arrays[f"{prefix}{place}.missing"], one.categories)
        for place, one in enumerate(described)
    )
    return AttributeTable(level, n, tuple(columns))


def _account(report: ReadReport) -> _Account:
    return _Account(report.format, report.sha256, report.records, report.loaded, report.dropped, report.problems)


def _report(account: _Account, path: Path) -> ReadReport:
    counts = (account.records, account.loaded, account.dropped)
    return ReadReport(path, account.format, account.sha256, *counts, account.problems)
