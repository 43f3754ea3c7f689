"""AP and AR over any IoU thresholds and with any number of predictions, beside the figures that rules name themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray
from diag_gui.evaluation._kernels.accumulation_loops import accumulation_loops
from diag_gui.evaluation.area_ranges import AREA_RANGES
from diag_gui.evaluation.average_precision import IOU_GRID, RECALL_GRID
from diag_gui.evaluation.matching import Matches, match
from diag_gui.evaluation.operating_point import defined_mean, ground_truth_per_class, status_of
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.rule_tables import RuleTable
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError

MOST_IOUS = 100
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Variants:
    """IoU thresholds and limits of predictions that were asked for beyond those of the rules.

    Attributes
    ----------
    ious : tuple of float
        Ascending, distinct, each in (0, 1].
    limits : tuple of int
        Predictions per image and class; ascending, distinct, each at least 1. Of COCO's rules only.

    Raises
    ------
    EvaluationError
        If one is out of range.
    """

    ious: tuple[float, ...] = ()
    limits: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ious", tuple(sorted(set(map(float, self.ious)))))
        object.__setattr__(self, "limits", tuple(sorted(set(map(int, self.limits)))))
        if not all(0.0 < iou <= 1.0 for iou in self.ious):
            raise EvaluationError("--ious", f"{', '.join(f'{iou:g}' for iou in self.ious)}: each must be in (0, 1]")
        if len(self.ious) > MOST_IOUS:
            raise EvaluationError("--ious", f"{len(self.ious)} thresholds, at most {MOST_IOUS} are evaluated")
        if self.limits and self.limits[0] < 1:
            raise EvaluationError("--limits", f"{self.limits[0]} is less than 1")

    def __bool__(self) -> bool:
        return bool(self.ious or self.limits)


@dataclass(frozen=True, slots=True, eq=False)
class VariantFigures:
    """What was asked for.

    Attributes
    ----------
    variants : Variants
    figures : dict of str to float
        ``AP_ious`` and ``AR_ious``: means over the asked IoU thresholds and the classes with ground truth. ``AP_maxN`` and
        ``AR_maxN``: over COCO's ten, with at most N predictions per image and class; ``AP_ious_maxN``, ``AR_ious_maxN``: over
        the asked ones with that limit. None of them is AP.
    ap, ar : tuple of float
        At each of ``variants.ious``, the means over classes.
    ap_ious : ndarray of float64, shape (C,)
        What ``AP_ious`` is the mean of; NaN everywhere if no thresholds were asked for.
    """

    variants: Variants
    figures: dict[str, float]
    ap: tuple[float, ...]
    ar: tuple[float, ...]
    ap_ious: FloatArray


def parse_ious(text: str) -> tuple[float, ...]:
    """Return the IoU thresholds of ``0.5,0.75`` or of ``0.3:0.9:0.1``: from, to and step, both ends included.

    Raises
    ------
    EvaluationError
        If it is neither.
    """
    try:
        if ":" not in text:
            return tuple(float(part) for part in text.split(","))
        first, last, step = (float(part) for part in text.split(":"))
    except ValueError:
        raise EvaluationError("--ious", f"{text!r} is neither a list as 0.5,0.75 nor a range as 0.3:0.9:0.1") from None
    if not (step > 0 and first <= last) or (last - first) / step >= MOST_IOUS:
        raise EvaluationError("--ious", f"{text!r} is no range from, to, step of at most {MOST_IOUS} thresholds")
    n = int((last - first) / step + _ROUNDING)
    end = first + n * step
    # To the bit the thresholds of COCO for 0.5:0.95:0.05.
    return tuple(np.linspace(first, last if abs(end - last) < _ROUNDING else end, n + 1).tolist())


def parse_limits(text: str) -> tuple[int, ...]:
    """Return the limits of ``1,10,100``.

    Raises
    ------
    EvaluationError
        If it is no list of whole numbers.
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise EvaluationError("--limits", f"{text!r} is no list of whole numbers as 1,10,100") from None


def variant_figures(
    facts: RunFacts, params: EvaluationParams, variants: Variants, images: BoolArray | None = None
) -> VariantFigures:
    """Compute AP and AR as they were asked for, by the rules of ``params``.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
        Uses ``rules`` and ``max_detections``, which cuts where no limit is named.
    variants : Variants
        A limit above ``max_detections`` is no cut by it.
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.

    Raises
    ------
    EvaluationError
        If limits are asked for by rules that have none, or overlaps at a threshold were not kept.
    """
    if variants.limits and not params.rules.is_coco:
        raise EvaluationError("--limits", f"per image and class are COCO's, the rules {params.rules.rules} have none")
    asked: list[RuleTable] = []
    figures: dict[str, float] = {}
    if params.rules.is_coco:
        by_iou = _CocoTables(facts, images)
        asked = [by_iou.table(iou, params.max_detections) for iou in variants.ious]
        for limit in variants.limits:
            figures |= _means(f"max{limit}", [by_iou.table(float(iou), limit) for iou in IOU_GRID])
            if variants.ious:
                figures |= _means(f"ious_max{limit}", [by_iou.table(iou, limit) for iou in variants.ious])
    else:
        asked = [facts.by_rules(params.rules).table(iou, images) for iou in variants.ious]
    ap_ious = np.full(len(facts.dataset.classes), np.nan)
    if asked:
        figures = {**_means("ious", asked), **figures}
        ap_ious = np.mean([table.ap for table in asked], axis=0)
    ap, ar = tuple(table.mean_ap for table in asked), tuple(table.mean_recall for table in asked)
    return VariantFigures(variants, figures, ap, ar, ap_ious)


def _means(name: str, tables: list[RuleTable]) -> dict[str, float]:
    """Return mean AP and AR over tables: the classes with ground truth are the same in each."""
    return {
        f"AP_{name}": defined_mean(np.array([table.mean_ap for table in tables])),
        f"AR_{name}": defined_mean(np.array([table.mean_recall for table in tables])),
    }


class _CocoTables:
    """COCO's table at any IoU threshold and limit; matches are computed once per threshold, since no limit changes them."""

    def __init__(self, facts: RunFacts, images: BoolArray | None) -> None:
        self._facts, self._images = facts, images
        _, low, high = AREA_RANGES[0]
        self._gt_ignored = facts.gt_ignored | (facts.gt_area < low) | (facts.gt_area > high)
        self._pred_outside = (facts.pred_area < low) | (facts.pred_area > high)
        self._matches: dict[float, Matches] = {}
        gt = facts.dataset.ground_truth
        counts = ~self._gt_ignored if images is None else ~self._gt_ignored & images[gt.image_row]
        self._n_gt = ground_truth_per_class(gt.class_row, counts, len(facts.dataset.classes))

    def table(self, iou: float, limit: int) -> RuleTable:
        facts = self._facts
        predictions, ranking = facts.run.predictions, facts.ranking
        if iou not in self._matches:
            uncut = EvaluationParams(iou_threshold=iou, max_detections=np.iinfo(np.int32).max, task=facts.task)
            self._matches[iou] = match(
                facts.pairs, ranking, predictions, uncut, gt_ignored=self._gt_ignored, pred_outside=self._pred_outside
            )
        counted = ranking.rank < limit
        if self._images is not None:
            counted &= self._images[predictions.image_row]
        status = status_of(self._matches[iou], counted)
        ap, _, _ = accumulation_loops.sweep(
            ranking.by_class, ranking.class_offsets, status, predictions.score, self._n_gt, RECALL_GRID
        )
        return RuleTable.counted(ap, self._n_gt, status, predictions.class_row)
