"""Label Studio tasks written: labels as annotations, predictions as pre-annotations, decisions beside them, and a config.

``tasks.json`` is imported as it is; ``labeling_config.xml`` is the interface it fits. Tags are choices, of the picture or,
under the identifier of its region, of an object; a note on an object is the text that Label Studio keeps beside a region.
Pictures are named as files that Label Studio serves itself from the exported folder (``/data/local-files/?d=…``, its local
storage).

References
----------
.. [1] https://labelstud.io/guide/task_format; https://labelstud.io/guide/predictions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from diag_gui.data.attributes import Level
from diag_gui.formats.export_class_list import write_class_list
from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_objects import (
    ExportedObject,
    labels_of,
    note_losses,
    predictions_of,
    size_of,
    turned,
    words_of,
)
from diag_gui.formats.export_pictures import PICTURES_FOLDER
from diag_gui.formats.export_request import ExportRequest, Pictures, Watch, Written
from diag_gui.formats.export_values import given_values
from diag_gui.formats.xml_writing import attribute_text

TASKS, CONFIG = "tasks.json", "labeling_config.xml"
IMAGE_TAGS, OBJECT_TAGS = "tags", "object_tags"
"""The controls that tags are choices of."""


def write_label_studio(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write tasks with annotations, and with predictions where there is a run.

    Raises
    ------
    ExportError
        If the size of an image is not known: coordinates are shares of it.
    """
    tasks: list[dict[str, Any]] = []
    used: dict[str, set[str]] = {IMAGE_TAGS: set(), OBJECT_TAGS: set()}
    n_labels = n_predictions = 0
    for done, row in enumerate(request.image_rows.tolist()):
        size = size_of(request, row)
        name = request.file_name(row, written)
        labels, predictions = labels_of(request, row), predictions_of(request, row)
        tags, note = words_of(request, Level.IMAGE, row)
        attributes = given_values(request.dataset.image_attributes, row)
        data = {key: value for key, value in attributes.items() if key != "image"}
        data |= {"note": note} if note else {}
        used[IMAGE_TAGS].update(tags)
        used[OBJECT_TAGS].update(tag for one in (*labels, *predictions) for tag in one.tags)
        task: dict[str, Any] = {"id": done + 1, "data": {"image": _address(name, request.pictures), **data}}
        # An image without a region says its size here alone.
        task["meta"] = {"original_width": size[0], "original_height": size[1]}
        task["annotations"] = [{"result": _results(labels, "l", size) + _choices_of_image(tags, size)}]
        if request.run is not None:
            result = _results(predictions, "p", size)
            scores = [one.score for one in predictions if one.score is not None]
            mean = sum(scores) / len(scores) if scores else 0.0
            task["predictions"] = [{"model_version": request.run.name, "score": mean, "result": result}]
        tasks.append(task)
        n_labels, n_predictions = n_labels + len(labels), n_predictions + len(predictions)
        if done % 500 == 0:
            watch.step(0.8 * done / len(request.image_rows))
    folder.write_text(TASKS, json.dumps(tasks, allow_nan=False) + "\n")
    folder.write_text(CONFIG, _config(request.dataset.classes.name, used))
    write_class_list(request, folder)
    written.files |= {"ground truth": TASKS, "labelling config": CONFIG}
    written.counts |= {"images": len(request.image_rows), "ground_truth": n_labels}
    if request.run is not None:
        written.counts["predictions"] = n_predictions
    note_losses(request, written, predictions=True)


def _address(name: str, pictures: Pictures) -> str:
    if pictures is Pictures.NONE:
        # It is read as an address, in which a percent sign and a colon mean something.
        return quote(name) if "%" in name or ":" in name else name
    return f"/data/local-files/?d={quote(f'{PICTURES_FOLDER}/{name}')}"


def _results(objects: Sequence[ExportedObject], letter: str, size: tuple[int, int]) -> list[dict[str, Any]]:
    """Return a region for each object, and its tags as choices of the region, told by the same identifier."""
    results: list[dict[str, Any]] = []
    for place, one in enumerate(objects):
        region = _region(one, f"{letter}{place}", size)
        results.append(region)
        if one.tags:
            shape = {name: value for name, value in region["value"].items() if name != region["type"]}
            told = {name: value for name, value in region.items() if name not in ("score", "meta")}
            results.append(told | {"from_name": OBJECT_TAGS, "type": "choices", "value": shape | {"choices": list(one.tags)}})
    return results


def _choices_of_image(tags: Sequence[str], size: tuple[int, int]) -> list[dict[str, Any]]:
    if not tags:
        return []
    common = {"id": "tags", "to_name": "image", "original_width": size[0], "original_height": size[1], "image_rotation": 0}
    return [common | {"from_name": IMAGE_TAGS, "type": "choices", "value": {"choices": list(tags)}}]


def _region(one: ExportedObject, identifier: str, size: tuple[int, int]) -> dict[str, Any]:
    width, height = size
    region: dict[str, Any] = {
        "id": identifier, "from_name": "label", "to_name": "image", "original_width": width, "original_height": height,
        "image_rotation": 0,
    }  # fmt: skip
    box = turned(one.quad) if one.quad is not None else None
    outline = one.quad if one.quad is not None else one.polygons[0] if one.polygons and len(one.polygons) == 1 else None
    if box is not None:
        angle = math.radians(box.degrees)
        # A box is turned around its upper left corner.
        left = box.cx - box.width / 2 * math.cos(angle) + box.height / 2 * math.sin(angle)
        top = box.cy - box.width / 2 * math.sin(angle) - box.height / 2 * math.cos(angle)
        region |= {"type": "rectanglelabels", "value": _box(left, top, box.width, box.height, size, box.degrees, one.class_name)}
    elif outline is not None:
        points = [[100 * x / width, 100 * y / height] for x, y in zip(outline[0::2], outline[1::2], strict=True)]
        region |= {
            "from_name": "outline",
            "type": "polygonlabels",
            "value": {"points": points, "polygonlabels": [one.class_name]},
        }
    else:
        region |= {"type": "rectanglelabels", "value": _box(*one.xywh, size, 0, one.class_name)}
    if one.score is not None:
        region["score"] = one.score
    meta: dict[str, Any] = dict(one.attributes)
    meta |= ({"iscrowd": True} if one.is_crowd else {}) | ({"ignored": True} if one.is_ignored else {})
    if one.note:
        meta |= {"note": one.note} if "text" in meta else {"text": [one.note]}
    if meta:
        region["meta"] = meta
    return region


def _box(x: float, y: float, w: float, h: float, size: tuple[int, int], degrees: float, class_name: str) -> dict[str, Any]:
    width, height = size
    return {
        "x": 100 * x / width, "y": 100 * y / height, "width": 100 * w / width, "height": 100 * h / height, "rotation": degrees,
        "rectanglelabels": [class_name],
    }  # fmt: skip


def _config(names: Sequence[str], used: Mapping[str, set[str]]) -> str:
    labels = "\n".join(f"    <Label value={attribute_text(name)}/>" for name in names)
    choices = ""
    for control, more in ((IMAGE_TAGS, ""), (OBJECT_TAGS, ' perRegion="true"')):
        if used[control]:
            listed = "\n".join(f"    <Choice value={attribute_text(tag)}/>" for tag in sorted(used[control]))
            choices += f'  <Choices name="{control}" toName="image" choice="multiple"{more}>\n{listed}\n  </Choices>\n'
    return (
        '<View>\n  <Image name="image" value="$image"/>\n'
        f'  <RectangleLabels name="label" toName="image" canRotate="true">\n{labels}\n  </RectangleLabels>\n'
        f'  <PolygonLabels name="outline" toName="image">\n{labels}\n  </PolygonLabels>\n{choices}</View>\n'
    )
