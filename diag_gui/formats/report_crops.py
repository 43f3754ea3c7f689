"""The failures a report shows with a picture: the worst of each type, cut out around their boxes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import ByteArray
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.formats import yolo
from diag_gui.formats.export_failures import failure_records
from diag_gui.formats.export_pictures import picture_file
from diag_gui.formats.export_request import FailureSelection
from diag_gui.formats.images import DecodeRequest

_SIDE = 160
_MARGIN = 0.6
"""Of the larger side of the boxes, around them."""
_LEAST_MARGIN = 0.08
_SMALLEST_PX = 48.0

Decode = Callable[[DecodeRequest], ByteArray | None]
"""Reads pixels as uint8 (H, W, 3) RGB; None where it cannot."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One failure with its picture.

    Attributes
    ----------
    record : dict
        Of `failure_records`.
    png : bytes
        Empty where there is no picture.
    size : tuple of int
        Width and height in pixels.
    truth, predicted : tuple of float or None
        Boxes in pixels of the crop.
    """

    record: dict[str, Any]
    png: bytes
    size: tuple[int, int]
    truth: tuple[float, ...] | None
    predicted: tuple[float, ...] | None


def worst_failures(facts: RunFacts, evaluation: Evaluation, n_each: int) -> FailureSelection:
    """Return at most ``n_each`` failures of each type: predictions by descending score, missed labels by descending area."""
    outcomes = evaluation.outcomes
    chosen = []
    for kind in ERROR_KINDS:
        rows = np.flatnonzero(outcomes.kind == kind)
        weight = facts.gt_area[rows - outcomes.n_predictions] if kind is OutcomeKind.MISSED else outcomes.score(rows)
        chosen.append(rows[np.argsort(-weight, kind="stable")][:n_each])
    return FailureSelection(facts, evaluation, np.concatenate(chosen).astype(np.int32))


def cut_out(selection: FailureSelection, image_root: Path | None, decode: Decode) -> list[Crop]:
    """Return the failures of ``selection`` with their pictures.

    Parameters
    ----------
    selection : FailureSelection
    image_root : Path or None
        Without it, or where a picture is missing, a crop has no picture.
    decode : callable
    """
    crops = []
    dataset = selection.facts.dataset
    image_rows = selection.evaluation.outcomes.image_row(selection.rows).tolist()
    for record, row in zip(failure_records(selection), image_rows, strict=True):
        boxes = [box for box in (record["gt_bbox"], record["pred_bbox"]) if box is not None]
        stated = (int(dataset.images.width[row]), int(dataset.images.height[row]))
        region = _region(boxes, *stated)
        scale = _SIDE / region[2]
        path = picture_file(image_root, record["image"])
        pixels = None
        if path is not None:
            upright = dataset.source.format in yolo.FORMATS
            pixels = decode(DecodeRequest(path, crop=region, size=(_SIDE, _SIDE), stated_size=stated, upright=upright))
        crops.append(
            Crop(
                record,
                b"" if pixels is None else png_bytes(pixels),
                (_SIDE, _SIDE),
                _within(record["gt_bbox"], region, scale),
                _within(record["pred_bbox"], region, scale),
            )
        )
    return crops


def _region(boxes: list[list[float]], width: int, height: int) -> tuple[float, float, float, float]:
    """Return a square around all boxes with a margin, as far inside the picture as it goes.

    Parameters
    ----------
    boxes : list of [x, y, w, h]
    width, height : int
        Of the picture; not positive where unknown.
    """
    corners = np.array([[x, y, x + w, y + h] for x, y, w, h in boxes])
    left, top = corners[:, :2].min(axis=0).tolist()
    right, bottom = corners[:, 2:].max(axis=0).tolist()
    extent = max(right - left, bottom - top)
    side = max(extent * (1 + 2 * _MARGIN), _SMALLEST_PX)
    if min(width, height) > 0:
        side = min(side, max(extent * (1 + 2 * _LEAST_MARGIN), min(width, height)))
    return (_inside((left + right - side) / 2, side, width), _inside((top + bottom - side) / 2, side, height), side, side)


def _inside(start: float, side: float, length: int) -> float:
    """Return where a stretch begins so that it lies within ``0..length``, if it fits."""
    return min(max(start, 0.0), length - side) if 0 < side <= length else start


def _within(box: list[float] | None, region: tuple[float, float, float, float], scale: float) -> tuple[float, ...] | None:
    """Return a box in pixels of the crop."""
    if box is None:
        return None
    return ((box[0] - region[0]) * scale, (box[1] - region[1]) * scale, box[2] * scale, box[3] * scale)


def png_bytes(pixels: ByteArray) -> bytes:
    """Return a picture as PNG.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        RGB.

    Notes
    -----
    Each line is stored as differences to the pixel on its left (filter 1), which halves photographs.

    References
    ----------
    .. [1] https://www.w3.org/TR/png-3/
    """
    height, width = pixels.shape[:2]
    left = np.zeros_like(pixels)
    left[:, 1:] = pixels[:, :-1]
    lines = np.empty((height, 1 + width * 3), np.uint8)
    lines[:, 0] = 1
    lines[:, 1:] = (pixels - left).reshape(height, -1)

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
