"""Explanations of AP and AR over IoU thresholds and limits that were asked for."""

from __future__ import annotations

import numpy as np

from diag_gui.evaluation.average_precision import IOU_GRID
from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.variants import VariantFigures
from diag_gui.exceptions import EvaluationError

_AT_EACH = "AP is COCO's 101 points, AR the final recall, of each class with ground truth"
_SOURCE = "COCOeval.accumulate of pycocotools with other thresholds and limits; VOC's and Open Images' rules where asked for."


def explain_variant(path: FigurePath, subject: Subject, class_row: int | None) -> Explanation:
    """Explain AP or AR over the IoU thresholds and limits of `Subject.variants`.

    Raises
    ------
    EvaluationError
        If it was not asked for.
    """
    found = subject.variant_figures if subject.variants else None
    value = None if found is None else _value(path, found, class_row)
    if found is None or value is None:
        raise EvaluationError("--explain", f"{path} is there only where --ious and --limits ask for it")
    ious = IOU_GRID.tolist() if "_max" in path.key and "ious" not in path.key else list(found.variants.ious)
    limit = path.key.partition("_max")[2] or str(subject.params.max_detections)
    if path.group == "ious":
        ious = [found.variants.ious[int(path.subject[0])]]
    is_ap, summary = (
        path.key.lower().startswith("ap"),
        subject.rule_summary if not subject.params.rules.is_coco else subject.summary,
    )
    return Explanation(
        figure=str(path),
        title=("Average precision" if is_ap else "Average recall")
        + (f" of {path.subject[0]}" if class_row is not None else "")
        + " over the IoU thresholds and predictions that were asked for",
        value=value,
        formula=f"mean over {len(ious)} IoU thresholds" + ("" if class_row is not None else " and classes") + f"; {_AT_EACH}",
        settings=(
            *subject.common_settings(),
            ("IoU", ", ".join(f"{iou:g}" for iou in ious)),
            ("limit", f"{limit} predictions per image and class" if subject.params.rules.is_coco else "that of the rules"),
            ("rules", subject.params.rules.text),
        ),
        used=(Amount("IoU thresholds", len(ious)), *_ground_truth(subject, class_row)),
        ignored=subject.left_out_ground_truth(class_row),
        terms=_terms(path, found, class_row),
        source=_SOURCE,
        elsewhere=(
            (Elsewhere("AP", "over the thresholds and the limit of the rules", summary.figures["AP"]),)
            if is_ap and class_row is None
            else ()
        ),
    )


def _value(path: FigurePath, found: VariantFigures, class_row: int | None) -> float | None:
    """Return the figure; None if there is none of this name."""
    if class_row is not None:
        return float(found.ap_ious[class_row]) if found.variants.ious else None
    if path.group != "ious":
        return found.figures.get(path.key)
    values = found.ap if path.key == "ap" else found.ar
    place = int(path.subject[0])
    return values[place] if place < len(values) else None


def _ground_truth(subject: Subject, class_row: int | None) -> tuple[Amount, ...]:
    n_gt = subject.evaluation.per_class.n_gt
    if class_row is not None:
        return (Amount("ground truth", int(n_gt[class_row])),)
    return (Amount("classes with ground truth", int(np.count_nonzero(n_gt))), Amount("ground truth", int(n_gt.sum())))


def _terms(path: FigurePath, found: VariantFigures, class_row: int | None) -> tuple[Amount, ...]:
    """Return what the mean is of where it is kept: the means over classes at each IoU."""
    if path.key not in ("AP_ious", "AR_ious") or class_row is not None:
        return ()
    values = found.ap if path.key == "AP_ious" else found.ar
    return tuple(Amount(f"IoU {iou:g}", value) for iou, value in zip(found.variants.ious, values, strict=True))
