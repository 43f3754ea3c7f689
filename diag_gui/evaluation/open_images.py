"""Open Images' rules: only what somebody verified counts, labels hold for every class above theirs, groups excuse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.row_lists import RowLists
from diag_gui.evaluation._kernels.error_loops import error_loops
from diag_gui.evaluation._kernels.rules_loops import rules_loops
from diag_gui.evaluation.best_taking import BestTaking
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.class_hierarchy import replaced_by, with_ancestors, with_descendants
from diag_gui.evaluation.label_flags import GROUP_OF, flagged
from diag_gui.evaluation.rule_settings import RuleSettings
from diag_gui.evaluation.run_basis import RunBasis


def apply_open_images(basis: RunBasis, settings: RuleSettings) -> BestTaking:
    """Prepare a run for Open Images' rules.

    Parameters
    ----------
    basis : RunBasis
        A dataset without a hierarchy of classes is evaluated without one.
    settings : RuleSettings

    Returns
    -------
    BestTaking

    Raises
    ------
    EvaluationError
        If the dataset says of no image which classes were verified in it, or a class lies above itself.

    Notes
    -----
    AP is the area under the envelope of precision, as VOC's, at IoU .5 unless another threshold is asked for. Per class, all
    predictions by descending score, without a limit of their number:

    1. A label holds for its class and every class above it: a box of a dog is one of an animal too. Predictions are taken as
       they are; who wants those of dogs to count as animals writes them so.
    2. A prediction counts only where its class was verified in the image: it is in the list of classes verified to be there or
       above one of these, in that of the negative ones or below one of these, or has a label there.
    3. The label with the greatest IoU, on equal IoU the first, must reach the threshold and be free, as in VOC's rules.
    4. A group-of box (``isgroupof`` or ``is_group_of``, or a crowd) is never a miss and never found. A prediction that is not
       true and lies in one of its class by inter / area(prediction) >= the threshold is not false either. So does the Open
       Images V2 metric of the TF Object Detection API (``group_of_weight`` 0). The metric of the Challenge (1), which hotcoco
       and FiftyOne follow, counts each group once instead: found by the best prediction inside, else missed.

    References
    ----------
    .. [1] https://storage.googleapis.com/openimages/web/evaluation.html
    .. [2] ``OpenImagesDetectionEvaluator``, ``per_image_evaluation.py`` and ``oid_hierarchical_labels_expansion.py`` of
       tensorflow/models, research/object_detection: labels are expanded upwards, negative classes downwards.
    """
    dataset, predictions = basis.dataset, basis.predictions
    gt = dataset.ground_truth
    settings.check(dataset)
    is_group = flagged(gt, GROUP_OF) | gt.is_crowd
    labels = _expanded(dataset)
    pairs = basis.pairs_with(is_group)
    label = labels.of_pairs(pairs, gt.class_row, predictions.class_row)
    in_group = is_group[pairs.gt_row]
    nothing_left_out = np.zeros(len(labels.gt_row), np.bool_)

    def nearest(is_offered: BoolArray) -> tuple[FloatArray, IntArray]:
        iou, row, _, _ = error_loops.nearest(pairs.pred_offsets, label, pairs.iou, is_offered & (label >= 0), nothing_left_out)
        return iou, row

    best_iou, best_gt = nearest(~in_group)
    excuse, _ = nearest(in_group)
    verified = _verified_classes(dataset, labels)
    counted = rules_loops.listed(
        predictions.image_offsets, predictions.class_row, verified.offsets, verified.rows, len(dataset.classes)
    )
    return BestTaking(
        settings=settings,
        basis=basis,
        floor=pairs.floor,
        best_gt=best_gt,
        best_iou=best_iou,
        excuse=excuse,
        counted=counted,
        gt_image=gt.image_row[labels.gt_row],
        gt_class=labels.class_row,
        gt_ignored=(is_group | basis.gt_excused)[labels.gt_row],
        recalls=np.zeros(0),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """The labels of a dataset, each once for its class and once for every class above.

    Attributes
    ----------
    gt_row, class_row : ndarray of int32, shape (H,)
        Label of the dataset, and the class that it holds for; ascending.
    offsets : ndarray of int64, shape (G + 1,)
        Those of label g are ``[o[g]:o[g + 1]]``.
    ancestors : RowLists
        Per class the classes that a label of it holds for.
    """

    gt_row: IntArray
    class_row: IntArray
    offsets: LongArray
    ancestors: RowLists

    def of_pairs(self, pairs: CandidatePairs, gt_class: IntArray, pred_class: IntArray) -> IntArray:
        """Return for each pair the row here of its label with the class of its prediction; -1 where it does not hold for it.

        Returns
        -------
        ndarray of int32, shape (M,)
        """
        n_classes = len(self.ancestors)
        own = gt_class[pairs.gt_row].astype(np.int64)
        # One number per class and class above it, ascending, as the lists are.
        holds = self.ancestors.entries.astype(np.int64) * n_classes + self.ancestors.rows
        wanted = own * n_classes + pred_class[pairs.pred_row]
        places = np.minimum(np.searchsorted(holds, wanted), len(holds) - 1)
        rows = self.offsets[pairs.gt_row] + places - self.ancestors.offsets[own]
        return np.where(holds[places] == wanted, rows, -1).astype(np.int32)


def _expanded(dataset: Dataset) -> _Labels:
    """Return the labels with those of the classes above."""
    parents = dataset.classes.parents
    if parents is None:
        parents = RowLists(np.zeros(len(dataset.classes) + 1, np.int64), np.zeros(0, np.int32))
    ancestors = with_ancestors(parents)
    of_label = replaced_by(_each_alone(dataset.ground_truth.class_row), ancestors)
    return _Labels(of_label.entries, of_label.rows, of_label.offsets, ancestors)


def _each_alone(rows: IntArray) -> RowLists:
    """Return one list of one row per entry."""
    return RowLists(np.arange(len(rows) + 1, dtype=np.int64), rows)


def _verified_classes(dataset: Dataset, labels: _Labels) -> RowLists:
    """Return per image the classes that were verified in it: there, not there, or labelled."""
    images = dataset.images
    image, class_row = [dataset.ground_truth.image_row[labels.gt_row]], [labels.class_row]
    for lists, stands_for in (
        (images.verified, labels.ancestors),
        (images.negative, with_descendants(labels.ancestors)),
    ):
        if lists is not None:
            spread = replaced_by(lists, stands_for)
            image.append(spread.entries)
            class_row.append(spread.rows)
    return RowLists.of_pairs(np.concatenate(image), np.concatenate(class_row), len(images))
