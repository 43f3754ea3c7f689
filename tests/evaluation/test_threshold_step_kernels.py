"""The compiled loops behind moving thresholds against their readable twins, bit for bit."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from diag_gui.evaluation._kernels import threshold_steps_numpy
from diag_gui.evaluation.live_evaluation import LiveEvaluator
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.threshold_steps import prepare_steps
from tests.evaluation.test_live_evaluation import facts_with

compiled = pytest.importorskip("diag_gui.evaluation._kernels._threshold_steps", reason="no compiled kernel was built")


class BothKernels:
    """Calls the compiled loop and its readable twin and compares all that they return and all that they fill in."""

    def __init__(self) -> None:
        self.called: set[str] = set()

    def __getattr__(self, name):
        def call(*arguments):
            self.called.add(name)
            copies = [np.copy(one) if isinstance(one, np.ndarray) else one for one in arguments]
            ours, theirs = getattr(compiled, name)(*arguments), getattr(threshold_steps_numpy, name)(*copies)
            pairs = list(zip(ours, theirs, strict=True)) if isinstance(ours, tuple) else [(ours, theirs)]
            pairs += [(one, other) for one, other in zip(arguments, copies, strict=True) if isinstance(one, np.ndarray)]
            for place, (one, other) in enumerate(pairs):
                if ours is not None or place:
                    assert one.dtype == other.dtype, (name, place)
                    # Means over the recall grid are added up in another order.
                    tolerance = 1e-13 if (name, place) == ("sweep_entries", 0) else 0
                    np.testing.assert_allclose(one, other, rtol=0, atol=tolerance, err_msg=f"{name} {place}")
            return ours

        return call


@pytest.mark.parametrize("kinds", [{}, {"crowds": True, "ties": True}], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_the_compiled_loops_and_their_twins_agree(monkeypatch, seed, kinds):
    both = BothKernels()
    for module in ("threshold_steps", "step_orders", "step_outcomes", "step_kinds", "live_evaluation"):
        monkeypatch.setattr(f"diag_gui.evaluation.{module}.threshold_steps_loops", both)
    facts = facts_with(seed, **kinds)
    live = LiveEvaluator(prepare_steps(facts))
    for iou, score in ((0.1, 0.0), (0.5, 0.3), (0.75, 0.6), (0.95, 1.1)):
        for images in (None, np.random.default_rng(seed).random(len(facts.dataset.images)) < 0.6):
            evaluation = live.evaluate(EvaluationParams(iou_threshold=iou, score_threshold=score), images)
            for class_row in (None, 0):
                evaluation.outline(class_row)
    names = {name for name in dir(compiled) if callable(getattr(compiled, name)) and not name.startswith("_")}
    assert both.called == names


def test_twins_have_the_same_parameters():
    for name in (name for name in dir(compiled) if callable(getattr(compiled, name)) and not name.startswith("_")):
        readable = inspect.signature(getattr(threshold_steps_numpy, name)).parameters
        assert list(inspect.signature(getattr(compiled, name)).parameters) == list(readable), name
