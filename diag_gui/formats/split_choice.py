"""Which of several label files of one data set is read: that of the split a detector is evaluated on.

A data set that is handed on as a folder often holds one label file per split, at any depth:
``annotations/instances_val2017.json``, ``valid/_annotations.coco.json``. What a person drags is the folder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SPLITS = ("val", "valid", "validation", "test", "train")
"""Names of splits; the first that is there is loaded, for that is what a detector is evaluated on."""

_SPLIT = re.compile(r"(?:^|[^a-z])(validation|valid|val|testing|test|training|train)(?:\d{4})?(?=$|[^a-z0-9])")
_SHORT = {"testing": "test", "training": "train"}
_BESIDE_BOXES = ("person_keypoints", "captions", "panoptic", "stuff", "image_info", "keypoints")
"""How files begin that COCO keeps beside its boxes, of the same pictures."""


@dataclass(frozen=True, slots=True)
class SplitChoice:
    """The file that is read, and what is left aside for it.

    Attributes
    ----------
    name : str
        Relative path.
    others : tuple of str
        Names of the other splits.
    """

    name: str
    others: tuple[str, ...] = ()


def split_of(name: str) -> str:
    """Return the split that a relative path names, the innermost part that does; empty where none does."""
    stem = name.lower().rsplit(".", 1)[0]
    for part in reversed(stem.split("/")):
        if found := list(_SPLIT.finditer(part)):
            return _SHORT.get(found[-1][1], found[-1][1])
    return ""


def chosen_split(names: Sequence[str]) -> SplitChoice | None:
    """Return which of several label files is read; None where nobody can tell.

    Parameters
    ----------
    names : sequence of str
        Relative paths of files of one format.
    """
    if not names:
        return None
    boxes = [name for name in names if not name.lower().rsplit("/", 1)[-1].startswith(_BESIDE_BOXES)] or list(names)
    if len(boxes) == 1:
        return SplitChoice(boxes[0])
    split = {name: split_of(name) for name in boxes}
    if "" in split.values():
        return None
    for wanted in SPLITS:
        found = [name for name in boxes if split[name] == wanted]
        if len(found) == 1:
            return SplitChoice(found[0], tuple(one for one in SPLITS if one != wanted and one in split.values()))
        if found:
            return None
    return None
