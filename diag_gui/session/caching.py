"""The verb that empties the caches on disk: columns of large files, measures of pictures, small pictures of large ones."""

from __future__ import annotations

from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.geotiff import kept_overviews
from diag_gui.kept_files import cache_folder
from diag_gui.measure.kept_measures import KeptMeasures
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore


class CacheVerbs:
    """What large files were read into, what was measured on pictures, and small pictures of large ones, kept on disk.

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
        kept = {
            "": self._cache.files,
            "measures of pictures": KeptMeasures(cache_folder() / "measures").files,
            "small pictures of large ones": kept_overviews(),
        }
        self._jobs.submit(
            "empty-cache",
            lambda _context: {what: files.empty() for what, files in kept.items()},
            self._say,
            label="Emptying the column cache",
            lane=Lane.BACKGROUND,
        )

    def _say(self, freed: dict[str, int]) -> None:
        said = f"{size_text(sum(freed.values()))} freed" if any(freed.values()) else "nothing was in it"
        said += "".join(f", {size_text(n_bytes)} of it {what}" for what, n_bytes in freed.items() if what and n_bytes)
        self._store.commit("cache", notice=Notice(f"The column cache is empty: {said}", details=str(self._cache.files.folder)))


def size_text(n_bytes: int) -> str:
    """Return a size as people read it: ``"1.2 GB"``."""
    size = float(n_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
