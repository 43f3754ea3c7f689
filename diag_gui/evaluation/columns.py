"""Columns by name: what an expression may speak of, and the rows that satisfy it.

Levels
------
A column describes images, ground truth, predictions, or failures (outcome rows). A row sees columns of other levels
through what it belongs to: an object through its image, an outcome row through its image, its ground truth and its
prediction. ``class``, ``area`` and ``aspect`` (and any attribute that both ground truth and predictions carry) without a
prefix are those of the row's own object: a row of ground truth or of predictions is that object; an outcome row reads the
ground truth it is matched to or aims at and, where there is none, its prediction. That is the ``class`` that ``failures``
prints. ``gt.class`` and ``pred.class`` say which.

Where images are asked for (``--where``), an image is kept if one of its objects satisfies the whole expression at once. Its
objects are each ground truth, each prediction, and the image itself; what is asked of a level that an object does not see is
unknown (``IS NULL`` too), and TRUE OR unknown is true: ``n_gt > 0 OR score > 2`` keeps every image with ground truth. A
prediction is an object also below the score threshold, so ``class = 'car'`` keeps an image where a car is labelled or
predicted, ``gt.class = 'car'`` one where a car is labelled. Failures and true positives, which see both sides of their pair,
are objects as well where something is asked of failures, or at once of what only ground truth and what only predictions have:
``gt.class = 'car' AND pred.class = 'bus'`` holds for a pair only.

``tag`` without a prefix gathers the tags on the row: of the image, its ground truth and its prediction; of a row that is an
image, also those on any object of it; of an outcome row what it shows by the rule in `decision_rows`. ``image.tag``,
``gt.tag``, ``pred.tag`` are one level's own.

``fate`` says what became of a row's object from the run compared with to this one (``'now wrong'``, ``'now right'``,
``'still wrong'``, ``'still right'``), ``was`` what it was there (``'found'``, ``'missed'`` … of ground truth; of an error that is
about its prediction ``'true positive'``, ``'false positive'``, ``'nothing'`` …), ``n_right`` how many of all runs get it right;
the rules stand in `fates`.

Measured columns (`measured_columns`: ``crowding``, ``border_distance``, ``overlap`` …) are computed when they are first named. A
column of the file of the same name comes before one; ``measured.NAME`` is the measured one.

A column of dates has the parts ``NAME.hour`` (0-23), ``NAME.month`` (1-12) and ``NAME.weekday`` (``'Monday'`` …).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.attributes import Column, ColumnKind, Level
from diag_gui.data.expression import BoundColumn, Expression, ManyValued, Name, can_hold, evaluate, name_text, parse
from diag_gui.data.expression_completion import OfferedColumn
from diag_gui.data.expression_syntax import Node, Or, disjunction
from diag_gui.evaluation.builtin_columns import BUILTIN_COLUMNS, FATE_COLUMNS, TAG, ColumnFacts, TagColumns, tags_anywhere
from diag_gui.evaluation.column_names import ColumnNames, ResolvedColumn
from diag_gui.evaluation.datetime_parts import part_of
from diag_gui.evaluation.decision_rows import shown_tags
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.fates import Fates
from diag_gui.evaluation.measured_columns import MEASURED_COLUMNS
from diag_gui.evaluation.outcome_objects import outcome_class_row, outcome_gt_row, outcome_pred_row
from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind, Outcomes
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import ExpressionError

__all__ = ["ColumnCatalog", "RowScope", "TagColumns", "outcome_class_row"]

_LISTED = (*ERROR_KINDS, OutcomeKind.TRUE_POSITIVE)
_NOUNS = {Level.IMAGE: "images", Level.GT: "ground truth", Level.PRED: "predictions", Level.FAILURE: "failures"}


@dataclass(frozen=True, slots=True, eq=False)
class RowScope:
    """Rows an expression is asked of.

    Attributes
    ----------
    n_rows : int
    rows : dict of Level to (ndarray of int, shape (n_rows,), or None)
        Per level that these rows can see, their row there, -1 none; None where they are its rows. Of a name that several
        levels have, the first level here answers.
    what : str
        What the rows are, for messages.
    """

    n_rows: int
    rows: dict[Level, AnyArray | None]
    what: str


@dataclass(frozen=True, slots=True, eq=False)
class ColumnCatalog:
    """Every column of a run on a dataset, by name.

    Attributes
    ----------
    facts : RunFacts
    evaluation : Evaluation or None
        Where failures come from; without it expressions cannot speak of them.
    tags : TagColumns or None
        Tags of the project.
    fates : Fates or None
        What the rows of ``evaluation`` were in other runs; without it expressions cannot speak of that.
    """

    facts: RunFacts
    evaluation: Evaluation | None = None
    tags: TagColumns | None = None
    fates: Fates | None = None
    _names: ColumnNames = field(init=False, repr=False)
    _built: dict[tuple[Level, str, bool], Column | ManyValued] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        dataset, predictions = self.facts.dataset, self.facts.run.predictions
        tables = (dataset.image_attributes, dataset.ground_truth.attributes, predictions.attributes)
        object.__setattr__(self, "_names", ColumnNames(tables))

    def resolve(self, name: Name, text: str = "") -> ResolvedColumn:
        """Return which column a name means.

        Raises
        ------
        ExpressionError
            With near names if there is none, with the prefixes to choose from if it is ambiguous.
        """
        resolved = self._names.resolve(name, text)
        if not self._has_values(resolved):
            how = "menu Slices in the window, --images on the command line"
            reason = f"{name_text(name.segments)} is measured on the pictures, and they were not measured yet: {how}"
            raise ExpressionError(reason, text, name.at)
        return resolved

    def column(self, level: Level, name: str) -> Column | ManyValued:
        """Return a column by level and name, a built-in first; ``meta.NAME`` is the file's own.

        Raises
        ------
        ExpressionError
            If there is none.
        """
        segments = (level.value, "meta", name[5:]) if name.startswith("meta.") else (level.value, name)
        return self.column_of(level, self.resolve(Name(segments), name_text(segments)))

    def own_name(self, name: str, level: Level = Level.IMAGE) -> str:
        """Return how an expression writes the file's own column ``name`` of a level, shortest form."""
        return name_text(self._names.segments_of(level, name))

    def images_where(self, expression: Expression | str) -> BoolArray:
        """Return the images kept by an expression: bool, shape (I,).

        Parameters
        ----------
        expression : Expression or str
            One of image columns is asked of the images. Otherwise an image is kept if one of its objects satisfies the
            whole expression at once; see *Levels* for what its objects are.

        Raises
        ------
        ExpressionError
            If it does not parse, names what is not there, or needs an evaluation that is not given.
        """
        parsed = _parsed(expression)
        # OR of several is answered one by one, so that whom each asks does not depend on what stands beside it.
        alternatives = parsed.root.operands if isinstance(parsed.root, Or) else (parsed.root,)
        asked: dict[tuple[Level, ...], list[Node]] = {}
        for node in alternatives:
            asked.setdefault(self._askable(Expression(node, parsed.text)), []).append(node)
        kept = np.zeros(len(self.facts.dataset.images), np.bool_)
        for levels, nodes in asked.items():
            expression = Expression(disjunction(*nodes), parsed.text)
            if Level.FAILURE in levels:
                self._require_evaluation(expression)
            for level in levels:
                scope, image_row = self._objects(level)
                kept[image_row[self._where_known(expression, scope)]] = True
        return kept

    def gt_where(self, expression: Expression | str) -> BoolArray:
        """Return the ground truth that satisfies an expression: bool, shape (G,).

        Raises
        ------
        ExpressionError
            As `images_where`; columns of predictions need an evaluation and are those of the matched one.
        """
        return self._where(_parsed(expression), self._gt_scope())

    def predictions_where(self, expression: Expression | str) -> BoolArray:
        """Return the predictions that satisfy an expression: bool, shape (P,).

        Raises
        ------
        ExpressionError
            As `images_where`; columns of ground truth need an evaluation and are those of the one it is matched to or
            aims at.
        """
        return self._where(_parsed(expression), self._pred_scope())

    def outcomes_where(self, expression: Expression | str, rows: AnyArray | None = None) -> BoolArray:
        """Return which outcome rows satisfy an expression: bool, shape of ``rows``.

        Parameters
        ----------
        expression : Expression or str
        rows : ndarray of int, optional
            Outcome rows; None means all P + G, also those not kept.

        Raises
        ------
        ExpressionError
            As `images_where`.
        """
        parsed = _parsed(expression)
        self._require_evaluation(parsed)
        return self._where(parsed, self.outcome_scope(rows))

    def outcome_scope(self, rows: AnyArray | None = None) -> RowScope:
        """Return outcome rows as rows to ask expressions of; worth keeping where several are asked."""
        outcomes = self._outcomes()
        n_rows = len(outcomes) if rows is None else len(rows)
        image_row = outcomes.image_row(np.arange(len(outcomes)) if rows is None else rows)
        seen: dict[Level, AnyArray | None] = {
            Level.IMAGE: image_row,
            Level.GT: outcome_gt_row(outcomes, rows),
            Level.PRED: outcome_pred_row(outcomes, rows),
            Level.FAILURE: rows,
        }
        return RowScope(n_rows, seen, "failures")

    def where(self, expression: Expression, scope: RowScope) -> BoolArray:
        """Return which rows of ``scope`` satisfy ``expression``: bool, shape (n_rows,)."""
        return self._where(expression, scope)

    def is_of_images(self, expression: Expression | str) -> bool:
        """Return whether an expression can be asked of images: it names image columns and ``tag`` only."""
        return all(Level.IMAGE in resolved.levels for resolved in self._resolved(_parsed(expression)))

    def restricts_images(self, expression: Expression | str) -> bool:
        """Return whether an expression names image columns only, so that figures follow it; ``tag`` alone is of rows."""
        return all(resolved.levels == (Level.IMAGE,) for resolved in self._resolved(_parsed(expression)))

    def check(self, expression: Expression | str) -> Expression:
        """Parse an expression and try it on no rows, so that what is wrong with it is said at once.

        Raises
        ------
        ExpressionError
            If it does not parse, names what is not there, or compares a column with a value of another kind.
        """
        parsed = _parsed(expression)
        if self.evaluation is not None:
            self._where(parsed, self.outcome_scope(np.zeros(0, np.int64)))
        else:
            self._resolved(parsed)
        return parsed

    def offered_columns(self) -> tuple[OfferedColumn, ...]:
        """Return the columns that completion offers: those that can be used, so none of pictures that were not measured yet."""
        offered = self._names.offered(with_failures=self.evaluation is not None, with_fates=self.fates is not None)
        return tuple(one for one in offered if self._has_values(self._names.resolve(Name(one.segments), "")))

    def _has_values(self, resolved: ResolvedColumn) -> bool:
        return not resolved.is_measured or all(self.facts.measured.has(level, resolved.key) for level in resolved.levels)

    def offered_values(self, segments: tuple[str, ...]) -> tuple[str, ...]:
        """Return the texts a column holds, most frequent first; empty for numbers and unknown columns."""
        try:
            resolved = self.resolve(Name(segments))
            column = self.column_of(resolved.levels[0], resolved)
        except ExpressionError:
            return ()
        if isinstance(column, ManyValued):
            every = [column, *(self.column_of(level, resolved) for level in resolved.levels[1:])]
            texts = [text for one in every if isinstance(one, ManyValued) for text in one.texts]
            return tuple(sorted(set(texts), key=lambda text: (-texts.count(text), text)))
        if column.kind is not ColumnKind.CATEGORY:
            return ()
        counts = np.bincount(column.values[~column.missing], minlength=len(column.categories))
        order = np.lexsort((np.arange(len(counts)), -counts))
        return tuple(column.categories[code] for code in order.tolist())

    def _where(self, expression: Expression, scope: RowScope) -> BoolArray:
        return evaluate(expression, lambda name: self._bound(name, expression.text, scope), scope.n_rows)

    def _where_known(self, expression: Expression, scope: RowScope) -> BoolArray:
        """Return which rows satisfy an expression, whatever is asked of levels they cannot see being unknown."""

        def is_known(name: Name) -> bool:
            return any(level in scope.rows for level in self.resolve(name, expression.text).levels)

        if not can_hold(expression, is_known):
            return np.zeros(scope.n_rows, np.bool_)
        return evaluate(
            expression, lambda name: self._bound(name, expression.text, scope) if is_known(name) else None, scope.n_rows
        )

    def _bound(self, name: Name, text: str, scope: RowScope) -> BoundColumn:
        resolved = self.resolve(name, text)
        if self.fates is None and is_of_fates(resolved):
            reason = f"{name_text(name.segments)} compares with another run, and no other run is given"
            raise ExpressionError(reason, text, name.at)
        if scope.rows.keys() == {Level.IMAGE} and Level.IMAGE in resolved.levels:
            return BoundColumn(((self.image_column(resolved), None),))
        if scope.what == _NOUNS[Level.FAILURE] and resolved.key == TAG and not resolved.is_meta and len(resolved.levels) > 1:
            of_image = (self.column_of(Level.IMAGE, resolved), scope.rows[Level.IMAGE])
            return BoundColumn((of_image, (self._shown_tags(), scope.rows[Level.FAILURE])))
        parts = tuple((self.column_of(level, resolved), rows) for level, rows in scope.rows.items() if level in resolved.levels)
        if not parts:
            of = " and ".join(_NOUNS[level] for level in resolved.levels)
            needs = "" if self.evaluation is not None else " without an evaluation"
            reason = f"{name_text(name.segments)} is a column of {of} and says nothing about {scope.what}{needs}"
            raise ExpressionError(reason, text, name.at)
        return BoundColumn(parts)

    def has(self, level: Level, resolved: ResolvedColumn) -> bool:
        """Return whether ``level`` has the column that a name means, whatever level its prefix said."""
        if resolved.is_meta:
            return level is not Level.FAILURE and resolved.key in self._names.table(level)
        if resolved.is_measured:
            return level in MEASURED_COLUMNS[resolved.key].levels
        return resolved.key in BUILTIN_COLUMNS[level]

    def image_column(self, resolved: ResolvedColumn) -> Column | ManyValued:
        """Return a column of images; of ``tag`` without a prefix also the tags on the objects of each image."""
        if len(resolved.levels) > 1:
            return tags_anywhere(self._column_facts())
        return self.column_of(Level.IMAGE, resolved)

    def column_of(self, level: Level, resolved: ResolvedColumn) -> Column | ManyValued:
        """Return the column that a name means, as ``level`` has it."""
        if resolved.is_measured:
            return self.facts.measured.column(level, resolved.key)
        key = (level, resolved.key + (f".{resolved.part}" if resolved.part else ""), resolved.is_meta)
        if key not in self._built:
            if resolved.is_meta:
                found = self._names.table(level)[resolved.key]
                self._built[key] = part_of(found, resolved.part) if resolved.part else found
            else:
                self._built[key] = BUILTIN_COLUMNS[level][resolved.key](self._column_facts(), resolved.key)
        return self._built[key]

    def _shown_tags(self) -> ManyValued:
        key = (Level.FAILURE, TAG, False)
        if key not in self._built:
            self._built[key] = shown_tags(self._outcomes(), self.tags or TagColumns())
        found = self._built[key]
        assert isinstance(found, ManyValued)
        return found

    def _resolved(self, expression: Expression) -> list[ResolvedColumn]:
        return [self.resolve(name, expression.text) for name in expression.names]

    def _column_facts(self) -> ColumnFacts:
        return ColumnFacts(self.facts, self.evaluation, self.tags, self.fates)

    def _outcomes(self) -> Outcomes:
        if self.evaluation is None:
            raise ValueError("outcome rows need an evaluation")
        return self.evaluation.outcomes

    def _require_evaluation(self, expression: Expression) -> None:
        if self.evaluation is not None:
            return
        for name, resolved in zip(expression.names, self._resolved(expression), strict=True):
            if resolved.levels == (Level.FAILURE,):
                raise ExpressionError(f"{name_text(name.segments)} is known only after an evaluation", expression.text, name.at)
        raise ExpressionError("ground truth and predictions are paired only by an evaluation", expression.text, 0)

    def _askable(self, expression: Expression) -> tuple[Level, ...]:
        """Return the levels whose rows are the objects that an expression of images or objects is asked of."""
        if self.is_of_images(expression):
            return (Level.IMAGE,)
        sides = {resolved.levels[0] for resolved in self._resolved(expression) if len(resolved.levels) == 1}
        needs_pairs = Level.FAILURE in sides or {Level.GT, Level.PRED} <= sides
        return (Level.IMAGE, Level.GT, Level.PRED, Level.FAILURE) if needs_pairs else (Level.IMAGE, Level.GT, Level.PRED)

    def _objects(self, level: Level) -> tuple[RowScope, AnyArray]:
        """Return the objects of a level as rows to ask, and the image of each."""
        if level is Level.IMAGE:
            return self._image_scope(), np.arange(len(self.facts.dataset.images))
        if level is not Level.FAILURE:
            table = self.facts.dataset.ground_truth if level is Level.GT else self.facts.run.predictions
            return self._alone(level), table.image_row
        outcomes = self._outcomes()
        rows = np.flatnonzero(np.isin(outcomes.kind, np.array(_LISTED, np.uint8)))
        return self.outcome_scope(rows), outcomes.image_row(rows)

    def _image_scope(self) -> RowScope:
        return RowScope(len(self.facts.dataset.images), {Level.IMAGE: None}, "images")

    def _alone(self, level: Level) -> RowScope:
        """Return ground truth or predictions as rows that see their image, and not what the evaluation pairs them with."""
        table = self.facts.dataset.ground_truth if level is Level.GT else self.facts.run.predictions
        image_row = table.image_row
        return RowScope(len(image_row), {Level.IMAGE: image_row, level: None}, _NOUNS[level])

    def _gt_scope(self) -> RowScope:
        alone, n_predictions = self._alone(Level.GT), len(self.facts.run.predictions)
        if self.evaluation is None:
            return alone
        failures = np.arange(n_predictions, n_predictions + alone.n_rows)
        paired: dict[Level, AnyArray | None] = {Level.PRED: self._outcomes().target[n_predictions:], Level.FAILURE: failures}
        return replace(alone, rows=alone.rows | paired)

    def _pred_scope(self) -> RowScope:
        alone = self._alone(Level.PRED)
        if self.evaluation is None:
            return alone
        failures = np.arange(alone.n_rows)
        paired: dict[Level, AnyArray | None] = {Level.GT: self._outcomes().target[: alone.n_rows], Level.FAILURE: failures}
        return replace(alone, rows=alone.rows | paired)


def is_of_fates(resolved: ResolvedColumn) -> bool:
    """Return whether a column says what became of objects from run to run."""
    return resolved.levels == (Level.FAILURE,) and resolved.key in FATE_COLUMNS


def _parsed(expression: Expression | str) -> Expression:
    return parse(expression) if isinstance(expression, str) else expression
