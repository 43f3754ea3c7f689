"""Cutting the text of a filter into words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from diag_gui.data.expression_syntax import KEYWORDS, MAXIMUM_CHARACTERS
from diag_gui.exceptions import ExpressionError


class TokenKind(Enum):
    """What a word of the language is."""

    KEYWORD = auto()
    NAME = auto()
    QUOTED_NAME = auto()
    STRING = auto()
    NUMBER = auto()
    COMPARISON = auto()
    OPEN = auto()
    CLOSE = auto()
    COMMA = auto()
    DOT = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One word.

    Attributes
    ----------
    kind : TokenKind
    text : str
        Content: quotes removed and doubled quotes undone, keywords in capitals; otherwise as typed.
    at, end : int
        Place in the text, half open, quotes included.
    """

    kind: TokenKind
    text: str
    at: int
    end: int


_SPACE = re.compile(r"\s*")
_WORD = re.compile(
    r"""(?P<STRING>'(?:[^']|'')*')
      | (?P<QUOTED_NAME>"(?:[^"]|"")*")
      | (?P<NUMBER>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
      | (?P<NAME>[^\W\d]\w*)
      | (?P<COMPARISON><=|>=|!=|=|<|>)
      | (?P<OPEN>\() | (?P<CLOSE>\)) | (?P<COMMA>,) | (?P<DOT>\.)""",
    re.VERBOSE,
)


def tokenize(text: str) -> tuple[Token, ...]:
    """Cut ``text`` into words, the last of which is of kind ``END``.

    Parameters
    ----------
    text : str
        At most `MAXIMUM_CHARACTERS` characters.

    Raises
    ------
    ExpressionError
        If the text is too long, a quote stays open, or something is no word of the language.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(text):,} characters, over the limit of {MAXIMUM_CHARACTERS:,}", text, MAXIMUM_CHARACTERS
        )
    tokens: list[Token] = []
    at = _end_of_space(text, 0)
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise _no_word(text, at)
        token = _token(TokenKind[str(found.lastgroup)], found.group(), at)
        tokens.append(token)
        at = _end_of_space(text, token.end)
    tokens.append(Token(TokenKind.END, "", len(text), len(text)))
    return tuple(tokens)


def _end_of_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _token(kind: TokenKind, written: str, at: int) -> Token:
    content = written
    if kind is TokenKind.STRING:
        content = written[1:-1].replace("''", "'")
    elif kind is TokenKind.QUOTED_NAME:
        content = written[1:-1].replace('""', '"')
    elif kind is TokenKind.NAME and written.upper() in KEYWORDS:
        kind, content = TokenKind.KEYWORD, written.upper()
    return Token(kind, content, at, at + len(written))


def _no_word(text: str, at: int) -> ExpressionError:
    character = text[at]
    if character in "'\"":
        return ExpressionError(f"the quote {character} that opens here is not closed", text, at)
    if character.isdigit() or character in "+-":
        return ExpressionError("this is not a number", text, at)
    if character == "!":
        return ExpressionError("unexpected !; unequal is written !=", text, at, ("!=",))
    return ExpressionError(f"unexpected character {character!r}", text, at)
