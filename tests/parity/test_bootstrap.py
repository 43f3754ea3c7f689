"""AP in a resample is that of pycocotools on the images that were drawn, each as often as it was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.bootstrap import resample_average_precision
from diag_gui.evaluation.evaluator import prepare_run, summarize
from tests.evaluation.coco_facts import by_hand, coco_dict, coco_results
from tests.evaluation.random_sets import random_set
from tests.evaluation.resampled_sets import drawn_set, weights_of, with_equal_scores
from tests.parity.pycocotools_oracle import pycocotools_evaluation


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("equal_scores", [False, True])
def test_average_precision(seed: int, equal_scores: bool) -> None:
    n_images, n_classes, truth, found = random_set(seed, crowds=True, n_images=10, n_classes=6)
    found = with_equal_scores(found) if equal_scores else found
    summary = summarize(prepare_run(*by_hand(n_images, n_classes, truth, found)))
    ours = resample_average_precision(summary, n_resamples=5, seed=seed)
    for place, weights in enumerate(weights_of(n_images, 5, seed)):
        n_drawn, drawn_truth, drawn_found = drawn_set(weights, truth, found)
        theirs = pycocotools_evaluation(coco_dict(n_drawn, n_classes, drawn_truth), coco_results(drawn_found))
        for name, value in zip(("AP", "AP50", "AP75"), theirs.stats[:3], strict=True):
            assert ours.figures[name][place] == pytest.approx(value, abs=1e-9), name
        precision = theirs.eval["precision"][:, :, :, 0, 2]
        per_class = np.where((precision > -1).all(axis=(0, 1)), precision.mean(axis=(0, 1)), np.nan)
        np.testing.assert_allclose(ours.per_class["AP"][place], per_class[ours.class_rows], atol=1e-9)
