"""How far the other open runs agree that there is an object: a column of labels and of predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.data.dataset import GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.label_errors_evidence import backing_of_places


def agreement(objects: GroundTruth | Predictions, others: Sequence[Predictions]) -> FloatArray:
    """Return the share of other runs that have a box of the same class at IoU >= .5 with each object, on its image.

    Parameters
    ----------
    objects : GroundTruth or Predictions
        Of the dataset that the runs are of.
    others : sequence of Predictions
        Of the other runs, of every score: ``agreement = 1 AND score >= .5`` restricts the own ones alone.

    Returns
    -------
    ndarray of float64, shape (N,)
        0..1; NaN where there is no other run.

    Notes
    -----
    Upright boxes are compared, whatever predictions and labels are compared by, as for the evidence about labels
    (`label_errors_evidence.backing_of_places`). Nothing is matched one to one: a box of another run may speak for several.
    It is a rule of ours, the vote of an ensemble whose members all count alike; with boxes of the same class at IoU .5 as
    Casado-Garcia and Heras vote [1]_.

    References
    ----------
    .. [1] Casado-Garcia and Heras, Ensemble Methods for Object Detection, ECAI 2020.
    """
    if not others:
        return np.full(len(objects), np.nan)
    votes = np.zeros(len(objects))
    for other in others:
        # Every score counts as 1, so that what comes back says only whether there is a box.
        votes += backing_of_places(objects.xywh, objects.class_row, objects.image_row, other, np.ones(len(other)))
    return np.asarray(votes / len(others))
