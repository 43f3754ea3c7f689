"""What is to be exported, and what came of it: the values the window and the command line share with the writers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diag_gui.data.arrays import IntArray, LongArray, frozen
from diag_gui.data.attributes import Level
from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.run import Run
from diag_gui.exceptions import ExportError

if TYPE_CHECKING:
    from diag_gui.evaluation.evaluator import Evaluation, RunFacts
    from diag_gui.evaluation.fates import Fates


class Pictures(StrEnum):
    """What happens to the picture files of the exported images."""

    NONE = "none"
    COPY = "copy"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class ExportDecision:
    """One tag, note or verdict that travels with the export.

    Attributes
    ----------
    level : Level
        ``image``, ``gt`` or ``pred``.
    row : int
        Row of that table; predictions are those of the exported run.
    kind : str
        ``"tag"``, ``"note"`` or ``"verdict"``.
    text : str
        Name of the tag, text of the note, word of the verdict.
    author, time : str
        Who and when (ISO 8601); empty where not known.
    is_of_pair : bool
        Said about this label and a prediction together: a list of failures shows it with that prediction only.
    """

    level: Level
    row: int
    kind: str
    text: str
    author: str = ""
    time: str = ""
    is_of_pair: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FailureSelection:
    """The rows of the outcomes that a list of failures is to hold, in the order shown.

    Attributes
    ----------
    facts : RunFacts
    evaluation : Evaluation
        At the thresholds shown.
    rows : ndarray of int32, shape (N,)
        Rows of ``evaluation.outcomes``.
    fates : Fates or None
        What those were in other runs, where there are any.
    """

    facts: RunFacts
    evaluation: Evaluation
    rows: IntArray
    fates: Fates | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ExportRequest:
    """A subset to write.

    Attributes
    ----------
    dataset : Dataset
    folder : Path
        Target; made new, or replaced with ``overwrite``.
    target : str
        Name of an exporter, see `diag_gui.formats.export.EXPORTERS`.
    image_rows : ndarray of int32, shape (N,)
        Images to write, with all their ground truth; written in ascending order, each once.
    run : Run or None
        Whose predictions on those images are written too.
    failures : FailureSelection or None
        Needed by the list of failures.
    decisions : tuple of ExportDecision
        Of the whole dataset; those on other images are left out.
    image_root : Path or None
        Where the pictures are.
    pictures : Pictures
        Whether picture files are copied or linked.
    overwrite : bool
        Replace an earlier export of this name.
    query : mapping
        How the subset was chosen, for the manifest; JSON values.
    settings : mapping
        Thresholds in force, for the manifest; JSON values.
    inputs : tuple of Source
        Further files that were read (metadata, project), for the manifest.
    """

    dataset: Dataset
    folder: Path
    target: str
    image_rows: IntArray
    run: Run | None = None
    failures: FailureSelection | None = None
    decisions: tuple[ExportDecision, ...] = ()
    image_root: Path | None = None
    pictures: Pictures = Pictures.NONE
    overwrite: bool = False
    query: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    inputs: tuple[Source, ...] = ()
    _decided: Mapping[tuple[Level, int], tuple[ExportDecision, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        decided: dict[tuple[Level, int], tuple[ExportDecision, ...]] = {}
        for decision in self.decisions:
            key = (decision.level, decision.row)
            decided[key] = (*decided.get(key, ()), decision)
        object.__setattr__(self, "_decided", decided)
        rows = np.unique(np.asarray(self.image_rows, dtype=np.int32))
        if len(rows) and not (rows[0] >= 0 and rows[-1] < len(self.dataset.images)):
            raise ValueError("the request names an image row that is not there")
        object.__setattr__(self, "image_rows", frozen(rows, np.int32, (-1,), "image_rows"))

    def decisions_of(self, level: Level, row: int) -> tuple[ExportDecision, ...]:
        """Return what was decided about one image, ground truth or prediction."""
        return self._decided.get((level, row), ())

    def decisions_within(self) -> list[ExportDecision]:
        """Return the decisions about the chosen images and the objects on them, in the order given."""
        chosen = np.zeros(len(self.dataset.images), np.bool_)
        chosen[self.image_rows] = True
        image_of: dict[Level, IntArray] = {
            Level.IMAGE: np.arange(len(chosen), dtype=np.int32),
            Level.GT: self.dataset.ground_truth.image_row,
            Level.PRED: self.run.predictions.image_row if self.run is not None else np.zeros(0, np.int32),
        }
        return [
            decision
            for decision in self.decisions
            if 0 <= decision.row < len(image_of[decision.level]) and chosen[image_of[decision.level][decision.row]]
        ]

    def file_name(self, row: int, written: Written) -> str:
        """Return the name that image ``row`` has in the export."""
        return written.renamed.get(row, self.dataset.images.file_name[row])

    def gt_rows(self) -> IntArray:
        """Return the rows of the ground truth on the chosen images, ascending."""
        return _rows_of_images(self.dataset.image_offsets, self.image_rows)

    def pred_rows(self) -> IntArray:
        """Return the rows of the run's predictions on the chosen images, ascending; empty without a run."""
        if self.run is None:
            return np.zeros(0, np.int32)
        return _rows_of_images(self.run.predictions.image_offsets, self.image_rows)


@dataclass(slots=True)
class Written:
    """What a writer wrote, collected while it does.

    Attributes
    ----------
    files : dict
        Role (``"ground truth"``, ``"predictions"``, ``"failures"``, ``"images"``) to file or folder in the export.
    counts : dict
        What was written, by name.
    not_carried : list of str
        What the format has no place for, one line each.
    renamed : dict
        Image row to the file name it has in the export, where that differs from the name in the data.
    """

    files: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    not_carried: list[str] = field(default_factory=list)
    renamed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export wrote.

    Attributes
    ----------
    folder : Path
    counts : mapping
        ``images``, ``ground_truth``, ``predictions``, ``failures``, ``pictures``, ``pictures_missing``: those that apply.
    not_carried : tuple of str
        What the format had no place for.
    """

    folder: Path
    counts: Mapping[str, int]
    not_carried: tuple[str, ...]


Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


class Watch:
    """Passes progress on and stops an export that is no longer wanted.

    Parameters
    ----------
    folder : Path
        Named in the error.
    progress : callable or None
        Takes the share done, 0..1.
    cancelled : callable or None
        True once the export is not wanted any more.
    """

    def __init__(self, folder: Path, progress: Progress | None, cancelled: Cancelled | None) -> None:
        self._folder = folder
        self._progress = progress
        self._cancelled = cancelled

    def step(self, share: float) -> None:
        """Report ``share``.

        Raises
        ------
        ExportError
            If the export was cancelled.
        """
        if self._cancelled is not None and self._cancelled():
            raise ExportError(self._folder, "cancelled; nothing was written")
        if self._progress is not None:
            self._progress(share)


def _rows_of_images(offsets: LongArray, image_rows: IntArray) -> IntArray:
    """Return the rows ``[o[i]:o[i + 1]]`` of every image i, ascending."""
    wanted = np.zeros(len(offsets) - 1, np.bool_)
    wanted[image_rows] = True
    return np.flatnonzero(np.repeat(wanted, np.diff(offsets))).astype(np.int32)
