"""A file may name a million classes of which few occur: figures take the room and the time of those that do."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.coco_summary import summarize
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.mf1_yoltv4 import mf1_yoltv4
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.coco_facts import by_hand

N_CLASSES = 1_000_000
LABELS = [(1, 1, 0, 0, 50, 50), (1, 2, 100, 0, 50, 50), (2, 3, 0, 0, 50, 50)]
FOUND = [(1, 1, 0, 0, 50, 45, 0.9), (1, 3, 100, 0, 50, 50, 0.8), (2, 3, 0, 5, 50, 50, 0.7), (2, 2, 0, 0, 9, 9, 0.6)]
PARAMS = EvaluationParams(score_threshold=0.5)


class CountedNames(tuple[str, ...]):
    """Names that count how often one of them is asked for."""

    asked = 0

    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        CountedNames.asked += 1
        return super().__getitem__(place)


def scattered(dataset: Dataset, run: Run) -> tuple[Dataset, Run]:
    """Give the three classes places far apart among a million, in their order."""
    place = np.array([7, 500_000, N_CLASSES - 1], np.int32)
    name = [f"class {row:07}" for row in range(N_CLASSES)]
    classes = replace(
        dataset.classes,
        class_id=np.arange(N_CLASSES, dtype=np.int64),
        name=CountedNames(name),
        supercategory=("",) * N_CLASSES,
    )
    truth = replace(dataset.ground_truth, class_row=place[dataset.ground_truth.class_row])
    predictions = replace(run.predictions, class_row=place[run.predictions.class_row])
    return replace(dataset, classes=classes, ground_truth=truth), replace(run, predictions=predictions)


def test_figures_are_those_of_the_classes_that_occur_and_take_their_room() -> None:
    few = prepare_run(*by_hand(2, 3, LABELS, FOUND))
    many = prepare_run(*scattered(*by_hand(2, 3, LABELS, FOUND)))
    expected = summarize(few).figures
    tracemalloc.start()
    try:
        found = summarize(many).figures
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_equal(found, expected)
    # Offsets of every class are 8 MB each; tables of limits and thresholds for all of them were 600.
    assert peak < 80 << 20


def test_mf1_asks_only_for_the_names_of_classes_with_ground_truth() -> None:
    few = prepare_run(*by_hand(2, 3, LABELS, FOUND))
    many = prepare_run(*scattered(*by_hand(2, 3, LABELS, FOUND)))
    CountedNames.asked = 0
    assert mf1_yoltv4(many, PARAMS) == pytest.approx(mf1_yoltv4(few, PARAMS), abs=1e-15)
    assert CountedNames.asked <= 3
