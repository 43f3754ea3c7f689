"""Datumaro's own JSON: one file per subset, as ground truth or, where annotations have a score, as predictions.

Dialects read: annotations ``bbox``, ``polygon``, ``mask`` (RLE) and ``rotated_bbox``; ``label`` of a whole image becomes
its metadata; others have no area and are left out. Attributes are kept, ``is_crowd`` makes a crowd. The subset is the name of the
file, and becomes the metadata ``subset``.

References
----------
https://github.com/open-edge-platform/datumaro, ``datumaro/plugins/data_formats/datumaro``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.data.written_masks import fault_of
from diag_gui.exceptions import FormatError
from diag_gui.formats.collected_labels import Box
from diag_gui.formats.content import Content
from diag_gui.formats.file_by_file import FileByFile, OneFile, ReadImage, ReadObject, Refuse
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.json_values import (
    box_around,
    flat,
    members,
    noted_records,
    number,
    numbers,
    paired,
    parse_object,
    plain_attributes,
    records,
    rotated_corners,
    text,
)
from diag_gui.formats.record_problems import on_image

FORMAT = "datumaro"
SCORES = ("score", "confidence")
_WITHOUT_AREA = frozenset({"points", "polyline", "caption", "skeleton", "cuboid_3d", "feature_vector", "hash_key", "ellipse"})


def _document(path: Path, data: bytes) -> dict[str, Any]:
    document = parse_object(path, data)
    if not isinstance(document.get("items"), list):
        raise FormatError(path, "holds no list of items")
    return document


_FILES = FileByFile(
    FORMAT, (".json",), "json_bytes", "unreadable-json", _document, labels_in="annotations", predictions_in="predictions"
)


def recognise(content: Content) -> str:
    """Return why a file is Datumaro's; empty if it is not."""
    is_datumaro = "items" in content.keys or ("categories" in content.keys and content.holds_key("items"))
    return "a JSON object with items and categories" if is_datumaro and not _has_scores(content) else ""


def recognise_predictions(content: Content) -> str:
    """Return why a file holds predictions as Datumaro writes them; empty if it does not."""
    return "a JSON object with items whose annotations have a score" if "items" in content.keys and _has_scores(content) else ""


def _has_scores(content: Content) -> bool:
    return any(content.holds_key(name) for name in SCORES)


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a Datumaro file, or the folder that holds one per subset, of a data set ``annotations``. As `FileByFile.labels`.

    Classes are in the order of the file; records are annotations.
    """
    names: list[str] = []
    return _FILES.labels(path, partial(_images, names=names, keeps_scores=True), progress, cancelled, class_names=lambda: names)


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read predictions against a dataset. As `FileByFile.predictions`."""
    return _FILES.predictions(path, dataset, partial(_images, names=[], keeps_scores=False), progress, cancelled)


def _images(file: OneFile[dict[str, Any]], refuse: Refuse, *, names: list[str], keeps_scores: bool) -> Iterator[ReadImage]:
    for item in _items(file, names):
        objects = _objects(item, refuse, keeps_scores=keeps_scores)
        yield ReadImage(item.name, objects, item.width, item.height, item.metadata, is_listed=True)


def _objects(item: _Item, refuse: Refuse, *, keeps_scores: bool) -> Iterator[ReadObject]:
    """Yield the annotations of an item; a score among the attributes stays one of a label, and is none of a prediction."""
    for place, annotation in enumerate(item.annotations):
        record = on_image(f"{item.record}: annotations[{place}]", item.name)
        shape = _shape(annotation, item, record)
        if isinstance(shape, _Refusal):
            refuse(shape.code, record, shape.reason)
            continue
        said = shape.attributes
        scores = [number(source.get(name)) for source in (members(annotation), said) for name in SCORES]
        yield ReadObject(
            shape.class_name, shape.box, record, next((value for value in scores if value is not None), None),
            said if keeps_scores else {name: value for name, value in said.items() if name not in SCORES},
            shape.quad, shape.mask, shape.has_box, is_crowd=said.get("is_crowd") is True,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Item:
    name: str
    record: str
    width: float | None
    height: float | None
    metadata: dict[str, Any]
    annotations: list[Any]
    class_names: list[str]


@dataclass(frozen=True, slots=True)
class _Shape:
    class_name: str
    box: Box
    attributes: dict[str, Any]
    mask: Any = None
    quad: tuple[float, ...] | None = None
    has_box: bool = True


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: str
    reason: str


def _items(file: OneFile[dict[str, Any]], names: list[str]) -> Iterator[_Item]:
    """Yield the items of a file; ``names`` grows by its classes."""
    listed = records(members(members(file.content.get("categories")).get("label")).get("labels"))
    if not listed and any(members(one).get("annotations") for one in file.content["items"]):
        raise FormatError(file.path, "categories.label.labels is no list of names, so label_id says nothing", "categories")
    own = [text(members(one).get("name")) or f"class {place}" for place, one in enumerate(listed)]
    known = set(names)
    names += [name for name in dict.fromkeys(own) if name not in known]
    for place, item in enumerate(file.content["items"]):
        record = f"{file.shown}: items[{place}]"
        if not isinstance(item, dict):
            file.log.add("bad-item", record, "is no object; it is passed over", drops=False)
            continue
        image = members(item.get("image") or item.get("media"))
        size = numbers(image.get("size"), 2)
        annotations = noted_records(item.get("annotations"), "annotations", record, file.log)
        whole = [one for one in annotations if members(one).get("type") == "label"]
        metadata = plain_attributes(item.get("attr"), *(members(one).get("attributes") for one in whole))
        labels_of_image = [_class_of(one, own) for one in whole]
        if labels_of_image and labels_of_image[0]:
            metadata.setdefault("label", labels_of_image[0])
        name = text(image.get("path")) or str(item.get("id", ""))
        # Pictures lie in a folder of each subset, and may be numbered alike in each.
        name = f"{file.path.stem}/{name}" if not file.is_only else name
        yield _Item(
            name,
            record,
            size[1] if size else None,
            size[0] if size else None,
            {"subset": file.path.stem, **metadata},
            [one for one in annotations if members(one).get("type") != "label"],
            own,
        )


def _class_of(annotation: Any, names: list[str]) -> str:
    place = members(annotation).get("label_id")
    return names[place] if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(names) else ""


def _turned_box(annotation: dict[str, Any], kind: str) -> list[float] | None:
    """Return centre, size and degrees of a turned box, however it is written; None of anything else.

    Datumaro has a type for them; CVAT writes a ``bbox`` whose attribute ``rotation`` says how far it is turned about its centre.
    """
    if kind == "rotated_bbox":
        written = (annotation.get(key) for key in ("rotated_bbox", "bbox", "points"))
        whole = next((values for one in written if (values := numbers(one, 5))), None)
        return whole or numbers([annotation.get(key) for key in ("cx", "cy", "w", "h", "r")], 5)
    degrees = number(members(annotation.get("attributes")).get("rotation"))
    box = numbers(annotation.get("bbox"), 4)
    if kind != "bbox" or box is None or not degrees or not degrees % 360:
        return None
    left, top, width, height = box
    return [left + width / 2, top + height / 2, width, height, degrees]


def _shape(annotation: Any, item: _Item, record: str) -> _Shape | _Refusal:
    if not isinstance(annotation, dict):
        return _Refusal("bad-annotation", "is no object")
    kind = text(annotation.get("type"))
    if kind in _WITHOUT_AREA:
        return _Refusal("no-area", f"{kind} annotations have no box")
    name = _class_of(annotation, item.class_names)
    if not name:
        return _Refusal("unknown-category", f"label_id {annotation.get('label_id')!r} is no place in the list of labels")
    attributes = plain_attributes(annotation.get("attributes"))
    turned = _turned_box(annotation, kind)
    if kind == "bbox" and turned is None and (box := numbers(annotation.get("bbox"), 4)):
        return _Shape(name, (box[0], box[1], box[2], box[3]), attributes)
    if turned is not None:
        if not all(map(math.isfinite, turned)):
            return _Refusal("bad-box", "rotated_bbox holds NaN or an infinite number, not finite")
        quad = rotated_corners(turned[0], turned[1], turned[2], turned[3], turned[4])
        # The corners say it; kept beside them it would go stale.
        attributes.pop("rotation", None)
        return _Shape(name, box_around(paired(quad)), attributes, quad=quad)
    if kind == "polygon" and (values := numbers(annotation.get("points"))) and len(values) >= 6 and len(values) % 2 == 0:
        if not all(map(math.isfinite, values)):
            return _Refusal("bad-points", "points hold NaN or an infinite number, not finite")
        corners = list(zip(values[0::2], values[1::2], strict=True))
        return _Shape(name, box_around(corners), attributes, [flat(corners)], has_box=False)
    if kind == "mask" and isinstance(rle := annotation.get("rle"), dict):
        if given := numbers(annotation.get("bbox"), 4):
            return _Shape(name, (given[0], given[1], given[2], given[3]), attributes, rle)
        if problem := fault_of(rle, -1, -1):
            return _Refusal("bad-mask-without-box", problem)
        from diag_gui.formats.masks import mask_boxes

        left, top, across, down = mask_boxes([rle])[0].tolist()
        return _Shape(name, (left, top, across, down), attributes, rle, has_box=False)
    return _Refusal("bad-annotation", f"a {kind[:40] or 'nameless type'} without the numbers it needs")
