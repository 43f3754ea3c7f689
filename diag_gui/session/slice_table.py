"""The slices that the window lists: which there are after loading, what was added, and the figures of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from diag_gui.data.arrays import BoolArray
from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.expression import parse, value_text
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import Evaluation, evaluate
from diag_gui.evaluation.measured_columns import MEASURED
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_definitions import SliceDefinition, slices_from_column
from diag_gui.evaluation.slice_membership import membership
from diag_gui.evaluation.slice_memory import SliceMemory
from diag_gui.evaluation.slices import SliceResult, evaluate_slices
from diag_gui.exceptions import ExpressionError

N_RESAMPLES = 1_000
SEED = 0

CROWDED_IOU = 0.3
RARE_IMAGES = 10
_MOST_VALUES = 12
"""Values of a column that each get a slice after loading; a column of more is asked for by + Slice."""

_MOST_STANDING = 60

_BY_BOXES = (
    SliceDefinition("small (area ≤ 32²)", "area BETWEEN 0 AND 1024"),
    SliceDefinition("medium (32² to 96²)", "area BETWEEN 1024 AND 9216"),
    SliceDefinition("large (area ≥ 96²)", "area >= 9216"),
    SliceDefinition("crowded images", f"crowding >= {CROWDED_IOU}"),
    SliceDefinition("overlapped objects", f"overlap >= {CROWDED_IOU}"),
    SliceDefinition("touches the border", "touches_border = TRUE"),
    SliceDefinition("rare classes", f"class_images <= {RARE_IMAGES}"),
)
"""COCO's sizes, both ends inclusive as there; two labels at an IoU of .3 are a crowd; LVIS calls a class in 10 images rare."""


class SliceOrigin(StrEnum):
    """Where a slice comes from."""

    STANDING = "standing"
    """There after loading."""
    ADDED = "added"
    FOUND = "found"
    SAVED = "saved"


@dataclass(frozen=True, slots=True)
class ListedSlice:
    """One line of the table.

    Attributes
    ----------
    definition : SliceDefinition
    origin : SliceOrigin
    remark : str
        Of a slice that was found: how it was, in words; empty otherwise.
    """

    definition: SliceDefinition
    origin: SliceOrigin
    remark: str = ""

    @property
    def expression(self) -> str:
        """What is in the slice; no two of a table are alike."""
        return self.definition.expression


@dataclass(frozen=True, slots=True, eq=False)
class SliceTable:
    """The slices and their figures at one operating point.

    Attributes
    ----------
    listed : tuple of ListedSlice
        In the order in which they came.
    results : mapping of str to SliceResult
        By expression, of those that can be computed.
    refused : mapping of str to str
        By expression: why a slice cannot be computed on these data.
    question : SliceQuestion or None
        What the figures answer; None before the first.
    evaluation : Evaluation or None
        What the figures are of, on the images of the question; None before the first.
    sure : mapping of str to SliceResult
        The latest results with intervals; ``results`` themselves where these are of what is shown.
    """

    listed: tuple[ListedSlice, ...] = ()
    results: Mapping[str, SliceResult] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    question: SliceQuestion | None = None
    evaluation: Evaluation | None = None
    sure: Mapping[str, SliceResult] = field(default_factory=dict)

    @property
    def is_updating(self) -> bool:
        """Whether the intervals are of an earlier state."""
        return bool(self.results) and self.sure is not self.results

    def ranked(self) -> list[ListedSlice]:
        """Return the slices by certain loss, then by difference; too little support after those, refused ones last.

        Notes
        -----
        The order is that of the latest intervals, so that no row jumps while a slider moves.
        """
        return sorted(self.listed, key=self._rank)

    def entry(self, expression: str) -> ListedSlice | None:
        """Return the slice of an expression, or None."""
        return next((one for one in self.listed if one.expression == expression), None)

    @property
    def n_certain(self) -> tuple[int, int]:
        """How many slices are worse and how many better than the rest for certain."""
        headlines = [result.headline for result in self.sure.values() if result.enough]
        certain = [one.difference for one in headlines if one is not None and one.is_distinguishable]
        return sum(difference < 0 for difference in certain), sum(difference > 0 for difference in certain)

    def _rank(self, one: ListedSlice) -> tuple[int, float, float]:
        result = self.sure.get(one.expression) or self.results.get(one.expression)
        if result is None:
            return 2, 0.0, 0.0
        headline = result.headline
        if headline is None or math.isnan(headline.difference):
            return 1, 0.0, 0.0
        loss = 0.0 if math.isnan(headline.certain_loss) else headline.certain_loss
        return int(not result.enough), -loss, headline.difference


@dataclass(frozen=True, slots=True, eq=False)
class SliceQuestion:
    """What a table of slices is computed from.

    Attributes
    ----------
    facts : RunFacts
    evaluation : Evaluation
    images : ndarray of bool, shape (I,), or None
        Kept by the filters but the slice in question; None means all.
    tags : TagColumns or None
    listed : tuple of ListedSlice
    memory : SliceMemory or None
        Of the facts and the tags: what earlier tables found out.
    """

    facts: RunFacts
    evaluation: Evaluation
    images: BoolArray | None
    tags: TagColumns | None
    listed: tuple[ListedSlice, ...]
    memory: SliceMemory | None = None

    def is_answered_by(self, table: SliceTable) -> bool:
        """Return whether the figures of a table are those that this question asks for."""
        asked = table.question
        if asked is None or asked.facts is not self.facts or asked.tags is not self.tags or asked.listed != self.listed:
            return False
        return asked.evaluation.params == self.evaluation.params and are_alike(asked.images, self.images)


def are_alike(one: BoolArray | None, other: BoolArray | None) -> bool:
    """Return whether two masks keep the same images; None keeps all."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def slice_table_of(
    question: SliceQuestion,
    *,
    intervals: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SliceTable:
    """Compute the figures of slices; a slice that does not fit the data is refused by itself.

    Parameters
    ----------
    question : SliceQuestion
    intervals : int
        Resamples; 0 leaves intervals out.
    progress, cancelled : callable, optional
        As in `evaluate_slices`.
    """
    facts, evaluation = question.facts, question.evaluation
    if evaluation.images is not question.images:
        evaluation = evaluate(facts, evaluation.params, images=question.images, previous=evaluation)
    catalog = ColumnCatalog(facts, tags=question.tags)
    memory = question.memory or SliceMemory(facts, question.tags)
    fitting, refused = [], {}
    for one in question.listed:
        try:
            memory.inside(one.expression, catalog)
        except ExpressionError as error:
            refused[one.expression] = str(error)
        else:
            fitting.append(one.definition)
    found = evaluate_slices(
        facts,
        evaluation,
        fitting,
        tags=question.tags,
        intervals=intervals,
        seed=SEED,
        with_ap=False,
        memory=memory,
        progress=progress,
        cancelled=cancelled,
    )
    results = {result.expression: result for result in found}
    return SliceTable(question.listed, results, refused, question, evaluation, results if intervals else {})


def keep_intervals(new: SliceTable, old: SliceTable) -> SliceTable:
    """Return a table without intervals with the latest ones of the table before it."""
    return new if new.sure is new.results else replace(new, sure=old.sure)


def standing_slices(facts: RunFacts) -> tuple[ListedSlice, ...]:
    """Return the slices that are there after loading: COCO's sizes, crowded, at the border, rare; values of metadata.

    Those that hold every object or none, and columns of more than twelve values, are left out.
    """
    catalog = ColumnCatalog(facts)
    found = [one for one in (*_BY_BOXES, *_by_pictures(facts)) if _parts(one.expression, catalog)]
    tables = ((Level.IMAGE, facts.dataset.image_attributes), (Level.GT, facts.dataset.ground_truth.attributes))
    for level, table in tables:
        found += _values(level, table, catalog, _MOST_STANDING - len(found))
    return tuple(ListedSlice(one, SliceOrigin.STANDING) for one in found[:_MOST_STANDING])


def _by_pictures(facts: RunFacts) -> list[SliceDefinition]:
    """Return the darkest, the brightest and the least sharp tenth of the pictures, where they were measured."""
    found = []
    for name, words, share, sign in (
        ("brightness", "darkest tenth", 0.1, "<="),
        ("brightness", "brightest tenth", 0.9, ">="),
        ("sharpness", "most blurred tenth", 0.1, "<="),
    ):
        if facts.measured.has(Level.IMAGE, name):
            values = facts.measured.column(Level.IMAGE, name).values
            given = values[~np.isnan(values)]
            if len(given):
                edge = value_text(float(f"{np.quantile(given, share):.3g}"))
                found.append(SliceDefinition(words, f"{MEASURED}.{name} {sign} {edge}"))
    return found


def _values(level: Level, table: AttributeTable, catalog: ColumnCatalog, most: int) -> list[SliceDefinition]:
    """Return the values of the columns of a table; of thousands of columns no more are looked at than ``most`` slices need."""
    found: list[SliceDefinition] = []
    for column in table.columns:
        if len(found) >= most:
            break
        if not _has_few_values(column):
            continue
        try:
            named = slices_from_column(catalog.own_name(column.name, level), catalog, most_values=_MOST_VALUES)
        except ExpressionError:
            # A column that only ground truth or only predictions have and that is no property to slice by.
            continue
        if len(named) > 1:
            found += named
    return found


def _has_few_values(column: Column) -> bool:
    given = column.values[~column.missing]
    if not len(given):
        return False
    if column.kind is ColumnKind.CATEGORY:
        n_values = len(set(given.tolist()))
        return n_values <= _MOST_VALUES and (n_values > 1 or bool(column.missing.any()))
    return bool((given != given[0]).any())


def _parts(expression: str, catalog: ColumnCatalog) -> bool:
    """Return whether some ground truth lies inside and some outside."""
    try:
        inside = membership(parse(expression), catalog)
    except ExpressionError:
        return False
    rows = inside.images if inside.images is not None else inside.gt
    return rows is not None and bool(rows.any()) and not bool(rows.all())


def without_repeats(listed: Sequence[ListedSlice]) -> tuple[ListedSlice, ...]:
    """Return slices with each expression once: the last of those alike, in the place of the first."""
    by_expression: dict[str, ListedSlice] = {}
    for one in listed:
        by_expression[one.expression] = one
    return tuple(by_expression.values())
