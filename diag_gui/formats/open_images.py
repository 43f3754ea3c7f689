"""Open Images boxes as CSV: one table for all images, coordinates as shares of the picture.

Dialects read: the columns of the challenge (``ImageID, LabelName, XMin, XMax, YMin, YMax`` and the flags ``IsOccluded`` …) in any
order and case; numbers with a decimal comma, as spreadsheets write them; class codes (``/m/…``) with a table
``class-descriptions*.csv`` beside the file, else the codes themselves. A group-of box is a crowd: it absorbs predictions of its
class. A column ``Score`` makes detections of it.

References
----------
https://storage.googleapis.com/openimages/web/factsfigures_v7.html#annotation-formats-and-data-formats
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import FormatError
from diag_gui.formats.class_lists import listed_order
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject
from diag_gui.formats.collected_predictions import CollectedPredictions, PredictedObject
from diag_gui.formats.content import Content
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled
from diag_gui.formats.matching_names import ImageFinder
from diag_gui.formats.named_sizes import sizes_of_names
from diag_gui.formats.record_problems import on_image
from diag_gui.formats.table_reading import Table, read_table
from diag_gui.formats.tile_names import tile_of

FORMAT = "openimages"
EDGES = ("xmin", "xmax", "ymin", "ymax")
_NEEDED = frozenset({"imageid", "labelname", *EDGES})
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def recognise(content: Content) -> str:
    """Return why a table holds Open Images boxes; empty if it does not."""
    names = _header(content)
    return "a table with ImageID, LabelName and XMin to YMax" if names >= _NEEDED and "score" not in names else ""


def recognise_predictions(content: Content) -> str:
    """Return why a table holds detections as Open Images has them; empty if it does not."""
    names = _header(content)
    return "a table with ImageID, LabelName, Score and XMin to YMax" if names >= _NEEDED | {"score"} else ""


def _header(content: Content) -> frozenset[str]:
    first = content.lines[0] if content.lines else ""
    return frozenset(word.strip().strip('"').casefold() for word in re.split(r"[,;\t]", first))


@dataclass(frozen=True, slots=True)
class _Row:
    record: str
    image: str
    label: str
    edges: tuple[str, str, str, str]
    others: dict[str, str]


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read a table of Open Images boxes.

    Parameters
    ----------
    path : Path
        CSV file.
    images : Path, optional
        Folder of the pictures, which give the sizes; found around the file if not named. Without pictures a nominal size.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
        Images in the order they first appear.
    ReadReport
        Records are rows.

    Raises
    ------
    FormatError
        If it cannot be read, or lacks a column.
    """
    log = ProblemLog(path)
    labels = CollectedLabels(path, FORMAT, log)
    table, rows = _rows(path, log)
    names = list(dict.fromkeys(row.image for row in rows))
    check_cancelled(path, cancelled)
    sizes, is_nominal = sizes_of_names(names, path, images, log, cancelled)
    place_of = {name: labels.add_image(name, *size) for name, size in zip(names, sizes, strict=True)}
    labels.sizes_are_nominal = is_nominal
    described = class_descriptions(path)
    for row in rows:
        image = place_of[row.image]
        edges = [_number(text) for text in row.edges]
        if not row.label:
            labels.leave_out("object-without-name", row.record, "has no LabelName")
            continue
        x1, x2, y1, y2 = edges
        if x1 is None or x2 is None or y1 is None or y2 is None:
            bad = edges.index(None)
            labels.leave_out("bad-box", row.record, f"{EDGES[bad]} is {row.edges[bad][:40]!r}, a number was expected")
            continue
        if max(map(abs, (x1, x2, y1, y2))) > 2:
            labels.leave_out("not-normalised", row.record, "values are not shares of the picture (greater than 2: pixels?)")
            continue
        width, height = labels.size_of(image)
        box = (x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height)
        is_group = row.others.get("isgroupof", "").strip() == "1"
        attributes = {
            name: text for name, text in row.others.items() if name not in ("confidence", "source") and text not in ("", "-1")
        }
        name = described.get(row.label, row.label)
        labels.add(image, LabelledObject(name, box, row.record, attributes=attributes, is_crowd=is_group))
    labels.n_records += sum(1 for *_, drops in table.notes if drops)
    return labels.build(table.sha256, class_names=listed_order(path, labels.class_names))


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read a table of detections against a dataset, whose images give the sizes.

    Raises
    ------
    FormatError
        If it cannot be read, or lacks a column.
    DatasetMismatchError
        If no row belongs to an image, or none to a class, of the dataset.
    """
    log = ProblemLog(path)
    found = CollectedPredictions(path, FORMAT, dataset, log)
    table, rows = _rows(path, log)
    described = class_descriptions(path)
    finder = ImageFinder(dataset.images, {})
    row_of = {name: finder.by_file_name(name) for name in dict.fromkeys(row.image for row in rows)}
    for row in rows:
        place = row_of[row.image]
        tile = tile_of(row.image) if place < 0 else None
        if tile is not None and finder.by_file_name(tile.image) >= 0:
            # Shares are of the tile; it is put back into its image with all the others.
            width, height = tile.width, tile.height
        elif place >= 0:
            width, height = int(dataset.images.width[place]), int(dataset.images.height[place])
        else:
            found.leave_out("unknown-image", row.record, f"image {row.image[:80]!r} is not in the ground truth")
            continue
        x1, x2, y1, y2 = (_number(text) for text in row.edges)
        score = _number(row.others.get("score", row.others.get("confidence", "")))
        if x1 is None or x2 is None or y1 is None or y2 is None:
            found.leave_out("bad-box", row.record, "XMin to YMax are not four numbers")
        elif score is None:
            found.leave_out("no-score", row.record, "has no score")
        elif width <= 0:
            found.leave_out("image-size-unknown", row.record, "the size of its image is not known, so shares have no pixels")
        else:
            box = (x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height)
            found.add(PredictedObject(row.image, described.get(row.label, row.label), box, score, row.record))
    found.n_records += sum(1 for *_, drops in table.notes if drops)
    return found.build(table.sha256)


def _rows(path: Path, log: ProblemLog) -> tuple[Table, list[_Row]]:
    """Return the table, and its rows; what was odd about the table is noted."""
    table = read_table(path)
    for code, record, reason, drops in table.notes:
        log.add(code, record, reason, drops=drops)
    columns = {name.casefold(): column for name, column in table.columns.items()}
    if lacking := sorted(_NEEDED - set(columns)):
        raise FormatError(path, f"lacks the columns {', '.join(lacking)}", "header")

    def edge(name: str, place: int) -> str:
        return str(columns[name][place])

    others = [name for name in columns if name not in _NEEDED]
    rows = [
        _Row(
            on_image(f"line {line}", str(columns["imageid"][place]).strip()),
            str(columns["imageid"][place]).strip(),
            str(columns["labelname"][place]).strip(),
            (edge("xmin", place), edge("xmax", place), edge("ymin", place), edge("ymax", place)),
            {name: str(columns[name][place]) for name in others},
        )
        for place, line in enumerate(table.line_number)
    ]
    return table, rows


def class_descriptions(path: Path) -> dict[str, str]:
    """Return the name of each class code, by the table of descriptions beside the file; empty without one."""
    listed = sorted(path.parent.glob("*class-descriptions*.csv"))
    if not listed:
        return {}
    try:
        table = read_table(listed[0])
    except FormatError:
        # Codes stand for themselves then; the boxes are what was asked for.
        return {}
    pairs = [list(table.columns), *zip(*table.columns.values(), strict=True)]
    return {str(pair[0]).strip(): str(pair[1]).strip() for pair in pairs if len(pair) >= 2 and str(pair[1]).strip()}


def _number(text: str) -> float | None:
    """Return a number, with a decimal point or comma; None for anything else."""
    text = text.strip()
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) and len(text) < 40 else None
