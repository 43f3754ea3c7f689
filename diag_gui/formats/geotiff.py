"""Parts of a TIFF that is too large to be decoded whole: windows in their own pixels, and what its overviews show.

Read with rasterio (the extra ``[geo]``), that is GDAL, which is told to use its TIFF driver and nothing else; in the decode
worker, whose memory is limited. Of a file with overviews no more is read than is shown. Of one without, strips are sampled by
rows, which is quick; where tiles would all have to be read, a small picture (`OVERVIEW_SIDE`) is made once, kept in the user's
cache folder, and used for every part of more than `_MOST_READ_PIXELS`.

Depth
-----
As of other pictures (`images`), but that the largest value is the one of a sample of `_N_SAMPLED` blocks, since all windows have
to look alike and the whole is never seen.

References
----------
TIFF 6.0; https://gdal.org/drivers/raster/gtiff.html; https://rasterio.readthedocs.io, *Windowed reading and writing*.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diag_gui.exceptions import FormatError
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.pixel_depth import eight_bits, range_of
from diag_gui.kept_files import KeptFiles, cache_folder

OVERVIEW_SIDE = 3072
"""Longest side of the small picture that is made of a file without overviews."""

_READ_PIXELS = 40_000_000
"""Pixels up to which all are read and averaged where strips could be sampled by rows."""
_MOST_READ_PIXELS = 120_000_000
"""Pixels up to which a part is read at all; seconds on a slow machine."""
_CHUNK_PIXELS = 16_000_000
_N_SAMPLED = 24
_BLOCK_CACHE_MB = 128
_MAX_OVERVIEW_BYTES = 24 * 3 * OVERVIEW_SIDE**2
"""Of all small pictures together; beyond it those go that were used least recently."""
_LARGEST_BLOCK = 1 << 28

_MOST_RANGES = 64
_RANGES: dict[tuple[str, int, int], tuple[float, float]] = {}
"""Smallest and largest value of files that were looked at in this process."""

_Window = tuple[int, int, int, int]


class OverviewNeededError(FormatError):
    """What is wanted of a file needs a small picture of it that takes its time to be made."""


class LargeTiff:
    """One open file; a context.

    Parameters
    ----------
    path : Path
        A regular file.
    makes_overview : bool
        Make a small picture where one is needed, however long it takes; else `OverviewNeededError` says so.

    Raises
    ------
    FormatError
        If rasterio is not installed, or cannot read the file.
    """

    def __init__(self, path: Path, *, makes_overview: bool = False) -> None:
        self._path = path
        self._makes_overview = makes_overview
        self._stack = contextlib.ExitStack()
        try:
            import rasterio
            import rasterio.windows
        except ImportError:
            raise FormatError(
                path,
                f"a TIFF of more than {LIMITS['image_pixels']:,} pixels or {LIMITS['image_bytes'] >> 30} GiB is read by windows, "
                "which needs the extra [geo]: pip install 'diag-gui[geo]'",
            ) from None
        self._rasterio: Any = rasterio
        self._stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        self._stack.enter_context(rasterio.Env(GDAL_CACHEMAX=_BLOCK_CACHE_MB, GDAL_PAM_ENABLED="NO", GDAL_NUM_THREADS="1"))
        try:
            # A path, not text: text may be an address.
            self._file: Any = self._stack.enter_context(rasterio.open(path.absolute(), driver="GTiff"))
            self._look()
        except (rasterio.errors.RasterioError, ValueError, UnicodeEncodeError, OSError) as error:
            self._stack.close()
            raise _unreadable(path, error) from None
        except FormatError:
            self._stack.close()
            raise

    def __enter__(self) -> LargeTiff:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def read(self, window: _Window, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Return a part of the picture as 8-bit RGB.

        Parameters
        ----------
        window : tuple of int
            Left, top, right and bottom, within the picture.
        size : tuple of int
            Width and height that will do. The answer may have fewer pixels, where the file or its small picture has no more.

        Raises
        ------
        FormatError
            If the part is damaged.
        OverviewNeededError
            See the class.
        """
        left, top, right, bottom = window
        out = min(size[0], right - left), min(size[1], bottom - top)
        factor = min((right - left) / out[0], (bottom - top) / out[1])
        # Strips are as wide as the picture, whatever part of them is wanted.
        width = self._file.width if self._block[1] >= self._file.width else right - left
        n_read = width * (bottom - top) / self._overview_within(factor) ** 2
        samples_rows = n_read > _READ_PIXELS and self._block[0] <= factor
        if not samples_rows and n_read > _MOST_READ_PIXELS:
            return self._of_small_picture(window)
        return self._eight_bit(self._pixels(window, out, averaged=not samples_rows))

    def _look(self) -> None:
        """Learn which bands are red, green and blue, how large blocks are, and what the largest value is."""
        file = self._file
        self._block: tuple[int, int] = file.block_shapes[0]
        if self._block[0] * self._block[1] * file.count > _LARGEST_BLOCK:
            raise FormatError(self._path, f"picture is unreadable: its blocks of {self._block[1]} x {self._block[0]} pixels are "
                              "too large to be read one at a time; write it in tiles")  # fmt: skip
        if np.dtype(file.dtypes[0]).kind not in "uif":
            raise FormatError(self._path, f"picture is unreadable: pixels of the kind {file.dtypes[0]} cannot be shown")
        kinds = [band.name for band in file.colorinterp]
        self._palette = _palette(file.colormap(1)) if kinds[0] == "palette" else None
        self._is_inks = kinds[:4] == ["cyan", "magenta", "yellow", "black"]
        if {"red", "green", "blue"} <= set(kinds):
            self._bands = [kinds.index(name) + 1 for name in ("red", "green", "blue")]
        else:
            self._bands = [1, 2, 3, 4][: 4 if self._is_inks else 3 if file.count >= 3 else 1]
        n_bits = int(file.tags(1, ns="IMAGE_STRUCTURE").get("NBITS", 8))
        self._is_few_bits = n_bits < 8
        if file.dtypes[0] == "uint8":
            self._low, self._high = 0.0, float((1 << min(n_bits, 8)) - 1)
        else:
            self._low, self._high = self._kept_range()

    def _kept_range(self) -> tuple[float, float]:
        """Return `_range`, of a file that was asked for before without reading it again: every crop asks."""
        file = _identity(self._path)
        if file not in _RANGES:
            found = self._range()
            if len(_RANGES) >= _MOST_RANGES:
                _RANGES.clear()
            _RANGES[file] = found
            return found
        return _RANGES[file]

    def _range(self) -> tuple[float, float]:
        """Return the smallest and largest value of a sample of blocks spread evenly."""
        height, width = self._block
        down, across = -(-self._file.height // height), -(-self._file.width // width)
        places = np.unique(np.linspace(0, down * across - 1, _N_SAMPLED).astype(np.int64)).tolist()
        low, high = np.inf, -np.inf
        for row, column in (divmod(place, across) for place in places):
            left, top = column * width, row * height
            window = left, top, min(left + width, self._file.width), min(top + height, self._file.height)
            block = self._pixels(window, (window[2] - window[0], window[3] - window[1]), averaged=False)
            found = range_of(block[block != self._file.nodata] if block.dtype.kind == "f" else block)
            if found is not None:
                low, high = min(low, found[0]), max(high, found[1])
        return (low, high) if low <= high else (0.0, 255.0)

    def _pixels(self, window: _Window, size: tuple[int, int], *, averaged: bool) -> NDArray[Any]:
        """Return the wanted bands of a part, shape (H, W, bands), as GDAL gives them at this size."""
        left, top, right, bottom = window
        resampling = self._rasterio.enums.Resampling
        try:
            bands = self._file.read(
                self._bands,
                window=self._rasterio.windows.Window(left, top, right - left, bottom - top),
                out_shape=(len(self._bands), size[1], size[0]),
                resampling=resampling.average if averaged and self._palette is None else resampling.nearest,
            )
        except (self._rasterio.errors.RasterioError, ValueError) as error:
            raise _unreadable(self._path, error) from None
        pixels: NDArray[Any] = np.moveaxis(bands, 0, -1)
        return pixels

    def _eight_bit(self, pixels: NDArray[Any]) -> NDArray[np.uint8]:
        if self._palette is not None:
            return np.asarray(self._palette[pixels[:, :, 0]], np.uint8)
        if self._is_few_bits:
            # White is 1 there, or 3, or 15.
            pixels = pixels.astype(np.float32)
        shown = eight_bits(pixels, self._low, self._high)
        if self._is_inks:
            paper = 255 - shown.astype(np.uint16)
            shown = (paper[:, :, :3] * paper[:, :, 3:] // 255).astype(np.uint8)
        return np.ascontiguousarray(np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown)

    def _overview_within(self, factor: float) -> int:
        """Return by how much the coarsest overview is smaller that still has the wanted pixels; 1 for the picture itself."""
        return max((level for level in self._file.overviews(1) if level <= factor * 1.01), default=1)

    def _of_small_picture(self, window: _Window) -> NDArray[np.uint8]:
        small = self._small_picture()
        scale_y, scale_x = small.shape[0] / self._file.height, small.shape[1] / self._file.width
        left, right = int(window[0] * scale_x), int(np.ceil(window[2] * scale_x))
        top, bottom = int(window[1] * scale_y), int(np.ceil(window[3] * scale_y))
        return np.ascontiguousarray(small[top : max(bottom, top + 1), left : max(right, left + 1)])

    def _small_picture(self) -> NDArray[np.uint8]:
        """Return the small picture of the whole file, made now or earlier."""
        kept = kept_overviews()
        place = _place_of(self._path, kept)
        with contextlib.suppress(OSError, ValueError, EOFError):
            # One that was damaged is made anew.
            small = np.load(place, allow_pickle=False)
            if small.dtype == np.uint8 and small.shape == self._small_shape:
                return np.asarray(small, np.uint8)
        if not self._makes_overview:
            raise OverviewNeededError(self._path, "has no overviews; a small picture of it is being made, once")
        small = self._averaged()
        with contextlib.suppress(OSError):
            # That it cannot be kept for the next time does no harm.
            kept.write(place, lambda file: np.save(file, small, allow_pickle=False))
            kept.prune(place.stem)
        return small

    @property
    def _small_step(self) -> int:
        """How many pixels become one of the small picture, along either side."""
        return int(-(-max(self._file.width, self._file.height) // OVERVIEW_SIDE))

    @property
    def _small_shape(self) -> tuple[int, int, int]:
        step = self._small_step
        return -(-self._file.height // step), -(-self._file.width // step), 3

    def _averaged(self) -> NDArray[np.uint8]:
        """Return the mean of every square of pixels, read block by block."""
        width, height = self._file.width, self._file.height
        step = self._small_step
        total = np.zeros(self._small_shape, np.float32)
        for left, top, right, bottom in self._chunks():
            pixels = self._eight_bit(self._pixels((left, top, right, bottom), (right - left, bottom - top), averaged=False))
            sums = _summed(_summed(pixels, 0, top, step), 1, left, step)
            total[top // step : (bottom - 1) // step + 1, left // step : (right - 1) // step + 1] += sums
        n_rows = np.minimum(step, height - step * np.arange(total.shape[0]))
        n_columns = np.minimum(step, width - step * np.arange(total.shape[1]))
        return np.asarray(np.rint(total / (n_rows[:, None, None] * n_columns[None, :, None])), np.uint8)

    def _chunks(self) -> Iterator[_Window]:
        """Yield windows of whole blocks that cover the picture, of `_CHUNK_PIXELS` or one block at most."""
        height, width = self._block
        across = max(_CHUNK_PIXELS // (width * height), 1) * width
        for top, left in itertools.product(range(0, self._file.height, height), range(0, self._file.width, across)):
            yield left, top, min(left + across, self._file.width), min(top + height, self._file.height)


def _summed(pixels: NDArray[Any], axis: int, start: int, step: int) -> NDArray[np.float32]:
    """Return sums over runs of ``step`` places along an axis whose first place is ``start``."""
    starts = np.arange(start // step * step, start + pixels.shape[axis], step) - start
    sums: NDArray[np.float32] = np.add.reduceat(pixels, np.maximum(starts, 0), axis=axis, dtype=np.float32)
    return sums


def _palette(colours: dict[int, tuple[int, ...]]) -> NDArray[np.uint8]:
    palette = np.zeros((max(colours) + 1 if colours else 1, 3), np.uint8)
    for place, colour in colours.items():
        palette[place] = colour[:3]
    return palette


def kept_overviews() -> KeptFiles:
    """Return where small pictures of large files are kept."""
    return KeptFiles(cache_folder() / "overviews", ".npy", _MAX_OVERVIEW_BYTES)


def _place_of(path: Path, kept: KeptFiles) -> Path:
    """Return where the small picture of a file is kept, as long as the file is the same."""
    name, size, changed_ns = _identity(path)
    words = f"1\n{name}\n{size}\n{changed_ns}".encode("utf-8", "surrogateescape")
    return kept.folder / f"{hashlib.sha256(words).hexdigest()[:32]}.npy"


def _identity(path: Path) -> tuple[str, int, int]:
    """Return what is the same as long as the file is: its name, its size and when it was changed."""
    seen = path.stat()
    return os.fspath(path.absolute()), seen.st_size, seen.st_mtime_ns


def _unreadable(path: Path, error: Exception) -> FormatError:
    said = str(error.__cause__ or error).replace(str(path.absolute()), "").strip(" :,") or type(error).__name__
    return FormatError(path, f"picture is unreadable: it cannot be decoded ({said})")
