"""Images that were moved or renamed since somebody decided about them, found again by what is in the file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from diag_gui.data.dataset import Dataset
from diag_gui.review.keys import Target, image_of, normal_path

ImageFile: TypeAlias = Callable[[str], Path | None]
"""From a file name of the dataset to the file, None where there is none: `formats.opening.image_path` on an image root."""


@dataclass(frozen=True, slots=True)
class ImageContent:
    """What tells one picture file from another.

    Attributes
    ----------
    sha256 : str
    size : int
        Bytes.
    """

    sha256: str
    size: int


def content_of(path: Path) -> ImageContent | None:
    """Return the content of a regular file; None if it cannot be read.

    Parameters
    ----------
    path : Path
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return ImageContent(digest, file.tell())
    except OSError:
        return None


def contents_of(
    targets: Iterable[Target], dataset: Dataset, image_file: ImageFile, known: Mapping[str, ImageContent]
) -> dict[str, ImageContent]:
    """Return the content of the images that decisions are about, to be kept by `ReviewStore.remember_contents`.

    Parameters
    ----------
    targets : iterable of Target
        ``decisions.mentioned``.
    dataset : Dataset
    image_file : callable
        See `ImageFile`.
    known : mapping of str to ImageContent
        `ReviewStore.image_contents`: these are not read again.

    Returns
    -------
    dict of str to ImageContent
        By path in keys; images whose file cannot be read are left out.
    """
    wanted = {image_of(target).path for target in targets} - known.keys()
    result: dict[str, ImageContent] = {}
    for name in dataset.images.file_name:
        path = normal_path(name)
        if path in wanted and path not in result:
            file = image_file(name)
            content = None if file is None else content_of(file)
            if content is not None:
                result[path] = content
    return result


def moved_images(
    targets: Iterable[Target], dataset: Dataset, image_file: ImageFile, known: Mapping[str, ImageContent]
) -> dict[str, str]:
    """Return where images are now whose path the dataset does not have, for `Resolver`.

    Parameters
    ----------
    targets : iterable of Target
        ``decisions.mentioned``.
    dataset : Dataset
    image_file : callable
        See `ImageFile`.
    known : mapping of str to ImageContent
        `ReviewStore.image_contents`.

    Returns
    -------
    dict of str to str
        From the path in decisions to the path in the dataset. Files are only read where their size fits, and none at all
        where every image is at its path. Of two copies of one picture the first is taken.
    """
    mentioned = {image_of(target).path for target in targets}
    present: dict[str, str] = {}
    for name in dataset.images.file_name:
        present.setdefault(normal_path(name), name)
    lost: dict[ImageContent, list[str]] = {}
    for path in sorted(mentioned - present.keys()):
        if path in known:
            lost.setdefault(known[path], []).append(path)
    result: dict[str, str] = {}
    sizes = {content.size for content in lost}
    for path, name in present.items() if lost else ():
        if path in mentioned:
            continue
        file = image_file(name)
        if file is None or _size(file) not in sizes:
            continue
        content = content_of(file)
        if content is not None:
            for old in lost.pop(content, ()):
                result[old] = path
    return result


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
