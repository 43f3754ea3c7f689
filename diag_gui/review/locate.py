"""Where the project of some data is, or would be made."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs

import diag_gui
from diag_gui.data.arrays import AnyArray
from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import StoreError
from diag_gui.review.examination import examine
from diag_gui.review.keys import normal_path
from diag_gui.review.sqlite_file import SUFFIX, reading

ENOUGH_IMAGES = 0.5
"""A project is of some data if they share at least this part of the images of the smaller of the two."""

_INDEX = "project-index"


@dataclass(frozen=True, slots=True)
class FoundProject:
    """A project that is about some of the images of a dataset.

    Attributes
    ----------
    path : Path
    n_shared : int
        Images both have.
    n_images : int
        Images the project is about.
    is_beside : bool
        Whether it lies beside the ground truth.
    """

    path: Path
    n_shared: int
    n_images: int
    is_beside: bool


def data_folder() -> Path:
    """Return the user's data folder of this program: ``DIAG_GUI_DATA``, else where the system keeps such data."""
    named = os.environ.get("DIAG_GUI_DATA", "")
    return Path(named) if named else platformdirs.user_data_path("diag-gui", appauthor=False)


def default_project_path(ground_truth: Path) -> Path:
    """Return where a new project about this ground truth goes: a path where nothing is yet.

    Parameters
    ----------
    ground_truth : Path
        File or folder.

    Returns
    -------
    Path
        Beside the ground truth; in the user's data folder (made if need be) where that cannot be written to or belongs to
        this program.

    Raises
    ------
    StoreError
        If neither can be written to.
    """
    place = ground_truth.absolute()
    name = place.stem if place.suffix and not place.is_dir() else place.name
    if not _is_shipped(place) and can_write(place.parent):
        return _free(place.parent, name)
    folder = data_folder() / "projects"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(folder, f"the folder for projects cannot be made: {error.strerror or error}") from error
    if not can_write(folder):
        raise StoreError(folder, "neither the folder of the ground truth nor the user's data folder can be written to")
    # Many data sets are called instances.json.
    return _free(folder, f"{name}-{hashlib.blake2b(os.fsencode(place), digest_size=4).hexdigest()}")


def can_write(folder: Path) -> bool:
    """Return whether a file can be made in a folder, by trying: permissions alone do not tell on network drives."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def image_digests(dataset: Dataset) -> AnyArray:
    """Return one number per image path, by which a project recognises its data.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    ndarray of uint64, shape (N,)
        Ascending, without repetition.
    """
    return digests_of_paths(dataset.images.file_name)


def digests_of_paths(paths: Iterable[str]) -> AnyArray:
    """Return `image_digests` of the paths as a file says them."""
    joined = b"".join(
        hashlib.blake2b(normal_path(path).encode("utf-8", "surrogatepass"), digest_size=8).digest() for path in paths
    )
    return np.unique(np.frombuffer(joined, dtype="<u8"))


def remember_project(project: Path) -> None:
    """Note in the user's data folder that a project exists, so that it is found from data that lies elsewhere.

    Parameters
    ----------
    project : Path

    Notes
    -----
    One small file per project: two programs that note something at once do not overwrite each other. Not being able to
    is no error: the project itself is kept.
    """
    folder = data_folder() / _INDEX
    text = os.fsdecode(project.absolute())
    name = hashlib.blake2b(os.fsencode(text), digest_size=12).hexdigest() + ".json"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=folder, suffix=".part")
        with open(handle, "w", encoding="ascii") as file:
            json.dump({"project": text}, file)
        os.replace(unfinished, folder / name)


def remembered_projects() -> list[Path]:
    """Return the projects noted in the user's data folder that still exist."""
    result = []
    folder = data_folder() / _INDEX
    try:
        notes = sorted(folder.glob("*.json"))
    except OSError:
        return []
    for note in notes:
        try:
            body = json.loads(note.read_text("ascii"))
        except (OSError, ValueError):
            continue
        path = body.get("project") if isinstance(body, dict) else None
        if isinstance(path, str) and Path(path).is_file():
            result.append(Path(path))
    return result


def find_projects(dataset: Dataset, ground_truth: Path | None = None) -> list[FoundProject]:
    """Return the projects that share at least half of their images with a dataset (or the dataset with them).

    Parameters
    ----------
    dataset : Dataset
    ground_truth : Path, optional
        Defaults to where the dataset was read from.

    Returns
    -------
    list of FoundProject
        Most shared images first; of equals the one beside the ground truth, then the last one changed. Files that are no
        sound project are passed over: nothing was asked of them yet.
    """
    own = image_digests(dataset)
    place = (ground_truth or dataset.source.path).absolute()
    beside = _projects_in(place.parent)
    if place.is_dir():
        beside += _projects_in(place)
    found = []
    for path in dict.fromkeys([*beside, *remembered_projects()]):
        theirs = _images_of(path)
        n_shared = len(np.intersect1d(own, theirs, assume_unique=True))
        if n_shared and n_shared >= ENOUGH_IMAGES * min(len(own), len(theirs)):
            found.append(FoundProject(path, n_shared, len(theirs), path in beside))
    return sorted(found, key=lambda project: (-project.n_shared, not project.is_beside, -_changed_at(project.path)))


def _images_of(project: Path) -> AnyArray:
    nothing = np.zeros(0, dtype=np.uint64)
    try:
        examine(project)
        with reading(project) as connection:
            row = connection.execute("SELECT digests FROM image_set").fetchone()
    except (StoreError, sqlite3.Error):
        return nothing
    if row is None or not isinstance(row[0], bytes) or len(row[0]) % 8:
        return nothing
    return np.unique(np.frombuffer(row[0], dtype="<u8"))


def _projects_in(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.suffix == SUFFIX and entry.is_file())
    except OSError:
        return []


def _changed_at(path: Path) -> float:
    times = []
    for file in (path, path.with_name(path.name + "-wal")):
        with contextlib.suppress(OSError):
            times.append(file.stat().st_mtime)
    return max(times, default=0.0)


def _free(folder: Path, name: str) -> Path:
    number = 1
    while True:
        path = folder / (f"{name}{SUFFIX}" if number == 1 else f"{name}-{number}{SUFFIX}")
        if not path.exists():
            return path
        number += 1


def _is_shipped(path: Path) -> bool:
    package = Path(diag_gui.__file__).resolve().parent
    resolved = path.resolve()
    return any((root / "resources") in resolved.parents for root in (package, package.parent))
