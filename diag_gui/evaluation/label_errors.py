"""How likely each label is wrong, judged from what the model is sure of: one number per outcome row."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray
from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.any_class_matching import match_any_class
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.geometry import PairsOfChunk
from diag_gui.evaluation.nearest_ground_truth import NearestGroundTruth
from diag_gui.evaluation.ranking import Ranking

MATCH_IOU = 0.5
CONFIDENT = 0.5
SAME_OBJECT_IOU = 0.95


def label_errors(
    dataset: Dataset,
    predictions: Predictions,
    pairs: CandidatePairs,
    ranking: Ranking,
    nearest: NearestGroundTruth,
    gt_ignored: BoolArray,
    gt_pairs_of: PairsOfChunk,
) -> FloatArray:
    """Estimate for every prediction and every ground truth how likely the label there is wrong.

    Parameters
    ----------
    dataset : Dataset
    predictions : Predictions
    pairs : CandidatePairs
    ranking : Ranking
    nearest : NearestGroundTruth
        Over the ground truth that is not ignored.
    gt_ignored : ndarray of bool, shape (G,)
        Of the run's facts.
    gt_pairs_of : callable
        `Geometry.gt_pairs_of`.

    Returns
    -------
    ndarray of float64, shape (P + G,)
        0 (surely right) to 1 (surely wrong), predictions first. NaN for ignored ground truth, for predictions that lie on
        ignored ground truth of their class, and where the score lies outside 0..1.

    Notes
    -----
    It depends on no threshold: all predictions, whatever their score, are matched over all classes at IoU 0.5. A row's
    number is the **greatest of the signals that apply to it**:

    * *class*, on both rows of a matched pair: `class_mistakenness`.
    * *location*, likewise: `location_mistakenness`; where the classes differ it is never the greater.
    * *missing label*, on an unmatched prediction: ``score * (1 - best IoU with any ground truth)``. FiftyOne's possibly
      missing label (score > .95) and ObjectLab's overlooked (score >= .95 and IoU 0) are its upper end.
    * *spurious label*, on an unmatched ground truth: 0.5, which is mistakenness at score 0: nothing speaks for it.
    * *badly located*, on an unmatched ground truth and an unmatched prediction of its class with score > .5 that overlap:
      ``(1 + score * similarity) / 2`` with ObjectLab's similarity ``.9 * IoU + .1 * exp(-.1 * d)``, the ground truth taking
      the greatest. ObjectLab's distance ``d`` between the centres is in pixels and so depends on the scale of the image;
      here it is relative to the diagonal of the ground truth box.
    * *two labels*: 1 on both of two labels of different class with IoU >= .95, one of which must be wrong.

    It ranks; it is no probability that was measured.

    References
    ----------
    .. [1] FiftyOne Brain, ``compute_mistakenness``.
    .. [2] Tkachenko, Thyagarajan, Mueller, ObjectLab: Automated Diagnosis of Mislabeled Images in Object Detection Data,
       ICML 2023 workshop.
    """
    gt, n_predictions = dataset.ground_truth, len(predictions)
    everyone = np.ones(n_predictions, dtype=np.bool_)
    gt_row_of_pred, is_excused = match_any_class(pairs, ranking, gt_ignored, everyone, MATCH_IOU)
    is_scored = (predictions.score >= 0) & (predictions.score <= 1)

    bounded = np.clip(predictions.score, 0.0, 1.0)
    of_pred = bounded * (1 - np.maximum(nearest.same_iou, nearest.other_iou))
    of_gt = np.full(len(gt), 0.5)
    matched = np.flatnonzero(gt_row_of_pred >= 0)
    matched_gt = gt_row_of_pred[matched]
    score = bounded[matched]
    agrees = predictions.class_row[matched] == gt.class_row[matched_gt]
    located = location_mistakenness(score, _iou_of(pairs, matched, matched_gt))
    of_pair = np.maximum(class_mistakenness(score, agrees), located)
    of_pred[matched] = of_pair
    of_gt[matched_gt] = of_pair

    gt_unmatched = ~gt_ignored
    gt_unmatched[matched_gt] = False
    _raise_badly_located(of_pred, of_gt, dataset, predictions, pairs, (gt_row_of_pred < 0) & is_scored, gt_unmatched)
    of_gt[_labelled_twice(gt, gt_ignored, gt_pairs_of)] = 1.0

    of_pred[is_excused | ~is_scored] = np.nan
    of_gt[matched_gt[~is_scored[matched]]] = np.nan
    of_gt[gt_ignored] = np.nan
    return np.concatenate((of_pred, of_gt))


def class_mistakenness(score: FloatArray, agrees: BoolArray) -> FloatArray:
    """Return how likely the class of a label is wrong, given the prediction matched to it.

    Parameters
    ----------
    score : ndarray of float64, shape (N,)
        In 0..1.
    agrees : ndarray of bool, shape (N,)
        Whether prediction and label are of one class.

    Returns
    -------
    ndarray of float64, shape (N,)
        ``(m * score + 1) / 2`` with m = -1 where they agree, else +1.

    References
    ----------
    .. [1] FiftyOne Brain, ``compute_mistakenness``.
    """
    return np.asarray((np.where(agrees, -score, score) + 1) / 2, dtype=np.float64)


def location_mistakenness(score: FloatArray, iou: FloatArray) -> FloatArray:
    """Return how likely the box of a label is wrong, given the prediction matched to it at IoU >= 0.5.

    Parameters
    ----------
    score : ndarray of float64, shape (N,)
        In 0..1.
    iou : ndarray of float64, shape (N,)
        In 0.5..1.

    Returns
    -------
    ndarray of float64, shape (N,)
        ``(score * (2 i - 1) + 1) / 2`` with ``i = (1 - IoU) / 0.5``.

    References
    ----------
    .. [1] FiftyOne Brain, ``compute_mistakenness``.
    """
    distance = (1 - iou) / MATCH_IOU
    return np.asarray((score * (2 * distance - 1) + 1) / 2, dtype=np.float64)


def _iou_of(pairs: CandidatePairs, pred_row: AnyArray, gt_row: IntArray) -> FloatArray:
    """Return the IoU of pairs that are known to be candidates, each prediction at most once."""
    wanted = np.full(len(pairs.pred_offsets) - 1, -1, dtype=np.int64)
    wanted[pred_row] = gt_row
    entries = np.flatnonzero(wanted[pairs.pred_row] == pairs.gt_row)
    iou = np.zeros(len(wanted))
    iou[pairs.pred_row[entries]] = pairs.iou[entries]
    return iou[pred_row]


def _labelled_twice(gt: GroundTruth, gt_ignored: BoolArray, gt_pairs_of: PairsOfChunk) -> IntArray:
    """Return the rows of ground truth that lies on another of another class with IoU >= .95; one may come twice."""
    one, other, _ = gt_pairs_of(0, len(gt), SAME_OBJECT_IOU)
    rows: IntArray = one[(gt.class_row[one] != gt.class_row[other]) & ~gt_ignored[one] & ~gt_ignored[other]]
    return rows


def _raise_badly_located(
    of_pred: FloatArray,
    of_gt: FloatArray,
    dataset: Dataset,
    predictions: Predictions,
    pairs: CandidatePairs,
    pred_unmatched: BoolArray,
    gt_unmatched: BoolArray,
) -> None:
    confident = pred_unmatched & (predictions.score > CONFIDENT)
    entries = np.flatnonzero(pairs.same_class & confident[pairs.pred_row] & gt_unmatched[pairs.gt_row])
    pred_row, gt_row = pairs.pred_row[entries], pairs.gt_row[entries]
    pred_box, gt_box = predictions.xywh[pred_row], dataset.ground_truth.xywh[gt_row]
    between = np.hypot(*(pred_box[:, :2] + pred_box[:, 2:] / 2 - gt_box[:, :2] - gt_box[:, 2:] / 2).T)
    similarity = 0.9 * pairs.iou[entries] + 0.1 * np.exp(-0.1 * between / np.hypot(gt_box[:, 2], gt_box[:, 3]))
    signal = (1 + predictions.score[pred_row] * similarity) / 2
    np.maximum.at(of_pred, pred_row, signal)
    np.maximum.at(of_gt, gt_row, signal)
