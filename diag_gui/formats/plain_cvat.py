"""A CVAT file of the common shape, read by patterns instead of as a tree of elements.

Most images hold nothing but upright boxes whose XML attributes stand in CVAT's order. Such images are read many at once; any
other is cut out and read as a tree of its own. What stands between the images must be nothing, and what stands before them is
read as a tree. A file that is not of this shape is refused as a whole, for its precise reader to say what it is. Reading is
three times as fast so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.formats.file_reading import Progress
from diag_gui.formats.plain_xml import declares_nothing_else, plain_text
from diag_gui.formats.text_rows import python_alone_reads
from diag_gui.formats.xml_reading import parse_xml

OWN_ATTRIBUTES = ("occluded", "source", "z_order", "group_id")
"""XML attributes of a shape that say something of it beside its label and its numbers."""

_CHUNK = 4 << 20
"""Bytes that are looked at together, about."""

_HEAD = frozenset({"version", "meta"})
_IMAGES_AT_ONCE = 256
_VALUE = r'"([^"<\n\t]*)"'
_WORDS = r'((?: (?:occluded|source|z_order|group_id)="[^"<\n\t]*")*)'
_IMAGE = re.compile(r'[ \n\t]*<image((?: [A-Za-z_][\w.-]*="[^"<\n\t]*")*) ?(/?)>\s*', re.ASCII)
_BOX = re.compile(
    rf"<box label={_VALUE}{_WORDS} xtl={_VALUE} ytl={_VALUE} xbr={_VALUE} ybr={_VALUE}{_WORDS} ?"
    r'(?:/>|>\s*((?:<attribute name="[^"<\n\t]*">[^<]*</attribute>\s*)*)</box>)\s*|(.+)',
    re.ASCII | re.DOTALL,
)  # fmt: skip
_GIVEN = re.compile(r' ([A-Za-z_][\w.-]*)="([^"]*)"', re.ASCII)
_ATTRIBUTE = re.compile(r'<attribute name="([^"]*)">([^<]*)</attribute>')


class NotPlainError(Exception):
    """The file has another shape."""


@dataclass(slots=True)
class PlainImages:
    """Images in a row that hold nothing but upright boxes.

    Attributes
    ----------
    given : list of mapping
        XML attributes of each image.
    ends : list of int
        Number of boxes up to the end of each image.
    label : list of str
        Of each box, as are the following.
    attributes : list of mapping
        What else is said of it; boxes of which the same is said share it.
    corners : list of float
        Left, top, right, bottom, one after the other.
    """

    given: list[Mapping[str, str]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    label: list[str] = field(default_factory=list)
    attributes: list[Mapping[str, str]] = field(default_factory=list)
    corners: list[float] = field(default_factory=list)

    @property
    def xywh(self) -> FloatArray:
        """Left, top, width and height of each box, shape (N, 4)."""
        boxes = np.array(self.corners, np.float64).reshape(-1, 4)
        with np.errstate(invalid="ignore", over="ignore"):
            boxes[:, 2:] -= boxes[:, :2]
        return boxes

    def place_of(self, box: int) -> tuple[int, int]:
        """Return the place of a box's image here, and of the box in it."""
        image = bisect_right(self.ends, box)
        return image, box - (self.ends[image - 1] if image else 0)


def pieces_of(path: Path, data: bytes, progress: Progress | None = None) -> Iterator[Element | PlainImages]:
    """Yield the root without its images, then the images in their order: plain ones together, any other by itself.

    Parameters
    ----------
    path : Path
        Named in errors.
    data : bytes
        The whole file.
    progress : callable, optional
        Called with the share that was looked at.

    Raises
    ------
    NotPlainError, FormatError
        At any time: then what was yielded before does not count, and the precise reader has the word.
    """
    first, end = data.find(b"<image "), data.rfind(b"</annotations>")
    if first < 0 or end < first or data[end:].removeprefix(b"</annotations>").strip(b" \r\n\t") or b"<!" in data:
        raise NotPlainError
    head = plain_text(data[:first])
    if head is None or not declares_nothing_else(head.partition("<annotations>")[0]):
        raise NotPlainError
    root = parse_xml(path, (head + "</annotations>").encode("utf-8"))
    # An image whose tag is broken over lines, or a track: the tree sees it.
    if any(child.tag not in _HEAD for child in root):
        raise NotPlainError
    yield root
    while first < end:
        if progress is not None:
            progress(first / end)
        cut = data.find(b"</image>", first + _CHUNK, end)
        after = end if cut < 0 else cut + len(b"</image>")
        text = plain_text(data[first:after])
        if text is None:
            raise NotPlainError
        yield from _images(path, text)
        first = after


def _images(path: Path, text: str) -> Iterator[Element | PlainImages]:
    """Yield the images of a part of the file that ends behind one."""
    plain, place = PlainImages(), 0
    while found := _IMAGE.match(text, place):
        start, begin = found.start(), found.end()
        close = begin if found[2] else text.find("</image>", begin)
        place = close if found[2] else close + len("</image>")
        given = _given(found[1])
        if close < 0 or given is None:
            raise NotPlainError
        if not _add(plain, given, _BOX.findall(text, begin, close)):
            if plain.given:
                yield plain
                plain = PlainImages()
            yield _tree(path, text[start:place])
        if len(plain.given) == _IMAGES_AT_ONCE:
            yield plain
            plain = PlainImages()
    if text[place:].strip(" \n\t"):
        raise NotPlainError
    if plain.given:
        yield plain


def _add(plain: PlainImages, given: Mapping[str, str], found: list[tuple[str, ...]]) -> bool:
    """Add an image with its boxes to those before it; False where it is none of these."""
    if found:
        if found[-1][-1]:
            return False
        label, before, *corners, after, inner, _ = zip(*found, strict=True)
        said = list(map(_said, before, after, inner))
        label = tuple(map(str.strip, label))
        if None in said or not all(label):
            return False
        numbers = [0.0] * (4 * len(found))
        try:
            for place, texts in enumerate(corners):
                if python_alone_reads("".join(texts)):
                    return False
                numbers[place::4] = map(float, texts)
        except ValueError:
            return False
        plain.label += label
        plain.attributes += said  # type: ignore[arg-type]
        plain.corners += numbers
    plain.given.append(given)
    plain.ends.append(len(plain.label))
    return True


def _tree(path: Path, text: str) -> Element:
    element = parse_xml(path, text.encode("utf-8"))
    if element.find(".//labels") is not None or element.find(".//image") is not None:
        raise NotPlainError
    return element


def _given(text: str) -> Mapping[str, str] | None:
    """Return XML attributes by name; None if one is there twice."""
    pairs = _GIVEN.findall(text)
    given = dict(pairs)
    return given if len(given) == len(pairs) else None


@lru_cache(maxsize=4096)
def _said(before: str, after: str, inner: str) -> Mapping[str, str] | None:
    """Return what is said of a box beside label and corners; None if an XML attribute is there twice. Few differ."""
    given = _given(before + after)
    if given is None:
        return None
    return {key: given[key] for key in OWN_ATTRIBUTES if key in given} | {
        name: text.strip() for name, text in _ATTRIBUTE.findall(inner) if name
    }
