"""Text as XML holds it: whatever is written comes back, but for signs that XML has no place for, which it is said of."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from diag_gui.formats.export_request import ExportRequest, Written

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element_text(text: str) -> str:
    """Return ``text`` for between two tags; what XML has no place for becomes the replacement character."""
    # A reader of XML makes a line feed of a carriage return that stands there as it is.
    return escape(_held(text), {"\r": "&#13;"})


def attribute_text(text: str) -> str:
    """Return ``text`` with quotes around it, for the value of an attribute."""
    return quoteattr(_held(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def note_lost_signs(request: ExportRequest, written: Written) -> None:
    """Say which names of classes and images lose a sign."""
    names = [*request.dataset.classes.name, *(request.file_name(row, written) for row in request.image_rows.tolist())]
    lost = [name for name in names if _NOT_IN_XML.search(name)]
    if lost:
        shown = ", ".join(map(repr, lost[:5])) + (", …" if len(lost) > 5 else "")
        written.not_carried.append(f"control characters in names (XML has no place for them): {shown}")


def _held(text: str) -> str:
    return _NOT_IN_XML.sub(chr(0xFFFD), text)
