"""What a filter expression consists of, as frozen values, and how it is written down again.

The grammar is that of the command-line page: ``OR`` binds weaker than ``AND``, ``AND`` weaker than ``NOT``, ``NOT``
weaker than a comparison of one column with literal values. There are no calls, no arithmetic and no second column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

MAXIMUM_CHARACTERS = 4096
MAXIMUM_LEVELS = 100
KEYWORDS = frozenset({"OR", "AND", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL", "TRUE", "FALSE"})
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
BARE_NAME = re.compile(r"[^\W\d]\w*")

Value: TypeAlias = str | float | bool


@dataclass(frozen=True, slots=True)
class Name:
    """A column as the user wrote it.

    Attributes
    ----------
    segments : tuple of str
        Parts between dots; a quoted part may itself hold dots, spaces or a keyword.
    at : int
        0-based position in the text; not compared.
    """

    segments: tuple[str, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``name operator value``; the operator is one of `COMPARISONS`."""

    name: Name
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Membership:
    """``name [NOT] IN (values)``; at least one value."""

    name: Name
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """``name [NOT] BETWEEN low AND high``, both ends included."""

    name: Name
    low: Value
    high: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """``name [NOT] LIKE pattern``: ``%`` is any run of characters, ``_`` any one; upper and lower case differ."""

    name: Name
    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """``name IS [NOT] NULL``."""

    name: Name
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """``NOT operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more operands, none of which is itself an `And`."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more operands, none of which is itself an `Or`."""

    operands: tuple[Node, ...]


Leaf: TypeAlias = Comparison | Membership | Between | Like | IsNull
Node: TypeAlias = Leaf | Not | And | Or


@dataclass(frozen=True, slots=True)
class Expression:
    """A filter that parsed. Equal expressions have equal trees, however they were spaced and bracketed.

    Attributes
    ----------
    root : Node
    text : str
        As typed, for messages that point into it; not compared.
    """

    root: Node
    text: str = field(default="", compare=False)

    @property
    def names(self) -> tuple[Name, ...]:
        """Every column named, in order, repeats included."""
        return tuple(leaf.name for leaf in leaves(self.root))


def conjunction(*operands: Node) -> Node:
    """Return the `And` of ``operands``, nested ones opened up; one operand is returned as it is."""
    flat: list[Node] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, And) else (operand,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def disjunction(*operands: Node) -> Node:
    """Return the `Or` of ``operands``, nested ones opened up; one operand is returned as it is."""
    flat: list[Node] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, Or) else (operand,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield the comparisons of ``node`` from left to right."""
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Not):
            waiting.append(current.operand)
        elif isinstance(current, (And, Or)):
            waiting.extend(reversed(current.operands))
        else:
            yield current


def to_text(expression: Expression | Node) -> str:
    """Write an expression in its canonical form: keywords in capitals, single spaces, no needless bracket.

    Parameters
    ----------
    expression : Expression or Node

    Returns
    -------
    str
        Parses to an equal expression, provided that it stays within `MAXIMUM_CHARACTERS`.
    """
    return _written(expression.root if isinstance(expression, Expression) else expression)


def name_text(segments: tuple[str, ...]) -> str:
    """Write a column name; a part that is no bare name, or is a keyword, is put into double quotes."""
    return ".".join(_segment_text(segment) for segment in segments)


def value_text(value: Value) -> str:
    """Write a literal: text in single quotes, a whole number without a point."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _segment_text(segment: str) -> str:
    if BARE_NAME.fullmatch(segment) and segment.upper() not in KEYWORDS:
        return segment
    return '"' + segment.replace('"', '""') + '"'


def _written(node: Node) -> str:
    if isinstance(node, Or):
        return " OR ".join(_written(operand) for operand in node.operands)
    if isinstance(node, And):
        return " AND ".join(_in_brackets(operand, Or) for operand in node.operands)
    if isinstance(node, Not):
        return "NOT " + _in_brackets(node.operand, (And, Or))
    name = name_text(node.name.segments)
    if isinstance(node, Comparison):
        return f"{name} {node.operator} {value_text(node.value)}"
    negation = "NOT " if node.negated else ""
    if isinstance(node, IsNull):
        return f"{name} IS {negation}NULL"
    if isinstance(node, Membership):
        return f"{name} {negation}IN ({', '.join(value_text(value) for value in node.values)})"
    if isinstance(node, Between):
        return f"{name} {negation}BETWEEN {value_text(node.low)} AND {value_text(node.high)}"
    return f"{name} {negation}LIKE {value_text(node.pattern)}"


def _in_brackets(node: Node, weaker: type | tuple[type, ...]) -> str:
    return f"({_written(node)})" if isinstance(node, weaker) else _written(node)
