"""Pascal VOC XML ground truth: one file per image, also as ImageNet and many annotation tools write it.

Dialects read: a folder of XML files, at any depth (``Annotations/``), or one file; whole and decimal coordinates; ``truncated``,
``difficult``, ``occluded``, ``pose`` and other plain elements of an object, which become columns; ``<part>`` elements are not
objects. A box is ``w = xmax - xmin``: the VOC rule of one pixel more is an option of the evaluation, not of the reader.
``difficult`` does not make a label ignored here. Classes are the names in alphabetical order, or those of a class list beside
the files.

References
----------
http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html; XML is read by defusedxml with DTDs forbidden.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np

from diag_gui.data.attributes import AttributeTable, Column, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.box_rules import ImageSizes, keep_ground_truth
from diag_gui.formats.class_lists import names_near
from diag_gui.formats.file_names import leads_outside, relative_name
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled, read_bytes
from diag_gui.formats.limits import check_limit
from diag_gui.formats.record_problems import rows_where
from diag_gui.formats.value_columns import column_of_texts

FORMAT = "voc"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
_NOT_ATTRIBUTES = frozenset({"name", "bndbox", "part", "polygon", "actions", "point", "deleted"})


@dataclass(slots=True)
class _Objects:
    """The objects of all files, growing while they are read."""

    image: list[int] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    corners: list[tuple[float, float, float, float]] = field(default_factory=list)
    record: list[str] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)
    n_records: int = 0


@dataclass(frozen=True, slots=True)
class _VocImage:
    name: str
    width: int
    height: int


def read_ground_truth(
    path: Path, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a folder of VOC XML files, or one.

    Parameters
    ----------
    path : Path
        XML file or folder.
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
    files = xml_files(path)
    root = path if path.is_dir() else path.parent
    log = ProblemLog(path)
    objects = _Objects()
    images: list[_VocImage] = []
    digest = hashlib.sha256()
    for place, file in enumerate(files):
        if place % 256 == 0:
            check_cancelled(path, cancelled)
            if progress is not None:
                progress(place / len(files))
        shown = file.relative_to(root).as_posix()
        data = b""
        try:
            data = read_bytes(file, "xml_bytes")
            element = parse_xml(file, data)
            if element.tag != "annotation":
                raise FormatError(file, f"is not a VOC file: its root is <{element.tag[:40]}>, not <annotation>")
        except FormatError as error:
            if len(files) == 1:
                raise
            log.add("unreadable-xml", shown, str(error.reason), drops=False)
            continue
        finally:
            digest.update(f"{shown}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
        images.append(_read_image(element, file, shown, log))
        _read_objects(element, shown, len(images) - 1, objects, log)
    if not images:
        raise FormatError(path, f"not one of {len(files)} XML files could be read as VOC")
    images = _distinct(images, [file.stem for file in files], log)
    return _dataset(path, images, objects, digest.hexdigest(), log)


def xml_files(path: Path) -> list[Path]:
    """Return the XML files of a folder, sorted by path, or the file itself.

    Raises
    ------
    FormatError
        If there is none.
    """
    if path.is_file():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".xml" and file.is_file())
    if not files:
        raise FormatError(path, "no XML files were found here")
    return files


def parse_xml(path: Path, data: bytes) -> Element:
    """Return the root of an XML file.

    Raises
    ------
    FormatError
        If it is not well-formed, or declares a DTD or entities.
    """
    # Imported here because most runs read no XML.
    from defusedxml import ElementTree as SafeTree
    from defusedxml.common import DefusedXmlException

    if not data.strip():
        raise FormatError(path, "is empty")
    try:
        root: Element = SafeTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise FormatError(path, "declares a DTD (DOCTYPE) or entities, which are not accepted") from None
    except ParseError as error:
        raise FormatError(path, f"is not well-formed XML: {error.msg}", f"line {error.position[0]}") from None
    except (ValueError, LookupError, RecursionError) as error:
        raise FormatError(path, f"is not readable XML: {error}") from None
    level, depth = [root], 0
    while level:
        depth += 1
        check_limit(path, "xml_depth", depth, "nested elements")
        level = [child for element in level for child in element]
    return root


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _read_image(root: Element, file: Path, shown: str, log: ProblemLog) -> _VocImage:
    name = relative_name(_text(root, "filename")) or file.stem
    check_limit(file, "name_chars", len(name), "filename")
    if leads_outside(name):
        log.add("file-name-outside-root", shown, f"filename {name!r} leads outside the image folder; its picture is not opened",
                drops=False)  # fmt: skip
    sides: list[int] = []
    for tag in ("width", "height"):
        text = _text(root, f"size/{tag}")
        value = _number(text) if text else None
        sides.append(int(value) if value is not None and 0 < value < 2**31 else -1)
        if text and sides[-1] < 0 and value != 0:
            log.add("bad-image-size", shown, f"{tag} {text[:40]!r} cannot be; read as not known", drops=False)
    return _VocImage(name, *(sides if min(sides) > 0 else (-1, -1)))


def _read_objects(root: Element, shown: str, image: int, objects: _Objects, log: ProblemLog) -> None:
    for number, element in enumerate(root.findall("object"), 1):
        record = f"{shown}: object {number}"
        index = objects.n_records
        objects.n_records += 1
        name = _text(element, "name")
        if not name:
            log.add("object-without-name", record, "has no class name", drops=True)
            continue
        box = element.find("bndbox")
        if box is None:
            log.add("no-box", record, "has no bndbox", drops=True)
            continue
        texts = [_text(box, tag) for tag in CORNERS]
        corners = [_number(text) for text in texts]
        if any(corner is None for corner in corners):
            bad = next(tag for tag, corner in zip(CORNERS, corners, strict=True) if corner is None)
            log.add("bad-box", record, f"{bad} of bndbox is {_text(box, bad)[:40]!r}, a number was expected", drops=True)
            continue
        objects.image.append(image)
        objects.name.append(name)
        objects.corners.append(tuple(corner for corner in corners if corner is not None))  # type: ignore[arg-type]
        objects.record.append(record)
        objects.index.append(index)
        objects.attributes.append(
            {child.tag: (child.text or "").strip() for child in element if child.tag not in _NOT_ATTRIBUTES and not len(child)}
        )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _distinct(images: list[_VocImage], stems: list[str], log: ProblemLog) -> list[_VocImage]:
    """Return images with the XML file's own stem where several files name the same picture."""
    names = [image.name for image in images]
    if len(set(names)) == len(names) or len(stems) != len(images):
        return images
    log.add("duplicate-file-name", "", "several XML files name the same picture; their own names are used", drops=False)
    return [
        _VocImage(stem, image.width, image.height) if names.count(image.name) > 1 else image
        for stem, image in zip(stems, images, strict=True)
    ]


def _class_names(path: Path, used: set[str]) -> list[str]:
    """Return the class names in order: those of a list beside the files if it has them all, else sorted."""
    near = names_near(path if path.is_dir() else path.parent, levels=2)
    if near is not None and used <= set(near[0].values()):
        return list(near[0].values())
    return sorted(used)


def _dataset(path: Path, images: list[_VocImage], objects: _Objects, sha256: str, log: ProblemLog) -> tuple[Dataset, ReadReport]:
    names = _class_names(path, set(objects.name))
    class_of: dict[str, int] = {}
    for row, name in enumerate(names):
        class_of.setdefault(name, row)
    table = Images(
        np.arange(1, len(images) + 1, dtype=np.int64),
        tuple(image.name for image in images),
        np.array([image.width for image in images], np.int32),
        np.array([image.height for image in images], np.int32),
    )
    image_row = np.array(objects.image, np.int32)
    class_row = np.array([class_of[name] for name in objects.name], np.int32)
    xywh = np.array(objects.corners, np.float64).reshape(-1, 4)
    with np.errstate(invalid="ignore", over="ignore"):
        xywh[:, 2:] -= xywh[:, :2]
    sizes = ImageSizes.of_boxes(image_row, table.width, table.height)
    kept = keep_ground_truth(xywh, np.ones(len(xywh), np.bool_), sizes, log, lambda row: objects.record[row])
    rows = rows_where(kept)
    ground_truth = GroundTruth(
        annotation_id=np.array(objects.index, np.int64)[rows] + 1,
        image_row=image_row[rows],
        class_row=class_row[rows],
        xywh=xywh[rows],
        area=xywh[rows, 2] * xywh[rows, 3],
        is_crowd=np.zeros(len(rows), np.bool_),
        is_ignored=np.zeros(len(rows), np.bool_),
        source_index=np.array(objects.index, np.int64)[rows],
        masks=None,
        quad=None,
        attributes=AttributeTable(Level.GT, len(rows), _columns([objects.attributes[row] for row in rows.tolist()])),
    )
    classes = Classes(np.arange(1, len(names) + 1, dtype=np.int64), tuple(names), ("",) * len(names))
    dataset = Dataset(table, classes, ground_truth, AttributeTable(Level.IMAGE, len(table)), Source(path, FORMAT, sha256),
                      path.stem if path.is_file() else path.name)  # fmt: skip
    n = len(ground_truth)
    return dataset, ReadReport(path, FORMAT, sha256, objects.n_records, n, objects.n_records - n, log.groups())


def _columns(attributes: list[dict[str, str]]) -> tuple[Column, ...]:
    names: dict[str, Any] = dict.fromkeys(name for entries in attributes for name in entries)
    columns = (column_of_texts(name, [entries.get(name, "") for entries in attributes]) for name in names)
    return tuple(column for column in columns if column is not None)
