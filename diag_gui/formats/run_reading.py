"""Reading a run from whatever names it: a file, a folder, or several files that are one run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.data.run_files import JOIN, WILD, files_named, joined
from diag_gui.exceptions import FormatError
from diag_gui.formats import cached_reading, coco, coco_results
from diag_gui.formats.chosen_format import chosen_format, columns_for, named, with_columns
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import ColumnChoice
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.known_formats import PREDICTION_READERS, TABLE
from diag_gui.formats.recognition import PREDICTION_FORMATS, PREDICTIONS, coco_files, recognise

_TAKES_PARTS = frozenset({TABLE, "numpy"})
"""Formats beside COCO's whose readers know that a run may have further files."""


READ_ELSEWHERE = frozenset({coco_results.FORMAT, TABLE, "numpy"})
"""Formats whose readers need of the dataset no more than its images and classes."""


class ReadElsewhere(Protocol):
    """Reads files of a run on other machines."""

    def __call__(
        self,
        files: Sequence[tuple[Path, str]],
        dataset: Dataset,
        columns: ColumnChoice,
        *,
        with_cache: bool,
        progress: Progress | None = None,
    ) -> Sequence[tuple[Run, ReadReport] | None]:
        """Return what each file, given with its format, was read into; None of one that is to be read here."""


@dataclass(frozen=True, slots=True, eq=False)
class PartReader:
    """One file of a run: where it is, its format, and what reads it."""

    path: Path
    format: str
    read: Callable[[], tuple[Run, ReadReport]]


@dataclass(frozen=True, slots=True, eq=False)
class RunReader:
    """Reads runs against a dataset; attributes as the parameters of `opening.open_predictions`.

    ``elsewhere`` reads the files of a run of several on other machines; what it does not read is read here.
    """

    dataset: Dataset
    format: str
    columns: ColumnChoice
    cache: ColumnCache | None
    cancelled: Cancelled | None
    elsewhere: ReadElsewhere | None = None

    def read(self, path: Path, progress: Progress | None) -> tuple[Path, Run, list[ReadReport]]:
        """Return what was read, the run, and the account of each file.

        Raises
        ------
        FormatError
            If a file as a whole cannot be used, or its format cannot be told.
        DatasetMismatchError
            If predictions and ground truth do not belong together.
        """
        files = self._files_of(path)
        if len(files) > 1:
            return path, *self._read_all(files, path, progress)
        path, chosen = self._chosen(files[0] if files else path)
        run, report = self.read_one(path, chosen, progress)
        return path, run, [report]

    def _files_of(self, path: Path) -> tuple[Path, ...]:
        """Return the files that are one run together; empty where ``path`` is what is to be read.

        Raises
        ------
        FormatError
            If a part of ``path`` names no file.
        """
        if path.is_dir():
            if self.format not in ("auto", coco_results.FORMAT, coco.FORMAT):
                return ()
            inside = recognise(path).inside if self.format == "auto" else coco_files(path)
            return tuple(file for file, _ in inside) if all(role == PREDICTIONS for _, role in inside) else ()
        files, missing = files_named(path)
        if missing and (missing != str(path) or not WILD.isdisjoint(missing)):
            raise FormatError(missing, "names no file" if WILD.isdisjoint(missing) else "no file matches")
        return files

    def _chosen(self, path: Path) -> tuple[Path, str]:
        chosen = chosen_format(path, with_columns(path, self.format, self.columns), PREDICTIONS, PREDICTION_FORMATS)
        return chosen.path, chosen.format

    def read_one(
        self, path: Path, chosen: str, progress: Progress | None, *, is_part: bool = False, is_mapped: bool = False
    ) -> tuple[Run, ReadReport]:
        """Read one file, or one folder, of the format ``chosen``; ``is_mapped`` as of `cached_reading.read_predictions`."""
        dataset, cancelled = self.dataset, self.cancelled
        columns: dict[str, Any] = columns_for(path, chosen, self.columns, PREDICTION_READERS)
        if chosen == coco_results.FORMAT:
            return cached_reading.read_predictions(
                path, dataset, self.cache, is_part=is_part, is_mapped=is_mapped, progress=progress, cancelled=cancelled
            )
        if is_part and chosen in _TAKES_PARTS:
            columns |= {"is_part": True}
        if chosen in PREDICTION_READERS:
            run, report = PREDICTION_READERS[chosen].read(path, dataset, progress=progress, cancelled=cancelled, **columns)
            return run, report
        from diag_gui.formats import text_detections

        # Content tells YOLO lines from COCO; which of the text dialects they are needs the images' sizes.
        dialect = "auto" if self.format == "auto" else chosen
        return text_detections.read_predictions(path, dataset, format=dialect, progress=progress, cancelled=cancelled)

    def parts_of(self, path: Path, progress: Progress | None) -> list[PartReader]:
        """Return what `read` puts together, file by file, unread; a run of one file has one part.

        Raises
        ------
        FormatError
            If a part of ``path`` names no file, or its format cannot be told.
        """
        files = self._files_of(path) or (path,)
        parts = []
        for place, file in enumerate(files):
            file, chosen = self._chosen(file)
            share = None if progress is None else partial(_share, progress, place, len(files))
            read = partial(self.read_one, file, chosen, share, is_part=len(files) > 1, is_mapped=True)
            parts.append(PartReader(file, chosen, read))
        return parts

    def _read_all(self, files: Sequence[Path], path: Path, progress: Progress | None) -> tuple[Run, list[ReadReport]]:
        """Read several files as one run, each with an account of its own."""
        # Most runs are one file.
        from diag_gui.formats.joined_run import joined_run
        from diag_gui.formats.plausibility import boxes_of
        from diag_gui.formats.same_objects import hold_the_same

        runs: list[Run] = []
        reports: list[ReadReport] = []
        chosen_of = [self._chosen(file)[1] for file in files]
        read: Sequence[tuple[Run, ReadReport] | None] = [None] * len(files)
        if self.elsewhere is not None and READ_ELSEWHERE.issuperset(chosen_of):
            read = self.elsewhere(
                list(zip(files, chosen_of, strict=True)), self.dataset, self.columns, with_cache=self.cache is not None,
                progress=progress,
            )  # fmt: skip
        for place, (file, chosen) in enumerate(zip(files, chosen_of, strict=True)):
            share = None if progress is None else partial(_share, progress, place, len(files))
            run, report = read[place] or self.read_one(file, chosen, share, is_part=True)
            runs.append(run)
            reports.append(report)
        if hold_the_same([boxes_of(run.predictions) for run in runs]):
            reports[0] = like_runs(files, path, reports[0])
        is_named_from_here = JOIN in str(path) and not os.path.exists(path)
        return joined_run(runs, reports, joined(tuple(files)) if is_named_from_here else path), reports


def like_runs(files: Sequence[Path], path: Path, report: ReadReport) -> ReadReport:
    """Return the account of the first file with a warning that the files look like several runs.

    Raises
    ------
    FormatError
        If nobody but the folder says that they are one.
    """
    likeness = "find the same objects, as several runs do"
    if path.is_dir():
        advice = f"name each, or '{path / '*.json'}' if they are parts of one run all the same"
        raise FormatError(path, f"holds {len(files)} files of predictions: {named(files)}; they {likeness}: {advice}")
    log = ProblemLog(path)
    log.add("parts-look-like-runs", "", f"{named(files)} {likeness}; read as one run", drops=False)
    return replace(report, problems=report.problems + log.groups())


def _share(progress: Progress, place: int, n: int, share: float) -> None:
    """Tell the progress of all ``n`` files that of the one at ``place`` means."""
    progress((place + share) / n)
