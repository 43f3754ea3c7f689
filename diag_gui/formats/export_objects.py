"""Labels and predictions of one image as writers of other programs' formats need them: names, corners, attributes, decisions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.data.attributes import Level
from diag_gui.exceptions import ExportError
from diag_gui.formats.export_request import ExportRequest, Written
from diag_gui.formats.export_values import given_values

_RIGHT_PX = 0.01
"""How far the corners of a turned box may lie from a rectangle's and still be written as width, height and angle."""


@dataclass(frozen=True, slots=True)
class TurnedBox:
    """A rectangle by its centre, sides and the angle it is turned by, clockwise, in degrees of [0, 360)."""

    cx: float
    cy: float
    width: float
    height: float
    degrees: float


@dataclass(frozen=True, slots=True)
class ExportedObject:
    """One label or prediction.

    Attributes
    ----------
    class_name : str
    xywh : tuple of float
    quad : tuple of float or None
        Eight corners where it is rotated.
    polygons : tuple of tuple of float, or None
        Its outlines; None where it has none, or only run lengths.
    runs : dict or None
        Its run lengths where they are compressed as COCO compresses them.
    attributes : dict
        Those that have a value.
    tags : tuple of str
    note : str
    score : float or None
        None of a label.
    is_crowd, is_ignored : bool
    """

    class_name: str
    xywh: tuple[float, float, float, float]
    quad: tuple[float, ...] | None
    polygons: tuple[tuple[float, ...], ...] | None
    runs: dict[str, Any] | None
    attributes: dict[str, Any]
    tags: tuple[str, ...]
    note: str
    score: float | None
    is_crowd: bool
    is_ignored: bool


def labels_of(request: ExportRequest, image_row: int) -> list[ExportedObject]:
    """Return the labels of an image in the order of the file."""
    gt, offsets = request.dataset.ground_truth, request.dataset.image_offsets
    return [
        _object(request, gt, row, Level.GT, None, bool(gt.is_crowd[row]), bool(gt.is_ignored[row]))
        for row in range(int(offsets[image_row]), int(offsets[image_row + 1]))
    ]


def predictions_of(request: ExportRequest, image_row: int) -> list[ExportedObject]:
    """Return the run's predictions on an image in the order of the file; none without a run."""
    if request.run is None:
        return []
    predictions = request.run.predictions
    return [
        _object(request, predictions, row, Level.PRED, float(predictions.score[row]), False, False)
        for row in range(int(predictions.image_offsets[image_row]), int(predictions.image_offsets[image_row + 1]))
    ]


def words_of(request: ExportRequest, level: Level, row: int) -> tuple[tuple[str, ...], str]:
    """Return tags, a verdict among them, and the note about one image or object."""
    decisions = request.decisions_of(level, row)
    tags = tuple(dict.fromkeys(one.text for one in decisions if one.kind in ("tag", "verdict")))
    return tags, "\n".join(one.text for one in decisions if one.kind == "note")


def size_of(request: ExportRequest, image_row: int) -> tuple[int, int]:
    """Return width and height of an image in pixels.

    Raises
    ------
    ExportError
        If it is not known: the format asked for cannot do without.
    """
    images = request.dataset.images
    width, height = int(images.width[image_row]), int(images.height[image_row])
    if width <= 0 or height <= 0 or request.dataset.sizes_are_nominal:
        raise ExportError(
            request.folder, f"the size of {images.file_name[image_row]} is not known, and {request.target} cannot do without"
        )
    return width, height


def turned(quad: tuple[float, ...]) -> TurnedBox | None:
    """Return the rectangle that four corners make; None where they make none."""
    corners: FloatArray = np.array(quad, np.float64).reshape(4, 2)
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    if np.abs(corners[0] + corners[2] - corners[1] - corners[3]).max() > _RIGHT_PX:
        return None
    width, height = float(np.hypot(*across)), float(np.hypot(*down))
    if abs(float(across @ down)) > _RIGHT_PX * max(width, height) or width == 0 or height == 0:
        return None
    if float(across[0] * down[1] - across[1] * down[0]) < 0:
        # Counter-clockwise corners: the same rectangle, begun the other way round.
        return turned(tuple(corners[[0, 3, 2, 1]].ravel().tolist()))
    cx, cy = corners.mean(axis=0).tolist()
    return TurnedBox(cx, cy, width, height, math.degrees(math.atan2(across[1], across[0])) % 360)


def note_losses(request: ExportRequest, written: Written, *, predictions: bool, ids: bool = True, runs: bool = False) -> None:
    """Note what formats like these have no place for: run lengths, several outlines, predictions, ids."""
    masks = request.dataset.ground_truth.masks
    kept = [] if masks is None else [masks[row] for row in request.gt_rows().tolist()]
    if any(isinstance(mask, dict) and not (runs and _is_compressed(mask)) for mask in kept):
        written.not_carried.append("masks of run lengths (boxes are written)")
    if several := sum(isinstance(mask, list) and len(mask) > 1 for mask in kept):
        written.not_carried.append(f"{several} masks of several outlines (boxes are written)")
    if request.run is not None and not predictions:
        written.not_carried.append("predictions")
    if ids:
        written.not_carried.append("ids of images, classes and labels")


def _is_compressed(mask: Any) -> bool:
    return isinstance(mask, dict) and isinstance(mask.get("counts"), str)


def _object(
    request: ExportRequest, table: Any, row: int, level: Level, score: float | None, is_crowd: bool, is_ignored: bool
) -> ExportedObject:
    mask = table.masks[row] if table.masks is not None else None
    tags, note = words_of(request, level, row)
    x, y, w, h = table.xywh[row].tolist()
    quad = tuple(table.quad[row].tolist()) if table.quad is not None else None
    if isinstance(mask, list) and len(mask) == 1 and quad == (x, y, x + w, y, x + w, y + h, x, y + h):
        # Beside turned boxes every label has corners; an outline says more than those of the box around it.
        quad = None
    return ExportedObject(
        class_name=request.dataset.classes.name[int(table.class_row[row])],
        xywh=(x, y, w, h),
        quad=quad,
        polygons=tuple(tuple(outline) for outline in mask) if isinstance(mask, list) else None,
        runs=mask if _is_compressed(mask) else None,
        attributes=given_values(table.attributes, row),
        tags=tags,
        note=note,
        score=score,
        is_crowd=is_crowd,
        is_ignored=is_ignored,
    )
