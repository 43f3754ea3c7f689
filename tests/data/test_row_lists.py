"""Lists of rows per entry: what they accept, and the facts that carry them."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.data.dataset import Classes, Images
from diag_gui.data.row_lists import RowLists


def test_lists_are_sorted_and_hold_each_row_once() -> None:
    lists = RowLists.of([[5, 2, 5], [], [7]])
    assert [rows.tolist() for rows in lists] == [[2, 5], [], [7]]
    assert len(lists) == 3
    assert lists.entries.tolist() == [0, 0, 2]


def test_pairs_in_any_order_make_the_same_lists() -> None:
    entry, row = np.array([2, 0, 0, 0]), np.array([7, 5, 2, 5])
    assert [rows.tolist() for rows in RowLists.of_pairs(entry, row, 3)] == [[2, 5], [], [7]]
    assert [rows.tolist() for rows in RowLists.of_pairs(entry[:0], row[:0], 2)] == [[], []]


def test_no_entries_are_lists_too() -> None:
    assert len(RowLists.of([])) == 0
    assert RowLists.of([[], []]).rows.tolist() == []


@pytest.mark.parametrize(
    ("offsets", "rows"),
    [([], []), ([0, 2], [1]), ([0, 2, 1], [1]), ([1, 1], [1]), ([0, 1], [-1]), ([0, 2], [3, 3]), ([0, 2], [3, 2])],
)
def test_arrays_that_are_no_lists_are_refused(offsets: list[int], rows: list[int]) -> None:
    with pytest.raises(ValueError, match="row"):
        RowLists(np.array(offsets, np.int64), np.array(rows, np.int32))


def test_a_row_may_follow_a_greater_one_of_the_list_before() -> None:
    lists = RowLists(np.array([0, 0, 2, 3, 3]), np.array([4, 9, 1], np.int32))
    assert [rows.tolist() for rows in lists] == [[], [4, 9], [1], []]


def test_facts_without_lists_are_those_of_before() -> None:
    size = np.full(2, -1, np.int32)
    images = Images(np.array([1, 2]), ("a", "b"), size, size)
    assert images.class_lists == {}
    assert not images.is_federated
    assert Images(np.array([1, 2]), ("a", "b"), size, size, negative=RowLists.of([[], []])).is_federated
    with pytest.raises(ValueError, match="lists of negative classes"):
        Images(np.array([1, 2]), ("a", "b"), size, size, negative=RowLists.of([[]]))


def test_classes_check_groups_and_parents() -> None:
    ids, names = np.array([1, 2]), ("a", "b")
    assert Classes(ids, names, ("", ""), ("r", None), RowLists.of([[1], []])).parents is not None
    with pytest.raises(ValueError, match="frequencies"):
        Classes(ids, names, ("", ""), ("r", "x"))
    with pytest.raises(ValueError, match="parents"):
        Classes(ids, names, ("", ""), parents=RowLists.of([[2], []]))
