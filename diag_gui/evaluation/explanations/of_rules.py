"""Explanations of average precision and recall by rules other than COCO's."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray
from diag_gui.data.dataset import FREQUENCIES
from diag_gui.evaluation.area_ranges import AREA_RANGES
from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation, occurring
from diag_gui.evaluation.explanations.figure_paths import RULE_KEYS, FigurePath
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.operating_point import defined_mean
from diag_gui.evaluation.rule_settings import COCO_RULES, Rules, RuleSettings
from diag_gui.evaluation.rule_tables import RuleTable
from diag_gui.exceptions import EvaluationError

_OF_CLASSES = ("ap", "ap50", "ap_at_iou")
_ONE_IOU = {"AP50": 0.5, "ap50": 0.5, "AP75": 0.75}
_MATCHINGS = {
    "voc": "each prediction, by descending score, takes the label of its class it overlaps most, and is false if that one is "
    "taken; difficult labels excuse it",
    "lvis": "COCO's, over classes that have a label in the image or are in its neg_category_ids; what is unmatched in a class "
    "not exhaustively labelled is ignored",
    "openimages": "each prediction of a class verified in the image takes the label it overlaps most, and is false if that one "
    "is taken, unless it lies in a group-of box; a label holds for all classes above its own",
}
_FORMULAS = {
    "voc-all-points": "area under the precision envelope of all predictions by descending score",
    "voc-11": "mean of the precision envelope at 11 recalls, numpy.linspace(0, 1, 11)",
    "coco-101": "precision envelope of all predictions by descending score, read at 101 recalls and averaged",
}
_SOURCES = {
    "voc": "VOCevaldet of the VOC devkit, read literally.",
    "lvis": "LVISEval of package lvis 0.5.3, followed to 1e-9.",
    "openimages": "OpenImagesDetectionEvaluator of the TF Object Detection API (group_of_weight 0), read literally.",
}


def explain_by_rules(path: FigurePath, subject: Subject, class_row: int | None) -> Explanation:
    """Explain AP or AR by the rules of the subject, over all classes or of one.

    Raises
    ------
    EvaluationError
        If the rules do not define the figure.
    """
    key, rules, asked = path.key, subject.params.rules, subject.params.iou_threshold
    if key not in (*rules.figure_names, *_OF_CLASSES) or (rules.is_coco and key in RULE_KEYS):
        raise EvaluationError("--explain", f"{key} is no figure of {rules.text}; there are {', '.join(rules.figure_names)}")
    summary = subject.rule_summary
    per_class = _per_class(key, subject)
    value = summary.figures[key] if key in summary.figures else defined_mean(per_class)
    has_one_iou = rules.has_one_iou or key in _ONE_IOU or key == "ap_at_iou"
    iou = _ONE_IOU.get(key, asked)
    table = subject.facts.by_rules(rules).table(iou, subject.images)
    word = "recall" if key.startswith("AR") else "precision"
    return Explanation(
        figure=str(path),
        title=f"Average {word} by {rules.text}" + (f" of {path.subject[0]}" if path.subject else "") + _at(iou, has_one_iou),
        value=value if class_row is None else float(per_class[class_row]),
        formula=_formula(key, rules, class_row),
        settings=_settings(key, subject, iou, has_one_iou),
        used=_used(table, class_row, iou),
        ignored=_left_out(table, subject, class_row, iou),
        terms=_terms(subject, per_class, class_row),
        source=_SOURCES[rules.matching],
        elsewhere=_elsewhere(subject, class_row, iou) if has_one_iou and word == "precision" else (),
    )


def explain_rule_count(path: FigurePath, subject: Subject, class_row: int) -> Explanation:
    """Explain what the rules of the subject count in one class at the IoU asked for, over all scores.

    Raises
    ------
    EvaluationError
        If they are COCO's, whose counts have names of their own.
    """
    rules, iou = subject.params.rules, subject.params.iou_threshold
    if rules.is_coco:
        raise EvaluationError("--explain", f"{path} is there only where --rules asks for other rules than COCO's")
    table = subject.rule_summary.table
    of_key = {"ap_gt": table.n_gt, "ap_tp": table.tp, "ap_fp": table.fp}
    return Explanation(
        figure=str(path),
        title=f"{_RULE_COUNTS[path.key]} of {path.subject[0]} by {rules.text}",
        value=int(of_key[path.key][class_row]),
        formula=f"counted by {_MATCHINGS[rules.matching]}; the score threshold plays no part",
        settings=_settings(path.key, subject, iou, True),
        used=_used(table, class_row, iou),
        ignored=_left_out(table, subject, class_row, iou),
        terms=(),
        source=_SOURCES[rules.matching],
        elsewhere=(),
    )


_RULE_COUNTS = {"ap_gt": "Ground truth that counts", "ap_tp": "True positives", "ap_fp": "False positives"}


def _per_class(key: str, subject: Subject) -> FloatArray:
    """Return what a figure is the mean of, per class; NaN everywhere where the rules do not say."""
    summary, classes = subject.rule_summary, subject.facts.dataset.classes
    if key in ("AP", "ap"):
        return summary.ap
    if key in ("AP50", "ap50"):
        return summary.ap50
    if key == "ap_at_iou":
        return summary.table.ap
    if key == "AP75":
        return subject.facts.by_rules(subject.params.rules).table(_ONE_IOU[key], subject.images).ap
    if key[2:] in FREQUENCIES and classes.frequency is not None:
        in_group = np.array([frequency == key[2:] for frequency in classes.frequency])
        return np.where(in_group, summary.ap, np.nan)
    return np.full(len(classes), np.nan)


def _at(iou: float, has_one_iou: bool) -> str:
    return f" at IoU {iou:.2f}" if has_one_iou else " over ten IoU thresholds"


def _formula(key: str, rules: RuleSettings, class_row: int | None) -> str:
    if key.startswith("AR"):
        return "recall reached by all scores, the mean over ten IoU thresholds and the classes with ground truth"
    group = f" of frequency {key[2:]}" if key[2:] in FREQUENCIES else ""
    mean = "" if class_row is not None else f"; the mean over classes{group} with ground truth"
    return f"{_FORMULAS[rules.ap]}{mean}; the score threshold plays no part"


def _settings(key: str, subject: Subject, iou: float, has_one_iou: bool) -> tuple[tuple[str, str], ...]:
    rules, params = subject.params.rules, subject.params
    limit = rules.limit(params.max_detections)
    area = {name[0]: f"{low:g} to {high:g} square pixels" for name, low, high in AREA_RANGES}.get(key[2:], "all")
    return (
        *((name, value) for name, value in subject.common_settings() if name != "predictions per image and class"),
        ("rules", rules.text),
        ("matching", _MATCHINGS[rules.matching]),
        ("IoU", f"≥ {iou:g}" if has_one_iou else "0.50 to 0.95 in steps of .05, averaged"),
        ("area", area),
        ("limit", "none" if limit is None else f"{limit} predictions per {rules.limit_per}"),
    )


def _used(table: RuleTable, class_row: int | None, iou: float) -> tuple[Amount, ...]:
    n_gt, tp, fp = (_of(counts, class_row) for counts in (table.n_gt, table.tp, table.fp))
    amounts = (
        Amount("ground truth", n_gt),
        Amount(f"true positives at IoU {iou:g}, of all scores", tp),
        Amount(f"false positives at IoU {iou:g}, of all scores", fp),
    )
    if class_row is not None:
        return amounts
    return (Amount("classes with ground truth", int(np.count_nonzero(table.n_gt))), *amounts)


def _left_out(table: RuleTable, subject: Subject, class_row: int | None, iou: float) -> tuple[Amount, ...]:
    predictions = subject.facts.run.predictions
    asked = subject.asked_predictions if class_row is None else subject.asked_predictions & (predictions.class_row == class_row)
    n_left = int(np.count_nonzero(asked)) - _of(table.tp, class_row) - _of(table.fp, class_row)
    gt = subject.facts.dataset.ground_truth
    labels = subject.asked_ground_truth if class_row is None else subject.asked_ground_truth & (gt.class_row == class_row)
    n_labels = int(np.count_nonzero(labels)) - _of(table.n_gt, class_row)
    n_without = int(np.count_nonzero(np.isnan(table.ap))) if class_row is None else 0
    return occurring(
        Amount(f"predictions that count neither way at IoU {iou:g}", n_left, "excused, ignored, not verified, or over the limit"),
        Amount("labels that need not be found", max(n_labels, 0), "difficult, ignored, a group, or without area"),
        Amount("classes without ground truth", n_without, "have no AP and leave the mean"),
    )


def _terms(subject: Subject, per_class: FloatArray, class_row: int | None) -> tuple[Amount, ...]:
    if class_row is not None:
        return ()
    names = subject.facts.dataset.classes.name
    return tuple(Amount(names[row], float(per_class[row])) for row in np.flatnonzero(~np.isnan(per_class)).tolist())


def _elsewhere(subject: Subject, class_row: int | None, iou: float) -> tuple[Elsewhere, ...]:
    """Return AP at the same IoU by COCO's rules and, of VOC's, by the other ways to average and to measure."""
    rules, facts = subject.params.rules, subject.facts
    found = [("COCO", COCO_RULES.text + ", matched by COCO's rules", subject.coco_ap_at(iou))]
    if rules.is_voc:
        other = Rules.VOC_11 if rules.rules is Rules.VOC else Rules.VOC
        for changed in (RuleSettings(other, rules.voc_plus_one), RuleSettings(rules.rules, not rules.voc_plus_one)):
            if changed.voc_plus_one and facts.task != "bbox":
                continue
            found.append(("VOC", changed.text, facts.by_rules(changed).table(iou, subject.images).ap))
    return tuple(
        Elsewhere(tool, rule, defined_mean(ap) if class_row is None else float(ap[class_row])) for tool, rule, ap in found
    )


def _of(counts: LongArray, class_row: int | None) -> int:
    return int(counts.sum() if class_row is None else counts[class_row])
