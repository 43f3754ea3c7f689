"""What became of the objects on the first images of a run, known long before the rest: so that there is something to look at.

Which prediction finds what is decided image by image. So these images, evaluated alone, have the outcomes that the whole run will
give them, and a picture of one of them can be shown as it will stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, IntArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.outcomes import Lookup, OutcomeKind, Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, select
from diag_gui.evaluation.run_part import part_of_run

N_IMAGES = 64
"""Images looked at: enough that one of them has a failure, few enough that nobody waits."""


@dataclass(frozen=True, slots=True, eq=False)
class FirstLook:
    """Outcomes of the first images of a run.

    Attributes
    ----------
    outcomes : Outcomes
        Of all rows of the run; those of later images are `OutcomeKind.NOT_KEPT`, which says nothing about them.
    row : int
        Outcome row of the first failure; of any object where there is none; -1 where there is no object.
    params : EvaluationParams
        At which they were evaluated.
    """

    outcomes: Outcomes
    row: int
    params: EvaluationParams


@dataclass(frozen=True, slots=True, eq=False)
class _LookupOfPart:
    """Targets and IoUs of the rows of a part, by their rows in the whole."""

    lookup: Lookup
    n_part: int
    n_whole: int
    n_gt: int
    first_pred: int
    first_gt: int

    def targets(self, rows: AnyArray | None) -> IntArray:
        rows, is_of_part, place = self._placed(rows)
        found = np.full(len(rows), -1, np.int32)
        target = self.lookup.targets(place[is_of_part])
        first = np.where(rows[is_of_part] < self.n_whole, self.first_gt, self.first_pred)
        found[is_of_part] = np.where(target >= 0, target + first, target)
        return found

    def ious(self, rows: AnyArray | None) -> FloatArray:
        rows, is_of_part, place = self._placed(rows)
        found = np.full(len(rows), np.nan)
        found[is_of_part] = self.lookup.ious(place[is_of_part])
        return found

    def cells(self) -> tuple[IntArray, IntArray]:
        none = np.full(self.n_whole + self.n_gt, -1, np.int32)
        return none, none

    def _placed(self, rows: AnyArray | None) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Return rows of the whole, which of them the part has, and where in it."""
        rows = np.arange(self.n_whole + self.n_gt) if rows is None else np.asarray(rows)
        place = np.where(rows < self.n_whole, rows - self.first_pred, rows - self.n_whole - self.first_gt + self.n_part)
        is_pred = (rows >= self.first_pred) & (rows < self.first_pred + self.n_part)
        is_gt = (rows >= self.n_whole) & (place >= self.n_part) & (place < self._n_rows)
        return rows, is_pred | is_gt, place

    @property
    def _n_rows(self) -> int:
        return len(self.lookup.targets(None))


def first_look(dataset: Dataset, run: Run, params: EvaluationParams) -> FirstLook:
    """Evaluate the first images of a run that have any object.

    Parameters
    ----------
    dataset : Dataset
    run : Run
        Of ``dataset``.
    params : EvaluationParams

    Returns
    -------
    FirstLook
    """
    predictions = run.predictions
    n_objects = np.diff(predictions.image_offsets) + np.diff(dataset.image_offsets)
    first = int(np.argmax(n_objects > 0)) if len(n_objects) else 0
    last = min(first + N_IMAGES, len(dataset.images))
    part = part_of_run(dataset, predictions, first, last)
    facts = prepare_run(
        part.dataset, Run(run.name, part.predictions, run.source), max_detections=params.max_detections, task=params.task
    )
    evaluation = evaluate(facts, params)
    first_pred, first_gt = int(predictions.image_offsets[first]), int(dataset.image_offsets[first])
    n_part, n_whole, n_gt = len(part.predictions), len(predictions), len(dataset.ground_truth)
    kind = np.full(n_whole + n_gt, OutcomeKind.NOT_KEPT, np.uint8)
    kind[first_pred : first_pred + n_part] = evaluation.outcomes.kind[:n_part]
    kind[n_whole + first_gt : n_whole + first_gt + len(part.dataset.ground_truth)] = evaluation.outcomes.kind[n_part:]
    lookup = _LookupOfPart(evaluation.outcomes.lookup, n_part, n_whole, n_gt, first_pred, first_gt)
    rows = select(Query(), ColumnCatalog(facts, evaluation), evaluation).rows
    row = int(rows[0]) if len(rows) else 0 if len(evaluation.outcomes) else -1
    if row >= 0:
        row += first_pred if row < n_part else n_whole + first_gt - n_part
    return FirstLook(Outcomes(predictions, dataset.ground_truth, kind, lookup), row, params)
