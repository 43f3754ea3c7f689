"""The verb that empties the caches on disk: the column cache, and what was measured on pictures."""

from __future__ import annotations

from diag_gui.formats.column_cache import ColumnCache, cache_folder
from diag_gui.measure.kept_measures import KeptMeasures
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore


class CacheVerbs:
    """What large files were read into, and what was measured on pictures, kept on disk.

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
            lambda _context: (self._cache.empty(), KeptMeasures(cache_folder() / "measures").empty()),
            self._say,
            label="Emptying the column cache",
            lane=Lane.BACKGROUND,
        )

    def _say(self, n_bytes: tuple[int, int]) -> None:
        freed = f"{size_text(sum(n_bytes))} freed" if any(n_bytes) else "nothing was in it"
        if n_bytes[1]:
            freed += f", {size_text(n_bytes[1])} of it measures of pictures"
        self._store.commit("cache", notice=Notice(f"The column cache is empty: {freed}", details=str(self._cache.folder)))


def size_text(n_bytes: int) -> str:
    """Return a size as people read it: ``"1.2 GB"``."""
    size = float(n_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
