"""Predictions gathered one by one while files of any format are read, and the run they make against a dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import DatasetMismatchError
from diag_gui.formats.box_rules import ImageSizes, keep_predictions
from diag_gui.formats.coco_results import FEW_SHARE, note_score_range
from diag_gui.formats.collected_labels import Attributes, Box, columns_of, masks_of, quads_of
from diag_gui.formats.matching_names import ClassFinder, ImageFinder
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.run_name import run_name


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
        objects, images = self._objects, self.dataset.images

        def record(row: int) -> str:
            return objects[row].record

        image_row, _ = ImageFinder(images, {}).rows([one.image for one in objects])
        class_row, _ = ClassFinder(self.dataset.classes, {}).rows([one.category for one in objects])
        self._note_unknown("image", image_row < 0, [one.image for one in objects])
        self._note_unknown("category", (image_row >= 0) & (class_row < 0), [one.category for one in objects])
        kept = (image_row >= 0) & (class_row >= 0)
        score = np.array([one.score for one in objects], np.float64)
        is_number = np.isfinite(score)
        reason = "score is NaN or infinite, not a number"
        note_records(self.log, "bad-score", rows_where(kept & ~is_number), record, reason, drops=True)
        kept &= is_number
        note_score_range(score, kept, self.log, record)
        xywh = np.array([one.xywh for one in objects], np.float64).reshape(-1, 4)
        sizes = ImageSizes.of_boxes(np.maximum(image_row, 0), images.width, images.height)
        kept = keep_predictions(xywh, kept, sizes, self.log, record)
        rows = rows_where(kept)
        rows = rows[np.argsort(image_row[rows], kind="stable")]
        chosen = [objects[row] for row in rows.tolist()]
        predictions = Predictions(
            n_images=len(images),
            image_row=image_row[rows],
            class_row=class_row[rows],
            xywh=xywh[rows],
            score=score[rows],
            source_index=np.array(self._index_of_object, np.int64)[rows],
            masks=masks_of(chosen, ImageSizes.of_boxes(image_row[rows], images.width, images.height), self.log),
            quad=quads_of(chosen, xywh[rows]),
            attributes=AttributeTable(Level.PRED, len(rows), columns_of([one.attributes for one in chosen])),
            has_box=None if all(one.has_box for one in chosen) else np.array([one.has_box for one in chosen], np.bool_),
        )
        n = len(predictions)
        report = ReadReport(self.path, self.format, sha256, self.n_records, n, self.n_records - n, self.log.groups())
        return Run(run_name(self.path), predictions, Source(self.path, self.format, sha256)), report

    def _note_unknown(self, what: str, unknown: Any, wanted: list[int | str]) -> None:
        """Note records of an image or class that is not there; refuse where none is, warn where few are."""
        n, n_unknown = len(wanted), int(np.count_nonzero(unknown))
        if n and n_unknown == n:
            examples = ", ".join(str(one)[:40] for one in list(dict.fromkeys(wanted))[:3])
            raise DatasetMismatchError(
                f"{self.path}: none of the {n:,} predictions belongs to an {what} of the ground truth (unknown: {examples}, "
                "...); predictions and ground truth do not match"
            )
        note_records(
            self.log, f"unknown-{what}", rows_where(unknown), lambda row: self._objects[row].record,
            lambda row: f"{what} {str(wanted[row])[:80]!r} is not in the ground truth", drops=True,
        )  # fmt: skip
        if n and n - n_unknown < FEW_SHARE * n:
            self.log.add("few-ids-match", "", f"few match: only {n - n_unknown:,} of {n:,} predictions name an {what} of the "
                         "ground truth", drops=False)  # fmt: skip
