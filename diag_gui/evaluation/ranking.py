"""The orders of score that every figure walks through, computed once per run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import IntArray, LongArray, frozen, offsets_of
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation._kernels.matching_loops import matching_loops


@dataclass(frozen=True, slots=True, eq=False)
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
    by_score : ndarray of int32, shape (P,)
        Prediction rows by descending score over everything.
    """

    rank: IntArray
    by_class: IntArray
    class_offsets: LongArray
    by_image: IntArray
    by_score: IntArray

    def __post_init__(self) -> None:
        n = len(self.rank)
        for name in ("rank", "by_class", "by_image", "by_score"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int32, (n,), name))
        object.__setattr__(self, "class_offsets", frozen(self.class_offsets, np.int64, (-1,), "class_offsets"))


def rank_predictions(predictions: Predictions, n_classes: int) -> Ranking:
    """Rank the P predictions of a run.

    Parameters
    ----------
    predictions : Predictions
    n_classes : int
        Classes of the dataset.

    Returns
    -------
    Ranking

    Notes
    -----
    pycocotools sorts within image and class, concatenates the images in ascending order of id and sorts again, both
    times stable; since rows are sorted by image and keep the file order within it, that is one stable sort by score.
    Where classes compete, equal scores go by class as in hotcoco's confusion matrix.
    """
    by_score, by_class, by_image, rank = matching_loops.rank(
        predictions.image_row, predictions.class_row, predictions.score, predictions.n_images, n_classes
    )
    return Ranking(
        rank=rank,
        by_class=by_class,
        class_offsets=offsets_of(predictions.class_row[by_class], n_classes),
        by_image=by_image,
        by_score=by_score,
    )
