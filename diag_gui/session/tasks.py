"""What is compared: upright boxes or boxes of any angle; which of them the loaded data allow, and which is taken unasked."""

from __future__ import annotations

from collections.abc import Sequence

from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run

TASK_CHOICES = ("bbox", "rotated")
"""Offered in this order."""


def possible_tasks(dataset: Dataset, runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the tasks in which every run can be compared with the ground truth, so that runs stay comparable.

    A side without objects is no hindrance: it needs no corners.
    """
    sides: list[GroundTruth | Predictions] = [dataset.ground_truth, *(run.predictions for run in runs)]
    have_corners = any(side.quad is not None for side in sides) and all(side.quad is not None or not len(side) for side in sides)
    return TASK_CHOICES if have_corners else TASK_CHOICES[:1]


def task_unasked(dataset: Dataset, runs: Sequence[Run]) -> str:
    """Return the task for data that were just opened: rotated boxes where all sides have them."""
    return possible_tasks(dataset, runs)[-1]


def task_still(task: str, dataset: Dataset, runs: Sequence[Run]) -> str:
    """Return ``task`` if it is possible with what was added, else upright boxes."""
    return task if task in possible_tasks(dataset, runs) else TASK_CHOICES[0]
