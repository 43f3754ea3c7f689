"""From bytes to JSON records that were checked: encodings, cut files, nesting, repeated keys, NaN.

The clean path is ``msgspec`` into typed structs. Where it refuses, the same records are read again in a general way, so
that the one bad record can be named and left out instead of the whole file. RFC 8259 has no NaN and no Infinity, yet
Python writes them: the general path reads the tokens and the readers drop the records that hold them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats.file_blocks import BlockDigest
from diag_gui.formats.file_reading import Digest, is_gzip, read_bytes, unpack_gzip
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.repeated_keys import hides_letters, object_of_pairs

_PYTHON_TOKENS = re.compile(rb"NaN|Infinity|[0-9][eE]\+?[0-9]{3}|[0-9]{19}")
_BLANKS = b" \t\r\n"
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A text; one that is not closed is taken to the end. Nothing is given back, and so nothing remembered or looked for twice."""

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


@dataclass(frozen=True, slots=True)
class JsonBytes:
    """The bytes of a JSON file, unpacked, without byte-order mark, not empty, beginning like JSON.

    Attributes
    ----------
    path : Path
    data : bytes
    digest : Digest or BlockDigest
        Of the file as it lies on disk.
    skipped : int
        Bytes of the file before ``data``: byte-order mark and blanks.
    """

    path: Path
    data: bytes
    digest: Digest | BlockDigest
    skipped: int = 0

    @property
    def sha256(self) -> str:
        """SHA-256 of the file as it lies on disk, in hexadecimal."""
        return str(self.digest)

    @property
    def is_list(self) -> bool:
        """Whether the top level is an array."""
        return self.data[:1] == b"["


@dataclass(frozen=True, slots=True)
class Decoded:
    """A member of a document that had to be decoded as a whole, for it holds NaN or Infinity somewhere."""

    value: Any


Member = msgspec.Raw | Decoded


def read_json_bytes(path: Path) -> JsonBytes:
    """Return the checked bytes of a JSON file; ``.gz`` is recognised by content.

    Raises
    ------
    FormatError
        If it is empty, in another encoding, or does not begin like JSON.
    LimitError
        If it is too large, packed or unpacked.
    """
    return json_bytes_of(path, read_bytes(path, "json_bytes"))


def json_bytes_of(path: Path, data: bytes) -> JsonBytes:
    """Return `read_json_bytes` of a file whose content was read already."""
    digest = Digest(data)
    if is_gzip(data):
        data = unpack_gzip(path, "json_bytes")
    if not data:
        raise FormatError(path, "is empty")
    n_bytes = len(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        raise FormatError(path, "the encoding is UTF-16 or UTF-32; JSON must be UTF-8")
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    if data[:1] in (b" ", b"\t", b"\r", b"\n"):
        data = data.lstrip(_BLANKS)
    if not data:
        raise FormatError(path, "is empty: nothing but blanks")
    if data[:1] == b"<":
        raise FormatError(path, "is not valid JSON: it begins like an HTML or XML page")
    if data[:1] not in (b"{", b"["):
        raise FormatError(path, "is not valid JSON: neither an object nor a list")
    return JsonBytes(path, data, digest, n_bytes - len(data))


def decode_top_level(source: JsonBytes, unique: tuple[str, ...]) -> dict[str, Member]:
    """Return the members of the top-level object, each undecoded where the file is JSON by the letter.

    Parameters
    ----------
    source : JsonBytes
        Must hold an object.
    unique : tuple of str
        Keys that must not appear twice: parsers keep the last and say nothing.

    Raises
    ------
    FormatError
        If it is not valid JSON or one of ``unique`` is repeated.
    """
    _check_depth(source)
    members: dict[str, Member]
    try:
        members = _guarded(source, lambda: msgspec.json.decode(source.data, type=dict[str, msgspec.Raw]))
    except FormatError as refusal:
        whole = _python_value(source.data, refusal)
        if not isinstance(whole, dict):
            raise
        members = {key: Decoded(value) for key, value in whole.items()}
    hides_keys = hides_letters(source.data)
    suspects = [key for key in unique if hides_keys or source.data.count(b'"' + key.encode() + b'"') > 1]
    if suspects:
        keys = _top_level_keys(source)
        for key in suspects:
            if keys.count(key) > 1:
                raise FormatError(source.path, f"duplicate key: {key!r} appears {keys.count(key)} times", key)
    return members


def decode_general(source: JsonBytes, raw: bytes | Member, where: str) -> Any:
    """Return ``raw`` as plain Python objects; NaN, Infinity and numbers beyond float64 become NaN and infinities.

    Parameters
    ----------
    source : JsonBytes
        Named in errors.
    raw : bytes or msgspec.Raw
        The whole file or one member of it.
    where : str
        Which part it is, for errors.
    """
    if isinstance(raw, Decoded):
        return raw.value
    if not isinstance(raw, msgspec.Raw):
        # A member was looked at with the document it is of.
        _check_depth(source)
    try:
        return _guarded(source, lambda: msgspec.json.decode(raw))
    except FormatError as refusal:
        return _python_value(bytes(raw), FormatError(source.path, refusal.reason, where))


def _python_value(data: bytes, refusal: FormatError) -> Any:
    """Return JSON with NaN and Infinity, as Python writes it; raise ``refusal`` where it is not that either."""
    if isinstance(refusal, LimitError) or not _PYTHON_TOKENS.search(data):
        raise refusal
    try:
        return json.loads(data, object_pairs_hook=object_of_pairs)
    except (ValueError, RecursionError):
        raise refusal from None


def decode_list(source: JsonBytes, raw: bytes | Member, where: str) -> list[Any]:
    """Return `decode_general` of a list.

    Raises
    ------
    FormatError
        If it is something else.
    """
    value = decode_general(source, raw, where)
    if not isinstance(value, list):
        raise FormatError(source.path, f"is {kind_of(value)}, a list was expected", where)
    return value


def element_places(source: JsonBytes, raw: bytes | msgspec.Raw) -> list[int]:
    """Return where each element of a list begins in the file, in bytes; nothing where the list holds NaN or Infinity.

    Slow: asked when one of them is at fault.

    Parameters
    ----------
    source : JsonBytes
    raw : bytes or msgspec.Raw
        Its data, or a member of it that was not decoded yet.
    """
    start = _address(source.data) - source.skipped
    try:
        elements = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.DecodeError:
        return []
    return [_address(element) - start for element in elements]


def _address(data: bytes | msgspec.Raw) -> int:
    return int(np.frombuffer(data, np.uint8).ctypes.data)


def kind_of(value: Any) -> str:
    """Return what a JSON value is, for people."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text (a string)"
    return "a list" if isinstance(value, list) else "an object"


def _guarded(source: JsonBytes, decode: Callable[[], Any]) -> Any:
    """Return ``decode()``; its refusals as `FormatError`, deep nesting as `LimitError`."""
    try:
        return decode()
    except RecursionError:
        raise _too_deep(source, LIMITS["json_depth"] + 1) from None
    except UnicodeDecodeError:
        raise FormatError(source.path, "is not valid JSON: the encoding is not UTF-8") from None
    except msgspec.ValidationError as error:
        raise FormatError(source.path, f"is not as expected: {error}") from None
    except msgspec.DecodeError as error:
        text = str(error)
        if "truncated" in text:
            raise FormatError(source.path, "is not valid JSON: the file is truncated (unexpected end)") from None
        raise FormatError(source.path, f"is not valid JSON: {text.removeprefix('JSON is malformed: ')}") from None


def _check_depth(source: JsonBytes) -> None:
    """Raise `LimitError` if lists and objects nest deeper than ``json_depth``, before anything is parsed.

    Brackets inside strings count at first, which can only make a file look deeper; one that looks too deep is counted
    again without its strings. What hides behind unbalanced brackets in strings meets the parser's own guard.
    """
    if _deepest(source.data) > LIMITS["json_depth"]:
        deepest = _deepest(_TEXT.sub(b"", source.data))
        if deepest > LIMITS["json_depth"]:
            raise _too_deep(source, deepest)


def _too_deep(source: JsonBytes, deepest: int) -> LimitError:
    return LimitError(source.path, "json_depth", LIMITS["json_depth"], deepest, "nested lists or objects")


def _deepest(data: bytes) -> int:
    """Return how deep brackets nest in ``data``."""
    marks = np.frombuffer(data.translate(None, _NO_BRACKETS), np.uint8)
    if not len(marks):
        return 0
    opening = (marks == ord("[")) | (marks == ord("{"))
    return int(np.cumsum(np.where(opening, 1, -1), dtype=np.int64).max())


def _top_level_keys(source: JsonBytes) -> list[str]:
    """Return the keys of the top-level object in order, repeated ones included."""
    keys: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> list[str]:
        return [key for key, _ in pairs]

    try:
        outermost = _guarded(source, lambda: json.loads(source.data, object_pairs_hook=collect))
    except json.JSONDecodeError as error:
        raise FormatError(source.path, f"is not valid JSON: {error}") from None
    keys.extend(outermost if isinstance(outermost, list) else [])
    return keys
