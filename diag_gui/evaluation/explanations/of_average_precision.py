"""Explanations of average precision, average recall, and the best F1 over all scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diag_gui.data.arrays import BoolArray, ByteArray, FloatArray
from diag_gui.evaluation.area_ranges import AREA_RANGES
from diag_gui.evaluation.average_precision import IOU_GRID
from diag_gui.evaluation.coco_summary import COCO_LIMITS
from diag_gui.evaluation.explanations import curve_areas
from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation, occurring
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.of_counts import MATCHING_SOURCE
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.matching import match
from diag_gui.evaluation.operating_point import TRUE_POSITIVE, defined_mean, status_of
from diag_gui.evaluation.params import EvaluationParams

COCO_SOURCE = "COCOeval.accumulate and summarize of pycocotools, followed to 1e-9; IoU and recalls by numpy.linspace."
AP_FORMULA = (
    "precision envelope of all predictions by descending score, read at 101 recalls 0, .01, … 1 and averaged; the score "
    "threshold plays no part"
)
_AREA_OF = {"s": 1, "m": 2, "l": 3}
_AREA_WORDS = ("all areas", "small, up to 32² pixels", "medium, 32² to 96² pixels", "large, from 96² pixels on")


def explain_average(path: FigurePath, subject: Subject, class_row: int | None) -> Explanation:
    """Explain AP of COCO's kinds over all classes, or AP of one class."""
    key = path.key
    area = _AREA_OF.get(key[2:], 0) if class_row is None else 0
    ious = _ious(key, subject)
    value = _value(key, subject, class_row)
    per_class = _per_class(key, subject, area)
    return Explanation(
        figure=str(path),
        title="Average precision" + (f" of {path.subject[0]}" if path.subject else "") + _of_ious(ious),
        value=value,
        formula=AP_FORMULA + ("" if class_row is not None else "; the mean over classes with ground truth"),
        settings=(
            *subject.common_settings(),
            ("IoU", _written(ious)),
            ("area", _AREA_WORDS[area]),
            ("AP", "COCO, 101 points"),
            ("matching", "COCO, within classes"),
        ),
        used=_used(subject, class_row, area),
        ignored=(
            *subject.left_out_predictions(class_row, by_score=False),
            *subject.left_out_ground_truth(class_row),
            *_without_ap(per_class, class_row),
        ),
        terms=_terms(subject, per_class, class_row, ious),
        source=f"{COCO_SOURCE} {MATCHING_SOURCE}",
        elsewhere=_elsewhere(subject, class_row, ious, area, value),
    )


def explain_recall(path: FigurePath, subject: Subject) -> Explanation:
    """Explain AR of COCO's kinds."""
    key, summary = path.key, subject.summary
    area = _AREA_OF.get(key[2:], 0)
    limit = int(key[2:]) if key[2:].isdigit() else subject.facts.max_detections
    limit = min(limit, subject.facts.max_detections)
    per_iou = summary.recall[:, area] if limit == subject.facts.max_detections else None
    terms = () if per_iou is None else tuple(
        Amount(f"IoU {iou:.2f}", defined_mean(per_iou[:, place])) for place, iou in enumerate(IOU_GRID.tolist())
    )  # fmt: skip
    elsewhere = [
        Elsewhere(f"AR{other}", f"at most {other} per image and class", summary.figures[f"AR{other}"])
        for other in COCO_LIMITS
        if area == 0 and f"AR{other}" != key
    ]
    elsewhere.append(Elsewhere("recall", "at one IoU and one score, over all objects", subject.evaluation.totals.recall))
    return Explanation(
        figure=str(path),
        title=f"Average recall with {limit} predictions per image and class",
        value=summary.figures[key],
        formula="recall reached by all scores, the mean over ten IoU thresholds and the classes with ground truth",
        settings=(
            *subject.common_settings(),
            ("IoU", _written(IOU_GRID)),
            ("area", _AREA_WORDS[area]),
            ("limit", f"{limit} per image and class"),
        ),
        used=_used(subject, None, area),
        ignored=(*subject.left_out_predictions(None, by_score=False), *subject.left_out_ground_truth(None)),
        terms=terms,
        source=COCO_SOURCE,
        elsewhere=tuple(elsewhere),
    )


def explain_best_f1(path: FigurePath, subject: Subject, class_row: int | None) -> Explanation:
    """Explain the greatest F1 over all scores, or the score that reaches it."""
    evaluation, key = subject.evaluation, path.key
    if class_row is None:
        best_f1, best_score = evaluation.totals.best_f1, evaluation.totals.best_score
    else:
        best_f1, best_score = float(evaluation.per_class.best_f1[class_row]), float(evaluation.per_class.best_score[class_row])
    at_best = subject.at(replace(subject.params, score_threshold=best_score)) if best_score == best_score else subject
    table, totals = at_best.evaluation.per_class, at_best.evaluation.totals
    tp, fp, fn = (
        (totals.tp, totals.fp, totals.fn)
        if class_row is None
        else (int(table.tp[class_row]), int(table.fp[class_row]), int(table.fn[class_row]))
    )
    elsewhere = []
    if class_row is None:
        mean = defined_mean(evaluation.per_class.best_f1)
        elsewhere.append(Elsewhere("mean of the best F1 of each class", "every class at a score of its own", mean))
        elsewhere.append(
            Elsewhere("Ultralytics", "the mean F1 over classes at one score, greatest there", _best_mean_f1(subject))
        )
    return Explanation(
        figure=str(path),
        title=("Greatest F1 over all scores" if key == "best_f1" else "Score with the greatest F1")
        + (f", {path.subject[0]}" if path.subject else ""),
        value=best_f1 if key == "best_f1" else best_score,
        formula="F1 = 2 TP / (2 TP + FP + FN) at each distinct score, equal scores taken whole; of equal F1 the highest score",
        settings=(
            *subject.common_settings(),
            ("IoU", f"≥ {subject.params.iou_threshold:g}"),
            ("matching", "COCO, within classes"),
        ),
        used=(
            Amount("greatest F1", best_f1),
            Amount("at score", best_score),
            Amount("true positives there", tp),
            Amount("false positives there", fp),
            Amount("missed there", fn),
        ),
        ignored=(*subject.left_out_predictions(class_row, by_score=False), *subject.left_out_ground_truth(class_row)),
        terms=(),
        source=MATCHING_SOURCE,
        elsewhere=tuple(elsewhere) if key == "best_f1" else (),
    )


def _ious(key: str, subject: Subject) -> FloatArray:
    if key == "ap_at_iou":
        return np.array([subject.params.iou_threshold])
    if key in ("AP50", "ap50"):
        return IOU_GRID[:1]
    return IOU_GRID[5:6] if key == "AP75" else IOU_GRID


def _value(key: str, subject: Subject, class_row: int | None) -> float:
    if class_row is None:
        return subject.evaluation.totals.ap if key == "ap_at_iou" else subject.summary.figures[key]
    if key == "ap":
        return float(subject.summary.ap_per_class()[class_row])
    table = subject.evaluation.per_class
    return float((table.ap50 if key == "ap50" else table.ap)[class_row])


def _per_class(key: str, subject: Subject, area: int) -> FloatArray:
    """Return the AP of every class that the figure is a mean of: float64, shape (C,)."""
    if key in ("ap50", "ap_at_iou"):
        table = subject.evaluation.per_class
        return table.ap50 if key == "ap50" else table.ap
    places = {"AP50": slice(0, 1), "AP75": slice(5, 6)}.get(key, slice(None))
    per_class = np.full(len(subject.facts.dataset.classes), np.nan)
    per_class[subject.summary.class_rows] = subject.summary.ap[:, area, places].mean(axis=1)
    return per_class


def _used(subject: Subject, class_row: int | None, area: int) -> tuple[Amount, ...]:
    facts = subject.facts
    gt, predictions = facts.dataset.ground_truth, facts.run.predictions
    counted = subject.asked_ground_truth & ~facts.gt_ignored
    low, high = AREA_RANGES[area][1:]
    counted &= (gt.area >= low) & (gt.area <= high)
    found = subject.asked_predictions & (facts.ranking.rank < facts.max_detections)
    if class_row is not None:
        counted &= gt.class_row == class_row
        found &= predictions.class_row == class_row
    n_gt, n_predictions = int(np.count_nonzero(counted)), int(np.count_nonzero(found))
    amounts = [Amount("ground truth", n_gt), Amount("predictions, of all scores", n_predictions)]
    if class_row is None:
        amounts.insert(0, Amount("classes with ground truth", len(np.unique(gt.class_row[counted]))))
    return tuple(amounts)


def _without_ap(per_class: FloatArray, class_row: int | None) -> tuple[Amount, ...]:
    n_without = int(np.count_nonzero(np.isnan(per_class))) if class_row is None else 0
    return occurring(Amount("classes without ground truth", n_without, "have no AP and leave the mean"))


def _terms(subject: Subject, per_class: FloatArray, class_row: int | None, ious: FloatArray) -> tuple[Amount, ...]:
    if class_row is None:
        names = subject.facts.dataset.classes.name
        return tuple(Amount(names[row], float(per_class[row])) for row in np.flatnonzero(~np.isnan(per_class)).tolist())
    place = np.flatnonzero(subject.summary.class_rows == class_row)
    if len(ious) == 1 or not len(place):
        return ()
    of_class = subject.summary.ap[place[0], 0]
    return tuple(Amount(f"IoU {iou:.2f}", float(of_class[at])) for at, iou in enumerate(ious.tolist()))


def _elsewhere(subject: Subject, class_row: int | None, ious: FloatArray, area: int, value: float) -> tuple[Elsewhere, ...]:
    if area != 0:
        return ()
    n_gt = subject.evaluation.per_class.n_gt
    classes = np.flatnonzero(n_gt) if class_row is None else np.array([class_row])
    areas = {name: np.zeros((len(ious), len(classes))) for name in curve_areas.READINGS}
    for at, iou in enumerate(ious.tolist()):
        status = _status_at(subject, iou)
        for place, row in enumerate(classes.tolist()):
            is_true = _by_score(subject, status, row)
            for name, reading in curve_areas.READINGS.items():
                areas[name][at, place] = reading.area(is_true, int(n_gt[row]))
    found = [
        Elsewhere(reading.tool, reading.rule, defined_mean(areas[name].ravel())) for name, reading in curve_areas.READINGS.items()
    ]
    if class_row is None and len(classes) < len(n_gt):
        share = len(classes) / len(n_gt)
        found.append(Elsewhere("tools that average all classes", "a class without ground truth has AP 0", value * share))
    return tuple(found)


def _status_at(subject: Subject, iou: float) -> ByteArray:
    """Return what each prediction counts as at another IoU threshold, before any score threshold."""
    facts = subject.facts
    params = EvaluationParams(iou_threshold=iou, max_detections=facts.max_detections, task=facts.task)
    matches = match(facts.pairs, facts.ranking, facts.run.predictions, params, gt_ignored=facts.gt_ignored)
    return status_of(matches, subject.asked_predictions & (facts.ranking.rank < facts.max_detections))


def _by_score(subject: Subject, status: ByteArray, class_row: int) -> BoolArray:
    """Return whether each counted prediction of a class is right, by descending score."""
    ranking = subject.facts.ranking
    of_class = status[ranking.by_class[ranking.class_offsets[class_row] : ranking.class_offsets[class_row + 1]]]
    is_true: BoolArray = of_class[of_class != 0] == TRUE_POSITIVE
    return is_true


def _best_mean_f1(subject: Subject) -> float:
    """Return the greatest mean F1 over classes with ground truth that one score threshold reaches.

    Notes
    -----
    Walking down the scores, each prediction moves the F1 of its own class only, so the sum over classes is a running sum of
    these moves.
    """
    facts, evaluation = subject.facts, subject.evaluation
    n_gt, status = evaluation.per_class.n_gt, evaluation.status
    rows = facts.ranking.by_class[status[facts.ranking.by_class] != 0]
    class_row = facts.run.predictions.class_row[rows]
    starts = np.searchsorted(class_row, class_row, side="left")
    true_so_far = np.concatenate(([0], np.cumsum(status[rows] == TRUE_POSITIVE)))
    tp, n = true_so_far[1:] - true_so_far[starts], np.arange(1, len(rows) + 1) - starts
    f1 = np.where(n_gt[class_row] > 0, 2 * tp / (n + n_gt[class_row]), 0.0)
    is_first = starts == np.arange(len(rows))
    moves = np.zeros(len(status))
    moves[rows] = f1 - np.where(is_first, 0.0, np.roll(f1, 1))
    order = facts.ranking.by_score[status[facts.ranking.by_score] != 0]
    score, total = facts.run.predictions.score[order], np.cumsum(moves[order])
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.zeros(0, np.int64)
    n_classes = int(np.count_nonzero(n_gt))
    return float(total[ends].max() / n_classes) if len(ends) and n_classes else float("nan")


def _of_ious(ious: FloatArray) -> str:
    return f" at IoU {ious[0]:.2f}" if len(ious) == 1 else " over ten IoU thresholds"


def _written(ious: FloatArray) -> str:
    return f"≥ {ious[0]:g}" if len(ious) == 1 else f"{ious[0]:.2f} to {ious[-1]:.2f} in steps of .05, averaged"
