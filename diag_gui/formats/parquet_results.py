"""Predictions in Parquet, column by column: numbers go from the file into arrays, and each distinct name is looked at once.

Which column is what `table_layout` says, as for every table: ``image_id`` or ``file_name``; ``category_id``, ``category`` or
``class``; ``bbox`` (a list of four) or ``x, y, w, h``, ``x1, y1, x2, y2`` and so on; ``score``. A column of another type than one
would expect is read cell by cell, by the rules of `object_tables`; what is left out, and what it is called, is the same as there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray
from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import FormatError
from diag_gui.formats.box_layouts import FURTHEST_SHARE, BoxLayout
from diag_gui.formats.cell_values import boxes_of, is_blank, names_of, numbers_of
from diag_gui.formats.class_lists import names_near
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.file_reading import Cancelled, Progress, check_cancelled, check_regular
from diag_gui.formats.limits import check_limit
from diag_gui.formats.parquet_reading import damaged, open_parquet, plain_cell
from diag_gui.formats.predicted_columns import PredictedColumns, run_of_columns
from diag_gui.formats.record_problems import note_records, on_image, rows_where
from diag_gui.formats.record_table import CodedTexts
from diag_gui.formats.source_stamp import sha256_of, stamp_of
from diag_gui.formats.table_layout import TableLayout, checked_layout
from diag_gui.formats.table_reading import check_header
from diag_gui.formats.tile_names import tile_of
from diag_gui.formats.value_columns import FLAG_NAMES, column_of

FORMAT = "table"
ONLY_CLASS = "object"
PLACEHOLDER = (0.0, 0.0, 1.0, 1.0)
"""Box that YOLTv4 writes for an image in which nothing was found, without a class."""

_OF_TILES = frozenset({"xmin", "ymin", "xmax", "ymax"})


def read_predictions(
    path: Path,
    dataset: Dataset,
    *,
    columns: ColumnChoice = NO_CHOICE,
    is_part: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Run, ReadReport]:
    """Read predictions against a dataset.

    Parameters
    ----------
    path : Path
    dataset : Dataset
    columns : ColumnChoice
        Which columns are what, in place of what their names suggest.
    is_part : bool
        Whether the run has further files: then one of which nothing belongs to the dataset is warned of, not refused.
    progress, cancelled : callable, optional
        As in every reader.

    Raises
    ------
    FormatError
        If it cannot be read, pyarrow is not there, or no columns name images, boxes and scores.
    LimitError
        If it is larger than ``parquet_bytes`` or has more than ``parquet_rows`` rows.
    DatasetMismatchError
        If no row belongs to an image, or none to a class, of the dataset.
    """
    log = ProblemLog(path)
    table, sha256 = _read(path, cancelled)
    layout = checked_layout(path, table.column_names, columns, needs_score=True)
    check_cancelled(path, cancelled)
    if progress is not None:
        progress(0.5)
    rows = _Rows(table, layout, dataset, path)
    kept = rows.kept(log)
    records = rows_where(kept)
    predicted = PredictedColumns(
        image=_at(rows.image, records),
        category=_at(rows.category, records),
        box=rows.box[records],
        score=rows.score[records],
        name=lambda place: rows.name(int(records[place])),
        source_index=records,
        n_records=table.num_rows - rows.n_empty,
        sha256=sha256,
        layout=BoxLayout(layout.order, _is_relative(layout, rows.box)),
    )
    if progress is not None:
        progress(0.8)
    attributes = partial(_attributes, table, layout, records)
    found = run_of_columns(predicted, path, FORMAT, dataset, log, attributes=attributes, is_part=is_part)
    if progress is not None:
        progress(1.0)
    return found


def _read(path: Path, cancelled: Cancelled | None) -> tuple[Any, str]:
    """Return the table as pyarrow has it, and the SHA-256 of the file, hashed meanwhile."""
    check_regular(path)
    before = stamp_of(path)
    check_limit(path, "parquet_bytes", before.size if before is not None else 0)
    file = open_parquet(path, path)
    check_header(path, [str(name) for name in file.schema_arrow.names])
    check_limit(path, "parquet_rows", file.metadata.num_rows)
    with ThreadPoolExecutor(1, thread_name_prefix="digest") as beside:
        digest = beside.submit(sha256_of, path, cancelled=cancelled)
        with damaged(path):
            table = file.read()
        try:
            sha256 = digest.result()
        except OSError as error:
            raise FormatError(path, f"cannot be read: {error.strerror or error}") from error
    if table.num_rows != file.metadata.num_rows:
        raise FormatError(path, "is damaged Parquet: columns differ in length")
    if stamp_of(path) != before:
        raise FormatError(path, "was changed while it was read; open it again")
    return table, sha256


class _Rows:
    """The rows of a table as its layout has them."""

    def __init__(self, table: Any, layout: TableLayout, dataset: Dataset, path: Path) -> None:
        self._layout = layout
        self.image = _whole_images(_names(table[layout.image]), layout)
        self.category = _categories(table, layout, dataset, path)
        self.score = _numbers(table[layout.score])
        box_cells = [table[name] for name in layout.box]
        self.box = _list_boxes(box_cells[0]) if len(box_cells) == 1 else np.stack([_numbers(one) for one in box_cells], axis=1)
        self._has_image = ~_is_none(self.image)
        self._has_class = ~_is_none(self.category)
        has_no_box = np.asarray(np.isnan(self.box).all(axis=1), np.bool_)
        for cells in box_cells if has_no_box.any() else ():
            has_no_box &= _is_blank(cells)
        self._is_empty = has_no_box & ~self._has_class & ~(self.score > 0)

    @property
    def n_empty(self) -> int:
        """Rows that only say that an image is empty: no records."""
        return int(self._is_empty.sum())

    def name(self, row: int) -> str:
        """Return the name of a row for messages."""
        return on_image(f"row {row + 1}", self.image[row] if self._has_image[row] else None)

    def kept(self, log: ProblemLog) -> BoolArray:
        """Return the rows that are predictions; the others are noted, each once."""
        layout = self._layout
        is_placeholder = ~self._has_class & ~(self.score > 0) & (self.box == PLACEHOLDER).all(axis=1)
        note_records(log, "placeholder", rows_where(is_placeholder), self.name, "stands for an image in which nothing was found",
                     drops=True)  # fmt: skip
        kept = ~self._is_empty & ~is_placeholder
        for code, bad, reason in (
            ("no-image", ~self._has_image, f"has no {layout.image}"),
            ("object-without-name", ~self._has_class, f"has no {layout.category}"),
            ("bad-box", np.isnan(self.box).any(axis=1), f"{', '.join(layout.box)} are not four numbers"),
        ):
            note_records(log, code, rows_where(kept & bad), self.name, reason, drops=True)
            kept = kept & ~bad
        return np.asarray(kept, np.bool_)


def _cells(column: Any) -> list[Any]:
    return [plain_cell(value) for value in column.to_pylist()]


def _numbers(column: Any) -> FloatArray:
    """Return a column as float64, NaN where it holds no number."""
    import pyarrow.types as types

    if types.is_integer(column.type) or types.is_floating(column.type):
        return np.asarray(column.cast("float64", safe=False).to_numpy(), np.float64)
    return numbers_of(_cells(column))


def _names(column: Any) -> LongArray | CodedTexts:
    """Return a column as whole numbers, or as names each of which is kept once."""
    import pyarrow.types as types

    if types.is_integer(column.type) and not column.null_count and column.type != "uint64":
        return np.asarray(column.cast("int64").to_numpy(), np.int64)
    coded = column
    if types.is_string(column.type) or types.is_large_string(column.type):
        coded = column.combine_chunks().dictionary_encode()
    elif types.is_dictionary(column.type) and (
        types.is_string(column.type.value_type) or types.is_large_string(column.type.value_type)
    ):
        coded = column.unify_dictionaries().combine_chunks()
    else:
        return names_of(_cells(column))
    parts = coded.chunks if hasattr(coded, "chunks") else [coded]
    code_of: dict[str, int] = {}
    codes = []
    for part in parts:
        texts = [text.strip() if text is not None else "" for text in part.dictionary.to_pylist()]
        table = np.array([*(code_of.setdefault(text, len(code_of)) if text else -1 for text in texts), -1], np.int32)
        codes.append(table[np.asarray(part.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False), np.int64)])
    return CodedTexts(np.concatenate(codes) if codes else np.empty(0, np.int32), tuple(code_of))


def _list_boxes(column: Any) -> FloatArray:
    """Return lists of four numbers, NaN where a row has none."""
    import pyarrow.compute as compute
    import pyarrow.types as types

    is_list = types.is_list(column.type) or types.is_large_list(column.type) or types.is_fixed_size_list(column.type)
    if not is_list or not (types.is_floating(column.type.value_type) or types.is_integer(column.type.value_type)):
        return boxes_of(_cells(column))
    length = np.asarray(compute.list_value_length(column).fill_null(0).to_numpy(), np.int64)
    four = length == 4
    boxes = np.full((len(length), 4), np.nan)
    # Lists that are not four long are left out before the others are laid end to end.
    whole = column if four.all() else column.filter(four)
    boxes[four] = _numbers(compute.list_flatten(whole)).reshape(-1, 4)
    return boxes


def _is_blank(column: Any) -> BoolArray:
    import pyarrow.types as types

    if types.is_integer(column.type) or types.is_floating(column.type):
        return np.isnan(_numbers(column))
    return np.fromiter((is_blank(cell) for cell in _cells(column)), np.bool_, len(column))


def _is_none(names: Any) -> BoolArray:
    """Return where a name is not given."""
    if isinstance(names, CodedTexts):
        return np.asarray(names.code < 0, np.bool_)
    if isinstance(names, np.ndarray):
        return np.zeros(len(names), np.bool_)
    return np.array([name is None for name in names], np.bool_)


def _whole_images(names: LongArray | CodedTexts, layout: TableLayout) -> LongArray | CodedTexts:
    """Return the image of each row; of a tile whose boxes are pixels of the image already, that image."""
    if not layout.box[0].casefold().endswith("_glob") or not isinstance(names, CodedTexts):
        return names
    whole = [tile.image if (tile := tile_of(text)) is not None else text for text in names.texts]
    code = {text: place for place, text in enumerate(dict.fromkeys(whole))}
    table = np.array([*(code[text] for text in whole), -1], np.int32)
    return CodedTexts(table[names.code], tuple(code))


def _categories(table: Any, layout: TableLayout, dataset: Dataset, path: Path) -> Any:
    """Return the class of each row as the ground truth may know it, None where it has none."""
    classes = dataset.classes.name
    if not layout.category:
        only = classes[0] if len(classes) == 1 else ONLY_CLASS
        return CodedTexts(np.zeros(table.num_rows, np.int32), (only,))
    names = _names(table[layout.category])
    near = names_near(path.parent, levels=2)
    if not isinstance(names, np.ndarray) or near is None:
        return names
    numbers, place = np.unique(names, return_inverse=True)
    listed = [near[0].get(number) for number in numbers.tolist()]
    if not set(listed) <= set(classes):
        return names
    code = {name: row for row, name in enumerate(dict.fromkeys(listed))}
    return CodedTexts(np.array([code[name] for name in listed], np.int32)[place], tuple(str(name) for name in code))


def _at(names: Any, rows: AnyArray) -> Any:
    if isinstance(names, CodedTexts):
        return CodedTexts(names.code[rows], names.texts)
    return names[rows]


def _is_relative(layout: TableLayout, box: FloatArray) -> bool:
    """Return whether boxes are shares of the picture: as was chosen, else as the numbers look."""
    if layout.units:
        return layout.units == "relative"
    finite = box[np.isfinite(box)]
    return bool(len(finite)) and bool(np.abs(finite).max() <= FURTHEST_SHARE)


def _attributes(table: Any, layout: TableLayout, records: AnyArray, chosen: AnyArray) -> tuple[Column, ...]:
    """Return the columns that play no part at ``chosen`` of ``records``."""
    rows = records[chosen]
    found = []
    for name in table.column_names:
        if name and name not in layout.used and name.casefold() not in _OF_TILES:
            column = _attribute(name, table[name], rows)
            if column is not None:
                found.append(column)
    return tuple(found)


def _attribute(name: str, column: Any, rows: AnyArray) -> Column | None:
    """Return a column at ``rows`` as `column_of` makes it of its values; None where there is none."""
    import pyarrow.types as types

    if types.is_floating(column.type) or (types.is_integer(column.type) and column.type != "uint64"):
        values = _numbers(column)[rows]
        missing = np.isnan(values)
        if missing.all():
            return None
        if FLAG_NAMES.fullmatch(name) is not None and np.isin(values[~missing], (0.0, 1.0)).all():
            return Column(name, ColumnKind.BOOL, values == 1, missing)
        return Column(name, ColumnKind.NUMBER, values, missing)
    if types.is_string(column.type) or types.is_large_string(column.type) or types.is_dictionary(column.type):
        names = _names(column)
        if isinstance(names, CodedTexts):
            return _of_texts(name, CodedTexts(names.code[rows], names.texts))
    cells = column.take(rows).to_pylist()
    return column_of(name, [plain_cell(value) for value in cells])


def _of_texts(name: str, texts: CodedTexts) -> Column | None:
    """Return the column of texts, each distinct one looked at once."""
    used = np.unique(texts.code[texts.code >= 0])
    judged = column_of(name, [texts.texts[code] for code in used.tolist()])
    if judged is None:
        return None
    # Behind the distinct ones stands what is not given.
    place = np.full(len(texts.texts) + 1, len(used), np.int64)
    place[used] = np.arange(len(used))
    rows = place[texts.code]
    blank = np.datetime64("NaT") if judged.kind is ColumnKind.DATETIME else np.int32(-1)
    values = np.append(judged.values, np.array([blank], judged.values.dtype))[rows]
    return Column(name, judged.kind, values, np.append(judged.missing, True)[rows], judged.categories)
