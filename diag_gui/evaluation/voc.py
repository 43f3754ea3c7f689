"""Pascal VOC's rules: every prediction goes to the label it overlaps most, and is false if that one is taken."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import FloatArray, frozen
from diag_gui.evaluation._kernels.error_loops import error_loops
from diag_gui.evaluation.best_taking import BestTaking
from diag_gui.evaluation.label_flags import DIFFICULT, flagged
from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.evaluation.run_basis import RunBasis

ELEVEN_RECALLS: FloatArray = frozen(np.linspace(0.0, 1.0, 11), np.float64, (11,), "eleven recalls")
"""Recalls of VOC's first way to average; .3, .6 and .7 lie above the decimals, so that 3 of 10 found is no recall of .3."""


def apply_voc(basis: RunBasis, settings: RuleSettings) -> BestTaking:
    """Prepare a run for VOC's rules.

    Parameters
    ----------
    basis : RunBasis
    settings : RuleSettings
        ``rules`` VOC (area under the envelope, since 2010) or VOC_11 (mean at 11 recalls, until 2009); ``voc_plus_one``.

    Returns
    -------
    BestTaking

    Raises
    ------
    EvaluationError
        If ``voc_plus_one`` is asked of what is no upright box.

    Notes
    -----
    Per class, all predictions by descending score, without any limit of their number; on equal scores images by id, then
    the order of the file (the devkit: the order of its results file). The label with the greatest IoU, on equal IoU the
    first, must reach the threshold: if it is *difficult* the prediction counts neither way, if it is taken the prediction is
    false, however well it would fit a second label: COCO would give it that one. Labels that COCO's matching ignores (crowds)
    are treated as difficult ones, with a plain IoU. The 11 recalls are those of ``numpy.linspace(0, 1, 11)``, as in the
    evaluators in Python that figures are published by: three of ten labels found do not reach its .3, which is
    .30000000000000004; grids rounded otherwise give a class with 5 or 10 labels up to .04 more.

    ``voc_plus_one``: widths and heights are one pixel more, ``xmax - xmin + 1``, in intersections too.

    References
    ----------
    .. [1] Everingham et al., The PASCAL Visual Object Classes (VOC) Challenge, IJCV 2010, section 4.2; ``VOCevaldet.m`` and
       ``VOCap.m`` of the VOC2012 devkit, the former with ``VOC2007``'s 11 points.
    """
    gt, predictions = basis.dataset.ground_truth, basis.predictions
    pairs = basis.pairs_with(np.zeros(len(gt), np.bool_), plus_one=settings.voc_plus_one)
    nothing_left_out = np.zeros(len(gt), np.bool_)
    best_iou, best_gt, _, _ = error_loops.nearest(pairs.pred_offsets, pairs.gt_row, pairs.iou, pairs.same_class, nothing_left_out)
    return BestTaking(
        settings=settings,
        basis=basis,
        floor=pairs.floor,
        best_gt=best_gt,
        best_iou=best_iou,
        # Less than any threshold.
        excuse=np.zeros(len(predictions)),
        counted=np.ones(len(predictions), np.bool_),
        gt_image=gt.image_row,
        gt_class=gt.class_row,
        gt_ignored=flagged(gt, DIFFICULT) | gt.is_crowd | basis.gt_excused,
        recalls=ELEVEN_RECALLS if settings.rules is Rules.VOC_11 else np.zeros(0),
    )
