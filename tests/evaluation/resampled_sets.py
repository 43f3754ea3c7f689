"""Sets in which every image stands as often as it was drawn: what a resample means, spelled out."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray
from diag_gui.evaluation.intervals import image_resamples
from tests.evaluation.random_sets import Tuples


def weights_of(n_images: int, n_resamples: int, seed: int) -> AnyArray:
    """Return how often each image is drawn in each resample, int64 (N, n_images)."""
    return np.concatenate(list(image_resamples(n_images, n_resamples, seed))).astype(np.int64)


def drawn_set(weights: AnyArray, ground_truth: Tuples, predictions: Tuples) -> tuple[int, Tuples, Tuples]:
    """Return a set of as many images as were drawn, copies beside each other; image 1 is the first of ``weights``."""
    originals = np.repeat(np.arange(1, len(weights) + 1), weights).tolist()

    def copied(records: Tuples) -> Tuples:
        of_image: dict[int, Tuples] = {}
        for record in records:
            of_image.setdefault(record[0], []).append(record)
        return [(copy, *record[1:]) for copy, image in enumerate(originals, start=1) for record in of_image.get(image, [])]

    return len(originals), copied(ground_truth), copied(predictions)


def with_equal_scores(predictions: Tuples) -> Tuples:
    """Return predictions whose scores are equal across images and differ within each."""
    seen: dict[int, int] = {}
    found: Tuples = []
    for record in sorted(predictions, key=lambda one: -one[-1]):
        seen[record[0]] = seen.get(record[0], -1) + 1
        found.append((*record[:-1], 1.0 - seen[record[0]] / 100))
    return found
