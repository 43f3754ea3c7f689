"""What a large JSON object is, without reading all of it: its keys, and the first record of each list, as far as they are needed.

Nearly all of a COCO file is its last list, and the first record of that says what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from diag_gui.formats._kernels import json_records, json_values
from diag_gui.formats.first_record import first_record

LARGE = 1 << 20
"""Bytes from which a file is glanced at; smaller ones are read."""

_AT_ONCE = (1 << 20, 8 << 20, 64 << 20)
_BLANKS = b" \t\r\n"

FirstKeys = dict[str, frozenset[str]]


def glance(path: Path, is_enough: Callable[[FirstKeys], bool]) -> FirstKeys | None:
    """Return the keys of the outermost object of a large file, each with the keys of the first record where it is a list of them.

    Parameters
    ----------
    path : Path
    is_enough : callable
        Told what was found so far: whether that says what the file is.

    Returns
    -------
    dict of str to frozenset of str, or None
        None where the first 64 MiB do not say, the file is small or not plain JSON, or there is no compiled reader.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if json_values is None or path.stat().st_size < LARGE:
        return None
    beginning = bytearray()
    with open(path, "rb", buffering=0) as file:
        for n_bytes in _AT_ONCE:
            beginning += file.read(n_bytes - len(beginning))
            if not beginning.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS).startswith(b"{"):
                return None
            found = _Walk(beginning).first_keys()
            if is_enough(found):
                return found
            if len(beginning) < n_bytes:
                return None
    return None


class _Walk:
    """A way through the beginning of a document that ends where that ends, or is not JSON."""

    def __init__(self, data: bytearray) -> None:
        self._data, self._stop = data, len(data)
        self._at = 3 if data.startswith(b"\xef\xbb\xbf") else 0

    def first_keys(self) -> FirstKeys:
        found: FirstKeys = {}
        if self._sign() != b"{":
            return found
        self._at += 1
        while self._sign() == b'"':
            key = self._value()
            if key is None or self._sign() != b":":
                break
            self._at += 1
            name = key[1:-1].decode("utf-8", errors="replace")
            if self._sign() != b"[":
                if self._value() is None:
                    break
                found[name] = frozenset()
            elif not self._list(found, name):
                break
            if self._sign() != b",":
                break
            self._at += 1
        return found

    def _list(self, found: FirstKeys, name: str) -> bool:
        """Note the first record of a list and go behind it; False where the list does not end here."""
        self._at += 1
        if self._sign() == b"]":
            self._at += 1
            found[name] = frozenset()
            return True
        begin = self._at
        first = self._value()
        if first is None:
            return False
        found[name] = first_record(f"[{first.decode('utf-8', errors='replace')}").keys if first[:1] == b"{" else frozenset()
        how, position = json_values.skip_elements(self._data, begin, self._stop)
        self._at = position
        return bool(how == json_records.AT_END)

    def _sign(self) -> bytes:
        while self._at < self._stop and self._data[self._at] in _BLANKS:
            self._at += 1
        return bytes(self._data[self._at : self._at + 1])

    def _value(self) -> bytes | None:
        """Return the value that begins here and go behind it; None where it does not end here."""
        how, position = json_values.skip_value(self._data, self._at, self._stop)
        if how != json_records.AT_EDGE:
            return None
        value = bytes(self._data[self._at : position])
        self._at = position
        return value
