"""A project that was found by its images though it was made for another file of labels: decisions go into it, so it is said."""

from __future__ import annotations

import os
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.review.project_facts import glance
from diag_gui.review.unplaced import sentence_of
from diag_gui.session.review_desk import Desk
from diag_gui.session.state import Notice


def made_for_another(project: Path, dataset: Dataset) -> Path | None:
    """Return which ground truth a project was made for; None where it is that of ``dataset``, also moved, or not known.

    Raises
    ------
    StoreError
        If the file is no sound project.
    """
    known = glance(project).dataset
    if known is None or (known.sha256 and known.sha256 == dataset.source.sha256):
        return None
    place = known.find(project) or Path(known.absolute)
    return None if os.path.realpath(place) == os.path.realpath(dataset.source.path) else place


def taken_up_notice(desk: Desk, ground_truth: Path, dataset: Dataset) -> Notice:
    """Say that decisions about ``dataset`` go into a project that was made for ``ground_truth``."""
    n = len(desk.review.decisions)
    decisions = f"{n:,} decision{'' if n == 1 else 's'}"
    text = (
        f"Matched by its images: a project made for {ground_truth.name} that holds {decisions}"
        + (f" ({sentence_of(desk.review)})" if desk.review.unattached else "")
        + f"; what is decided goes into {desk.path}"
    )
    details = (
        f"{text}\n\nMade for {ground_truth}\nOpen now: {dataset.source.path}\n\nTo begin a project of its own, move this one."
    )
    return Notice(text, details)
