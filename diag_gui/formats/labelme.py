"""labelme JSON ground truth: one file per image, also as X-AnyLabeling writes it.

Dialects read: shapes ``rectangle`` (two or four points), ``polygon``, ``circle`` (centre and a point on it: the box around it),
``rotation`` (four corners; also a polygon of four with the field ``rotated_box``, as exports of this program have it) and
``mask`` (its box); points, lines and line strips have no area and are left out. Flags, group ids, descriptions and further plain
fields of a shape become attributes of the label, flags of the file metadata of the image. ``imageData``, a picture inside the
file, is never decoded. Classes are the names in alphabetical order, or those of a class list beside the files.

References
----------
https://github.com/wkentaro/labelme, ``labelme/_label_file.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.content import Content
from diag_gui.formats.file_by_file import FileByFile, OneFile, ReadImage, ReadObject, Refuse
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.json_values import box_around, flat, image_size, parse_object, plain_attributes, points, text
from diag_gui.formats.record_problems import on_image

FORMAT = "labelme"
_NOT_ATTRIBUTES = frozenset({"label", "points", "shape_type", "flags", "mask", "kie_linking", "rotated_box"})


def _document(path: Path, data: bytes) -> dict[str, Any]:
    document = parse_object(path, data)
    if not isinstance(document.get("shapes"), list):
        raise FormatError(path, "is not labelme's: it has no list of shapes")
    return document


_FILES = FileByFile(FORMAT, (".json",), "json_bytes", "unreadable-json", _document)


def recognise(content: Content) -> str:
    """Return why a file is labelme's; empty if it is not."""
    # The picture inside the file, which may come first, can be all that its beginning holds.
    own = ("imagePath", "imageData", "imageHeight", "lineColor", "shape_type")
    is_labelme = (content.holds_key("shapes") and any(map(content.holds_key, own))) or "imagePath" in content.keys
    return "a JSON object with shapes and an image" if is_labelme else ""


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a folder of labelme files, or one; records are shapes. As `FileByFile.labels`."""
    return _FILES.labels(path, _images, progress, cancelled)


def _images(file: OneFile[dict[str, Any]], refuse: Refuse) -> Iterator[ReadImage]:
    document = file.content
    # The path is relative to the file, which lies beside its picture more often than not.
    name = text(document.get("imagePath")).replace("\\", "/").rsplit("/", 1)[-1] or file.path.stem
    folder = file.shown.rpartition("/")[0]
    yield ReadImage(
        f"{folder}/{name}" if folder else name,
        _objects(file, name, refuse),
        *image_size(document.get("imageWidth"), document.get("imageHeight"), file.shown, file.log),
        plain_attributes(document.get("flags")),
    )


def _objects(file: OneFile[dict[str, Any]], picture: str, refuse: Refuse) -> Iterator[ReadObject]:
    is_own = PurePosixPath(picture).stem == file.path.stem
    for place, shape in enumerate(file.content["shapes"]):
        record = f"{file.shown}: shapes[{place}]"
        found = _object(shape, record if is_own else on_image(record, picture), refuse)
        if found is not None:
            yield found


def _object(shape: Any, record: str, refuse: Refuse) -> ReadObject | None:
    """Return one shape; None where it is left out."""
    if not isinstance(shape, dict) or not text(shape.get("label")):
        refuse("object-without-name", record, "has no label")
        return None
    kind = text(shape.get("shape_type")) or "polygon"
    corners = points(shape.get("points"))
    if corners is None or len(corners) < 2:
        refuse("bad-points", record, "points are not a list of at least two finite [x, y]")
        return None
    box, mask, quad = box_around(corners), None, None
    if kind == "circle":
        (x, y), (edge_x, edge_y) = corners[:2]
        radius = math.hypot(edge_x - x, edge_y - y)
        box = (x - radius, y - radius, 2 * radius, 2 * radius)
    elif len(corners) == 4 and (kind == "rotation" or (kind == "polygon" and shape.get("rotated_box") is True)):
        quad = tuple(flat(corners))
    elif kind == "polygon":
        mask = [flat(corners)]
    elif kind == "rectangle" and len(corners) not in (2, 4):
        refuse("bad-points", record, f"a rectangle has two or four points, this has {len(corners)}")
        return None
    elif kind not in ("rectangle", "mask"):
        refuse("no-area", record, f"a {kind[:40]} has no area")
        return None
    attributes = plain_attributes(
        {name: value for name, value in shape.items() if name not in _NOT_ATTRIBUTES and value != ""}, shape.get("flags")
    )
    return ReadObject(shape["label"].strip(), box, record, attributes=attributes, mask=mask, quad=quad)
