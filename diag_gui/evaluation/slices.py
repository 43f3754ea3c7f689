"""Figures of slices: where a detector is worse than elsewhere, and how sure that is.

An image slice adds up the counts of its images; an object slice is matched again with its outside ignored. Where
predictions lack a column of the expression (occluded), nobody can say which false positives belong to the slice: then
there are true positives, misses, recall and mean IoU only. See `slice_membership`, `slice_totals`,
`slice_packing`, `slice_average_precision`, and `intervals` for how each part is done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from diag_gui.data.arrays import FloatArray
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.intervals import percentile_interval
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_average_precision import average_precisions
from diag_gui.evaluation.slice_definitions import SliceDefinition, slices_from_column, slices_from_text
from diag_gui.evaluation.slice_differences import (
    COUNT_FIGURES,
    SliceDifference,
    difference_of,
    resampled_sums,
    shares,
    with_interval,
    with_q,
)
from diag_gui.evaluation.slice_errors import SliceErrors, slice_errors
from diag_gui.evaluation.slice_membership import Membership
from diag_gui.evaluation.slice_memory import SliceMemory
from diag_gui.evaluation.slice_totals import Sliced, SliceTotals, slice_columns, slice_totals

__all__ = ["SliceDefinition", "SliceResult", "evaluate_slices", "slice_table", "slices_from_column", "slices_from_text"]

ENOUGH_GROUND_TRUTH = 10
"""Ground truth below which a slice is shown grey, and is no member of the family that q is computed over."""

_NONE = math.nan


@dataclass(frozen=True, slots=True)
class SliceResult:
    """Figures of one slice at an operating point; NaN is undefined.

    Attributes
    ----------
    name, expression : str
    kind : str
        ``"image"`` or ``"object"``.
    images, gt, tp, fn : int
        Of an object slice the images with ground truth in it. Ignored ground truth is left out.
    fp : int or None
        None where predictions cannot be told inside from outside; precision, F1 and AP are undefined then.
    precision, recall, f1, mean_iou : float
        Over all classes together.
    ap, ap50 : float
        Mean over classes with ground truth in the slice, over IoU .50 to .95 and at .50; they ignore both thresholds.
        NaN also where not asked for.
    f1_low, f1_high, precision_low, precision_high, recall_low, recall_high : float
        95 % by bootstrap over images; NaN where not asked for.
    delta_f1 : float
        F1 minus that of the rest: all other images, or all other objects.
    p, q : float
        Whether the difference of F1 could be chance, alone and among all slices with enough support; NaN where not asked for.
    enough : bool
        Whether there is enough ground truth to say anything.
    errors : SliceErrors or None
        None where not asked for, and where predictions cannot be told inside from outside.
    differences : mapping of str to SliceDifference
        Precision, recall and F1 against the rest, by name; with intervals where asked for.
    """

    name: str
    expression: str
    kind: str
    images: int
    gt: int
    tp: int
    fp: int | None
    fn: int
    precision: float
    recall: float
    f1: float
    mean_iou: float
    delta_f1: float
    enough: bool
    ap: float = _NONE
    ap50: float = _NONE
    f1_low: float = _NONE
    f1_high: float = _NONE
    precision_low: float = _NONE
    precision_high: float = _NONE
    recall_low: float = _NONE
    recall_high: float = _NONE
    p: float = _NONE
    q: float = _NONE
    errors: SliceErrors | None = None
    differences: Mapping[str, SliceDifference] = field(default_factory=dict)

    @property
    def predictions(self) -> int | None:
        """Kept predictions that count inside: true and false positives; None where nobody can know."""
        return None if self.fp is None else self.tp + self.fp

    @property
    def headline(self) -> SliceDifference | None:
        """The difference that a slice is ranked and told by: that of F1, of recall where F1 cannot be known."""
        return self.differences.get("recall" if self.fp is None else "f1")


def evaluate_slices(
    facts: RunFacts,
    evaluation: Evaluation,
    definitions: Sequence[SliceDefinition],
    *,
    tags: TagColumns | None = None,
    intervals: int = 0,
    seed: int = 0,
    with_ap: bool = True,
    with_errors: bool = False,
    enough: int = ENOUGH_GROUND_TRUTH,
    memory: SliceMemory | None = None,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[SliceResult, ...]:
    """Compute the figures of slices.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images hold for all slices.
    definitions : sequence of SliceDefinition
    tags : TagColumns, optional
    intervals : int
        Resamples of images for intervals, p and q; 0 leaves them undefined.
    seed : int
    with_ap : bool
        Whether to compute AP and AP50, which take longer than the counts.
    with_errors : bool
        Whether to compute the error types and their costs.
    enough : int
        Least ground truth.
    memory : SliceMemory, optional
        Of the same facts and tags: what earlier calls found out is not found out again.
    workers : int, optional
        Threads of AP; by default one per core.
    progress : callable, optional
        Told the share done, 0..1, of AP and then of the intervals.
    cancelled : callable, optional
        Asked between parts.

    Returns
    -------
    tuple of SliceResult
        In the order of ``definitions``.

    Raises
    ------
    ExpressionError
        If an expression does not parse, names what is not there, or is no property to slice by.
    """
    catalog = ColumnCatalog(facts, tags=tags)
    memory = memory or SliceMemory(facts, tags)
    texts = tuple(one.expression for one in definitions)
    sliced = Sliced(texts, tuple(memory.inside(text, catalog) for text in texts), memory.packed(texts))
    totals = slice_totals(facts, evaluation, sliced, cancelled)
    results = [_result(one, sliced.insides[place], totals, place, enough) for place, one in enumerate(definitions)]
    if with_ap:
        precisions = average_precisions(
            facts,
            sliced.insides,
            images=evaluation.images,
            workers=workers,
            progress=progress,
            cancelled=cancelled,
        )
        results = [replace(result, ap=ap, ap50=ap50) for result, (ap, ap50) in zip(results, precisions, strict=True)]
    if with_errors:
        errors = [slice_errors(facts, evaluation, one, cancelled=cancelled) for one in sliced.insides]
        results = [replace(result, errors=found) for result, found in zip(results, errors, strict=True)]
    if intervals > 0 and results:
        columns = slice_columns(facts, evaluation, sliced, cancelled)
        results = _with_intervals(results, columns, evaluation, intervals, seed, progress, cancelled)
    return tuple(results)


def slice_table(
    facts: RunFacts,
    evaluation: Evaluation,
    column: str,
    *,
    tags: TagColumns | None = None,
    most_values: int = 50,
) -> tuple[SliceResult, ...]:
    """Compute the values of one column by F1, without AP and intervals: quick enough to follow a slider.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
    column : str
        Name as in the file, or as an expression writes it; the file's own column wins over a built-in here.
    tags : TagColumns, optional
    most_values : int
        Of a category with more values the others share a slice.

    Raises
    ------
    ExpressionError
        If there is no such column.
    """
    catalog = ColumnCatalog(facts, tags=tags)
    own = column in facts.dataset.image_attributes
    name = catalog.own_name(column) if own else column
    definitions = slices_from_column(name, catalog, most_values=most_values)
    return evaluate_slices(facts, evaluation, definitions, tags=tags, with_ap=False)


def _result(definition: SliceDefinition, held: Membership, totals: SliceTotals, place: int, enough: int) -> SliceResult:
    inside, outside = shares(totals.counts[place]).tolist()
    tp, fp, n_gt = totals.counts[place, 0].tolist()
    differences = {
        figure: difference_of(figure, value, rest) for figure, value, rest in zip(COUNT_FIGURES, inside, outside, strict=True)
    }
    return SliceResult(
        name=definition.name,
        expression=definition.expression,
        kind="object" if held.images is None else "image",
        images=int(totals.n_images[place]),
        gt=int(n_gt),
        tp=int(tp),
        fp=None if math.isnan(fp) else int(fp),
        fn=int(n_gt - tp),
        precision=inside[0],
        recall=inside[1],
        f1=inside[2],
        mean_iou=float(totals.iou_sum[place]) / tp if tp else math.nan,
        delta_f1=differences["f1"].difference,
        enough=n_gt >= enough,
        differences=differences,
    )


def _with_intervals(
    results: list[SliceResult],
    columns: FloatArray,
    evaluation: Evaluation,
    n_resamples: int,
    seed: int,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> list[SliceResult]:
    """Add intervals, p and q: every slice and its rest from the same resamples of the asked images."""
    n = len(results)
    of_rows = columns.reshape(6 * n, -1)
    sums = resampled_sums(of_rows, evaluation.images, n_resamples=n_resamples, seed=seed, progress=progress, cancelled=cancelled)
    figures = shares(sums.reshape(n_resamples, n, 2, 3))
    deltas = figures[:, :, 0] - figures[:, :, 1]
    enough = [result.enough for result in results]
    by_figure = {
        figure: with_q(
            [with_interval(result.differences[figure], deltas[:, row, place]) for row, result in enumerate(results)], enough
        )
        for place, figure in enumerate(COUNT_FIGURES)
    }
    return [
        _sure(result, figures[:, row, 0], {figure: found[row] for figure, found in by_figure.items()})
        for row, result in enumerate(results)
    ]


def _sure(result: SliceResult, inside: FloatArray, differences: dict[str, SliceDifference]) -> SliceResult:
    """Return a slice with the intervals of its own figures, float64 (N, 3), and of its differences."""
    low, high = (edge.tolist() for edge in percentile_interval(inside))
    return replace(
        result,
        precision_low=low[0],
        precision_high=high[0],
        recall_low=low[1],
        recall_high=high[1],
        f1_low=low[2],
        f1_high=high[2],
        p=differences["f1"].p,
        q=differences["f1"].q,
        differences=differences,
    )
