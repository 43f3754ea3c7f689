"""XML from strangers: by the quick parser where a file cannot declare anything, by defusedxml where it could.

What is dangerous about XML (entities, external files) takes a DTD, and a DTD begins with ``<!DOCTYPE``. Expat accepts only
encodings in which these characters are the bytes of ASCII, and UTF-16, which has zero bytes here. So a file without those bytes
and without zero bytes has no DTD. Any other is read by defusedxml, which refuses one. The quick parser is three times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError

from diag_gui.exceptions import FormatError
from diag_gui.formats.limits import check_limit


def cannot_declare(data: bytes) -> bool:
    """Return whether there can be no DTD in the bytes of a file."""
    return b"<!DOCTYPE" not in data and b"\0" not in data


def parse_xml(path: Path, data: bytes) -> Element:
    """Return the root of an XML file.

    Raises
    ------
    FormatError
        If it is not well-formed, or declares a DTD or entities.
    LimitError
        If its elements nest deeper than ``xml_depth``, or there are more than ``xml_tags``.
    """
    if not data.strip():
        raise FormatError(path, "is empty")
    check_limit(path, "xml_tags", data.count(b"<"))
    with xml_faults(path):
        if cannot_declare(data):
            root = ElementTree.fromstring(data)
        else:
            # Imported here because most runs read no XML.
            from defusedxml import ElementTree as SafeTree

            root = SafeTree.fromstring(data, forbid_dtd=True)
    level, depth = [root], 0
    while level:
        depth += 1
        check_limit(path, "xml_depth", depth, "nested elements")
        level = [child for element in level if len(element) for child in element]
    return root


def events_of(path: Path, data: bytes) -> Iterator[Any]:
    """Yield ``(event, element)`` at the start and the end of each element; what they raise, `xml_faults` translates."""
    if cannot_declare(data):
        return iter(ElementTree.iterparse(BytesIO(data), events=("start", "end")))
    from defusedxml import ElementTree as SafeTree

    return iter(SafeTree.iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True))


@contextmanager
def xml_faults(path: Path) -> Iterator[None]:
    """Say of what parsers raise what is wrong with a file.

    Raises
    ------
    FormatError
        In place of the errors of either parser.
    """
    try:
        yield
    except ParseError as error:
        raise FormatError(path, f"is not well-formed XML: {error.msg}", f"line {error.position[0]}") from None
    except FormatError:
        raise
    except (ValueError, LookupError, RecursionError) as error:
        from defusedxml.common import DefusedXmlException

        if isinstance(error, DefusedXmlException):
            raise FormatError(path, "declares a DTD (DOCTYPE) or entities, which are not accepted") from None
        raise FormatError(path, f"is not readable XML: {error}") from None
