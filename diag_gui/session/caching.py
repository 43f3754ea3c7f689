"""The verb that empties the column cache."""

from __future__ import annotations

from diag_gui.formats.column_cache import ColumnCache
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore


class CacheVerbs:
    """What large files were read into, kept on disk.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    cache : ColumnCache
    """

    def __init__(self, store: SessionStore, jobs: Jobs, cache: ColumnCache) -> None:
        self._store, self._jobs, self._cache = store, jobs, cache

    def empty(self) -> None:
        """Delete what is kept and say how much that freed. What is open stays open: it holds on to what it maps."""
        self._jobs.submit(
            "empty-cache",
            lambda _context: self._cache.empty(),
            self._say,
            label="Emptying the column cache",
            lane=Lane.BACKGROUND,
        )

    def _say(self, n_bytes: int) -> None:
        freed = f"{size_text(n_bytes)} freed" if n_bytes else "nothing was in it"
        self._store.commit("cache", notice=Notice(f"The column cache is empty: {freed}", details=str(self._cache.folder)))


def size_text(n_bytes: int) -> str:
    """Return a size as people read it: ``"1.2 GB"``."""
    size = float(n_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
