"""Labels and predictions from a table of boxes, a row per box: CSV, TSV, JSON or Parquet with any names in the header.

Which column is what is proposed from the header (`table_layout`) and overruled by what is chosen (`column_choice`). Boxes are
corners, sizes or centres, in four columns or one; shares of the picture where no number is beyond 2, unless units are chosen.
Without a class every box is an ``object``, or of the one class that the ground truth has. Whole numbers as classes are named by
a class list beside the table that has them all. A row with an image and neither class nor box says that the image is empty, and
is no record. Columns that play no part become attributes. Of YOLTv4's ``preds_refine.csv`` the ``*_Glob`` columns are read, which
are pixels of the image, and its placeholder for an image without detections is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, IntArray, LongArray
from diag_gui.data.attributes import Column
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.formats.box_layouts import FURTHEST_SHARE, BoxLayout
from diag_gui.formats.box_rules import ImageSizes
from diag_gui.formats.cell_values import boxes_of, is_blank, names_of, numbers_of
from diag_gui.formats.class_lists import listed_order, names_near
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.content import Content
from diag_gui.formats.file_names import leads_outside, relative_name
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled, check_regular, is_parquet
from diag_gui.formats.labelled_columns import LabelledColumns, dataset_of_columns
from diag_gui.formats.limits import check_limit
from diag_gui.formats.named_sizes import header_sizes, sizes_of_names
from diag_gui.formats.predicted_columns import PredictedColumns, run_of_columns
from diag_gui.formats.record_problems import note_records, on_image, rows_where
from diag_gui.formats.record_table import CodedTexts
from diag_gui.formats.table_layout import TableLayout, checked_layout, proposed_layout
from diag_gui.formats.table_reading import Table, names_in_header, read_table
from diag_gui.formats.tile_names import tile_of
from diag_gui.formats.value_columns import column_of, column_of_texts

FORMAT = "table"
ONLY_CLASS = "object"
_OF_TILES = frozenset({"xmin", "ymin", "xmax", "ymax"})
"""Columns of YOLTv4 that are pixels of a tile: no attributes of an object on the image."""


def recognise(content: Content) -> str:
    """Return why a table holds labels; empty if it does not."""
    layout = _layout(content)
    return _reason(layout) if layout is not None and not layout.score else ""


def recognise_predictions(content: Content) -> str:
    """Return why a table holds predictions; empty if it does not."""
    layout = _layout(content)
    return _reason(layout) if layout is not None and layout.score else ""


def _layout(content: Content) -> TableLayout | None:
    """Return the layout that the header suggests, None where it is none of boxes on images."""
    names = sorted(content.keys) if content.keys else names_in_header(content.text)
    layout = proposed_layout(names)
    is_coco = content.kind == "json-list" and len(layout.box) < 4
    return layout if not layout.lacking and not is_coco else None


def _reason(layout: TableLayout) -> str:
    said = ", ".join(f"{part} = {column}" for part, column in layout.choice.items())
    return f"a table of boxes: {said}"


def read_ground_truth(
    path: Path,
    *,
    images: Path | None = None,
    columns: ColumnChoice = NO_CHOICE,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Dataset, ReadReport]:
    """Read a table of labels.

    Parameters
    ----------
    path : Path
    images : Path, optional
        Folder of the pictures, which give the sizes that the table has not.
    columns : ColumnChoice
        Which columns are what, in place of what their names suggest.
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
        If it cannot be read, or no columns name images and boxes.
    """
    log = ProblemLog(path)
    table, layout = _read(path, columns, log, progress)
    rows = _Rows(table, layout)
    check_cancelled(path, cancelled)
    image_names, image_row = _images(rows, log, path)
    classes, order = _classes(rows, path)
    is_empty = rows.has_no_box & np.array([not name for name in classes], np.bool_)
    kept = _kept(rows, image_row, np.array([bool(name) for name in classes], np.bool_), log, ~is_empty)
    sizes, is_nominal = _sizes(rows, image_names, image_row, path, images, log, cancelled)
    records = rows_where(kept)
    image_row = image_row[records]
    size_of_box = ImageSizes.of_boxes(image_row, sizes[:, 0], sizes[:, 1])
    labelled = LabelledColumns(
        image_names=image_names,
        image_sizes=sizes,
        image_row=image_row,
        class_name=[classes[row] for row in records.tolist()],
        xywh=BoxLayout(layout.order, rows.is_relative).xywh_px(rows.box[records], size_of_box),
        name=lambda place: rows.name(int(records[place])),
        source_index=records,
        n_records=len(rows) - int(is_empty.sum()) + _n_dropped(table),
        sha256=table.sha256,
        identifiers=_identifiers(table, layout, records),
        sizes_are_nominal=is_nominal,
    )
    if progress is not None:
        progress(1.0)
    return dataset_of_columns(
        labelled, path, FORMAT, log, class_names=order or listed_order(path, {*labelled.class_name}),
        attributes=lambda chosen: _others(table, layout, records[chosen]),
    )  # fmt: skip


def read_predictions(
    path: Path,
    dataset: Dataset,
    *,
    columns: ColumnChoice = NO_CHOICE,
    is_part: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Run, ReadReport]:
    """Read a table of predictions against a dataset, whose images give the sizes; parameters as of `read_ground_truth`.

    ``is_part`` is as of `coco_results.read_predictions`.

    Raises
    ------
    FormatError
        If it cannot be read, or no columns name images, boxes and scores.
    DatasetMismatchError
        If no row belongs to an image, or none to a class, of the dataset.
    """
    if _is_parquet(path):
        # By the same rules, without a Python object for each cell.
        from diag_gui.formats import parquet_results

        return parquet_results.read_predictions(
            path, dataset, columns=columns, is_part=is_part, progress=progress, cancelled=cancelled
        )
    log = ProblemLog(path)
    table, layout = _read(path, columns, log, progress, needs_score=True)
    rows = _Rows(table, layout)
    check_cancelled(path, cancelled)
    category = _categories(rows, dataset, path)
    has_class = np.array([one is not None for one in category], np.bool_)
    score = numbers_of(table.columns[layout.score])
    is_empty = rows.has_no_box & ~has_class & ~(score > 0)
    is_placeholder = ~has_class & ~(score > 0) & (rows.box == [0, 0, 1, 1]).all(axis=1)
    note_records(log, "placeholder", rows_where(is_placeholder), rows.name, "stands for an image in which nothing was found",
                 drops=True)  # fmt: skip
    has_image = np.array([not is_blank(cell) for cell in rows.image], np.bool_)
    kept = _kept(rows, np.where(has_image, 0, -1), has_class, log, ~is_empty & ~is_placeholder)
    records = rows_where(kept)
    predicted = PredictedColumns(
        image=_at(_image_names(rows), records),
        category=_at(category, records),
        box=rows.box[records],
        score=score[records],
        name=lambda place: rows.name(int(records[place])),
        source_index=records,
        n_records=len(rows) - int(is_empty.sum()) + _n_dropped(table),
        sha256=table.sha256,
        layout=BoxLayout(layout.order, rows.is_relative),
    )
    if progress is not None:
        progress(1.0)
    return run_of_columns(predicted, path, FORMAT, dataset, log, is_part=is_part,
                          attributes=lambda chosen: _others(table, layout, records[chosen]))  # fmt: skip


def _is_parquet(path: Path) -> bool:
    check_regular(path)
    with path.open("rb") as file:
        return is_parquet(file.read(4))


class _Rows:
    """The rows of a table as its layout has them.

    Parameters
    ----------
    table : Table
    layout : TableLayout
    """

    def __init__(self, table: Table, layout: TableLayout) -> None:
        self.table = table
        self.layout = layout
        self.image = table.columns[layout.image]
        self.box_cells = [table.columns[name] for name in layout.box]
        if len(self.box_cells) == 1:
            self.box = boxes_of(self.box_cells[0])
        else:
            self.box = np.stack([numbers_of(cells) for cells in self.box_cells], axis=1)
        self.is_global = layout.box[0].casefold().endswith("_glob")

    def __len__(self) -> int:
        return len(self.image)

    def name(self, row: int) -> str:
        """Return the name of a row for messages."""
        place = f"{'line' if self.table.is_text else 'row'} {self.table.line_number[row]}"
        return on_image(place, names_of(self.image[row : row + 1])[0])

    @cached_property
    def is_relative(self) -> bool:
        """Whether boxes are shares of the picture: as was chosen, else as the numbers look."""
        if self.layout.units:
            return self.layout.units == "relative"
        finite = self.box[np.isfinite(self.box)]
        return bool(len(finite)) and bool(np.abs(finite).max() <= FURTHEST_SHARE)

    @cached_property
    def has_no_box(self) -> BoolArray:
        """Where all cells of the box are blank, shape (N,)."""
        blank = np.asarray(np.isnan(self.box).all(axis=1), np.bool_)
        for row in rows_where(blank).tolist():
            blank[row] = all(is_blank(cells[row]) for cells in self.box_cells)
        return blank


def _read(
    path: Path, columns: ColumnChoice, log: ProblemLog, progress: Progress | None, *, needs_score: bool = False
) -> tuple[Table, TableLayout]:
    """Return the table and its layout; what was odd about the table is noted."""
    table = read_table(path)
    if progress is not None:
        progress(0.5)
    for code, record, reason, drops in table.notes:
        log.add(code, record, reason, drops=drops)
    layout = checked_layout(path, list(table.columns), columns, needs_score=needs_score)
    return table, layout


def _n_dropped(table: Table) -> int:
    return sum(drops for *_, drops in table.notes)


def _kept(rows: _Rows, image_row: AnyArray, has_class: BoolArray, log: ProblemLog, kept: BoolArray) -> BoolArray:
    """Return the rows with image, class and box among those that count so far; the others are noted, each once."""
    box_is_read = ~np.isnan(rows.box).any(axis=1)
    for code, bad, reason in (
        ("no-image", image_row < 0, f"has no {rows.layout.image}"),
        ("object-without-name", ~has_class, f"has no {rows.layout.category}"),
        ("bad-box", ~box_is_read, f"{', '.join(rows.layout.box)} are not four numbers"),
    ):
        note_records(log, code, rows_where(kept & bad), rows.name, reason, drops=True)
        kept = kept & ~bad
    return kept


def _image_names(rows: _Rows) -> LongArray | CodedTexts:
    """Return the image of each row; of a tile whose boxes are pixels of the image already, that image."""
    names = names_of(rows.image)
    if not rows.is_global or not isinstance(names, CodedTexts):
        return names
    whole = [tile.image if (tile := tile_of(text)) is not None else text for text in names.texts]
    return names_of([None if code < 0 else whole[code] for code in names.code.tolist()])


def _images(rows: _Rows, log: ProblemLog, path: Path) -> tuple[tuple[str, ...], IntArray]:
    """Return the names of the images in the order they first appear, and the image of each row, -1 where it has none."""
    found: dict[str, int] = {}
    row_of_name: dict[Any, int] = {None: -1}
    names = _image_names(rows)
    for value in dict.fromkeys(names.tolist()):
        if value is None:
            continue
        name = relative_name(str(value))
        check_limit(path, "name_chars", len(name), "image name")
        if name not in found and leads_outside(name):
            log.add("file-name-outside-root", name[:80], "leads outside the image folder; its picture is not opened", drops=False)
        row_of_name[value] = found.setdefault(name, len(found))
    return tuple(found), np.fromiter((row_of_name[value] for value in names.tolist()), np.int32, len(rows))


def _classes(rows: _Rows, path: Path) -> tuple[list[str], list[str] | None]:
    """Return the class of each row, empty where it has none, and their order where numbers give one."""
    if not rows.layout.category:
        return [ONLY_CLASS] * len(rows), None
    names = names_of(rows.table.columns[rows.layout.category])
    listed = names.tolist()
    numbers = {value: _whole(value) for value in dict.fromkeys(listed) if value is not None}
    if not numbers or None in numbers.values():
        return ["" if value is None else str(value) for value in listed], None
    near = names_near(path.parent, levels=2)
    given = near[0] if near is not None and all(number in near[0] for number in numbers.values()) else {}
    of_value = {value: given.get(number, str(number)) for value, number in numbers.items() if number is not None}
    order = list(given.values()) or [
        str(number) for number in sorted(number for number in numbers.values() if number is not None)
    ]
    return [of_value.get(value, "") for value in listed], order


def _categories(rows: _Rows, dataset: Dataset, path: Path) -> Any:
    """Return the class of each row as the ground truth may know it, None where it has none."""
    if not rows.layout.category:
        return [dataset.classes.name[0] if len(dataset.classes) == 1 else ONLY_CLASS] * len(rows)
    names = names_of(rows.table.columns[rows.layout.category])
    near = names_near(path.parent, levels=2)
    if not isinstance(names, np.ndarray) or near is None:
        return names
    known = set(dataset.classes.name)
    if not all(near[0].get(number) in known for number in np.unique(names).tolist()):
        return names
    return [near[0][number] for number in names.tolist()]


def _whole(value: Any) -> int | None:
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else None


def _at(names: Any, records: AnyArray) -> Any:
    """Return names at rows, in the form they have."""
    if isinstance(names, CodedTexts):
        return CodedTexts(names.code[records], names.texts)
    return names[records] if isinstance(names, np.ndarray) else [names[row] for row in records.tolist()]


def _sizes(
    rows: _Rows,
    names: tuple[str, ...],
    image_row: IntArray,
    path: Path,
    images: Path | None,
    log: ProblemLog,
    cancelled: Cancelled | None,
) -> tuple[IntArray, bool]:
    """Return width and height of each image, and whether any is only nominal: by the table, else by the pictures."""
    sizes = np.full((len(names), 2), -1, np.int32)
    columns = rows.table.columns
    if rows.layout.width and rows.layout.height:
        stated = np.stack([numbers_of(columns[rows.layout.width]), numbers_of(columns[rows.layout.height])], axis=1)
        usable = (image_row >= 0) & ((stated >= 1) & (stated < 2**31)).all(axis=1)
        # Of rows that disagree the first counts.
        for_image = rows_where(usable)[::-1]
        sizes[image_row[for_image]] = stated[for_image].astype(np.int32)
    lacking = [name for name, size in zip(names, sizes.tolist(), strict=True) if size[0] < 0]
    if not lacking:
        return sizes, False
    if rows.is_relative:
        found, is_nominal = sizes_of_names(lacking, path, images, log, cancelled)
    else:
        found, is_nominal = header_sizes(lacking, path, images, cancelled), False
    sizes[sizes[:, 0] < 0] = np.array(found, np.int32)
    return sizes, is_nominal


def _identifiers(table: Table, layout: TableLayout, records: AnyArray) -> Sequence[Any] | None:
    if not layout.identifier:
        return None
    identifiers = names_of(table.columns[layout.identifier]).tolist()
    return [identifiers[row] for row in records.tolist()]


def _others(table: Table, layout: TableLayout, rows: AnyArray) -> tuple[Column, ...]:
    """Return the columns that play no part at ``rows``."""
    found = []
    for name, cells in table.columns.items():
        if name and name not in layout.used and name.casefold() not in _OF_TILES:
            chosen = [cells[row] for row in rows.tolist()]
            column = column_of_texts(name, chosen) if table.is_text else column_of(name, chosen)
            if column is not None:
                found.append(column)
    return tuple(found)
