"""Flags of labels, by whichever spelling and storage a format has for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.evaluation.label_flags import DIFFICULT, GROUP_OF, flagged
from tests.evaluation.coco_facts import by_hand

NONE_MISSING = np.zeros(3, bool)
GT = by_hand(1, 1, [(1, 1, 0, 0, 9, 9)] * 3, [])[0].ground_truth


@pytest.mark.parametrize("name", ["isgroupof", "is_group_of", "IsGroupOf", "group-of"])
@pytest.mark.parametrize(
    "column",
    [
        (ColumnKind.BOOL, np.array([True, False, True]), np.array([False, False, True])),
        (ColumnKind.NUMBER, np.array([1.0, 0.0, np.nan]), np.array([False, False, True])),
        (ColumnKind.CATEGORY, np.array([1, 0, -1], np.int32), np.array([False, False, True]), ("no", "Yes")),
    ],
)
def test_every_storage_is_read_and_what_is_missing_is_not_set(name, column) -> None:
    gt = replace(GT, attributes=AttributeTable(Level.GT, 3, (Column(name, *column),)))
    assert flagged(gt, GROUP_OF).tolist() == [True, False, False]
    assert flagged(gt, DIFFICULT).tolist() == [False, False, False]


def test_a_time_is_no_flag() -> None:
    times = Column("difficult", ColumnKind.DATETIME, np.array(["2026-01-01"] * 3, "datetime64[us]"), NONE_MISSING)
    assert not flagged(replace(GT, attributes=AttributeTable(Level.GT, 3, (times,))), DIFFICULT).any()
