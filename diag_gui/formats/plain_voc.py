"""The objects of a VOC file of the common shape, found by one pattern instead of a tree of elements.

Nearly every VOC file is written the same way: no attributes, no comments, plain elements of text, a ``bndbox`` of four corners in
their usual order. Such a file is cut at its objects; what stands before the first of them is read as XML. The pattern takes only
what an XML parser would read the same way; for any other file there is no answer, and it is read as a tree. Reading is five times
as fast so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

NO_ATTRIBUTES = frozenset({"name", "bndbox", "part", "polygon", "actions", "point", "deleted"})
"""Elements of an object that are no columns."""

_CHILDREN = r"((?:<[A-Za-z_][\w.-]*>[^<]*</[A-Za-z_][\w.-]*>\s*)*?)"
_CORNER = r"<{0}>([^<]*)</{0}>\s*"
_OBJECT = re.compile(
    r"\s*" + _CHILDREN + r"<bndbox>\s*" + "".join(_CORNER.format(tag) for tag in ("xmin", "ymin", "xmax", "ymax"))
    + r"</bndbox>\s*" + _CHILDREN + r"</object>\s*",
    re.ASCII,
)  # fmt: skip
_CHILD = re.compile(r"<([\w.-]+)>([^<]*)</([\w.-]+)>\s*", re.ASCII)
_DECLARED = re.compile(r"\s*<\?xml[^<>]*?(?:encoding\s*=\s*[\"']([\w.-]+)[\"'])?\s*\?>", re.ASCII)
_NO_XML = bytes(sorted({*range(32)} - {9, 10, 13}))
"""Bytes of the characters below the blank that XML has no place for."""


class PlainObject(NamedTuple):
    """One object as it is written.

    Attributes
    ----------
    name : str
        Of its class; empty where there is none.
    attributes : mapping
        Text of each plain element by tag, `NO_ATTRIBUTES` left out.
    corners : tuple of str or None
        Left, top, right, bottom; None without a box.
    """

    name: str
    attributes: Mapping[str, str]
    corners: tuple[str, ...] | None


def plain_objects(data: bytes) -> tuple[bytes, list[PlainObject]] | None:
    """Return the file without its objects, which is XML of its own, and the objects; None where it has another shape.

    Parameters
    ----------
    data : bytes
        The whole file.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    head, *parts = text.split("<object>")
    if (
        not parts
        or "<object" in head
        or "&" in text
        or "<!" in text
        or "]]>" in text
        or not _is_of_xml(data)
        or not _is_utf8(head)
    ):
        return None
    parts[-1], end, rest = parts[-1].partition("</annotation>")
    if not end or rest.strip(" \n\t"):
        return None
    found = []
    for part in parts:
        match = _OBJECT.fullmatch(part)
        if match is None:
            return None
        before, left, top, right, bottom, after = match.groups()
        told = _children(before, after)
        if told is None:
            return None
        found.append(PlainObject(*told, (left, top, right, bottom)))
    return (head + end).encode("utf-8"), found


def _is_of_xml(data: bytes) -> bool:
    """Return whether all characters of a file are ones that XML has a place for."""
    return len(data.translate(None, _NO_XML)) == len(data) and b"\xef\xbf\xbe" not in data and b"\xef\xbf\xbf" not in data


def _is_utf8(head: str) -> bool:
    """Return whether the head declares no other encoding, and nothing else that a parser is told."""
    declared = _DECLARED.match(head)
    rest = head[declared.end() :] if declared is not None else head
    return "<?" not in rest and (declared is None or (declared[1] or "utf-8").lower() in ("utf-8", "utf8"))


@lru_cache(maxsize=4096)
def _children(before: str, after: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the class name and the texts of plain elements; None if one is not closed. Few differ from object to object."""
    triples = _CHILD.findall(before) + _CHILD.findall(after)
    if any(tag != closed or tag == "bndbox" for tag, _, closed in triples):
        return None
    texts = {tag: content.strip() for tag, content, _ in triples if tag not in NO_ATTRIBUTES}
    return next((content.strip() for tag, content, _ in triples if tag == "name"), ""), texts
