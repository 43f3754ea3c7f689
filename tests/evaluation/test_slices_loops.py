"""The compiled loop of the slices against its readable twin."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation import slice_packing
from diag_gui.evaluation._kernels import slices_numpy
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_packing import Grouping
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.evaluation.test_slice_packing import counted, random_slices

compiled = pytest.importorskip("diag_gui.evaluation._kernels._slices", reason="no compiled kernel was built")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("n_slices", [0, 1, 64, 67])
@pytest.mark.parametrize("grouping", list(Grouping))
def test_count_slices(monkeypatch, seed: int, n_slices: int, grouping: Grouping) -> None:
    facts = prepare_run(*by_hand(*random_set(seed, n_images=4, crowds=True, ties=seed % 2 == 0, n_classes=2)))
    slices, params = random_slices(facts, seed, n_slices), EvaluationParams(iou_threshold=0.4, score_threshold=0.2)
    images = None if seed % 3 else np.array([True, True, False, True])
    monkeypatch.setattr(slice_packing, "_WORTH_A_THREAD", 7)
    found = []
    for loops in (compiled, slices_numpy):
        monkeypatch.setattr(slice_packing, "slices_loops", loops)
        found.append(counted(facts, slices, params, images, grouping))
    ours, theirs = found
    for name in ("inside", "outside", "n_images"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)
    np.testing.assert_allclose(ours.iou_sum, theirs.iou_sum, rtol=0, atol=1e-12)
