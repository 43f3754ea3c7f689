"""Every figure of one run, and the JSON document of CLI.md made of them: what ``evaluate --json`` and the report show."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport, merge_groups
from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.average_precision import IOU_GRID
from diag_gui.evaluation.calibration import Binning, Calibration, calibrate
from diag_gui.evaluation.coco_summary import CocoSummary, summarize
from diag_gui.evaluation.error_costs import ErrorCosts, error_costs
from diag_gui.evaluation.evaluator import Evaluation, evaluate
from diag_gui.evaluation.mf1_yoltv4 import mf1_yoltv4
from diag_gui.evaluation.operating_point import ClassTable
from diag_gui.evaluation.params import DEFAULT_BINS, EvaluationParams
from diag_gui.evaluation.rule_settings import RuleSettings
from diag_gui.evaluation.rule_tables import RuleSummary
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.variants import VariantFigures, Variants, variant_figures
from diag_gui.formats.matrix_document import confusion_document
from diag_gui.formats.report_errors import class_errors, errors_document

if TYPE_CHECKING:
    from diag_gui.evaluation.slices import SliceResult

DOCUMENT_VERSION = 1
MOST_CLASSES_LISTED = 10_000
"""Classes of a file up to which every one has its record, whether anything in the data is of it or not."""


@dataclass(frozen=True, slots=True, eq=False)
class RunFigures:
    """Everything computed about one run at one operating point.

    Attributes
    ----------
    facts : RunFacts
    evaluation : Evaluation
    summary : CocoSummary or RuleSummary
        By the rules of ``evaluation.params``.
    costs : ErrorCosts
    calibration : Calibration
    mf1_yoltv4 : float
    slices : tuple of SliceResult
        Those asked for, in order.
    variants : VariantFigures or None
        AP and AR over other IoU thresholds and limits; None if none was asked for.
    where : str or None
        The expression that chose the images; None if all of them count.
    """

    facts: RunFacts
    evaluation: Evaluation
    summary: CocoSummary | RuleSummary
    costs: ErrorCosts
    calibration: Calibration
    mf1_yoltv4: float
    slices: tuple[SliceResult, ...] = ()
    variants: VariantFigures | None = None
    where: str | None = None

    @property
    def images_in_words(self) -> str:
        """What the figures cover where that is not everything: *19 of 100 images: scene = 'night'*; else empty."""
        if self.where is None:
            return ""
        return f"{self.evaluation.totals.n_images:,} of {len(self.facts.dataset.images):,} images: {self.where}"

    @property
    def rules(self) -> RuleSettings:
        """What AP and AR go by."""
        return self.evaluation.params.rules


def figures_of(
    facts: RunFacts,
    params: EvaluationParams,
    images: BoolArray | None = None,
    *,
    binning: Binning = "equal width",
    n_bins: int = DEFAULT_BINS,
    variants: Variants | None = None,
) -> RunFigures:
    """Compute the figures of one run, without slices.

    Parameters
    ----------
    facts : RunFacts
    params : EvaluationParams
    images : ndarray of bool, shape (I,), optional
        Images that count; None means all.
    binning, n_bins
        Of the calibration, as `calibrate` takes them.
    variants : Variants, optional
        Further IoU thresholds and limits for AP and AR.

    Raises
    ------
    EvaluationError
        If the data lacks what the rules of ``params`` ask for.
    """
    # Two chains: the loops in them release Python's lock. Summary and evaluation take threads of their own.
    with ThreadPoolExecutor(1, thread_name_prefix="figures") as beside:
        summary = beside.submit(_summary_by_rules, facts, params, images)
        mf1 = beside.submit(mf1_yoltv4, facts, params, images=images)
        evaluation = evaluate(facts, params, images=images)
        costs = error_costs(facts, params, images=images, matches=evaluation.matches)
        calibration = calibrate(facts, params, images=images, matches=evaluation.matches, binning=binning, n_bins=n_bins)
    found = variant_figures(facts, params, variants, images) if variants else None
    return RunFigures(facts, evaluation, summary.result(), costs, calibration, mf1.result(), variants=found)


def _summary_by_rules(facts: RunFacts, params: EvaluationParams, images: BoolArray | None) -> CocoSummary | RuleSummary:
    """Return the figures over classes by the rules of ``params``."""
    if params.rules.is_coco:
        return summarize(facts, images=images)
    return facts.by_rules(params.rules).summarize(params.iou_threshold, images)


def evaluation_document(
    dataset: Dataset,
    reports: Sequence[ReadReport],
    runs: Sequence[RunFigures],
    params: EvaluationParams,
    seed: int = 0,
    engine: str = "local",
) -> dict[str, Any]:
    """Return the document of ``evaluate --json``, key by key as CLI.md lists them.

    Parameters
    ----------
    dataset : Dataset
    reports : sequence of ReadReport
        Of every file that was read.
    runs : sequence of RunFigures
    params : EvaluationParams
    seed : int
        Of what is drawn at random.
    engine : str
        Where predictions were compared with ground truth.
    """
    n_predictions = sum(len(run.facts.run.predictions) for run in runs)
    document = document_head(dataset, reports, n_predictions, params, seed, engine)
    document["settings"] |= {"where": runs[0].where if runs else None} | _variants_asked(runs)
    return document | {"runs": [run_document(run) for run in runs]}


def document_head(
    dataset: Dataset,
    reports: Sequence[ReadReport],
    n_predictions: int,
    params: EvaluationParams,
    seed: int = 0,
    engine: str = "local",
) -> dict[str, Any]:
    """Return what the document says before it speaks of runs; parameters as of `evaluation_document`."""
    is_listed_in_part = len(dataset.classes) > MOST_CLASSES_LISTED
    return {
        "version": DOCUMENT_VERSION,
        "settings": settings_of(params, seed) | {"engine": engine},
        "dataset": ({"classes_listed": "with ground truth or kept predictions"} if is_listed_in_part else {})
        | {
            "images": len(dataset.images),
            "classes": len(dataset.classes),
            "ground_truth": len(dataset.ground_truth),
            "predictions": n_predictions,
            "warnings": [
                {"code": group.code, "count": group.count, "first": group.examples[0] if group.examples else ""}
                for group in merge_groups(reports)
            ],
        },
        "read": [
            {
                "file": report.path.name,
                "format": report.format,
                "sha256": report.sha256,
                "records": report.records,
                "loaded": report.loaded,
                "dropped": report.dropped,
                "codes": report.codes,
            }
            for report in reports
        ],
    }


def _variants_asked(runs: Sequence[RunFigures]) -> dict[str, Any]:
    """Return the IoU thresholds and limits that were asked for beyond those of the rules, if any were."""
    variants = runs[0].variants.variants if runs and runs[0].variants is not None else None
    return {} if variants is None else {"ious": list(variants.ious), "limits": list(variants.limits)}


def settings_of(params: EvaluationParams, seed: int = 0) -> dict[str, Any]:
    """Return the settings that stand beside every figure.

    Notes
    -----
    ``matching`` and ``ap`` are those of AP and AR. ``counts_matching`` is that of the counts at the operating point and what
    follows from them, of error types, calibration and slices (their AP included): COCO's, whatever the rules.
    """
    rules = params.rules
    return {
        "engine": "local",
        "kernel": KERNEL,
        "task": params.task,
        "iou": params.iou_threshold,
        "score": params.score_threshold,
        "max_detections": params.max_detections,
        "matching": rules.matching,
        "ap": rules.ap,
        "background_iou": params.background_iou,
        "seed": seed,
        "rules": rules.rules.value,
        "voc_plus_one": rules.voc_plus_one,
        "ap_ious": [params.iou_threshold] if rules.has_one_iou else IOU_GRID.tolist(),
        "ap_max_detections": rules.limit(params.max_detections),
        "ap_max_detections_per": rules.limit_per,
        "counts_matching": "coco",
    }


def run_document(run: RunFigures) -> dict[str, Any]:
    """Return one entry of ``runs``."""
    totals, costs, calibration = run.evaluation.totals, run.costs, run.calibration
    point = ("tp", "fp", "fn", "precision", "recall", "f1", "mf1")
    summary = {**run.summary.figures, **{name: getattr(totals, name) for name in point}}
    summary |= {"mf1_yoltv4": run.mf1_yoltv4, "mean_iou": totals.mean_iou}
    summary |= {"best_f1": totals.best_f1, "best_score": totals.best_score, "ece": calibration.ece, "mce": calibration.mce}
    summary |= {"laece": calibration.laece, "ap_at_iou": totals.ap}
    if run.variants is not None:
        summary |= run.variants.figures
    errors = class_errors(costs.per_class, run.evaluation)
    errors_of_classes = [errors[row] for row in listed_classes(run.evaluation.per_class).tolist()]
    return {
        "name": run.facts.run.name,
        "images": totals.n_images,
        "summary": summary,
        "classes": [{**record, "errors": one} for record, one in zip(class_records(run), errors_of_classes, strict=True)],
        "errors": errors_document(costs.count, run.evaluation.count_at_score, costs.dap),
        "confusion": confusion_document(run.evaluation.confusion, run.facts.dataset.classes.name),
        "calibration": calibration_document(calibration),
        "slices": [slice_record(result) for result in run.slices],
        **_by_iou(run),
    }


def _by_iou(run: RunFigures) -> dict[str, Any]:
    """Return AP and AR at each IoU threshold that was asked for, if any was."""
    found = run.variants
    if found is None or not found.variants.ious:
        return {}
    rows = zip(found.variants.ious, found.ap, found.ar, strict=True)
    return {"ious": [{"iou": iou, "ap": ap, "ar": ar} for iou, ap, ar in rows]}


CLASS_KEYS = (
    "name",
    "gt",
    "predictions",
    "tp",
    "fp",
    "fn",
    "precision",
    "recall",
    "f1",
    "mean_iou",
    "ap",
    "ap50",
    "best_f1",
    "best_score",
    "ap_at_iou",
    "ece",
    "mce",
    "laece",
)
SHOWN_CLASS_KEYS = CLASS_KEYS[1 : CLASS_KEYS.index("ap_at_iou")]
"""Figures of a class that printed tables have room for: AP at the asked IoU and calibration are in JSON and CSV."""

_COLUMN_OF_KEY = {"gt": "n_gt", "predictions": "n_predictions", "ap_at_iou": "ap"}


def class_records(run: RunFigures) -> list[dict[str, Any]]:
    """Return one record per class in the order of their ids; of those that `listed_classes` names.

    Notes
    -----
    ``ap`` is what ``AP`` is the mean of, by the rules asked for: COCO's and LVIS's over ten IoU thresholds, VOC's and Open
    Images' at the one asked for. ``ap50`` is at .50 and ``ap_at_iou`` at the threshold asked for, which is what the window's
    class table shows while the slider moves. Rules other than COCO's add ``ap_gt``, ``ap_tp`` and ``ap_fp``: what they count at
    that threshold over all scores. ``--ious`` adds ``ap_ious``.
    """
    table, calibration = run.evaluation.per_class, run.calibration.per_class
    of_key: dict[str, AnyArray] = {
        "ap": run.summary.ap_per_class(),
        "ece": calibration.ece,
        "mce": calibration.mce,
        "laece": calibration.laece,
    }
    if isinstance(run.summary, RuleSummary):
        counted = run.summary.table
        of_key |= {"ap_gt": counted.n_gt, "ap_tp": counted.tp, "ap_fp": counted.fp}
    if run.variants is not None and run.variants.variants.ious:
        of_key["ap_ious"] = run.variants.ap_ious
    keys = class_keys(run)
    listed = listed_classes(table)
    columns = [
        (of_key[key] if key in of_key else getattr(table, _COLUMN_OF_KEY.get(key, key)))[listed].tolist() for key in keys[1:]
    ]
    names = run.facts.dataset.classes.name
    rows = zip([names[row] for row in listed.tolist()], *columns, strict=True)
    return [dict(zip(keys, row, strict=True)) for row in rows]


def listed_classes(table: ClassTable) -> LongArray:
    """Return the class rows that have a record: all of them, of more than `MOST_CLASSES_LISTED` those with something to say."""
    if len(table) <= MOST_CLASSES_LISTED:
        return np.arange(len(table))
    return np.flatnonzero((table.n_gt > 0) | (table.n_predictions > 0))


def class_keys(run: RunFigures) -> tuple[str, ...]:
    """Return the keys of `class_records`: `CLASS_KEYS`, then those that rules and asked thresholds add."""
    by_rules = ("ap_gt", "ap_tp", "ap_fp") if isinstance(run.summary, RuleSummary) else ()
    by_ious = ("ap_ious",) if run.variants is not None and run.variants.variants.ious else ()
    return (*CLASS_KEYS, *by_rules, *by_ious)


def with_rules(name: str, rules: RuleSettings) -> str:
    """Return the head of a column; AP and AP50 with the rules they go by, where these are not COCO's."""
    return name if rules.is_coco or name not in ("AP", "AP50") else f"{name} ({rules.text})"


def summary_names(run: RunFigures) -> tuple[str, ...]:
    """Return the figures over classes that the rules define, in the order they are shown in."""
    return tuple(name for name in run.rules.figure_names if name in run.summary.figures)


SLICE_KEYS = (
    "name", "kind", "images", "gt", "tp", "fp", "fn", "precision", "recall", "f1", "ap", "ap50", "mean_iou",
    "f1_low", "f1_high", "delta_f1", "q", "enough",
)  # fmt: skip


_MORE_SLICE_KEYS = ("expression", "predictions", "precision_low", "precision_high", "recall_low", "recall_high", "p")
_DIFFERENCE_KEYS = ("rest", "difference", "low", "high", "p", "q", "family")


def slice_record(result: SliceResult) -> dict[str, Any]:
    """Return one slice; ``errors`` is None where nobody can know them.

    Notes
    -----
    ``differences`` holds precision, recall and F1 against the rest: the figure there, the difference, its interval, p, q and
    how many slices q is over. ``sentence`` says what they come to.
    """
    from diag_gui.evaluation.slice_words import sentence_of

    found = result.errors
    errors = None if found is None else errors_document(found.count, found.count_at_score, found.dap)
    differences = {name: {key: getattr(one, key) for key in _DIFFERENCE_KEYS} for name, one in result.differences.items()}
    record = {key: getattr(result, key) for key in (*SLICE_KEYS, *_MORE_SLICE_KEYS)}
    return {**record, "errors": errors, "differences": differences, "sentence": sentence_of(result)}


def calibration_document(calibration: Calibration) -> dict[str, Any]:
    """Return the reliability curve of all classes together, with how it was gathered."""
    bins = calibration.bins
    columns = zip(bins.low, bins.high, bins.n, bins.mean_score, bins.precision, strict=True)
    return {
        "n": calibration.n,
        "tp_rule": calibration.tp_rule,
        "bins": [
            {"low": low, "high": high, "n": n, "mean_score": mean_score, "precision": precision}
            for low, high, n, mean_score, precision in columns
        ],
        "binning": calibration.binning.replace(" ", "-"),
        "n_bins": calibration.n_bins,
        "n_outside": calibration.n_outside,
    }


def json_text(document: Any, *, indent: int | None = 1) -> str:
    """Return ``document`` as JSON in ASCII; what is undefined (NaN, infinite) is null."""
    text = json.dumps(plain(document), allow_nan=False)
    # With an indent Python's encoder leaves its compiled half, and takes ten times as long.
    return text if indent is None else msgspec.json.format(text, indent=indent)


def plain(value: Any) -> Any:
    """Return ``value`` of Python's own types, with None for numbers that are not finite."""
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is int or kind is str or kind is bool or value is None:
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
