"""What lies inside a slice: images, or ground truth and predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.attributes import Level
from diag_gui.data.expression import BoundColumn, Expression, Name, evaluate, name_text
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.exceptions import ExpressionError

_RESULTS = ("score", "rank")


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """What a slice holds.

    Attributes
    ----------
    images : ndarray of bool, shape (I,), or None
        Of an image slice; None for an object slice.
    gt : ndarray of bool, shape (G,), or None
        Of an object slice; None for an image slice.
    pred : ndarray of bool, shape (P,), or None
        Of an object slice; None also where predictions lack a column of the expression, so that nobody can say.
    """

    images: BoolArray | None
    gt: BoolArray | None = None
    pred: BoolArray | None = None

    def rest(self) -> Membership:
        """Return everything else: the other images, or the other objects."""
        if self.images is not None:
            return Membership(~self.images)
        return Membership(None, None if self.gt is None else ~self.gt, None if self.pred is None else ~self.pred)


def membership(expression: Expression, catalog: ColumnCatalog) -> Membership:
    """Ask an expression of images, or of ground truth and predictions alike.

    Parameters
    ----------
    expression : Expression
        Of image columns only: an image slice. Otherwise an object slice; ``area``, ``gt.area`` and ``pred.area`` are
        then all read of ground truth for ground truth and of predictions for predictions.
    catalog : ColumnCatalog

    Returns
    -------
    Membership

    Raises
    ------
    ExpressionError
        For what is a result and no property of an object (``score``, ``rank``, ``error``, ``iou`` …), and for a column
        that ground truth does not have.
    """
    if catalog.is_of_images(expression):
        return Membership(catalog.images_where(expression))
    has_pred = True
    for name in expression.names:
        resolved = catalog.resolve(name, expression.text)
        if Level.IMAGE in resolved.levels:
            continue
        written = name_text(name.segments)
        if Level.FAILURE in resolved.levels or (not resolved.is_meta and resolved.key in _RESULTS):
            raise ExpressionError(f"{written} is a result, no property to slice by", expression.text, name.at)
        if not catalog.has(Level.GT, resolved):
            raise ExpressionError(f"ground truth has no {written}, so a slice by it has no recall", expression.text, name.at)
        has_pred = has_pred and catalog.has(Level.PRED, resolved)
    dataset, predictions = catalog.facts.dataset, catalog.facts.run.predictions
    gt = _objects(expression, catalog, Level.GT, dataset.ground_truth.image_row)
    pred = _objects(expression, catalog, Level.PRED, predictions.image_row) if has_pred else None
    return Membership(None, gt, pred)


def _objects(expression: Expression, catalog: ColumnCatalog, level: Level, image_row: AnyArray) -> BoolArray:
    def lookup(name: Name) -> BoundColumn:
        resolved = catalog.resolve(name, expression.text)
        if Level.IMAGE in resolved.levels:
            return BoundColumn(((catalog.image_column(resolved), image_row),))
        return BoundColumn(((catalog.column_of(level, resolved), None),))

    return evaluate(expression, lookup, len(image_row))


def inside_images(images: BoolArray | None, n_images: int) -> BoolArray:
    """Return a mask of asked images; None means all."""
    return np.ones(n_images, np.bool_) if images is None else images
