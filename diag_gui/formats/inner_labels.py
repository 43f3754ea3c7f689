"""Where in a data set's folder the labels lie, of data sets that keep them deeper, beside much else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from diag_gui.formats.folder_listing import NOT_DATA, entries_of, files_below

_KITTI = ("training/label_2", "label_2")
_FOR_PEOPLE = frozenset({".md", ".pdf", ".html", ".rst", ".ini", ".db"})
_DEEPEST = 3
_MOST_FILES = 100
"""Files that are looked at: a data set with a file per picture has more, and is told by other means."""


def kitti_labels(folder: Path) -> Path | None:
    """Return where KITTI's labels lie; text files beside them hold calibrations, which look like labels."""
    return next((folder / name for name in _KITTI if (folder / name).is_dir()), None)


def only_folders(folder: Path) -> list[Path]:
    """Return the folder that is all a folder holds beside what is for people to read, and that in it: archives unpack so."""
    found: list[Path] = []
    inner = _only_folder(folder)
    while inner is not None and len(found) < _DEEPEST:
        found.append(inner)
        inner = _only_folder(inner)
    return found


def _only_folder(folder: Path) -> Path | None:
    here = entries_of(folder)
    files = [name for name in here.files if name[0] != "." and os.path.splitext(name)[1].lower() not in _FOR_PEOPLE]
    folders = [name for name in here.folders if name[0] != "." and name != NOT_DATA]
    return folder / folders[0] if len(folders) == 1 and not files else None


def label_documents(folder: Path) -> list[str]:
    """Return the JSON and CSV files in the folders of a folder that may each hold the labels of many pictures."""
    names = files_below(folder, frozenset({".json", ".csv"}), only_regular=True)
    near = [name for name in names if name.count("/") <= _DEEPEST]
    return near if len(near) <= _MOST_FILES else []


def reason_against(folder: Path, names: Sequence[str]) -> str:
    """Return why the folder of a tool that is known is not read, and what to do; empty of anything else.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        Its JSON files, as relative paths.
    """
    if "meta.json" in names and any("/ann/" in f"/{name}" for name in names):
        return "a project of Supervisely, which is not read: export it there as COCO or Pascal VOC"
    here = entries_of(folder).files
    if "samples.json" in here and "metadata.json" in here:
        return "a data set in FiftyOne's own form, which is not read: export it there as COCODetectionDataset"
    if "labels.json" in here and (folder / "data").is_dir() and _begins_with_classes(folder / "labels.json"):
        return "FiftyOne's FiftyOneImageDetectionDataset, which is not read: export it there as COCODetectionDataset"
    return ""


def _begins_with_classes(file: Path) -> bool:
    with file.open("rb") as stream:
        return b'"classes"' in stream.read(200)
