"""The confusion matrix as JSON has it: whole, or of very many classes its cells that are not empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diag_gui.evaluation.confusion_matrix import ConfusionMatrix, Normalisation

LARGEST_DENSE_MATRIX = 200
"""Classes up to which the confusion matrix is written whole."""

_NORMALISATIONS: dict[str, Normalisation] = {"ground_truth": "ground truth", "prediction": "prediction"}


def confusion_document(matrix: ConfusionMatrix, names: Sequence[str]) -> dict[str, Any]:
    """Return the matrix whole, or above `LARGEST_DENSE_MATRIX` classes its cells that are not empty.

    Notes
    -----
    ``normalised`` holds the same cells in the same form as shares of their row (``ground_truth``) and of their column
    (``prediction``). What stands in a row or column without any is undefined.
    """
    if matrix.n_classes <= LARGEST_DENSE_MATRIX:
        return {
            "labels": [*names, "background"],
            "matrix": matrix.dense().tolist(),
            "normalised": {key: matrix.dense_shares(by).tolist() for key, by in _NORMALISATIONS.items()},
        }
    present = matrix.present_classes()
    place = np.full(matrix.n_classes + 1, -1, np.int64)
    place[present] = np.arange(len(present))
    place[matrix.n_classes] = len(present)
    cells = np.stack([place[matrix.rows], place[matrix.columns], matrix.counts], axis=1)
    rows, columns, _ = cells.T.tolist()
    return {
        "labels": [*(names[row] for row in present.tolist()), "background"],
        "sparse": cells.tolist(),
        "normalised": {
            key: [list(cell) for cell in zip(rows, columns, matrix.normalised(by).tolist(), strict=True)]
            for key, by in _NORMALISATIONS.items()
        },
    }
