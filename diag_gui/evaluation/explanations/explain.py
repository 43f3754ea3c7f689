"""The one door to explanations: the name of a figure to its account."""

from __future__ import annotations

from diag_gui.evaluation.explanations.explanation import Explanation
from diag_gui.evaluation.explanations.figure_paths import (
    CALIBRATION_KEYS,
    COCO_KEYS,
    RULE_COUNTS,
    RULE_KEYS,
    SWEEP_KEYS,
    VARIANT_OF_CLASS,
    find_figure,
    is_interval_end,
    is_variant,
)
from diag_gui.evaluation.explanations.of_average_precision import explain_average, explain_best_f1, explain_recall
from diag_gui.evaluation.explanations.of_calibration import explain_calibration, explain_gathered
from diag_gui.evaluation.explanations.of_confusion import explain_cell
from diag_gui.evaluation.explanations.of_counts import explain_counts
from diag_gui.evaluation.explanations.of_dataset import explain_dataset
from diag_gui.evaluation.explanations.of_errors import explain_class_error, explain_error
from diag_gui.evaluation.explanations.of_intervals import explain_interval
from diag_gui.evaluation.explanations.of_rules import explain_by_rules, explain_rule_count
from diag_gui.evaluation.explanations.of_slices import explain_slice
from diag_gui.evaluation.explanations.of_variants import explain_variant
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.exceptions import EvaluationError

_AVERAGES_OF_CLASS = ("ap", "ap50", "ap_at_iou")


def explain(figure: str, subject: Subject) -> Explanation:
    """Say where a figure comes from.

    Parameters
    ----------
    figure : str
        As `find_figure` takes it: ``AP50``, ``classes.car.recall``, ``errors.missed.dap``, ``confusion.car.bus``.
    subject : Subject
        The run, the operating point, and the slices that were computed.

    Returns
    -------
    Explanation
        Its value is the very number that `evaluate` gives: it comes from the same functions.

    Raises
    ------
    EvaluationError
        If there is no such figure.
    """
    names = subject.facts.dataset.classes.name
    path = find_figure(figure, names, [one.name for one in subject.slices])
    if path.group == "errors":
        return explain_error(path, subject)
    if path.group == "confusion":
        return explain_cell(path, subject)
    if path.group == "slices":
        return explain_slice(path, subject)
    if path.group == "dataset":
        return explain_dataset(path, subject)
    if path.group == "calibration":
        return explain_gathered(path, subject)
    class_row = names.index(path.subject[0]) if path.group == "classes" else None
    if class_row is not None and len(path.subject) > 1:
        return explain_class_error(path, subject, class_row)
    if class_row is not None and path.key in RULE_COUNTS:
        return explain_rule_count(path, subject, class_row)
    if is_interval_end(path.key) and class_row is None:
        return explain_interval(path, subject)
    if path.group == "ious" or path.key == VARIANT_OF_CLASS or is_variant(path.key):
        return explain_variant(path, subject, class_row)
    is_average = path.key in COCO_KEYS or path.key in _AVERAGES_OF_CLASS
    if path.key in RULE_KEYS or (is_average and not subject.params.rules.is_coco):
        return explain_by_rules(path, subject, class_row)
    if is_average:
        if path.key in COCO_KEYS and path.key not in subject.summary.figures:
            raise EvaluationError("--explain", f"{path.key} is there only where max_detections is not 100")
        return explain_recall(path, subject) if path.key.startswith("AR") else explain_average(path, subject, class_row)
    if path.key in SWEEP_KEYS:
        return explain_best_f1(path, subject, class_row)
    if path.key in CALIBRATION_KEYS:
        return explain_calibration(path, subject, class_row)
    return explain_counts(path, subject, class_row)
