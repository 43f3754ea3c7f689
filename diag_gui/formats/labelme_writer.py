"""labelme written: one JSON file beside each picture; tags and truth values become flags, notes descriptions.

labelme 5 refuses a shape of a type it does not know, so a turned box is a polygon of its four corners, marked by the field
``rotated_box``, which labelme keeps and our reader takes for what it is.

References
----------
.. [1] https://github.com/wkentaro/labelme, ``labelme/_label_file.py``.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from diag_gui.data.attributes import Level
from diag_gui.formats.export_class_list import write_class_list
from diag_gui.formats.export_folder import ExportFolder, portable_path
from diag_gui.formats.export_objects import ExportedObject, labels_of, note_losses, words_of
from diag_gui.formats.export_pictures import PICTURES_FOLDER
from diag_gui.formats.export_request import ExportRequest, Pictures, Watch, Written
from diag_gui.formats.export_values import given_values

VERSION = "5.5.0"
"""Of labelme, whose form this is."""

ROTATED_BOX = "rotated_box"
"""The field of a polygon that is a turned box."""

_OWN = frozenset({"label", "points", "shape_type", "flags", "mask", "group_id", "description", ROTATED_BOX})


def write_labelme(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write the ground truth; labelme has no place for predictions."""
    n_labels = 0
    for done, row in enumerate(request.image_rows.tolist()):
        name = request.file_name(row, written)
        objects = labels_of(request, row)
        tags, note = words_of(request, Level.IMAGE, row)
        flags = _truth_values(given_values(request.dataset.image_attributes, row)) | dict.fromkeys(tags, True)
        flags |= {f"note: {note}": True} if note else {}
        document = {
            "version": VERSION,
            "flags": flags,
            "shapes": [_shape(one) for one in objects],
            "imagePath": PurePosixPath(name).name,
            "imageData": None,
            "imageHeight": max(int(request.dataset.images.height[row]), 0) or None,
            "imageWidth": max(int(request.dataset.images.width[row]), 0) or None,
        }
        path = PurePosixPath(portable_path(name)).with_suffix(".json")
        folder.write_text(f"{PICTURES_FOLDER}/{path}", json.dumps(document, indent=2, allow_nan=False) + "\n")
        n_labels += len(objects)
        if done % 100 == 0:
            watch.step(0.8 * done / len(request.image_rows))
    write_class_list(request, folder)
    written.files["ground truth"] = PICTURES_FOLDER
    written.counts |= {"images": len(request.image_rows), "ground_truth": n_labels}
    note_losses(request, written, predictions=False)
    if request.pictures is Pictures.NONE:
        written.not_carried.append("pictures: labelme opens a file only where its picture lies beside it")


def _shape(one: ExportedObject) -> dict[str, Any]:
    extra = {**one.attributes, **({"iscrowd": True} if one.is_crowd else {}), **({"ignored": True} if one.is_ignored else {})}
    flags = _truth_values(extra)
    others = {name: value for name, value in extra.items() if name not in _OWN and name not in flags}
    group = one.attributes.get("group_id")
    shape = {
        "label": one.class_name,
        "group_id": group if isinstance(group, int) else None,
        "description": one.note or str(one.attributes.get("description", "")),
        "flags": flags | dict.fromkeys(one.tags, True),
        **others,
    }
    x, y, w, h = one.xywh
    if one.polygons is not None and len(one.polygons) == 1:
        # labelme has no object of several outlines; its box says it whole.
        return shape | {"shape_type": "polygon", "points": _points(one.polygons[0])}
    if one.quad is not None:
        return shape | {"shape_type": "polygon", "points": _points(one.quad), ROTATED_BOX: True}
    return shape | {"shape_type": "rectangle", "points": [[x, y], [x + w, y + h]]}


def _truth_values(attributes: dict[str, Any]) -> dict[str, bool]:
    """Return the attributes that are flags, which is all that labelme shows beside a label."""
    return {name: value for name, value in attributes.items() if isinstance(value, bool) and name not in _OWN}


def _points(values: tuple[float, ...]) -> list[list[float]]:
    return [[x, y] for x, y in zip(values[0::2], values[1::2], strict=True)]
