"""What a label says about itself in a field of its own, by whichever spelling a format has for it."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray
from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.data.dataset import GroundTruth

DIFFICULT = frozenset({"difficult"})
GROUP_OF = frozenset({"isgroupof", "groupof"})
IGNORE = frozenset({"ignore"})

_YES = frozenset({"1", "true", "yes"})


def flagged(gt: GroundTruth, names: frozenset[str]) -> BoolArray:
    """Return which labels have one of these fields set; where no label has such a field, none has.

    Parameters
    ----------
    gt : GroundTruth
    names : frozenset of str
        In lower case, without underscores and hyphens; columns are compared in that form.

    Returns
    -------
    ndarray of bool, shape (G,)
    """
    is_set = np.zeros(len(gt), np.bool_)
    for column in gt.attributes.columns:
        if column.name.lower().replace("_", "").replace("-", "") in names:
            is_set |= _is_yes(column)
    return is_set


def _is_yes(column: Column) -> BoolArray:
    if column.kind is ColumnKind.CATEGORY:
        yes = np.array([text.strip().lower() in _YES for text in column.categories], np.bool_)
        return ~column.missing & yes[column.values] if len(yes) else np.zeros(len(column), np.bool_)
    if column.kind is ColumnKind.DATETIME:
        return np.zeros(len(column), np.bool_)
    is_yes: BoolArray = ~column.missing & (column.values != 0)
    return is_yes
