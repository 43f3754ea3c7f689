"""ObjectLab's scores of labels: overlooked, badly located, swapped, and one per image; 1 is fine, 0 is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray, frozen
from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.geometry import PairsOfChunk

IOU_SHARE = 0.9
DISTANCE_DECAY = 0.1
LOW_SCORE = 0.5
HIGH_SCORE = 0.95
SAME_OBJECT_IOU = 0.95
TEMPERATURE = 0.1

_AT_ONCE = 500_000
_TINY = 1e-100
"""What a score counts as at least in the geometric mean."""


@dataclass(frozen=True, slots=True, eq=False)
class ObjectLab:
    """Scores of labels, 0 (wrong) to 1 (fine).

    Attributes
    ----------
    overlooked : ndarray of float64, shape (P,)
        Of predictions with score >= .95 that touch no label; NaN for all others.
    badly_located, swapped : ndarray of float64, shape (G,)
        Of labels; NaN for ignored ones.
    image : ndarray of float64, shape (I,)
    """

    overlooked: FloatArray
    badly_located: FloatArray
    swapped: FloatArray
    image: FloatArray

    def __post_init__(self) -> None:
        for name in ("overlooked", "badly_located", "swapped", "image"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (-1,), name))


def object_lab(
    dataset: Dataset, predictions: Predictions, gt_ignored: BoolArray, pairs_of: PairsOfChunk, gt_pairs_of: PairsOfChunk
) -> ObjectLab:
    """Score every label, every sure prediction without one, and every image.

    Parameters
    ----------
    dataset : Dataset
    predictions : Predictions
    gt_ignored : ndarray of bool, shape (G,)
        Ground truth that is no label here: neither scored nor compared with.
    pairs_of, gt_pairs_of : callable
        As `Geometry` has them.

    Returns
    -------
    ObjectLab

    Notes
    -----
    The similarity of a label and a prediction is ``.9 * IoU + .1 * exp(-.1 * d)``. **ObjectLab's d is the distance of the
    two centres in pixels, which depends on the scale of the picture; here it is relative to the diagonal of the label.**
    *least* below is what remains of it for the label and the prediction of one image that are farthest apart in the data set.

    * *overlooked*: the similarity with the most similar label of its class in the image (the IoU being 0); without one,
      *least* times (1 - score).
    * *badly located*: the greatest similarity with a prediction of its class, score > .5 and IoU > 0; without one, 1.
    * *swapped*: 1 minus the greatest similarity with a prediction of another class and score > .95, at least *least*;
      without one, 1; *least* for both of two labels of different classes with IoU >= .95.
    * *image*: per kind the soft minimum of the scores, weights ``exp(-score / .1)``, 1 without any; of the three the
      geometric mean.

    References
    ----------
    .. [1] Tkachenko, Thyagarajan, Mueller, ObjectLab: Automated Diagnosis of Mislabeled Images in Object Detection Data,
       ICML 2023 workshop; constants as in ``cleanlab.object_detection``.
    """
    gt, score = dataset.ground_truth, predictions.score
    compared = _Compared(dataset, predictions, np.flatnonzero(~gt_ignored))
    best_of_class, closest_other = np.full((2, len(gt)), -np.inf)
    nearest_of_class, is_touching = np.full(len(predictions), -np.inf), np.zeros(len(predictions), np.bool_)
    for first in range(0, len(predictions), _AT_ONCE):
        pred_row, gt_row, iou = pairs_of(first, min(first + _AT_ONCE, len(predictions)), 0.0)
        counts = ~gt_ignored[gt_row]
        is_touching[pred_row[counts]] = True
        is_same, of_pred = predictions.class_row[pred_row] == gt.class_row[gt_row], score[pred_row]
        for best, asked in ((best_of_class, is_same & (of_pred > LOW_SCORE)), (closest_other, ~is_same & (of_pred > HIGH_SCORE))):
            rows = np.flatnonzero(asked & counts)
            np.maximum.at(best, gt_row[rows], compared.similarity(pred_row[rows], gt_row[rows], iou[rows]))
    # Those that touch are more similar than their distance says, and are in already.
    for pred, label in compared.with_labels_of_image(np.flatnonzero(score >= HIGH_SCORE)):
        apart = compared.similarity(pred, label, 0.0)
        is_same = predictions.class_row[pred] == gt.class_row[label]
        np.maximum.at(nearest_of_class, pred[is_same], apart[is_same])
        other = ~is_same & (score[pred] > HIGH_SCORE)
        np.maximum.at(closest_other, label[other], apart[other])
    least = compared.least()

    badly_located = np.where(np.isinf(best_of_class), 1.0, best_of_class)
    swapped = np.where(np.isinf(closest_other), 1.0, np.maximum(least, 1 - closest_other))
    swapped[labelled_twice(gt, gt_ignored, gt_pairs_of)] = least
    alone = least * (1 - np.clip(score, 0.0, 1.0))
    overlooked = np.where(np.isinf(nearest_of_class), alone, nearest_of_class)
    overlooked[(score < HIGH_SCORE) | is_touching] = badly_located[gt_ignored] = swapped[gt_ignored] = np.nan

    n_images = len(dataset.images)
    kinds = (
        _soft_minimum(overlooked, predictions.image_row, n_images),
        _soft_minimum(badly_located, gt.image_row, n_images),
        _soft_minimum(swapped, gt.image_row, n_images),
    )
    image = np.exp(np.mean([np.log(np.maximum(kind, _TINY)) for kind in kinds], axis=0))
    return ObjectLab(overlooked, badly_located, swapped, image)


def labelled_twice(gt: GroundTruth, gt_ignored: BoolArray, gt_pairs_of: PairsOfChunk) -> BoolArray:
    """Return the labels of objects that have a second label of another class, IoU >= .95: bool, shape (G,).

    Parameters
    ----------
    gt : GroundTruth
    gt_ignored : ndarray of bool, shape (G,)
        Ground truth that is no label here.
    gt_pairs_of : callable
        As `Geometry` has it.
    """
    first, second, iou = gt_pairs_of(0, len(gt), SAME_OBJECT_IOU)
    is_conflict = (iou >= SAME_OBJECT_IOU) & (gt.class_row[first] != gt.class_row[second])
    is_conflict &= ~gt_ignored[first] & ~gt_ignored[second]
    twice = np.zeros(len(gt), dtype=np.bool_)
    twice[first[is_conflict]] = True
    return twice


class _Compared:
    """Labels and predictions of the same images, by similarity."""

    def __init__(self, dataset: Dataset, predictions: Predictions, labels: LongArray) -> None:
        gt = dataset.ground_truth
        self._predictions, self._labels = predictions, labels
        self._image_of_label = gt.image_row[labels]
        self._offsets = np.searchsorted(self._image_of_label, np.arange(len(dataset.images) + 1))
        self._centre_of_gt, self._centre_of_pred = (table.xywh[:, :2] + table.xywh[:, 2:] / 2 for table in (gt, predictions))
        self._diagonal = np.hypot(gt.xywh[:, 2], gt.xywh[:, 3])

    def distance(self, pred_row: AnyArray, gt_row: AnyArray) -> FloatArray:
        """Return the distance of the centres of pairs relative to the diagonal of the label."""
        between = self._centre_of_pred[pred_row] - self._centre_of_gt[gt_row]
        return np.asarray(np.hypot(between[:, 0], between[:, 1]) / self._diagonal[gt_row])

    def similarity(self, pred_row: AnyArray, gt_row: AnyArray, iou: FloatArray | float) -> FloatArray:
        """Return the similarity of pairs."""
        return _similarity(self.distance(pred_row, gt_row), iou)

    def with_labels_of_image(self, pred_rows: LongArray) -> Iterator[tuple[LongArray, LongArray]]:
        """Yield predictions with every label of their images, in parts of bounded size."""
        image = self._predictions.image_row[pred_rows]
        for place, within in _spread(np.diff(self._offsets)[image]):
            yield pred_rows[place], self._labels[self._offsets[image[place]] + within]

    def least(self) -> float:
        """Return the least similarity that distance alone gives a label and a prediction of one image; 1 without any.

        Notes
        -----
        No prediction of an image is farther from a label than the farthest corner of the bounds of all their centres. Few
        labels have such a corner beyond the farthest prediction found so far, and only with these all are compared.
        """
        offsets = self._predictions.image_offsets
        n_of_image = np.diff(offsets)
        seen = np.flatnonzero(n_of_image)
        if not len(seen):
            return 1.0
        bounds = np.full((4, len(n_of_image), 1), np.nan)
        for axis in (0, 1):
            bounds[axis, seen, 0] = np.minimum.reduceat(self._centre_of_pred[:, axis], offsets[seen])
            bounds[2 + axis, seen, 0] = np.maximum.reduceat(self._centre_of_pred[:, axis], offsets[seen])
        label = np.flatnonzero(n_of_image[self._image_of_label])
        if not len(label):
            return 1.0
        low_x, low_y, high_x, high_y = bounds[:, self._image_of_label[label], 0]
        centre = self._centre_of_gt[self._labels[label]]
        to_x = np.maximum(centre[:, 0] - low_x, high_x - centre[:, 0])
        to_y = np.maximum(centre[:, 1] - low_y, high_y - centre[:, 1])
        at_most = np.hypot(to_x, to_y) / self._diagonal[self._labels[label]]
        order = np.argsort(-at_most)
        label, at_most = label[order], at_most[order]
        farthest, done, step = -1.0, 0, 64
        while done < len(label) and at_most[done] > farthest:
            asked = label[done : done + step]
            image = self._image_of_label[asked]
            for place, within in _spread(n_of_image[image]):
                pred_row = offsets[image[place]] + within
                farthest = max(farthest, float(self.distance(pred_row, self._labels[asked[place]]).max()))
            done, step = done + step, step * 2
        return float(_similarity(np.array([farthest]), 0.0)[0])


def _similarity(distance: FloatArray, iou: FloatArray | float) -> FloatArray:
    return IOU_SHARE * iou + (1 - IOU_SHARE) * np.exp(-DISTANCE_DECAY * distance)


def _spread(counts: AnyArray) -> Iterator[tuple[LongArray, LongArray]]:
    """Yield, in parts of bounded size, each place as often as its count says, and 0 to its count - 1 beside it."""
    ends = np.cumsum(counts)
    first = 0
    while first < len(counts):
        done = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + _AT_ONCE, side="right")))
        part = counts[first:last]
        within = np.arange(int(part.sum())) - np.repeat(np.cumsum(part) - part, part)
        if len(within):
            yield np.repeat(np.arange(first, last), part), within
        first = last


def _soft_minimum(scores: FloatArray, image_row: AnyArray, n_images: int) -> FloatArray:
    """Return per image the mean of the scores that are defined, weighted by ``exp(-score / T)``; 1 without any."""
    rows = np.flatnonzero(~np.isnan(scores))
    weight = np.exp(-scores[rows] / TEMPERATURE)
    total = np.bincount(image_row[rows], weights=weight, minlength=n_images)
    weighted = np.bincount(image_row[rows], weights=weight * scores[rows], minlength=n_images)
    return np.divide(weighted, total, out=np.ones(n_images), where=total > 0)
