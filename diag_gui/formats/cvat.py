"""CVAT for images 1.1: one XML file of images with boxes, polygons, masks and tags.

Dialects read: ``box`` (also turned by ``rotation``), ``polygon``, ``mask`` and ``ellipse`` (the box around it); ``points``,
``polyline``, ``cuboid`` and ``skeleton`` have no box and are left out. ``occluded``, ``source``, ``z_order``, ``group_id`` and
the ``attribute`` elements become attributes of the label; ``tag`` elements and the subset of an image its metadata. Classes are
those of the label list in the file's head, in its order.

References
----------
https://docs.cvat.ai/docs/manual/advanced/xml_format/, *Annotations for images*; XML with a DTD is refused (`xml_reading`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from diag_gui.data.dataset import Dataset
from diag_gui.data.masks import UNUSABLE
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.coco_records import paused_collection
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject, PlainObjects
from diag_gui.formats.content import Content
from diag_gui.formats.each_file import files_ending
from diag_gui.formats.file_reading import Cancelled, Digest, Progress, check_cancelled, read_bytes, sha256_hex
from diag_gui.formats.json_values import box_around, flat, paired, rotated_corners
from diag_gui.formats.limits import LIMITS, check_limit
from diag_gui.formats.plain_cvat import OWN_ATTRIBUTES, NotPlainError, PlainImages, pieces_of
from diag_gui.formats.row_masks import mask_of_rows
from diag_gui.formats.text_rows import float_of, python_alone_reads
from diag_gui.formats.xml_reading import events_of, parse_xml, xml_faults

FORMAT = "cvat"
_SHAPES = frozenset({"box", "polygon", "mask", "ellipse"})
_TRACKS = "holds tracks, as CVAT for video is written: export it as CVAT for images 1.1, COCO or Pascal VOC"
_WITHOUT_BOX = frozenset({"points", "polyline", "cuboid", "skeleton"})


def recognise(content: Content) -> str:
    """Return why a file is CVAT's; empty if it is not."""
    is_cvat = content.root_tag == "annotations" and any(tag in content.text for tag in ("<image", "<meta>", "<track"))
    return "XML with the root <annotations>, as CVAT writes for images" if is_cvat else ""


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a CVAT file, the ``annotations.xml`` of a folder, or the files of several tasks below it.

    Parameters
    ----------
    path : Path
        XML file or folder.
    images : Path, optional
        Plays no part.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
        Images in the order of the file, numbered from 1.
    ReadReport
        Records are shapes.

    Raises
    ------
    FormatError
        If it cannot be read as a whole.
    """
    files = _files(path)
    labels = CollectedLabels(path, FORMAT, ProblemLog(path))
    names: dict[str, None] = {}
    digests: list[str] = []
    with paused_collection():
        for place, file in enumerate(files):

            def progressed(share: float, place: int = place) -> None:
                if progress is not None:
                    progress((place + share) / len(files))

            try:
                data = read_bytes(file, "cvat_bytes")
                digest = Digest(data)
                pieces = _pieces(file, data, progressed, cancelled)
            except FormatError as error:
                check_cancelled(path, cancelled)
                if len(files) == 1:
                    raise
                labels.log.add("unreadable-xml", _shown(file, path), error.reason, drops=False)
                continue
            _collect(pieces, labels, names, cancelled)
            digests.append(str(digest))
        if not digests:
            raise FormatError(path, f"not one of {len(files):,} files could be read")
        if progress is not None:
            progress(1.0)
        sha256 = digests[0] if len(files) == 1 else sha256_hex("".join(digests).encode())
        return labels.build(sha256, class_names=list(names))


def _files(path: Path) -> list[Path]:
    """Return the file, or of a folder its ``annotations.xml``, or else all XML files below it: one of each task."""
    if not path.is_dir():
        return [path]
    own = path / "annotations.xml"
    return [own] if own.is_file() else files_ending(path, ".xml")


def _shown(file: Path, path: Path) -> str:
    return file.relative_to(path).as_posix()


def _pieces(file: Path, data: bytes, progress: Progress, cancelled: Cancelled | None) -> Iterable[Element | PlainImages]:
    """Return what a file consists of, by patterns where they answer; a file too large for a tree is read as it is gone through.

    Raises
    ------
    FormatError
        If it is not well-formed, declares a DTD, nests too deep, or has another root.
    """
    try:
        found = []
        for piece in pieces_of(file, data, progress):
            check_cancelled(file, cancelled)
            found.append(piece)
        return found
    except (NotPlainError, FormatError):
        check_cancelled(file, cancelled)
        elements = _elements(file, data)
        return list(elements) if len(data) <= LIMITS["xml_bytes"] else elements


def _collect(
    pieces: Iterable[Element | PlainImages], labels: CollectedLabels, names: dict[str, None], cancelled: Cancelled | None
) -> None:
    """Add what a file consists of; ``names`` grows by those in its list of labels."""
    for place, piece in enumerate(pieces):
        if place % 256 == 0 or isinstance(piece, PlainImages):
            check_cancelled(labels.path, cancelled)
        if isinstance(piece, PlainImages):
            _add_plain(piece, labels)
        elif piece.tag == "image":
            _add_image(piece, labels)
        else:
            listed = [piece] if piece.tag == "label" else piece.iterfind(".//labels/label")
            # A label of type tag is one of pictures, and no class of an object.
            of_objects = (one for one in listed if (one.findtext("type") or "").strip() != "tag")
            said = ((one.findtext("name") or "").strip() for one in of_objects)
            names.update((name, None) for name in said if name)


def _add_plain(plain: PlainImages, labels: CollectedLabels) -> None:
    """Add images that hold nothing but boxes."""
    names, images = [], []
    for given in plain.given:
        names.append(_name_of(given, labels))
        images.append(labels.add_image(names[-1], *_size_of(given, names[-1], labels.log), _subset_of(given), is_listed=True))
    ends = np.array([0, *plain.ends], np.int64)

    def name(box: int) -> str:
        image, place = plain.place_of(box)
        return f"{names[image]}: box {place + 1}"

    labels.add_plain(
        PlainObjects(np.repeat(np.array(images, np.int32), ends[1:] - ends[:-1]), plain.label, plain.xywh, plain.attributes, name)
    )


def _elements(path: Path, data: bytes) -> Iterator[Element]:
    """Yield every label of the head and every image, each forgotten when the next is asked for.

    Raises
    ------
    FormatError
        If it is not well-formed, declares a DTD, nests too deep, or has another root.
    """
    if len(data) <= LIMITS["xml_bytes"]:
        # As a whole it takes some ten times its bytes, which are few, and a third of the time.
        root = parse_xml(path, data)
        _check_root(path, root)
        yield from root.iterfind(".//labels/label")
        yield from root.iterfind("image")
        return
    depth, parents = 0, []
    with xml_faults(path):
        for event, element in events_of(path, data):
            if event == "start":
                depth += 1
                check_limit(path, "xml_depth", depth, "nested elements")
                if depth == 1:
                    _check_root(path, element)
                parents.append(element)
                continue
            depth -= 1
            parents.pop()
            if element.tag == "track" and depth == 1:
                raise FormatError(path, _TRACKS)
            if element.tag == "image" and depth == 1:
                yield element
                parents[0].clear()
            elif element.tag == "label" and parents and parents[-1].tag == "labels":
                yield element


def _check_root(path: Path, root: Element) -> None:
    if root.find("track") is not None:
        raise FormatError(path, _TRACKS)
    if root.tag != "annotations":
        raise FormatError(path, f"is not a CVAT file: its root is <{root.tag[:40]}>, not <annotations>")


def _name_of(given: Mapping[str, str], labels: CollectedLabels) -> str:
    name = given.get("name")
    if not name:
        name = f"image {given.get('id', labels.n_images)}"
        labels.log.add("image-without-file-name", name, "has no name; its id is shown", drops=False)
    return name


def _size_of(given: Mapping[str, str], name: str, log: ProblemLog) -> tuple[float | None, float | None]:
    """Return width and height of an image, None where they are not known or cannot be."""
    sides = []
    for side in ("width", "height"):
        text = given.get(side)
        value = _number(text)
        if text and (value is None or not 0 <= value < 2**31):
            log.add("bad-image-size", name, f"{side} {text[:40]!r} cannot be; read as not known", drops=False)
            value = None
        sides.append(value)
    return sides[0], sides[1]


def _subset_of(given: Mapping[str, str]) -> dict[str, str]:
    return {"subset": given["subset"]} if given.get("subset") else {}


def _add_image(element: Element, labels: CollectedLabels) -> None:
    name = _name_of(element.attrib, labels)
    metadata = _subset_of(element.attrib)
    for tag in element.iter("tag"):
        said = [(one.get("name") or "", (one.text or "").strip()) for one in tag.iter("attribute")]
        metadata |= {key: value for key, value in said if key and value} or {"tag": tag.get("label", "")}
    image = labels.add_image(name, *_size_of(element.attrib, name, labels.log), metadata, is_listed=True)
    for place, shape in enumerate(one for one in element if one.tag in _SHAPES or one.tag in _WITHOUT_BOX):
        record = f"{name}: {shape.tag} {place + 1}"
        if shape.tag in _WITHOUT_BOX:
            labels.leave_out("no-area", record, f"a {shape.tag} has no box")
            continue
        found = _labelled(shape, record, labels.size_of(image), labels.log)
        if isinstance(found, str):
            labels.leave_out("bad-box", record, found)
        else:
            labels.add(image, found)


def _labelled(shape: Element, record: str, size: tuple[int, int], log: ProblemLog) -> LabelledObject | str:
    """Return a shape as a label, or why it is none."""
    given = shape.attrib
    name = given.get("label", "").strip()
    if not name:
        return "has no label"
    attributes: dict[str, Any] = {key: given[key] for key in OWN_ATTRIBUTES if key in given}
    if len(shape):
        attributes |= {one.get("name") or "": (one.text or "").strip() for one in shape.iter("attribute") if one.get("name")}
    quad: tuple[float, ...] | None = None
    mask: Any = None
    if shape.tag == "box":
        try:
            corners_of_box = given["xtl"], given["ytl"], given["xbr"], given["ybr"]
            left, top, right, bottom = map(float, corners_of_box)
            if python_alone_reads("".join(corners_of_box)):
                raise ValueError
        except (KeyError, ValueError):
            found = _numbers(shape, "xtl", "ytl", "xbr", "ybr")
            assert isinstance(found, str), "one of them is no number"
            return found
        box = (left, top, right - left, bottom - top)
        turn = _number(given["rotation"]) if given.get("rotation") else 0.0
        if turn is None or not math.isfinite(turn):
            return f"rotation is {given['rotation'][:40]!r}, a finite number was expected"
        if turn % 360 and all(map(math.isfinite, box)):
            quad = rotated_corners((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, turn)
            box = box_around(paired(quad))
    elif shape.tag == "ellipse":
        found = _numbers(shape, "cx", "cy", "rx", "ry")
        if isinstance(found, str):
            return found
        cx, cy, rx, ry = found
        box = (cx - rx, cy - ry, 2 * rx, 2 * ry)
    elif shape.tag == "polygon":
        corners = _points(shape.get("points") or "")
        if isinstance(corners, str):
            return corners
        box, mask = box_around(corners), [flat(corners)]
    else:
        found = _numbers(shape, "left", "top", "width", "height")
        if isinstance(found, str):
            return found
        left, top, across, down = found
        box = (left, top, across, down)
        mask = mask_of_rows(shape.get("rle") or "", box, size)
        if isinstance(mask, str):
            log.add("bad-mask", record, f"{mask}; the mask is left out, the box stays", drops=False)
            mask = UNUSABLE
    return LabelledObject(name, box, record, attributes=attributes, quad=quad, mask=mask)


def _number(text: str | None) -> float | None:
    return float_of(text) if text else None


def _numbers(shape: Element, *keys: str) -> tuple[float, float, float, float] | str:
    values = [_number(shape.get(key)) for key in keys]
    a, b, c, d = values
    if a is None or b is None or c is None or d is None:
        bad = keys[values.index(None)]
        return f"{bad} is {str(shape.get(bad))[:40]!r}, a number was expected"
    return a, b, c, d


def _points(text: str) -> list[tuple[float, float]] | str:
    """Return the corners of ``x,y;x,y``, or what is wrong with them."""
    if len(text) > LIMITS["table_cell_chars"]:
        return f"points are over the limit table_cell_chars of {LIMITS['table_cell_chars']:,}"
    pairs = [tuple(map(_number, part.split(","))) for part in text.split(";") if part]
    corners = [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and pair[0] is not None and pair[1] is not None]
    if len(corners) < len(pairs) or len(corners) < 3 or not all(math.isfinite(value) for point in corners for value in point):
        return f"points are {text[:40]!r}, at least three finite x,y were expected"
    return corners
