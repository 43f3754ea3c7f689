"""Text from files shown as text: never read as markup."""

from __future__ import annotations

import html


def as_tooltip(text: str) -> str:
    """Return ``text`` for a tooltip, with every character shown as it stands and line breaks kept."""
    return f"<qt>{html.escape(text).replace(chr(10), '<br>')}</qt>" if text else ""


def as_caption(text: str) -> str:
    """Return ``text`` for a button or a menu, where a single ampersand would underline the letter after it."""
    return text.replace("&", "&&")


def from_caption(caption: str) -> str:
    """Return what people read where a button or a menu says ``caption``."""
    return caption.replace("&&", "\0").replace("&", "").replace("\0", "&")


def figure(value: float, digits: int = 2) -> str:
    """Return a fraction as tables show it: ``.57``, ``1.00``, or a dash where it is not defined."""
    if value != value:
        return "–"
    text = f"{value:.{digits}f}"
    if text.startswith("0."):
        return text[1:]
    if text.startswith("-0."):
        return "−" + text[2:] if float(text) else text[2:]
    return text.replace("-", "−")


def count(value: int) -> str:
    """Return a count with thousands grouped."""
    return f"{value:,}"


def plural(n: int, singular: str, many: str = "") -> str:
    """Return ``"1 image"`` or ``"1,204 images"``."""
    return f"{n:,} {singular if n == 1 else many or singular + 's'}"
