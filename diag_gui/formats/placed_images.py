"""Images that lie in several folders of a data set, of which its labels say the names alone.

Labels of all splits may be read together while each split has its pictures in a folder of its own, ``Data/DET/val``,
``images/train``. No one folder holds them all then. Such images take the names by which they lie below the folder around all of
them, where it is sure which picture each is: the only one of that name, or the only one of them in a folder called after its
subset.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.formats.image_root import finds_all, image_path, pictures_below


def placed_images(dataset: Dataset, image_root: Path | None, folder: Path) -> tuple[Dataset, Path | None]:
    """Return a dataset with its images named as they lie below one folder, and that folder.

    Parameters
    ----------
    dataset : Dataset
    image_root : Path or None
        The folder that most were found in.
    folder : Path
        One of `picture_trees`, or the folder the user named; pictures are looked for nowhere else.

    Returns
    -------
    Dataset
        The same where one folder holds all images, or no more of them are found.
    Path or None
    """
    names = dataset.images.file_name
    if not names or (image_root is not None and finds_all(image_root, names)):
        return dataset, image_root
    pictures = pictures_below(folder)
    if not pictures:
        return dataset, image_root
    places = _places(names, _subsets(dataset), pictures)
    n_found = sum(place != "" for place in places)
    if image_root is not None and n_found <= sum(image_path(image_root, name) is not None for name in names):
        return dataset, image_root
    if not n_found:
        return dataset, image_root
    common = os.path.commonpath([os.path.dirname(place) for place in places if place])
    start = len(common) + 1 if common else 0
    renamed = tuple(place[start:] if place else name for place, name in zip(places, names, strict=True))
    return replace(dataset, images=replace(dataset.images, file_name=renamed)), folder / common


def _places(names: tuple[str, ...], subsets: list[str], pictures: list[str]) -> list[str]:
    """Return the picture of each image, empty where there is none or it is not sure which."""
    with_name: dict[str, list[str]] = defaultdict(list)
    for picture in pictures:
        base = picture.rsplit("/", 1)[-1]
        with_name[base].append(picture)
        with_name[os.path.splitext(base)[0]].append(picture)
    return [_only(with_name.get(name.rsplit("/", 1)[-1], []), name, subset) for name, subset in zip(names, subsets, strict=True)]


def _only(found: list[str], name: str, subset: str) -> str:
    """Return the one picture that is meant: that whose path ends like the name, then that of the subset."""
    if len(found) > 1:
        ending = [one for one in found if f"/{one}".endswith(f"/{name}") or f"/{os.path.splitext(one)[0]}".endswith(f"/{name}")]
        found = ending or found
    if len(found) > 1 and subset:
        found = [one for one in found if subset in one.lower().split("/")[:-1]]
    return found[0] if len(found) == 1 else ""


def _subsets(dataset: Dataset) -> list[str]:
    """Return the subset of each image in lower case, empty where none is said."""
    table = dataset.image_attributes
    column = next((column for column in table.columns if column.name == "subset"), None)
    return [""] * len(dataset.images) if column is None else [column.text(row).lower() for row in range(len(column))]
