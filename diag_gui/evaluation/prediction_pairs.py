"""Which prediction of one run is which prediction of another: the rule by which false positives are followed from run to run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.candidate_pairs import find_candidate_pairs
from diag_gui.evaluation.geometry import GEOMETRIES
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError


def corresponding_predictions(
    facts: RunFacts, kept: BoolArray, other: RunFacts, other_kept: BoolArray, iou_threshold: float
) -> IntArray:
    """Pair the kept predictions of two runs on one dataset.

    Parameters
    ----------
    facts, other : RunFacts
    kept, other_kept : ndarray of bool, shape (P,) and (Q,)
        Predictions that take part.
    iou_threshold : float
        t.

    Returns
    -------
    ndarray of int32, shape (P,)
        Row in the other run, -1 where nothing corresponds.

    Raises
    ------
    EvaluationError
        If the runs are not of one dataset and task.

    Notes
    -----
    Two predictions of one image and class correspond if their IoU is at least t: one to one, the pair of greatest IoU first,
    on equal IoU the lower row of the first run, then of the other. The scores play no part, so the rule is the same both ways
    but for equal IoUs.
    """
    if facts.dataset is not other.dataset or facts.task != other.task:
        raise EvaluationError("baseline", f"{other.run.name} and {facts.run.name} are not runs on one dataset and task")
    rows, other_rows = np.flatnonzero(kept), np.flatnonzero(other_kept)
    predictions, others = _only(facts.run.predictions, rows), _only(other.run.predictions, other_rows)
    # The other run stands in for the labels, so that whatever objects are compared by serves here too.
    dataset = replace(facts.dataset, ground_truth=_as_labels(others))
    pairs = find_candidate_pairs(dataset, predictions, GEOMETRIES[facts.task](dataset, predictions), background_iou=iou_threshold)
    near = np.flatnonzero(pairs.same_class & (pairs.iou >= iou_threshold))
    chosen = near[_one_to_one(pairs.pred_row[near], pairs.gt_row[near], pairs.iou[near], len(rows), len(other_rows))]
    found = np.full(len(kept), -1, np.int32)
    found[rows[pairs.pred_row[chosen]]] = other_rows[pairs.gt_row[chosen]]
    return found


def _one_to_one(first: IntArray, second: IntArray, iou: FloatArray, n_first: int, n_second: int) -> AnyArray:
    """Return which pairs stay when the best of all is taken, what shares a side with it dropped, and so on.

    Notes
    -----
    A pair that is the best left of both of its sides is taken whatever happens elsewhere, so all of these are taken at once;
    the best pair left is always among them, and the rounds end.
    """
    order = np.lexsort((second, first, -iou))
    first, second = first[order], second[order]
    left = np.arange(len(order))
    taken: list[AnyArray] = []
    best_of_first, best_of_second = np.empty(n_first, np.int64), np.empty(n_second, np.int64)
    while len(left):
        # Written from the last to the first, each side keeps the place of its best pair.
        best_of_first[first[left[::-1]]] = left[::-1]
        best_of_second[second[left[::-1]]] = left[::-1]
        is_best = (best_of_first[first[left]] == left) & (best_of_second[second[left]] == left)
        now = left[is_best]
        taken.append(now)
        gone_first, gone_second = np.zeros(n_first, np.bool_), np.zeros(n_second, np.bool_)
        gone_first[first[now]] = True
        gone_second[second[now]] = True
        left = left[~(gone_first[first[left]] | gone_second[second[left]])]
    return order[np.concatenate(taken)] if taken else order


def _only(predictions: Predictions, rows: AnyArray) -> Predictions:
    """Return some of the predictions, ascending, without their attributes."""
    masks = None if predictions.masks is None else tuple(predictions.masks[row] for row in rows.tolist())
    return Predictions(
        n_images=predictions.n_images,
        image_row=predictions.image_row[rows],
        class_row=predictions.class_row[rows],
        xywh=predictions.xywh[rows],
        score=predictions.score[rows],
        source_index=predictions.source_index[rows],
        masks=masks,
        quad=None if predictions.quad is None else predictions.quad[rows],
        attributes=AttributeTable(Level.PRED, len(rows)),
    )


def _as_labels(predictions: Predictions) -> GroundTruth:
    """Return predictions as labels, none of them a crowd."""
    n = len(predictions)
    return GroundTruth(
        annotation_id=np.arange(n),
        image_row=predictions.image_row,
        class_row=predictions.class_row,
        xywh=predictions.xywh,
        area=predictions.xywh[:, 2] * predictions.xywh[:, 3],
        is_crowd=np.zeros(n, np.bool_),
        is_ignored=np.zeros(n, np.bool_),
        source_index=predictions.source_index,
        masks=predictions.masks,
        quad=predictions.quad,
        attributes=AttributeTable(Level.GT, n),
    )
