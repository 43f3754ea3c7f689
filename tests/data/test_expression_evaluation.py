"""Which rows satisfy an expression: against a slow oracle row by row, and by hand."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.data.expression import BoundColumn, ManyValued, Name, can_hold, evaluate, parse
from diag_gui.data.expression_predicates import like_pattern
from diag_gui.data.expression_syntax import (
    COMPARISONS,
    And,
    Between,
    Comparison,
    Expression,
    IsNull,
    Like,
    Membership,
    Node,
    Not,
    Or,
)
from diag_gui.exceptions import ExpressionError
from tests.data.expression_trees import trees

NUMBERS: list[float | None] = [1.0, 2.0, None, -3.5, 2.0, 0.0, None, 7.0]
TEXTS: list[str | None] = ["day", None, "night", "day", "Day", None, "", "dusk"]
FLAGS: list[bool | None] = [True, False, None, True, False, True, None, False]
DATES: list[str | None] = ["2026-01-01", None, "2026-03-02T14:30", "2026-03-02", None, "2025-12-31", "2026-03-03", "2026-01-01"]
TAGS: list[tuple[str, ...]] = [("x",), (), ("x", "y"), ("y",), (), ("z",), (), ("x", "z")]
N = len(NUMBERS)


def number_column(values: list[float | None]) -> Column:
    numbers = np.array([math.nan if value is None else value for value in values], np.float64)
    return Column("n", ColumnKind.NUMBER, numbers, np.isnan(numbers))


def text_column(values: list[str | None]) -> Column:
    categories = sorted({value for value in values if value is not None})
    codes = np.array([-1 if value is None else categories.index(value) for value in values], np.int32)
    return Column("t", ColumnKind.CATEGORY, codes, codes < 0, tuple(categories))


def flag_column(values: list[bool | None]) -> Column:
    missing = np.array([value is None for value in values])
    return Column("b", ColumnKind.BOOL, np.array([bool(value) for value in values]), missing)


def date_column(values: list[str | None]) -> Column:
    moments = np.array([np.datetime64(value or "NaT", "us") for value in values])
    return Column("d", ColumnKind.DATETIME, moments, np.isnat(moments))


def tag_column() -> ManyValued:
    entries = [(row, text) for row, texts in enumerate(TAGS) for text in texts]
    return ManyValued(N, np.array([row for row, _ in entries], np.int32), tuple(text for _, text in entries))


COLUMNS: dict[str, Column | ManyValued] = {
    "n": number_column(NUMBERS),
    "t": text_column(TEXTS),
    "b": flag_column(FLAGS),
    "d": date_column(DATES),
    "tag": tag_column(),
}


def lookup(name: Name) -> BoundColumn:
    return BoundColumn(((COLUMNS[name.segments[0]], None),))


def rows_where(text: str) -> list[int]:
    return np.flatnonzero(evaluate(parse(text), lookup, N)).tolist()


def oracle(node: Node, row: int) -> bool | None:
    """Answer for one row as SQL does: True, False, or None for unknown."""
    if isinstance(node, Not):
        inner = oracle(node.operand, row)
        return None if inner is None else not inner
    if isinstance(node, And | Or):
        answers = [oracle(operand, row) for operand in node.operands]
        decisive = isinstance(node, Or)
        return decisive if decisive in answers else None if None in answers else not decisive
    column = node.name.segments[0]
    if column == "tag":
        return tag_oracle(node, TAGS[row])
    value: Any = {"n": NUMBERS, "t": TEXTS, "b": FLAGS}[column][row]
    if isinstance(node, IsNull):
        return (value is None) is not node.negated
    if value is None:
        return None
    return leaf_oracle(node, value)


def leaf_oracle(node: Node, value: Any) -> bool:
    if isinstance(node, Comparison):
        return bool(
            {
                "=": lambda x, y: x == y,
                "!=": lambda x, y: x != y,
                "<": lambda x, y: x < y,
                "<=": lambda x, y: x <= y,
                ">": lambda x, y: x > y,
                ">=": lambda x, y: x >= y,
            }[node.operator](value, node.value)
        )
    if isinstance(node, Membership):
        return (value in node.values) is not node.negated
    if isinstance(node, Between):
        return (node.low <= value <= node.high) is not node.negated  # type: ignore[operator]
    assert isinstance(node, Like)
    pattern = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in node.pattern)
    return (re.fullmatch(pattern, value, re.DOTALL) is not None) is not node.negated


def tag_oracle(node: Node, tags: tuple[str, ...]) -> bool:
    if isinstance(node, IsNull):
        return (not tags) is not node.negated
    if isinstance(node, Comparison):
        return (node.value in tags) is (node.operator == "=")
    assert isinstance(node, Membership)
    return any(tag in node.values for tag in tags) is not node.negated


def leaf_of(column: str, values: st.SearchStrategy[Any], operators: tuple[str, ...], *, ordered: bool) -> st.SearchStrategy[Node]:
    name = Name((column,))
    kinds: list[st.SearchStrategy[Node]] = [
        st.builds(Comparison, st.just(name), st.sampled_from(operators), values),
        st.builds(Membership, st.just(name), st.lists(values, min_size=1, max_size=3).map(tuple), st.booleans()),
        st.builds(IsNull, st.just(name), st.booleans()),
    ]
    if ordered:
        kinds.append(st.builds(Between, st.just(name), values, values, st.booleans()))
    return st.one_of(kinds)


texts = st.sampled_from(["day", "night", "Day", "", "dusk", "noon"])
leaves = st.one_of(
    leaf_of("n", st.sampled_from([-3.5, 0.0, 1.0, 2.0, 3.0]), COMPARISONS, ordered=True),
    leaf_of("t", texts, COMPARISONS, ordered=True),
    leaf_of("b", st.booleans(), ("=", "!="), ordered=False),
    leaf_of("tag", st.sampled_from(["x", "y", "z", "w"]), ("=", "!="), ordered=False),
    st.builds(Like, st.just(Name(("t",))), st.text("d%_ay", max_size=5), st.booleans()),
)
nodes = trees(leaves)


@given(nodes)
def test_equal_to_the_answer_row_by_row(node: Node) -> None:
    expected = [oracle(node, row) is True for row in range(N)]
    assert evaluate(Expression(node), lookup, N).tolist() == expected


@given(nodes, st.lists(st.integers(-1, N - 1), min_size=1, max_size=12))
def test_rows_of_another_level_read_their_own_row_and_minus_one_is_missing(node: Node, rows: list[int]) -> None:
    taken = np.array(rows)

    def bound(name: Name) -> BoundColumn:
        return BoundColumn(((COLUMNS[name.segments[0]], taken),))

    def answer(row: int) -> bool:
        if row >= 0:
            return oracle(node, row) is True
        return absent(node) is True

    def absent(inner: Node) -> bool | None:
        if isinstance(inner, Not):
            found = absent(inner.operand)
            return None if found is None else not found
        if isinstance(inner, And | Or):
            answers = [absent(operand) for operand in inner.operands]
            decisive = isinstance(inner, Or)
            return decisive if decisive in answers else None if None in answers else not decisive
        if inner.name.segments[0] == "tag":
            return tag_oracle(inner, ())
        return not inner.negated if isinstance(inner, IsNull) else None

    assert evaluate(Expression(node), bound, len(rows)).tolist() == [answer(row) for row in rows]


def test_unknown_is_not_kept_and_its_negation_neither() -> None:
    assert rows_where("n > 1") == [1, 4, 7]
    assert rows_where("NOT n > 1") == [0, 3, 5]
    assert rows_where("n > 1 OR NOT n > 1 OR n IS NULL") == list(range(N))
    assert rows_where("n > 1 AND t = 'dusk'") == [7]
    assert rows_where("n > 100 AND t = 'day' OR b = TRUE") == [0, 3, 5]


def test_several_texts_per_row() -> None:
    assert rows_where("tag = 'x'") == [0, 2, 7]
    assert rows_where("tag != 'x'") == [1, 3, 4, 5, 6]
    assert rows_where("tag IN ('y', 'z')") == [2, 3, 5, 7]
    assert rows_where("tag LIKE 'x%' AND tag = 'y'") == [2]
    assert rows_where("tag IS NULL") == [1, 4, 6]


def test_several_many_valued_columns_answer_together() -> None:
    other = ManyValued(2, np.array([0], np.int32), ("w",))
    both = BoundColumn(((COLUMNS["tag"], np.arange(3)), (other, np.array([0, 1, -1]))))
    assert evaluate(parse("tag = 'w' OR tag = 'y'"), lambda _: both, 3).tolist() == [True, False, True]
    assert evaluate(parse("tag IS NULL"), lambda _: both, 3).tolist() == [False, True, False]


def test_the_first_column_with_a_row_answers() -> None:
    first, second = number_column([5.0, None]), number_column([7.0, 8.0])
    both = BoundColumn(((first, np.array([0, 1, -1])), (second, np.array([1, 1, 1]))))
    assert evaluate(parse("n < 6"), lambda _: both, 3).tolist() == [True, False, False]
    assert evaluate(parse("n = 8"), lambda _: both, 3).tolist() == [False, False, True]
    assert evaluate(parse("n IS NULL"), lambda _: both, 3).tolist() == [False, True, False]


def test_dates_compare_with_text_in_iso_form() -> None:
    assert rows_where("d >= '2026-03-02'") == [2, 3, 6]
    assert rows_where("d BETWEEN '2026-03-02' AND '2026-03-02 23:59'") == [2, 3]
    assert rows_where("d = '2026-03-02T15:30+01:00'") == [2]
    assert rows_where("d NOT IN ('2026-01-01')") == [2, 3, 5, 6]


def test_flags_may_be_written_as_numbers() -> None:
    assert rows_where("b = 1") == rows_where("b = TRUE") == rows_where("b != FALSE")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("n = 'x'", "holds numbers"),
        ("n = TRUE", "holds numbers"),
        ("n LIKE '1%'", "LIKE compares text only"),
        ("n IN (1, 'x')", "holds numbers"),
        ("t = 5", "'5'"),
        ("t BETWEEN 1 AND 2", "holds text"),
        ("b > FALSE", "true or false"),
        ("b = 'yes'", "neither"),
        ("b = 2", "neither"),
        ("d = 'yesterday'", "2026-03-02"),
        ("d > 5", "holds dates"),
        ("d LIKE '2026%'", "BETWEEN"),
        ("tag < 'x'", "no order"),
        ("tag BETWEEN 'a' AND 'b'", "no order"),
        ("tag = 5", "holds text"),
    ],
)
def test_values_of_another_kind_are_refused_where_they_stand(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(reason)) as raised:
        rows_where(f"n = 1 AND {text}")
    assert raised.value.column == len("n = 1 AND ")


def test_an_error_is_found_without_rows() -> None:
    with pytest.raises(ExpressionError):
        evaluate(parse("n = 'x'"), lambda _: BoundColumn(((number_column([]), None),)), 0)


def test_no_pattern_takes_exponential_time() -> None:
    pattern = like_pattern("%a" * 1000 + "%b_")
    assert pattern.match("a" * 20_000) is None
    assert like_pattern("%ab%ab%").match("ab" * 5000)
    assert like_pattern("%.jpg").match("x.jpg")
    assert not like_pattern("%.jpg").match("xjpg")
    assert like_pattern("a_c").match("a\nc")
    assert not like_pattern("abc").match("ABC")


@pytest.mark.parametrize(
    ("text", "holds_for"),
    [
        ("a = 1 OR b = 1", [True, False]),
        ("a = 1 AND b = 1", [False, False]),
        ("NOT (a = 1 AND b = 1)", [False, True]),
        ("NOT (a = 1 OR b = 1)", [False, False]),
        ("b IS NULL", [False, False]),
        ("b IS NOT NULL OR a != 1", [False, True]),
        ("NOT b = 1", [False, False]),
        ("NOT (NOT a = 1 AND NOT (b = 1))", [True, False]),
        ("a < 5 AND (b > 2 OR a = 0)", [False, True]),
    ],
)
def test_a_column_that_the_rows_do_not_have_is_unknown_whatever_is_asked(text: str, holds_for: list[bool]) -> None:
    """Two rows know ``a``, which is 1 and 0, and nothing of ``b``."""
    numbers = np.array([1.0, 0.0])
    known = BoundColumn(((Column("a", ColumnKind.NUMBER, numbers, np.isnan(numbers)), None),))
    expression = parse(text)
    assert evaluate(expression, lambda name: known if name.segments == ("a",) else None, 2).tolist() == holds_for
    assert can_hold(expression, lambda name: name.segments == ("a",)) == any(holds_for)
