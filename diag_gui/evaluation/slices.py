"""Figures of slices: where a detector is worse than elsewhere, and how sure that is.

An image slice adds up the counts of its images; an object slice is matched again with its outside ignored. Where
predictions lack a column of the expression (occluded), nobody can say which false positives belong to the slice: then
there are true positives, misses, recall and mean IoU only. See `slice_membership`, `slice_counts`,
`slice_average_precision`, and `intervals` for how each part is done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.data.expression import parse
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.intervals import benjamini_hochberg, image_resamples, percentile_interval, two_sided_p
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_average_precision import average_precisions
from diag_gui.evaluation.slice_counts import ImageCounts, counts_of_images, counts_of_objects
from diag_gui.evaluation.slice_definitions import SliceDefinition, slices_from_column, slices_from_text
from diag_gui.evaluation.slice_errors import SliceErrors, slice_errors
from diag_gui.evaluation.slice_membership import Membership, inside_images, membership

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
        Whether the difference could be chance, alone and among all slices with enough support; NaN where not asked for.
    enough : bool
        Whether there is enough ground truth to say anything.
    errors : SliceErrors or None
        None where not asked for, and where predictions cannot be told inside from outside.
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


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """A slice, what is in it, and the counts inside and of the rest."""

    definition: SliceDefinition
    inside: Membership
    counts: ImageCounts
    rest: ImageCounts


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
    workers, progress, cancelled
        As in `diag_gui.evaluation.chunks.map_chunks`; they serve AP.

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
    of_images = counts_of_images(facts, evaluation)
    counted = [_count(facts, evaluation, catalog, one, of_images) for one in definitions]
    results = [_result(one, evaluation, enough) for one in counted]
    if with_ap:
        precisions = average_precisions(
            facts,
            [one.inside for one in counted],
            images=evaluation.images,
            workers=workers,
            progress=progress,
            cancelled=cancelled,
        )
        results = [replace(result, ap=ap, ap50=ap50) for result, (ap, ap50) in zip(results, precisions, strict=True)]
    if with_errors:
        errors = [slice_errors(facts, evaluation, one.inside, cancelled=cancelled) for one in counted]
        results = [replace(result, errors=found) for result, found in zip(results, errors, strict=True)]
    if intervals > 0:
        results = _with_intervals(results, counted, evaluation, intervals, seed)
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


def _count(
    facts: RunFacts, evaluation: Evaluation, catalog: ColumnCatalog, definition: SliceDefinition, of_images: ImageCounts
) -> _Counted:
    inside = membership(parse(definition.expression), catalog)
    if inside.images is not None:
        return _Counted(definition, inside, of_images.on(inside.images), of_images.on(~inside.images))
    rest = Membership(None, None if inside.gt is None else ~inside.gt, None if inside.pred is None else ~inside.pred)
    return _Counted(definition, inside, counts_of_objects(facts, evaluation, inside), counts_of_objects(facts, evaluation, rest))


def _result(one: _Counted, evaluation: Evaluation, enough: int) -> SliceResult:
    counts = one.counts
    if one.inside.images is not None:
        n_images = int(np.count_nonzero(one.inside.images & inside_images(evaluation.images, len(counts.n_gt))))
    else:
        n_images = int(np.count_nonzero(counts.n_gt))
    n_gt, tp, fp = int(counts.n_gt.sum()), int(counts.tp.sum()), int(counts.fp.sum())
    precision, recall, f1 = _figures(_sums(counts)).tolist()
    rest_f1 = float(_figures(_sums(one.rest))[2])
    return SliceResult(
        name=one.definition.name,
        expression=one.definition.expression,
        kind="object" if one.inside.images is None else "image",
        images=n_images,
        gt=n_gt,
        tp=tp,
        fp=fp if counts.fp_is_known else None,
        fn=n_gt - tp,
        precision=precision,
        recall=recall,
        f1=f1,
        mean_iou=float(counts.iou_sum.sum()) / tp if tp else math.nan,
        delta_f1=f1 - rest_f1,
        enough=n_gt >= enough,
    )


def _with_intervals(
    results: list[SliceResult], counted: Sequence[_Counted], evaluation: Evaluation, n_resamples: int, seed: int
) -> list[SliceResult]:
    """Add intervals, p and q: every slice and its rest from the same resamples of the asked images."""
    if not counted:
        return results
    n_images = len(counted[0].counts.n_gt)
    asked = np.flatnonzero(inside_images(evaluation.images, n_images))
    columns = np.concatenate([_columns(part)[:, asked] for one in counted for part in (one.counts, one.rest)])
    sums = np.concatenate([weights @ columns.T for weights in image_resamples(len(asked), n_resamples, seed)])
    resampled = sums.reshape(n_resamples, len(counted), 2, 3)
    known = np.array([[one.counts.fp_is_known, one.rest.fp_is_known] for one in counted])
    figures = _figures(np.where(known[:, :, np.newaxis] | (np.arange(3) != 1), resampled, np.nan))
    low, high = percentile_interval(figures[:, :, 0])
    deltas = figures[:, :, 0, 2] - figures[:, :, 1, 2]
    p = np.array([two_sided_p(result.delta_f1, deltas[:, place]) for place, result in enumerate(results)])
    q = benjamini_hochberg(np.where([result.enough for result in results], p, np.nan))
    return [
        replace(
            result,
            precision_low=float(low[place, 0]),
            precision_high=float(high[place, 0]),
            recall_low=float(low[place, 1]),
            recall_high=float(high[place, 1]),
            f1_low=float(low[place, 2]),
            f1_high=float(high[place, 2]),
            p=float(p[place]),
            q=float(q[place]),
        )
        for place, result in enumerate(results)
    ]


def _columns(counts: ImageCounts) -> FloatArray:
    """Return true positives, false positives and ground truth per image: float64, shape (3, I)."""
    return np.array([counts.tp, counts.fp, counts.n_gt], np.float64)


def _sums(counts: ImageCounts) -> FloatArray:
    """Return the totals of `_columns`, with NaN for false positives that nobody can know."""
    return np.array([counts.tp.sum(), counts.fp.sum() if counts.fp_is_known else math.nan, counts.n_gt.sum()], np.float64)


def _figures(sums: FloatArray) -> FloatArray:
    """Return precision, recall and F1 of true positives, false positives and ground truth along the last axis."""
    tp, fp, n_gt = sums[..., 0], sums[..., 1], sums[..., 2]
    numerators = np.stack([tp, tp, 2 * tp], axis=-1)
    denominators = np.stack([tp + fp, n_gt, tp + fp + n_gt], axis=-1)
    figures = np.full(numerators.shape, np.nan)
    np.divide(numerators, denominators, out=figures, where=denominators > 0)
    return figures
