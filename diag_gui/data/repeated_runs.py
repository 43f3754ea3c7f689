"""Runs that say the same: one file opened twice is one witness about the labels, not two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diag_gui.data.arrays import AnyArray
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemGroup
from diag_gui.data.run import Run

REPEATED_RUN = "repeated-run"


def same_predictions(one: Predictions, other: Predictions) -> bool:
    """Return whether two runs predict the same boxes with the same classes and scores, whatever the order in their files.

    Notes
    -----
    Masks, corners and attributes are not looked at: two detectors do not agree on every box and score to the last bit. Where
    nothing is predicted, nothing tells that two runs are the same.
    """
    if one is other:
        return True
    if not len(one) or len(one) != len(other) or not np.array_equal(one.image_offsets, other.image_offsets):
        return False
    # In the same order in nearly every case: nothing is sorted for these.
    if all(np.array_equal(mine, its) for mine, its in zip(_columns(one), _columns(other), strict=True)):
        return True
    if not np.array_equal(np.sort(one.score), np.sort(other.score)):
        return False
    orders = (np.lexsort(_columns(one)), np.lexsort(_columns(other)))
    return all(np.array_equal(mine[orders[0]], its[orders[1]]) for mine, its in zip(_columns(one), _columns(other), strict=True))


def earlier_same(runs: Sequence[Run]) -> tuple[int, ...]:
    """Return per run the place of the first one before it that predicts the same, -1 where none does."""
    return tuple(
        next((first for first in range(place) if same_predictions(runs[first].predictions, run.predictions)), -1)
        for place, run in enumerate(runs)
    )


def repeated_runs(runs: Sequence[Run]) -> ProblemGroup | None:
    """Return what is to be said about runs that predict what an earlier one predicts; None if none does."""
    found = tuple(
        f"{run.source.path.name}: {run.name} predicts what {runs[first].name} does: one witness about the labels, not two"
        for run, first in zip(runs, earlier_same(runs), strict=True)
        if first >= 0
    )
    return ProblemGroup(REPEATED_RUN, len(found), False, found) if found else None


def _columns(predictions: Predictions) -> tuple[AnyArray, ...]:
    """Return what makes two predictions the same, one array per column, the image last as `numpy.lexsort` takes it."""
    return (*predictions.xywh.T, predictions.score, predictions.class_row, predictions.image_row)
