"""The confusion matrix of the report: counts, shares of the ground truth, shares of the predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray
from diag_gui.evaluation.confusion_matrix import ConfusionMatrix

LARGEST_MATRIX = 30
"""Classes up to which the whole matrix is shown."""

CONFUSIONS_SHOWN = 15
NOTE = (
    "Rows: ground truth, columns: predicted. One matching over all classes, crowds left out; shade: share of the row, in the "
    "last table of the column. A dash: nothing stands in that row or column."
)


def confusion_html(matrix: ConfusionMatrix, class_names: Sequence[str], figure: Callable[[float], str]) -> str:
    """Return the matrix in three normalisations; of many classes the confusions that occur most.

    Parameters
    ----------
    matrix : ConfusionMatrix
    class_names : sequence of str
    figure : callable
        Writes a share as the rest of the page does.
    """
    names = (*class_names, "background")
    by_gt, by_prediction = matrix.normalised("ground truth"), matrix.normalised("prediction")
    if matrix.n_classes > LARGEST_MATRIX:
        wrong = np.flatnonzero(matrix.rows != matrix.columns)
        shown = wrong[np.argsort(-matrix.counts[wrong], kind="stable")][:CONFUSIONS_SHOWN]
        header = ("ground truth", "predicted as", "count", "of ground truth", "of predictions")
        body = [
            f'<tr><td class="name">{escape(names[matrix.rows[cell]])}</td><td>{escape(names[matrix.columns[cell]])}</td>'
            f"<td>{int(matrix.counts[cell]):,}</td><td>{figure(float(by_gt[cell]))}</td>"
            f"<td>{figure(float(by_prediction[cell]))}</td></tr>"
            for cell in shown.tolist()
        ]
        head = "".join(f"<th>{name}</th>" for name in header)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    counts = matrix.dense()
    of_gt, of_prediction = matrix.dense_shares("ground truth"), matrix.dense_shares("prediction")
    whole = _matrix(names, counts, of_gt, lambda value: f"{int(value):,}" if value else "")
    shares = [
        (title, _matrix(names, share, share, lambda value: figure(value) if value else ""))
        for title, share in (("Shares of the ground truth (rows)", of_gt), ("Shares of the predictions (columns)", of_prediction))
    ]
    return whole + "".join(f"<details><summary>{title}</summary>{table}</details>" for title, table in shares)


def _matrix(names: Sequence[str], values: AnyArray, shares: FloatArray, written: Callable[[float], str]) -> str:
    """Return one matrix of ``values``, shaded by ``shares``."""
    head = "".join(f"<th><span>{escape(name)}</span></th>" for name in names)
    body = []
    for name, row, share_row in zip(names, values.tolist(), shares.tolist(), strict=True):
        cells = [
            f'<td style="background:rgba(var(--heat),{0.08 + 0.72 * share:.2f})">{written(value)}</td>'
            if share > 0
            else f"<td>{written(value)}</td>"
            for value, share in zip(row, share_row, strict=True)
        ]
        body.append(f"<tr><th>{escape(name)}</th>{''.join(cells)}</tr>")
    return f'<table class="matrix"><thead><tr><th></th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
