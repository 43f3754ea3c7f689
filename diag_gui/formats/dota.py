"""DOTA ground truth: one text file per picture, ``x1 y1 x2 y2 x3 y3 x4 y4 class difficult`` in pixels.

Dialects read: a folder ``labelTxt`` (or ``labelTxt-v1.0``, ``annfiles``, ``labels``) beside ``images``, the folder that holds
both, one with splits in it, or one file; lines ``imagesource:`` and ``gsd:`` at the beginning, which become metadata of the
image; lines without the last number. What is marked difficult is ignored in matching, as the evaluation of DOTA does, and the
mark is kept as a column. Pictures without a label file are no images: nobody looked at them. The size of an image is that of
its picture, not known where it is not at hand; coordinates are pixels, so no figure needs it.

References
----------
.. [1] Xia et al., DOTA: A Large-scale Dataset for Object Detection in Aerial Images, CVPR 2018;
   https://captain-whu.github.io/DOTA/dataset.html
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import IntArray
from diag_gui.data.attributes import AttributeTable, Column, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.box_rules import ImageSizes
from diag_gui.formats.class_lists import names_near
from diag_gui.formats.collected_labels import columns_of
from diag_gui.formats.content import Content
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.image_size import read_header
from diag_gui.formats.label_lines import LabelLines, read_lines
from diag_gui.formats.limits import check_limit
from diag_gui.formats.quad_rules import quads_of_truth
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.split_choice import SPLITS
from diag_gui.formats.value_columns import column_of
from diag_gui.formats.yolo_layout import LabelledImage, paired

FORMAT = "dota"
CLASS_PLACE = 8
"""Words of a line before the class: four corners."""

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_LINE = re.compile(rf"(?:{_NUMBER}[ \t]+){{8}}(?!{_NUMBER}(?:\s|$))\S+(?:[ \t]+({_NUMBER}))?", re.ASCII)
_HEADER = re.compile(r"\s*(imagesource|gsd|acquisition[ _]dates?)\s*:\s*(.*)", re.IGNORECASE)
_LABEL_FOLDERS = ("annfiles", "labels")


def recognise(content: Content) -> str:
    """Return why a file is DOTA's labels; empty if it is not."""
    is_dota, has_scores = _look(content)
    return "lines of four corners, a class and a mark of difficulty" if is_dota and not has_scores else ""


def has_scored_corners(content: Content) -> bool:
    """Return whether a file has lines of four corners, a class and a score."""
    is_dota, has_scores = _look(content)
    return is_dota and has_scores


def _look(content: Content) -> tuple[bool, bool]:
    """Return whether most lines have four corners and a class, and whether a number with a fraction follows in most of them."""
    lines = [line for line in content.lines if not is_header(line)]
    found = [match for line in lines if (match := _LINE.fullmatch(line)) is not None]
    scored = sum(match[1] is not None and not match[1].isdecimal() for match in found)
    return bool(found) and 2 * len(found) >= len(lines), 2 * scored > len(found)


def is_header(line: str) -> bool:
    """Return whether a line describes the picture instead of an object."""
    return _HEADER.match(line) is not None


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport, Path | None]:
    """Read a folder of DOTA labels, or one file of it.

    Parameters
    ----------
    path : Path
        Folder, or label file: then only that one.
    images : Path, optional
        Folder of the pictures.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
        Images and classes are numbered from 1 in order of name; of a class list beside the files, in its order.
    ReadReport
        Records are lines of objects.
    Path or None
        Folder of the pictures.

    Raises
    ------
    FormatError
        If there is no label file, or none can be read.
    """
    log = ProblemLog(path)
    folder, entries = _labelled_images(path, images, log)
    lines = read_lines(
        [entry.label for entry in entries if entry.label is not None],
        folder,
        log,
        label_place=CLASS_PLACE,
        is_header=is_header,
        progress=None if progress is None else lambda share: progress(share / 2),
        cancelled=cancelled,
    )
    table = _images(entries, log, progress, cancelled)
    classes, class_row = _classes(path, folder, lines)
    ground_truth = _ground_truth(lines, class_row, table, log)
    n = len(ground_truth)
    report = ReadReport(path, FORMAT, lines.sha256, lines.n_records, n, lines.n_records - n, log.groups())
    dataset = Dataset(
        table,
        classes,
        ground_truth,
        AttributeTable(Level.IMAGE, len(table), _image_columns(lines, entries)),
        Source(path, FORMAT, lines.sha256),
        path.resolve().name if path.is_dir() else path.stem,
    )
    return dataset, report, _root_of(entries)


def _labelled_images(path: Path, images: Path | None, log: ProblemLog) -> tuple[Path, list[LabelledImage]]:
    """Return the folder that names in messages are relative to, and the images with a label file, by name."""
    if path.is_file():
        folder = path.parent
        found = [entry for entry in paired(folder, _pictures_near(folder, images), "") if entry.label == path]
        return folder, found or [LabelledImage(path.stem, None, path)]
    folder, split = path, ""
    labels = _label_folder(path)
    if labels is None:
        inside = {name: place for name in SPLITS if (place := _label_folder(path / name)) is not None}
        if inside:
            split = next(iter(inside))
            labels = inside[split]
        for name in list(inside)[1:]:
            log.add("split-not-loaded", name, "this split was not loaded; open its folder to see it", drops=False)
    labels = labels or path
    everything = paired(labels, _pictures_near(labels, images), split)
    entries = sorted((entry for entry in everything if entry.label is not None), key=lambda entry: entry.name)
    if not entries:
        raise FormatError(path, "no label files were found here")
    if without := len(everything) - len(entries):
        log.add("picture-without-labels", "", f"{without:,} pictures have no label file; they are left out", drops=False,
                count=without)  # fmt: skip
    return folder, entries


def _label_folder(folder: Path) -> Path | None:
    """Return the folder of labels directly in ``folder``; None without one.

    Raises
    ------
    FormatError
        If there are several and none of them is called ``labelTxt``.
    """
    if not folder.is_dir():
        return None
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    found = [name for name in names if name.lower().startswith("labeltxt") or name.lower() in _LABEL_FOLDERS]
    exact = [name for name in found if name.lower() == "labeltxt"]
    if len(found) > 1 and len(exact) != 1:
        raise FormatError(folder, f"holds several folders of labels: {', '.join(found)}; name one of them")
    return folder / (exact or found)[0] if found else None


def _pictures_near(labels: Path, images: Path | None) -> Path:
    """Return the folder of pictures that belongs to a folder of labels; that itself where there is no other."""
    beside = labels.absolute().parent / "images"
    return images if images is not None else next((place for place in (labels / "images", beside) if place.is_dir()), labels)


def _root_of(entries: list[LabelledImage]) -> Path | None:
    """Return the folder that names of pictures are relative to; None where not one picture was found."""
    for entry in entries:
        if entry.picture is not None:
            return entry.picture.parents[len(entry.name.split("/")) - 1]
    return None


def _images(entries: list[LabelledImage], log: ProblemLog, progress: Progress | None, cancelled: Cancelled | None) -> Images:
    size = np.full((len(entries), 2), -1, np.int32)
    for row, entry in enumerate(entries):
        if row % 512 == 0:
            check_cancelled(log.path, cancelled)
            if progress is not None:
                progress(0.5 + 0.5 * row / len(entries))
        if entry.picture is None:
            continue
        try:
            header = read_header(entry.picture)
            size[row] = header.width, header.height
        except FormatError as error:
            log.add("unreadable-picture", entry.name, f"{error.reason}; its size is not known", drops=False)
    return Images(np.arange(1, len(entries) + 1, dtype=np.int64), tuple(entry.name for entry in entries), size[:, 0], size[:, 1])


def _classes(path: Path, folder: Path, lines: LabelLines) -> tuple[Classes, IntArray]:
    """Return the classes, and the class row of each line."""
    used = {name for name in lines.label if name}
    for name in used:
        check_limit(path, "name_chars", len(name), "class name")
    near = names_near(folder, levels=2)
    listed = list(dict.fromkeys(near[0].values())) if near is not None else []
    names = listed if used <= set(listed) else sorted(used)
    check_limit(path, "n_classes", len(names), "classes")
    row_of = {name: row for row, name in enumerate(names)}
    rows = np.array([row_of.get(name, 0) for name in lines.label], np.int32)
    return Classes(np.arange(1, len(names) + 1, dtype=np.int64), tuple(names), ("",) * len(names)), rows


def _ground_truth(lines: LabelLines, class_row: IntArray, images: Images, log: ProblemLog) -> GroundTruth:
    image_row = lines.file_row.astype(np.int32)
    n = lines.n_values
    kept = ((n == CLASS_PLACE) | (n == CLASS_PLACE + 1)) & np.array([bool(name) for name in lines.label], np.bool_)
    note_records(
        log, "column-count", rows_where(~kept), lines.name,
        lambda row: f"has {n[row] + bool(lines.label[row])} columns: four corners, a class and a mark of difficulty were "
                    "expected", drops=True,
    )  # fmt: skip
    difficult = lines.column(CLASS_PLACE)
    odd = kept & ~np.isnan(difficult) & (difficult != np.floor(difficult))
    note_records(
        log, "odd-difficulty", rows_where(odd), lines.name,
        lambda row: f"difficulty {difficult[row]:g} is no whole number (a score?); not used", drops=False,
    )  # fmt: skip
    if 2 * np.count_nonzero(odd) > np.count_nonzero(kept):
        raise FormatError(log.path, "the numbers after the class are scores: this looks like predictions, not ground truth")
    difficult[odd] = np.nan
    sizes = ImageSizes.of_boxes(image_row, images.width, images.height)
    quad, xywh, kept = quads_of_truth(lines.columns(0, 8), kept, sizes, log, lines.name)
    rows = rows_where(kept)
    rows = rows[np.argsort(image_row[rows], kind="stable")]
    is_ignored = difficult[rows] > 0
    n_ignored = int(np.count_nonzero(is_ignored))
    if n_ignored:
        log.add(
            "difficult-ignored", "", f"{n_ignored:,} of {len(rows):,} labels are marked difficult and ignored in matching, as "
            "DOTA's evaluation does", drops=False, count=n_ignored,
        )  # fmt: skip
    column = column_of("difficult", difficult[rows].tolist())
    return GroundTruth(
        annotation_id=rows.astype(np.int64) + 1,
        image_row=image_row[rows],
        class_row=class_row[rows],
        xywh=xywh[rows],
        area=xywh[rows, 2] * xywh[rows, 3],
        is_crowd=np.zeros(len(rows), np.bool_),
        is_ignored=is_ignored,
        source_index=rows.astype(np.int64),
        masks=None,
        quad=quad[rows],
        attributes=AttributeTable(Level.GT, len(rows), () if column is None else (column,)),
    )


def _image_columns(lines: LabelLines, entries: list[LabelledImage]) -> tuple[Column, ...]:
    """Return what the lines at the beginning say of each image, and its split."""
    said: list[dict[str, Any]] = [{"split": entry.split} if entry.split else {} for entry in entries]
    for file_row, line in lines.headers:
        if (header := _HEADER.match(line)) is not None:
            said[file_row][header[1].lower().replace(" ", "_")] = header[2].strip()
    return columns_of(said)
