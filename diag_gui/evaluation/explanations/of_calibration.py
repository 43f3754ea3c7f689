"""Explanations of how far scores are from precision."""

from __future__ import annotations

import numpy as np

from diag_gui.evaluation.calibration import BINNINGS, calibrate
from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.subject import Subject

TITLES = {
    "ece": "Detection calibration error (D-ECE)",
    "mce": "Largest calibration error of a bin (MCE)",
    "laece": "Localization-aware calibration error (LaECE)",
}
_FORMULAS = {
    "ece": "Σ share of predictions in the bin × |mean score − precision|",
    "mce": "the largest |mean score − precision| of a bin",
    "laece": "as D-ECE per class, a true positive counting with its IoU; the mean over classes with predictions",
}
_BINNINGS = {"equal width": "as wide a range of scores in each bin", "equal mass": "as many predictions in each bin"}
_SOURCES = {
    "ece": "Küppers et al., Multivariate Confidence Calibration for Object Detection, CVPR Workshops 2020 (by score only).",
    "mce": "Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.",
    "laece": "Oksuz et al., Towards Building Self-Aware Object Detectors, CVPR 2023.",
}


def explain_calibration(path: FigurePath, subject: Subject) -> Explanation:
    """Explain D-ECE, MCE or LaECE."""
    key, calibration = path.key, subject.calibration
    bins = calibration.bins
    filled = np.flatnonzero(bins.n > 0).tolist()
    other_binning = BINNINGS[calibration.binning == BINNINGS[0]]
    other = calibrate(
        subject.facts,
        subject.params,
        images=subject.images,
        matches=subject.evaluation.matches,
        binning=other_binning,
        n_bins=calibration.n_bins,
    )
    return Explanation(
        figure=str(path),
        title=TITLES[key],
        value=float(getattr(calibration, key)),
        formula=_FORMULAS[key],
        settings=(
            *subject.common_settings(),
            ("IoU", f"≥ {subject.params.iou_threshold:g}"),
            ("score", "all: the threshold plays no part"),
            ("bins", f"{len(bins)} of {calibration.binning}"),
            ("right is", f"what COCO's matching matched ({calibration.tp_rule})"),
        ),
        used=(Amount("predictions", calibration.n, "classes without ground truth count as wrong"),),
        ignored=subject.left_out_predictions(None, by_score=False),
        terms=tuple(
            Amount(
                f"score {bins.low[place]:.2f} to {bins.high[place]:.2f}",
                float(abs(bins.mean_score[place] - bins.precision[place])),
                f"n {bins.n[place]:,}, mean score {bins.mean_score[place]:.3f}, precision {bins.precision[place]:.3f}",
            )
            for place in filled
        ),
        source=_SOURCES[key],
        elsewhere=(Elsewhere(f"bins of {other_binning}", _BINNINGS[other_binning], float(getattr(other, key))),),
    )
