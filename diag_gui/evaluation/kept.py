"""Which predictions count at an operating point."""

from __future__ import annotations

from diag_gui.data.arrays import BoolArray
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_facts import RunFacts


def kept_predictions(facts: RunFacts, params: EvaluationParams, images: BoolArray | None = None) -> BoolArray:
    """Return which predictions are kept: score >= s, within ``max_detections`` of their image and class, on asked images.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses the score threshold (in float64) and ``max_detections``.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.

    Returns
    -------
    ndarray of bool, shape (P,)
    """
    predictions = facts.run.predictions
    kept: BoolArray = (predictions.score >= params.score_threshold) & (facts.ranking.rank < params.max_detections)
    if images is not None:
        kept &= images[predictions.image_row]
    return kept
