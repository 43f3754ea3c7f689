"""COCO results: what a detector found, as JSON.

Dialects read: a bare list of ``{"image_id", "category_id", "bbox", "score"}``; such a list under ``annotations``,
``predictions``, ``results`` or ``detections``; a whole document with ``score`` in its annotations, whose own ``images`` and
``categories`` are then matched to the ground truth by name where the numbers differ; image ids as text, file names or stems
(as YOLOv5's ``--save-json`` writes); categories by name; RLE and polygon segmentations, with or without boxes.

References
----------
https://cocodataset.org/#format-results; METRICS.md, *Words* and *COCO matching*.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import BoolArray, LongArray, rows_by_group
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.box_rules import ImageSizes, keep_predictions
from diag_gui.formats.coco_records import RecordColumns, read_records
from diag_gui.formats.coco_rows import (
    boxes_or_mask_boxes,
    checked_masks,
    extra_columns,
    note_converted,
    note_unknown,
    taken_masks,
)
from diag_gui.formats.coco_streaming import RECORD_KINDS, columns_of_table
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.json_reading import JsonBytes, Member, decode_top_level, read_json_bytes
from diag_gui.formats.matching_names import ClassFinder, ImageFinder, own_names
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.record_streaming import NotJudgedError, placed, stream_document
from diag_gui.formats.run_name import run_name
from diag_gui.formats.tile_names import put_back

FORMAT = "coco-results"
LIST_KEYS = ("annotations", "predictions", "results", "detections")
FEW_SHARE = 0.5
"""Share of records below which ids that match are called few."""


def read_predictions(
    path: Path,
    dataset: Dataset,
    *,
    is_part: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Run, ReadReport]:
    """Read COCO results against a dataset.

    Parameters
    ----------
    path : Path
        JSON, or JSON in gzip.
    dataset : Dataset
        Gives the images and classes that records refer to.
    is_part : bool
        Whether the run has further files: then a file none of whose records belongs to the dataset is warned of, and whoever puts
        the files together refuses the run if that is so of all.
    progress : callable, optional
        Called with shares from 0 to 1.
    cancelled : callable, optional
        Asked between steps.

    Returns
    -------
    Run
        Named after the file.
    ReadReport

    Raises
    ------
    FormatError
        If the file as a whole cannot be used.
    DatasetMismatchError
        If no record belongs to an image, or none to a class, of the dataset, unless it is a part.
    """
    log = ProblemLog(path)
    try:
        records, members, source = _streamed(path, log, progress, cancelled)
    except NotJudgedError as stopped:
        with placed(stopped):
            source = read_json_bytes(path)
            check_cancelled(path, cancelled)
            raw, key, members = _list_of(source)
            records = read_records(source, raw, key, log)
    check_cancelled(path, cancelled)
    if progress is not None:
        progress(0.8)
    if len(records) and records.n_records > 1 and np.isnan(records.score).all():
        raise FormatError(path, "no record has a score: predictions were expected, this looks like ground truth")
    names = (own_names(source, members, "images"), own_names(source, members, "categories"))
    predictions = _build(records, dataset, *names, log, is_part=is_part)
    if progress is not None:
        progress(1.0)
    n = len(predictions)
    report = ReadReport(path, FORMAT, source.sha256, records.n_records, n, records.n_records - n, log.groups())
    return Run(run_name(path), predictions, Source(path, FORMAT, source.sha256)), report


def _streamed(
    path: Path, log: ProblemLog, progress: Progress | None, cancelled: Cancelled | None
) -> tuple[RecordColumns, dict[str, Member], JsonBytes]:
    """Return the records, further members and source of results that are read as a stream.

    Raises
    ------
    NotJudgedError
        If that cannot be done.
    """
    share = None if progress is None else lambda done: progress(0.7 * done)
    lists = dict.fromkeys(("", *LIST_KEYS), RECORD_KINDS)
    document = stream_document(path, lists, frozenset({"images", "categories"}), progress=share, cancelled=cancelled)
    key = next((key for key in lists if key in document.tables), None)
    if key is None:
        raise NotJudgedError(0)
    return columns_of_table(document.tables[key], key, log), dict(document.members), JsonBytes(path, b"", document.digest)


def _list_of(source: JsonBytes) -> tuple[bytes | Member, str, dict[str, Member]]:
    """Return the undecoded list of records, its key, and the members of the document around it."""
    if source.is_list:
        return source.data, "", {}
    members = decode_top_level(source, (*LIST_KEYS, "images", "categories"))
    for key in LIST_KEYS:
        if key in members:
            return members[key], key, members
    raise FormatError(source.path, f"holds no list of predictions: none of {', '.join(LIST_KEYS)}")


def _build(
    records: RecordColumns,
    dataset: Dataset,
    image_names: dict[Any, str],
    class_names: dict[Any, str],
    log: ProblemLog,
    *,
    is_part: bool,
) -> Predictions:
    """Return the predictions that records make, sorted by image, noting what is left out or odd."""
    finder = ImageFinder.of(dataset, image_names)
    image_row, image_kind = finder.rows(records.image_id)
    names = _FileNames(records.image_id, image_names)
    image_row, tiles = put_back(names, image_row, finder.by_file_name, dataset.images, log)
    class_row, class_kind = ClassFinder.of(dataset, class_names).rows(records.category_id)
    for wanted, row, kind, what in (
        (records.image_id, image_row, image_kind, "image"),
        (records.category_id, class_row, class_kind, "category"),
    ):
        unknown = row < 0
        note_unknown(records, wanted, unknown if what == "image" else unknown & (image_row >= 0), what, log)
        note_converted(records, wanted, kind.converted, what, log)
        note_records(
            log, f"{what}-by-name", rows_where(kind.by_name), records.name,
            f"{what} was matched by name, not by number", drops=False,
        )  # fmt: skip
        _note_few(records, ~unknown, what, log, may_refuse=not is_part)
    kept = (image_row >= 0) & (class_row >= 0)
    kept = _keep_scores(records, kept, log)
    sizes = ImageSizes.of_boxes(image_row, dataset.images.width, dataset.images.height)
    masks = checked_masks(records, kept, sizes, log)
    xywh, kept = boxes_or_mask_boxes(records, masks, kept, log)
    if len(tiles.rows):
        xywh = tiles.moved(xywh)
        tiles.note_masks(masks, log)
        masks = None
    kept = keep_predictions(xywh, kept, sizes, log, records.name)

    # Columns of a clean file are taken as they are, not copied.
    is_whole = bool(kept.all()) and not (image_row[1:] < image_row[:-1]).any()
    taken: LongArray | slice = slice(None) if is_whole else rows_by_group(image_row, rows_where(kept))
    return Predictions(
        n_images=len(dataset.images),
        image_row=image_row[taken],
        class_row=class_row[taken],
        xywh=xywh[taken],
        score=records.score[taken],
        source_index=(source_index := records.source_index[taken]),
        masks=taken_masks(masks, taken),
        quad=None,
        attributes=AttributeTable(Level.PRED, len(source_index), extra_columns(records, taken, log)),
        has_box=None if len(tiles.rows) or records.has_box.all() else records.has_box[taken],
    )


@dataclass(frozen=True, slots=True)
class _FileNames:
    """The file name of the image of each record: as the document's own table says, else the id itself."""

    image_id: Any
    own: dict[Any, str]

    def __getitem__(self, row: int) -> Any:
        value = self.image_id[row]
        return self.own.get(value, value)


def _keep_scores(records: RecordColumns, kept: BoolArray, log: ProblemLog) -> BoolArray:
    """Return the records whose score is a finite number; warn of scores outside 0..1."""
    if len(records) and records.score.min() >= 0 and records.score.max() <= 1:
        # Two numbers say so of nearly every file; a NaN makes both comparisons false.
        return kept
    finite = np.isfinite(records.score)
    note_records(
        log, "bad-score", rows_where(kept & ~finite), records.name, "score is missing, NaN or infinite, not a number", drops=True
    )
    kept = kept & finite
    note_score_range(records.score, kept, log, records.name)
    return kept


def note_score_range(score: Any, kept: BoolArray, log: ProblemLog, name: Any) -> None:
    """Warn of scores outside 0..1, which stay as written."""
    with np.errstate(invalid="ignore", over="ignore"):
        outside = kept & ((score < 0) | (score > 1))
    if not outside.any():
        return
    largest = float(score[outside].max())
    looks = f"; scores up to {largest:g} look like percent" if 1 < largest <= 100 else ""
    note_records(
        log, "score-out-of-range", rows_where(outside), name,
        lambda row: f"score {score[row]:g} is outside 0..1{looks}; kept as written, calibration is undefined", drops=False,
    )  # fmt: skip


def _note_few(records: RecordColumns, known: BoolArray, what: str, log: ProblemLog, *, may_refuse: bool) -> None:
    """Warn loudly where few identifiers match; refuse where none does.

    Raises
    ------
    DatasetMismatchError
        If there are records and none is known, where that ``may_refuse`` the file.
    """
    n, n_known = len(records), int(known.sum())
    if n == 0 or n_known >= FEW_SHARE * n:
        return
    wanted = records.image_id if what == "image" else records.category_id
    shown = ", ".join(str(value) for value in list(dict.fromkeys(wanted[row] for row in range(min(n, 1000))))[:3])
    if n_known == 0 and may_refuse:
        raise DatasetMismatchError(
            f"{log.path}: none of the {n:,} predictions has {'an' if what == 'image' else 'a'} {what} id of the ground truth "
            f"(unknown: {shown}, ...); predictions and ground truth do not match"
        )
    log.add(
        "few-ids-match", "", f"few {what} ids match: only {n_known:,} of {n:,} predictions belong to {what} ids of the ground "
        f"truth (unknown: for example {shown}); are they from another file's numbering?", drops=False,
    )  # fmt: skip
