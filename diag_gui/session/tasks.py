"""What is compared: boxes, masks or boxes of any angle; which of them the loaded data allow, and which is taken unasked."""

from __future__ import annotations

from collections.abc import Sequence

from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run

TASK_CHOICES = ("bbox", "segm", "rotated")
"""Offered in this order."""

LACKING = {"segm": "no masks", "rotated": "no corners"}
"""What data do not have in which it is not possible."""


def possible_tasks(dataset: Dataset, runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the tasks in which every run can be compared with the ground truth, so that runs stay comparable.

    A side without objects is no hindrance: it needs neither corners nor masks. Whether every label has a mask is found when
    masks are compared, and said then.
    """
    sides: list[GroundTruth | Predictions] = [dataset.ground_truth, *(run.predictions for run in runs)]
    sides = [side for side in sides if len(side)]
    possible = {
        "bbox": True,
        "segm": bool(sides) and all(side.masks is not None for side in sides),
        "rotated": bool(sides) and all(side.quad is not None for side in sides),
    }
    return tuple(task for task in TASK_CHOICES if possible[task])


def task_unasked(dataset: Dataset, runs: Sequence[Run]) -> str:
    """Return the task for data that were just opened: rotated boxes where all sides have them."""
    return "rotated" if "rotated" in possible_tasks(dataset, runs) else TASK_CHOICES[0]


def task_still(task: str, dataset: Dataset, runs: Sequence[Run]) -> str:
    """Return ``task`` if it is possible with what was added, else upright boxes."""
    return task if task in possible_tasks(dataset, runs) else TASK_CHOICES[0]
