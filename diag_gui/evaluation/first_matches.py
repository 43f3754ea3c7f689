"""Who is nearest to whom and who is matched at IoU 0.50: what error types, AP50 and label errors start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from diag_gui.data.arrays import BoolArray
from diag_gui.data.predictions import Predictions
from diag_gui.data.scratch import with_spilled_columns
from diag_gui.evaluation.candidate_pairs import CandidatePairs
from diag_gui.evaluation.chunks import side_by_side
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.nearest_ground_truth import NearestGroundTruth, nearest_ground_truth
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.ranking import Ranking


@dataclass(frozen=True, eq=False)
class FirstMatches:
    """Both, found together when one of them is first asked for: COCO's twelve figures need neither.

    Attributes
    ----------
    find : callable
        Returns both, in the order of the properties.
    """

    find: Callable[[], tuple[NearestGroundTruth, Matches]]

    @cached_property
    def _found(self) -> tuple[NearestGroundTruth, Matches]:
        return self.find()

    def on_disk(self) -> FirstMatches:
        """Return the same in files once they are found."""

        def find() -> tuple[NearestGroundTruth, Matches]:
            nearest, at_50 = self.find()
            return with_spilled_columns(nearest), with_spilled_columns(at_50)

        return FirstMatches(find)

    @property
    def nearest(self) -> NearestGroundTruth:
        """Over the ground truth that is not ignored."""
        return self._found[0]

    @property
    def at_50(self) -> Matches:
        """Of all predictions at IoU 0.50, within classes, however many there are in an image."""
        return self._found[1]


def first_matches(
    pairs: CandidatePairs,
    ranking: Ranking,
    predictions: Predictions,
    gt_ignored: BoolArray,
    params: EvaluationParams,
    workers: int | None,
) -> FirstMatches:
    """Return the first matches of P predictions with G labels.

    Parameters
    ----------
    pairs : CandidatePairs
    ranking : Ranking
    predictions : Predictions
    gt_ignored : ndarray of bool, shape (G,)
        Labels that count neither way.
    params : EvaluationParams
        Of the matches at IoU 0.50.
    workers : int or None
        Threads; by default one per core.
    """

    def find() -> tuple[NearestGroundTruth, Matches]:
        return side_by_side(
            lambda: nearest_ground_truth(pairs, gt_ignored),
            lambda: match(pairs, ranking, predictions, params, gt_ignored=gt_ignored),
            workers=workers,
        )

    return FirstMatches(find)
