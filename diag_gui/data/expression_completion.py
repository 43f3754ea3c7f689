"""What the filter box offers while an expression is typed: columns, then comparisons, then values, then AND or OR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from diag_gui.data.attributes import ColumnKind
from diag_gui.data.expression_syntax import name_text, value_text
from diag_gui.data.expression_tokens import Token, TokenKind, tokenize
from diag_gui.exceptions import ExpressionError

MOST_COMPLETIONS = 100


@dataclass(frozen=True, slots=True)
class Completion:
    """A text that may stand next.

    Attributes
    ----------
    text : str
        Takes the place of ``[start:end]`` of what was typed.
    start, end : int
    kind : str
        ``"column"``, ``"operator"``, ``"value"`` or ``"keyword"``.
    detail : str
        Said beside it: level and kind of a column.
    """

    text: str
    start: int
    end: int
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OfferedColumn:
    """A column that an expression may name.

    Attributes
    ----------
    segments : tuple of str
    kind : ColumnKind or None
        None for one with several texts per row.
    detail : str
    """

    segments: tuple[str, ...]
    kind: ColumnKind | None
    detail: str


class CompletionSource(Protocol):
    """What completion needs to know of the columns."""

    def offered_columns(self) -> tuple[OfferedColumn, ...]:
        """Return the columns that may be named."""

    def offered_values(self, segments: tuple[str, ...]) -> tuple[str, ...]:
        """Return the texts that a column holds, most frequent first; empty for numbers and unknown columns."""


def complete(text: str, cursor: int, source: CompletionSource) -> list[Completion]:
    """Return what may stand at the cursor, best first.

    Parameters
    ----------
    text : str
        What was typed so far, finished or not.
    cursor : int
        Position in ``text``.
    source : CompletionSource
        Usually a ``ColumnCatalog``.

    Returns
    -------
    list of Completion
        At most `MOST_COMPLETIONS`; empty where the text before the cursor cannot be continued.
    """
    cursor = min(max(cursor, 0), len(text))
    before, word_at = _finished_words(text[:cursor])
    if before is None:
        return []
    word = text[word_at:cursor]
    place, segments = _place_after(before)
    if place == "value":
        offered = _values(segments, source)
    elif place == "operator":
        offered = _operators(segments, source)
    elif place == "connective":
        offered = [("AND", "keyword", ""), ("OR", "keyword", "")]
    elif place == "column":
        offered = [(name_text(column.segments), "column", column.detail) for column in source.offered_columns()]
        offered.append(("NOT", "keyword", ""))
    else:
        offered = [(place, "keyword", "")]
    found = _starting_with(offered, word)
    # The closing quote that stands behind the cursor already is part of what is replaced.
    end = cursor + 1 if word[:1] in ("'", '"') and text[cursor : cursor + 1] == word[:1] else cursor
    return [Completion(shown, word_at, end, kind, detail) for shown, kind, detail in found[:MOST_COMPLETIONS]]


def _finished_words(before: str) -> tuple[tuple[Token, ...] | None, int]:
    """Return the words that are finished, and where the one at the cursor begins."""
    open_quote = _open_quote(before)
    end = len(before) if open_quote is None else open_quote
    try:
        tokens = tokenize(before[:end])[:-1]
    except ExpressionError:
        return None, end
    if open_quote is None and tokens and tokens[-1].end == end and tokens[-1].kind not in (TokenKind.OPEN, TokenKind.COMMA):
        last = tokens[-1]
        if last.kind in (TokenKind.CLOSE, TokenKind.STRING):
            return tokens, end
        tokens, end = tokens[:-1], last.at
        if last.kind is TokenKind.DOT:
            tokens = (*tokens, last)
    # A name with dots is one word at the cursor.
    while tokens and tokens[-1].kind is TokenKind.DOT and len(tokens) > 1:
        end = tokens[-2].at
        tokens = tokens[:-2]
    return tokens, end


def _open_quote(text: str) -> int | None:
    """Return where a quote opens that is not closed."""
    opened, quote = 0, ""
    for place, character in enumerate(text):
        if quote:
            if character == quote:
                quote = ""
        elif character in "'\"":
            opened, quote = place, character
    return opened if quote else None


def _place_after(tokens: tuple[Token, ...]) -> tuple[str, tuple[str, ...]]:
    """Return what may follow the finished words, and the column that the present comparison is about."""
    place, segments, in_list, low = "column", [""][:0], False, False
    for token in tokens:
        word = token.text if token.kind is TokenKind.KEYWORD else token.kind.name
        if place == "column" and token.kind in (TokenKind.NAME, TokenKind.QUOTED_NAME):
            segments, place = [token.text], "operator"
        elif place == "operator" and token.kind is TokenKind.DOT:
            place = "part"
        elif place == "part":
            segments.append(token.text)
            place = "operator"
        elif place == "operator" and word == "IN":
            in_list, place = True, "("
        elif place == "(" and token.kind is TokenKind.OPEN:
            place = "value"
        elif place == "operator" and word == "BETWEEN":
            low, place = True, "value"
        elif place == "operator" and word == "IS":
            place = "NULL"
        elif place == "operator" and (token.kind is TokenKind.COMPARISON or word == "LIKE"):
            place = "value"
        elif place == "value":
            place = "list" if in_list else "AND" if low else "connective"
        elif place == "list":
            in_list = token.kind is not TokenKind.CLOSE
            place = "value" if in_list else "connective"
        elif place == "AND":
            low, place = False, "value"
        elif place == "NULL" and word == "NULL":
            place = "connective"
        elif place == "connective" and word in ("AND", "OR"):
            place = "column"
    return (")" if place == "list" else place), tuple(segments)


def _operators(segments: tuple[str, ...], source: CompletionSource) -> list[tuple[str, str, str]]:
    kinds = {column.segments: column.kind for column in source.offered_columns()}
    kind = kinds.get(segments)
    if segments not in kinds:
        words = ["=", "!=", "<", "<=", ">", ">=", "IN", "BETWEEN", "LIKE"]
    elif kind is ColumnKind.BOOL:
        words = ["=", "!="]
    elif kind in (ColumnKind.NUMBER, ColumnKind.DATETIME):
        words = ["<", "<=", "=", "!=", ">", ">=", "BETWEEN"]
    else:
        words = ["=", "!=", "IN", "LIKE"]
    return [(word, "operator", "") for word in (*words, "IS NULL", "IS NOT NULL")]


def _values(segments: tuple[str, ...], source: CompletionSource) -> list[tuple[str, str, str]]:
    kinds = {column.segments: column.kind for column in source.offered_columns()}
    if kinds.get(segments) is ColumnKind.BOOL:
        return [("TRUE", "value", ""), ("FALSE", "value", "")]
    return [(value_text(value), "value", "") for value in source.offered_values(segments)]


def _starting_with(offered: list[tuple[str, str, str]], word: str) -> list[tuple[str, str, str]]:
    """Return what begins with the typed word, then what contains it; upper and lower case are alike here."""
    wanted = word.casefold().lstrip("'\"")
    begins = [entry for entry in offered if entry[0].casefold().lstrip("'\"").startswith(wanted)]
    contains = [entry for entry in offered if wanted in entry[0].casefold() and entry not in begins] if wanted else []
    return begins + contains
