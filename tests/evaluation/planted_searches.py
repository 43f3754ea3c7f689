"""Searches of planted sets, by what is asked: the errors that each question can see, and the run it is compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.data.run import Run
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.discovery import Discovery, Question, discover
from diag_gui.evaluation.discovery_targets import FALSE_POSITIVES, IMAGES, MISSES, WORSE, WORSE_FALSE_POSITIVES
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.planted_slices import PlantedSet, planted_set

ERRORS_OF = {
    MISSES: "misses",
    FALSE_POSITIVES: "false-positives",
    IMAGES: "misses",
    WORSE: "misses",
    WORSE_FALSE_POSITIVES: "false-positives",
    "missed": "misses",
    "background": "false-positives",
    "localization": "localization",
    "classification": "classification",
    "both": "both",
    "duplicate": "duplicate",
}
"""Which errors are drawn where a question is asked: such as it can see."""


def found_in(planted: PlantedSet, target: str = MISSES, class_row: int | None = None, other: Run | None = None) -> Discovery:
    """Search one set; ``other`` is the run it is compared with, where that is asked."""
    sides = []
    for run in (planted.run, other):
        if run is not None:
            facts = prepare_run(planted.dataset, run)
            sides.append((facts, evaluate(facts, EvaluationParams())))
    return discover(sides[0], Question(target, class_row), baseline=sides[1] if other is not None else None)


def another_draw(seed: int, target: str, **settings: Any) -> Run | None:
    """Return a run with other errors by the same chances, where a question compares two."""
    if target not in (WORSE, WORSE_FALSE_POSITIVES):
        return None
    return replace(planted_set(seed, draw=1, errors=ERRORS_OF[target], **settings).run, name="other")


def shared(found: Discovery, planted: PlantedSet) -> FloatArray:
    """Return how much each reported slice (rows) shares with each planted one (columns): of ground truth, asked by expression."""
    catalog = ColumnCatalog(prepare_run(planted.dataset, planted.run))
    table = np.zeros((len(found.slices), len(planted.planted)))
    for row, one in enumerate(found.slices):
        inside = catalog.gt_where(one.definition.expression)
        for column, hidden in enumerate(planted.planted):
            table[row, column] = (inside & hidden).sum() / (inside | hidden).sum()
    return table
