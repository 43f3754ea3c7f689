"""KITTI object labels and detections: a folder of text files, one per image, fifteen columns, a sixteenth for the score.

``type truncated occluded alpha left top right bottom height width length x y z rotation_y [score]``. ``DontCare`` regions are
ignored: they count neither way, and absorb predictions of their own class only, for matching is within classes. Truncation,
occlusion (0 visible to 3 unknown) and the numbers of the box in space become attributes.

References
----------
https://www.cvlibs.net/datasets/kitti/eval_object.php, ``readme.txt`` of the object development kit.
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
from diag_gui.formats.text_rows import Rows, floats_of, rows_of_text

FORMAT = "kitti"
DONT_CARE = "DontCare"
_N_COLUMNS = 15
_FILES = FileByFile(FORMAT, (".txt",), "text_bytes", "unreadable-label-file", rows_of_text)
_IN_SPACE = ("height_m", "width_m", "length_m", "x_m", "y_m", "z_m", "rotation_y")


def recognise(content: Content) -> str:
    """Return why a file holds KITTI labels; empty if it does not."""
    return "lines of a type and fourteen numbers, as KITTI writes labels" if _all_lines(content, _N_COLUMNS) else ""


def recognise_predictions(content: Content) -> str:
    """Return why a file holds KITTI detections; empty if it does not."""
    return "lines of a type and fifteen numbers, as KITTI writes detections" if _all_lines(content, _N_COLUMNS + 1) else ""


def _all_lines(content: Content, n_columns: int) -> bool:
    rows = [line.split() for line in content.lines]
    return bool(rows) and all(
        len(row) == n_columns and not row[0].replace(".", "").isdigit() and floats_of(row[1:]) is not None for row in rows
    )


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a folder of KITTI label files (``label_2``), or one; records are lines. As `FileByFile.labels`.

    Images go by the names of the files, and boxes are in pixels: the pictures play no part.
    """
    return _FILES.labels(path, _images, progress, cancelled)


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read a folder of KITTI detection files, or one, against a dataset. As `FileByFile.predictions`."""
    return _FILES.predictions(path, dataset, _images, progress, cancelled)


def _images(file: OneFile[Rows], refuse: Refuse) -> Iterator[ReadImage]:
    yield ReadImage(file.image, _objects(file, refuse))


def _objects(file: OneFile[Rows], refuse: Refuse) -> Iterator[ReadObject]:
    for line, row in file.content:
        record = f"{file.shown}: line {line}"
        numbers = _numbers(row, record, refuse)
        if numbers is None:
            continue
        left, top, right, bottom = numbers[3:7]
        score = numbers[14] if len(numbers) == _N_COLUMNS else None
        yield ReadObject(
            row[0], (left, top, right - left, bottom - top), record, score, _attributes(numbers), is_ignored=row[0] == DONT_CARE
        )


def _numbers(row: list[str], record: str, refuse: Refuse) -> list[float] | None:
    """Return the numbers after the type; None where the line is left out."""
    numbers = floats_of(row[1:])
    if len(row) not in (_N_COLUMNS, _N_COLUMNS + 1):
        refuse("column-count", record, f"has {len(row)} columns: a type and fourteen numbers were expected")
        return None
    if numbers is None:
        refuse("bad-number", record, "holds something other than numbers after the type")
    return numbers


def _attributes(numbers: list[float]) -> dict[str, float]:
    """Return what is said beside the box; KITTI writes -1 and -1000 for what is not known."""
    named = {
        "truncated": numbers[0],
        "occluded": numbers[1],
        "alpha": numbers[2],
        **dict(zip(_IN_SPACE, numbers[7:14], strict=True)),
    }
    return {name: value for name, value in named.items() if value not in (-1, -10, -1000)}
