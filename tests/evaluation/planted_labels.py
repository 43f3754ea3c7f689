"""Labels made wrong on purpose, and how many of them stand at the head of a queue.

The pool is the queue of one run at IoU .50 and score .25 that shows everything (``Query(show="all")``: errors and true
positives), **one row per object**. The object of a row is the label it is matched to or aims at; of a prediction that is no
true positive and lies (IoU >= .5) on a label that was removed, that label; else the prediction itself. Of several rows of one
object the one that stands first in the order counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diag_gui.data.dataset import Dataset
from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate, prepare_run
from diag_gui.evaluation.outcome_objects import outcome_gt_row, outcome_pred_row
from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import dataset_from_coco, run_from_results

KINDS = ("removed", "swapped", "shifted")


@dataclass(frozen=True, slots=True)
class Planted:
    """Ground truth with errors.

    Attributes
    ----------
    content : dict
        COCO ground truth, ready to be read.
    removed : dict of id to annotation
        Labels that are gone.
    kind_of : dict of id to str
        What was done to each label that is wrong now.
    """

    content: dict[str, Any]
    removed: dict[Any, dict[str, Any]]
    kind_of: dict[Any, str]


def plant(content: dict[str, Any], seed: int, share: float = 0.05) -> Planted:
    """Remove, swap or shift a share of the labels, which ones and how drawn from ``seed``.

    Notes
    -----
    Each kind is as likely. A swapped label has any other class of the file. A shifted one is moved by .2 to .5 of its width
    and of its height, to either side: its IoU with where it was is .47 at most.
    """
    rng = np.random.default_rng(seed)
    content = json.loads(json.dumps(content))
    annotations = content["annotations"]
    classes = [category["id"] for category in content["categories"]]
    kind_of, removed = {}, {}
    for place in rng.choice(len(annotations), round(share * len(annotations)), replace=False).tolist():
        annotation = annotations[place]
        kind = KINDS[rng.integers(len(KINDS))]
        kind_of[annotation["id"]] = kind
        if kind == "removed":
            removed[annotation["id"]] = annotation
        elif kind == "swapped":
            annotation["category_id"] = int(rng.choice([one for one in classes if one != annotation["category_id"]]))
        else:
            x, y, width, height = annotation["bbox"]
            by_x, by_y = rng.uniform(0.2, 0.5, 2) * rng.choice([-1, 1], 2)
            annotation["bbox"] = [x + by_x * width, y + by_y * height, width, height]
    content["annotations"] = [annotation for annotation in annotations if annotation["id"] not in removed]
    return Planted(content, removed, kind_of)


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """The rows of the pool, and what each of them is about.

    Attributes
    ----------
    facts : RunFacts
        Of the run whose rows these are, judged by every run.
    evaluation : Evaluation
    rows : ndarray of int, shape (N,)
        Outcome rows.
    objects : list
        What names the object of each row.
    planted : list
        Id of the label that was made wrong, None where the row is about none.
    """

    facts: RunFacts
    evaluation: Evaluation
    rows: np.ndarray
    objects: list[Any]
    planted: list[Any]

    @property
    def share(self) -> float:
        """Share of the objects whose label was made wrong."""
        return len({one for one, wrong in zip(self.objects, self.planted, strict=True) if wrong is not None}) / self.n_objects

    @property
    def n_objects(self) -> int:
        """Objects in the pool."""
        return len(set(self.objects))

    def head(self, values: np.ndarray, n: int = 50) -> list[Any]:
        """Return, of the first ``n`` objects by descending ``values`` of the rows (NaN last), the planted label or None."""
        seen: dict[Any, Any] = {}
        for place in np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable").tolist():
            seen.setdefault(self.objects[place], self.planted[place])
            if len(seen) == n:
                break
        return list(seen.values())

    def precision(self, values: np.ndarray, n: int = 50) -> float:
        """Return the share of wrong labels among the first ``n`` objects."""
        head = self.head(values, n)
        return sum(wrong is not None for wrong in head) / len(head)

    def label_error(self) -> np.ndarray:
        """Return `label_error` of the rows."""
        return self.facts.label_error[self.rows]

    def score(self) -> np.ndarray:
        """Return the score of the rows; NaN where nothing was predicted."""
        pred_row = outcome_pred_row(self.evaluation.outcomes, self.rows)
        return np.append(self.facts.run.predictions.score, np.nan)[pred_row]


def queue_of(planted: Planted, runs: Sequence[list[dict[str, Any]]], *, show: str = "all") -> Queue:
    """Return the queue of the first of ``runs``, results in COCO's format, judged by all of them; ``show`` as in `Query`."""
    dataset = dataset_from_coco(planted.content)
    first, *others = (prepare_run(dataset, run_from_results(records, dataset)) for records in runs)
    return queue_on(first.judged_with(others), planted, show=show)


def queue_on(facts: RunFacts, planted: Planted, *, show: str = "all") -> Queue:
    """Return the queue of facts that are prepared."""
    evaluation = evaluate(facts, EvaluationParams())
    outcomes = evaluation.outcomes
    shown = [int(kind) for kind in ERROR_KINDS] + ([int(OutcomeKind.TRUE_POSITIVE)] if show == "all" else [])
    rows = np.flatnonzero(np.isin(outcomes.kind, shown))
    gt_rows, pred_rows = outcome_gt_row(outcomes, rows).tolist(), outcome_pred_row(outcomes, rows).tolist()
    ids = facts.dataset.ground_truth.annotation_id.tolist()
    objects, wrong = [], []
    for row, gt_row, pred_row in zip(rows.tolist(), gt_rows, pred_rows, strict=True):
        named = ("label", gt_row) if gt_row >= 0 else ("prediction", pred_row)
        found = ids[gt_row] if gt_row >= 0 and ids[gt_row] in planted.kind_of else None
        if found is None and pred_row >= 0 and outcomes.kind[row] != OutcomeKind.TRUE_POSITIVE:
            found = _removed_at(facts.dataset, facts, pred_row, planted)
            named = named if found is None else ("removed", found)
        objects.append(named)
        wrong.append(found)
    return Queue(facts, evaluation, rows, objects, wrong)


def _removed_at(dataset: Dataset, facts: RunFacts, pred_row: int, planted: Planted) -> Any:
    """Return the id of the removed label that a prediction lies on, None if there is none."""
    box = facts.run.predictions.xywh[pred_row]
    image_id = dataset.images.image_id[facts.run.predictions.image_row[pred_row]]
    overlaps = [
        (_iou(box, annotation["bbox"]), found)
        for found, annotation in planted.removed.items()
        if annotation["image_id"] == image_id
    ]
    best = max(overlaps, default=(0.0, None), key=lambda pair: pair[0])
    return best[1] if best[0] >= 0.5 else None


def _iou(one: Sequence[float], other: Sequence[float]) -> float:
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    inter = max(width, 0) * max(height, 0)
    return float(inter / (one[2] * one[3] + other[2] * other[3] - inter))
