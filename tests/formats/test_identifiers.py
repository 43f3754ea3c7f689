"""Rows by identifier: dense and scattered integers, texts, and what is not there."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.formats import identifiers
from diag_gui.formats.identifiers import find_integers, find_rows
from diag_gui.formats.record_table import CodedTexts

EXTREMES = np.array([-(2**63), 2**63 - 1, 0, -1, 3], np.int64)


@pytest.mark.parametrize("ids", [[], [0], [3, 4, 7], [-5, 0, 10**12], [-(2**63), 2**63 - 1], [2**63 - 3, 2**63 - 1]])
def test_integers_are_found_wherever_they_lie(ids, monkeypatch):
    monkeypatch.setattr(identifiers, "_PIECE", 4)
    known = np.array(ids, np.int64)
    wanted = np.concatenate([known, EXTREMES, known[::-1], np.arange(-6, 12)])
    rows = {int(value): row for row, value in enumerate(known)}
    assert find_integers(wanted, known).tolist() == [rows.get(int(value), -1) for value in wanted]


def test_texts_are_found_once_for_all_records_that_share_them():
    wanted = CodedTexts(np.array([0, 1, 0, -1, 2], np.int32), ("2", "x", "7"))
    rows, converted = find_rows(wanted, np.array([2, 7], np.int64))
    assert rows.tolist() == [0, -1, 0, -1, 1]
    assert converted.tolist() == [True, False, True, False, True]
    assert list(wanted) == ["2", "x", "2", None, "7"]
