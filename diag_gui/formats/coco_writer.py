"""COCO written: ground truth with every field it came with, and predictions as a list of results.

Where the data was read from COCO, the file is read again and records are taken from it as they stand: licences, tags,
segmentations and fields this program knows nothing about come out as they went in. Only then are decisions added, under
the key ``diag_gui`` of a record, which no other program uses. Data of other formats is written from the facts.

References
----------
.. [1] https://cocodataset.org/#format-data and #format-results
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from diag_gui.data.attributes import Level
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.exceptions import ExportError
from diag_gui.formats import coco, coco_results
from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_request import ExportRequest, Watch, Written
from diag_gui.formats.export_source import reread_json
from diag_gui.formats.export_values import given_values
from diag_gui.formats.identifiers import find_rows, normal_id

ANNOTATIONS_NAME = "annotations.json"
PREDICTIONS_NAME = "predictions.json"
DECISIONS_KEY = "diag_gui"

Record = dict[str, Any]


def write_coco(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write ``annotations.json`` and, with a run, ``predictions.json``.

    Raises
    ------
    ExportError
        If a source file changed since it was read.
    """
    dataset = request.dataset
    from_coco = dataset.source.format in coco.DIALECTS
    document = _edited_document(request, written) if from_coco else _document_of_facts(request, written)
    watch.step(0.4)
    written.files["ground truth"] = folder.write_text(ANNOTATIONS_NAME, _json(document, request))
    written.counts["images"] = len(request.image_rows)
    written.counts["ground_truth"] = len(document["annotations"])
    watch.step(0.6)
    if request.run is not None:
        results = _results(
            request, request.run, written, as_in_file=from_coco and request.run.source.format == coco_results.FORMAT
        )
        written.files["predictions"] = folder.write_text(PREDICTIONS_NAME, _json(results, request))
        written.counts["predictions"] = len(results)
    watch.step(0.8)


def _json(document: object, request: ExportRequest) -> str:
    """Return ``document`` as JSON with numbers that any reader takes."""
    try:
        return json.dumps(document, allow_nan=False, separators=(", ", ": "))
    except ValueError as error:
        raise ExportError(request.folder, f"the data holds a number that is not finite: {error}") from error


def _edited_document(request: ExportRequest, written: Written) -> Record:
    """Return the source document with only the chosen images and their annotations."""
    dataset = request.dataset
    source: Record = reread_json(dataset.source, request.folder)
    # One place more, never chosen: row -1 of a record whose image is not there.
    chosen = np.zeros(len(dataset.images) + 1, np.bool_)
    chosen[request.image_rows] = True

    images: list[Record] = []
    seen: set[int] = set()
    for record, row in _with_rows(source["images"], "id", dataset):
        if chosen[row] and row not in seen:
            seen.add(row)
            renamed = {"file_name": written.renamed[row]} if row in written.renamed else {}
            images.append(_with_decisions({**record, **renamed}, request, Level.IMAGE, row))
    gt_of_index = {index: row for row, index in enumerate(dataset.ground_truth.source_index.tolist())}
    annotations: list[Record] = []
    left_out = 0
    for index, (record, row) in enumerate(_with_rows(source.get("annotations", []), "image_id", dataset)):
        gt_row = gt_of_index.get(index, -1)
        if not chosen[row]:
            continue
        if gt_row < 0 and not _is_finite(record):
            left_out += 1
            continue
        annotations.append(_with_decisions(record, request, Level.GT, gt_row))
    if left_out:
        written.not_carried.append(f"{left_out} annotations with numbers that are not finite")
    return {**source, "images": images, "annotations": annotations}


def _document_of_facts(request: ExportRequest, written: Written) -> Record:
    """Return a COCO document made of facts that were read from another format."""
    dataset = request.dataset
    images, classes, gt = dataset.images, dataset.classes, dataset.ground_truth
    image_id, class_id, annotation_id = written_ids(dataset)
    image_records: list[Record] = []
    for row in request.image_rows.tolist():
        record: Record = {"id": image_id[row], "file_name": request.file_name(row, written)}
        if images.width[row] >= 0 and images.height[row] >= 0:
            record |= {"width": int(images.width[row]), "height": int(images.height[row])}
        attributes = given_values(dataset.image_attributes, row)
        if attributes:
            record["attributes"] = attributes
        image_records.append(_with_decisions(record, request, Level.IMAGE, row))
    annotations: list[Record] = []
    for row in request.gt_rows().tolist():
        record = {
            "id": annotation_id[row],
            "image_id": image_id[int(gt.image_row[row])],
            "category_id": class_id[int(gt.class_row[row])],
            "bbox": gt.xywh[row].tolist(),
            "area": float(gt.area[row]),
            "iscrowd": int(gt.is_crowd[row]),
        }
        if gt.is_ignored[row]:
            record["ignore"] = 1
        if gt.masks is not None and gt.masks[row] is not None:
            record["segmentation"] = gt.masks[row]
        elif gt.quad is not None and np.isfinite(gt.quad[row]).all():
            record["segmentation"] = [gt.quad[row].tolist()]
        attributes = given_values(gt.attributes, row)
        if attributes:
            record["attributes"] = attributes
        annotations.append(_with_decisions(record, request, Level.GT, row))
    categories: list[Record] = [
        {"id": class_id[row], "name": classes.name[row], "supercategory": classes.supercategory[row]}
        for row in range(len(classes))
    ]
    return {
        "info": {"description": dataset.name},
        "licenses": [],
        "images": image_records,
        "annotations": annotations,
        "categories": categories,
    }


def _results(request: ExportRequest, run: Run, written: Written, *, as_in_file: bool) -> list[Record]:
    """Return the run's predictions on the chosen images as COCO results, in file order."""
    predictions = run.predictions
    rows = request.pred_rows()
    rows = rows[np.argsort(predictions.source_index[rows], kind="stable")]
    if as_in_file:
        image_id: list[Any] = request.dataset.images.image_id.tolist()
        class_id: list[Any] = request.dataset.classes.class_id.tolist()
        records = [record for source in run.sources for record in _records_of(reread_json(source, request.folder))]
    else:
        image_id, class_id, _ = written_ids(request.dataset)
        records = []
    results: list[Record] = []
    for row in rows.tolist():
        wanted = {
            "image_id": image_id[int(predictions.image_row[row])],
            "category_id": class_id[int(predictions.class_row[row])],
            "score": float(predictions.score[row]),
        }
        if as_in_file:
            record = dict(records[int(predictions.source_index[row])])
            # A reader may have understood a class by its name or an id by its text; readers less patient must not have to.
            record |= {key: value for key, value in wanted.items() if record.get(key) != value}
        else:
            record = {**wanted, "bbox": predictions.xywh[row].tolist()}
            if predictions.masks is not None and predictions.masks[row] is not None:
                record["segmentation"] = predictions.masks[row]
            attributes = given_values(predictions.attributes, row)
            if attributes:
                record["attributes"] = attributes
        results.append(_with_decisions(record, request, Level.PRED, row))
    if predictions.quad is not None and not as_in_file:
        written.not_carried.append("rotation of predicted boxes (COCO results have upright boxes)")
    return results


def _records_of(document: Any) -> list[Any]:
    """Return the records of COCO results."""
    records: list[Any] = (
        document if isinstance(document, list) else next(document[key] for key in coco_results.LIST_KEYS if key in document)
    )
    return records


def written_ids(dataset: Dataset) -> tuple[list[Any], list[Any], list[Any]]:
    """Return ids of images, classes and ground truth as COCO's own reader takes them.

    Returns
    -------
    tuple of list
        The file's ids where they are integers (annotations: distinct and not 0, which pycocotools reads as unmatched),
        else ordinals from 1.
    """

    def usable(ids: np.ndarray, *, zero: bool) -> list[Any]:
        if ids.dtype == np.int64 and len(np.unique(ids)) == len(ids) and (zero or not (ids == 0).any()):
            return list(ids.tolist())
        return list(range(1, len(ids) + 1))

    return (
        usable(dataset.images.image_id, zero=True),
        usable(dataset.classes.class_id, zero=True),
        usable(dataset.ground_truth.annotation_id, zero=False),
    )


def _with_decisions(record: Record, request: ExportRequest, level: Level, row: int) -> Record:
    """Return ``record`` with the tags, notes and verdicts on it, if there are any."""
    mine = request.decisions_of(level, row)
    if not mine:
        return record
    found = {"tags": [d.text for d in mine if d.kind == "tag"], "notes": [d.text for d in mine if d.kind == "note"]}
    verdicts = [d.text for d in mine if d.kind == "verdict"]
    kept: Mapping[str, object] = {key: value for key, value in {**found, "verdicts": verdicts}.items() if value}
    return {**record, DECISIONS_KEY: dict(kept)}


def _is_finite(value: Any) -> bool:
    """Whether no number in ``value`` is infinite or NaN."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_is_finite(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_finite(item) for item in value)
    return True


def _with_rows(records: list[Any], key: str, dataset: Dataset) -> Iterator[tuple[Any, int]]:
    """Return each record with the row of the image it names by ``key``, -1 where it names none."""
    ids = [normal_id(record.get(key)) if isinstance(record, dict) else None for record in records]
    rows, _ = find_rows(ids, dataset.images.image_id)
    return zip(records, rows.tolist(), strict=True)
