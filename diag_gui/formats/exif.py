"""When, with what and where pictures were taken, from their EXIF: columns of the images.

Only headers are read, with bounds on every step, and nothing is decoded: JPEG, PNG, WebP and TIFF. What is damaged counts as not
given. Times are as the camera had them; most cameras know no time zone.

References
----------
CIPA DC-008 (EXIF 2.32), tables 4, 6 and 15; TIFF 6.0, section 2.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.image_root import image_path
from diag_gui.formats.image_size import read_header
from diag_gui.formats.value_columns import column_of

FORMAT = "exif"
COLUMNS = ("exif_time", "exif_camera", "exif_latitude", "exif_longitude")

_MAKE, _MODEL, _CHANGED, _EXIF_PART, _GPS_PART, _TAKEN = 0x010F, 0x0110, 0x0132, 0x8769, 0x8825, 0x9003
_LATITUDE_SIDE, _LATITUDE, _LONGITUDE_SIDE, _LONGITUDE = 1, 2, 3, 4
_ASCII, _LONG, _RATIONAL = 2, 4, 5
_SIZE_OF = {_ASCII: 1, _LONG: 4, _RATIONAL: 8}
_MOST_BYTES = 256
_MOST_ENTRIES = 512
_STEP = 64

_Tags = dict[int, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Exif:
    """What one picture says of itself; None where it says nothing.

    Attributes
    ----------
    time : str or None
        ``YYYY:MM:DD hh:mm:ss``.
    camera : str or None
    latitude, longitude : float or None
        Degrees, north and east positive.
    """

    time: str | None = None
    camera: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def values(self) -> tuple[Any, ...]:
        """The values in the order of `COLUMNS`."""
        return self.time, self.camera, self.latitude, self.longitude


def read_exif(path: Path) -> Exif:
    """Return what a picture says of itself.

    Raises
    ------
    FormatError
        If it is missing, no regular file, or no picture.
    """
    header = read_header(path)
    if header.exif_start < 0:
        return Exif()
    try:
        with path.open("rb") as stream:
            return _exif(stream, header.exif_start)
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror or error}") from error
    except (struct.error, ValueError, IndexError, OverflowError):
        return Exif()


def join_exif(
    dataset: Dataset, root: Path, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Return the dataset with `COLUMNS` as attributes of its images, those that no picture fills left out.

    Parameters
    ----------
    dataset : Dataset
    root : Path
        Folder of the pictures.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
    ReadReport
        Records are pictures that were read.

    Raises
    ------
    FormatError
        If cancelled.
    """
    log = ProblemLog(root)
    found: list[Exif] = []
    n_read = 0
    for place, name in enumerate(dataset.images.file_name):
        if place % _STEP == 0:
            check_cancelled(root, cancelled)
            if progress is not None:
                progress(place / len(dataset.images))
        picture = image_path(root, name)
        found.append(Exif())
        if picture is None:
            continue
        try:
            found[-1] = read_exif(picture)
            n_read += 1
        except FormatError as error:
            log.add("unreadable-picture", name, error.reason, drops=False)
    columns = [column_of(name, [one.values[place] for one in found]) for place, name in enumerate(COLUMNS)]
    log.add("exif-read", "", _said(found), drops=False, count=max(1, n_read))
    attributes = dataset.image_attributes.with_columns(tuple(column for column in columns if column is not None))
    report = ReadReport(root, FORMAT, "", n_read, n_read, 0, log.groups())
    return replace(dataset, image_attributes=attributes), report


def _said(found: Sequence[Exif]) -> str:
    counts = [sum(one.values[place] is not None for one in found) for place in (0, 1, 2)]
    named = ", ".join(f"{what} of {count:,}" for what, count in zip(("time", "camera", "place"), counts, strict=True))
    return f"EXIF gives {named} of {len(found):,} images"


def _exif(stream: BinaryIO, start: int) -> Exif:
    head = _at(stream, start, 8)
    order = {b"II": "<", b"MM": ">"}[head[:2]] if head[:2] in (b"II", b"MM") else ""
    if not order or struct.unpack(order + "H", head[2:4])[0] != 42:
        return Exif()
    main = _tags(stream, start, struct.unpack(order + "I", head[4:8])[0], order)
    taken = _tags(stream, start, place, order) if (place := _pointer(main, _EXIF_PART, order)) else {}
    gps = _tags(stream, start, place, order) if (place := _pointer(main, _GPS_PART, order)) else {}
    latitude = _degrees(gps, _LATITUDE, _LATITUDE_SIDE, order, 90)
    longitude = _degrees(gps, _LONGITUDE, _LONGITUDE_SIDE, order, 180)
    has_place = latitude is not None and longitude is not None
    return Exif(
        _text(taken, _TAKEN) or _text(main, _CHANGED),
        _camera(_text(main, _MAKE), _text(main, _MODEL)),
        latitude if has_place else None,
        longitude if has_place else None,
    )


def _tags(stream: BinaryIO, start: int, place: int, order: str) -> _Tags:
    """Return kind and bytes of the entries of one directory, without those of other kinds or of many bytes."""
    (n_entries,) = struct.unpack(order + "H", _at(stream, start + place, 2))
    entries = stream.read(min(n_entries, _MOST_ENTRIES) * 12)
    found: _Tags = {}
    for first in range(0, len(entries) - 11, 12):
        tag, kind, count = struct.unpack(order + "HHI", entries[first : first + 8])
        n_bytes = _SIZE_OF.get(kind, 0) * count
        if 0 < n_bytes <= _MOST_BYTES:
            inline = entries[first + 8 : first + 12]
            place = start + struct.unpack(order + "I", inline)[0]
            found[tag] = kind, inline[:n_bytes] if n_bytes <= 4 else _at(stream, place, n_bytes)
    return found


def _at(stream: BinaryIO, place: int, length: int) -> bytes:
    stream.seek(place)
    return stream.read(length)


def _pointer(tags: _Tags, tag: int, order: str) -> int:
    kind, data = tags.get(tag, (0, b""))
    return int(struct.unpack(order + "I", data)[0]) if kind == _LONG and len(data) == 4 else 0


def _text(tags: _Tags, tag: int) -> str | None:
    kind, data = tags.get(tag, (0, b""))
    text = data.split(b"\0", 1)[0].decode("utf-8", "replace").strip() if kind == _ASCII else ""
    return "".join(sign for sign in text if sign.isprintable()) or None


def _camera(make: str | None, model: str | None) -> str | None:
    """Return maker and model, the maker once."""
    if make and model and not model.casefold().startswith(make.split()[0].casefold()):
        return f"{make} {model}"
    return model or make


def _degrees(tags: _Tags, tag: int, side_tag: int, order: str, largest: int) -> float | None:
    """Return degrees from degrees, minutes and seconds; None where they cannot be."""
    kind, data = tags.get(tag, (0, b""))
    side = (_text(tags, side_tag) or "").upper()
    if kind != _RATIONAL or len(data) != 24 or side not in ("N", "S", "E", "W"):
        return None
    parts = struct.unpack(order + "6I", data)
    if not all(parts[1::2]):
        return None
    degrees = sum(top / bottom / 60**place for place, (top, bottom) in enumerate(zip(parts[0::2], parts[1::2], strict=True)))
    return None if degrees > largest else -degrees if side in ("S", "W") else degrees
