"""A run that is opened twice is noticed, in whatever order its file has the records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.repeated_runs import earlier_same, repeated_runs, same_predictions
from diag_gui.data.run import Run

IMAGES = [0, 0, 1, 1, 1]
CLASSES = [0, 1, 0, 0, 2]
BOXES = [[0, 0, 9, 9], [1, 1, 5, 5], [2, 2, 8, 8], [2, 2, 8, 8], [0, 0, 3, 3]]
SCORES = [0.9, 0.8, 0.7, 0.7, 0.1]


def predictions(order=(0, 1, 2, 3, 4), **changed) -> Predictions:
    columns = {"images": IMAGES, "classes": CLASSES, "boxes": BOXES, "scores": SCORES} | changed
    image, label, box, score = (np.array([values[place] for place in order]) for values in columns.values())
    n = len(order)
    rows = np.arange(n, dtype=np.int64)
    return Predictions(2, image, label, box.reshape(n, 4), score, rows, None, None, AttributeTable(Level.PRED, n))


def run(name: str, found: Predictions) -> Run:
    return Run(name, found, Source(Path(f"{name}.json"), "coco", ""))


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (1, 0, 4, 3, 2)])
def test_the_order_of_records_does_not_matter(order) -> None:
    assert same_predictions(predictions(), predictions(order))


@pytest.mark.parametrize(
    "changed",
    [
        {"images": [0, 0, 0, 1, 1]},
        {"classes": [0, 1, 0, 1, 2]},
        {"boxes": [*BOXES[:4], [0, 0, 3, 3.001]]},
        {"scores": [0.9, 0.8, 0.7, 0.7, 0.1000001]},
        {"scores": [0.8, 0.9, 0.7, 0.7, 0.1]},
    ],
)
def test_one_other_value_is_another_run(changed) -> None:
    assert not same_predictions(predictions(), predictions(**changed))


def test_fewer_are_another_run_and_none_say_nothing() -> None:
    assert not same_predictions(predictions(), predictions((0, 1, 2, 3)))
    nothing = predictions(())
    assert not same_predictions(nothing, predictions(()))
    assert same_predictions(nothing, nothing)


def test_each_is_laid_to_the_first_that_says_the_same() -> None:
    runs = [
        run("a", predictions()),
        run("b", predictions((0, 1))),
        run("c", predictions((1, 0, 2, 3, 4))),
        run("d", predictions()),
    ]
    assert earlier_same(runs) == (-1, -1, 0, 0)
    note = repeated_runs(runs)
    assert (note.code, note.count, note.drops) == ("repeated-run", 2, False)
    assert note.examples[0] == "c.json: c predicts what a does: one witness about the labels, not two"
    assert repeated_runs(runs[:2]) is None
