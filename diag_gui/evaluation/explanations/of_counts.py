"""Explanations of counts, precision, recall, F1 and mean IoU at one operating point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diag_gui.data.arrays import BoolArray
from diag_gui.evaluation.confusion_matrix import confusion_matrix
from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation, occurring
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.kept import kept_predictions
from diag_gui.evaluation.mf1_yoltv4 import mf1_yoltv4
from diag_gui.evaluation.operating_point import FALSE_POSITIVE, TRUE_POSITIVE, defined_mean

MATCHING_SOURCE = (
    "Greedy matching by descending score within image and class, as COCOeval.evaluateImg of pycocotools; Lin et al., "
    "Microsoft COCO: Common Objects in Context, ECCV 2014."
)

TITLES = {
    "gt": "Ground truth that should be found",
    "predictions": "Kept predictions that count",
    "tp": "True positives",
    "fp": "False positives",
    "fn": "Missed ground truth (false negatives)",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "mean_iou": "Mean IoU of the true positives",
    "mf1": "Mean F1 over classes (COCO matching)",
    "mf1_yoltv4": "Mean F1 over classes (YOLTv4)",
}
FORMULAS = {
    "gt": "labels that are not ignored",
    "predictions": "TP + FP",
    "tp": "kept predictions matched to ground truth that counts",
    "fp": "kept predictions matched to nothing",
    "fn": "ground truth − TP",
    "precision": "TP / (TP + FP)",
    "recall": "TP / (TP + FN)",
    "f1": "2 TP / (2 TP + FP + FN)",
    "mean_iou": "sum of the IoU of the true positives / TP",
    "mf1": "mean of F1 over the classes with ground truth",
    "mf1_yoltv4": "mean of F1 over the classes with ground truth, from two one-way passes in file order",
}
_SHARES = ("precision", "recall", "f1")


def explain_counts(path: FigurePath, subject: Subject, class_row: int | None) -> Explanation:
    """Explain a figure that depends on both thresholds, of one class or over all."""
    evaluation, key = subject.evaluation, path.key
    if class_row is None:
        totals = evaluation.totals
        numbers = {"gt": totals.n_gt, "predictions": totals.n_predictions, "tp": totals.tp, "fp": totals.fp, "fn": totals.fn}
        value = subject_value(subject, key, numbers)
    else:
        table = evaluation.per_class
        columns = {"gt": table.n_gt, "predictions": table.n_predictions, "tp": table.tp, "fp": table.fp, "fn": table.fn}
        numbers = {name: int(column[class_row]) for name, column in columns.items()}
        value = numbers[key] if key in numbers else float(getattr(table, key)[class_row])
    return Explanation(
        figure=str(path),
        title=TITLES[key] + (f" of {path.subject[0]}" if path.subject else ""),
        value=value,
        formula=FORMULAS[key] + (" (over all classes together)" if class_row is None and key in _SHARES else ""),
        settings=(*subject.common_settings(), *point_settings(subject)),
        used=_used(numbers),
        ignored=_ignored(subject, class_row, key),
        terms=_terms(subject, key) if class_row is None else (),
        source=_source(key),
        elsewhere=_elsewhere(subject, class_row, key, numbers),
    )


def subject_value(subject: Subject, key: str, numbers: dict[str, int]) -> float | int:
    """Return a figure over all classes."""
    if key in numbers:
        return numbers[key]
    if key == "mf1_yoltv4":
        return mf1_yoltv4(subject.facts, subject.params, images=subject.images)
    return float(getattr(subject.evaluation.totals, key))


def point_settings(subject: Subject) -> tuple[tuple[str, str], ...]:
    """Return the thresholds and the matching."""
    return (
        ("IoU", f"≥ {subject.params.iou_threshold:g}"),
        ("score", f"≥ {subject.params.score_threshold:g}"),
        ("matching", "COCO, within classes"),
    )


def _used(numbers: dict[str, int]) -> tuple[Amount, ...]:
    return (
        Amount("true positives", numbers["tp"]),
        Amount("false positives", numbers["fp"]),
        Amount("missed", numbers["fn"]),
        Amount("ground truth", numbers["gt"]),
    )


def _ignored(subject: Subject, class_row: int | None, key: str) -> tuple[Amount, ...]:
    left_out: tuple[Amount, ...] = ()
    if key not in ("gt", "fn", "recall"):
        left_out += subject.left_out_predictions(class_row, by_score=True)
    if key not in ("predictions", "tp", "fp", "precision", "mean_iou"):
        left_out += subject.left_out_ground_truth(class_row)
    if key in ("mf1", "mf1_yoltv4"):
        n_without = int(np.count_nonzero(subject.evaluation.per_class.n_gt == 0))
        left_out += occurring(Amount("classes without ground truth", n_without, "have no F1 and leave the mean"))
    return left_out


def _terms(subject: Subject, key: str) -> tuple[Amount, ...]:
    """Return the F1 of every class where the figure is their mean."""
    if key != "mf1":
        return ()
    table, names = subject.evaluation.per_class, subject.facts.dataset.classes.name
    rows = np.flatnonzero(table.n_gt > 0).tolist()
    return tuple(Amount(names[row], float(table.f1[row]), f"{table.n_gt[row]:,} GT") for row in rows)


def _source(key: str) -> str:
    if key == "mf1_yoltv4":
        return "precision_calc and recall_calc of yoltv4/eval.py, after CosmiQ/solaris."
    return MATCHING_SOURCE


def _elsewhere(subject: Subject, class_row: int | None, key: str, numbers: dict[str, int]) -> tuple[Elsewhere, ...]:
    if key in ("gt", "mean_iou"):
        return ()
    if key in ("mf1", "mf1_yoltv4"):
        return _of_mean_f1(subject, key)
    value = {name: figure_of(name, numbers["tp"], numbers["fp"], numbers["gt"]) for name in TITLES if name not in ("gt",)}
    variants = [
        ("FiftyOne", "a prediction on a crowd is a true positive, not left out", _crowds_true(subject, class_row)),
        ("tools that keep score > threshold", "a score equal to the threshold is not kept", _strictly_above(subject, class_row)),
        ("tools without a cut", "every prediction counts, however many an image has", _uncut(subject, class_row)),
    ]
    different = []
    for tool, rule, (tp_more, fp_more) in variants:
        other = figure_of(key, numbers["tp"] + tp_more, numbers["fp"] + fp_more, numbers["gt"])
        if other != value[key]:
            different.append(Elsewhere(tool, rule, other))
    if class_row is None and key in _SHARES:
        mean = defined_mean(getattr(subject.evaluation.per_class, key))
        different.append(Elsewhere("Ultralytics, mF1", "the mean over classes, each weighing the same (macro)", mean))
    if key == "tp":
        matrix = confusion_matrix(subject.facts, subject.params, subject.images)
        on_diagonal = (matrix.rows == matrix.columns) & (matrix.rows < matrix.n_classes)
        if class_row is not None:
            on_diagonal &= matrix.rows == class_row
        diagonal = int(matrix.counts[on_diagonal].sum())
        different.append(
            Elsewhere("confusion matrix", "its diagonal: classes compete for ground truth in one matching", diagonal)
        )
    return tuple(different)


def figure_of(key: str, tp: int, fp: int, n_gt: int) -> float | int:
    """Return a figure of counts; NaN where its denominator is 0."""
    counts = {"tp": tp, "fp": fp, "fn": n_gt - tp, "predictions": tp + fp}
    if key in counts:
        return counts[key]
    fractions = {"precision": (tp, tp + fp), "recall": (tp, n_gt), "f1": (2 * tp, tp + fp + n_gt)}
    numerator, denominator = fractions.get(key, (0, 0))
    return numerator / denominator if denominator else float("nan")


def _of_mean_f1(subject: Subject, key: str) -> tuple[Elsewhere, ...]:
    totals = subject.evaluation.totals
    micro = Elsewhere("F1 over all classes together (micro)", "every object weighs the same", totals.f1)
    if key == "mf1_yoltv4":
        return (Elsewhere("mF1 (COCO matching)", "one matching by descending score, each label used once", totals.mf1), micro)
    by_yolt = mf1_yoltv4(subject.facts, subject.params, images=subject.images)
    return (Elsewhere("mF1 (YOLTv4)", "two one-way passes in file order that know nothing of each other", by_yolt), micro)


def _crowds_true(subject: Subject, class_row: int | None) -> tuple[int, int]:
    """Return how many more true and false positives there are if a match with a crowd counts."""
    matches = subject.evaluation.matches
    kept = _kept(subject, class_row) & (matches.gt_row_of_pred >= 0)
    on_crowd = np.zeros_like(kept)
    on_crowd[kept] = subject.facts.dataset.ground_truth.is_crowd[matches.gt_row_of_pred[kept]]
    return int(np.count_nonzero(on_crowd)), 0


def _strictly_above(subject: Subject, class_row: int | None) -> tuple[int, int]:
    """Return minus the true and false positives whose score is the threshold."""
    at = _kept(subject, class_row) & (subject.facts.run.predictions.score == subject.params.score_threshold)
    status = subject.evaluation.status[at]
    return -int(np.count_nonzero(status == TRUE_POSITIVE)), -int(np.count_nonzero(status == FALSE_POSITIVE))


def _uncut(subject: Subject, class_row: int | None) -> tuple[int, int]:
    """Return how many more true and false positives there are without a cut: those beyond it, matched without it."""
    if not (subject.facts.ranking.rank >= subject.params.max_detections).any():
        return 0, 0
    everything = np.iinfo(np.int32).max
    params = replace(subject.params, max_detections=everything)
    whole = Subject(subject.facts.with_max_detections(everything), params, subject.images)
    totals, table, mine = whole.evaluation.totals, whole.evaluation.per_class, subject.evaluation
    if class_row is None:
        return totals.tp - mine.totals.tp, totals.fp - mine.totals.fp
    return int(table.tp[class_row] - mine.per_class.tp[class_row]), int(table.fp[class_row] - mine.per_class.fp[class_row])


def _kept(subject: Subject, class_row: int | None) -> BoolArray:
    kept = kept_predictions(subject.facts, subject.params, subject.images)
    return kept if class_row is None else kept & (subject.facts.run.predictions.class_row == class_row)
