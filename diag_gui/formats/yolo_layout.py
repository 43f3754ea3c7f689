"""Where a YOLO dataset keeps its pictures, labels and class names.

Layouts read: a ``data.yaml`` (Ultralytics v5 to v11: ``path``, ``train``, ``val``, ``test`` as folder, list of folders or text
file of pictures; Roboflow's ``../train/images``); ``images/`` beside ``labels/``, with or without folders per split; labels
beside pictures; darknet's ``obj.data`` with ``obj.names`` and ``train.txt``; a bare folder of label files.

References
----------
https://docs.ultralytics.com/datasets/detect/ and ``img2label_paths`` of Ultralytics (the last ``images`` of a path becomes
``labels``); https://github.com/AlexeyAB/darknet#how-to-train-to-detect-your-custom-objects.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diag_gui.exceptions import FormatError
from diag_gui.formats.class_lists import LIST_NAMES, YAML_ENDINGS, names_near, names_of_yaml, read_class_list
from diag_gui.formats.file_names import relative_name
from diag_gui.formats.file_reading import decode_text, read_bytes
from diag_gui.formats.folder_listing import entries_of, files_below, tell_listing
from diag_gui.formats.image_root import image_path, root_of_names
from diag_gui.formats.image_size import PICTURE_ENDINGS
from diag_gui.formats.matching_names import unique_names
from diag_gui.formats.split_choice import SPLITS
from diag_gui.formats.yaml_reading import read_yaml

NOT_LABELS = frozenset({*LIST_NAMES, "train.txt", "val.txt", "valid.txt", "test.txt", "readme.txt", "license.txt",
                        "requirements.txt", "readme.dataset.txt", "readme.roboflow.txt"})  # fmt: skip

_STEP = 1024


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One image of a dataset.

    Attributes
    ----------
    name : str
        Path relative to the image root; without ending where no picture was found and no list names it.
    picture, label : Path or None
        None where there is none.
    split : str
        Empty where the layout has no splits.
    """

    name: str
    picture: Path | None
    label: Path | None
    split: str = ""


@dataclass(frozen=True, slots=True)
class YoloLayout:
    """A dataset on disk.

    Attributes
    ----------
    root : Path
        Folder that names in messages are relative to.
    images : tuple of LabelledImage
        Sorted by name.
    image_root : Path or None
        Folder that the names are relative to, where pictures were found.
    names : dict or None
        Class number to name; None where no list was found.
    unread_splits : tuple of str
        Splits that are there and were not loaded.
    """

    root: Path
    images: tuple[LabelledImage, ...]
    image_root: Path | None
    names: dict[int, str] | None
    unread_splits: tuple[str, ...] = ()


def find_layout(path: Path, images: Path | None = None) -> YoloLayout:
    """Return the dataset that ``path`` belongs to.

    Parameters
    ----------
    path : Path
        ``data.yaml``, ``obj.data``, a class list, a label file, or a folder.
    images : Path, optional
        Folder of the pictures, if the user named one.

    Raises
    ------
    FormatError
        If no labels can be found from there, or a class list is broken.
    """
    if path.is_dir():
        described = description_in(path)
        return _from_description(described, images) if described is not None else _from_folder(path, images, None)
    if path.suffix.lower() in YAML_ENDINGS or path.suffix.lower() == ".data":
        return _from_description(path, images)
    if path.suffix.lower() == ".txt" and is_picture_list(_first_lines(path)):
        near = names_near(path.parent)
        entries = _listed(path, path.parent, images, "")
        return _layout(path.parent, entries, images, near[0] if near is not None else None)
    if path.suffix.lower() in (".txt", ".names", ".labels"):
        return find_layout(path.parent, images)
    raise FormatError(path, "is not a YOLO dataset: a folder, data.yaml or obj.data was expected")


def is_picture_list(lines: Sequence[str]) -> bool:
    """Return whether lines are file names of pictures, as the text file of a split has them."""
    return bool(lines) and all(os.path.splitext(line)[1].lower() in PICTURE_ENDINGS for line in lines)


def _first_lines(path: Path) -> list[str]:
    text = decode_text(path, read_bytes(path, "text_bytes"))
    return [line.strip() for line in text.splitlines()[:50] if line.strip()]


def description_in(folder: Path) -> Path | None:
    """Return the file of a folder that describes a dataset."""
    names = entries_of(folder).files
    yamls = [folder / name for name in names if os.path.splitext(name)[1].lower() in YAML_ENDINGS and (folder / name).is_file()]
    yamls.sort(key=lambda file: file.name not in ("data.yaml", "dataset.yaml"))
    for file in yamls:
        if file.name in ("data.yaml", "dataset.yaml") or _mentions_names(file):
            return file
    described = (folder / name for name in ("obj.data", "voc.data", "coco.data") if name in names)
    return next((file for file in described if file.is_file()), None)


def _mentions_names(file: Path) -> bool:
    return b"names" in read_bytes(file, "yaml_bytes")


def _from_description(path: Path, images: Path | None) -> YoloLayout:
    if path.suffix.lower() == ".data":
        return _from_darknet(path, images)
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise FormatError(path, "is not a mapping, as the YAML of a dataset is" if content else "is empty: it names no classes")
    names = names_of_yaml(path, content)
    root = _yaml_root(path, content)
    found = {split: folders for split in SPLITS if (folders := _yaml_split(content.get(split), root, path.parent))}
    if not found:
        return _from_folder(path.parent, images, names)
    chosen = next(iter(found))
    entries: list[LabelledImage] = []
    for place in found[chosen]:
        entries.extend(_listed(place, root, images, chosen) if place.is_file() else _in_picture_folder(place, images, chosen))
    return _layout(path.parent, entries, images, names, tuple(split for split in found if found[split] != found[chosen]))


def _yaml_root(path: Path, content: dict[str, Any]) -> Path:
    """Return the folder that splits are relative to; ``path`` of another machine gives way to the YAML's own folder."""
    stated = content.get("path")
    if isinstance(stated, str) and stated:
        for candidate in (path.parent / stated, path.parent.parent / stated):
            if candidate.is_dir():
                return candidate
    return path.parent


def _yaml_split(value: Any, root: Path, beside: Path) -> list[Path]:
    """Return the folders and list files of a split that exist."""
    found: list[Path] = []
    for entry in value if isinstance(value, list) else [value]:
        if not isinstance(entry, str) or not entry or "://" in entry or "\x00" in entry:
            continue
        inner = entry.replace("\\", "/")
        while inner.startswith(("../", "./")):
            inner = inner.split("/", 1)[1]
        for candidate in (root / entry, beside / entry, root / inner, beside / inner):
            if candidate.exists():
                found.append(candidate)
                break
    return found


def _in_picture_folder(folder: Path, images: Path | None, split: str) -> list[LabelledImage]:
    """Return the images of a split given as folder of pictures (or as folder of ``images`` and ``labels``)."""
    if (folder / "images").is_dir():
        folder = folder / "images"
    labels = swapped(folder, "images", "labels")
    if labels is None or not labels.is_dir():
        labels = folder / "labels" if (folder / "labels").is_dir() else folder
    return paired(labels, images if images is not None else folder, split)


def swapped(path: Path, old: str, new: str) -> Path | None:
    """Return ``path`` with its last part ``old`` replaced by ``new``; None without one."""
    parts = list(path.parts)
    for place in range(len(parts) - 1, -1, -1):
        if parts[place] == old:
            return Path(*parts[:place], new, *parts[place + 1 :])
    return None


def _listed(path: Path, root: Path, images: Path | None, split: str) -> list[LabelledImage]:
    """Return the images that a text file names, one per line.

    Names often start with folders of the machine that wrote them: leading parts are taken off until a label or picture
    is found.
    """
    entries: list[LabelledImage] = []
    for place, line in enumerate(decode_text(path, read_bytes(path, "text_bytes")).splitlines()):
        if place % _STEP == 0:
            tell_listing(path)
        name = relative_name(line.strip())
        if name:
            entries.append(_located(name, [path.parent, root, *([images] if images is not None else [])], split))
    return entries


def _located(name: str, roots: list[Path], split: str) -> LabelledImage:
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    for first in range(len(parts)):
        for root in roots:
            picture = root.joinpath(*parts[first:])
            label = (swapped(picture, "images", "labels") or picture).with_suffix(".txt")
            beside = picture.with_suffix(".txt")
            there = next((file for file in (label, beside) if file.is_file()), None)
            if there is not None or picture.is_file():
                return LabelledImage("/".join(parts[first:]), picture if picture.is_file() else None, there, split)
    return LabelledImage("/".join(parts), None, None, split)


def _from_darknet(path: Path, images: Path | None) -> YoloLayout:
    """Return the dataset of an ``obj.data``: ``key = value`` lines whose paths may be those of another machine."""
    keys: dict[str, str] = {}
    for line in decode_text(path, read_bytes(path, "text_bytes")).splitlines():
        key, _, value = line.partition("=")
        keys[key.strip().lower()] = value.strip()
    names_file = _darknet_file(path.parent, keys.get("names", "")) or _darknet_file(path.parent, "obj.names")
    names = dict(enumerate(read_class_list(names_file))) if names_file is not None else None
    lists = {key: file for key in ("valid", "val", "test", "train") if (file := _darknet_file(path.parent, keys.get(key, "")))}
    lists = {key: file for key, file in lists.items() if file.stat().st_size}
    if not lists:
        return _from_folder(path.parent, images, names)
    chosen = next(iter(lists))
    entries = _listed(lists[chosen], path.parent, images, chosen if len(lists) > 1 else "")
    return _layout(path.parent, entries, images, names, tuple(key for key in lists if lists[key] != lists[chosen]))


def _darknet_file(folder: Path, name: str) -> Path | None:
    parts = [part for part in relative_name(name).split("/") if part not in ("", ".", "..")]
    for first in range(len(parts)):
        if (candidate := folder.joinpath(*parts[first:])).is_file():
            return candidate
    return None


def _from_folder(folder: Path, images: Path | None, names: dict[int, str] | None) -> YoloLayout:
    """Return the dataset of a folder without description."""
    if names is None and (near := names_near(folder) or _names_of_splits(folder)) is not None:
        names = near[0]
    split_folders = {name: folder / name for name in SPLITS if (folder / name / "labels").is_dir()}
    if (folder / "labels").is_dir():
        pictures = images if images is not None else _existing(folder / "images", folder)
        return _layout(folder, paired(folder / "labels", pictures, ""), images, names)
    if split_folders:
        chosen = next(iter(split_folders))
        entries = _in_picture_folder(split_folders[chosen], images, chosen)
        return _layout(folder, entries, images, names, tuple(name for name in split_folders if name != chosen))
    labels = swapped(folder, "images", "labels")
    if labels is not None and labels.is_dir():
        return _layout(labels, paired(labels, images if images is not None else folder, ""), images, names)
    pictures = images if images is not None else _existing(swapped(folder, "labels", "images"), folder)
    return _layout(folder, paired(folder, pictures, ""), images, names)


def _names_of_splits(folder: Path) -> tuple[dict[int, str], Path] | None:
    """Return the class list of the folders of splits, where they have the same."""
    lists = [near for name in SPLITS if (folder / name).is_dir() and (near := names_near(folder / name, levels=1)) is not None]
    return lists[0] if lists and all(names == lists[0][0] for names, _ in lists) else None


def _existing(*folders: Path | None) -> Path | None:
    return next((folder for folder in folders if folder is not None and folder.is_dir()), None)


def paired(labels: Path, pictures: Path | None, split: str) -> list[LabelledImage]:
    """Return pictures with the label file of the same relative path or else of the same stem, and labels without picture."""
    label_of = {os.path.splitext(name)[0]: name for name in label_names(labels)}
    stems = list(label_of)
    by_stem = unique_names(stems, lambda name: name.rsplit("/", 1)[-1])
    used: set[str] = set()
    entries: list[LabelledImage] = []
    for place, name in enumerate(files_below(pictures, PICTURE_ENDINGS) if pictures is not None else []):
        if place % _STEP == 0:
            tell_listing(labels)
        key = os.path.splitext(name)[0]
        if key not in label_of and (row := by_stem.get(key.rsplit("/", 1)[-1], -1)) >= 0:
            key = stems[row]
        used.add(key)
        label = labels / label_of[key] if key in label_of else None
        entries.append(LabelledImage(name, pictures / name if pictures is not None else None, label, split or _split_of(name)))
    for place, (key, name) in enumerate(label_of.items()):
        if place % _STEP == 0:
            tell_listing(labels)
        if key not in used:
            entries.append(LabelledImage(key, None, labels / name, split or _split_of(key)))
    return entries


def _split_of(name: str) -> str:
    first = name.split("/", 1)[0]
    return first if "/" in name and first in SPLITS else ""


def label_files(folder: Path) -> list[Path]:
    """Return the text files below a folder that may hold labels, sorted."""
    return [folder / name for name in label_names(folder)]


def label_names(folder: Path) -> list[str]:
    """Return the text files below a folder that may hold labels, as sorted relative paths."""
    return [name for name in files_below(folder, frozenset({".txt"})) if name.rsplit("/", 1)[-1].lower() not in NOT_LABELS]


def picture_files(folder: Path) -> list[Path]:
    """Return the files below a folder that are named like pictures, sorted."""
    return [folder / name for name in files_below(folder, PICTURE_ENDINGS)]


def _layout(
    root: Path,
    entries: Iterable[LabelledImage],
    images: Path | None,
    names: dict[int, str] | None,
    unread: tuple[str, ...] = (),
) -> YoloLayout:
    """Return the layout of located images; pictures that are missing so far are looked for nearby."""
    entries = sorted(entries, key=lambda entry: entry.name)
    if not any(entry.label is not None for entry in entries):
        raise FormatError(root, "no YOLO label files were found here")
    with_picture = [entry for entry in entries if entry.picture is not None]
    if with_picture:
        return YoloLayout(root, tuple(entries), _common_root(with_picture), names, unread)
    image_root = root_of_names(tuple(entry.name for entry in entries), root, images)
    if image_root is None:
        return YoloLayout(root, tuple(entries), None, names, unread)
    return YoloLayout(root, tuple(_with_pictures(entries, image_root)), image_root, names, unread)


def _common_root(entries: list[LabelledImage]) -> Path | None:
    """Return the folder that the names of entries with pictures are relative to."""
    first = entries[0]
    assert first.picture is not None
    depth = len(first.name.split("/"))
    return first.picture.parents[depth - 1]


def _with_pictures(entries: list[LabelledImage], image_root: Path) -> Iterable[LabelledImage]:
    for place, entry in enumerate(entries):
        if place % _STEP == 0:
            tell_listing(image_root)
        picture = image_path(image_root, entry.name)
        name = entry.name
        if picture is not None and picture.is_relative_to(image_root):
            name = picture.relative_to(image_root).as_posix()
        yield LabelledImage(name, picture, entry.label, entry.split)
