"""Taking values out of parsed JSON of formats that are read object by object: the right type, or None."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diag_gui.data.read_report import ProblemLog
from diag_gui.exceptions import FormatError
from diag_gui.formats.json_reading import decode_general, json_bytes_of, kind_of

PLAIN = (str, int, float, bool)


def parse_json(path: Path, data: bytes) -> Any:
    """Return what a JSON file holds; NaN and Infinity, which Python writes, are numbers.

    Raises
    ------
    FormatError
        If it is not valid JSON.
    """
    source = json_bytes_of(path, data)
    return decode_general(source, source.data, "")


def parse_object(path: Path, data: bytes) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises
    ------
    FormatError
        If it is not valid JSON or something else.
    """
    value = parse_json(path, data)
    if not isinstance(value, dict):
        raise FormatError(path, "is a JSON list, an object was expected")
    return value


def number(value: Any) -> float | None:
    """Return a JSON number, finite or not; None for anything else, text of a number included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def numbers(value: Any, n: int | None = None) -> list[float] | None:
    """Return a list of numbers, of exactly ``n`` where asked; None for anything else."""
    if not isinstance(value, list) or (n is not None and len(value) != n):
        return None
    found = [number(one) for one in value]
    return None if any(one is None for one in found) else [one for one in found if one is not None]


def points(value: Any) -> list[tuple[float, float]] | None:
    """Return a list of finite points ``[x, y]``; None for anything else."""
    if not isinstance(value, list):
        return None
    pairs = [numbers(one, 2) for one in value]
    if any(pair is None or not all(map(math.isfinite, pair)) for pair in pairs):
        return None
    return [(pair[0], pair[1]) for pair in pairs if pair is not None]


def image_size(width: Any, height: Any, record: str, log: ProblemLog) -> tuple[float | None, float | None]:
    """Return width and height of an image, None where not given or impossible; what is impossible is noted."""
    sides = number(width), number(height)
    for side, value, found in (("width", width, sides[0]), ("height", height, sides[1])):
        if value is not None and (found is None or not 0 <= found < 2**31):
            said = str(value)[:40]
            log.add("bad-image-size", record, f"the {side} of the image, {said!r}, cannot be; read as not known", drops=False)
    return sides


def text(value: Any) -> str:
    """Return text, stripped; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""


def members(value: Any) -> dict[str, Any]:
    """Return an object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[Any]:
    """Return a list; empty for anything else."""
    return value if isinstance(value, list) else []


def noted_records(value: Any, what: str, record: str, log: ProblemLog) -> list[Any]:
    """Return a list; empty for anything else, which is noted unless it is not given or null."""
    if value is not None and not isinstance(value, list):
        log.add("not-a-list", record, f"{what} is {kind_of(value)}, a list was expected: nothing of it was read", drops=False)
    return records(value)


def plain_attributes(*sources: Any) -> dict[str, Any]:
    """Return the plain values of objects, the first that has a name wins; lists, objects and null are left out."""
    found: dict[str, Any] = {}
    for source in sources:
        if isinstance(source, Mapping):
            for name, value in source.items():
                if isinstance(value, PLAIN) and isinstance(name, str):
                    found.setdefault(name, value)
    return found


def box_around(corners: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Return the upright box around points, xywh."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    left, top = min(xs), min(ys)
    return left, top, max(xs) - left, max(ys) - top


def flat(corners: list[tuple[float, float]]) -> list[float]:
    """Return points as one list of numbers: x, y, x, y …"""
    return [value for point in corners for value in point]


def rotated_corners(cx: float, cy: float, width: float, height: float, degrees: float) -> tuple[float, ...]:
    """Return the corners of a box turned clockwise (y points down) around its centre: eight numbers."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = ((-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2))
    return tuple(value for x, y in corners for value in (cx + x * cos - y * sin, cy + x * sin + y * cos))


def paired(values: tuple[float, ...]) -> list[tuple[float, float]]:
    """Return eight numbers as four points."""
    return list(zip(values[0::2], values[1::2], strict=True))
