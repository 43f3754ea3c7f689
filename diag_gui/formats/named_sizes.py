"""Sizes of pictures that labels only name, for formats with relative coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diag_gui.data.read_report import ProblemLog
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import Cancelled, check_cancelled
from diag_gui.formats.image_root import image_path, root_of_names
from diag_gui.formats.image_size import read_header

NOMINAL_SIDE = 1000
"""Width and height of a picture that is not there: IoU does not depend on it."""


def sizes_of_names(
    names: Sequence[str], path: Path, images: Path | None, log: ProblemLog, cancelled: Cancelled | None = None
) -> tuple[list[tuple[int, int]], bool]:
    """Return upright width and height of each named picture, and whether any is only nominal.

    Parameters
    ----------
    names : sequence of str
        Each once.
    path : Path
        The labels; pictures are looked for around them.
    images : Path or None
        The folder the user named.
    log : ProblemLog
        Told what is missing or unreadable.
    cancelled : callable, optional
        Asked now and then.
    """
    root = root_of_names(tuple(names), path, images)
    sizes: list[tuple[int, int]] = []
    n_missing = n_unreadable = 0
    for place, name in enumerate(names):
        if place % 512 == 0:
            check_cancelled(path, cancelled)
        picture = image_path(root, name) if root is not None else None
        if picture is None:
            n_missing += 1
            sizes.append((NOMINAL_SIDE, NOMINAL_SIDE))
            continue
        try:
            sizes.append(read_header(picture).upright_size)
        except FormatError as error:
            n_unreadable += 1
            log.add("unreadable-picture", name, f"{error.reason}; a nominal size is used", drops=False)
            sizes.append((NOMINAL_SIDE, NOMINAL_SIDE))
    if n_missing:
        log.add(
            "nominal-image-size", "", f"{n_missing:,} of {len(names):,} pictures were not found: a nominal size of "
            f"{NOMINAL_SIDE} x {NOMINAL_SIDE} is used, so areas and figures by area have no meaning for them",
            drops=False, count=n_missing,
        )  # fmt: skip
    return sizes, n_missing + n_unreadable > 0


def header_sizes(
    names: Sequence[str], path: Path, images: Path | None, cancelled: Cancelled | None = None
) -> list[tuple[int, int]]:
    """Return upright width and height of each named picture, -1 where it is not there or cannot be read.

    For labels in pixels, which need no size. What is wrong with pictures is said once for all formats (`picture_sizes`).
    """
    root = root_of_names(tuple(names), path, images)
    sizes: list[tuple[int, int]] = []
    for place, name in enumerate(names):
        if place % 512 == 0:
            check_cancelled(path, cancelled)
        sizes.append(header_size(root, name))
    return sizes


def header_size(root: Path | None, name: str) -> tuple[int, int]:
    """Return upright width and height of a picture below ``root``, -1 where it is not there or cannot be read."""
    picture = image_path(root, name) if root is not None else None
    if picture is None:
        return -1, -1
    try:
        return read_header(picture).upright_size
    except FormatError:
        return -1, -1
