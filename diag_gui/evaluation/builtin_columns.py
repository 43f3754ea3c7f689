"""The columns every dataset has, each built when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray
from diag_gui.data.attributes import Column, ColumnKind, Level
from diag_gui.data.dataset import GroundTruth
from diag_gui.data.expression import ManyValued
from diag_gui.data.predictions import Predictions
from diag_gui.data.quadrilaterals import slenderness
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.fates import FATE_NAMES, UNKNOWN, WAS_NAMES, Fates
from diag_gui.evaluation.geometry_lint import lint
from diag_gui.evaluation.label_error_columns import KIND_NAME, LABEL_SIGNS, YES_OR_NO, kind_codes, sign_values
from diag_gui.evaluation.label_errors_doubts import DOUBTS
from diag_gui.evaluation.outcome_objects import outcome_pred_row
from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind
from diag_gui.evaluation.run_facts import RunFacts

TAG = "tag"
FATE_COLUMNS = ("fate", "was", "n_right")
"""Columns of failures that need a run to compare with."""

SPLIT = "split"

AGREEMENT = "agreement"
"""Column of labels and of predictions: the share of the other runs that have the same; see `run_agreement`."""

LINT = "lint"
"""Column of labels and of predictions that names what is odd about each box; see `geometry_lint`."""


@dataclass(frozen=True, slots=True, eq=False)
class TagColumns:
    """The tags of a project as columns: per level the rows that carry any.

    Attributes
    ----------
    image, gt, pred : mapping of int to frozenset of str
        Row of images, ground truth, or predictions of the active run, to the names of its tags, those of pairs on both.
    label : mapping of int to frozenset of str, or None
        Row of ground truth to the tags on the label itself, without those of pairs; None where there are no pairs.
    verdicts : frozenset of str
        Names among all these that are verdicts: a filter finds them as tags, but they make no row a tagged one.
    """

    image: Mapping[int, frozenset[str]] = field(default_factory=dict)
    gt: Mapping[int, frozenset[str]] = field(default_factory=dict)
    pred: Mapping[int, frozenset[str]] = field(default_factory=dict)
    label: Mapping[int, frozenset[str]] | None = None
    verdicts: frozenset[str] = frozenset()

    def column(self, level: Level, n_rows: int) -> ManyValued:
        """Return the tags of one level as a column of ``n_rows`` rows."""
        entries = [(row, name) for row, names in self._of(level).items() for name in sorted(names)]
        return _many_valued(n_rows, entries)

    def _of(self, level: Level) -> Mapping[int, frozenset[str]]:
        return {Level.IMAGE: self.image, Level.GT: self.gt, Level.PRED: self.pred}[level]


@dataclass(frozen=True, slots=True, eq=False)
class ColumnFacts:
    """What built-in columns are made of.

    Attributes
    ----------
    facts : RunFacts
    evaluation : Evaluation or None
        None where no thresholds are set yet; failure columns do not exist then.
    tags : TagColumns or None
    fates : Fates or None
        None where no run is compared with; the columns of fates do not exist then.
    """

    facts: RunFacts
    evaluation: Evaluation | None
    tags: TagColumns | None
    fates: Fates | None = None


Builder = Callable[[ColumnFacts, str], Column | ManyValued]


def n_rows_of(facts: RunFacts, level: Level) -> int:
    """Return the number of rows of a level; of failures all P + G outcome rows."""
    n_gt, n_predictions = len(facts.dataset.ground_truth), len(facts.run.predictions)
    sizes = {Level.IMAGE: len(facts.dataset.images), Level.GT: n_gt, Level.PRED: n_predictions}
    return sizes.get(level, n_predictions + n_gt)


def tags_anywhere(have: ColumnFacts) -> ManyValued:
    """Return per image the tags on it and on any object of it."""
    tags, facts = have.tags or TagColumns(), have.facts
    entries = {(row, name) for row, names in tags.image.items() for name in names}
    for image_row, of_objects in ((facts.dataset.ground_truth.image_row, tags.gt), (facts.run.predictions.image_row, tags.pred)):
        entries |= {(int(image_row[row]), name) for row, names in of_objects.items() for name in names}
    return _many_valued(len(facts.dataset.images), sorted(entries))


def _many_valued(n_rows: int, entries: list[tuple[int, str]]) -> ManyValued:
    rows = np.array([row for row, _ in entries], dtype=np.int32)
    return ManyValued(n_rows, rows, tuple(name for _, name in entries))


def _tag_column(level: Level) -> Builder:
    return lambda have, _: (have.tags or TagColumns()).column(level, n_rows_of(have.facts, level))


def _numbers(name: str, values: AnyArray, missing: BoolArray | None = None) -> Column:
    numbers = values.astype(np.float64, copy=False)
    if missing is not None:
        numbers = np.where(missing, np.nan, numbers)
    return Column(name, ColumnKind.NUMBER, numbers, np.isnan(numbers))


def _classes(name: str, class_row: IntArray, have: ColumnFacts) -> Column:
    return Column(name, ColumnKind.CATEGORY, class_row, class_row < 0, have.facts.dataset.classes.name)


def _file_name(have: ColumnFacts, name: str) -> Column:
    names = have.facts.dataset.images.file_name
    return Column(name, ColumnKind.CATEGORY, np.arange(len(names), dtype=np.int32), np.zeros(len(names), np.bool_), names)


def _size(have: ColumnFacts, name: str) -> Column:
    pixels: IntArray = getattr(have.facts.dataset.images, name)
    return _numbers(name, pixels, pixels < 0)


def _aspect(objects: GroundTruth | Predictions, task: str) -> FloatArray:
    """Return width over height, of rotated boxes the longer side over the shorter; NaN for what has no height."""
    if task == "rotated" and objects.quad is not None:
        return slenderness(objects.quad)
    xywh = objects.xywh
    aspect = np.full(len(xywh), np.nan)
    np.divide(xywh[:, 2], xywh[:, 3], out=aspect, where=xywh[:, 3] > 0)
    return aspect


def _no_split(have: ColumnFacts, name: str) -> Column:
    n_images = len(have.facts.dataset.images)
    return Column(name, ColumnKind.CATEGORY, np.full(n_images, -1, np.int32), np.ones(n_images, np.bool_), ())


def _iscrowd(have: ColumnFacts, name: str) -> Column:
    is_crowd = have.facts.dataset.ground_truth.is_crowd
    return Column(name, ColumnKind.BOOL, is_crowd, np.zeros(len(is_crowd), np.bool_))


def _evaluation(have: ColumnFacts) -> Evaluation:
    if have.evaluation is None:
        raise LookupError("needs thresholds to be evaluated at")
    return have.evaluation


def _error(have: ColumnFacts, name: str) -> Column:
    code_of = np.full(max(OutcomeKind) + 1, -1, np.int32)
    code_of[list(ERROR_KINDS)] = np.arange(len(ERROR_KINDS))
    codes = code_of[_evaluation(have).outcomes.kind]
    return Column(name, ColumnKind.CATEGORY, codes, codes < 0, tuple(ERROR_NAMES[kind] for kind in ERROR_KINDS))


def _predicted_class(have: ColumnFacts, name: str) -> Column:
    pred_row = outcome_pred_row(_evaluation(have).outcomes)
    class_row = np.append(have.facts.run.predictions.class_row, np.int32(-1))[pred_row]
    return _classes(name, class_row, have)


def _fates(have: ColumnFacts) -> Fates:
    if have.fates is None:
        raise LookupError("needs a run to compare with")
    return have.fates


def _codes(name: str, codes: ByteArray, categories: tuple[str, ...]) -> Column:
    missing = codes == UNKNOWN
    return Column(name, ColumnKind.CATEGORY, np.where(missing, np.int32(-1), codes.astype(np.int32)), missing, categories)


def _n_right(have: ColumnFacts, name: str) -> Column:
    n_right = _fates(have).n_right
    return _numbers(name, n_right, n_right < 0)


def _label_error_kind(have: ColumnFacts, name: str) -> Column:
    codes = kind_codes(have.facts.labels)
    return Column(name, ColumnKind.CATEGORY, codes, codes < 0, DOUBTS)


def _label_sign(have: ColumnFacts, name: str) -> Column:
    values = sign_values(name, have.facts.labels, _evaluation(have).outcomes)
    if name not in YES_OR_NO:
        return _numbers(name, values)
    return Column(name, ColumnKind.BOOL, values == 1, np.isnan(values))


BUILTIN_COLUMNS: Mapping[Level, Mapping[str, Builder]] = {
    Level.IMAGE: {
        "file_name": _file_name,
        "width": _size,
        "height": _size,
        "n_gt": lambda have, name: _numbers(name, np.diff(have.facts.dataset.image_offsets)),
        "n_pred": lambda have, name: _numbers(name, np.diff(have.facts.run.predictions.image_offsets)),
        TAG: _tag_column(Level.IMAGE),
        SPLIT: _no_split,
    },
    Level.GT: {
        "class": lambda have, name: _classes(name, have.facts.dataset.ground_truth.class_row, have),
        "area": lambda have, name: _numbers(name, have.facts.gt_area),
        "aspect": lambda have, name: _numbers(name, _aspect(have.facts.dataset.ground_truth, have.facts.task)),
        "iscrowd": _iscrowd,
        AGREEMENT: lambda have, name: _numbers(name, have.facts.labels.agreement_of_gt),
        LINT: lambda have, _: lint(have.facts.dataset, have.facts.dataset.ground_truth).column,
        TAG: _tag_column(Level.GT),
    },
    Level.PRED: {
        "class": lambda have, name: _classes(name, have.facts.run.predictions.class_row, have),
        "area": lambda have, name: _numbers(name, have.facts.pred_area),
        "aspect": lambda have, name: _numbers(name, _aspect(have.facts.run.predictions, have.facts.task)),
        "score": lambda have, name: _numbers(name, have.facts.run.predictions.score),
        "rank": lambda have, name: _numbers(name, have.facts.ranking.rank + 1.0),
        AGREEMENT: lambda have, name: _numbers(name, have.facts.labels.agreement_of_pred),
        LINT: lambda have, _: lint(have.facts.dataset, have.facts.run.predictions).column,
        TAG: _tag_column(Level.PRED),
    },
    Level.FAILURE: {
        "error": _error,
        "predicted_class": _predicted_class,
        "iou": lambda have, name: _numbers(name, _evaluation(have).outcomes.iou),
        "label_error": lambda have, name: _numbers(name, have.facts.label_error),
        KIND_NAME: _label_error_kind,
        **dict.fromkeys(LABEL_SIGNS, _label_sign),
        "fate": lambda have, name: _codes(name, _fates(have).fate, FATE_NAMES),
        "was": lambda have, name: _codes(name, _fates(have).was, WAS_NAMES),
        "n_right": _n_right,
    },
}
"""Builders by level and name.

``n_gt`` and ``n_pred`` count every loaded record of the image, crowds and low scores included. ``area`` is the one that the
area ranges of COCO go by, in square pixels. ``aspect`` is width over height; under the task ``rotated``, the longer side over
the shorter, each the mean of two opposite ones. ``rank`` is 1 for the highest score of its class in its image. ``agreement``
is the share of the other open runs that have a box of the same class at IoU >= .5 there, not given with one run. ``tag`` and
``lint`` hold any number of texts per row; without a prefix ``lint`` of a pair are those of its label and of its prediction.
``split`` is the one that the layout or the metadata of the images give; the builder here is for where they give none.
"""
