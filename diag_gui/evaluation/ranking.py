"""The orders of score that every figure walks through, computed once per run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from diag_gui.data.arrays import BitArray, FloatArray, IntArray, LongArray, frozen
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation._kernels.ranking_loops import ranking_loops
from diag_gui.evaluation._kernels.ranking_numpy import descending_keys
from diag_gui.evaluation.chunks import map_bounds, map_groups, side_by_side

_WORTH_A_THREAD = 16_384
"""Predictions of a chunk."""

_OF_A_RANGE = 65_536
"""Predictions of a range of score that is sorted on its own."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Predictions ordered by descending score; on equal score the lower class first, then the lower row.

    Attributes
    ----------
    rank : ndarray of int32, shape (P,)
        0 for the highest score of an (image, class). ``rank < max_detections`` is the cut.
    by_class : ndarray of int32, shape (P,)
        Prediction rows by class, then descending score.
    class_offsets : ndarray of int64, shape (C + 1,)
        Class c is ``by_class[o[c]:o[c + 1]]``.
    by_image : ndarray of int32, shape (P,)
        Prediction rows by image, then descending score over all classes; cut by ``predictions.image_offsets``.
    score : ndarray of float64, shape (P,)
    workers : int or None
        Threads; by default one per core.
    """

    rank: IntArray
    by_class: IntArray
    class_offsets: LongArray
    by_image: IntArray
    score: FloatArray
    workers: int | None = None

    def __post_init__(self) -> None:
        n = len(self.rank)
        for name in ("rank", "by_class", "by_image"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int32, (n,), name))
        object.__setattr__(self, "class_offsets", frozen(self.class_offsets, np.int64, (-1,), "class_offsets"))

    @cached_property
    def by_score(self) -> IntArray:
        """Prediction rows by descending score over everything, int32 (P,); sorted when first asked for."""
        return frozen(
            _by_score(self.by_class, self.score[self.by_class], self.class_offsets, self.workers), np.int32, (-1,), "by_score"
        )


def rank_predictions(predictions: Predictions, n_classes: int, *, workers: int | None = None) -> Ranking:
    """Rank the P predictions of a run.

    Parameters
    ----------
    predictions : Predictions
    n_classes : int
        Classes of the dataset.
    workers : int, optional
        Threads; by default one per core.

    Returns
    -------
    Ranking

    Notes
    -----
    pycocotools sorts within image and class, concatenates the images in ascending order of id and sorts again, both
    times stable; since rows are sorted by image and keep the file order within it, that is one stable sort by score.
    Where classes compete, equal scores go by class as in hotcoco's confusion matrix.
    """
    class_row, score, image_offsets = predictions.class_row, predictions.score, predictions.image_offsets
    rank, by_image = np.empty(len(score), np.int32), np.empty(len(score), np.int32)

    def rank_images(first: int, last: int) -> None:
        ranking_loops.rank_images(image_offsets, class_row, score, first, last, n_classes, by_image, rank)

    _, (by_class, keys, class_offsets) = side_by_side(
        lambda: map_groups(rank_images, image_offsets, at_least=_WORTH_A_THREAD, workers=workers),
        lambda: ranking_loops.group_by_class(class_row, score, n_classes),
        workers=workers,
    )

    def sort_classes(first: int, last: int) -> None:
        ranking_loops.sort_classes(by_class, keys, class_offsets, first, last)

    map_groups(sort_classes, class_offsets, at_least=_WORTH_A_THREAD, workers=workers)
    return Ranking(rank, by_class, class_offsets, by_image, score, workers)


def _by_score(by_class: IntArray, score: FloatArray, class_offsets: LongArray, workers: int | None) -> IntArray:
    """Return the rows of all classes in one order: ranges of score apart, small enough for a cache and shared by threads.

    Parameters
    ----------
    by_class, score : ndarray of shape (P,)
        Rows by class, then descending score, and their scores.
    """
    keys = descending_keys(score)
    bounds = ranges_of_keys(keys)

    def rows_between(first: int, last: int) -> IntArray:
        return ranking_loops.rows_between(by_class, keys, class_offsets, bounds[first], bounds[last])

    places = [(place, place + 1) for place in range(len(bounds) - 1)]
    return np.concatenate(map_bounds(rows_between, places, workers=workers))


def ranges_of_keys(keys: BitArray) -> list[int]:
    """Return bounds, ascending, between which there are few enough keys for a cache; all keys lie between the first and last."""
    n_ranges = -(-len(keys) // _OF_A_RANGE)
    if n_ranges < 2:
        return [0, 2**64 - 1]
    sample = np.sort(keys[:: max(len(keys) // (32 * n_ranges), 1)])
    return [0, *sorted(set(sample[np.arange(1, n_ranges) * len(sample) // n_ranges].tolist())), 2**64 - 1]
