"""What is said where the objects of the data are of other shapes than those compared."""

from __future__ import annotations

import numpy as np

from diag_gui.cli.terminal import count_of
from diag_gui.data.quadrilaterals import is_upright
from diag_gui.data.read_report import ProblemGroup
from diag_gui.formats.opening import OpenedGroundTruth, OpenedRun


def boxes_for_masks(opened: OpenedRun) -> tuple[ProblemGroup, ...]:
    """Return a warning of predictions without a mask, where masks are compared."""
    predictions = opened.run.predictions
    n = len(predictions) if predictions.masks is None else sum(mask is None for mask in predictions.masks)
    said = f"{opened.report.path.name}: {count_of(n, 'prediction')} without a mask: the box stands for it, as in pycocotools"
    return (ProblemGroup("box-for-mask", n, False, (said,)),) if n else ()


def upright_for_rotated(opened: OpenedGroundTruth) -> tuple[ProblemGroup, ...]:
    """Return a warning of labels that are turned boxes, where upright ones are compared though predictions turn too."""
    quad = opened.dataset.ground_truth.quad
    n = 0 if quad is None else int(np.count_nonzero(~is_upright(quad)))
    noun = "label is a turned box" if n == 1 else "labels are turned boxes"
    said = f"{opened.report.path.name}: {n:,} {noun}, compared by the upright boxes around; --task rotated compares what they are"
    return (ProblemGroup("upright-for-rotated", n, False, (said,)),) if n else ()
