"""What one file was read into, as the column cache keeps it: looked up, judged, written. See `column_cache`."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from diag_gui.data.arrays import AnyArray
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_file import ColumnFile, DamagedEntryError, map_columns, storable, write_columns
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.source_stamp import Seen, Stamp, is_still, seen_now

_log = logging.getLogger(__name__)


class _Facts(msgspec.Struct, frozen=True):
    sha256: str
    facts: msgspec.Raw


class CacheEntry:
    """The place of what one file was read into; made by `ColumnCache.entry` before the file is read.

    Parameters
    ----------
    cache : ColumnCache
    source : Path
    place : Path
        Without the endings of the two files.
    stamp : Stamp
        Of the file.
    began_ns : int
        When the stamp was taken.
    """

    def __init__(self, cache: ColumnCache, source: Path, place: Path, stamp: Stamp, began_ns: int) -> None:
        self._cache, self._source, self._place = cache, source, place
        self._stamp, self._began_ns = stamp, began_ns

    def found(self, *, progress: Progress | None = None, cancelled: Cancelled | None = None) -> ColumnFile | None:
        """Return what was kept, if it is whole and the file is still the one it was read from.

        Parameters
        ----------
        progress, cancelled : callable, optional
            As in every reader.

        Raises
        ------
        FormatError
            If it is told to stop.
        """
        try:
            seen = msgspec.json.decode(self._seen_path.read_bytes(), type=Seen)
            still, now = is_still(seen, self._source, self._stamp, progress=progress, cancelled=cancelled)
            if not still:
                _log.debug("%s is not what was kept of it any more", self._source)
                return None
            kept = map_columns(self._columns_path)
            facts = msgspec.json.decode(kept.facts, type=_Facts)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, DamagedEntryError) as error:
            self.is_damaged(str(error))
            return None
        if facts.sha256 != now.sha256:
            _log.debug("%s was kept as another file", self._source)
            return None
        self._touch(now if now is not seen else None)
        return ColumnFile(bytes(facts.facts), kept.arrays)

    def is_damaged(self, reason: str) -> None:
        """Say in the log that the entry cannot be used."""
        _log.debug("%s: what was kept of %s is damaged and read anew: %s", self._place, self._source, reason)

    def keep(self, facts: bytes, arrays: Mapping[str, AnyArray], sha256: str) -> None:
        """Keep what the file was read into.

        Parameters
        ----------
        facts : bytes
            JSON.
        arrays : mapping of str to ndarray
        sha256 : str
            Of the content that was read.
        """
        seen = seen_now(self._source, self._stamp, self._began_ns, sha256)
        if seen is None or not storable(arrays):
            _log.debug("%s is not kept", self._source)
            return
        whole = msgspec.json.encode(_Facts(sha256, msgspec.Raw(facts)))
        try:
            if self._cache.has_room(sum(array.nbytes for array in arrays.values())):
                self._cache.files.write(self._columns_path, lambda file: write_columns(file, whole, arrays))
                self._cache.files.write(self._seen_path, lambda file: _write_json(file, seen))
                for path in self._cache.files.prune(self._place.name):
                    _log.debug("%s is no longer kept", path)
        except OSError as error:
            _log.debug("%s is not kept: %s", self._source, error)

    @property
    def _columns_path(self) -> Path:
        return self._place.with_name(f"{self._place.name}.columns")

    @property
    def _seen_path(self) -> Path:
        return self._place.with_name(f"{self._place.name}.seen")

    def _touch(self, seen: Seen | None) -> None:
        """Note that the entry was used, and by what its file is known from now on if that changed."""
        try:
            os.utime(self._columns_path)
            if seen is not None:
                self._cache.files.write(self._seen_path, lambda file: _write_json(file, seen))
        except OSError as error:
            _log.debug("%s: cannot be written to: %s", self._place, error)


def _write_json(file: BinaryIO, value: object) -> None:
    file.write(msgspec.json.encode(value))
