"""What an XML file must be for patterns to read it as a parser would: UTF-8, and nothing in it but elements and text."""

from __future__ import annotations

import re

_DECLARED = re.compile(
    r"<\?xml\s+version\s*=\s*([\"'])1\.0\1(?:\s+encoding\s*=\s*([\"'])(utf-?8)\2)?\s*\?>", re.ASCII | re.IGNORECASE
)
_NO_XML = bytes(sorted({*range(32)} - {9, 10, 13}))
"""Bytes of the characters below the blank that XML has no place for."""


def plain_text(data: bytes) -> str | None:
    """Return the text of a file with line ends as a parser gives them; None where only a parser can tell what it says.

    That is a file in another encoding than UTF-8, one with references, the end of a section in its text, and one with characters
    that XML has no place for. Comments, sections and declarations begin with ``<!`` or ``<?``, which patterns of elements leave.
    """
    if len(data.translate(None, _NO_XML)) != len(data) or b"\xef\xbf\xbe" in data or b"\xef\xbf\xbf" in data:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "&" in text or ("]" in text and "]]>" in text):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def declares_nothing_else(before_root: str) -> bool:
    """Return whether what stands before the root is nothing, or the declaration of XML 1.0 in UTF-8."""
    before_root = before_root.removeprefix("\ufeff")
    declared = _DECLARED.match(before_root)
    return not before_root[declared.end() if declared is not None else 0 :].strip(" \n\t")
