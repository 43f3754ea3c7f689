"""What one run says about every label and about objects that no label states: the evidence doubts are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.first_matches import FirstMatches
from diag_gui.evaluation.matching import Matches
from diag_gui.evaluation.nearest_ground_truth import NearestGroundTruth

SAME_IOU = 0.5
"""Two boxes of at least this IoU speak of one place."""

TOUCHING_IOU = 0.1
"""A prediction below this IoU with every label speaks of none of them."""

KEPT_UP_TO = 1_000_000
"""Predictions of a run up to which what is made of it to judge labels is kept: it takes 35 bytes for each, in every open run."""

_MADE = ("score", "is_judge", "is_free", "overlap", "aim", "says", "overlap_with_others", "aimed")

NO_LABEL, LOCATION, CLASS, CLASS_AND_LOCATION = 0, 1, 2, 3
"""What an unmatched prediction says of the label that it overlaps most: nothing, or that this is wrong about it."""


@dataclass(frozen=True, eq=False)
class RunEvidence:
    """One run as a witness about the labels of a dataset.

    Attributes
    ----------
    predictions : Predictions
    pairs : CandidatePairs
    first : FirstMatches
    pred_area : ndarray of float64, shape (P,)
        Square pixels.
    """

    predictions: Predictions
    pairs: CandidatePairs
    first: FirstMatches
    pred_area: FloatArray

    @property
    def nearest(self) -> NearestGroundTruth:
        """Best IoU and label of every prediction, over the labels that are not ignored."""
        return self.first.nearest

    @property
    def matches(self) -> Matches:
        """Matches of all predictions within classes, at IoU .5."""
        return self.first.at_50

    def let_go(self) -> None:
        """Forget what was made of a large run: it is made again, the same, when somebody asks. Small ones keep it."""
        if len(self.predictions) > KEPT_UP_TO:
            for name in _MADE:
                self.__dict__.pop(name, None)

    @cached_property
    def score(self) -> FloatArray:
        """Scores, those outside 0..1 at its ends: float64, shape (P,)."""
        return np.asarray(np.clip(self.predictions.score, 0.0, 1.0))

    @cached_property
    def is_judge(self) -> BoolArray:
        """Predictions that say something: not on ignored ground truth, score in 0..1; bool, shape (P,)."""
        score = self.predictions.score
        return np.asarray(~self.matches.pred_ignored & (score >= 0) & (score <= 1))

    @cached_property
    def is_free(self) -> BoolArray:
        """Predictions that say something and are matched to no label: bool, shape (P,)."""
        return np.asarray(self.is_judge & (self.matches.gt_row_of_pred < 0))

    @cached_property
    def backing(self) -> FloatArray:
        """Score of the prediction matched to each label, 0 where there is none: float64, shape (G,)."""
        pred_row = self.matches.pred_row_of_gt
        return np.where(pred_row >= 0, self.score[pred_row], 0.0) if len(self.score) else np.zeros(len(pred_row))

    @cached_property
    def overlap(self) -> FloatArray:
        """Greatest IoU of each prediction with any label: float64, shape (P,)."""
        return np.maximum(self.nearest.same_iou, self.nearest.other_iou)

    @cached_property
    def aim(self) -> IntArray:
        """The label each prediction overlaps most, of its own class on equal IoU: int32, shape (P,); -1 below IoU .1."""
        nearest = self.nearest
        label = np.where(nearest.same_iou >= nearest.other_iou, nearest.same_gt, nearest.other_gt)
        return np.where(self.overlap >= TOUCHING_IOU, label, np.int32(-1)).astype(np.int32)

    @cached_property
    def says(self) -> ByteArray:
        """What each free prediction says of its aim, `NO_LABEL` for all others: uint8, shape (P,)."""
        is_same_class = self.nearest.same_iou >= self.nearest.other_iou
        is_same_place = self.overlap >= SAME_IOU
        said = np.where(is_same_class, np.where(is_same_place, NO_LABEL, LOCATION), CLASS)
        said = np.where(~is_same_class & ~is_same_place, CLASS_AND_LOCATION, said)
        return np.where(self.is_free & (self.aim >= 0), said, NO_LABEL).astype(np.uint8)

    @cached_property
    def overlap_with_others(self) -> FloatArray:
        """Greatest IoU of each prediction with any label but the one it is matched to: float64, shape (P,)."""
        matched = self.matches.gt_row_of_pred
        overlap = np.where(matched >= 0, 0.0, self.overlap)
        rows = np.flatnonzero((matched >= 0)[self.pairs.pred_row])
        rows = rows[(self.pairs.gt_row[rows] != matched[self.pairs.pred_row[rows]]) & ~self._on_ignored[rows]]
        np.maximum.at(overlap, self.pairs.pred_row[rows], self.pairs.iou[rows])
        return overlap

    @property
    def _on_ignored(self) -> BoolArray:
        return np.asarray(self.matches.gt_ignored[self.pairs.gt_row])

    @cached_property
    def aimed(self) -> LongArray:
        """Rows of the free predictions that overlap a label, ascending."""
        return np.flatnonzero(self.is_free & (self.aim >= 0))

    def surest(self, rows: LongArray, n_labels: int) -> LongArray:
        """Return, ascending, those of ``rows`` that have the highest score of all that aim at one label; of equals the first."""
        aim, score = self.aim[rows], self.score[rows]
        best = np.full(n_labels, -1.0)
        np.maximum.at(best, aim, score)
        first = np.full(n_labels, -1, np.int64)
        surest = rows[score == best[aim]][::-1]
        first[self.aim[surest]] = surest
        return np.sort(first[first >= 0])


def backing_of_places(
    xywh: FloatArray, class_row: AnyArray, image_row: AnyArray, predictions: Predictions, score: FloatArray
) -> FloatArray:
    """Return the highest score that a run gives to each of N places: a box, a class, an image.

    Parameters
    ----------
    xywh : ndarray of float64, shape (N, 4)
    class_row, image_row : ndarray of int, shape (N,)
        Non-decreasing by image.
    predictions : Predictions
        Those of the class with IoU >= .5 count.
    score : ndarray of float64, shape (P,)
        Of the predictions.

    Returns
    -------
    ndarray of float64, shape (N,)
        0 where the run has nothing.

    Notes
    -----
    Runs are compared with each other by upright boxes, whatever they are compared with the labels by.
    """
    backing = np.zeros(len(xywh))
    if not len(xywh) or not len(predictions):
        return backing
    offsets = np.searchsorted(image_row, np.arange(predictions.n_images + 1)).astype(np.int64)
    boxes, no_crowd = np.ascontiguousarray(xywh, dtype=np.float64), np.zeros(len(xywh), np.bool_)

    def pairs_of(first: int, last: int) -> tuple[IntArray, IntArray]:
        pred_row, place, _ = matching_loops.candidate_pairs(
            boxes, no_crowd, offsets, predictions.xywh, predictions.image_row, first, last, SAME_IOU
        )
        agrees = predictions.class_row[pred_row] == class_row[place]
        return pred_row[agrees], place[agrees]

    for pred_row, place in map_chunks(pairs_of, len(predictions), at_least=16_384):
        np.maximum.at(backing, place, score[pred_row])
    return backing


def log_sizes(area: FloatArray, image_row: AnyArray, dataset: Dataset) -> FloatArray:
    """Return the logarithm of the side of a square as large as each object, as a share of that of its image.

    Parameters
    ----------
    area : ndarray of float64, shape (N,)
        Square pixels.
    image_row : ndarray of int, shape (N,)
    dataset : Dataset
        Where the size of any image is not known all are taken as one pixel wide and high.
    """
    images = dataset.images
    of_image = images.width.astype(np.float64) * images.height
    if len(of_image) and min(images.width.min(), images.height.min()) <= 0:
        of_image = np.ones(len(of_image))
    return np.asarray(0.5 * np.log(np.maximum(area, 1e-9) / of_image[image_row]))
