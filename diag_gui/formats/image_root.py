"""Where the pictures of a dataset lie, found from their file names; never outside a chosen folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.formats.file_names import leads_outside
from diag_gui.formats.folder_listing import files_below, pointed_at, tell_listing
from diag_gui.formats.image_size import PICTURE_ENDINGS

FOLDER_NAMES = (
    "images", "JPEGImages", "Images", "img", "imgs", "image", "pictures", "photos", "data", "train", "val", "valid", "test",
    "train2017", "val2017", "test2017", "train2014", "val2014", "obj_train_data", "obj_valid_data", "image_2",
)  # fmt: skip
"""Names of folders that usually hold pictures, tried first."""

_TREES = ("images", "Images", "JPEGImages", "Data")
"""Names of folders in whose folders pictures may lie, ``images/100k/val``, ``Data/DET/val``."""

_LABEL_FOLDERS = frozenset({"labels", "annotations"})
"""Folders of labels in lower case that lie beside such a tree of the same data set."""

_ENDINGS = tuple(spelled for ending in sorted(PICTURE_ENDINGS) for spelled in (ending, ending.upper()))

_SAMPLE = 64
_MAX_FOLDERS = 200
_MAX_WALKED = 100_000
"""Folders that are gone through for pictures: some data sets have one for each scene, and a disk has more."""


def image_path(root: Path, file_name: str) -> Path | None:
    """Return the picture of a file name, or None if it is not there.

    Parameters
    ----------
    root : Path
        Image root.
    file_name : str
        As the data says. A name that leads outside the root has no picture here.

    Notes
    -----
    Where ``root/train/a.jpg`` is not there, ``root/a.jpg`` is tried: the root may be the inner folder. A name without
    the ending of a picture (label files know none) stands for the first picture of that stem.
    """
    if not file_name or leads_outside(file_name):
        return None
    parts = file_name.split("/")
    # Text, not paths: of a million images without pictures every name is looked for, and a path costs ten times the look.
    for first in range(len(parts)):
        candidate = os.path.join(root, *parts[first:])
        if os.path.isfile(candidate):
            return Path(candidate)
        if os.path.splitext(candidate)[1].lower() not in PICTURE_ENDINGS:
            for ending in _ENDINGS:
                if os.path.isfile(candidate + ending):
                    return Path(candidate + ending)
    return None


def find_image_root(dataset: Dataset, near: Path, given: Path | None = None) -> Path | None:
    """Return the folder below which the pictures of a dataset lie.

    Parameters
    ----------
    dataset : Dataset
        Its file names are looked for; a spread of 64 of them decides.
    near : Path
        The ground truth file or folder: it, folders in it, and usual folders up to three levels up are tried; never the
        folders beside it. What lies deeper is tried last, in `picture_trees` alone.
    given : Path, optional
        The folder the user named; then only it and folders in it are tried.

    Returns
    -------
    Path or None
        The folder where most are; None where not one is.
    """
    return root_of_names(dataset.images.file_name, near, given)


def root_of_names(file_names: tuple[str, ...], near: Path, given: Path | None = None) -> Path | None:
    """Return `find_image_root` for names that are not those of a dataset yet."""
    names = _spread(file_names)
    if not names:
        return given
    best: Path | None = None
    most = 0
    for folder in _candidates(near, given):
        tell_listing(folder)
        found = sum(image_path(folder, name) is not None for name in names)
        if found > most:
            best, most = folder, found
            if found == len(names):
                break
    return best


def finds_all(root: Path, file_names: tuple[str, ...]) -> bool:
    """Return whether a folder has the pictures of a spread of names."""
    return all(image_path(root, name) is not None for name in _spread(file_names))


def _spread(names: tuple[str, ...]) -> list[str]:
    step = max(1, len(names) // _SAMPLE)
    return [name for name in names[::step] if not leads_outside(name)]


def _candidates(near: Path, given: Path | None) -> Iterator[Path]:
    """Yield folders to look in, the likeliest first, each once."""
    seen: set[Path] = set()
    for folder in _folders(near, given):
        if folder not in seen:
            seen.add(folder)
            yield folder


def _folders(near: Path, given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        yield from _inside(given)
        yield from _with_pictures(given)
        return
    start = near if near.is_dir() else near.parent
    start = Path(os.path.abspath(start))
    levels = [start, *start.parents][:4]
    for level in levels:
        yield level
        for name in FOLDER_NAMES:
            if (level / name).is_dir():
                yield level / name
    # Not in the folders beside it: another dataset there may number its pictures alike.
    yield from _inside(start)
    # However deep in what somebody pointed at: that is one data set.
    for tree in picture_trees(near):
        yield from _with_pictures(tree)


def picture_trees(near: Path) -> list[Path]:
    """Return the folders in which pictures may lie at any depth: what somebody pointed at, and a usual one of the same data set.

    That is one beside the ground truth file, or up to three levels up where the ground truth lies in ``labels`` or
    ``annotations`` beside it: any other may hold the pictures of another data set, which are often numbered alike.
    """
    is_folder = near.is_dir()
    start = Path(os.path.abspath(near if is_folder else near.parent))
    pointed = pointed_at() or (start if is_folder else None)
    around = [level for inner, level in list(pairwise([start, *start.parents]))[:3] if inner.name.lower() in _LABEL_FOLDERS]
    usual = [level / name for level in [start, *around] for name in _TREES if (level / name).is_dir()]
    return [*([pointed] if pointed is not None else []), *usual]


def pictures_below(folder: Path) -> list[str]:
    """Return the pictures at any depth below a folder, as `files_below` names them; not of more than 100,000 folders."""
    return files_below(folder, PICTURE_ENDINGS, most_folders=_MAX_WALKED)


def _with_pictures(folder: Path) -> Iterator[Path]:
    """Yield the folders below a folder that hold pictures, and those around them; not more than 200."""
    holding = dict.fromkeys(Path(name).parent for name in pictures_below(folder))
    around = dict.fromkeys(parent for inner in holding for parent in (inner, *inner.parents))
    for inner in list(around)[:_MAX_FOLDERS]:
        yield folder / inner


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the folders in a folder, those with usual names first; not more than 200."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return
    usual = [name for name in FOLDER_NAMES if name in names]
    for name in [*usual, *(name for name in names if name not in usual)][:_MAX_FOLDERS]:
        yield folder / name
