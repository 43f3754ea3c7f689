"""Pascal VOC written: one XML file per image under ``Annotations/``.

``xmin, ymin, xmax, ymax`` are ``x, y, x + w, y + h`` of the box in full precision; no pixel is added or taken away, as the
reader of this program takes none away.

References
----------
.. [1] http://host.robots.ox.ac.uk/pascal/VOC/voc2012/devkit_doc.pdf
"""

from __future__ import annotations

from pathlib import PurePosixPath

from diag_gui.formats.export_class_list import write_class_list
from diag_gui.formats.export_folder import ExportFolder, portable_path
from diag_gui.formats.export_request import ExportRequest, Watch, Written
from diag_gui.formats.export_values import column_value
from diag_gui.formats.xml_writing import element_text, note_lost_signs

ANNOTATIONS_FOLDER = "Annotations"
_FLAGS = ("truncated", "difficult", "occluded")


def write_voc(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write the ground truth; VOC XML has no place for predictions."""
    offsets = request.dataset.image_offsets
    n_labels = 0
    for done, row in enumerate(request.image_rows.tolist()):
        start, stop = int(offsets[row]), int(offsets[row + 1])
        name = request.file_name(row, written)
        path = PurePosixPath(portable_path(name)).with_suffix(".xml")
        folder.write_text(f"{ANNOTATIONS_FOLDER}/{path}", _annotation(request, row, name, slice(start, stop)))
        n_labels += stop - start
        if done % 100 == 0:
            watch.step(0.8 * done / len(request.image_rows))
    write_class_list(request, folder)
    written.files["ground truth"] = ANNOTATIONS_FOLDER
    written.counts |= {"images": len(request.image_rows), "ground_truth": n_labels}
    if request.run is not None:
        written.not_carried.append("predictions")
    if request.dataset.ground_truth.masks is not None:
        written.not_carried.append("masks (boxes are written)")
    if request.dataset.ground_truth.quad is not None:
        written.not_carried.append("rotation of boxes (the upright boxes around them are written)")
    if request.decisions_within():
        written.not_carried.append("tags and notes (they are in the manifest)")
    if request.dataset.ground_truth.is_crowd[request.gt_rows()].any():
        written.not_carried.append("crowd labels as such (written as difficult)")
    written.not_carried.append("ids of images, classes and labels")
    note_lost_signs(request, written)


def _annotation(request: ExportRequest, row: int, name: str, labels: slice) -> str:
    """Return the XML of image ``row``, called ``name``, with the ground truth rows ``labels``."""
    dataset = request.dataset
    images, gt = dataset.images, dataset.ground_truth
    lines = ["<annotation>", _element("filename", name, 1), "  <size>"]
    lines += [_element("width", max(int(images.width[row]), 0), 2), _element("height", max(int(images.height[row]), 0), 2)]
    lines += [_element("depth", 3, 2), "  </size>"]
    for gt_row in range(labels.start, labels.stop):
        x, y, w, h = gt.xywh[gt_row].tolist()
        lines += ["  <object>", _element("name", dataset.classes.name[int(gt.class_row[gt_row])], 2)]
        flags = dict.fromkeys(_FLAGS, 0) | {"difficult": int(gt.is_crowd[gt_row] or gt.is_ignored[gt_row])}
        others: list[tuple[str, object]] = []
        for column in gt.attributes.columns:
            value = column_value(column, gt_row)
            if column.name in _FLAGS and value is not None:
                flags[column.name] = int(flags[column.name] or value in (True, 1, "1", "true"))
            elif value is not None:
                others.append((column.name, value))
        lines += [_element(flag, value, 2) for flag, value in flags.items()]
        lines += ["    <bndbox>", _element("xmin", x, 3), _element("ymin", y, 3)]
        lines += [_element("xmax", x + w, 3), _element("ymax", y + h, 3), "    </bndbox>"]
        if others:
            lines.append("    <attributes>")
            for attribute, given in others:
                lines += ["      <attribute>", _element("name", attribute, 4), _element("value", given, 4), "      </attribute>"]
            lines.append("    </attributes>")
        lines.append("  </object>")
    lines.append("</annotation>\n")
    return "\n".join(lines)


def _element(tag: str, value: object, depth: int) -> str:
    """Return one line of XML."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return f"{'  ' * depth}<{tag}>{element_text(text)}</{tag}>"
