"""From segmentations as they are written to the columns that masks are compared by."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, IntArray, LongArray
from diag_gui.data.dataset import Dataset, GroundTruth, Images
from diag_gui.data.masks import Mask, MaskColumns
from diag_gui.data.predictions import Predictions
from diag_gui.data.written_masks import MASK_PIXELS, POLYGON_PX, MaskKind, WrittenMasks, fault_of
from diag_gui.evaluation._kernels.mask_loops import mask_loops
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.exceptions import EvaluationError

AT_LEAST = 512
"""Masks of a chunk worth handing to a thread."""

_known: WeakKeyDictionary[GroundTruth, tuple[Images, MaskColumns]] = WeakKeyDictionary()
_lock = threading.Lock()


def ground_truth_masks(
    dataset: Dataset, *, workers: int | None = None, cancelled: Callable[[], bool] | None = None
) -> MaskColumns:
    """Return the masks of the ground truth; computed once and kept as long as the ground truth is.

    Parameters
    ----------
    dataset : Dataset
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Raises
    ------
    EvaluationError
        If a label has no segmentation, or one that cannot be filled; the first is named.
    concurrent.futures.CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    pycocotools stops at a label without a segmentation. What was written but cannot be used (`data.masks.UNUSABLE`) has no
    pixel.
    """
    gt = dataset.ground_truth
    with _lock:
        images, columns = _known.get(gt, (None, None))
    if columns is not None and images is dataset.images:
        return columns

    def name(row: int) -> str:
        return f"{dataset.source.path.name}: label {gt.annotation_id[row]} on {dataset.images.file_name[gt.image_row[row]]}"

    masks = gt.masks if gt.masks is not None else (None,) * len(gt)
    lacking = _lacking(masks)
    if len(lacking):
        others = f" ({len(lacking):,} labels have none)" if len(lacking) > 1 else ""
        raise EvaluationError("task", f"{name(int(lacking[0]))} has no mask{others}; segm compares masks, bbox boxes")
    columns = mask_columns(masks, gt.image_row, dataset.images, name, workers=workers, cancelled=cancelled)
    with _lock:
        _known[gt] = (dataset.images, columns)
    return columns


def predicted_masks(
    dataset: Dataset,
    predictions: Predictions,
    *,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> MaskColumns:
    """Return the masks of the predictions; the box stands for the mask of one that has no segmentation.

    Parameters
    ----------
    dataset : Dataset
    predictions : Predictions
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Raises
    ------
    EvaluationError
        If one cannot be filled; the first is named.
    concurrent.futures.CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    The polygon around a box and the order of its corners are those of ``COCO.loadRes`` of pycocotools. Boxes that go on
    beyond `POLYGON_PX` are cut there, outside any image.
    """
    name = _namer(dataset, predictions)
    masks = list(predictions.masks) if predictions.masks is not None else [None] * len(predictions)
    lacking = _lacking(masks)
    for row, polygons in zip(lacking.tolist(), _polygons_of_boxes(predictions.xywh[lacking]), strict=True):
        masks[row] = polygons
    return mask_columns(masks, predictions.image_row, dataset.images, name, workers=workers, cancelled=cancelled)


def areas_without_box(
    dataset: Dataset,
    predictions: Predictions,
    *,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[LongArray, FloatArray]:
    """Return which predictions came as a mask without a box and can be filled, and how many pixels each has."""
    if predictions.has_box is None or predictions.masks is None:
        return np.empty(0, np.int64), np.empty(0)
    size_known = (dataset.images.height > 0) & (dataset.images.width > 0)
    rows = np.flatnonzero(~predictions.has_box)
    rows = rows[[size_known[predictions.image_row[row]] or isinstance(predictions.masks[row], dict) for row in rows.tolist()]]
    if not len(rows):
        return rows, np.empty(0)
    masks = [predictions.masks[row] for row in rows.tolist()]
    name = _namer(dataset, predictions)
    columns = mask_columns(
        masks, predictions.image_row[rows], dataset.images, lambda k: name(int(rows[k])), workers=workers, cancelled=cancelled
    )
    return rows, columns.area


def check_sizes(dataset: Dataset, truth: MaskColumns, predictions: Predictions, found: MaskColumns) -> None:
    """Check that the masks of one image are of one size also where nothing says how large the image is.

    Raises
    ------
    EvaluationError
        Naming the first image with masks of two sizes.
    """
    images = dataset.images
    unknown = (images.height < 1) | (images.width < 1)
    if not unknown.any():
        return
    image_row = np.concatenate((dataset.ground_truth.image_row, predictions.image_row))
    size = np.stack((np.concatenate((truth.height, found.height)), np.concatenate((truth.width, found.width))), axis=1)
    # Empty polygons of an image of unknown size have none either.
    rows = np.flatnonzero(unknown[image_row] & (size > 0).all(axis=1))
    rows = rows[np.argsort(image_row[rows], kind="stable")]
    differs = (image_row[rows[1:]] == image_row[rows[:-1]]) & (size[rows[1:]] != size[rows[:-1]]).any(axis=1)
    if differs.any():
        at = int(np.argmax(differs))
        sides = " and of ".join(f"{height} x {width}" for height, width in size[rows[at : at + 2]].tolist())
        raise EvaluationError("task", f"{images.file_name[image_row[rows[at]]]}: masks of {sides} cannot be of one image")


def mask_columns(
    masks: Sequence[Mask],
    image_row: IntArray,
    images: Images,
    name: Callable[[int], str],
    *,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> MaskColumns:
    """Return N segmentations as columns.

    Parameters
    ----------
    masks : sequence of list or dict, length N
        None holds no pixel.
    image_row : ndarray of int32, shape (N,)
        The image each lies in.
    images : Images
    name : callable
        Names a row in errors.
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.

    Raises
    ------
    EvaluationError
        If one cannot be filled; the first is named.
    concurrent.futures.CancelledError
        If ``cancelled`` said so.
    """
    height, width = images.height[image_row], images.width[image_row]

    def fill(first: int, last: int) -> tuple[AnyArray, LongArray, LongArray, LongArray, FloatArray, IntArray]:
        laid = lay_out(masks[first:last], height[first:last], width[first:last])
        edges, n_edges, fault = filled(laid)
        bad = np.flatnonzero(fault | laid.fault | _has_no_room(laid))
        if len(bad):
            row = first + int(bad[0])
            raise EvaluationError("task", f"{name(row)}: {_reason(masks[row], int(height[row]), int(width[row]))}")
        offsets = np.zeros(last - first + 1, np.int64)
        np.cumsum(n_edges, out=offsets[1:])
        return edges, n_edges, laid.height, laid.width, *mask_loops.areas_and_boxes(edges, offsets, laid.height)

    parts = map_chunks(fill, len(masks), at_least=AT_LEAST, workers=workers, cancelled=cancelled)
    edges, n_edges, high, wide, area, box = (np.concatenate(column) for column in zip(*parts, strict=True))
    offsets = np.zeros(len(masks) + 1, np.int64)
    np.cumsum(n_edges, out=offsets[1:])
    return MaskColumns(edges, offsets, high, wide, area, box)


def lay_out(masks: Sequence[Mask], height: AnyArray, width: AnyArray) -> WrittenMasks:
    """Return N segmentations laid out in arrays.

    Parameters
    ----------
    masks : sequence of list, dict or None, length N
    height, width : ndarray of int, shape (N,)
        Of the image of each; below 1 where not known.
    """
    known = (height > 0) & (width > 0)
    sides = (np.where(known, side, -1).astype(np.int64) for side in (height, width))
    return WrittenMasks(*mask_loops.laid_out(masks, *sides))


def without_polygons(masks: WrittenMasks) -> WrittenMasks:
    """Return the masks as if those of polygons were not there: what is left can be filled without knowing its image."""
    return replace(masks, kind=np.where(masks.is_rle, masks.kind, np.uint8(MaskKind.NONE)))


def filled(masks: WrittenMasks) -> tuple[AnyArray, LongArray, AnyArray]:
    """Return the edges of masks, how many each has, and which have runs that do not fill their image."""
    return mask_loops.edges_of_masks(
        masks.kind,
        masks.height,
        masks.width,
        masks.ring_bounds,
        masks.point_bounds,
        masks.points,
        masks.text_bounds,
        masks.text,
        masks.run_bounds,
        masks.runs,
        0,
        len(masks),
    )


def _namer(dataset: Dataset, predictions: Predictions) -> Callable[[int], str]:
    """Return what names a prediction in errors: its place in the file and its image."""
    return lambda row: f"prediction {predictions.source_index[row]} on {dataset.images.file_name[predictions.image_row[row]]}"


def _lacking(masks: Sequence[Mask]) -> LongArray:
    return np.flatnonzero(np.fromiter((mask is None for mask in masks), np.bool_, len(masks)))


def _polygons_of_boxes(xywh: FloatArray) -> list[Mask]:
    left, top = xywh[:, 0], xywh[:, 1]
    right, bottom = left + xywh[:, 2], top + xywh[:, 3]
    corners = np.stack((left, top, left, bottom, right, bottom, right, top), axis=1)
    polygons: list[Mask] = np.clip(corners, -POLYGON_PX, POLYGON_PX)[:, np.newaxis].tolist()
    return polygons


def _has_no_room(laid: WrittenMasks) -> AnyArray:
    """Return which polygons lie in an image of unknown or too large a size."""
    pixels = laid.height * laid.width
    return (np.diff(laid.ring_bounds) > 0) & ((laid.height < 1) | (pixels > MASK_PIXELS))


def _reason(mask: Mask, height: int, width: int) -> str:
    reason = fault_of(mask, height, width)
    if reason is not None:
        return reason
    if height < 1 or width < 1:
        return "polygons cannot be filled in an image whose width and height are not known"
    return f"an image of {height} x {width} is over the limit mask_pixels of {MASK_PIXELS:,}"
