"""Predictions in one text file per class, a line per box: ``image score xmin ymin xmax ymax``, as VOC's devkit and YOLTv4 do.

Told by the name ``comp4_det_test_CLASS.txt`` (any number of a competition, any set), or by lines that begin with the name of a
picture. Where the format is named, or files are called otherwise, the whole stem is the class, or the class of the ground truth
that it ends in. Coordinates are pixels of the image, or of the tile that the name is of (`tile_names`). Images go by name,
with or without ending. Of a folder in which some files are called ``comp…`` the others are not read, which is said.

References
----------
http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html, *Detection task, submission of results*;
https://github.com/avanetten/yoltv4, ``post_process.py``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import FormatError
from diag_gui.formats.box_layouts import BoxLayout
from diag_gui.formats.content import Content
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.image_size import PICTURE_ENDINGS
from diag_gui.formats.label_lines import LabelLines, read_lines
from diag_gui.formats.matching_names import ClassFinder, fold
from diag_gui.formats.predicted_columns import PredictedColumns, run_of_columns
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.record_table import CodedTexts
from diag_gui.formats.text_rows import floats_of
from diag_gui.formats.tile_names import tile_of
from diag_gui.formats.yolo_layout import label_files

FORMAT = "class-files"
_RESULT_FILE = re.compile(r"comp\d+_[a-z]+_[a-z0-9]+_(.+)", re.IGNORECASE | re.ASCII)
_N_NUMBERS = 5


def recognise_predictions(content: Content) -> str:
    """Return why a file holds the predictions of one class; empty if it does not."""
    rows = [line.split() for line in content.lines]
    n_fitting = sum(len(row) == _N_NUMBERS + 1 and floats_of(row[1:]) is not None for row in rows)
    if not rows or 2 * n_fitting < len(rows):
        return ""
    if _RESULT_FILE.fullmatch(content.path.stem) is not None:
        return "lines of an image, a score and corners in a file that is called after its class"
    return "lines of an image, a score and corners" if all(_names_a_picture(row[0]) for row in rows) else ""


def _names_a_picture(word: str) -> bool:
    return PurePosixPath(word).suffix.lower() in PICTURE_ENDINGS or tile_of(word) is not None


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read a folder of such files, or one, against a dataset.

    Parameters
    ----------
    path : Path
        Folder, or one file: then only that class.
    dataset : Dataset
    progress, cancelled : callable, optional
        As in every reader.

    Raises
    ------
    FormatError
        If there is no file, or none can be read.
    DatasetMismatchError
        If no line belongs to an image, or no file to a class, of the dataset.
    """
    log = ProblemLog(path)
    files = _result_files(path, log)
    root = path if path.is_dir() else path.parent
    lines = replace(read_lines(files, root, log, progress=progress, cancelled=cancelled), label_is_image=True)
    fitting = lines.n_values == _N_NUMBERS
    note_records(
        log, "column-count", rows_where(~fitting), lines.name,
        lambda row: f"has {lines.n_values[row] + 1} columns: an image, a score and four corners were expected", drops=True,
    )  # fmt: skip
    rows = rows_where(fitting)
    columns = PredictedColumns(
        image=_coded([lines.label[row] for row in rows.tolist()]),
        category=CodedTexts(lines.file_row[rows].astype(np.int32), _classes(lines, ClassFinder(dataset.classes, {}))),
        box=lines.columns(1, 4)[rows],
        score=lines.column(0)[rows],
        name=lambda place: lines.name(int(rows[place])),
        source_index=rows,
        n_records=lines.n_records,
        sha256=lines.sha256,
        layout=BoxLayout("xyxy"),
    )
    return run_of_columns(columns, path, FORMAT, dataset, log)


def _result_files(path: Path, log: ProblemLog) -> list[Path]:
    """Return the files to read: those called after a competition where there are any, else all."""
    if not path.is_dir():
        return [path]
    files = label_files(path)
    if not files:
        raise FormatError(path, "no text files of predictions were found here")
    named = [file for file in files if _RESULT_FILE.fullmatch(file.stem) is not None]
    if named and (n_left := len(files) - len(named)):
        log.add("file-not-loaded", "", f"{n_left:,} files that are not called like comp4_det_test_CLASS.txt were not loaded",
                drops=False, count=n_left)  # fmt: skip
    return named or files


def _coded(words: list[str]) -> CodedTexts:
    code = {word: place for place, word in enumerate(dict.fromkeys(words))}
    return CodedTexts(np.fromiter((code[word] for word in words), np.int32, len(words)), tuple(code))


def _classes(lines: LabelLines, finder: ClassFinder) -> tuple[str, ...]:
    return tuple(_class_of(file.stem, finder) for file in lines.files)


def _class_of(stem: str, finder: ClassFinder) -> str:
    """Return the class that a file is called after: what follows the competition, else the longest end that is a class."""
    found = _RESULT_FILE.fullmatch(stem)
    if found is not None and finder.by_name(found[1]) >= 0:
        return found[1]
    words = fold(stem).split()
    ends = (" ".join(words[first:]) for first in range(len(words)))
    return next((end for end in ends if finder.by_name(end) >= 0), found[1] if found is not None else stem)
