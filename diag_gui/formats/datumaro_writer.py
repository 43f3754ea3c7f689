"""Datumaro's JSON written: ``annotations/default.json``; predictions in ``predictions/default.json``, the same with a score.

Its own reader knows no type for a turned box, so one is written as CVAT writes it in this format: the box before it is turned
about its centre, and the angle as the attribute ``rotation``. Run lengths are masks where they are compressed.

References
----------
.. [1] https://github.com/open-edge-platform/datumaro, ``datumaro/plugins/data_formats/datumaro``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from diag_gui.data.attributes import Level
from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_objects import ExportedObject, labels_of, note_losses, predictions_of, turned, words_of
from diag_gui.formats.export_request import ExportRequest, Watch, Written
from diag_gui.formats.export_values import given_values
from diag_gui.formats.json_values import number

LABELS, PREDICTIONS = "annotations/default.json", "predictions/default.json"
_TURN = "rotation"


def write_datumaro(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write ground truth, and predictions where there is a run."""
    n_labels = _write(request, folder, written, watch, LABELS, labels_of)
    written.files["ground truth"] = LABELS
    written.counts |= {"images": len(request.image_rows), "ground_truth": n_labels}
    if request.run is not None:
        written.counts["predictions"] = _write(request, folder, written, watch, PREDICTIONS, predictions_of)
        written.files["predictions"] = PREDICTIONS
    note_losses(request, written, predictions=True, runs=True)


def _write(
    request: ExportRequest,
    folder: ExportFolder,
    written: Written,
    watch: Watch,
    path: str,
    objects_of: Callable[[ExportRequest, int], list[ExportedObject]],
) -> int:
    """Write one file; return how many objects it holds."""
    names = request.dataset.classes.name
    place_of = {name: place for place, name in enumerate(names)}
    items: list[dict[str, Any]] = []
    n_objects = n_replaced = 0
    for done, row in enumerate(request.image_rows.tolist()):
        name = request.file_name(row, written)
        tags, note = words_of(request, Level.IMAGE, row)
        attributes = given_values(request.dataset.image_attributes, row)
        attributes |= ({"tags": ", ".join(tags)} if tags else {}) | ({"note": note} if note else {})
        objects = objects_of(request, row)
        image: dict[str, Any] = {"path": name}
        width, height = int(request.dataset.images.width[row]), int(request.dataset.images.height[row])
        if width > 0 and height > 0:
            image["size"] = [height, width]
        annotations = [_annotation(one, place, place_of[one.class_name]) for place, one in enumerate(objects)]
        items.append(
            {"id": str(PurePosixPath(name).with_suffix("")), "annotations": annotations, "attr": attributes, "image": image}
        )
        n_objects += len(objects)
        said = zip(objects, (one["attributes"] for one in annotations), strict=True)
        n_replaced += sum(_TURN in one.attributes and attributes.get(_TURN) != one.attributes[_TURN] for one, attributes in said)
        if done % 500 == 0:
            watch.step(0.8 * done / len(request.image_rows))
    if n_replaced:
        written.not_carried.append(f"the attribute {_TURN} of {n_replaced} boxes in {path} (there it says how a box is turned)")
    labels = [{"name": name, "parent": "", "attributes": []} for name in names]
    document = {"info": {}, "categories": {"label": {"labels": labels, "attributes": []}}, "items": items}
    folder.write_text(path, json.dumps(document, allow_nan=False) + "\n")
    return n_objects


def _annotation(one: ExportedObject, place: int, label_id: int) -> dict[str, Any]:
    attributes = dict(one.attributes)
    for name, value in (
        ("tags", ", ".join(one.tags)),
        ("note", one.note),
        ("is_crowd", one.is_crowd),
        ("ignored", one.is_ignored),
    ):
        if value:
            attributes[name] = value
    if one.score is not None:
        attributes["score"] = one.score
    common = {"id": place, "attributes": attributes, "group": 0, "label_id": label_id, "z_order": 0}
    box = turned(one.quad) if one.quad is not None else None
    if box is not None:
        attributes[_TURN] = box.degrees
        corner = [box.cx - box.width / 2, box.cy - box.height / 2]
        return {**common, "type": "bbox", "bbox": [*corner, box.width, box.height]}
    if one.quad is not None:
        return {**common, "type": "polygon", "points": list(one.quad)}
    if one.polygons is not None and len(one.polygons) == 1:
        return {**common, "type": "polygon", "points": list(one.polygons[0])}
    if one.runs is not None:
        return {**common, "type": "mask", "rle": one.runs, "bbox": list(one.xywh)}
    if (number(attributes.get(_TURN)) or 0) % 360:
        # An upright box would come back turned by it.
        del attributes[_TURN]
    return {**common, "type": "bbox", "bbox": list(one.xywh)}
