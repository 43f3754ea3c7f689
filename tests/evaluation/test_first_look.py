"""The first images of a run evaluated alone are what the whole evaluation says of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.evaluation import first_look as module
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.first_look import first_look
from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_part import part_of_run
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set


def without(run, rows):
    predictions, kept = run.predictions, np.setdiff1d(np.arange(len(run.predictions)), rows)
    names = ("image_row", "class_row", "xywh", "score", "source_index")
    attributes = replace(predictions.attributes, n_rows=len(kept))
    some = {name: getattr(predictions, name)[kept] for name in names}
    return replace(run, predictions=replace(predictions, attributes=attributes, has_box=None, **some))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n_images", [1, 3, 64])
def test_outcomes_are_those_of_the_whole(seed, n_images, monkeypatch):
    monkeypatch.setattr(module, "N_IMAGES", n_images)
    dataset, run = by_hand(*random_set(seed, crowds=seed % 2 == 0, ties=True, n_gt=40, n_predictions=150))
    params = EvaluationParams(iou_threshold=0.6, score_threshold=0.2)
    look, whole = first_look(dataset, run, params), evaluate(prepare_run(dataset, run), params).outcomes
    all_rows = np.arange(len(whole))
    images = whole.image_row(all_rows)
    has_any = np.bincount(images, minlength=len(dataset.images)) > 0
    first = int(np.argmax(has_any))
    seen = all_rows[(images >= first) & (images < first + n_images)]
    later = np.setdiff1d(all_rows, seen)
    np.testing.assert_array_equal(look.outcomes.kind[seen], whole.kind[seen])
    np.testing.assert_array_equal(look.outcomes.target_of(seen), whole.target_of(seen))
    np.testing.assert_array_equal(look.outcomes.iou_of(seen), whole.iou_of(seen))
    assert (look.outcomes.kind[later] == OutcomeKind.NOT_KEPT).all()
    assert (look.outcomes.target[later] == -1).all()
    assert look.row in seen
    if any(kind in ERROR_KINDS for kind in look.outcomes.kind[seen]):
        assert OutcomeKind(int(look.outcomes.kind[look.row])) in ERROR_KINDS


def test_images_before_the_first_object_are_passed_over(monkeypatch):
    monkeypatch.setattr(module, "N_IMAGES", 1)
    dataset, run = by_hand(*random_set(3, n_gt=40, n_predictions=100))
    rows = np.flatnonzero(run.predictions.image_row == 0)
    look = first_look(dataset, without(run, rows), EvaluationParams())
    image = int(look.outcomes.image_row(look.row))
    assert image == (0 if dataset.image_offsets[1] else 1)


def test_without_an_object_there_is_nothing_to_look_at():
    dataset, run = by_hand(*random_set(3))
    nothing = part_of_run(dataset, run.predictions, 0, 0)
    look = first_look(nothing.dataset, replace(run, predictions=nothing.predictions), EvaluationParams())
    assert look.row == -1
    assert len(look.outcomes) == 0
