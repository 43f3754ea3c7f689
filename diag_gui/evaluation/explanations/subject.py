"""What an explanation looks at: one run at one operating point, with every figure computed when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, LongArray
from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.bootstrap import Resampled
from diag_gui.evaluation.calibration import Binning, Calibration, calibrate
from diag_gui.evaluation.coco_summary import CocoSummary, summarize
from diag_gui.evaluation.error_costs import ErrorCosts, error_costs
from diag_gui.evaluation.evaluator import Evaluation, evaluate
from diag_gui.evaluation.explanations.explanation import Amount, occurring
from diag_gui.evaluation.outcome_objects import class_error_counts
from diag_gui.evaluation.params import DEFAULT_BINS, EvaluationParams
from diag_gui.evaluation.rule_settings import COCO_RULES
from diag_gui.evaluation.rule_tables import RuleSummary
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slices import SliceResult
from diag_gui.evaluation.variants import VariantFigures, Variants, variant_figures


@dataclass(frozen=True, eq=False)
class Subject:
    """One run at one operating point.

    Attributes
    ----------
    facts : RunFacts
    params : EvaluationParams
    images : ndarray of bool, shape (I,), or None
        Images that count; None means all.
    shown : Evaluation or None
        The evaluation whose figures are on screen, where there is one; else it is computed.
    slices : tuple of SliceResult
        Those that were computed.
    binning, n_bins
        Of the calibration.
    variants : Variants or None
        Further IoU thresholds and limits of AP and AR, where they were asked for.
    resampled : Resampled or None
        Figures over all classes in resamples of images, where intervals were asked for.
    """

    facts: RunFacts
    params: EvaluationParams
    images: BoolArray | None = None
    shown: Evaluation | None = None
    slices: tuple[SliceResult, ...] = ()
    binning: Binning = "equal width"
    n_bins: int = DEFAULT_BINS
    variants: Variants | None = None
    resampled: Resampled | None = None

    @cached_property
    def evaluation(self) -> Evaluation:
        """The figures at the operating point."""
        return self.shown if self.shown is not None else evaluate(self.facts, self.params, images=self.images)

    @cached_property
    def summary(self) -> CocoSummary:
        """COCO's figures."""
        return summarize(self.facts, images=self.images)

    @cached_property
    def rule_summary(self) -> RuleSummary:
        """The figures by the rules of ``params``, which are not COCO's."""
        return self.facts.by_rules(self.params.rules).summarize(self.params.iou_threshold, self.images)

    def coco_ap_at(self, iou_threshold: float) -> FloatArray:
        """Return AP of every class by COCO's rules at one IoU threshold: float64, shape (C,)."""
        params = replace(self.params, iou_threshold=iou_threshold, rules=COCO_RULES)
        return evaluate(self.facts, params, images=self.images).per_class.ap

    @cached_property
    def costs(self) -> ErrorCosts:
        """What each error type costs."""
        return error_costs(self.facts, self.params, images=self.images, matches=self.evaluation.matches)

    @cached_property
    def class_errors_at_score(self) -> dict[str, LongArray]:
        """Errors of each of the six types over the kept predictions, by class: int64, shape (C,)."""
        return class_error_counts(self.evaluation.outcomes, len(self.facts.dataset.classes))

    @cached_property
    def variant_figures(self) -> VariantFigures:
        """AP and AR over the IoU thresholds and limits that were asked for."""
        return variant_figures(self.facts, self.params, self.variants or Variants(), self.images)

    @cached_property
    def calibration(self) -> Calibration:
        """How far scores are from precision."""
        return calibrate(
            self.facts,
            self.params,
            images=self.images,
            matches=self.evaluation.matches,
            binning=self.binning,
            n_bins=self.n_bins,
        )

    @cached_property
    def asked_predictions(self) -> BoolArray:
        """Predictions on images that count: bool, shape (P,)."""
        rows = self.facts.run.predictions.image_row
        return np.ones(len(rows), dtype=np.bool_) if self.images is None else self.images[rows]

    @cached_property
    def asked_ground_truth(self) -> BoolArray:
        """Ground truth on images that count: bool, shape (G,)."""
        rows = self.facts.dataset.ground_truth.image_row
        return np.ones(len(rows), dtype=np.bool_) if self.images is None else self.images[rows]

    def at(self, params: EvaluationParams) -> Subject:
        """Return the same run at another operating point."""
        return Subject(self.facts, params, self.images)

    def common_settings(self) -> tuple[tuple[str, str], ...]:
        """Return what every figure of the run depends on."""
        counted = "all" if self.images is None else f"{np.count_nonzero(self.images):,} of {len(self.images):,}"
        return (
            ("run", self.facts.run.name),
            ("task", self.params.task),
            ("images", counted),
            ("predictions per image and class", f"at most {self.params.max_detections}"),
            ("kernel", KERNEL),
        )

    def left_out_predictions(self, class_row: int | None, *, by_score: bool) -> tuple[Amount, ...]:
        """Return how many predictions count neither way, and why; each stands under the first reason that fits.

        Parameters
        ----------
        class_row : int or None
            Of one class, or of all.
        by_score : bool
            Whether the figure keeps only scores from the threshold on.
        """
        predictions, matches = self.facts.run.predictions, self.evaluation.matches
        left = np.ones(len(predictions), dtype=np.bool_) if class_row is None else predictions.class_row == class_row
        not_asked = left & ~self.asked_predictions
        left &= ~not_asked
        low = left & (predictions.score < self.params.score_threshold) if by_score else np.zeros_like(left)
        left &= ~low
        cut = left & (self.facts.ranking.rank >= self.params.max_detections)
        left &= ~cut
        ignored = left & matches.pred_ignored
        return occurring(
            Amount("predictions on other images", _n(not_asked), "their images do not count"),
            Amount("predictions below the score threshold", _n(low), f"score < {self.params.score_threshold:g}"),
            Amount(
                "predictions beyond the cut",
                _n(cut),
                f"more than {self.params.max_detections} of one class in one image, lowest scores first",
            ),
            Amount("predictions on ignored ground truth", _n(ignored), "matched to a crowd or to a label that is ignored"),
        )

    def left_out_ground_truth(self, class_row: int | None) -> tuple[Amount, ...]:
        """Return how many labels count neither way, and why; each stands under the first reason that fits."""
        gt = self.facts.dataset.ground_truth
        left = np.ones(len(gt), dtype=np.bool_) if class_row is None else gt.class_row == class_row
        not_asked = left & ~self.asked_ground_truth
        left &= ~not_asked
        crowd = left & gt.is_crowd
        marked = left & ~gt.is_crowd & self.facts.gt_ignored
        return occurring(
            Amount("ground truth on other images", _n(not_asked), "their images do not count"),
            Amount("crowds", _n(crowd), "absorb predictions, but need not be found"),
            Amount("ground truth marked as ignored", _n(marked), "by the rules of its format"),
        )


def _n(mask: BoolArray) -> int:
    return int(np.count_nonzero(mask))
