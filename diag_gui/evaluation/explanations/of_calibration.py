"""Explanations of how far scores are from precision."""

from __future__ import annotations

import numpy as np

from diag_gui.evaluation.calibration import BINNINGS, Binning, Calibration, calibrate
from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.exceptions import EvaluationError

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


def explain_calibration(path: FigurePath, subject: Subject, class_row: int | None) -> Explanation:
    """Explain D-ECE, MCE or LaECE of all classes together, or of one."""
    key, together = path.key, subject.calibration
    other_binning = BINNINGS[together.binning == BINNINGS[0]]
    asked = _gathered(subject, together.binning, class_row)
    other = _gathered(subject, other_binning, class_row)
    bins = asked.bins
    filled = np.flatnonzero(bins.n > 0).tolist()
    of_class = f" of {subject.facts.dataset.classes.name[class_row]}" if class_row is not None else ""
    return Explanation(
        figure=str(path),
        title=TITLES[key] + of_class,
        value=_value(asked, key, class_row),
        formula=_FORMULAS[key],
        settings=(
            *subject.common_settings(),
            ("IoU", f"≥ {subject.params.iou_threshold:g}"),
            ("score", "all: the threshold plays no part"),
            ("bins", f"{len(bins)} of {asked.binning}"),
            ("right is", f"what COCO's matching matched ({asked.tp_rule})"),
        ),
        used=(Amount("predictions", asked.n, "classes without ground truth count as wrong"),),
        ignored=subject.left_out_predictions(class_row, by_score=False),
        terms=tuple(
            Amount(
                f"score {bins.low[place]:.2f} to {bins.high[place]:.2f}",
                float(abs(bins.mean_score[place] - bins.precision[place])),
                f"n {bins.n[place]:,}, mean score {bins.mean_score[place]:.3f}, precision {bins.precision[place]:.3f}",
            )
            for place in filled
        ),
        source=_SOURCES[key],
        elsewhere=(Elsewhere(f"bins of {other_binning}", _BINNINGS[other_binning], _value(other, key, class_row)),),
    )


_OF_BINS = {
    "n": "predictions in it",
    "low": "its lower end",
    "high": "its upper end",
    "mean_score": "sum of their scores / n",
    "precision": "those that are right / n",
}


def explain_gathered(path: FigurePath, subject: Subject) -> Explanation:
    """Explain what the reliability curve is made of: a bin, or how many predictions it rests on.

    Raises
    ------
    EvaluationError
        If there is no such bin.
    """
    together, key = subject.calibration, path.key
    bins = together.bins
    settings = (
        *subject.common_settings(),
        ("IoU", f"≥ {subject.params.iou_threshold:g}"),
        ("score", "all: the threshold plays no part"),
        ("bins", f"{len(bins)} of {together.binning}"),
        ("right is", f"what COCO's matching matched ({together.tp_rule})"),
    )
    ignored = subject.left_out_predictions(None, by_score=False)
    if not path.subject:
        n = {"n": together.n, "n_outside": together.n_outside}
        return Explanation(
            figure=str(path),
            title="Predictions that calibration rests on" if key == "n" else "Predictions with a score outside 0..1",
            value=n[key],
            formula="predictions that are not ignored" if key == "n" else "of these; calibration is undefined if there is any",
            settings=settings,
            used=(Amount("predictions", together.n), Amount("with a score outside 0..1", together.n_outside)),
            ignored=ignored,
            terms=tuple(
                Amount(f"score {bins.low[one]:.2f} to {bins.high[one]:.2f}", int(bins.n[one])) for one in range(len(bins))
            ),
            source=_SOURCES["ece"],
            elsewhere=(),
        )
    place = int(path.subject[1])
    if place >= len(bins):
        raise EvaluationError("--explain", f"{path}: there are bins 0 to {len(bins) - 1}" if len(bins) else f"{path}: no bins")
    n_in_bin, precision = int(bins.n[place]), float(bins.precision[place])
    return Explanation(
        figure=str(path),
        title=f"{key.replace('_', ' ').capitalize()} of the bin of scores {bins.low[place]:.2f} to {bins.high[place]:.2f}",
        value=getattr(bins, key)[place].item(),
        formula=_OF_BINS[key],
        settings=settings,
        used=(
            Amount("predictions in the bin", n_in_bin, "classes without ground truth count as wrong"),
            Amount("right", round(precision * n_in_bin) if n_in_bin else 0),
            Amount("mean score", float(bins.mean_score[place])),
            Amount("precision", precision),
        ),
        ignored=ignored,
        terms=(),
        source=_SOURCES["ece"],
        elsewhere=(),
    )


def _gathered(subject: Subject, binning: Binning, class_row: int | None) -> Calibration:
    """Return the calibration of all classes, or of the predictions of one alone."""
    if class_row is None and binning == subject.binning:
        return subject.calibration
    return calibrate(
        subject.facts,
        subject.params,
        images=subject.images,
        matches=subject.evaluation.matches,
        binning=binning,
        n_bins=subject.n_bins,
        class_rows=None if class_row is None else [class_row],
    )


def _value(calibration: Calibration, key: str, class_row: int | None) -> float:
    """Return an error; of one class as the table of classes has it, whose sums are added up in another order."""
    if class_row is None:
        return float(getattr(calibration, key))
    return float(getattr(calibration.per_class, key)[class_row])
