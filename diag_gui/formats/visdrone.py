"""VisDrone detection: a folder of text files, one per image, eight numbers between commas a line.

``left,top,width,height,score,category,truncation,occlusion``. In labels the score is 1, or 0 for what is to be ignored;
category 0 are regions to be ignored, 11 is others. In results the score is the detector's and the last two are -1.

References
----------
https://github.com/VisDrone/VisDrone2018-DET-toolkit, *Data format*.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject
from diag_gui.formats.collected_predictions import CollectedPredictions, PredictedObject
from diag_gui.formats.content import Content
from diag_gui.formats.each_file import EachFile, files_ending
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.text_rows import floats_of, rows_of_commas

FORMAT = "visdrone"
CLASSES = (
    "ignored regions", "pedestrian", "people", "bicycle", "car", "van", "truck", "tricycle", "awning-tricycle", "bus", "motor",
    "others",
)  # fmt: skip
_N_COLUMNS = 8


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
    """Return the numbers of the first lines; none where one of them does not fit."""
    cells = [line.removesuffix(",").split(",") for line in content.lines]
    rows = [floats_of([cell.strip() for cell in row]) if len(row) == _N_COLUMNS else None for row in cells]
    fitting = [row for row in rows if row is not None and row[5] in range(len(CLASSES))]
    return fitting if len(fitting) == len(rows) else []


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a folder of VisDrone label files, or one.

    Parameters
    ----------
    path : Path
        Text file or folder (``annotations``).
    images : Path, optional
        Plays no part: images go by the names of the files, and boxes are in pixels.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
        With all twelve classes in VisDrone's order.
    ReadReport
        Records are lines.

    Raises
    ------
    FormatError
        If there is no file that can be read.
    """
    log = ProblemLog(path)
    labels = CollectedLabels(path, FORMAT, log)
    files = EachFile(path, files_ending(path, ".txt"), "text_bytes", "unreadable-label-file", log, progress, cancelled)
    for shown, file, rows in files.parsed(rows_of_commas):
        image = labels.add_image(files.image_of(file))
        for line, row in rows:
            record = f"{shown}: line {line}"
            numbers = _numbers(row, record, labels.leave_out)
            if numbers is not None:
                left, top, width, height, score, category, truncation, occlusion = numbers
                labels.add(
                    image,
                    LabelledObject(
                        CLASSES[int(category)], (left, top, width, height), record,
                        attributes={"truncation": truncation, "occlusion": occlusion}, is_ignored=score == 0 or category == 0,
                    ),
                )  # fmt: skip
    return labels.build(files.sha256, class_names=CLASSES)


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read a folder of VisDrone result files, or one, against a dataset.

    Raises
    ------
    FormatError
        If there is no file that can be read.
    DatasetMismatchError
        If no line belongs to an image, or none to a class, of the dataset.
    """
    log = ProblemLog(path)
    found = CollectedPredictions(path, FORMAT, dataset, log)
    files = EachFile(path, files_ending(path, ".txt"), "text_bytes", "unreadable-label-file", log, progress, cancelled)
    for shown, file, rows in files.parsed(rows_of_commas):
        for line, row in rows:
            record = f"{shown}: line {line}"
            numbers = _numbers(row, record, found.leave_out)
            if numbers is not None:
                left, top, width, height, score, category = numbers[:6]
                name = CLASSES[int(category)]
                found.add(PredictedObject(files.image_of(file), name, (left, top, width, height), score, record))
    return found.build(files.sha256)


def _numbers(row: list[str], record: str, leave_out: Callable[[str, str, str], None]) -> list[float] | None:
    """Return the eight numbers of a line; None where it is left out."""
    numbers = floats_of(row)
    if len(row) != _N_COLUMNS:
        leave_out("column-count", record, f"has {len(row)} cells, eight were expected")
        return None
    if numbers is None:
        leave_out("bad-number", record, "holds something other than numbers")
        return None
    if numbers[5] not in range(len(CLASSES)):
        leave_out("unknown-category", record, f"category {row[5][:20]} is none of VisDrone's 0 to {len(CLASSES) - 1}")
        return None
    return numbers
