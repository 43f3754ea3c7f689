"""A figure against a column of numbers or dates as a smooth curve with a band: accuracy against brightness, recall against area.

The smoother is a ratio of weighted counts: at a point x every image (of a column of objects: every object) weighs
``(1 - |d|^3)^3``, d being its distance from x in rank, as a share of all rows, over half the window; beyond d = 1 it weighs
nothing. So the window spans the same share of the rows everywhere, wide where they are sparse; at the ends it is cut, not
moved. The band is the bootstrap over images of the same ratio, point by point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, LongArray, frozen
from diag_gui.data.attributes import Column, ColumnKind, Level
from diag_gui.data.expression import ManyValued, Name, name_text, parse
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.intervals import percentile_interval
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_counts import CountedRows, rows_of_images
from diag_gui.evaluation.slice_differences import resampled_sums
from diag_gui.evaluation.slice_membership import inside_images, membership
from diag_gui.exceptions import EvaluationError, ExpressionError

CURVE_FIGURES = ("f1", "precision", "recall", "mean_iou")
DEFAULT_WINDOW = 0.2
N_POINTS = 61
N_BARS = 40

_TP, _FP, _GT, _IOU = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class FigureAlong:
    """One figure against one column.

    Attributes
    ----------
    column, figure : str
        The column as an expression writes it.
    is_of_images : bool
        Whether rows are images; otherwise they are ground truth, and false positives stand at their own value.
    x : ndarray of float64, shape (M,)
        Ascending values of the column, at equal distances in rank.
    value, low, high : ndarray of float64, shape (M,)
        The figure and its 95 % band, point by point; NaN where undefined, the band also where no resamples were asked for.
    support : ndarray of int64, shape (M,)
        Rows within the window of each point.
    bar_edges : ndarray of float64, shape (B + 1,)
    bar_counts : ndarray of int64, shape (B,)
        Rows along the axis: each bar holds its left edge, the last one also its right.
    n_rows, n_missing : int
        Rows with a value, and without: those are in no point.
    window : float
        Share of the rows that the window spans.
    n_resamples, seed : int
    is_of_dates : bool
        Whether values of the column are moments: seconds since the beginning of 1970, UTC.
    """

    column: str
    figure: str
    is_of_images: bool
    x: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    support: LongArray
    bar_edges: FloatArray
    bar_counts: LongArray
    n_rows: int
    n_missing: int
    window: float
    n_resamples: int
    seed: int
    is_of_dates: bool = False

    def __post_init__(self) -> None:
        n = len(self.x)
        for name in ("x", "value", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, (n,), name))
        object.__setattr__(self, "support", frozen(self.support, np.int64, (n,), "support"))
        object.__setattr__(self, "bar_edges", frozen(self.bar_edges, np.float64, (-1,), "bar_edges"))
        object.__setattr__(self, "bar_counts", frozen(self.bar_counts, np.int64, (-1,), "bar_counts"))

    @property
    def smoother(self) -> str:
        """The smoother and its window in words, for a caption."""
        rows = "images" if self.is_of_images else "objects"
        band = f"; band: 95 %, {self.n_resamples:,} resamples of images, point by point" if self.n_resamples else ""
        return f"tricube weights over the nearest {self.window:.0%} of the {rows} by rank{band}"


def figure_along(
    facts: RunFacts,
    evaluation: Evaluation,
    column: str,
    figure: str = "f1",
    *,
    window: float = DEFAULT_WINDOW,
    n_points: int = N_POINTS,
    intervals: int = DEFAULT_RESAMPLES,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FigureAlong:
    """Compute a figure against a column of numbers or dates.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images hold.
    column : str
        As an expression writes it: of images, or of ground truth (``area``).
    figure : str
        One of `CURVE_FIGURES`, at the operating point, over all classes together.
    window : float
        Share of the rows that the window spans, in (0, 2]; 2 is everything from any point.
    n_points : int
        At most so many points, at least 2.
    intervals, seed : int
        Resamples of images for the band; 0 leaves it undefined.
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked between blocks of resamples.

    Returns
    -------
    FigureAlong
        Without points where no row has a value.

    Raises
    ------
    EvaluationError
        If the column is no number, or a setting is out of range.
    ExpressionError
        If there is no such column, or it is no property to slice by.
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    Along a column of objects nothing is matched again: a ground truth found or missed stands at its own value, a false
    positive at its own; where predictions lack the column precision and F1 are undefined. A slice of a range rematches with
    its outside ignored, so its figure may differ a little from the curve.
    """
    _check(figure, window, n_points, intervals)
    catalog = ColumnCatalog(facts)
    numbers = _Numbers.of(column, catalog)
    counted = rows_of_images(facts, evaluation)
    asked = inside_images(evaluation.images, len(facts.dataset.images))
    values = numbers.of_rows[asked if numbers.is_of_images else counted.gt]
    given = np.sort(values[np.isfinite(values)])
    x = np.unique(np.quantile(given, np.linspace(0, 1, n_points), method="inverted_cdf")) if len(given) else given
    centres = _rank_of(x, given)
    own_rank = _rank_of(given, given)
    support = np.array([np.count_nonzero(_weights(own_rank, centre, window)) for centre in centres], np.int64)
    columns = _columns(facts, evaluation, counted, numbers, given, centres, window)
    value = _ratio(columns.sum(axis=2), figure)
    low = high = np.full(len(x), np.nan)
    if intervals and len(x):
        sums = resampled_sums(
            columns.reshape(-1, columns.shape[2]),
            evaluation.images,
            n_resamples=intervals,
            seed=seed,
            progress=progress,
            cancelled=cancelled,
        )
        low, high = percentile_interval(_ratio(sums.reshape(intervals, len(x), 4), figure))
    edges = np.linspace(given[0], given[-1], N_BARS + 1) if len(given) else np.zeros(1)
    if len(given) and given[0] == given[-1]:
        edges = given[[0, -1]]
    return FigureAlong(
        column=numbers.written,
        figure=figure,
        is_of_images=numbers.is_of_images,
        x=x,
        value=value,
        low=low,
        high=high,
        support=support,
        bar_edges=edges,
        bar_counts=np.histogram(given, edges)[0] if len(edges) > 1 else np.zeros(0, np.int64),
        n_rows=len(given),
        n_missing=len(values) - len(given),
        window=window,
        n_resamples=intervals,
        seed=seed,
        is_of_dates=numbers.is_of_dates,
    )


def _check(figure: str, window: float, n_points: int, intervals: int) -> None:
    if figure not in CURVE_FIGURES:
        raise EvaluationError("figure", f"{figure!r} is none of {', '.join(CURVE_FIGURES)}")
    if not 0 < window <= 2:
        raise EvaluationError("window", f"{window} is not in (0, 2]")
    if n_points < 2:
        raise EvaluationError("n_points", f"{n_points} is less than 2")
    if intervals < 0:
        raise EvaluationError("intervals", f"{intervals} is less than 0")


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """A column of numbers of images, or of ground truth and, where they have it, of predictions; NaN where not given."""

    written: str
    is_of_images: bool
    of_rows: FloatArray
    of_pred: FloatArray | None
    is_of_dates: bool

    @classmethod
    def of(cls, column: str, catalog: ColumnCatalog) -> _Numbers:
        """Return the column that ``column`` names.

        Raises
        ------
        EvaluationError, ExpressionError
            As `figure_along`.
        """
        name = _name_of(column, catalog)
        written = name_text(name.segments)
        # Refuses what is no property of an image or an object.
        membership(parse(f"{written} IS NULL"), catalog)
        resolved = catalog.resolve(name)
        if catalog.is_of_images(f"{written} IS NULL"):
            of_images = catalog.image_column(resolved)
            return cls(written, True, _numbers(of_images, written), None, _are_dates(of_images))
        has_pred = catalog.has(Level.PRED, resolved)
        of_pred = _numbers(catalog.column_of(Level.PRED, resolved), written) if has_pred else None
        of_gt = catalog.column_of(Level.GT, resolved)
        return cls(written, False, _numbers(of_gt, written), of_pred, _are_dates(of_gt))


def _name_of(column: str, catalog: ColumnCatalog) -> Name:
    """Return a column by its own name, or as an expression writes it."""
    whole = Name((column,))
    try:
        catalog.resolve(whole)
    except ExpressionError as error:
        if error.suggestions or "." not in column:
            raise
        return parse(f"{column} IS NULL").names[0]
    return whole


def _numbers(column: Column | ManyValued, written: str) -> FloatArray:
    if isinstance(column, ManyValued) or column.kind not in (ColumnKind.NUMBER, ColumnKind.DATETIME):
        raise EvaluationError("column", f"{written} holds no numbers, so there is no axis to draw along")
    if column.kind is ColumnKind.DATETIME:
        seconds = column.values.astype("datetime64[us]").astype(np.int64) / 1e6
        return np.where(column.missing, np.nan, seconds)
    return np.where(column.missing, np.nan, column.values)


def _are_dates(column: Column | ManyValued) -> bool:
    return isinstance(column, Column) and column.kind is ColumnKind.DATETIME


def _rank_of(values: AnyArray, given: FloatArray) -> FloatArray:
    """Return where values stand among the sorted ``given``, 0..1; ties in the middle of theirs."""
    left, right = np.searchsorted(given, values, "left"), np.searchsorted(given, values, "right")
    ranks: FloatArray = (left + right) / (2 * max(len(given), 1))
    return ranks


def _weights(rank: FloatArray, centre: float, window: float) -> FloatArray:
    distance = np.minimum(np.abs(rank - centre) / (window / 2), 1.0)
    weights: FloatArray = (1 - distance**3) ** 3
    return weights


def _columns(
    facts: RunFacts,
    evaluation: Evaluation,
    counted: CountedRows,
    numbers: _Numbers,
    given: FloatArray,
    centres: FloatArray,
    window: float,
) -> FloatArray:
    """Return weighted counts per point, kind (true, false positives, ground truth, IoU) and image: float64 (M, 4, I)."""
    n_images = len(facts.dataset.images)
    if numbers.is_of_images:
        counts = counted.per_image(facts)
        kinds = np.array([counts.tp, counts.fp, counts.n_gt, counts.iou_sum], np.float64)
        is_given = np.isfinite(numbers.of_rows)
        rank = _rank_of(numbers.of_rows, given)
        weights = np.array([_weights(rank, centre, window) * is_given for centre in centres]).reshape(len(centres), n_images)
        return weights[:, np.newaxis, :] * kinds
    columns = np.full((len(centres), 4, n_images), np.nan)
    for kind, one in _points_of_objects(facts, evaluation, counted, numbers, given).items():
        for place, centre in enumerate(centres):
            first, last = np.searchsorted(one.rank, [centre - window / 2, centre + window / 2])
            weights = _weights(one.rank[first:last], centre, window) * one.amount[first:last]
            columns[place, kind] = np.bincount(one.image_row[first:last], weights=weights, minlength=n_images)
    return columns


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Objects by ascending rank of their value: where each stands, its image, and how much it counts."""

    rank: FloatArray
    image_row: AnyArray
    amount: FloatArray

    @classmethod
    def of(cls, value: FloatArray, given: FloatArray, image_row: AnyArray, amount: FloatArray | None = None) -> _Points:
        """Return the objects whose value is given."""
        rows = np.flatnonzero(np.isfinite(value))
        rank = _rank_of(value[rows], given)
        order = np.argsort(rank, kind="stable")
        return cls(rank[order], image_row[rows][order], np.ones(len(rows)) if amount is None else amount[rows][order])


def _points_of_objects(
    facts: RunFacts, evaluation: Evaluation, counted: CountedRows, numbers: _Numbers, given: FloatArray
) -> dict[int, _Points]:
    """Return the objects of each kind; false positives are left out where predictions lack the column."""
    gt, predictions = facts.dataset.ground_truth, facts.run.predictions
    true, false = counted.true_rows, counted.false_rows
    of_true, image_of_true = numbers.of_rows[evaluation.matches.gt_row_of_pred[true]], predictions.image_row[true]
    points = {
        _TP: _Points.of(of_true, given, image_of_true),
        _GT: _Points.of(numbers.of_rows[counted.gt], given, gt.image_row[counted.gt]),
        _IOU: _Points.of(of_true, given, image_of_true, counted.iou_of_pred[true]),
    }
    if numbers.of_pred is not None:
        points[_FP] = _Points.of(numbers.of_pred[false], given, predictions.image_row[false])
    return points


def _ratio(sums: FloatArray, figure: str) -> FloatArray:
    """Return a figure of true positives, false positives, ground truth and IoU along the last axis."""
    tp, fp, n_gt, iou = (sums[..., kind] for kind in (_TP, _FP, _GT, _IOU))
    numerator, denominator = {
        "precision": (tp, tp + fp),
        "recall": (tp, n_gt),
        "f1": (2 * tp, tp + fp + n_gt),
        "mean_iou": (iou, tp),
    }[figure]
    # Weights are no whole numbers: what is left of cancelled sums is no support.
    ratios = np.full(tp.shape, np.nan)
    np.divide(numerator, denominator, out=ratios, where=denominator > 1e-9)
    return ratios
