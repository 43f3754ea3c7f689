"""VisDrone detection: a folder of text files, one per image, eight numbers between commas a line.

``left,top,width,height,score,category,truncation,occlusion``. In labels the score is 1, or 0 for what is to be ignored;
category 0 are regions to be ignored, 11 is others. In results the score is the detector's and the last two are -1.

References
----------
https://github.com/VisDrone/VisDrone2018-DET-toolkit, *Data format*.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.formats.content import Content
from diag_gui.formats.file_by_file import FileByFile, OneFile, ReadImage, ReadObject, Refuse
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.text_rows import Rows, floats_of, rows_of_commas

FORMAT = "visdrone"
CLASSES = (
    "ignored regions", "pedestrian", "people", "bicycle", "car", "van", "truck", "tricycle", "awning-tricycle", "bus", "motor",
    "others",
)  # fmt: skip
_N_COLUMNS = 8
_FILES = FileByFile(FORMAT, (".txt",), "text_bytes", "unreadable-label-file", rows_of_commas)


def recognise(content: Content) -> str:
    """Return why a file holds VisDrone labels; empty if it does not."""
    rows = _rows(content)
    is_label = bool(rows) and all(row[4] in (0, 1) and 0 <= row[6] <= 1 and 0 <= row[7] <= 2 for row in rows)
    return "lines of eight numbers between commas, as VisDrone writes labels" if is_label else ""


def recognise_predictions(content: Content) -> str:
    """Return why a file holds VisDrone results; empty if it does not."""
    rows = _rows(content)
    is_result = bool(rows) and all(row[6] == row[7] == -1 for row in rows)
    return "lines of eight numbers between commas that end in -1,-1, as VisDrone results do" if is_result else ""


def _rows(content: Content) -> list[list[float]]:
    """Return the numbers of the first lines that fit; none where more than a third does not: a bad line is one bad line."""
    cells = [line.removesuffix(",").split(",") for line in content.lines]
    rows = [floats_of([cell.strip() for cell in row]) if len(row) == _N_COLUMNS else None for row in cells]
    fitting = [row for row in rows if row is not None and row[5] in range(len(CLASSES))]
    return fitting if 3 * len(fitting) >= 2 * len(rows) else []


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a folder of VisDrone label files (``annotations``), or one; records are lines. As `FileByFile.labels`.

    All twelve classes are there, in VisDrone's order. Images go by the names of the files, and boxes are in pixels: the pictures
    play no part.
    """
    return _FILES.labels(path, _images, progress, cancelled, class_names=lambda: CLASSES)


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read a folder of VisDrone result files, or one, against a dataset. As `FileByFile.predictions`."""
    return _FILES.predictions(path, dataset, _images, progress, cancelled)


def _images(file: OneFile[Rows], refuse: Refuse) -> Iterator[ReadImage]:
    yield ReadImage(file.image, _objects(file, refuse))


def _objects(file: OneFile[Rows], refuse: Refuse) -> Iterator[ReadObject]:
    for line, row in file.content:
        record = f"{file.shown}: line {line}"
        numbers = _numbers(row, record, refuse)
        if numbers is None:
            continue
        left, top, width, height, score, category, *more = numbers
        said = {name: value for name, value in zip(("truncation", "occlusion"), more, strict=True) if value != -1}
        is_ignored = score == 0 or category == 0
        yield ReadObject(CLASSES[int(category)], (left, top, width, height), record, score, said, is_ignored=is_ignored)


def _numbers(row: list[str], record: str, refuse: Refuse) -> list[float] | None:
    """Return the eight numbers of a line; None where it is left out."""
    numbers = floats_of(row)
    if len(row) != _N_COLUMNS:
        refuse("column-count", record, f"has {len(row)} cells, eight were expected")
        return None
    if numbers is None:
        refuse("bad-number", record, "holds something other than numbers")
        return None
    if numbers[5] not in range(len(CLASSES)):
        refuse("unknown-category", record, f"category {row[5][:20]} is none of VisDrone's 0 to {len(CLASSES) - 1}")
        return None
    return numbers
