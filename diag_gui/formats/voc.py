"""Pascal VOC XML ground truth: one file per image, also as ImageNet and many annotation tools write it.

Dialects read: a folder of XML files, at any depth (``Annotations/``), or one file; whole and decimal coordinates;
``truncated``, ``difficult``, ``occluded``, ``pose`` and other plain elements of an object, which become columns, as do pairs
of name and value under ``<attributes>``, as CVAT writes them; ``<part>`` elements are not objects. A box is ``w = xmax -
xmin``: the VOC rule of one pixel more is an option of the evaluation, not of the reader. ``difficult`` does not make a label
ignored here; the format ``voc-difficult`` does so, and is named beside the data. Classes are the names in alphabetical order,
or those of a class list beside the files.

References
----------
http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html; XML with a DTD is refused (`xml_reading`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.class_lists import listed_order
from diag_gui.formats.coco_records import paused_collection
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject, PlainObjects
from diag_gui.formats.content import Content
from diag_gui.formats.each_file import EachFile, files_ending
from diag_gui.formats.file_names import relative_name
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.plain_voc import NO_ATTRIBUTES, PlainFile, plain_file
from diag_gui.formats.record_problems import on_image
from diag_gui.formats.text_rows import float_of, python_alone_reads
from diag_gui.formats.xml_reading import parse_xml

FORMAT, DIFFICULT = "voc", "voc-difficult"
CORNERS = ("xmin", "ymin", "xmax", "ymax")


def recognise(content: Content) -> str:
    """Return why a file is VOC's; empty if it is not."""
    return "XML with the root <annotation>" if content.root_tag == "annotation" else ""


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read VOC XML in which difficult objects count like all others; see `read_labels`."""
    return read_labels(path, FORMAT, progress=progress, cancelled=cancelled)


def read_labels(
    path: Path, format: str, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a folder of VOC XML files, or one.

    Parameters
    ----------
    path : Path
        XML file or folder.
    format : str
        `FORMAT`, or `DIFFICULT`: objects marked as difficult are ignored. Kept with the data.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
        Images are numbered from 1 in order of the XML files' names, classes from 1.
    ReadReport
        Records are objects.

    Raises
    ------
    FormatError
        If a single file, or every file of a folder, cannot be read.
    """
    files = files_ending(path, ".xml")
    log = ProblemLog(path)
    labels = CollectedLabels(path, format, log)
    each = EachFile(path, files, "xml_bytes", "unreadable-xml", log, progress, cancelled)
    # A file is a heap of small objects without cycles: looking for those takes longer than reading.
    with paused_collection():
        found = [(annotation, file, shown) for shown, file, annotation in each.parsed(_annotation)]
        names = Counter(_picture_name(annotation.head, file) for annotation, file, _ in found)
        if names.most_common(1)[0][1] > 1:
            log.add("duplicate-file-name", "", "several XML files name the same picture; their own names are used", drops=False)
        for place, (annotation, file, shown) in enumerate(found):
            if place % 1024 == 0:
                check_cancelled(path, cancelled)
            name = _picture_name(annotation.head, file)
            width, height = _size(annotation.head, shown, log)
            name = name if names[name] == 1 else each.image_of(file)
            image = labels.add_image(name, width, height)
            # In messages the picture stands where it is not called like its file.
            picture = "" if file.stem in (PurePosixPath(name).stem, PurePosixPath(name).name) else name
            if isinstance(annotation, PlainFile):
                labels.add_plain(_plain(annotation, shown, picture, image, is_difficult_ignored=format == DIFFICULT))
            else:
                _read_objects(annotation.objects, shown, picture, image, labels)
        return labels.build(each.sha256, class_names=listed_order(path, labels.class_names))


class _Object(NamedTuple):
    """One object as it is written; ``corners`` is None without a box."""

    name: str
    attributes: Mapping[str, str]
    corners: tuple[str, ...] | None


class _Tree(NamedTuple):
    """What a file says that was read as a tree; ``head`` as of `PlainFile`."""

    head: Mapping[str, str]
    objects: list[_Object]


def _annotation(file: Path, data: bytes) -> PlainFile | _Tree:
    plain = plain_file(data)
    if plain is not None:
        return plain
    root = parse_xml(file, data)
    if root.tag != "annotation":
        raise FormatError(file, f"is not a VOC file: its root is <{root.tag[:40]}>, not <annotation>")
    head = {path: _text(root, path) for path in ("filename", "size/width", "size/height")}
    return _Tree(head, [_object_of(one) for one in root.findall("object")])


def _plain(file: PlainFile, shown: str, picture: str, image: int, *, is_difficult_ignored: bool) -> PlainObjects:
    """Return the objects of a file of the common shape, all of one image."""
    corners = np.array(file.corners, np.float64).reshape(-1, 4)
    with np.errstate(invalid="ignore", over="ignore"):
        corners[:, 2:] -= corners[:, :2]
    return PlainObjects(
        np.full(len(corners), image, np.int32),
        file.names,
        corners,
        file.attributes,
        lambda place: on_image(f"{shown}: object {place + 1}", picture),
        [_is_difficult(said) for said in file.attributes] if is_difficult_ignored else None,
    )


def _object_of(element: Element) -> _Object:
    """Return what an object says; corners are empty where it has no box."""
    box = element.find("bndbox")
    corners = None if box is None else tuple(_text(box, tag) for tag in CORNERS)
    attributes = {child.tag: (child.text or "").strip() for child in element if child.tag not in NO_ATTRIBUTES and not len(child)}
    for given in element.iterfind("attributes/attribute"):
        name, value = _text(given, "name"), _text(given, "value")
        if name and value:
            attributes.setdefault(name, value)
    return _Object(_text(element, "name"), attributes, corners)


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _picture_name(head: Mapping[str, str], file: Path) -> str:
    return relative_name(head.get("filename", "")) or file.stem


def _size(head: Mapping[str, str], shown: str, log: ProblemLog) -> tuple[float | None, float | None]:
    """Return width and height as the file says, None where they are not known or cannot be."""
    sides: list[float | None] = []
    for tag in ("width", "height"):
        text = head.get(f"size/{tag}", "")
        value = float_of(text) if text else None
        is_side = value is not None and 0 < value < 2**31
        sides.append(value if is_side else None)
        if text and not is_side and value != 0:
            log.add("bad-image-size", shown, f"{tag} {text[:40]!r} cannot be; read as not known", drops=False)
    return sides[0], sides[1]


def _read_objects(objects: list[_Object], shown: str, picture: str, image: int, labels: CollectedLabels) -> None:
    is_difficult_ignored = labels.format == DIFFICULT
    for number, one in enumerate(objects, 1):
        record = on_image(f"{shown}: object {number}", picture)
        if not one.name:
            labels.leave_out("object-without-name", record, "has no class name")
            continue
        if one.corners is None:
            labels.leave_out("no-box", record, "has no bndbox")
            continue
        try:
            left, top, right, bottom = map(float, one.corners)
            if python_alone_reads("".join(one.corners)):
                raise ValueError
        except ValueError:
            bad = next(place for place, text in enumerate(one.corners) if float_of(text) is None)
            labels.leave_out(
                "bad-box", record, f"{CORNERS[bad]} of bndbox is {one.corners[bad].strip()[:40]!r}, a number was expected"
            )
            continue
        is_ignored = is_difficult_ignored and _is_difficult(one.attributes)
        xywh = (left, top, right - left, bottom - top)
        labels.add(image, LabelledObject(one.name, xywh, record, attributes=one.attributes, is_ignored=is_ignored))


def _is_difficult(attributes: Mapping[str, str]) -> bool:
    return attributes.get("difficult", "").lower() in ("1", "true")
