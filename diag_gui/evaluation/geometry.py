"""What the objects of a run are compared by: boxes, masks, or boxes of any angle; one function per task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, frozen
from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.masks import UNUSABLE
from diag_gui.data.predictions import Predictions
from diag_gui.data.quadrilaterals import Quadrilaterals, quadrilaterals
from diag_gui.evaluation._kernels.mask_loops import mask_loops
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation._kernels.rotated_loops import rotated_loops
from diag_gui.evaluation.mask_columns import areas_without_box, check_sizes, ground_truth_masks, predicted_masks
from diag_gui.exceptions import EvaluationError

PairsOfChunk = Callable[[int, int, float], tuple[IntArray, IntArray, FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """How P predictions are compared with the G ground truth objects of their images.

    Attributes
    ----------
    pairs_of : callable
        ``pairs_of(first, last, floor)`` returns ``pred_row, gt_row, iou`` of predictions ``first`` to ``last`` with the
        ground truth of their images, of any class, where IoU > 0 and IoU >= ``floor``; ascending by prediction, then ground
        truth. The IoU with a crowd is the share of the prediction. Called from several threads.
    gt_pairs_of : callable
        The same for ground truth ``first`` to ``last`` with the ground truth of their images, themselves included, none of
        them taken for a crowd: what finds two labels of one object.
    at_least : int
        Predictions of a chunk worth handing to a thread.
    gt_area, pred_area : ndarray of float64, shape (G,) and (P,)
        Square pixels: what the area ranges of COCO go by.
    gt_left_out : ndarray of bool, shape (G,), or None
        Ground truth that cannot be compared and counts neither way; None means of no row.
    """

    pairs_of: PairsOfChunk
    gt_pairs_of: PairsOfChunk
    at_least: int
    gt_area: FloatArray
    pred_area: FloatArray
    gt_left_out: BoolArray | None = None

    def __post_init__(self) -> None:
        for name in ("gt_area", "pred_area"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (-1,), name))


class GeometryOf(Protocol):
    """Makes the geometry of one task; ``workers`` and ``cancelled`` as in `diag_gui.evaluation.chunks.map_chunks`."""

    def __call__(
        self,
        dataset: Dataset,
        predictions: Predictions,
        *,
        workers: int | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Geometry:
        """Return how the predictions are compared with the ground truth."""
        ...


def box_geometry(
    dataset: Dataset,
    predictions: Predictions,
    *,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Geometry:
    """Return upright boxes, xywh.

    Notes
    -----
    ``inter / union`` in float64 with the operations and their order of pycocotools' ``bbIou``; a width or height <= 0
    gives 0. The area of a prediction is width times height, where it came without a box that of its mask.
    """
    gt = dataset.ground_truth
    no_crowd = np.zeros(len(gt), dtype=np.bool_)
    pred_area = predictions.xywh[:, 2] * predictions.xywh[:, 3]
    if predictions.has_box is not None:
        rows, areas = areas_without_box(dataset, predictions, workers=workers, cancelled=cancelled)
        pred_area[rows] = areas

    def pairs_of(first: int, last: int, floor: float) -> tuple[IntArray, IntArray, FloatArray]:
        return matching_loops.candidate_pairs(
            gt.xywh, gt.is_crowd, dataset.image_offsets, predictions.xywh, predictions.image_row, first, last, floor
        )

    def gt_pairs_of(first: int, last: int, floor: float) -> tuple[IntArray, IntArray, FloatArray]:
        return matching_loops.candidate_pairs(gt.xywh, no_crowd, dataset.image_offsets, gt.xywh, gt.image_row, first, last, floor)

    return Geometry(pairs_of, gt_pairs_of, 16_384, gt.area, pred_area)


def mask_geometry(
    dataset: Dataset,
    predictions: Predictions,
    *,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Geometry:
    """Return masks, in pixels.

    Raises
    ------
    EvaluationError
        If a label has no mask, or a mask cannot be filled; the first is named.

    Notes
    -----
    ``inter / union`` of whole numbers of pixels in float64, as ``rleIou`` of pycocotools; masks whose boxes do not overlap are
    never looked at. Where two masks have a run of no length at one place, pycocotools stops counting there; that is not
    copied. The area of a label is the file's, else its pixels; that of a prediction width times height of its box, as
    ``COCO.loadRes`` has it, else its pixels. A label whose mask cannot be used is left out, a prediction like that overlaps
    nothing.
    """
    gt = dataset.ground_truth
    truth = ground_truth_masks(dataset, workers=workers, cancelled=cancelled)
    found = predicted_masks(dataset, predictions, workers=workers, cancelled=cancelled)
    check_sizes(dataset, truth, predictions, found)
    of_truth = (truth.edges, truth.offsets, truth.area, truth.box)
    of_found = (found.edges, found.offsets, found.area, found.box)
    no_crowd = np.zeros(len(gt), dtype=np.bool_)

    def pairs_of(first: int, last: int, floor: float) -> tuple[IntArray, IntArray, FloatArray]:
        return mask_loops.mask_pairs(
            *of_truth, gt.is_crowd, dataset.image_offsets, *of_found, predictions.image_row, first, last, floor
        )

    def gt_pairs_of(first: int, last: int, floor: float) -> tuple[IntArray, IntArray, FloatArray]:
        return mask_loops.mask_pairs(*of_truth, no_crowd, dataset.image_offsets, *of_truth, gt.image_row, first, last, floor)

    w_times_h = predictions.xywh[:, 2] * predictions.xywh[:, 3]
    return Geometry(
        pairs_of,
        gt_pairs_of,
        512,
        gt.area if gt.has_area is None else np.where(gt.has_area, gt.area, truth.area),
        w_times_h if predictions.has_box is None else np.where(predictions.has_box, w_times_h, found.area),
        np.fromiter((mask == UNUSABLE for mask in gt.masks or ()), np.bool_, len(gt)),
    )


def rotated_geometry(
    dataset: Dataset,
    predictions: Predictions,
    *,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Geometry:
    """Return quadrilaterals, the four corners of boxes of any angle.

    Raises
    ------
    EvaluationError
        If a side has objects and no corners.

    Notes
    -----
    The area in common comes from clipping one outline by the other in float64; see ``_kernels.rotated_numpy``. A shape of no
    area overlaps nothing. Areas are those of the shapes, not of their bounds nor the file's.
    """
    gt = dataset.ground_truth
    truth = _four_corners(gt, "the ground truth has none")
    found = _four_corners(predictions, "the predictions have none")
    no_crowd = np.zeros(len(gt), dtype=np.bool_)
    of_truth = (truth.corners, truth.bounds, truth.area, truth.inward)
    of_found = (found.corners, found.bounds, found.area, found.inward)

    def pairs_of(first: int, last: int, floor: float) -> tuple[IntArray, IntArray, FloatArray]:
        return rotated_loops.candidate_pairs(
            *of_truth, gt.is_crowd, dataset.image_offsets, *of_found, predictions.image_row, first, last, floor
        )

    def gt_pairs_of(first: int, last: int, floor: float) -> tuple[IntArray, IntArray, FloatArray]:
        return rotated_loops.candidate_pairs(
            *of_truth, no_crowd, dataset.image_offsets, *of_truth, gt.image_row, first, last, floor
        )

    return Geometry(pairs_of, gt_pairs_of, 1_024, truth.area, found.area)


def _four_corners(objects: GroundTruth | Predictions, lack: str) -> Quadrilaterals:
    if objects.quad is None and len(objects):
        raise EvaluationError("task", f"'rotated' compares boxes by four corners; {lack}, only upright boxes")
    return quadrilaterals(np.empty((0, 8)) if objects.quad is None else objects.quad)


GEOMETRIES: Mapping[str, GeometryOf] = {"bbox": box_geometry, "segm": mask_geometry, "rotated": rotated_geometry}
"""By task."""
