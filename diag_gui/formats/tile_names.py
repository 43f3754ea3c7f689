"""Predictions on tiles put back into the image that the tiles were cut from, by what the names of the tiles say.

A tile is called ``ROOT__UPPER_LEFT_HEIGHT_WIDTH_PAD_IMWIDTH_IMHEIGHT.EXT``; a point of it lies at ``x + LEFT - PAD``,
``y + UPPER - PAD`` of the image, whose border was widened by PAD before it was cut. Boxes are cut at the edges of the image,
for what is seen beyond them is the border. Only names that are no image of the ground truth are taken for tiles: where the
tiles themselves are labelled nothing moves. Objects found in two overlapping tiles stay two predictions, which is said.

References
----------
Van Etten, YOLTv4, ``post_process.py`` (``augment_df``, ``get_global_coords``), which rounds to whole pixels and cuts one pixel
before the right and lower edge; here nothing is rounded. https://github.com/avanetten/yoltv4
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray, LongArray
from diag_gui.data.dataset import Images
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.box_rules import ImageSizes

_TILE = re.compile(r"(?P<root>.+)__(?P<numbers>\d{1,9}(?:_\d{1,9}){6})(?P<ending>\.\w{1,9})?", re.ASCII)
_ENDING = ".tif"
"""Stands in where a tile's name has none, so that a dot within the root is not taken for an ending."""

Find = Callable[[str], int]


class Names(Protocol):
    """What records call their images; read only where the name is not one of the ground truth."""

    def __getitem__(self, row: int, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Tile:
    """What the name of a tile says.

    Attributes
    ----------
    image : str
        Name of the image it was cut from, with the ending of the tile.
    left_px, upper_px : int
        Where its first pixel lies in the image; negative in the border.
    width, height : int
        Pixels of the tile.
    image_width, image_height : int
        Pixels of the image.
    """

    image: str
    left_px: int
    upper_px: int
    width: int
    height: int
    image_width: int
    image_height: int


def tile_of(name: str) -> Tile | None:
    """Return what a file name says of a tile, None where it is not the name of one."""
    found = _TILE.fullmatch(name)
    if found is None:
        return None
    upper, left, height, width, pad, image_width, image_height = map(int, found["numbers"].split("_"))
    image = found["root"] + (found["ending"] or _ENDING)
    return Tile(image, left - pad, upper - pad, width, height, image_width, image_height)


@dataclass(frozen=True, slots=True, eq=False)
class PutBack:
    """Records on tiles, and where those lie.

    Attributes
    ----------
    rows : ndarray of int64, shape (K,)
        Positions of the records.
    shift_px : ndarray of float64, shape (K, 2)
        What is added to x and y.
    tile_size, image_size : ndarray of float64, shape (K, 2)
        Width and height.
    """

    rows: LongArray
    shift_px: FloatArray
    tile_size: FloatArray
    image_size: FloatArray

    def moved(self, xywh: FloatArray) -> FloatArray:
        """Return boxes with those on tiles moved into their images, and cut at the edges."""
        moved = xywh.copy()
        with np.errstate(invalid="ignore", over="ignore"):
            low = xywh[self.rows, :2] + self.shift_px
            high = low + xywh[self.rows, 2:]
            low, high = (np.clip(corner, 0.0, self.image_size) for corner in (low, high))
            moved[self.rows] = np.concatenate([low, high - low], axis=1)
        return moved

    def given_in(self, sizes: ImageSizes) -> ImageSizes:
        """Return the size of what each record's numbers refer to: its tile where it is on one, else its image."""
        if not len(self.rows):
            return sizes
        width, height = sizes.width.copy(), sizes.height.copy()
        width[self.rows], height[self.rows] = self.tile_size.T
        return ImageSizes(np.arange(len(width), dtype=np.int32), width, height)

    def moved_corners(self, corners: FloatArray) -> FloatArray:
        """Return rows of x, y, x, y … with those on tiles moved; nothing is cut, for a corner alone cannot be."""
        moved = corners.copy()
        moved[self.rows] += np.tile(self.shift_px, corners.shape[1] // 2)
        return moved

    def note_masks(self, masks: Sequence[Any] | None, log: ProblemLog) -> None:
        """Say that masks are left out, where there are any: a mask of a tile is none of the image."""
        if masks is not None:
            log.add("tile-masks-left-out", "", "masks of tiles are not put back into their images; boxes are compared, of "
                    "every prediction of this file", drops=False)  # fmt: skip


NOTHING = PutBack(np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2)))


def put_back(names: Names, image_row: IntArray, find: Find, images: Images, log: ProblemLog) -> tuple[IntArray, PutBack]:
    """Return the image of each record with tiles looked up too, and which records are on tiles.

    Parameters
    ----------
    names : CodedTexts, sequence, or alike
        File name of the image of each record; what is no text is no tile.
    image_row : ndarray of int32, shape (N,)
        -1 where the name is no image of the ground truth.
    find : callable
        Row of the image of a file name, -1 where there is none.
    images : Images
    log : ProblemLog
        Told of the tiles.
    """
    unknown = np.flatnonzero(image_row < 0)
    if not len(unknown):
        return image_row, NOTHING
    wanted = [names[row] for row in unknown.tolist()]
    found: dict[Any, tuple[int, Tile]] = {}
    for name in dict.fromkeys(wanted):
        tile = tile_of(name.strip()) if isinstance(name, str) else None
        if tile is not None and (row := find(tile.image)) >= 0:
            found[name] = row, tile
    if not found:
        return image_row, NOTHING
    places = {name: place for place, name in enumerate(found)}
    place = np.array([places.get(name, -1) for name in wanted], np.int64)
    rows, place = unknown[place >= 0], place[place >= 0]
    tiles = [tile for _, tile in found.values()]
    of_tile = np.array([row for row, _ in found.values()], np.int32)
    stated = np.array([(tile.image_width, tile.image_height) for tile in tiles], np.float64)
    known = np.stack([images.width[of_tile], images.height[of_tile]], axis=1).astype(np.float64)
    _note(list(found), of_tile, stated, known, len(rows), log)
    image_row = image_row.copy()
    image_row[rows] = of_tile[place]
    return image_row, PutBack(
        rows,
        np.array([(tile.left_px, tile.upper_px) for tile in tiles], np.float64)[place],
        np.array([(tile.width, tile.height) for tile in tiles], np.float64)[place],
        np.where(known > 0, known, stated)[place],
    )


def _note(names: list[str], of_tile: IntArray, stated: FloatArray, known: FloatArray, n: int, log: ProblemLog) -> None:
    log.add(
        "tiles-put-back", "", f"{n:,} predictions on {len(names):,} tiles were put back into {len(np.unique(of_tile)):,} images; "
        "what was found in two overlapping tiles stays two predictions, one of which is a duplicate", drops=False, count=n,
    )  # fmt: skip
    for place in np.flatnonzero(((known > 0) & (known != stated)).any(axis=1)).tolist():
        sizes = [" x ".join(f"{side:g}" for side in size[place]) for size in (stated, known)]
        log.add("tile-of-another-size", names[place][:80], f"is cut from an image of {sizes[0]}, that of the ground truth is "
                f"{sizes[1]}", drops=False)  # fmt: skip
