"""Run lengths in row order within a box, as CVAT writes masks, turned into COCO's runs in column order over the image."""

from __future__ import annotations

from typing import Any

import numpy as np

from diag_gui.formats.limits import LIMITS


def mask_of_rows(text: str, box: tuple[float, float, float, float], size: tuple[int, int]) -> dict[str, Any] | str:
    """Return the RLE of a mask, or what is wrong with it.

    Parameters
    ----------
    text : str
        Run lengths between commas, background first, row by row within ``box``.
    box : tuple of float
        Left, top, width, height in whole pixels.
    size : tuple of int
        Width and height of the image; must be known and hold the box.

    Returns
    -------
    dict or str
        ``{"size": [h, w], "counts": [...]}``, uncompressed, as COCO writes it.
    """
    width, height = size
    if width <= 0 or height <= 0:
        return "the size of its image is not known"
    if any(value != value or abs(value) > LIMITS["mask_pixels"] or value != int(value) for value in box):
        return "left, top, width and height are not whole numbers of pixels"
    left, top, across, down = (int(value) for value in box)
    if left < 0 or top < 0 or across < 1 or down < 1 or left + across > width or top + down > height:
        return "the mask leaves its image"
    if width * height > LIMITS["mask_pixels"]:
        return f"the image is over the limit mask_pixels of {LIMITS['mask_pixels']:,}"
    words = text.replace(" ", "").split(",")
    if not all(word.isascii() and word.isdigit() and len(word) < 12 for word in words):
        return "rle holds something other than whole numbers between commas"
    runs = np.array(words, dtype=np.int64)
    if int(runs.sum()) != across * down:
        return f"rle covers {int(runs.sum()):,} pixels, its box of {across} x {down} has {across * down:,}"
    is_inked = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(down, across)
    columns = np.zeros((across, height), dtype=np.bool_)
    columns[:, top : top + down] = is_inked.T
    inked = columns.ravel()
    edges = np.flatnonzero(np.diff(inked.astype(np.int8), prepend=0, append=0)) + left * height
    counts = np.diff(np.concatenate(([0], edges, [width * height])))
    return {"size": [height, width], "counts": counts.tolist()}
