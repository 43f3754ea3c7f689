"""Reading a filter expression: words to tree, without recursion, so that no input can exhaust the stack."""

from __future__ import annotations

import math
from dataclasses import dataclass

from diag_gui.data.expression_syntax import (
    MAXIMUM_LEVELS,
    Between,
    Comparison,
    Expression,
    IsNull,
    Leaf,
    Like,
    Membership,
    Name,
    Node,
    Not,
    Value,
    conjunction,
    disjunction,
    name_text,
)
from diag_gui.data.expression_tokens import Token, TokenKind, tokenize
from diag_gui.exceptions import ExpressionError

_BINDING = {"OR": 1, "AND": 2}


def parse(text: str) -> Expression:
    """Read a filter expression.

    Parameters
    ----------
    text : str
        At most 4,096 characters; at most 100 brackets and ``NOT`` may be open at one place.

    Returns
    -------
    Expression

    Raises
    ------
    ExpressionError
        With the position and, where something is nearly right, what to write instead.

    Notes
    -----
    Keywords may be in any case. A column stands on the left and a literal on the right of each comparison.
    """
    return Expression(_Parser(text).parse(), text)


@dataclass(frozen=True, slots=True)
class _Pending:
    """An operator or bracket that waits for what follows it."""

    symbol: str
    at: int


class _Parser:
    """Operator precedence by two stacks (Dijkstra's shunting yard)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._next = 0
        self._operands: list[Node] = []
        self._pending: list[_Pending] = []
        self._levels = 0

    def parse(self) -> Node:
        if self._tokens[0].kind is TokenKind.END:
            raise self._error("the expression is empty", self._tokens[0])
        while True:
            self._read_operand()
            while self._peek().kind is TokenKind.CLOSE:
                self._close(self._take())
            token = self._take()
            if token.kind is TokenKind.END:
                break
            if token.kind is not TokenKind.KEYWORD or token.text not in _BINDING:
                raise self._error(f"AND, OR or the end is expected, not {_shown(token)}", token)
            self._reduce(_BINDING[token.text])
            self._pending.append(_Pending(token.text, token.at))
        self._reduce(0)
        if self._pending:
            raise ExpressionError("the bracket ( that opens here is not closed", self._text, self._pending[-1].at)
        return self._operands[0]

    def _read_operand(self) -> None:
        while True:
            token = self._peek()
            if token.kind is TokenKind.OPEN:
                self._open("(", self._take())
            elif token.kind is TokenKind.KEYWORD and token.text == "NOT":
                self._open("NOT", self._take())
            else:
                break
        self._operands.append(self._leaf())
        self._apply_nots()

    def _open(self, symbol: str, token: Token) -> None:
        self._levels += 1
        if self._levels > MAXIMUM_LEVELS:
            raise self._error(f"the expression is nested deeper than {MAXIMUM_LEVELS} levels", token)
        self._pending.append(_Pending(symbol, token.at))

    def _close(self, token: Token) -> None:
        self._reduce(0)
        if not self._pending:
            raise self._error("this bracket ) was never opened", token)
        self._pending.pop()
        self._levels -= 1
        self._apply_nots()

    def _apply_nots(self) -> None:
        while self._pending and self._pending[-1].symbol == "NOT":
            self._pending.pop()
            self._levels -= 1
            self._operands.append(Not(self._operands.pop()))

    def _reduce(self, binding: int) -> None:
        """Join operands over every waiting operator that binds at least as strongly as ``binding``."""
        while self._pending and _BINDING.get(self._pending[-1].symbol, -1) >= binding:
            symbol = self._pending.pop().symbol
            right = self._operands.pop()
            join = conjunction if symbol == "AND" else disjunction
            self._operands.append(join(self._operands.pop(), right))

    def _leaf(self) -> Leaf:
        name = self._name()
        token = self._take()
        if token.kind is TokenKind.COMPARISON:
            return Comparison(name, token.text, self._value())
        if token.kind is TokenKind.KEYWORD and token.text == "IS":
            negated = self._skip_keyword("NOT")
            self._expect_keyword("NULL")
            return IsNull(name, negated)
        negated = token.kind is TokenKind.KEYWORD and token.text == "NOT"
        if negated:
            token = self._take()
        if token.kind is TokenKind.KEYWORD and token.text == "IN":
            return Membership(name, self._list(), negated)
        if token.kind is TokenKind.KEYWORD and token.text == "BETWEEN":
            low = self._value()
            self._expect_keyword("AND")
            return Between(name, low, self._value(), negated)
        if token.kind is TokenKind.KEYWORD and token.text == "LIKE":
            return Like(name, self._pattern(), negated)
        written = name_text(name.segments)
        if token.kind is TokenKind.OPEN:
            raise self._error(f"nothing can be called here; {written} must be followed by a comparison", token)
        raise self._error(f"a comparison is expected after {written}, not {_shown(token)}", token)

    def _name(self) -> Name:
        first = self._take()
        if first.kind not in (TokenKind.NAME, TokenKind.QUOTED_NAME):
            raise self._error(f"a column name is expected, not {_shown(first)}", first)
        segments = [first.text]
        while self._peek().kind is TokenKind.DOT:
            self._take()
            part = self._take()
            if part.kind not in (TokenKind.NAME, TokenKind.QUOTED_NAME):
                raise self._error(f"a name is expected after the dot, not {_shown(part)}", part)
            segments.append(part.text)
        return Name(tuple(segments), first.at)

    def _value(self) -> Value:
        token = self._take()
        if token.kind is TokenKind.STRING:
            return token.text
        if token.kind is TokenKind.NUMBER:
            number = float(token.text)
            if math.isinf(number):
                raise self._error("this number is too large", token)
            return number
        if token.kind is TokenKind.KEYWORD and token.text in ("TRUE", "FALSE"):
            return token.text == "TRUE"
        if token.kind is TokenKind.KEYWORD and token.text == "NULL":
            raise self._error("nothing equals NULL; write IS NULL or IS NOT NULL", token, ("IS NULL", "IS NOT NULL"))
        if token.kind in (TokenKind.NAME, TokenKind.QUOTED_NAME):
            quoted = "'" + token.text.replace("'", "''") + "'"
            raise self._error(f"a value is expected, not the name {token.text}; text stands in single quotes", token, (quoted,))
        if token.kind is TokenKind.COMPARISON:
            raise self._error(f"a value is expected, not {_shown(token)}; equal is written =", token)
        raise self._error(f"a value is expected, not {_shown(token)}", token)

    def _pattern(self) -> str:
        at = self._peek()
        value = self._value()
        if not isinstance(value, str):
            raise self._error("LIKE needs a pattern in single quotes", at)
        return value

    def _list(self) -> tuple[Value, ...]:
        opening = self._take()
        if opening.kind is not TokenKind.OPEN:
            raise self._error(f"IN needs a list in brackets, not {_shown(opening)}", opening)
        values = [self._value()]
        while True:
            token = self._take()
            if token.kind is TokenKind.CLOSE:
                return tuple(values)
            if token.kind is not TokenKind.COMMA:
                raise self._error(f", or ) is expected in the list, not {_shown(token)}", token)
            values.append(self._value())

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        if token.kind is not TokenKind.END:
            self._next += 1
        return token

    def _skip_keyword(self, keyword: str) -> bool:
        token = self._peek()
        if token.kind is TokenKind.KEYWORD and token.text == keyword:
            self._next += 1
            return True
        return False

    def _expect_keyword(self, keyword: str) -> None:
        token = self._take()
        if token.kind is not TokenKind.KEYWORD or token.text != keyword:
            raise self._error(f"{keyword} is expected, not {_shown(token)}", token)

    def _error(self, reason: str, token: Token, suggestions: tuple[str, ...] = ()) -> ExpressionError:
        return ExpressionError(reason, self._text, token.at, suggestions)


def _shown(token: Token) -> str:
    if token.kind is TokenKind.END:
        return "the end"
    return token.text if len(token.text) <= 40 else token.text[:39] + "…"
