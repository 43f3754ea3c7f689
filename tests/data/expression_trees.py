"""Expressions that hypothesis builds of leaves: negated, and joined by and and or."""

from __future__ import annotations

from hypothesis import strategies as st

from diag_gui.data.expression_syntax import Node, Not, conjunction, disjunction


def trees(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Return expressions of at most eight leaves."""

    def joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        some = st.lists(inner, min_size=2, max_size=3)
        both, either = (some.map(lambda operands, join=join: join(*operands)) for join in (conjunction, disjunction))
        return st.one_of(st.builds(Not, inner), both, either)

    return st.recursive(leaves, joined, max_leaves=8)
