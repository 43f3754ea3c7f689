"""What workers do of a run that is walked through: read files, or rows of columns that lie in files, and match them.

Predictions go from their file to the worker that matches them, or from the worker that parsed their file to that one; to whoever
asked go an account of the file, some boxes to look at, and what figures need of the matches: 10 to 14 bytes per prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, IntArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemGroup, ProblemLog, ReadReport
from diag_gui.engines.shard_reading import Shard, read_shard, shard_of
from diag_gui.evaluation.joined_columns import joined_columns
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.partial_figures import PartialFigures, partial_figures
from diag_gui.evaluation.run_columns import RunColumns, columns_of, columns_of_predictions
from diag_gui.exceptions import DiagError, FormatError
from diag_gui.formats import numpy_columns
from diag_gui.formats.column_choice import ColumnChoice
from diag_gui.formats.column_sets import ColumnSet
from diag_gui.formats.identifiers import find_integers

Boxes = tuple[FloatArray, IntArray]


@dataclass(frozen=True, slots=True, eq=False)
class ReadColumns:
    """The predictions of one file, without ground truth, on the worker that read it."""

    columns: RunColumns
    report: ReadReport

    def __sizeof__(self) -> int:
        """Return the bytes of the columns: by it a cluster decides what had better stay where it is."""
        values = (getattr(self.columns, field.name) for field in fields(self.columns))
        return object.__sizeof__(self) + sum(value.nbytes for value in values if isinstance(value, np.ndarray))


def read_columns(shard: Shard, tables: Dataset, columns: ColumnChoice, *, with_cache: bool, is_part: bool) -> ReadColumns | None:
    """Read one file. None where a worker does not see it, or it cannot be used: that is said where it was named."""
    read = read_shard(shard, tables, columns, with_cache=with_cache, is_part=is_part, is_mapped=True)
    return None if read is None else ReadColumns(columns_of(tables, read[0]), read[1])


def head_of(read: ReadColumns | None) -> tuple[ReadReport, LongArray] | None:
    """Return the account of a file that was read, and where in it each image starts."""
    return None if read is None else (read.report, read.columns.pred_offsets)


def boxes_at(read: ReadColumns, images: Sequence[int]) -> dict[int, Boxes]:
    """Return what was found in some images."""
    parts = ((image, read.columns.part(image, image + 1)) for image in images)
    return {image: (part.pred_xywh, part.pred_class) for image, part in parts}


def piece_of(columns: RunColumns | ReadColumns, first: int, last: int) -> RunColumns:
    """Return the predictions of images ``first`` to ``last`` as they are, in arrays of their own; rows of ground truth stay."""
    if isinstance(columns, ReadColumns):
        columns = columns.columns
    offsets = columns.pred_offsets
    rows = slice(int(offsets[first]), int(offsets[last]))
    return replace(
        columns,
        gt_offsets=np.zeros(last - first + 1, np.int64),
        pred_offsets=offsets[first : last + 1] - offsets[first],
        pred_class=np.array(columns.pred_class[rows]),
        pred_xywh=np.array(columns.pred_xywh[rows]),
        pred_score=np.array(columns.pred_score[rows]),
    )


@dataclass(frozen=True, slots=True)
class StoredSet:
    """Columns in ``.npy`` files, as whoever reads rows of them must find them.

    Attributes
    ----------
    path : str
        Absolute: any file of the set, or its folder.
    shards : tuple of Shard
        The files.
    """

    path: str
    shards: tuple[Shard, ...]

    def opened(self) -> ColumnSet:
        """Return the set on this machine.

        Raises
        ------
        FormatError
            If it is not there, or other files are.
        """
        found = numpy_columns.stored_predictions(Path(self.path))
        for shard in self.shards:
            if not shard.is_here():
                raise FormatError(shard.path, "was changed while it was read; open it again")
        return found


def stored_set(found: ColumnSet) -> StoredSet | None:
    """Return a set as one that others can find; None where a file cannot be looked at, which its reader says."""
    shards = [shard_of(file, numpy_columns.FORMAT) for file in found.files.values()]
    known = tuple(shard for shard in shards if shard is not None)
    return StoredSet(str(Path(found.path).absolute()), known) if len(known) == len(shards) else None


@dataclass(frozen=True, slots=True, eq=False)
class RowsSeen:
    """What a worker says of rows of a set that are all facts, in the order of images.

    Attributes
    ----------
    first_image : int
    n_per_image : ndarray of int64
        Rows of that image and of those after it.
    problems : tuple of ProblemGroup
    """

    first_image: int
    n_per_image: LongArray
    problems: tuple[ProblemGroup, ...]


def look_at_rows(stored: StoredSet, tables: Dataset, first: int, last: int) -> RowsSeen | bool:
    """Return what is to be known of rows ``first`` to ``last`` of a set.

    Returns
    -------
    RowsSeen or bool
        False where a worker does not see the files; true where it does, and the rows are not all facts, in the order of images.
    """
    try:
        found = stored.opened()
        log = ProblemLog(Path(stored.path))
        rows = numpy_columns.facts_between(found.columns, first, last, tables, log)
    except DiagError:
        return False
    if rows is None:
        return True
    first_image = int(rows[0][0])
    return RowsSeen(first_image, np.bincount(rows[0] - first_image).astype(np.int64), log.groups())


def digest_of(stored: StoredSet) -> str | None:
    """Return the digest of a set; None where a worker does not see it."""
    try:
        return stored.opened().digest()
    except DiagError:
        return None


@dataclass(frozen=True, slots=True, eq=False)
class StoredRows:
    """Rows of a set, read by whoever needs them.

    Attributes
    ----------
    stored : StoredSet
    first : int
        The first row.
    offsets : ndarray of int64, shape (I + 1,)
        Where the rows of each image start, counted from ``first``.
    class_ids : ndarray of int64, shape (C,)
    """

    stored: StoredSet
    first: int
    offsets: LongArray
    class_ids: LongArray

    def read(self) -> RunColumns:
        """Return the rows.

        Raises
        ------
        FormatError
            If the files are not there, or others are.
        """
        found = self.stored.opened().columns
        rows = slice(self.first, self.first + int(self.offsets[-1]))
        class_row = find_integers(np.ascontiguousarray(found["category"][rows], np.int64), self.class_ids)
        return predictions_alone(len(self.class_ids), self.offsets, class_row, found["box"][rows], found["score"][rows])


def predictions_alone(n_classes: int, offsets: LongArray, class_row: AnyArray, xywh: AnyArray, score: AnyArray) -> RunColumns:
    """Return columns of predictions without ground truth; parameters as of `columns_of_predictions`."""
    flags, areas = np.zeros(0, np.bool_), np.zeros(0)
    return RunColumns(
        n_classes,
        gt_offsets=np.zeros(len(offsets), np.int64),
        gt_class=np.zeros(0, np.int32),
        gt_xywh=np.zeros((0, 4)),
        gt_area=areas,
        gt_is_crowd=flags,
        gt_is_ignored=flags,
        pred_offsets=offsets,
        pred_class=class_row,
        pred_xywh=xywh,
        pred_score=score,
    )


def truth_of(dataset: Dataset, first: int, last: int) -> RunColumns:
    """Return the ground truth of images ``first`` to ``last``, without predictions."""
    nothing = np.zeros(len(dataset.images) + 1, np.int64)
    columns = columns_of_predictions(dataset, nothing, np.zeros(0, np.int32), np.zeros((0, 4)), np.zeros(0))
    return columns.part(first, last)


Piece = RunColumns | StoredRows


def match_part(truth: RunColumns, pieces: Sequence[Piece], params: EvaluationParams) -> PartialFigures:
    """Return what some images add to the figures.

    Parameters
    ----------
    truth : RunColumns
        Their ground truth.
    pieces : sequence of RunColumns or StoredRows
        Their predictions, file by file.
    params : EvaluationParams

    Raises
    ------
    FormatError, EvaluationError
        As of `StoredRows.read` and `partial_figures`.
    """
    read = [piece.read() if isinstance(piece, StoredRows) else piece for piece in pieces] or [truth]
    names = ("pred_offsets", "pred_class", "pred_xywh", "pred_score")
    first = replace(truth, **{name: getattr(read[0], name) for name in names})
    return partial_figures(joined_columns([first, *read[1:]]), 0, truth.n_images, params)


def try_part(truth: RunColumns, pieces: Sequence[Piece], params: EvaluationParams) -> PartialFigures | None:
    """Return `match_part` as a worker does: None where it cannot, which whoever asked then does, and says what is wrong."""
    try:
        return match_part(truth, pieces, params)
    except DiagError:
        return None
