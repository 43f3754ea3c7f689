"""Where a GeoTIFF says that its pixels lie on the map, from its own tags and without a library.

References
----------
OGC 19-008r4, *GeoTIFF 1.1*: ModelPixelScaleTag, ModelTiepointTag, ModelTransformationTag, GTRasterTypeGeoKey.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from diag_gui.formats.file_reading import check_regular

_SCALE, _TIEPOINT, _TRANSFORMATION, _KEYS = 33550, 33922, 34264, 34735
_SHORT, _DOUBLE = 3, 12
_MOST_ENTRIES = 4096
_MOST_VALUES = 4096
_RASTER_TYPE, _PIXEL_IS_POINT = 1025, 2


def geotransform_of(path: Path) -> list[float] | None:
    """Return the six numbers of a GeoTransform, from the corner of the first pixel; None where the tags do not say them.

    Raises
    ------
    FormatError
        If the file is missing or no regular file.
    """
    check_regular(path)
    try:
        with path.open("rb") as stream:
            tags = _tags(stream)
    except (OSError, ValueError, OverflowError, struct.error):
        # A BigTIFF may name places beyond any file. That it cannot be read is said by whoever looks at its pixels.
        return None
    numbers = _of_tags(tags)
    if numbers is None or not _is_point(tags.get(_KEYS, ())):
        return numbers
    x0, a, b, y0, d, e = numbers
    return [x0 - a / 2 - b / 2, a, b, y0 - d / 2 - e / 2, d, e]


def _of_tags(tags: dict[int, tuple[float, ...]]) -> list[float] | None:
    matrix = tags.get(_TRANSFORMATION, ())
    if len(matrix) == 16:
        return [matrix[3], matrix[0], matrix[1], matrix[7], matrix[4], matrix[5]]
    scale, tie = tags.get(_SCALE, ()), tags.get(_TIEPOINT, ())
    # Several tie points are ground control, which no affine map meets.
    if len(scale) < 2 or len(tie) != 6:
        return None
    column, row, _, x, y, _ = tie
    return [x - column * scale[0], scale[0], 0.0, y + row * scale[1], 0.0, -scale[1]]


def _is_point(keys: tuple[float, ...]) -> bool:
    """Return whether coordinates are those of the middle of a pixel; keys are groups of four, the first a head."""
    groups = zip(keys[4::4], keys[5::4], keys[7::4], strict=False)
    return any(key == _RASTER_TYPE and place == 0 and value == _PIXEL_IS_POINT for key, place, value in groups)


def _tags(stream: BinaryIO) -> dict[int, tuple[float, ...]]:
    """Return the values of the tags in question of the first directory."""
    head = stream.read(16)
    if head[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return {}
    order = "<" if head[:2] == b"II" else ">"
    is_big = struct.unpack(order + "H", head[2:4])[0] == 43
    word, count, size = ("Q", "Q", 20) if is_big else ("I", "H", 12)
    (place,) = struct.unpack(order + word, head[8:16] if is_big else head[4:8])
    stream.seek(place)
    (n_entries,) = struct.unpack(order + count, stream.read(struct.calcsize(count)))
    entries = stream.read(min(n_entries, _MOST_ENTRIES) * size)
    found: dict[int, tuple[float, ...]] = {}
    for first in range(0, len(entries) - size + 1, size):
        tag, kind, n = struct.unpack(order + "HH" + word, entries[first : first + 4 + struct.calcsize(word)])
        if tag not in (_SCALE, _TIEPOINT, _TRANSFORMATION, _KEYS) or kind not in (_SHORT, _DOUBLE) or not 0 < n <= _MOST_VALUES:
            continue
        code = f"{order}{n}{'H' if kind == _SHORT else 'd'}"
        value = entries[first + size - struct.calcsize(word) : first + size]
        if struct.calcsize(code) > len(value):
            stream.seek(struct.unpack(order + word, value)[0])
            value = stream.read(struct.calcsize(code))
        found[tag] = struct.unpack(code, value[: struct.calcsize(code)])
    return found
