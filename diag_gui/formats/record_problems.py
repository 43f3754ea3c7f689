"""Writing down many records with one problem: the first few by name, all by count."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diag_gui.data.arrays import AnyArray
from diag_gui.data.read_report import ProblemLog

PARTIAL_LOSSES = frozenset(
    {
        "bad-frame",
        "bad-item",
        "bad-mask",
        "bad-optional-field",
        "bad-task",
        "file-name-outside-root",
        "not-a-list",
        "unreadable-json",
        "unreadable-label-file",
        "unreadable-picture",
        "unreadable-xml",
    }
)
"""Problems that leave the record but lose something of the file: a mask, a picture, a whole file among many, a field."""

RecordName = Callable[[int], str]
"""Name of the record at a position of the arrays at hand: ``"annotations[12]"``, ``"labels/a.txt: line 2"``."""


def on_image(record: str, image: object) -> str:
    """Return the name of a record with the image it is about, where its own place does not say that."""
    name = "" if image is None else str(image)[:200]
    return f"{record} (image {name})" if name else record


def note_records(
    log: ProblemLog, code: str, rows: AnyArray, name: RecordName, reason: Callable[[int], str] | str, *, drops: bool
) -> None:
    """Note the problem ``code`` for each of ``rows``.

    Parameters
    ----------
    log : ProblemLog
    code : str
        Kebab-case name of the problem.
    rows : ndarray of int
        Positions of the records; none is fine.
    name : callable
        Gives the record's name.
    reason : callable or str
        Gives the reason for a position, or is the reason of all.
    drops : bool
        Whether these records are left out.
    """
    n = len(rows)
    for place, row in enumerate(rows[: log.keep].tolist()):
        is_last = place == min(n, log.keep) - 1
        count = n - place if is_last else 1
        log.add(code, name(row), reason if isinstance(reason, str) else reason(row), drops=drops, count=count)


def rows_where(mask: AnyArray) -> AnyArray:
    """Return the positions where ``mask`` is true."""
    return np.flatnonzero(mask)
