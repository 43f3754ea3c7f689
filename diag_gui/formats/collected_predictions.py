"""Predictions gathered one by one while files of any format are read, and the run they make against a dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.formats.collected_labels import Attributes, Box, columns_of, masks_of
from diag_gui.formats.labelled_columns import given_quads
from diag_gui.formats.predicted_columns import PredictedColumns, run_of_columns


@dataclass(frozen=True, slots=True)
class PredictedObject:
    """One prediction as its file says.

    Attributes
    ----------
    image : int or str
        Id or file name; ids of the ground truth win.
    category : int or str
        Id or name.
    xywh : tuple of float
        Left, top, width, height in pixels; may hold NaN, which is then dropped and noted.
    score : float
        NaN is dropped and noted.
    record : str
        Its name in messages.
    attributes, quad, mask
        As of `LabelledObject`.
    has_box : bool
        Whether the box is the file's, not only the one around the mask.
    """

    image: int | str
    category: int | str
    xywh: Box
    score: float
    record: str
    attributes: Attributes = field(default_factory=dict)
    quad: tuple[float, ...] | None = None
    mask: Any = None
    has_box: bool = True


@dataclass(slots=True)
class CollectedPredictions:
    """What was read so far.

    Attributes
    ----------
    path : Path
        What the user pointed at.
    format : str
    dataset : Dataset
        Whose images and classes the predictions name.
    log : ProblemLog
    n_records : int
        Predictions met, left out or not.
    """

    path: Path
    format: str
    dataset: Dataset
    log: ProblemLog
    n_records: int = 0
    _objects: list[PredictedObject] = field(default_factory=list)
    _index_of_object: list[int] = field(default_factory=list)

    def add(self, predicted: PredictedObject) -> None:
        """Add a prediction."""
        self._objects.append(predicted)
        self._index_of_object.append(self.n_records)
        self.n_records += 1

    def leave_out(self, code: str, record: str, reason: str) -> None:
        """Count a record that does not become a prediction, and say why."""
        self.log.add(code, record, reason, drops=True)
        self.n_records += 1

    def build(self, sha256: str) -> tuple[Run, ReadReport]:
        """Return the run, and the account of what was read.

        Raises
        ------
        DatasetMismatchError
            If no prediction belongs to an image, or none to a class, of the dataset.
        """
        objects = self._objects

        def chosen(rows: AnyArray) -> list[PredictedObject]:
            return [objects[row] for row in rows.tolist()]

        columns = PredictedColumns(
            image=[one.image for one in objects],
            category=[one.category for one in objects],
            box=np.array([one.xywh for one in objects], np.float64).reshape(-1, 4),
            score=np.array([one.score for one in objects], np.float64),
            name=lambda row: objects[row].record,
            source_index=np.array(self._index_of_object, np.int64),
            n_records=self.n_records,
            sha256=sha256,
            quad=given_quads(objects),
            has_box=np.array([one.has_box for one in objects], np.bool_),
        )
        return run_of_columns(
            columns, self.path, self.format, self.dataset, self.log,
            attributes=lambda rows: columns_of([one.attributes for one in chosen(rows)]),
            masks=lambda rows, sizes: masks_of(
                [one.mask for one in chosen(rows)], sizes, self.log, lambda place: objects[int(rows[place])].record
            ),
        )  # fmt: skip
