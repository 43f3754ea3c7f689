"""Matches at all of COCO's IoU thresholds and area ranges at once, as bits of one word per prediction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diag_gui.data.arrays import BitArray, BoolArray, frozen
from diag_gui.evaluation._kernels.matching_loops import matching_loops
from diag_gui.evaluation.area_ranges import ignored_in_ranges, outside_ranges
from diag_gui.evaluation.average_precision import IOU_GRID
from diag_gui.evaluation.chunks import map_chunks

if TYPE_CHECKING:
    from diag_gui.evaluation.run_facts import RunFacts


@dataclass(frozen=True, slots=True, eq=False)
class MatchGrid:
    """What became of P predictions at every threshold in every range.

    Attributes
    ----------
    matched, ignored : ndarray of uint64, shape (P,)
        Bit ``a * T + t``: whether the prediction is matched, or ignored, in area range a at IoU threshold t.
    max_detections : int
        Predictions per image and class that took part.
    """

    matched: BitArray
    ignored: BitArray
    max_detections: int

    def __post_init__(self) -> None:
        n = len(self.matched)
        for name in ("matched", "ignored"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.uint64, (n,), name))


def match_grid(
    facts: RunFacts,
    counted: BoolArray,
    *,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> MatchGrid:
    """Match every prediction that counts at every threshold in every range, in one pass over the images.

    Parameters
    ----------
    facts : RunFacts
    counted : ndarray of bool, shape (P,)
        Predictions that take part.
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`.
    """
    predictions, pairs = facts.run.predictions, facts.pairs
    gt_ignored = ignored_in_ranges(facts.gt_area, facts.gt_ignored)
    pred_outside = outside_ranges(facts.pred_area)
    matched, ignored = np.zeros(len(predictions), np.uint64), np.zeros(len(predictions), np.uint64)

    def match_images(first: int, last: int) -> None:
        matching_loops.match_grid(
            pairs.pred_offsets,
            pairs.gt_row,
            pairs.iou,
            pairs.same_class,
            predictions.image_row,
            predictions.image_offsets,
            facts.ranking.by_image,
            counted,
            pred_outside,
            pairs.gt_is_crowd,
            gt_ignored,
            IOU_GRID,
            first,
            last,
            matched,
            ignored,
        )

    n_images = len(facts.dataset.images)
    map_chunks(match_images, n_images, at_least=256, workers=workers, progress=progress, cancelled=cancelled)
    return MatchGrid(matched, ignored, facts.max_detections)
