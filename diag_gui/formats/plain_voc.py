"""A VOC file of the common shape, read by two patterns instead of as a tree of elements.

Nearly every VOC file is written the same way: no attributes, no comments, plain elements of text, a ``bndbox`` of four corners in
one of two orders. The patterns take only what an XML parser would read the same way, and all of it or nothing; for any other
file, and for one whose objects need a word said about them, there is no answer, and it is read as a tree. Reading is eight times
as fast so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from diag_gui.formats.plain_xml import declares_nothing_else, plain_text

NO_ATTRIBUTES = frozenset({"name", "bndbox", "part", "polygon", "actions", "point", "deleted"})
"""Elements of an object that are no columns."""

_TAG = r"[A-Za-z_][\w.-]*"
_CHILDREN = rf"((?:<{_TAG}>[^<]*</{_TAG}>\s*)*?)"
_CORNER = r"<{0}>([-+.\d\seE]*)</{0}>\s*"
_BY_POINTS, _BY_AXES = ("xmin", "ymin", "xmax", "ymax"), ("xmin", "xmax", "ymin", "ymax")
"""The orders in which corners are written: VOC's, and Roboflow's."""

_OBJECTS = {
    order: re.compile(
        r"<object>\s*" + _CHILDREN + r"<bndbox>\s*" + "".join(_CORNER.format(tag) for tag in order)
        + r"</bndbox>\s*" + _CHILDREN + r"</object>\s*|(.+)",
        re.ASCII | re.DOTALL,
    )
    for order in (_BY_POINTS, _BY_AXES)
}  # fmt: skip
_CHILD = re.compile(r"<([\w.-]+)>([^<]*)</([\w.-]+)>\s*", re.ASCII)
_IN_HEAD = re.compile(
    rf"<({_TAG})>(?:([^<]*)|\s*((?:<{_TAG}>[^<]*</{_TAG}>\s*)+))</\1>\s*|(.+)",
    re.ASCII | re.DOTALL,
)


class PlainFile(NamedTuple):
    """What one file says, N objects of it.

    Attributes
    ----------
    head : mapping
        Text of each element of the head by path: ``filename``, ``size/width``.
    names : list of str
        Class of each object.
    attributes : list of mapping
        Text of each plain element of an object by tag, `NO_ATTRIBUTES` left out; objects that say the same share it.
    corners : list of float
        Left, top, right, bottom of each object, one after the other.
    """

    head: Mapping[str, str]
    names: list[str]
    attributes: list[Mapping[str, str]]
    corners: list[float]


def plain_file(data: bytes) -> PlainFile | None:
    """Return what a file says; None where it has another shape, or an object without a name or a number in a corner.

    Parameters
    ----------
    data : bytes
        The whole file.
    """
    text = plain_text(data)
    if text is None:
        return None
    first = text.find("<object>")
    end = text.rfind("</annotation>")
    if first < 0 or end < first or text[end + len("</annotation>") :].strip(" \n\t"):
        return None
    head = _head(text[:first])
    order = _BY_POINTS if text.find("<ymin>") < text.find("<xmax>") else _BY_AXES
    found = _OBJECTS[order].findall(text, first, end)
    if head is None or found[-1][-1]:
        return None
    before, *written, after, _ = zip(*found, strict=True)
    told = list(map(_children, before, after))
    if None in told:
        return None
    names, attributes = zip(*told, strict=True)
    if not all(names):
        return None
    corners = [0.0] * (4 * len(found))
    try:
        for tag, texts in zip(order, written, strict=True):
            corners[_BY_POINTS.index(tag) :: 4] = map(float, texts)
    except ValueError:
        return None
    return PlainFile(head, list(names), list(attributes), corners)


@lru_cache(maxsize=4096)
def _children(before: str, after: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the class name and the texts of plain elements; None if one is not closed. Few differ from object to object."""
    triples = _CHILD.findall(before) + _CHILD.findall(after)
    if any(tag != closed or tag == "bndbox" for tag, _, closed in triples):
        return None
    texts = {tag: content.strip() for tag, content, _ in triples if tag not in NO_ATTRIBUTES}
    return next((content.strip() for tag, content, _ in triples if tag == "name"), ""), texts


def _head(text: str) -> Mapping[str, str] | None:
    """Return the texts of the elements before the first object, the first of each path; None if there is anything else."""
    declaration, root, rest = text.partition("<annotation>")
    if not root or not declares_nothing_else(declaration):
        return None
    said: dict[str, str] = {}
    for tag, content, children, other in _IN_HEAD.findall(rest.lstrip()):
        if other or tag == "object":
            return None
        said.setdefault(tag, content.strip())
        for name, inner, closed in _CHILD.findall(children):
            if name != closed:
                return None
            said.setdefault(f"{tag}/{name}", inner.strip())
    return said
