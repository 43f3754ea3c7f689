"""Pixels of a picture file, as 8-bit RGB: whole, made smaller, or a part of it.

Meant to run in a worker process (`decode_worker`), for decoders crash. Nothing is handed to one before the file is known to
be a regular file of a bearable size whose header says a bearable size.

Orientation
-----------
Boxes lie on the stored pixels, unless the size that the data states is that of the picture turned upright by its EXIF tag
and not the stored one; then the picture is turned. YOLO, which states no size, is trained on upright pictures: its requests
say ``upright=True``. A request without a stated size shows the picture upright, as any viewer does.

Depth
-----
16-bit pictures are divided by the power of two that brings their largest value below 256, so that 12-bit data is not black;
floating-point pictures are stretched from their smallest to their largest number (`pixel_depth`); CMYK is turned into RGB; alpha
is left out.

Size
----
A TIFF beyond the limits is never decoded whole: the windows and overviews that are asked for are read (`geotiff`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats.file_reading import read_bytes
from diag_gui.formats.geotiff import LargeTiff
from diag_gui.formats.image_size import PictureHeader, read_header
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.pixel_depth import eight_bits, range_of

Picture = NDArray[np.uint8]
_ReadPart = Callable[[int, int, int, int, tuple[int, int]], Picture]

PADDING = 24
"""Grey value of what lies outside the picture in a crop."""

_REDUCTIONS = (8, 4, 2)


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """What is wanted of a picture.

    Attributes
    ----------
    path : Path
        The file.
    max_side : int or None
        Make the result smaller so that neither side is longer.
    crop : tuple of float or None
        Left, top, width, height in pixels of the picture as its boxes see it; may reach beyond it.
    size : tuple of int or None
        Width and height of the result, exactly.
    stated_size : tuple of int or None
        Width and height as the data says: decides whether the picture is turned, see the module.
    upright : bool
        Turn by EXIF whatever is stated.
    makes_overview : bool
        Take the time to make the small picture of a large TIFF that has none; see `geotiff`.
    """

    path: Path
    max_side: int | None = None
    crop: tuple[float, float, float, float] | None = None
    size: tuple[int, int] | None = None
    stated_size: tuple[int, int] | None = None
    upright: bool = False
    makes_overview: bool = False


def decode(request: DecodeRequest) -> Picture:
    """Return the wanted pixels.

    Parameters
    ----------
    request : DecodeRequest

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        RGB, contiguous.

    Raises
    ------
    FormatError
        If the file is missing, no regular file, or cannot be decoded.
    LimitError
        If the file, or the size its header states, is too large.
    OverviewNeededError
        If what is wanted needs an overview that the file has not, and the request does not ask for one to be made.
    """
    header = read_header(request.path)
    orientation = orientation_for(header, request)
    width, height = header.upright_size if orientation >= 5 else (header.width, header.height)
    if header.kind == "tiff" and (header.limit is not None or request.path.stat().st_size > LIMITS["image_bytes"]):
        return _by_windows(request, (width, height), orientation)
    data = read_bytes(request.path, "image_bytes")
    reduction = _reduction(header, width, height, request)
    picture = _turned(_eight_bit_rgb(_decoded(request.path, data, header, reduction)), orientation)
    if request.crop is not None:

        def read(left: int, top: int, right: int, bottom: int, size: tuple[int, int]) -> Picture:
            return _resized(picture[top:bottom, left:right], *size)

        return _cropped(request, (picture.shape[1], picture.shape[0]), (width, height), read)
    size = _wanted_size(request, picture.shape[1], picture.shape[0])
    return np.ascontiguousarray(picture) if size == (picture.shape[1], picture.shape[0]) else _resized(picture, *size)


def _wanted_size(request: DecodeRequest, width: int, height: int) -> tuple[int, int]:
    """Return width and height of the result where the whole picture is wanted."""
    if request.size is not None:
        return request.size
    if request.max_side is None or max(width, height) <= request.max_side:
        return width, height
    scale = request.max_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _by_windows(request: DecodeRequest, upright: tuple[int, int], orientation: int) -> Picture:
    """Return the wanted pixels of a TIFF that is too large to be decoded whole; ``upright`` is its size as its boxes see it."""
    with LargeTiff(request.path, makes_overview=request.makes_overview) as tiff:

        def read(left: int, top: int, right: int, bottom: int, size: tuple[int, int]) -> Picture:
            window = _stored_window((left, top, right, bottom), upright, orientation)
            stored_size = size[::-1] if orientation >= 5 else size
            return _resized(_turned(tiff.read(window, stored_size), orientation), *size)

        if request.crop is not None:
            return _cropped(request, upright, upright, read)
        size = _wanted_size(request, *upright)
        if size[0] * size[1] > LIMITS["image_pixels"]:
            raise LimitError(
                request.path, "image_pixels", LIMITS["image_pixels"], size[0] * size[1], f"{size[0]} x {size[1]} pixels"
            )
        return read(0, 0, *upright, size)


def _stored_window(window: tuple[int, int, int, int], upright: tuple[int, int], orientation: int) -> tuple[int, int, int, int]:
    """Return where left, top, right and bottom of a picture turned by `_turned` lie in the stored one."""
    left, top, right, bottom = window
    if orientation in (3, 4, 7, 8):
        top, bottom = upright[1] - bottom, upright[1] - top
    if orientation in (2, 3, 6, 7):
        left, right = upright[0] - right, upright[0] - left
    return (top, left, bottom, right) if orientation >= 5 else (left, top, right, bottom)


def orientation_for(header: PictureHeader, request: DecodeRequest) -> int:
    """Return the EXIF orientation to apply: that of the picture, or 1 where boxes lie on the stored pixels."""
    if request.upright or request.stated_size is None:
        return header.orientation
    stored = (header.width, header.height)
    is_upright = request.stated_size == header.upright_size and request.stated_size != stored
    return header.orientation if is_upright else 1


@cache
def _cv2() -> Any:
    """Return OpenCV, imported late and with its own limit on pixels set before."""
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(LIMITS["image_pixels"]))
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    import cv2

    return cv2


def _decoded(path: Path, data: bytes, header: PictureHeader, reduction: int) -> NDArray[Any]:
    """Return the stored pixels as OpenCV gives them: BGR, BGRA or grey, of any depth."""
    cv2 = _cv2()
    if header.kind == "png" and b"IEND" not in data[-65536:]:
        raise FormatError(path, "picture is unreadable: the file is truncated")
    flags = cv2.IMREAD_UNCHANGED
    if header.kind == "jpeg":
        reduced = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
        flags = reduced.get(reduction, cv2.IMREAD_COLOR) | cv2.IMREAD_IGNORE_ORIENTATION
    if header.kind == "tiff":
        data = _without_orientation(data, header)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except (cv2.error, MemoryError) as error:
        reason = "not enough memory" if "nsufficient memory" in str(error) or isinstance(error, MemoryError) else "damaged"
        raise FormatError(path, f"picture is unreadable: it cannot be decoded ({reason})") from None
    if picture is None or picture.size == 0:
        raise FormatError(path, "picture is unreadable: it cannot be decoded (truncated or damaged)")
    decoded: NDArray[Any] = picture
    return decoded


def _without_orientation(data: bytes, header: PictureHeader) -> bytes:
    """Return a TIFF that states no orientation: OpenCV turns the others itself, whatever it is told."""
    place, n_bytes = header.orientation_bytes
    if header.orientation == 1 or place + n_bytes > len(data):
        return data
    upright = (1).to_bytes(n_bytes, "little" if data[:2] == b"II" else "big")
    return data[:place] + upright + data[place + n_bytes :]


def _reduction(header: PictureHeader, width: int, height: int, request: DecodeRequest) -> int:
    """Return by how much a JPEG may be made smaller while it is decoded without losing wanted pixels."""
    if header.kind != "jpeg":
        return 1
    if request.crop is not None:
        if request.size is None:
            return 1
        spare = min(request.crop[2] / request.size[0], request.crop[3] / request.size[1])
    elif request.size is not None:
        spare = min(width / request.size[0], height / request.size[1])
    elif request.max_side is not None:
        spare = max(width, height) / request.max_side
    else:
        return 1
    return next((factor for factor in _REDUCTIONS if spare >= factor), 1)


def _eight_bit_rgb(picture: NDArray[Any]) -> Picture:
    if picture.ndim == 2:
        picture = picture[:, :, None]
    is_grey = picture.shape[2] < 3
    picture = np.repeat(picture[:, :, :1], 3, axis=2) if is_grey else picture[:, :, 2::-1]
    if picture.dtype == np.uint8:
        return picture
    return eight_bits(picture, *(range_of(picture) or (0.0, 255.0)))


def _turned(picture: Picture, orientation: int) -> Picture:
    """Return a picture turned and mirrored as its EXIF orientation asks."""
    if orientation >= 5:
        picture = picture.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    if orientation in (3, 4, 7, 8):
        picture = picture[::-1]
    return picture


def _resized(picture: Picture, width: int, height: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return np.ascontiguousarray(picture)
    cv2 = _cv2()
    shrinks = width < picture.shape[1] or height < picture.shape[0]
    result: Picture = cv2.resize(
        np.ascontiguousarray(picture), (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    return result


def _cropped(request: DecodeRequest, there: tuple[int, int], stated: tuple[int, int], read: _ReadPart) -> Picture:
    """Return the asked part, grey where it reaches beyond the picture; only what is inside is ever copied.

    Parameters
    ----------
    request : DecodeRequest
    there, stated : tuple of int
        Width and height of the pixels that there are, and of those that the request speaks of.
    read : callable
        Takes left, top, right and bottom of a part of what there is, and width and height to make it; returns its pixels.
    """
    assert request.crop is not None
    scale_x, scale_y = there[0] / stated[0], there[1] / stated[1]
    left, top, width, height = request.crop
    if not (np.isfinite(request.crop).all() and width > 0 and height > 0):
        raise FormatError(request.path, f"crop {request.crop} is empty")
    left, width, top, height = left * scale_x, width * scale_x, top * scale_y, height * scale_y
    out_width, out_height = request.size or (max(1, round(width)), max(1, round(height)))
    if request.size is None and request.max_side is not None and max(out_width, out_height) > request.max_side:
        shrink = request.max_side / max(out_width, out_height)
        out_width, out_height = max(1, round(out_width * shrink)), max(1, round(out_height * shrink))
    if out_width * out_height > LIMITS["image_pixels"]:
        raise FormatError(request.path, f"crop {request.crop} is over the limit image_pixels of {LIMITS['image_pixels']:,}")
    result = np.full((out_height, out_width, 3), PADDING, np.uint8)
    first_x, first_y = max(0, int(np.floor(left))), max(0, int(np.floor(top)))
    last_x = min(there[0], int(np.ceil(left + width)))
    last_y = min(there[1], int(np.ceil(top + height)))
    if first_x >= last_x or first_y >= last_y:
        return result
    x0, y0 = _place(first_x, left, width, out_width), _place(first_y, top, height, out_height)
    x1, y1 = _place(last_x, left, width, out_width), _place(last_y, top, height, out_height)
    x1, y1 = max(x1, min(x0 + 1, out_width)), max(y1, min(y0 + 1, out_height))
    if x0 < x1 and y0 < y1:
        result[y0:y1, x0:x1] = read(first_x, first_y, last_x, last_y, (x1 - x0, y1 - y0))
    return result


def _place(pixel: int, start: float, length: float, out_length: int) -> int:
    """Return where a pixel's edge comes to lie in the result."""
    return int(min(max(round((pixel - start) / length * out_length), 0), out_length))
