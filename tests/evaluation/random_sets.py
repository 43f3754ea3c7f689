"""Random sets that hold every kind of error, as tuples that `coco_dict` and `coco_results` take."""

from __future__ import annotations

from typing import Any

import numpy as np

Tuples = list[tuple[Any, ...]]


def random_set(
    seed: int,
    *,
    n_images: int = 8,
    n_classes: int = 4,
    n_gt: int = 40,
    n_predictions: int = 120,
    crowds: bool = False,
    ties: bool = False,
) -> tuple[int, int, Tuples, Tuples]:
    """Draw ground truth and predictions that crowd each other.

    Parameters
    ----------
    seed : int
    n_images, n_classes, n_gt, n_predictions : int
        Image 1 has no ground truth, image 2 no prediction; class 1 to ``n_classes`` each have ground truth.
    crowds : bool
        Every eighth label is a crowd.
    ties : bool
        Scores are tenths and boxes lie on a coarse grid, so that scores and IoUs are often equal; otherwise no score
        occurs twice.

    Returns
    -------
    n_images, n_classes : int
    ground_truth : list of (image id, class id, x, y, w, h, crowd)
    predictions : list of (image id, class id, x, y, w, h, score)
    """
    rng = np.random.default_rng(seed)
    step = 10 if ties else 0

    def box(values: Any) -> list[float]:
        values = np.round(np.asarray(values, dtype=float) / step) * step if step else np.round(values, 3)
        return [float(values[0]), float(values[1]), float(max(values[2], 5)), float(max(values[3], 5))]

    ground_truth: Tuples = []
    for number in range(n_gt):
        xywh = box([*rng.uniform(0, 120, 2), *rng.uniform(15, 60, 2)])
        crowd = int(crowds and number % 8 == 7)
        ground_truth.append((int(rng.integers(2, n_images + 1)), number % n_classes + 1, *xywh, crowd))
    scores = rng.permutation(n_predictions) + 0.5
    predictions: Tuples = []
    for number in range(n_predictions):
        kind = rng.random()
        image_id, class_id, x, y, w, h, _ = ground_truth[rng.integers(len(ground_truth))]
        if kind < 0.2:
            image_id, class_id = int(rng.integers(1, n_images + 1)), int(rng.integers(1, n_classes + 1))
            xywh = box([*rng.uniform(0, 120, 2), *rng.uniform(15, 60, 2)])
        else:
            loose = rng.choice([0.02, 0.1, 0.3])
            dx, dy, dw, dh = rng.normal(0, loose, 4)
            xywh = box([x + dx * w, y + dy * h, w * np.exp(dw), h * np.exp(dh)])
            if kind > 0.7:
                class_id = int(rng.integers(1, n_classes + 1))
        if image_id == 2:
            continue
        score = float(rng.integers(0, 11)) / 10 if ties else float(scores[number]) / n_predictions
        predictions.append((image_id, class_id, *xywh, score))
    return n_images, n_classes, ground_truth, predictions
