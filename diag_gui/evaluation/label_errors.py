"""Signs that labels are wrong: each computed when it is first asked for, and one estimate that combines what runs say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from diag_gui.data.arrays import FloatArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.repeated_runs import same_predictions
from diag_gui.evaluation.geometry import Geometry
from diag_gui.evaluation.label_errors_evidence import RunEvidence
from diag_gui.evaluation.ranking import Ranking
from diag_gui.exceptions import EvaluationError

# The signs are imported when one is asked for: no figure needs them, and every start of the command line would pay.
if TYPE_CHECKING:
    from diag_gui.evaluation.label_errors_doubts import Doubts
    from diag_gui.evaluation.label_errors_mistakenness import Mistakenness
    from diag_gui.evaluation.label_errors_objectlab import ObjectLab


@dataclass(frozen=True, eq=False)
class LabelSigns:
    """What speaks against the labels of a dataset, in the rows of one run. None of it depends on a threshold.

    Attributes
    ----------
    dataset : Dataset
    ranking : Ranking
    geometry : Geometry
        Of the run.
    runs : tuple of RunEvidence
        The run itself first, then every other run that may judge with it.
    """

    dataset: Dataset
    ranking: Ranking
    geometry: Geometry
    runs: tuple[RunEvidence, ...]

    @cached_property
    def doubts(self) -> Doubts:
        """What all runs together say: `label_error`, its kind, and the agreement of the runs against the label."""
        from diag_gui.evaluation.label_errors_doubts import doubts_of
        from diag_gui.evaluation.label_errors_objectlab import labelled_twice

        gt_ignored = self.runs[0].matches.gt_ignored
        twice = labelled_twice(self.dataset.ground_truth, gt_ignored, self.geometry.gt_pairs_of)
        try:
            return doubts_of(self.dataset, self.geometry.gt_area, self.runs, twice)
        finally:
            for run in self.runs:
                run.let_go()

    @property
    def label_error(self) -> FloatArray:
        """How likely the label is wrong, 0..1, per outcome row, float64 (P + G,); NaN where nothing is said."""
        return self.doubts.label_error

    @cached_property
    def mistakenness(self) -> Mistakenness:
        """FiftyOne's signs."""
        from diag_gui.evaluation.label_errors_mistakenness import mistakenness

        run = self.runs[0]
        return mistakenness(self.dataset.ground_truth, run.predictions, run.pairs, self.ranking, run.matches.gt_ignored)

    @cached_property
    def object_lab(self) -> ObjectLab:
        """ObjectLab's scores."""
        from diag_gui.evaluation.label_errors_objectlab import object_lab

        run, geometry = self.runs[0], self.geometry
        return object_lab(self.dataset, run.predictions, run.matches.gt_ignored, geometry.pairs_of, geometry.gt_pairs_of)

    @cached_property
    def agreement_of_gt(self) -> FloatArray:
        """Share of the other runs that have each label, 0..1, float64 (G,); NaN without another run. See `agreement`."""
        from diag_gui.evaluation.run_agreement import agreement

        return agreement(self.dataset.ground_truth, [run.predictions for run in self.runs[1:]])

    @cached_property
    def agreement_of_pred(self) -> FloatArray:
        """Share of the other runs that have each prediction of this one, 0..1, float64 (P,); NaN without another run."""
        from diag_gui.evaluation.run_agreement import agreement

        return agreement(self.runs[0].predictions, [run.predictions for run in self.runs[1:]])

    def judged_with(self, others: Sequence[LabelSigns]) -> LabelSigns:
        """Return the signs in the rows of this run with other runs of the same dataset as further witnesses.

        Parameters
        ----------
        others : sequence of LabelSigns
            Of each only the run itself is asked; one that predicts what an earlier one does, this run first, is left out.

        Raises
        ------
        EvaluationError
            If one is of another dataset.
        """
        if any(other.dataset is not self.dataset for other in others):
            raise EvaluationError("others", "runs of another dataset cannot judge these labels")
        witnesses = [self.runs[0]]
        for run in (other.runs[0] for other in others):
            if not any(same_predictions(run.predictions, heard.predictions) for heard in witnesses):
                witnesses.append(run)
        return replace(self, runs=tuple(witnesses))
