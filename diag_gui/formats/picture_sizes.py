"""Comparing the sizes that a ground truth file states with the pictures themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemGroup, ProblemLog
from diag_gui.exceptions import FormatError
from diag_gui.formats.folder_listing import tell_listing
from diag_gui.formats.image_root import image_path
from diag_gui.formats.image_size import read_header
from diag_gui.formats.named_sizes import header_size

SAMPLE = 256
"""Pictures compared when a dataset is opened; one that differs makes it all of them."""


def check_sizes(dataset: Dataset, image_root: Path | None, *, every: bool = False) -> tuple[ProblemGroup, ...]:
    """Return what is odd about the pictures of a dataset: missing, unreadable, or of another size than stated.

    Parameters
    ----------
    dataset : Dataset
    image_root : Path or None
        Where the pictures lie; None if they were not found, which is one of the things said.
    every : bool
        Look at all of them. Otherwise at `SAMPLE`, evenly spread, and at all only if one of those differs.

    Returns
    -------
    tuple of ProblemGroup
        None of them drops a record: figures come from the file alone.
    """
    log = ProblemLog(dataset.source.path)
    n = len(dataset.images)
    if image_root is None:
        if n:
            source = "is taken from the file, unchecked" if (dataset.images.width > 0).any() else "is not known"
            log.add("pictures-not-found", "", f"no pictures were found for {n:,} images: their size {source}", drops=False,
                    count=n)  # fmt: skip
        return log.groups()
    rows = range(0, n, max(1, n // SAMPLE)) if not every else range(n)
    _compare(dataset, image_root, rows, log)
    if not every and len(rows) < n and log.groups():
        log = ProblemLog(dataset.source.path)
        _compare(dataset, image_root, range(n), log)
    return log.groups()


def sized_by_pictures(dataset: Dataset, image_root: Path | None) -> Dataset:
    """Return a dataset whose images have the sizes of their pictures, turned upright, where the labels do not say one.

    KITTI, VisDrone and BDD100K state none. Predictions that are shares of a picture need it.
    """
    images = dataset.images
    unknown = np.flatnonzero((images.width <= 0) | (images.height <= 0)) if image_root is not None else np.array([], np.int64)
    if not len(unknown):
        return dataset
    width, height = images.width.copy(), images.height.copy()
    for place, row in enumerate(unknown.tolist()):
        if place % 256 == 0:
            tell_listing(dataset.source.path)
        width[row], height[row] = header_size(image_root, images.file_name[row])
    return replace(dataset, images=replace(images, width=width, height=height))


def _compare(dataset: Dataset, image_root: Path, rows: range, log: ProblemLog) -> None:
    images = dataset.images
    for place, row in enumerate(rows):
        if place % 256 == 0:
            tell_listing(image_root)
        name = images.file_name[row]
        path = image_path(image_root, name)
        if path is None:
            log.add("picture-missing", name, "is not in the image folder", drops=False)
            continue
        try:
            header = read_header(path)
        except FormatError as error:
            log.add("unreadable-picture", name, error.reason, drops=False)
            continue
        stated = (int(images.width[row]), int(images.height[row]))
        if min(stated) > 0 and stated not in ((header.width, header.height), header.upright_size):
            reason = f"the file states the size {stated[0]} x {stated[1]}, the picture is {header.width} x {header.height}"
            log.add("image-size-differs", name, reason, drops=False)
