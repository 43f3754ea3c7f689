"""Measured columns: what can be said of images and objects by measuring them, each a plug-in that states its formula.

A plug-in is a function in `MEASURED_COLUMNS`. Those of boxes are computed when an expression first names them and kept with
the run. Those of pictures are computed elsewhere, since nothing here reads pictures, and handed over by `Measured.add`; until
then an expression that names one is told so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray
from diag_gui.data.attributes import Column, ColumnKind, Level
from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.geometry import Geometry
from diag_gui.registry import Registry

MEASURED = "measured"
"""Prefix that means the measured column where the file has one of the same name."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFacts:
    """What columns are measured on.

    Attributes
    ----------
    dataset : Dataset
    predictions : Predictions
    geometry : Geometry
        What the objects are compared by: boxes, masks, or boxes of any angle.
    """

    dataset: Dataset
    predictions: Predictions
    geometry: Geometry

    def objects(self, level: Level) -> GroundTruth | Predictions:
        """Return the objects of a level."""
        return self.dataset.ground_truth if level is Level.GT else self.predictions

    def area(self, level: Level) -> FloatArray:
        """Return the area of the objects of a level in square pixels: what the area ranges of COCO go by."""
        return self.geometry.gt_area if level is Level.GT else self.geometry.pred_area

    def n_rows(self, level: Level) -> int:
        """Return how many images, or objects, a level has."""
        return len(self.dataset.images) if level is Level.IMAGE else len(self.objects(level))


@dataclass(frozen=True, slots=True)
class MeasuredColumn:
    """One plug-in.

    Attributes
    ----------
    name : str
    levels : tuple of Level
        What it can be measured on: images, ground truth, predictions.
    kind : ColumnKind
        ``NUMBER``, or ``BOOL``.
    unit : str
        Of the values, for people; empty where they have none.
    formula : str
        The docstring of the plug-in.
    measure : callable or None
        ``measure(facts, level)`` returns one number or truth value per row, NaN where it is undefined. None for what is
        measured on pictures and added by `Measured.add`.
    """

    name: str
    levels: tuple[Level, ...]
    kind: ColumnKind
    unit: str
    formula: str
    measure: Callable[[MeasuredFacts, Level], AnyArray] | None = None

    @property
    def needs_pictures(self) -> bool:
        """Whether it is measured on pictures."""
        return self.measure is None


MEASURED_COLUMNS: Registry[MeasuredColumn] = Registry("measured column")
Measure = Callable[[MeasuredFacts, Level], AnyArray]


def measured(*levels: Level, kind: ColumnKind = ColumnKind.NUMBER, unit: str = "") -> Callable[[Measure], Measure]:
    """Register the decorated function as a measured column of its name; its docstring is the formula."""

    def register(measure: Measure) -> Measure:
        name = measure.__name__
        formula = " ".join((measure.__doc__ or "").split())
        MEASURED_COLUMNS.register(name, MeasuredColumn(name, levels, kind, unit, formula, measure))
        return measure

    return register


def measured_names(level: Level) -> tuple[str, ...]:
    """Return the names of the columns that can be measured on a level."""
    return tuple(name for name, column in MEASURED_COLUMNS.items() if level in column.levels)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The measured columns of one run, each computed once, when it is first asked for.

    Attributes
    ----------
    facts : MeasuredFacts
    """

    facts: MeasuredFacts
    _columns: dict[tuple[Level, str], Column] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def has(self, level: Level, name: str) -> bool:
        """Return whether `column` would answer: what needs pictures, once it was added."""
        if (level, name) in self._columns:
            return True
        return name in MEASURED_COLUMNS and level in MEASURED_COLUMNS[name].levels and not MEASURED_COLUMNS[name].needs_pictures

    def column(self, level: Level, name: str) -> Column:
        """Return a column; one that takes long is computed by the first who asks, and the others wait.

        Raises
        ------
        LookupError
            If it is measured on pictures and was not added.
        """
        with self._lock:
            if (level, name) not in self._columns:
                plug_in = MEASURED_COLUMNS[name]
                if plug_in.measure is None or level not in plug_in.levels:
                    raise LookupError(f"{name} was not measured")
                self._columns[level, name] = _column(plug_in, plug_in.measure(self.facts, level))
            return self._columns[level, name]

    def take_over(self, other: Measured) -> None:
        """Take over what was measured on pictures of the same dataset, of predictions only if they are the same."""
        if other is self or other.facts.dataset is not self.facts.dataset:
            return
        same_predictions = other.facts.predictions is self.facts.predictions
        found = {
            key: column
            for key, column in list(other._columns.items())
            if MEASURED_COLUMNS[key[1]].needs_pictures and (key[0] is not Level.PRED or same_predictions)
        }
        with self._lock:
            self._columns.update(found)

    def add(self, values: Mapping[tuple[Level, str], AnyArray]) -> None:
        """Take over what was measured on pictures: one value per row, NaN where there is none.

        Raises
        ------
        ValueError
            If a column has not as many values as its level has rows.
        PluginError
            If there is no such plug-in.
        """
        made = {}
        for (level, name), column in values.items():
            if len(column) != self.facts.n_rows(level):
                raise ValueError(f"{len(column)} values of {name} for {self.facts.n_rows(level)} rows")
            made[level, name] = _column(MEASURED_COLUMNS[name], column)
        with self._lock:
            self._columns.update(made)


def _column(plug_in: MeasuredColumn, values: AnyArray) -> Column:
    if plug_in.kind is ColumnKind.BOOL:
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool_)
        return Column(plug_in.name, plug_in.kind, np.where(missing, False, values).astype(np.bool_), missing)
    numbers = values.astype(np.float64, copy=False)
    return Column(plug_in.name, plug_in.kind, numbers, np.isnan(numbers))
