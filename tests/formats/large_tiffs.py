"""TIFFs made on the spot: in tiles or strips, packed or not, with or without overviews."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.windows import Window

from diag_gui.data.arrays import AnyArray


def pattern(width: int, height: int, n_bands: int, dtype: str) -> AnyArray:
    """Return pixels of shape (bands, H, W) no two places of which look alike from afar."""
    y, x = np.mgrid[:height, :width]
    of_band = [((x * (band + 2) + y * 3 * (band + 1)) // 4) % 251 for band in range(n_bands)]
    scale = 1 if dtype == "uint8" else 13
    return (np.stack(of_band) * scale).astype(dtype)


def write_tiff(path: Path, pixels: AnyArray, *, overviews: tuple[int, ...] = (), **profile: Any) -> Path:
    """Write bands of shape (bands, H, W)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shape = {"count": pixels.shape[0], "height": pixels.shape[1], "width": pixels.shape[2], "dtype": pixels.dtype}
        with rasterio.open(path, "w", driver="GTiff", **shape, **profile) as file:
            file.write(pixels)
            if overviews:
                file.build_overviews(overviews, Resampling.average)
    return path


@contextmanager
def opened_again(path: Path) -> Iterator[Any]:
    """Open a file to change it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "r+") as file:
            yield file


def write_huge(path: Path, side: int, *, marks: list[tuple[int, int]], tile: int = 512, overviews: bool = True) -> Path:
    """Write a square of one colour with white marks of 20 x 10 pixels at given places; only their tiles take room.

    Parameters
    ----------
    path : Path
    side : int
    marks : list of tuple of int
        Left and top.
    tile : int
    overviews : bool
        With them, the whole is quick to be seen.
    """
    noise = np.random.default_rng(0).integers(0, 40, (1, tile, tile), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", driver="GTiff", width=side, height=side, count=1, dtype="uint8", compress="deflate", tiled=True,
            blockxsize=tile, blockysize=tile, SPARSE_OK="TRUE", BIGTIFF="YES",
        ) as file:  # fmt: skip
            for left, top in marks:
                column, row = left // tile * tile, top // tile * tile
                block = noise.copy()
                block[0, top - row : top - row + 10, left - column : left - column + 20] = 255
                width, height = min(tile, side - column), min(tile, side - row)
                file.write(block[:, :height, :width], window=Window(column, row, width, height))
            if overviews:
                file.build_overviews([8, 32], Resampling.nearest)
    return path
