"""One value that says which outcome rows are shown, and in which order; list, counts and export read the same selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, IntArray, frozen
from diag_gui.data.dataset import Dataset
from diag_gui.data.expression import Expression, parse
from diag_gui.evaluation.builtin_columns import FATE_COLUMNS, TagColumns
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.decision_rows import tagged_rows
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.label_error_columns import LABEL_SIGNS, sign_values
from diag_gui.evaluation.outcome_objects import outcome_class_row, outcome_pred_row
from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind, Outcomes
from diag_gui.evaluation.row_order import merged_by_image, stable_order
from diag_gui.evaluation.row_orders import IMAGE, LASTING, RowOrders
from diag_gui.exceptions import ExpressionError

_FATE_NAMES = {segments for name in FATE_COLUMNS for segments in ((name,), ("failure", name))}


class SortKey(StrEnum):
    """What the rows are ordered by. On equal keys by image, then predictions before ground truth, then file order."""

    LABEL_ERROR = "label_error"
    SCORE = "score"
    IOU = "iou"
    IMAGE = "image"
    CLASS = "class"
    ERROR = "error"
    CLASS_MISTAKENNESS = "class_mistakenness"
    LOCATION_MISTAKENNESS = "location_mistakenness"
    RUNS_AGAINST_LABEL = "runs_against_label"
    OBJECTLAB_OVERLOOKED = "objectlab_overlooked"
    OBJECTLAB_BADLY_LOCATED = "objectlab_badly_located"
    OBJECTLAB_SWAPPED = "objectlab_swapped"
    OBJECTLAB_QUALITY = "objectlab_quality"


@dataclass(frozen=True, slots=True)
class ChipKey:
    """One restriction of a query: the field it stands in and, where that holds several, which of them."""

    field: str
    value: int | str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; every filter, chip, cell and search is a field of this one value.

    Attributes
    ----------
    kinds : frozenset of OutcomeKind
        Error kinds; empty means every one.
    class_rows : frozenset of int
        Rows whose label or prediction is of one of these classes; empty means any.
    confusion_cell : tuple of int or None
        (ground truth class row, predicted class row), the background is C. Lists what stands in the cell, right or wrong.
    expressions : tuple of str
        In the filter language; all must hold.
    image_rows : frozenset of int or None
        Rows on these images; None means any.
    text : str
        Part of a file name or class name, upper and lower case alike; empty means any.
    review : str
        ``"any"``, or rows that are ``"tagged"`` or ``"untagged"``, as `decision_rows` says.
    show : str
        ``"failures"``, or ``"all"`` with the true positives.
    sort : SortKey
    descending : bool
        Rows with an undefined key come last either way.
    """

    kinds: frozenset[OutcomeKind] = frozenset()
    class_rows: frozenset[int] = frozenset()
    confusion_cell: tuple[int, int] | None = None
    expressions: tuple[str, ...] = ()
    image_rows: frozenset[int] | None = None
    text: str = ""
    review: str = "any"
    show: str = "failures"
    sort: SortKey = SortKey.LABEL_ERROR
    descending: bool = True

    def __post_init__(self) -> None:
        if self.review not in ("any", "tagged", "untagged"):
            raise ValueError(f"review is {self.review!r}")
        if self.show not in ("failures", "all"):
            raise ValueError(f"show is {self.show!r}")

    @property
    def asks_for_decisions(self) -> bool:
        """Whether the rows depend on tags."""
        if self.review != "any":
            return True
        named = [name for text in self.expressions if (parsed := _parsed(text)) for name in parsed.names]
        return any(name.segments[-1] == "tag" for name in named)

    @property
    def asks_for_fates(self) -> bool:
        """Whether the rows depend on what became of objects in other runs."""
        return any(names_fates(text) for text in self.expressions)

    def without_fates(self) -> Query:
        """Return the query without the restrictions that only another run can answer."""
        return replace(self, expressions=tuple(text for text in self.expressions if not names_fates(text)))

    def toggled_class(self, class_row: int) -> Query:
        """Return the query with a class added, or taken off where it is there."""
        return replace(self, class_rows=self.class_rows ^ {class_row})

    def toggled_kind(self, kind: OutcomeKind) -> Query:
        """Return the query with an error kind added, or taken off where it is there."""
        return replace(self, kinds=self.kinds ^ {kind})

    def with_expression(self, text: str) -> Query:
        """Return the query with a restriction added at the end, unless it is there."""
        return self if text in self.expressions else replace(self, expressions=(*self.expressions, text))

    def without(self, key: ChipKey) -> Query:
        """Return the query with one restriction taken off; one that is not there changes nothing."""
        if key.field == "expressions":
            return replace(self, expressions=tuple(text for text in self.expressions if text != key.value))
        if key.field == "class_rows":
            return replace(self, class_rows=frozenset(row for row in self.class_rows if row != key.value))
        if key.field == "kinds":
            return replace(self, kinds=frozenset(kind for kind in self.kinds if kind != key.value))
        defaults: dict[str, Any] = {"confusion_cell": None, "image_rows": None, "text": "", "review": "any"}
        return replace(self, **{key.field: defaults[key.field]})

    def without_last(self, dataset: Dataset) -> Query:
        """Return the query with its last chip taken off; the same if there is none."""
        chips = self.chips(dataset)
        return self.without(chips[-1][1]) if chips else self

    def chips(self, dataset: Dataset) -> list[tuple[str, ChipKey]]:
        """Return the restrictions in force: words for people, and the key that takes each off."""
        names = (*dataset.classes.name, "background")
        chips = [(text, ChipKey("expressions", text)) for text in self.expressions]
        chips += [(f"class: {names[row]}", ChipKey("class_rows", row)) for row in sorted(self.class_rows)]
        if self.confusion_cell is not None:
            of_gt, of_pred = self.confusion_cell
            chips.append((f"{names[of_gt]} → {names[of_pred]}", ChipKey("confusion_cell")))
        if self.image_rows is not None:
            one = dataset.images.file_name[min(self.image_rows)] if len(self.image_rows) == 1 else ""
            chips.append((f"image: {one}" if one else f"{len(self.image_rows):,} images", ChipKey("image_rows")))
        if self.text:
            chips.append((f"contains: {self.text}", ChipKey("text")))
        if self.review != "any":
            chips.append((f"{self.review} only", ChipKey("review")))
        chips += [(f"error: {ERROR_NAMES[kind]}", ChipKey("kinds", int(kind))) for kind in ERROR_KINDS if kind in self.kinds]
        return chips


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The rows a query selects.

    Attributes
    ----------
    rows : ndarray of int32, shape (N,)
        Outcome rows in the order asked for.
    counts : mapping of OutcomeKind to int
        Per kind the rows under all restrictions but ``kinds``; the six error kinds always, others where they are listed.
        Their sum is N where no kind is chosen.
    """

    rows: IntArray
    counts: Mapping[OutcomeKind, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", frozen(self.rows, np.int32, (len(self.rows),), "rows"))


def names_fates(text: str) -> bool:
    """Return whether an expression names a column of fates; one that does not parse names nothing."""
    parsed = _parsed(text)
    return parsed is not None and any(name.segments in _FATE_NAMES for name in parsed.names)


def check_expression(text: str, catalog: ColumnCatalog) -> Expression:
    """Return an expression that can be asked of the rows.

    Raises
    ------
    ExpressionError
        If it does not parse, names what is not there, or compares a column with a value of another kind.
    """
    return catalog.check(text)


def images_only(query: Query, catalog: ColumnCatalog) -> tuple[str, ...]:
    """Return the expressions of a query that name image columns only: those that figures follow."""
    return tuple(text for text in query.expressions if catalog.restricts_images(parse(text)))


def images_of(query: Query, catalog: ColumnCatalog) -> BoolArray | None:
    """Return the images that figures follow: those kept by every expression that names image columns only.

    Parameters
    ----------
    query : Query
    catalog : ColumnCatalog
        An evaluation is not needed.

    Returns
    -------
    ndarray of bool, shape (I,), or None
        None if no expression is of that kind.
    """
    kept: BoolArray | None = None
    for text in images_only(query, catalog):
        images = catalog.images_where(text)
        kept = images if kept is None else kept & images
    return kept


def select(
    query: Query,
    catalog: ColumnCatalog,
    evaluation: Evaluation,
    *,
    orders: RowOrders | None = None,
) -> Selection:
    """Return the outcome rows a query asks for, in its order, and how many there are of each kind.

    Parameters
    ----------
    query : Query
    catalog : ColumnCatalog
        Of ``evaluation``.
    evaluation : Evaluation
    orders : RowOrders, optional
        Of the same run: where rows are picked from, rather than sorted each time.

    Returns
    -------
    Selection

    Raises
    ------
    ExpressionError
        If an expression of the query does not fit the columns.
    """
    if catalog.evaluation is not evaluation:
        catalog = replace(catalog, evaluation=evaluation)
    outcomes = evaluation.outcomes
    if orders is not None and query.confusion_cell is None:
        return _picked(query, catalog, evaluation, orders)
    rows = _restricted(query, catalog, outcomes, _by_image(outcomes, np.flatnonzero(_listed(query, outcomes))))
    kinds = outcomes.kind[rows]
    counts = _counts(kinds)
    if query.kinds:
        rows = rows[_is_among(kinds, query.kinds, len(OutcomeKind))]
    return Selection(rows[_order(query, catalog, outcomes, rows)].astype(np.int32), counts)


def _picked(query: Query, catalog: ColumnCatalog, evaluation: Evaluation, orders: RowOrders) -> Selection:
    """Select from rows that are in order already, or nearly."""
    query = replace(query, expressions=_unanswered(query, catalog, evaluation.images))
    outcomes, listed = evaluation.outcomes, _listed_kinds(query)
    lasts = query.sort.value in LASTING
    key, descending = (query.sort.value, query.descending) if lasts else (IMAGE, False)
    is_restricted = _is_restricted(query)
    wanted = listed & query.kinds if query.kinds and not is_restricted else listed
    is_wanted = _mask_of(wanted, len(OutcomeKind)).view(np.uint8)
    rows = orders.pick(key, outcomes.kind, is_wanted, descending=descending)
    if is_restricted:
        rows = _restricted(query, catalog, outcomes, rows)
        kinds = outcomes.kind[rows]
        counts = _counts(kinds)
        if query.kinds:
            rows = rows[_is_among(kinds, query.kinds, len(OutcomeKind))]
    else:
        n_true = {OutcomeKind.TRUE_POSITIVE: evaluation.totals.tp} if query.show == "all" and evaluation.totals.tp else {}
        counts = n_true | {kind: evaluation.count_at_score[name] for kind, name in ERROR_NAMES.items()}
        counts = {kind: counts[kind] for kind in sorted(counts)}
    if not lasts:
        rows = rows[_order(query, catalog, outcomes, rows)].astype(np.int32)
    return Selection(rows, counts)


def _unanswered(query: Query, catalog: ColumnCatalog, images: BoolArray | None) -> tuple[str, ...]:
    """Return the expressions that restrict the rows on the images that figures speak of: there are no others."""
    if images is None:
        return query.expressions
    answered = {text for text in images_only(query, catalog) if not (images & ~catalog.images_where(text)).any()}
    return tuple(text for text in query.expressions if text not in answered)


def _counts(kinds: AnyArray) -> dict[OutcomeKind, int]:
    n_of_kind = np.bincount(kinds, minlength=len(OutcomeKind))
    return {kind: int(n_of_kind[kind]) for kind in OutcomeKind if kind in ERROR_KINDS or n_of_kind[kind]}


def _is_restricted(query: Query) -> bool:
    """Return whether anything but the kinds restricts the rows."""
    return query.image_rows is not None or bool(query.class_rows or query.text or query.expressions) or query.review != "any"


def _listed_kinds(query: Query) -> frozenset[OutcomeKind]:
    return frozenset({*ERROR_KINDS, OutcomeKind.TRUE_POSITIVE} if query.show == "all" else ERROR_KINDS)


def _listed(query: Query, outcomes: Outcomes) -> BoolArray:
    if query.confusion_cell is not None:
        of_gt, of_pred = query.confusion_cell
        in_cell: BoolArray = (outcomes.confusion_gt == of_gt) & (outcomes.confusion_pred == of_pred)
        return in_cell
    return _is_among(outcomes.kind, _listed_kinds(query), len(OutcomeKind))


def _by_image(outcomes: Outcomes, rows: AnyArray) -> AnyArray:
    n = outcomes.n_predictions
    pred_rows, gt_rows = np.split(rows, [np.searchsorted(rows, n)])
    image_of_pred, image_of_gt = outcomes.predictions.image_row[pred_rows], outcomes.ground_truth.image_row[gt_rows - n]
    return merged_by_image(pred_rows, gt_rows, image_of_pred, image_of_gt)


def _restricted(query: Query, catalog: ColumnCatalog, outcomes: Outcomes, rows: AnyArray) -> AnyArray:
    """Return the rows that pass every restriction but ``kinds``, in the order given."""
    dataset = catalog.facts.dataset
    n_classes = len(dataset.classes)
    if query.image_rows is not None:
        rows = rows[_is_among(outcomes.image_row(rows), query.image_rows, len(dataset.images))]
    if query.class_rows:
        rows = rows[_has_class(outcomes, rows, _mask_of(query.class_rows, n_classes))]
    if query.text:
        wanted = query.text.casefold()
        named = np.array([wanted in name.casefold() for name in dataset.images.file_name], np.bool_)
        classes = np.array([wanted in name.casefold() for name in dataset.classes.name], np.bool_)
        rows = rows[named[outcomes.image_row(rows)] | _has_class(outcomes, rows, classes)]
    if query.review != "any":
        rows = rows[tagged_rows(outcomes, catalog.tags or TagColumns())[rows] == (query.review == "tagged")]
    for text in query.expressions:
        rows = rows[catalog.outcomes_where(text, rows)]
    return rows


def _order(query: Query, catalog: ColumnCatalog, outcomes: Outcomes, rows: AnyArray) -> AnyArray:
    keys: AnyArray
    if query.sort is SortKey.LABEL_ERROR:
        keys = catalog.facts.label_error[rows]
    elif query.sort.value in LABEL_SIGNS:
        keys = sign_values(query.sort.value, catalog.facts.labels, outcomes)[rows]
    elif query.sort is SortKey.SCORE:
        keys = np.append(catalog.facts.run.predictions.score, np.nan)[outcome_pred_row(outcomes, rows)]
    elif query.sort is SortKey.IOU:
        keys = outcomes.iou_of(rows)
    elif query.sort is SortKey.IMAGE:
        keys = outcomes.image_row(rows)
    elif query.sort is SortKey.CLASS:
        names = catalog.facts.dataset.classes.name
        place_of_name = {name: place for place, name in enumerate(sorted(set(names), key=str.casefold))}
        keys = np.array([place_of_name[name] for name in names], np.int32)[outcome_class_row(outcomes, rows)]
    else:
        place_of_kind = np.full(len(OutcomeKind), len(ERROR_KINDS), np.int32)
        place_of_kind[list(ERROR_KINDS)] = np.arange(len(ERROR_KINDS))
        keys = place_of_kind[outcomes.kind[rows]]
    return stable_order(keys, descending=query.descending)


def _has_class(outcomes: Outcomes, rows: AnyArray, wanted: BoolArray) -> BoolArray:
    """Return which rows have a label or a prediction of the wanted classes.

    Notes
    -----
    Only classification errors and errors of both kinds may be about a label of another class than their own.
    """
    has_class: BoolArray = wanted[outcomes.class_row(rows)]
    kinds = outcomes.kind[rows]
    others = np.flatnonzero(((kinds == OutcomeKind.CLASSIFICATION) | (kinds == OutcomeKind.BOTH)) & ~has_class)
    has_class[others] = wanted[outcome_class_row(outcomes, rows[others])]
    return has_class


def _is_among(values: AnyArray, wanted: frozenset[Any] | set[Any], n: int) -> BoolArray:
    among: BoolArray = _mask_of(wanted, n)[values]
    return among


def _mask_of(wanted: frozenset[Any] | set[Any], n: int) -> BoolArray:
    mask = np.zeros(n, np.bool_)
    mask[[int(value) for value in wanted if 0 <= int(value) < n]] = True
    return mask


def _parsed(text: str) -> Expression | None:
    try:
        return parse(text)
    except ExpressionError:
        return None
