"""Classes above and below: trees, lattices, rings."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.data.row_lists import RowLists
from diag_gui.evaluation.class_hierarchy import replaced_by, with_ancestors, with_descendants
from diag_gui.exceptions import EvaluationError


def listed(lists: RowLists) -> list[list[int]]:
    return [rows.tolist() for rows in lists]


def test_a_class_of_several_ways_up_has_each_class_above_once() -> None:
    # 0 above 1 and 2; 3 below both; 4 below 3; 5 alone.
    parents = RowLists.of([[], [0], [0], [1, 2], [3], []])
    above = with_ancestors(parents)
    assert listed(above) == [[0], [0, 1], [0, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4], [5]]
    assert listed(with_descendants(above)) == [[0, 1, 2, 3, 4], [1, 3, 4], [2, 3, 4], [3, 4], [4], [5]]
    assert listed(replaced_by(RowLists.of([[4, 5], [], [1]]), above)) == [[0, 1, 2, 3, 4, 5], [], [0, 1]]


@pytest.mark.parametrize("parents", [[[0]], [[1], [0]], [[], [0, 3], [1], [2]]])
def test_a_ring_is_refused(parents: list[list[int]]) -> None:
    with pytest.raises(EvaluationError, match="above itself"):
        with_ancestors(RowLists.of(parents))


def test_random_hierarchies_are_those_of_walking_up() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        n = int(rng.integers(1, 30))
        parents = [sorted(set(rng.integers(0, c, rng.integers(0, 3)).tolist())) if c else [] for c in range(n)]

        def walk(c: int, parents: list[list[int]] = parents) -> set[int]:
            return {c}.union(*(walk(p) for p in parents[c]))

        assert listed(with_ancestors(RowLists.of(parents))) == [sorted(walk(c)) for c in range(n)]


def test_a_million_classes_without_a_hierarchy_cost_what_they_are() -> None:
    n = 1_000_000
    none = RowLists(np.zeros(n + 1, np.int64), np.zeros(0, np.int32))
    above = with_ancestors(none)
    np.testing.assert_array_equal(above.rows, np.arange(n))
