"""A run cut into parts of consecutive images, each a run of its own that can travel to another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run
from diag_gui.evaluation.candidate_pairs import pairs_of_parts
from diag_gui.evaluation.coco_summary import counted_predictions
from diag_gui.evaluation.geometry import GEOMETRIES
from diag_gui.evaluation.match_grid import MatchGrid, match_grid
from diag_gui.evaluation.matching import Matches
from diag_gui.evaluation.nearest_ground_truth import NearestGroundTruth
from diag_gui.evaluation.run_facts import Compared, prepare_run
from diag_gui.evaluation.run_part import RunPart

Pairs = tuple[IntArray, IntArray, FloatArray]
"""Rows of predictions, rows of ground truth, and their IoU, within one part."""


@dataclass(frozen=True, slots=True, eq=False)
class PartFound:
    """What a worker finds in one part; rows are counted from the beginning of the part.

    Attributes
    ----------
    pairs : tuple of ndarray
        See `Pairs`.
    nearest : NearestGroundTruth
    matches_at_50 : Matches
    grid : MatchGrid
    """

    pairs: Pairs
    nearest: NearestGroundTruth
    matches_at_50: Matches
    grid: MatchGrid


def bounds_of_parts(predictions: Predictions, n_parts: int) -> list[tuple[int, int]]:
    """Return the images of at most ``n_parts`` parts with about equal numbers of predictions; one part of no images has none.

    Parameters
    ----------
    predictions : Predictions
    n_parts : int
        At least 1.
    """
    return bounds_of_rows(predictions.image_offsets, n_parts)


def bounds_of_rows(image_offsets: LongArray, n_parts: int) -> list[tuple[int, int]]:
    """Return the images of at most ``n_parts`` parts with about equal numbers of rows, as `bounds_of_parts` does."""
    n_images = len(image_offsets) - 1
    wanted = np.linspace(0, image_offsets[-1], n_parts + 1)[1:-1]
    inner = np.searchsorted(image_offsets, wanted, side="left")
    edges = np.unique(np.concatenate(([0], np.minimum(inner, n_images), [n_images]))).tolist()
    return list(pairwise(edges)) or [(0, n_images)]


def compare_part(part: RunPart, task: str, floor: float, max_detections: int) -> PartFound:
    """Return the overlaps and the matches of one part: what a worker does.

    Parameters
    ----------
    part : RunPart
    task : str
        A key of `GEOMETRIES`.
    floor : float
        Pairs of a lower IoU are not kept.
    max_detections : int
        Predictions per image and class that count.
    """
    dataset, predictions = part.dataset, part.predictions
    found = GEOMETRIES[task](dataset, predictions, workers=1).pairs_of(0, len(predictions), floor)
    # Not left to the part to decide: what is kept goes by the size of the whole run.
    pairs = pairs_of_parts(dataset, predictions, [found], floor)
    run = Run("", predictions, dataset.source)
    facts = prepare_run(dataset, run, max_detections=max_detections, task=task, pairs=pairs, workers=1)
    grid = match_grid(facts, counted_predictions(facts, None, max_detections), workers=1)
    return PartFound(found, facts.nearest, facts.matches_at_50, grid)


def merge_parts(
    dataset: Dataset, predictions: Predictions, bounds: Sequence[tuple[int, int]], found: Sequence[PartFound], floor: float
) -> Compared:
    """Return what comparing the whole run gives from what its parts gave: to the bit what one process finds.

    Parameters
    ----------
    dataset : Dataset
    predictions : Predictions
    bounds : sequence of (int, int)
        Images of each part, one after the other, all of them.
    found : sequence of PartFound
        In the same order.
    floor : float
        As the parts were compared with.
    """
    first_pred = [int(predictions.image_offsets[first]) for first, _ in bounds]
    first_gt = [int(dataset.image_offsets[first]) for first, _ in bounds]
    moved = [
        (pred_row + np.int32(preds), gt_row + np.int32(labels), iou)
        for preds, labels, (pred_row, gt_row, iou) in zip(first_pred, first_gt, (one.pairs for one in found), strict=True)
    ]
    nearest, matches = [one.nearest for one in found], [one.matches_at_50 for one in found]
    return Compared(
        pairs=pairs_of_parts(dataset, predictions, moved, floor),
        nearest=NearestGroundTruth(
            np.concatenate([one.same_iou for one in nearest]),
            _rows([one.same_gt for one in nearest], first_gt),
            np.concatenate([one.other_iou for one in nearest]),
            _rows([one.other_gt for one in nearest], first_gt),
        ),
        matches_at_50=Matches(
            _rows([one.gt_row_of_pred for one in matches], first_gt),
            _rows([one.pred_row_of_gt for one in matches], first_pred),
            np.concatenate([one.pred_ignored for one in matches]),
            np.concatenate([one.gt_ignored for one in matches]),
            np.concatenate([one.iou_of_pred for one in matches]),
        ),
        grid=MatchGrid(
            np.concatenate([one.grid.matched for one in found]),
            np.concatenate([one.grid.ignored for one in found]),
            found[0].grid.max_detections,
        ),
    )


def _rows(parts: Sequence[IntArray], firsts: Sequence[int]) -> IntArray:
    """Return rows of parts as rows of the whole; -1, for none, stays."""
    return np.concatenate(
        [np.where(rows >= 0, rows + np.int32(first), rows).astype(np.int32) for rows, first in zip(parts, firsts, strict=True)]
    )
