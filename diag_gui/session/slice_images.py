"""Which images a slice holds, and on which images slices are compared."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, IntArray
from diag_gui.data.expression import parse
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.query import Query, images_of
from diag_gui.evaluation.slice_membership import membership
from diag_gui.session.state import SessionState


def slice_image_rows(state: SessionState) -> IntArray:
    """Return the images of the slice in question under the other filters, ascending.

    Of an object slice those with ground truth in it that is not ignored.
    """
    facts = state.facts
    if facts is None or state.evaluation is None or not state.slice_current:
        return np.zeros(0, np.int32)
    inside = membership(parse(state.slice_current), ColumnCatalog(facts, tags=state.tag_columns))
    if inside.images is not None:
        rows = np.flatnonzero(inside.images)
    else:
        assert inside.gt is not None
        rows = np.unique(facts.dataset.ground_truth.image_row[inside.gt & ~facts.gt_ignored])
    kept = images_compared(state)
    return (rows if kept is None else rows[kept[rows]]).astype(np.int32)


def images_compared(state: SessionState) -> BoolArray | None:
    """Return the images that the filters but the slice in question keep; None means all.

    Notes
    -----
    A slice that everything is filtered by is still compared with what lies outside it.
    """
    assert state.facts is not None
    assert state.evaluation is not None
    others = tuple(text for text in state.query.expressions if text != state.slice_current)
    if others == state.query.expressions:
        return state.evaluation.images
    return images_of(Query(expressions=others), ColumnCatalog(state.facts, tags=state.tag_columns))
