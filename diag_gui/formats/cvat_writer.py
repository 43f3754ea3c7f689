"""CVAT for images 1.1 written: ``annotations.xml`` with every label, its attributes declared in the list of labels.

References
----------
.. [1] https://docs.cvat.ai/docs/manual/advanced/xml_format/, *Annotations for images*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from diag_gui.data.attributes import Level
from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_objects import ExportedObject, labels_of, note_losses, turned, words_of
from diag_gui.formats.export_request import ExportRequest, Watch, Written
from diag_gui.formats.xml_writing import attribute_text, element_text, note_lost_signs

ANNOTATIONS = "annotations.xml"
_OWN = {"occluded", "source", "z_order", "group_id"}


def write_cvat(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write the ground truth; predictions would come back as labels, so they are left out."""
    declared: dict[str, set[str]] = {name: set() for name in request.dataset.classes.name}
    tagged: dict[str, None] = {}
    body: list[str] = []
    n_labels = 0
    for done, row in enumerate(request.image_rows.tolist()):
        images = request.dataset.images
        size = {"width": max(int(images.width[row]), 0), "height": max(int(images.height[row]), 0)}
        objects = labels_of(request, row)
        tags, note = words_of(request, Level.IMAGE, row)
        body.append(_open("image", {"id": done, "name": request.file_name(row, written), **size}, 1))
        for tag in (*tags, *([f"note: {note}"] if note else [])):
            tagged[tag] = None
            body.append(f'    <tag label={_quoted(tag)} source="manual"></tag>')
        for one in objects:
            attributes = _attributes(one)
            declared[one.class_name] |= set(attributes)
            body += _shape(one, attributes)
        body.append("  </image>")
        n_labels += len(objects)
        if done % 500 == 0:
            watch.step(0.8 * done / len(request.image_rows))
    head = ["<?xml version='1.0' encoding='utf-8'?>", "<annotations>", "  <version>1.1</version>", "  <meta>", "    <task>"]
    head += [f"      <size>{len(request.image_rows)}</size>", "      <labels>", *_labels(declared, tagged), "      </labels>"]
    head += ["    </task>", "  </meta>"]
    folder.write_text(ANNOTATIONS, "\n".join([*head, *body, "</annotations>", ""]))
    written.files["ground truth"] = ANNOTATIONS
    written.counts |= {"images": len(request.image_rows), "ground_truth": n_labels}
    note_losses(request, written, predictions=False)
    note_lost_signs(request, written)


def _attributes(one: ExportedObject) -> dict[str, Any]:
    attributes = {name: value for name, value in one.attributes.items() if name not in _OWN}
    extra = {"tags": ", ".join(one.tags), "note": one.note, "iscrowd": one.is_crowd, "ignored": one.is_ignored}
    return attributes | {name: value for name, value in extra.items() if value}


def _labels(declared: Mapping[str, set[str]], tagged: Iterable[str]) -> list[str]:
    """Return the list of labels, each with the attributes that occur, free text; tags are labels too, of pictures alone."""
    lines: list[str] = []
    for name, attributes in declared.items():
        lines += ["        <label>", f"          <name>{element_text(name)}</name>", "          <attributes>"]
        for attribute in sorted(attributes):
            lines.append(
                f"            <attribute><name>{element_text(attribute)}</name><mutable>False</mutable>"
                "<input_type>text</input_type><default_value></default_value><values></values></attribute>"
            )
        lines += ["          </attributes>", "        </label>"]
    for name in tagged:
        if name not in declared:
            lines += ["        <label>", f"          <name>{element_text(name)}</name>", "          <type>tag</type>"]
            lines += ["          <attributes></attributes>", "        </label>"]
    return lines


def _shape(one: ExportedObject, attributes: Mapping[str, Any]) -> list[str]:
    occluded = one.attributes.get("occluded")
    common = {"label": one.class_name, "source": str(one.attributes.get("source", "manual")), "occluded": int(bool(occluded))}
    box = turned(one.quad) if one.quad is not None else None
    outline = one.quad if one.quad is not None else one.polygons[0] if one.polygons and len(one.polygons) == 1 else None
    own: dict[str, Any]
    if box is not None:
        x, y, w, h = box.cx - box.width / 2, box.cy - box.height / 2, box.width, box.height
        kind, own = "box", {"xtl": x, "ytl": y, "xbr": x + w, "ybr": y + h, "rotation": box.degrees}
    elif outline is not None:
        kind, own = "polygon", {"points": ";".join(f"{a!r},{b!r}" for a, b in zip(outline[0::2], outline[1::2], strict=True))}
    else:
        x, y, w, h = one.xywh
        kind, own = "box", {"xtl": x, "ytl": y, "xbr": x + w, "ybr": y + h}
    z_order = {"z_order": one.attributes.get("z_order", 0)}
    lines = [_open(kind, {**common, **own, **z_order}, 2)]
    for name, value in attributes.items():
        said = str(value).lower() if isinstance(value, bool) else str(value)
        lines.append(f"      <attribute name={_quoted(name)}>{element_text(said)}</attribute>")
    return [*lines, f"    </{kind}>"]


def _open(tag: str, values: Mapping[str, Any], depth: int) -> str:
    written = " ".join(f"{name}={_quoted(value)}" for name, value in values.items())
    return f"{'  ' * depth}<{tag} {written}>"


def _quoted(value: Any) -> str:
    text = repr(value) if isinstance(value, float) else str(value)
    return attribute_text(text)
