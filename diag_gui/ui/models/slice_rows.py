"""What the table of slices says in each row, in words and figures; how it is painted stands elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from diag_gui.data.expression import parse
from diag_gui.evaluation.slice_differences import SliceDifference
from diag_gui.evaluation.slice_precisions import SlicePrecision
from diag_gui.evaluation.slice_words import chance_text
from diag_gui.evaluation.slices import SliceResult
from diag_gui.session.slice_precision import SlicePrecisions
from diag_gui.session.slice_table import N_RESAMPLES, SEED, ListedSlice, SliceOrigin, SliceTable
from diag_gui.ui.plain_text import as_tooltip, count, figure, plural

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
_NOTHING = QModelIndex()
_LEAST_REACH = 0.1
_FIGURE_WORDS = {"f1": "F1", "recall": "recall", "precision": "precision"}


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One row.

    Attributes
    ----------
    entry : ListedSlice
    result : SliceResult or None
        None where it cannot be computed on these data; ``refused`` says why.
    headline : SliceDifference or None
        What it is ranked by, with the latest interval.
    is_updating : bool
        Whether the interval is of an earlier state.
    is_chosen : bool
        In question.
    is_filtering : bool
        Everything is filtered by it.
    refused : str
    precision : (float, float) or None
        AP and AP50; None while they are computed.
    sure_precision : mapping of str to SlicePrecision
        The same with intervals, where somebody asked for them; empty otherwise.
    is_precision_wanted : bool
        Whether AP and AP50, or their intervals, are on their way.
    """

    entry: ListedSlice
    result: SliceResult | None
    headline: SliceDifference | None
    is_updating: bool
    is_chosen: bool
    is_filtering: bool
    refused: str = ""
    precision: tuple[float, float] | None = None
    sure_precision: Mapping[str, SlicePrecision] = field(default_factory=dict)
    is_precision_wanted: bool = False

    @property
    def is_dimmed(self) -> bool:
        """Whether there is too little ground truth to rank it, or none of it can be computed."""
        return self.result is None or not self.result.enough

    @property
    def chance(self) -> str:
        """What the column q says."""
        if self.result is None:
            return "–"
        if not self.result.enough:
            return "too few"
        return "" if self.headline is None else q_text(self.headline.q)

    @property
    def mark(self) -> str:
        """The word under the name; empty where there is none."""
        return "" if self.entry.origin in (SliceOrigin.STANDING, SliceOrigin.ADDED) else self.entry.origin.value


class SliceRowsModel(QAbstractListModel):
    """The slices of a table, ranked."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[SliceRow] = []
        self.reach = _LEAST_REACH

    def show(self, table: SliceTable, precisions: SlicePrecisions, current: str, expressions: tuple[str, ...]) -> None:
        """Show ``table`` with AP where it is known; ``current`` is in question, ``expressions`` filter."""
        known = precisions if precisions.are_of(table.question) else SlicePrecisions()
        rows = [slice_row(one, table, known, current, expressions) for one in table.ranked()]
        self.reach = _reach(rows)
        if len(rows) != len(self.rows):
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        else:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def row_of(self, expression: str) -> int:
        """Return where a slice stands, or -1."""
        return next((place for place, row in enumerate(self.rows) if row.entry.expression == expression), -1)

    def rowCount(self, parent: Index = _NOTHING) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.entry.definition.name
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(explained(row))
        return None


def q_text(q: float) -> str:
    """Return q as tables show it: ``<.001``, ``.012``, ``.61``."""
    if math.isnan(q):
        return ""
    return "<.001" if q < 0.001 else figure(q, 3 if q < 0.1 else 2)


def explained(row: SliceRow) -> str:
    """Return everything about a row as lines of plain text."""
    name, expression = row.entry.definition.name, row.entry.expression
    lines = [name] if name == expression else [name, expression]
    result = row.result
    if result is None:
        return "\n".join([*lines, row.refused])
    fp = "–" if result.fp is None else count(result.fp)
    lines += [
        f"{plural(result.images, 'image')} · {count(result.gt)} ground truth",
        f"TP {count(result.tp)} · FP {fp} · FN {count(result.fn)}",
        f"P {figure(result.precision, 3)} · R {figure(result.recall, 3)} · F1 {figure(result.f1, 3)}"
        f" · mean IoU {figure(result.mean_iou, 3)}",
    ]
    if said := precision_in_words(row, 3):
        lines.append(said)
    told = row.headline
    if told is not None and not math.isnan(told.difference):
        interval = f", 95 % {figure(told.low, 3)} to {figure(told.high, 3)}" if told.has_interval else ""
        lines.append(f"{_FIGURE_WORDS[told.figure]} against the rest {signed(told.difference, 3)}{interval}")
        if told.family:
            lines.append(f"q over {told.family} slices; {N_RESAMPLES:,} resamples of images, seed {SEED}")
    if not result.enough:
        lines.append("Too little ground truth to rank")
    if row.is_updating:
        lines.append("The interval is being computed again")
    return "\n".join(lines)


def precision_in_words(row: SliceRow, digits: int = 2) -> str:
    """Return AP and AP50 of a row, with what is known of how sure they are; empty where they are undefined or not asked for."""
    if row.precision is None:
        return "AP and AP50 are being computed" if row.is_precision_wanted else ""
    if math.isnan(row.precision[0]):
        return "AP is undefined: nobody can tell which predictions lie inside" if row.sure_precision else ""
    if not row.sure_precision:
        ap, ap50 = row.precision
        return f"AP {figure(ap, digits)}, AP50 {figure(ap50, digits)} (COCO, every score)"
    told, rest = row.sure_precision, row.sure_precision["ap"].difference
    said = ", ".join(
        f"{word} {figure(told[name].value, digits)} ({figure(told[name].low, digits)} to {figure(told[name].high, digits)})"
        for name, word in (("ap", "AP"), ("ap50", "AP50"))
    )
    if not math.isnan(rest.difference):
        interval = f"{signed(rest.low, digits)} to {signed(rest.high, digits)}"
        is_sure = rest.low > 0 or rest.high < 0
        said += f"; AP against the rest {signed(rest.difference, digits)} ({interval}), {chance_text('p', rest.p)}"
        said += "" if is_sure else ", not distinguishable"
    return f"{said}. COCO, every score"


def signed(value: float, digits: int = 2) -> str:
    """Return a difference with its sign."""
    return f"+{figure(value, digits)}" if value > 0 else figure(value, digits)


def rule_in_words(result: SliceResult) -> str:
    """Return by which rule a slice is counted."""
    if result.kind == "image":
        return "Image slice: what was found on its images is added up; the rest is all other images."
    if result.fp is not None:
        return (
            "Object slice: labels outside are ignored, and so are unmatched predictions outside; "
            f"{_columns_of(result.expression)} known for both."
        )
    return (
        f"Object slice: predictions do not say {_columns_of(result.expression, '', '')}, so nobody can tell which false "
        "positives lie inside: recall and mean IoU only."
    )


def list_in_words(result: SliceResult, n_listed: int) -> str:
    """Return why the failures listed under an object slice are not as many as its errors; empty where they are."""
    n_errors = result.fn + (result.fp or 0)
    if result.kind == "image" or n_errors == n_listed:
        return ""
    errors = "objects not found" if result.fp is None else "errors"
    return f"Matched anew inside it: {count(n_errors)} {errors}; below, matched among everything, {count(n_listed)} failures."


def loss_in_words(result: SliceResult) -> str:
    """Return what most of the loss is, by counts; empty where nothing is lost or false positives are not known."""
    if result.fp is None or result.fn + result.fp == 0:
        return ""
    lost = result.fn + result.fp
    if result.fn >= result.fp:
        return f"Most of the loss is objects not found ({result.fn / lost:.0%} of {count(lost)} errors)."
    return f"Most of the loss is false positives ({result.fp / lost:.0%} of {count(lost)} errors)."


def _columns_of(expression: str, one: str = " is", many: str = " are") -> str:
    names = list(dict.fromkeys(".".join(name.segments) for name in parse(expression).names))
    return " and ".join(names) + (one if len(names) == 1 else many)


def slice_row(
    one: ListedSlice, table: SliceTable, precisions: SlicePrecisions, current: str = "", expressions: tuple[str, ...] = ()
) -> SliceRow:
    """Return what a row says of a slice of ``table``; ``precisions`` are of the question of the table, or empty."""
    result, sure = table.results.get(one.expression), table.sure.get(one.expression)
    headline = result.headline if result is not None else None
    is_updating = table.is_updating or (headline is not None and not headline.has_interval)
    if table.is_updating and sure is not None and sure.headline is not None:
        headline = sure.headline
    return SliceRow(
        one,
        result,
        headline,
        is_updating,
        one.expression == current,
        one.expression in expressions,
        table.refused.get(one.expression, ""),
        precisions.values.get(one.expression),
        precisions.sure.get(one.expression, {}),
        (one.expression not in precisions.values and not precisions.is_stopped) or precisions.asked == one.expression,
    )


def _reach(rows: list[SliceRow]) -> float:
    """Return how far from 0 the differences of ranked slices and their intervals reach, rounded up."""
    told = [row.headline for row in rows if row.headline is not None and not row.is_dimmed]
    ends = [abs(value) for one in told for value in (one.low, one.high, one.difference) if not math.isnan(value)]
    return min(max(math.ceil(max(ends, default=0.0) * 20) / 20, _LEAST_REACH), 1.0)
