"""One figure of every class in every slice: what the heat map slice by class shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray, LongArray, frozen
from diag_gui.data.expression import parse
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.error_costs import COST_NAMES
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.outcomes import ERROR_NAMES
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_average_precision import class_average_precisions
from diag_gui.evaluation.slice_counts import CountedRows, ImageCounts, rows_of_images, rows_of_objects
from diag_gui.evaluation.slice_definitions import SliceDefinition
from diag_gui.evaluation.slice_differences import count_columns, shares
from diag_gui.evaluation.slice_errors import class_errors_inside
from diag_gui.evaluation.slice_membership import Membership, membership
from diag_gui.exceptions import EvaluationError

COUNTS = ("gt", "tp", "fp", "fn")
SHARES = ("precision", "recall", "f1")
PRECISIONS = ("ap", "ap50")
ERRORS = tuple(f"errors.{name}" for name in ERROR_NAMES.values())
COSTS = tuple(f"dap.{name}" for name in COST_NAMES)
CLASS_FIGURES = (*SHARES, "mean_iou", *PRECISIONS, *COUNTS, *ERRORS, *COSTS)
"""Every figure `slices_by_class` knows: ``errors.X`` counts rows at the score threshold, ``dap.X`` is what X costs."""

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class SliceClasses:
    """One figure of S slices and K classes.

    Attributes
    ----------
    figure : str
        One of `CLASS_FIGURES`.
    names : tuple of str
        Of the slices, in the order asked for.
    class_rows : ndarray of int32, shape (K,)
        Classes with ground truth that counts on the asked images.
    values : ndarray of float64, shape (S, K)
        NaN is undefined: a class without ground truth in the slice, or where predictions cannot be told inside from outside.
    n_gt : ndarray of int64, shape (S, K)
        Ground truth of the class in the slice: how much a cell stands on.
    whole : ndarray of float64, shape (K,)
        The figure of each class over all asked images.
    """

    figure: str
    names: tuple[str, ...]
    class_rows: IntArray
    values: FloatArray
    n_gt: LongArray
    whole: FloatArray

    def __post_init__(self) -> None:
        n_slices, n_classes = len(self.names), len(self.class_rows)
        object.__setattr__(self, "values", frozen(self.values, np.float64, (n_slices, n_classes), "values"))
        object.__setattr__(self, "n_gt", frozen(self.n_gt, np.int64, (n_slices, n_classes), "n_gt"))
        object.__setattr__(self, "whole", frozen(self.whole, np.float64, (n_classes,), "whole"))


def slices_by_class(
    facts: RunFacts,
    evaluation: Evaluation,
    definitions: Sequence[SliceDefinition],
    figure: str = "f1",
    *,
    tags: TagColumns | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> SliceClasses:
    """Compute one figure of every class in every slice.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images hold.
    definitions : sequence of SliceDefinition
    figure : str
        One of `CLASS_FIGURES`. Counts, shares and mean IoU are at the operating point and quick; AP and dAP ignore the score
        threshold and are a job.
    tags : TagColumns, optional
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked between slices.

    Returns
    -------
    SliceClasses

    Raises
    ------
    EvaluationError
        If there is no such figure.
    ExpressionError
        As `evaluate_slices`.
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    The rules are those of `evaluate_slices`, per class instead of over all: F1 of a class with ground truth and no prediction
    is 0, one without ground truth has none of recall, F1 and AP. A false positive stands under its own class, an error under
    the class that lists name.
    """
    if figure not in CLASS_FIGURES:
        raise EvaluationError("figure", f"{figure!r} is none of {', '.join(CLASS_FIGURES)}")
    catalog = ColumnCatalog(facts, tags=tags)
    insides = [membership(parse(one.expression), catalog) for one in definitions]
    everything = Membership(np.ones(len(facts.dataset.images), np.bool_))
    wanted = [everything, *insides]
    on_images = rows_of_images(facts, evaluation)
    rows = [_checked_rows(facts, evaluation, one, on_images, cancelled) for one in wanted]
    counts = [one.per_class(facts) for one in rows]
    class_rows = np.flatnonzero(counts[0].n_gt).astype(np.int32)
    if figure in PRECISIONS:
        found = class_average_precisions(facts, wanted, images=evaluation.images, progress=progress, cancelled=cancelled)
        values = np.array([of_classes[PRECISIONS.index(figure)] for of_classes in found])
    elif figure in ERRORS or figure in COSTS:
        values = _error_values(facts, evaluation, wanted, figure, progress, cancelled)
    else:
        values = np.array([_of_counts(one, figure) for one in counts])
    values = values[:, class_rows]
    n_gt = np.array([one.n_gt[class_rows] for one in counts])
    return SliceClasses(figure, tuple(one.name for one in definitions), class_rows, values[1:], n_gt[1:], values[0])


def _checked_rows(
    facts: RunFacts, evaluation: Evaluation, inside: Membership, on_images: CountedRows, cancelled: Cancelled | None
) -> CountedRows:
    if cancelled is not None and cancelled():
        raise CancelledError
    return on_images.on(facts, inside.images) if inside.images is not None else rows_of_objects(facts, evaluation, inside)


def _of_counts(counts: ImageCounts, figure: str) -> FloatArray:
    """Return a figure of the counts of each class, float64 (C,)."""
    columns = count_columns(counts).T
    tp, fp, n_gt = columns.T
    if figure in COUNTS:
        found: FloatArray = {"gt": n_gt, "tp": tp, "fp": fp, "fn": n_gt - tp}[figure]
        return found
    if figure == "mean_iou":
        means = np.full(len(tp), np.nan)
        np.divide(counts.iou_sum, tp, out=means, where=tp > 0)
        return means
    values: FloatArray = shares(columns)[:, SHARES.index(figure)]
    return np.where(n_gt > 0, values, np.nan) if figure == "f1" else values


def _error_values(
    facts: RunFacts,
    evaluation: Evaluation,
    wanted: Sequence[Membership],
    figure: str,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> FloatArray:
    values = np.full((len(wanted), len(facts.dataset.classes)), np.nan)
    what, name = figure.split(".")
    for place, one in enumerate(wanted):
        found = class_errors_inside(facts, evaluation, one, with_costs=what == "dap", cancelled=cancelled)
        if found is not None:
            values[place] = found.count_at_score[name] if found.costs is None else found.costs.dap(name)
        if progress is not None:
            progress((place + 1) / len(wanted))
    return values
