"""Pascal VOC XML ground truth: one file per image, also as ImageNet and many annotation tools write it.

Dialects read: a folder of XML files, at any depth (``Annotations/``), or one file; whole and decimal coordinates; ``truncated``,
``difficult``, ``occluded``, ``pose`` and other plain elements of an object, which become columns; ``<part>`` elements are not
objects. A box is ``w = xmax - xmin``: the VOC rule of one pixel more is an option of the evaluation, not of the reader.
``difficult`` does not make a label ignored here; the format ``voc-difficult`` does so, and is named beside the data. Classes are
the names in alphabetical order, or those of a class list beside the files.

References
----------
http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html; XML is read by defusedxml with DTDs forbidden.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.class_lists import listed_order
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject
from diag_gui.formats.content import Content
from diag_gui.formats.each_file import EachFile, files_ending
from diag_gui.formats.file_names import relative_name
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.limits import check_limit

FORMAT, DIFFICULT = "voc", "voc-difficult"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
_NOT_ATTRIBUTES = frozenset({"name", "bndbox", "part", "polygon", "actions", "point", "deleted"})


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
    roots = [(element, file, shown) for shown, file, element in each.parsed(_annotation)]
    names = Counter(_picture_name(element, file) for element, file, _ in roots)
    if names.most_common(1)[0][1] > 1:
        log.add("duplicate-file-name", "", "several XML files name the same picture; their own names are used", drops=False)
    for element, file, shown in roots:
        name = _picture_name(element, file)
        width, height = _size(element, shown, log)
        _read_objects(element, shown, labels.add_image(name if names[name] == 1 else file.stem, width, height), labels)
    return labels.build(each.sha256, class_names=listed_order(path, labels.class_names))


def _annotation(file: Path, data: bytes) -> Element:
    element = parse_xml(file, data)
    if element.tag != "annotation":
        raise FormatError(file, f"is not a VOC file: its root is <{element.tag[:40]}>, not <annotation>")
    return element


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


def _picture_name(root: Element, file: Path) -> str:
    return relative_name(_text(root, "filename")) or file.stem


def _size(root: Element, shown: str, log: ProblemLog) -> tuple[float | None, float | None]:
    """Return width and height as the file says, None where they are not known or cannot be."""
    sides: list[float | None] = []
    for tag in ("width", "height"):
        text = _text(root, f"size/{tag}")
        value = _number(text) if text else None
        is_side = value is not None and 0 < value < 2**31
        sides.append(value if is_side else None)
        if text and not is_side and value != 0:
            log.add("bad-image-size", shown, f"{tag} {text[:40]!r} cannot be; read as not known", drops=False)
    return sides[0], sides[1]


def _read_objects(root: Element, shown: str, image: int, labels: CollectedLabels) -> None:
    for number, element in enumerate(root.findall("object"), 1):
        record = f"{shown}: object {number}"
        name = _text(element, "name")
        if not name:
            labels.leave_out("object-without-name", record, "has no class name")
            continue
        box = element.find("bndbox")
        if box is None:
            labels.leave_out("no-box", record, "has no bndbox")
            continue
        corners = [_number(_text(box, tag)) for tag in CORNERS]
        left, top, right, bottom = corners
        if left is None or top is None or right is None or bottom is None:
            bad = CORNERS[corners.index(None)]
            labels.leave_out("bad-box", record, f"{bad} of bndbox is {_text(box, bad)[:40]!r}, a number was expected")
            continue
        attributes = {
            child.tag: (child.text or "").strip() for child in element if child.tag not in _NOT_ATTRIBUTES and not len(child)
        }
        is_ignored = labels.format == DIFFICULT and attributes.get("difficult", "").lower() in ("1", "true")
        xywh = (left, top, right - left, bottom - top)
        labels.add(image, LabelledObject(name, xywh, record, attributes=attributes, is_ignored=is_ignored))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
