"""Memory that large runs are done with goes back to the system at once, where the C library would keep it for later."""

from __future__ import annotations

import sys

LARGE = 1_000_000
"""Predictions from which on it is felt: of 2.7 million an eighth of the peak, and nothing of the time."""

_MMAP_THRESHOLD = -3
"""glibc's number of the size from which on a piece of memory is one of its own, given back once it is freed; see mallopt(3)."""

_BYTES = 4 << 20


def give_back_what_is_freed() -> bool:
    """Let arrays of `_BYTES` and more be pieces of memory of their own from now on; return whether the C library does that.

    Notes
    -----
    glibc raises that size up to 32 MiB by itself as arrays are freed. Columns of a few million rows then come from one heap, of
    which only the top can be given back: what was freed below it stays with the process. Below a few MiB its own way is better:
    pieces are used again, not cleared by the system each time.
    """
    if not sys.platform.startswith("linux"):
        return False
    # numpy has imported it already.
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_MMAP_THRESHOLD, _BYTES) == 1
