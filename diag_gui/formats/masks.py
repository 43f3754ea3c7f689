"""Which segmentations of a file can be used, and the boxes around those that came without one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray
from diag_gui.data.masks import UNUSABLE, Mask
from diag_gui.data.read_report import ProblemLog
from diag_gui.data.written_masks import fault_of
from diag_gui.evaluation._kernels.mask_loops import mask_loops
from diag_gui.evaluation.mask_columns import filled, lay_out, without_polygons
from diag_gui.formats.box_rules import ImageSizes
from diag_gui.formats.record_problems import RecordName


def usable_masks(masks: Sequence[Mask], sizes: ImageSizes, log: ProblemLog, name: RecordName) -> tuple[Mask, ...] | None:
    """Return segmentations, `UNUSABLE` in place of those that are noted as bad; None where there is none at all.

    Parameters
    ----------
    masks : sequence of list, dict or None, length N
    sizes : ImageSizes
        Of the image of each.
    log : ProblemLog
    name : callable
        Gives the name of a record.
    """
    if all(mask is None for mask in masks):
        return None
    usable = list(masks)
    height, width = (np.nan_to_num(side, nan=-1.0).astype(np.int64) for side in (sizes.height, sizes.width))
    for row in np.flatnonzero(faulty(masks, height, width)).tolist():
        reason = fault_of(masks[row], int(height[row]), int(width[row]))
        log.add("bad-mask", name(row), f"{reason}; the mask is left out, the box stays", drops=False)
        usable[row] = UNUSABLE
    return tuple(usable)


def faulty(masks: Sequence[Mask], height: AnyArray, width: AnyArray) -> BoolArray:
    """Return which segmentations cannot be used, checked all at once; `data.written_masks.fault_of` says why.

    Parameters
    ----------
    masks : sequence of list, dict or None, length N
        None is no fault.
    height, width : ndarray of int, shape (N,)
        Of the image of each; below 1 where not known.
    """
    laid = lay_out(masks, height, width)
    _, _, fault = filled(without_polygons(laid))
    return laid.fault | fault


def mask_boxes(masks: Sequence[Mask]) -> FloatArray:
    """Return the boxes around usable segmentations, xywh in pixels, float64 (N, 4); NaN where there is none.

    Notes
    -----
    RLE as ``rleToBbox`` of pycocotools: whole pixels, and 0 where no pixel is in it. Polygons: around their points.
    """
    unknown = np.full(len(masks), -1)
    laid = lay_out(masks, unknown, unknown)
    boxes = np.full((len(masks), 4), np.nan)
    bounds = laid.point_bounds[laid.ring_bounds]
    rows = np.flatnonzero(np.diff(bounds))
    if len(rows):
        low = np.minimum.reduceat(laid.points, bounds[rows])
        boxes[rows] = np.hstack((low, np.maximum.reduceat(laid.points, bounds[rows]) - low))
    edges, n_edges, fault = filled(without_polygons(laid))
    _, box = mask_loops.areas_and_boxes(edges, np.concatenate(([0], np.cumsum(n_edges))), laid.height)
    rows = np.flatnonzero(laid.is_rle & ~fault)
    boxes[rows] = np.hstack((box[rows, :2], box[rows, 2:] - box[rows, :2]))
    return boxes
