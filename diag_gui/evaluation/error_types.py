"""Why each prediction is wrong and which labels were missed: TIDE's error types at one operating point."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray, IntArray
from diag_gui.evaluation._kernels.error_loops import error_loops
from diag_gui.evaluation.confusion_matrix import ConfusionCells, confusion_cells
from diag_gui.evaluation.kept import kept_predictions
from diag_gui.evaluation.matching import Matches
from diag_gui.evaluation.nearest_ground_truth import NearestGroundTruth, nearest_ground_truth
from diag_gui.evaluation.outcomes import KnownLookup, OutcomeKind, Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError


def classify_outcomes(
    facts: RunFacts,
    params: EvaluationParams,
    matches: Matches,
    images: BoolArray | None = None,
    *,
    cells: Callable[[], ConfusionCells] | None = None,
) -> Outcomes:
    """Say what became of every prediction and ground truth at one operating point.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses both thresholds (t_f is the IoU threshold), ``background_iou`` (t_b) and ``max_detections``.
    matches : Matches
        Of the same IoU threshold and ``max_detections``, over all scores.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    cells : callable, optional
        Returns `confusion_cells` of the same arguments, where the caller has them already or lets them be computed
        meanwhile; called when the first cell is asked for.

    Returns
    -------
    Outcomes
        The rows of an error kind are exactly the failures of that kind: a ground truth that is unmatched, but at which a
        kept localization or classification error aims, stands in that error's row and is not missed.

    Raises
    ------
    EvaluationError
        If a threshold lies below the overlaps that were kept.

    See Also
    --------
    error_kinds : The rules.
    """
    if min(params.background_iou, params.iou_threshold) < facts.pairs.floor:
        raise EvaluationError("background_iou", f"lies below the kept overlaps ({facts.pairs.floor})")
    kept = kept_predictions(facts, params, images)
    nearest = facts.nearest
    if not np.array_equal(matches.gt_ignored, facts.gt_ignored):
        nearest = nearest_ground_truth(facts.pairs, matches.gt_ignored)
    kind, target, iou = error_kinds(nearest, matches, kept, params.iou_threshold, params.background_iou)
    gt = facts.dataset.ground_truth
    gt_asked = np.ones(len(gt), dtype=np.bool_) if images is None else images[gt.image_row]
    gt_kind, gt_target, gt_iou = _ground_truth_kinds(kind, target, matches, kept, gt_asked)
    find_cells = cells if cells is not None else partial(confusion_cells, facts, params, images, kept=kept)

    def cells_of_rows() -> tuple[IntArray, IntArray]:
        found = find_cells()
        return found.confusion_gt, found.confusion_pred

    return Outcomes(
        predictions=facts.run.predictions,
        ground_truth=gt,
        kind=np.concatenate((kind, gt_kind)),
        lookup=KnownLookup(np.concatenate((target, gt_target)), np.concatenate((iou, gt_iou)), cells_of_rows),
    )


def error_kinds(
    nearest: NearestGroundTruth, matches: Matches, kept: BoolArray, iou_threshold: float, background_iou: float
) -> tuple[ByteArray, IntArray, FloatArray]:
    """Classify the kept predictions: the first rule that fits, as in TIDE.

    Parameters
    ----------
    nearest : NearestGroundTruth
        Over the ground truth that ``matches`` does not ignore.
    matches : Matches
    kept : ndarray of bool, shape (P,)
        Predictions that count; closed under higher scores of the same image and class.
    iou_threshold, background_iou : float
        t_f and t_b.

    Returns
    -------
    kind : ndarray of uint8, shape (P,)
        `OutcomeKind`; ``NOT_KEPT`` where not kept.
    target : ndarray of int32, shape (P,)
        The match of a true positive or ignored prediction; the ground truth a localization, classification or duplicate
        error is about; of *both* the nearest one of any class; -1 of background.
    iou : ndarray of float64, shape (P,)
        With ``target``; NaN where there is none.

    Notes
    -----
    In this order: best same-class IoU in [t_b, t_f], both ends in: localization; best other-class IoU >= t_f:
    classification; best same-class IoU >= t_f, its ground truth being used: duplicate; best IoU <= t_b (also with no
    ground truth in the image): background; else both. Only ground truth that a prediction overlaps can be aimed at, so
    that at t_b = 0 an image without the class gives no localization error, which tidecv's argmax would.

    References
    ----------
    .. [1] Bolya et al., TIDE: A General Toolbox for Identifying Object Detection Errors, ECCV 2020; ``quantify.py`` and
       ``errors/main_errors.py`` of tidecv 1.0.1.
    """
    kind, target, iou = error_loops.error_kinds(
        nearest.same_iou,
        nearest.same_gt,
        nearest.other_iou,
        nearest.other_gt,
        matches.gt_row_of_pred,
        matches.pred_ignored,
        matches.iou_of_pred,
        kept,
        iou_threshold,
        background_iou,
    )
    return kind, target, iou


def _ground_truth_kinds(
    kind: ByteArray, target: IntArray, matches: Matches, kept: BoolArray, asked: BoolArray
) -> tuple[ByteArray, IntArray, FloatArray]:
    n_gt = len(asked)
    is_reached = np.zeros(n_gt, dtype=np.bool_)
    is_reached[target[(kind == OutcomeKind.LOCALIZATION) | (kind == OutcomeKind.CLASSIFICATION)]] = True
    pred_row = matches.pred_row_of_gt
    is_found = pred_row >= 0
    is_found[is_found] = kept[pred_row[is_found]]

    gt_kind = np.where(is_found | is_reached, np.uint8(OutcomeKind.FOUND), np.uint8(OutcomeKind.MISSED))
    gt_kind[matches.gt_ignored] = OutcomeKind.IGNORED
    gt_kind[~asked] = OutcomeKind.NOT_KEPT
    gt_target = np.where(gt_kind == OutcomeKind.FOUND, np.where(is_found, pred_row, -1), -1).astype(np.int32)
    gt_iou = np.full(n_gt, np.nan)
    with_match = gt_target >= 0
    gt_iou[with_match] = matches.iou_of_pred[gt_target[with_match]]
    return gt_kind, gt_target, gt_iou
