"""Explanations of a cell of the confusion matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, confusion_matrix
from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation, occurring
from diag_gui.evaluation.explanations.figure_paths import BACKGROUND, FigurePath
from diag_gui.evaluation.explanations.of_counts import point_settings
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.kept import kept_predictions

SOURCE = "One greedy matching over all classes by descending score (METRICS: Confusion matrix); checked against hotcoco 1.3.0."

ULTRALYTICS_IOU, ULTRALYTICS_SCORE = 0.45, 0.25
"""Thresholds that its confusion matrix is made with unless told otherwise."""


def explain_cell(path: FigurePath, subject: Subject) -> Explanation:
    """Explain how often one class was taken for another."""
    names = subject.facts.dataset.classes.name
    # A cell may be asked for as it is, or as a share: then its path says of what before it names the labels.
    share_of, labels = (path.subject[1] if len(path.subject) > 2 else ""), path.subject[-2:]
    truth, predicted = (len(names) if name == BACKGROUND else names.index(name) for name in labels)
    matrix = subject.evaluation.confusion
    count = count_of_cells(matrix, truth, predicted)
    n_truth, n_predicted = count_of_cells(matrix, truth, None), count_of_cells(matrix, None, predicted)
    elsewhere = []
    if truth == len(names) and (excused := _excused(subject, predicted)):
        elsewhere.append(Elsewhere("hotcoco", "does not excuse predictions on crowds of their class", count + excused))
    if truth == predicted < len(names):
        tp = int(subject.evaluation.per_class.tp[truth])
        elsewhere.append(Elsewhere("true positives", "matched within the class, where no other class takes the label", tp))
    params = replace(subject.params, iou_threshold=ULTRALYTICS_IOU, score_threshold=ULTRALYTICS_SCORE)
    if params != subject.params:
        other = count_of_cells(confusion_matrix(subject.facts, params, subject.images), truth, predicted)
        elsewhere.append(Elsewhere("Ultralytics", "IoU .45 and score .25 unless told otherwise (our matching)", other))
    value: float | int = count
    if share_of:
        whole = {"ground_truth": n_truth, "prediction": n_predicted}[share_of]
        value = count / whole if whole else float("nan")
    share = {"": "", "ground_truth": ", as a share of its row", "prediction": ", as a share of its column"}[share_of]
    return Explanation(
        figure=str(path),
        title=_title(*labels) + share,
        value=value,
        formula="pairs of one matching in which all classes compete; what stays unmatched stands under background"
        + ("; divided by the sum" + share.removeprefix(", as a share") if share_of else ""),
        settings=(*subject.common_settings(), *point_settings(subject)[:2], ("matching", "greedy by score, across classes")),
        used=(
            *([Amount("pairs in the cell", count)] if share_of else []),
            Amount(f"ground truth: {labels[0]}", n_truth, "sum of the row"),
            Amount(f"predicted: {labels[1]}", n_predicted, "sum of the column"),
            Amount("share of the row", count / n_truth if n_truth else float("nan"), "normalised by ground truth"),
            Amount("share of the column", count / n_predicted if n_predicted else float("nan"), "normalised by prediction"),
        ),
        ignored=(
            *subject.left_out_predictions(predicted if predicted < len(names) else None, by_score=True)[:3],
            *occurring(
                Amount(
                    "unmatched predictions on crowds", _excused(subject, predicted), "excused: IoU with a crowd of their class"
                )
            ),
            *subject.left_out_ground_truth(truth if truth < len(names) else None),
        ),
        terms=(),
        source=SOURCE,
        elsewhere=() if share_of else tuple(elsewhere),
    )


def count_of_cells(matrix: ConfusionMatrix, row: int | None, column: int | None) -> int:
    """Return the sum of the cells in a row and a column; None means all of them."""
    asked = np.ones(len(matrix.counts), dtype=np.bool_)
    if row is not None:
        asked &= matrix.rows == row
    if column is not None:
        asked &= matrix.columns == column
    return int(matrix.counts[asked].sum())


def _title(truth: str, predicted: str) -> str:
    if truth == BACKGROUND:
        return f"Predicted {predicted} where nothing is labelled"
    if predicted == BACKGROUND:
        return f"Labelled {truth} that nothing found"
    return f"Labelled {truth}, predicted {predicted}"


def _excused(subject: Subject, predicted: int) -> int:
    """Return how many kept predictions of a class stand in no cell."""
    facts, outcomes = subject.facts, subject.evaluation.outcomes
    kept = kept_predictions(facts, subject.params, subject.images)
    in_no_cell = kept & (outcomes.confusion_pred[: outcomes.n_predictions] < 0)
    if predicted < len(facts.dataset.classes):
        in_no_cell &= facts.run.predictions.class_row == predicted
    return int(np.count_nonzero(in_no_cell))
