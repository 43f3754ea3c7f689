"""Width, height and orientation of a picture from its header, without decoding it and without a library.

Read are JPEG, PNG, GIF, BMP, WebP and TIFF (BigTIFF too). The orientation is the EXIF tag 274 (1 where not given): values
5 to 8 swap width and height when the picture is turned upright.

References
----------
ITU T.81 annex B (JPEG markers), W3C PNG, TIFF 6.0, CIPA DC-008 (EXIF), WebP container specification.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import check_regular
from diag_gui.formats.limits import FREE_PIXELS, LIMITS, check_limit

PICTURE_ENDINGS = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff"})
"""Endings, in lower case, by which folders are searched for pictures; what a picture is, its content says."""

_MAX_SEGMENTS = 4096
_EXIF_BYTES = 1 << 17
_ORIENTATION, _WIDTH, _HEIGHT = 274, 256, 257
_SOF = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What the header of a picture says.

    Attributes
    ----------
    kind : str
        ``"jpeg"``, ``"png"``, ``"gif"``, ``"bmp"``, ``"webp"`` or ``"tiff"``.
    width, height : int
        Of the stored pixels.
    orientation : int
        EXIF, 1 to 8.
    exif_start : int
        Where the structure of EXIF begins in the file, -1 where there is none.
    orientation_bytes : tuple of int
        Of a TIFF: where the orientation stands in the file, and in how many bytes; 0 bytes where it does not.
    """

    kind: str
    width: int
    height: int
    orientation: int = 1
    exif_start: int = -1
    orientation_bytes: tuple[int, int] = (0, 0)

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height after turning the picture as its orientation asks."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)

    @property
    def limit(self) -> tuple[str, int] | None:
        """Name of the limit that decoding it whole would break, and what it would need; None where none is."""
        return _broken_limit(self.width, self.height)


def read_header(path: Path) -> PictureHeader:
    """Return what the header of a picture says.

    Raises
    ------
    FormatError
        If it is missing, empty, not a regular file, or no picture of a known kind.
    LimitError
        If its sides or pixels are beyond the limits, or beyond what the bytes of the file can hold. A TIFF may have more pixels
        than the others, since it can be read by windows: see `PictureHeader.limit`.
    """
    check_regular(path)
    try:
        with path.open("rb") as stream:
            header = _header(stream)
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror or error}") from error
    except (struct.error, IndexError, ValueError) as error:
        raise FormatError(path, f"picture is unreadable: its header is damaged or truncated ({error})") from None
    if header is None:
        empty = path.stat().st_size == 0
        raise FormatError(path, "picture is unreadable: the file is empty" if empty else "is not a picture of a known kind")
    _check_size(path, header)
    n_pixels = header.width * header.height
    if n_pixels > FREE_PIXELS:
        # Decoding what such a header promises takes seconds, and there is nothing to see.
        per_byte = n_pixels // max(path.stat().st_size, 1)
        check_limit(path, "pixels_per_byte", per_byte, f"{header.width} x {header.height} pixels")
    return header


def _check_size(path: Path, header: PictureHeader) -> None:
    """Raise unless a picture of this size may be looked at, whole or, of a TIFF, in parts."""
    width, height = header.width, header.height
    if width < 1 or height < 1:
        raise FormatError(path, f"picture is unreadable: its header says {width} x {height} pixels")
    if header.kind == "tiff":
        check_limit(path, "window_side", max(width, height), f"{width} x {height} pixels")
    elif (limit := header.limit) is not None:
        check_limit(path, *limit, f"{width} x {height} pixels")


def _broken_limit(width: int, height: int) -> tuple[str, int] | None:
    if width * height > LIMITS["image_pixels"]:
        return "image_pixels", width * height
    return ("image_side", max(width, height)) if max(width, height) > LIMITS["image_side"] else None


def _header(stream: BinaryIO) -> PictureHeader | None:
    head = stream.read(32)
    if head[:2] == b"\xff\xd8":
        return _jpeg(stream)
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(stream)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return PictureHeader("gif", *struct.unpack("<HH", head[6:10]))
    if head[:2] == b"BM":
        return _bmp(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(stream)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        stream.seek(0)
        return PictureHeader("tiff", *_tiff(stream, 0))
    return None


def _bmp(head: bytes) -> PictureHeader:
    if struct.unpack("<I", head[14:18])[0] == 12:
        width, height = struct.unpack("<HH", head[18:22])
    else:
        width, height = struct.unpack("<ii", head[18:26])
    return PictureHeader("bmp", width, abs(height))


def _jpeg(stream: BinaryIO) -> PictureHeader:
    orientation, exif_start = 1, -1
    stream.seek(2)
    for _ in range(_MAX_SEGMENTS):
        byte = stream.read(1)
        while byte == b"\xff":
            marker = stream.read(1)
            if marker != b"\xff":
                break
        else:
            raise ValueError("a JPEG marker was expected")
        code = marker[0]
        if code == 0x01 or 0xD0 <= code <= 0xD8:
            continue
        (length,) = struct.unpack(">H", stream.read(2))
        if code in _SOF:
            height, width = struct.unpack(">xHH", stream.read(5))
            return PictureHeader("jpeg", width, height, orientation, exif_start)
        if code in (0xD9, 0xDA):
            break
        start = stream.tell()
        if code == 0xE1 and stream.read(6) == b"Exif\0\0":
            exif_start = start + 6
            orientation = _exif_orientation(stream, exif_start)
        stream.seek(start + length - 2)
    raise ValueError("no frame header")


def _png(stream: BinaryIO) -> PictureHeader:
    width, height = struct.unpack(">II", _at(stream, 16, 8))
    orientation, place, exif_start = 1, 8, -1
    for _ in range(_MAX_SEGMENTS):
        chunk = _at(stream, place, 8)
        if len(chunk) < 8 or chunk[4:] in (b"IDAT", b"IEND"):
            break
        if chunk[4:] == b"eXIf":
            exif_start = place + 8
            orientation = _exif_orientation(stream, exif_start)
        place += 12 + int(struct.unpack(">I", chunk[:4])[0])
    return PictureHeader("png", width, height, orientation, exif_start)


def _webp(stream: BinaryIO) -> PictureHeader:
    width = height = 0
    orientation, place, exif_start = 1, 12, -1
    for _ in range(_MAX_SEGMENTS):
        chunk = _at(stream, place, 18)
        if len(chunk) < 8:
            break
        name, size = chunk[:4], int(struct.unpack("<I", chunk[4:8])[0])
        if name == b"VP8X":
            width = 1 + int.from_bytes(chunk[12:15], "little")
            height = 1 + int.from_bytes(chunk[15:18], "little")
        elif name == b"VP8L" and not width:
            bits = int.from_bytes(chunk[9:13], "little")
            width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        elif name == b"VP8 " and not width:
            width, height = (side & 0x3FFF for side in struct.unpack("<HH", chunk[14:18]))
        elif name == b"EXIF":
            skip = 6 if _at(stream, place + 8, 6) == b"Exif\0\0" else 0
            exif_start = place + 8 + skip
            orientation = _exif_orientation(stream, exif_start)
        place += 8 + size + size % 2
    if not width:
        raise ValueError("no frame header")
    return PictureHeader("webp", width, height, orientation, exif_start)


def _at(stream: BinaryIO, place: int, length: int) -> bytes:
    stream.seek(place)
    return stream.read(length)


def _exif_orientation(stream: BinaryIO, start: int) -> int:
    """Return the orientation of the EXIF block at ``start``; damaged EXIF means 1, as in every viewer."""
    try:
        return _tiff(stream, start)[2]
    except (struct.error, ValueError, IndexError):
        return 1


def _tiff(stream: BinaryIO, start: int) -> tuple[int, int, int, int, tuple[int, int]]:
    """Return what `PictureHeader` holds of the first directory of a TIFF structure; 0 where width or height lack."""
    head = _at(stream, start, 16)
    order = "<" if head[:2] == b"II" else ">"
    big = struct.unpack(order + "H", head[2:4])[0] == 43
    (place,) = struct.unpack(order + ("Q" if big else "I"), head[8:16] if big else head[4:8])
    count_size, entry_size = (8, 20) if big else (2, 12)
    (n_entries,) = struct.unpack(order + ("Q" if big else "H"), _at(stream, start + place, count_size))
    if n_entries > _MAX_SEGMENTS:
        raise ValueError("too many directory entries")
    entries = stream.read(min(n_entries * entry_size, _EXIF_BYTES))
    found, orientation_bytes = {_WIDTH: 0, _HEIGHT: 0, _ORIENTATION: 1}, (0, 0)
    for first in range(0, len(entries) - entry_size + 1, entry_size):
        tag, kind = struct.unpack(order + "HH", entries[first : first + 4])
        if tag in found and kind in (3, 4, 16):
            at = first + entry_size - (8 if big else 4)
            code = {3: "H", 4: "I", 16: "Q"}[kind]
            n_bytes = struct.calcsize(code)
            found[tag] = struct.unpack(order + code, entries[at : at + n_bytes])[0]
            if tag == _ORIENTATION:
                orientation_bytes = start + place + count_size + at, n_bytes
    orientation = found[_ORIENTATION]
    return found[_WIDTH], found[_HEIGHT], orientation if 1 <= orientation <= 8 else 1, start, orientation_bytes
