"""Mean F1 by the rules of YOLTv4, so that figures computed there can be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, LongArray, offsets_of
from diag_gui.evaluation._kernels.error_loops import error_loops
from diag_gui.evaluation.chunks import map_groups
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts

_WORTH_A_THREAD = 65_536
"""Boxes of a chunk."""


@dataclass(frozen=True, slots=True, eq=False)
class _Boxes:
    """Boxes that take part, sorted by image, in file order within it."""

    xywh: FloatArray
    image_row: IntArray
    class_row: IntArray

    def on(self, first: int, last: int, offsets: LongArray) -> _Boxes:
        """Return the boxes of the images ``first`` to ``last``, which are numbered from 0 then."""
        part = slice(int(offsets[first]), int(offsets[last]))
        return _Boxes(self.xywh[part], self.image_row[part] - np.int32(first), self.class_row[part])


def mf1_yoltv4(
    facts: RunFacts,
    params: EvaluationParams,
    *,
    images: BoolArray | None = None,
    workers: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> float:
    """Compute the mean over classes with ground truth of F1, matched as YOLTv4 matches.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses both thresholds; ``max_detections`` plays no part.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    workers, cancelled
        As in `diag_gui.evaluation.chunks.map_bounds`.

    Returns
    -------
    float
        NaN if no class has ground truth.

    Raises
    ------
    EvaluationError
        If ``images`` is no mask of the images.
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    Two one-way passes that know nothing of each other. In the precision pass the predictions of each image take their turn
    class by class in ascending order of class name, in file order within a class, and not by score. Each picks the ground
    truth of greatest IoU, of **any** class, among those still there that it overlaps or touches (an IoU of 0 counts, but a
    box of no width or height touches nothing; on equal IoU the first in the file). If that one is of its class, the IoU is
    recorded and the ground truth removed, **also below the threshold**; if not, 0 is recorded and it stays. The recall pass
    is the mirror image, in which predictions of classes without ground truth still block. Precision and recall are the
    shares of recorded IoUs >= t, 0 of nothing; F1 of 0 and 0 is 0. Ignored ground truth is left out. Always on boxes.

    A prediction never depends on the score of another, but a lower score threshold adds takers: the prefix rule of COCO's
    matching does not hold.

    References
    ----------
    .. [1] ``yoltv4/eval.py`` of avanetten/yoltv4 (``precision_calc``, ``recall_calc``), after CosmiQ/solaris.
    """
    facts.check_images(images)
    gt, predictions = facts.dataset.ground_truth, facts.run.predictions
    gt_rows = np.flatnonzero(~facts.gt_ignored & _asked(images, gt.image_row))
    pred_rows = np.flatnonzero((predictions.score >= params.score_threshold) & _asked(images, predictions.image_row))
    gt_class, pred_class = gt.class_row[gt_rows], predictions.class_row[pred_rows]
    n_classes = len(facts.dataset.classes)
    has_gt = np.bincount(gt_class, minlength=n_classes) > 0
    if not has_gt.any():
        return float("nan")
    n_images = len(facts.dataset.images)
    names = facts.dataset.classes.name
    # Classes without ground truth have no turn.
    in_turn = sorted(np.flatnonzero(has_gt).tolist(), key=lambda row: (names[row], row))
    place_of_class = np.zeros(n_classes, dtype=np.int64)
    place_of_class[in_turn] = np.arange(len(in_turn))
    found = _Boxes(predictions.xywh[pred_rows], predictions.image_row[pred_rows], pred_class)
    labelled = _Boxes(gt.xywh[gt_rows], gt.image_row[gt_rows], gt_class)
    found_offsets, labelled_offsets = (offsets_of(boxes.image_row, n_images) for boxes in (found, labelled))

    def count(first: int, last: int) -> LongArray:
        # No box is compared with one of another image.
        part = found.on(first, last, found_offsets), labelled.on(first, last, labelled_offsets)
        return np.array([_count_found(*sides, last - first, place_of_class, has_gt, params) for sides in (part, part[::-1])])

    counts = np.sum(
        map_groups(count, found_offsets + labelled_offsets, at_least=_WORTH_A_THREAD, workers=workers, cancelled=cancelled),
        axis=0,
    )
    precision, recall = np.divide(counts[:, 0], counts[:, 1], out=np.zeros((2, n_classes)), where=counts[:, 1] > 0)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros(n_classes), where=both > 0)
    return float(f1[has_gt].mean())


def _asked(images: BoolArray | None, image_row: IntArray) -> BoolArray:
    return np.ones(len(image_row), dtype=np.bool_) if images is None else images[image_row]


def _count_found(
    choosers: _Boxes, offered: _Boxes, n_images: int, place_of_class: LongArray, has_gt: BoolArray, params: EvaluationParams
) -> LongArray:
    """Return per class how many of its choosers record an IoU >= t, and how many there are: int64, shape (2, C)."""
    turns = np.argsort(place_of_class[choosers.class_row], kind="stable")
    recorded = error_loops.one_way_ious(
        choosers.xywh,
        choosers.image_row,
        choosers.class_row,
        turns[has_gt[choosers.class_row[turns]]],
        offered.xywh,
        offsets_of(offered.image_row, n_images),
        offered.class_row,
    )
    found = choosers.class_row[recorded >= params.iou_threshold]
    return np.array([np.bincount(rows, minlength=len(has_gt)) for rows in (found, choosers.class_row)], np.int64)
