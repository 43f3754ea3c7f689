"""What COCO ground truth and results have in common: records to rows, segmentations checked, extra fields as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray
from diag_gui.data.attributes import Column
from diag_gui.data.dataset import Classes, Images
from diag_gui.data.json_masks import JsonMasks
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.box_rules import ImageSizes
from diag_gui.formats.coco_records import Identifiers, RecordColumns
from diag_gui.formats.identifiers import find_rows
from diag_gui.formats.read_masks import ReadMasks
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.value_columns import column_of, most_fields


def resolve_rows(records: RecordColumns, images: Images, classes: Classes, log: ProblemLog) -> tuple[IntArray, IntArray]:
    """Return the image row and class row of each record by identifier, -1 where unknown.

    Unknown ones are noted as dropped, once per record: a record with an unknown image counts under its image.
    """
    image_row, image_converted = find_rows(records.image_id, images.image_id)
    class_row, class_converted = find_rows(records.category_id, classes.class_id)
    note_unknown(records, records.image_id, image_row < 0, "image", log)
    note_unknown(records, records.category_id, (image_row >= 0) & (class_row < 0), "category", log)
    note_converted(records, records.image_id, image_converted, "image", log)
    note_converted(records, records.category_id, class_converted, "category", log)
    return image_row, class_row


def note_unknown(records: RecordColumns, wanted: Identifiers, unknown: BoolArray, what: str, log: ProblemLog) -> None:
    """Note the records whose image or category is not in the ground truth."""
    note_records(
        log, f"unknown-{what}", rows_where(unknown), records.name,
        lambda row: f"has no usable {what}_id" if wanted[row] is None
        else f"{what}_id {wanted[row]!s} is not {'an' if what == 'image' else 'a'} {what} of the ground truth",
        drops=True,
    )  # fmt: skip


def note_converted(records: RecordColumns, wanted: Identifiers, converted: BoolArray, what: str, log: ProblemLog) -> None:
    """Note the records whose identifier is text where the ground truth has numbers, or the other way round."""
    note_records(
        log, f"{what}-id-converted", rows_where(converted), records.name,
        lambda row: f"{what}_id {wanted[row]!r} was converted between text (a string) and number", drops=False,
    )  # fmt: skip


def checked_masks(records: RecordColumns, kept: BoolArray, sizes: ImageSizes, log: ProblemLog) -> Sequence[Any] | None:
    """Return the segmentation of each record, None where there is none, `UNUSABLE` for a bad one, which is noted."""
    if records.masks is None:
        return None
    if isinstance(records.masks, ReadMasks):
        return records.masks.checked(kept, sizes, log, records.name)
    from diag_gui.formats.masks import usable_masks

    masks = [mask or None if is_kept else None for mask, is_kept in zip(records.masks, kept.tolist(), strict=True)]
    return usable_masks(masks, sizes, log, records.name)


def boxes_or_mask_boxes(
    records: RecordColumns, masks: Sequence[Any] | None, kept: BoolArray, log: ProblemLog
) -> tuple[FloatArray, BoolArray]:
    """Return boxes, taken from the segmentation where a record has none, and which records still have one."""
    if records.has_box.all():
        return records.xywh, kept
    xywh = records.xywh.copy()
    lacking = rows_where(kept & ~records.has_box)
    if masks is not None:
        from diag_gui.formats.masks import mask_boxes

        xywh[lacking] = mask_boxes([masks[row] for row in lacking.tolist()])
    found = np.isfinite(xywh[lacking]).all(axis=1)
    note_records(log, "box-from-mask", lacking[found], records.name,
                 "has no bbox; the box around its segmentation is used", drops=False)  # fmt: skip
    note_records(log, "no-box", lacking[~found], records.name,
                 "has neither bbox nor a usable segmentation", drops=True)  # fmt: skip
    kept = kept.copy()
    kept[lacking[~found]] = False
    return xywh, kept


def taken_masks(masks: Sequence[Any] | None, rows: AnyArray | slice) -> Sequence[Any] | None:
    """Return the masks at ``rows``; None where not one of them is there."""
    if masks is None:
        return None
    if isinstance(masks, JsonMasks):
        written = masks.take(rows)
        return written if written.is_given.any() else None
    taken = tuple(masks[rows]) if isinstance(rows, slice) else tuple(masks[row] for row in rows.tolist())
    return taken if any(mask is not None for mask in taken) else None


def extra_columns(records: RecordColumns, rows: AnyArray | slice, log: ProblemLog) -> tuple[Column, ...]:
    """Return the fields that COCO does not define as columns at ``rows``; lists and objects in them are left out.

    Each field takes room for every record: where nearly each record has one of its own, those beyond ``extra_fields`` or
    ``extra_cells`` are left out, and noted.
    """
    extras = records.extras
    if extras is None:
        return ()
    most = most_fields(extras.n_records)
    if len(extras.names) > most:
        log.add("fields-left-out", "", f"{len(extras.names):,} fields are not COCO's: the first {most:,} became columns",
                drops=False)  # fmt: skip
    places = records.source_index[rows]
    return _columns({name: extras.values(name, places) for name in extras.names[:most]})


def columns_of_fields(dicts: list[dict[str, Any]], known: frozenset[str]) -> tuple[Column, ...]:
    """Return one column per field outside ``known`` that holds plain values, and per entry of an ``attributes`` object.

    A field of the record wins over an attribute of the same name.
    """
    names = [name for name in dict.fromkeys(name for record in dicts for name in record) if name not in known]
    return _columns({name: [record.get(name) for record in dicts] for name in names})


def _columns(fields: dict[str, list[Any]]) -> tuple[Column, ...]:
    columns: dict[str, Column] = {}
    for name, values in fields.items():
        column = column_of(name, values) if name != "attributes" else None
        if column is not None:
            columns[name] = column
    if "attributes" in fields:
        nested = [value if isinstance(value, dict) else {} for value in fields["attributes"]]
        for name in dict.fromkeys(name for entries in nested for name in entries):
            column = column_of(name, [entries.get(name) for entries in nested])
            if column is not None:
                columns.setdefault(name, column)
    return tuple(columns.values())
