"""Sets with metadata, for the tests of columns, queries and slices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.evaluator import Evaluation, RunFacts, evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set

Values = Sequence[Any]


def column_of(name: str, values: Values) -> Column:
    """Build a column from Python values; None is missing."""
    given = [value for value in values if value is not None]
    missing = np.array([value is None for value in values], np.bool_)
    if all(isinstance(value, bool) for value in given):
        return Column(name, ColumnKind.BOOL, np.array([bool(value) for value in values], np.bool_), missing)
    if all(isinstance(value, str) for value in given):
        categories = tuple(sorted(set(given)))
        codes = np.array([-1 if value is None else categories.index(value) for value in values], np.int32)
        return Column(name, ColumnKind.CATEGORY, codes, missing, categories)
    if all(isinstance(value, np.datetime64) for value in given):
        moments = np.array([np.datetime64("NaT") if value is None else value for value in values], "datetime64[us]")
        return Column(name, ColumnKind.DATETIME, moments, missing)
    numbers = np.array([math.nan if value is None else value for value in values], np.float64)
    return Column(name, ColumnKind.NUMBER, numbers, missing)


def with_columns(
    facts: tuple[Dataset, Run],
    images: Mapping[str, Values] | None = None,
    gt: Mapping[str, Values] | None = None,
    pred: Mapping[str, Values] | None = None,
) -> tuple[Dataset, Run]:
    """Return the facts with columns of Python values added; rows are those of the tables."""
    dataset, run = facts

    def table(level: Level, n_rows: int, columns: Mapping[str, Values] | None) -> AttributeTable:
        return AttributeTable(level, n_rows, tuple(column_of(name, values) for name, values in (columns or {}).items()))

    truth, predictions = dataset.ground_truth, run.predictions
    dataset = replace(
        dataset,
        image_attributes=table(Level.IMAGE, len(dataset.images), images),
        ground_truth=replace(truth, attributes=table(Level.GT, len(truth), gt)),
    )
    return dataset, replace(run, predictions=replace(predictions, attributes=table(Level.PRED, len(predictions), pred)))


def random_evaluation(
    seed: int, *, score: float = 0.25, n_images: int = 30, n_gt: int = 150, n_predictions: int = 500, crowds: bool = True
) -> tuple[RunFacts, Evaluation]:
    """Return a random set with a scene per image and occlusion per label, prepared and evaluated."""
    rng = np.random.default_rng(seed)
    facts = by_hand(*random_set(seed, n_images=n_images, n_gt=n_gt, n_predictions=n_predictions, crowds=crowds))
    scene = rng.choice(np.array(["day", "night", "fog", None], object), n_images).tolist()
    altitude = [None if value < 0.1 else float(value * 100) for value in rng.random(n_images)]
    occluded = rng.choice(np.array([True, False, None], object), n_gt).tolist()
    dataset, run = with_columns(facts, {"scene": scene, "altitude": altitude}, {"occluded": occluded})
    prepared = prepare_run(dataset, run)
    return prepared, evaluate(prepared, EvaluationParams(score_threshold=score))
