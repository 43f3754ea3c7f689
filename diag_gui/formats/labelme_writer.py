"""labelme written: one JSON file beside each picture; tags become flags, notes descriptions.

References
----------
.. [1] https://github.com/wkentaro/labelme, ``labelme/_label_file.py``.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from diag_gui.data.attributes import Level
from diag_gui.formats.export_folder import ExportFolder, portable_path
from diag_gui.formats.export_objects import ExportedObject, labels_of, note_losses, words_of
from diag_gui.formats.export_pictures import PICTURES_FOLDER
from diag_gui.formats.export_request import ExportRequest, Watch, Written

VERSION = "5.5.0"
"""Of labelme, whose form this is."""


def write_labelme(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write the ground truth; labelme has no place for predictions."""
    n_labels = 0
    for done, row in enumerate(request.image_rows.tolist()):
        name = request.file_name(row, written)
        objects = labels_of(request, row)
        tags, note = words_of(request, Level.IMAGE, row)
        flags = dict.fromkeys(tags, True) | ({f"note: {note}": True} if note else {})
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
    written.files["ground truth"] = PICTURES_FOLDER
    written.counts |= {"images": len(request.image_rows), "ground_truth": n_labels}
    note_losses(request, written, predictions=False)


def _shape(one: ExportedObject) -> dict[str, Any]:
    extra = {**one.attributes, **({"iscrowd": True} if one.is_crowd else {}), **({"ignored": True} if one.is_ignored else {})}
    common = {"label": one.class_name, "group_id": None, "description": one.note, "flags": dict.fromkeys(one.tags, True)}
    x, y, w, h = one.xywh
    kind, points = "rectangle", [[x, y], [x + w, y + h]]
    if one.polygons is not None and len(one.polygons) == 1:
        # labelme has no object of several outlines; its box says it whole.
        kind, points = "polygon", _points(one.polygons[0])
    elif one.quad is not None:
        kind, points = "rotation", _points(one.quad)
    own = {"label", "points", "shape_type", "flags", "mask", "group_id", "description"}
    return {**common, **{name: value for name, value in extra.items() if name not in own}, "shape_type": kind, "points": points}


def _points(values: tuple[float, ...]) -> list[list[float]]:
    return [[x, y] for x, y in zip(values[0::2], values[1::2], strict=True)]
