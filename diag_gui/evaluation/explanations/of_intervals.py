"""Explanations of the ends of intervals of figures over all classes."""

from __future__ import annotations

import numpy as np

from diag_gui.evaluation.explanations.explanation import Amount, Explanation, occurring
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.run_comparison import intervals_of
from diag_gui.exceptions import EvaluationError

_PERCENTILES = {"low": "2.5", "high": "97.5"}
_SOURCE = "Image-cluster bootstrap; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13."


def explain_interval(path: FigurePath, subject: Subject) -> Explanation:
    """Explain an end of the 95 % interval of a figure over all classes.

    Raises
    ------
    EvaluationError
        If images were not resampled.
    """
    name, _, end = path.key.rpartition("_")
    if subject.resampled is None or name not in subject.resampled.figures:
        raise EvaluationError("--explain", f"{path} is there only where --intervals asks for it")
    values = subject.resampled.figures[name]
    defined = values[~np.isnan(values)]
    ends = dict(zip(("low", "high"), intervals_of(subject.resampled)[name], strict=True))
    mean, spread = (float(defined.mean()), float(defined.std())) if len(defined) else (float("nan"), float("nan"))
    return Explanation(
        figure=str(path),
        title=f"{'Lower' if end == 'low' else 'Upper'} end of the 95 % interval of {name}",
        value=ends[end],
        formula=f"{_PERCENTILES[end]} % percentile, linear, of {name} over the resamples; each draws as many images as there "
        "are, with repetition",
        settings=(*subject.common_settings(), ("IoU", f"≥ {subject.params.iou_threshold:g}"), ("resamples", f"{len(values):,}")),
        used=(
            Amount("resamples that define it", len(defined)),
            Amount("mean over them", mean),
            Amount("standard deviation over them", spread),
            Amount("low", ends["low"]),
            Amount("high", ends["high"]),
        ),
        ignored=occurring(Amount("resamples that leave it undefined", len(values) - len(defined), "they count for no end")),
        terms=(),
        source=_SOURCE,
        elsewhere=(),
    )
