"""Reading and writing expressions: the grammar of the command-line page, and its errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.expression import parse, to_text
from diag_gui.data.expression_syntax import (
    COMPARISONS,
    MAXIMUM_CHARACTERS,
    And,
    Between,
    Comparison,
    Expression,
    IsNull,
    Like,
    Membership,
    Name,
    Node,
    Not,
    Or,
)
from diag_gui.exceptions import ExpressionError
from tests.data.expression_trees import trees

A, B, C = (Comparison(Name((name,)), "=", 1.0) for name in "abc")

names = st.builds(Name, st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=3).map(tuple))
values = st.one_of(st.text(max_size=6), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
leaves = st.one_of(
    st.builds(Comparison, names, st.sampled_from(COMPARISONS), values),
    st.builds(Membership, names, st.lists(values, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(Between, names, values, values, st.booleans()),
    st.builds(Like, names, st.text(max_size=6), st.booleans()),
    st.builds(IsNull, names, st.booleans()),
)
nodes = trees(leaves)


@given(nodes)
def test_what_is_written_reads_back_equal(node: Node) -> None:
    assert parse(to_text(node)) == Expression(node)


@given(st.text(max_size=200) | st.text("ab=(),.'\" NOTANDORIN%<>!0123456789-+e", max_size=200))
def test_any_text_parses_or_says_where_not(text: str) -> None:
    place = 0
    try:
        parse(text)
    except ExpressionError as error:
        place = error.column
    assert 0 <= place <= len(text)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = 1 OR b = 1 AND c = 1", Or((A, And((B, C))))),
        ("(a = 1 OR b = 1) AND c = 1", And((Or((A, B)), C))),
        ("NOT a = 1 AND b = 1", And((Not(A), B))),
        ("NOT (a = 1 AND b = 1)", Not(And((A, B)))),
        ("a = 1 and (b = 1 And c = 1)", And((A, B, C))),
        ("NOT NOT a = 1", Not(Not(A))),
        ("a BETWEEN 1 AND 2 AND b = 1", And((Between(Name(("a",)), 1.0, 2.0), B))),
        ("a not in (1, 'x', true)", Membership(Name(("a",)), (1.0, "x", True), True)),
        ("a IS NOT NULL", IsNull(Name(("a",)), True)),
        ("a LIKE 'it''s%'", Like(Name(("a",)), "it's%")),
        ('meta."time of day" <= -1.5e2', Comparison(Name(("meta", "time of day")), "<=", -150.0)),
        ('"like" = .5', Comparison(Name(("like",)), "=", 0.5)),
        ('"say ""x""" = \'\'', Comparison(Name(('say "x"',)), "=", "")),
        ("größe=1", Comparison(Name(("größe",)), "=", 1.0)),
    ],
)
def test_grammar(text: str, tree: Node) -> None:
    assert parse(text).root == tree


def test_canonical_text_has_no_needless_bracket() -> None:
    text = "((scene='night')) and(not (area<1024 or ((iscrowd = true))))AND class in('car','bus')"
    assert to_text(parse(text)) == "scene = 'night' AND NOT (area < 1024 OR iscrowd = TRUE) AND class IN ('car', 'bus')"


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("", 0, "empty"),
        ("   ", 3, "empty"),
        ("a", 1, "a comparison is expected"),
        ("a =", 3, "a value is expected"),
        ("a = b", 4, "single quotes"),
        ("a == 1", 3, "equal is written ="),
        ("a ! 1", 2, "!="),
        ("a = NULL", 4, "IS NULL"),
        ("a = 'x", 4, "not closed"),
        ('"a = 1', 0, "not closed"),
        ("(a = 1", 0, "not closed"),
        ("a = 1)", 5, "never opened"),
        ("a = 1 b = 2", 6, "AND, OR or the end"),
        ("a IN ()", 6, "a value is expected"),
        ("a IN 1", 5, "list in brackets"),
        ("a BETWEEN 1 OR 2", 12, "AND is expected"),
        ("a LIKE 5", 7, "pattern"),
        ("a = 1e999", 4, "too large"),
        ("1024 > area", 0, "a column name is expected"),
        ("5a = 1", 0, "not a number"),
        ("__import__('os') = 1", 10, "nothing can be called"),
        ("a = open('x')", 4, "single quotes"),
        ("a = 1; b", 5, "unexpected character"),
    ],
)
def test_errors_say_where_and_why(text: str, column: int, reason: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse(text)
    assert raised.value.column == column
    assert reason in str(raised.value)


def test_a_bare_word_offers_the_quoted_one() -> None:
    with pytest.raises(ExpressionError) as raised:
        parse("scene = night")
    assert raised.value.suggestions == ("'night'",)


def test_one_hundred_levels_and_no_more() -> None:
    assert to_text(parse("(" * 100 + "a = 1" + ")" * 100)) == "a = 1"
    assert isinstance(parse("NOT " * 100 + "a = 1").root, Not)
    for text in ("(" * 101 + "a = 1" + ")" * 101, "NOT " * 101 + "a = 1", "(" * 4000):
        with pytest.raises(ExpressionError, match="deeper than 100 levels"):
            parse(text)


def test_the_deepest_tree_is_written_and_read() -> None:
    text = "(a = 1 AND (a = 2 OR " * 50 + "NOT a = 3" + "))" * 50
    with pytest.raises(ExpressionError, match="levels"):
        parse(text)
    allowed = "(a = 1 AND (a = 2 OR " * 49 + "NOT a = 3" + "))" * 49
    assert parse(to_text(parse(allowed))) == parse(allowed)


def test_length_is_limited_but_many_clauses_are_not() -> None:
    text = "a = 1 OR " * 454 + "a = 1"
    assert len(text) <= MAXIMUM_CHARACTERS
    assert len(parse(text).names) == 455
    with pytest.raises(ExpressionError, match="4,096"):
        parse(text.ljust(MAXIMUM_CHARACTERS + 1))
