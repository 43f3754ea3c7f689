"""Explanations of the figures of a slice."""

from __future__ import annotations

from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.of_counts import FORMULAS, MATCHING_SOURCE, point_settings
from diag_gui.evaluation.explanations.of_errors import explain_slice_error
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.slices import SliceResult
from diag_gui.exceptions import EvaluationError

_FORMULAS = FORMULAS | {
    "images": "images in the slice; of an object slice those with ground truth in it",
    "ap": "COCO's 101 points over ten IoU thresholds, what lies outside ignored; the mean over classes with ground truth inside",
    "ap50": "COCO's 101 points at IoU .50, what lies outside ignored; the mean over classes with ground truth inside",
    "f1_low": "2.5 % percentile of F1 over resamples of images",
    "f1_high": "97.5 % percentile of F1 over resamples of images",
    "delta_f1": "F1 inside − F1 of the rest",
    "precision_low": "2.5 % percentile of precision over resamples of images",
    "precision_high": "97.5 % percentile of precision over resamples of images",
    "recall_low": "2.5 % percentile of recall over resamples of images",
    "recall_high": "97.5 % percentile of recall over resamples of images",
    "p": "two-sided, normal: difference to the rest / its bootstrap standard error",
    "q": "p of the difference to the rest (normal, by its bootstrap error), corrected over the slices of the run by "
    "Benjamini and Hochberg",
}


_OF_DIFFERENCES = {
    "rest": "the same figure over all other images, of an object slice over all other objects",
    "difference": "inside − rest",
    "low": "2.5 % percentile of the difference, both from the same resamples of images",
    "high": "97.5 % percentile of the difference, both from the same resamples of images",
    "p": _FORMULAS["p"],
    "q": _FORMULAS["q"],
    "family": "slices with enough support, over which q is corrected",
}


def explain_slice(path: FigurePath, subject: Subject) -> Explanation:
    """Explain a figure of a slice that was computed."""
    result = next(one for one in subject.slices if one.name == path.subject[0])
    if path.subject[1:2] == ("errors",):
        return explain_slice_error(path, subject, result)
    if path.subject[1:2] == ("differences",):
        return _difference(path, subject, result)
    value = getattr(result, path.key)
    totals = subject.evaluation.totals
    whole = {"f1": totals.f1, "precision": totals.precision, "recall": totals.recall, "mean_iou": totals.mean_iou}
    elsewhere = []
    if path.key in whole:
        elsewhere.append(Elsewhere("the whole run", "inside and outside of the slice", whole[path.key]))
    if path.key in ("precision", "f1", "fp") and result.kind == "object" and (charged := _charged(subject, result, path.key)):
        elsewhere.append(charged)
    return Explanation(
        figure=str(path),
        title=f"{path.key.replace('_', ' ')} of the slice {result.name}",
        value=float("nan") if value is None else value,
        formula=_FORMULAS[path.key],
        settings=(
            *subject.common_settings(),
            *point_settings(subject),
            ("slice", result.expression),
            ("kind", _KINDS[result.kind]),
        ),
        used=_used(result),
        ignored=_ignored(result),
        terms=(),
        source=f"METRICS: Slices. {MATCHING_SOURCE}",
        elsewhere=tuple(elsewhere),
    )


def _difference(path: FigurePath, subject: Subject, result: SliceResult) -> Explanation:
    """Explain how a figure of a slice stands against that of the rest."""
    name = path.subject[2]
    found = result.differences.get(name)
    if found is None:
        raise EvaluationError("--explain", f"{path}: {name} cannot be known inside of this slice")
    return Explanation(
        figure=str(path),
        title=f"{name.capitalize()} of the slice {result.name} against the rest: {path.key}",
        value=getattr(found, path.key),
        formula=_OF_DIFFERENCES[path.key],
        settings=(*subject.common_settings(), *point_settings(subject), ("slice", result.expression)),
        used=(
            Amount("inside", found.value),
            Amount("rest", found.rest),
            Amount("difference", found.difference),
            Amount("low", found.low),
            Amount("high", found.high),
            Amount("p", found.p),
        ),
        ignored=_ignored(result),
        terms=(),
        source="METRICS: Slices",
        elsewhere=(),
    )


_KINDS = {
    "image": "of images: matches are kept, figures accumulated again over its images",
    "object": "of objects: what lies outside is ignored and everything is matched again",
}


def _used(result: SliceResult) -> tuple[Amount, ...]:
    fp = float("nan") if result.fp is None else result.fp
    return (
        Amount("images", result.images),
        Amount("ground truth inside", result.gt),
        Amount("true positives", result.tp),
        Amount("false positives", fp, "" if result.fp is not None else "predictions have no such attribute: nobody can know"),
        Amount("missed", result.fn),
    )


def _ignored(result: SliceResult) -> tuple[Amount, ...]:
    if result.enough:
        return ()
    return (Amount("support", result.gt, "too little ground truth to say anything: shown grey, not ranked"),)


def _charged(subject: Subject, result: SliceResult, key: str) -> Elsewhere | None:
    """Return the figure if every false positive of the run is charged to the slice, as a filter on labels alone does."""
    fp = subject.evaluation.totals.fp
    tp, n_gt = result.tp, result.gt
    values: dict[str, tuple[float, float]] = {"fp": (fp, 1), "precision": (tp, tp + fp), "f1": (2 * tp, tp + fp + n_gt)}
    numerator, denominator = values[key]
    if not denominator:
        return None
    return Elsewhere("FiftyOne", "a slice of labels is charged with every false positive of the run", numerator / denominator)
