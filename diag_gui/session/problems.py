"""What is wrong or odd about the data: the list of ``validate``, each line of which knows its image."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Protocol

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import PLAIN_ACCOUNTS, ProblemGroup, ReadReport
from diag_gui.data.run import Run
from diag_gui.evaluation.geometry_lint import LINT_NAMES, LintFindings, LintKind, lint
from diag_gui.evaluation.lint_texts import lint_example
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.querying import QueryVerbs
from diag_gui.session.selecting import SelectionVerbs
from diag_gui.session.state import SessionState
from diag_gui.session.store import SessionStore

_IMAGE_ID = re.compile(r"\((?:id [^,()]*, )?image (.+?)\)(?=: |$)")
"""How a record names its image; see `RecordColumns.name` and `on_image`."""

_BY_ID = frozenset({"coco", "lvis", "numpy"})
"""Formats of ground truth whose images have ids of their own; in others they are numbered in order."""

DROPPED, KEPT, HINT = "dropped", "kept", "hint"


class Lines(Protocol):
    """Texts that may be written only when they are looked at; a tuple of them is one."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class ProblemKind:
    """All problems of one kind in one file.

    Attributes
    ----------
    source : str
        Name of the file or the run.
    kind : str
        Code of the problem, or one of `LINT_NAMES`.
    verdict : str
        ``"dropped"``, ``"kept"``, or ``"hint"`` of what only looks odd.
    count : int
        Records concerned; of those left out or kept with a warning only the first have a line.
    image_row : ndarray of int, shape (N,)
        Image of each line, -1 where it is not told.
    texts : Lines or tuple of str, length N, or None
        What is said; None of hints, whose lines are written when they are looked at.
    dataset : Dataset
    objects : GroundTruth or Predictions or None
        What hints are about.
    findings : LintFindings or None
    first : int
        Place among ``findings`` of the first line.
    run_row : int
        Which run, -1 of ground truth.
    is_of_pictures : bool
        Whether the pictures themselves are meant; see `checking_pictures`.
    """

    source: str
    kind: str
    verdict: str
    count: int
    image_row: AnyArray
    dataset: Dataset
    texts: Lines | None = None
    objects: GroundTruth | Predictions | None = None
    findings: LintFindings | None = None
    first: int = 0
    run_row: int = -1
    is_of_pictures: bool = False

    def __len__(self) -> int:
        return len(self.image_row)

    def text(self, place: int) -> str:
        """Return what is said in a line."""
        if self.texts is not None:
            return self.texts[place]
        assert self.objects is not None
        assert self.findings is not None
        example = lint_example(self.dataset, self.objects, self.findings, self.first + place)
        return f"{example.record} {example.reason}; it is {example.place}"

    def image(self, place: int) -> str:
        """Return the file name of the image of a line; empty where it is not told."""
        row = int(self.image_row[place])
        return self.dataset.images.file_name[row] if row >= 0 else ""

    def rows(self, place: int) -> tuple[int, int]:
        """Return the box of a line among the labels or predictions, and the one it is compared with; -1 for none."""
        if self.findings is None:
            return -1, -1
        return int(self.findings.row[self.first + place]), int(self.findings.other[self.first + place])

    def matching(self, wanted: str) -> AnyArray:
        """Return the lines whose image, class or text holds ``wanted``; upper and lower case are alike."""
        wanted = wanted.casefold()
        if not wanted:
            return np.arange(len(self))
        of_image = _holding(self.dataset.images.file_name, wanted)
        matches = np.append(of_image, False)[self.image_row]
        if self.objects is not None and self.findings is not None:
            rows = self.findings.row[self.first : self.first + len(self)]
            matches |= _holding(self.dataset.classes.name, wanted)[self.objects.class_row[rows]]
        if self.texts is not None:
            matches |= _holding((self.texts[place] for place in range(len(self))), wanted)
        return np.flatnonzero(matches | (wanted in self.kind.casefold()))


@dataclass(frozen=True, slots=True, eq=False)
class ProblemList:
    """Everything that is wrong or odd, and what it was found in.

    Attributes
    ----------
    dataset : Dataset
    runs : tuple of Run
    reports : tuple of ReadReport
    kinds : tuple of ProblemKind
        What was left out, then what was kept with a warning, then hints; of each the ground truth first.
    """

    dataset: Dataset
    runs: tuple[Run, ...]
    reports: tuple[ReadReport, ...]
    kinds: tuple[ProblemKind, ...]

    def is_of(self, state: SessionState) -> bool:
        """Return whether the list speaks of what is loaded."""
        return state.dataset is self.dataset and state.runs is self.runs and state.reports is self.reports


class ProblemVerbs:
    """Finding problems and going to them.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    query : QueryVerbs
    selection : SelectionVerbs
    with_pictures : callable
        Adds what is known of the pictures to a list.
    """

    def __init__(
        self,
        store: SessionStore,
        jobs: Jobs,
        query: QueryVerbs,
        selection: SelectionVerbs,
        with_pictures: Callable[[ProblemList], ProblemList],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._query = query
        self._selection = selection
        self._with_pictures = with_pictures

    def find(self) -> None:
        """Look for problems in what is loaded, unless that was done."""
        state = self._store.state
        dataset, runs, reports = state.dataset, state.runs, state.reports
        if dataset is None or (state.problems is not None and state.problems.is_of(state)):
            return
        self._jobs.submit(
            "problems",
            partial(find_problems, dataset, runs, reports),
            self._adopt,
            label="Looking for problems",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.dataset is dataset and self._store.state.runs is runs,
            replaces_running=True,
        )

    def show(self, kind: ProblemKind, place: int) -> bool:
        """Show all boxes of the image of a line among the failures, the box in question first; False where that cannot be."""
        state, image_row = self._store.state, int(kind.image_row[place])
        if image_row < 0 or state.evaluation is None or state.run is None:
            return False
        outcomes = state.evaluation.outcomes
        row, _ = kind.rows(place)
        if row >= 0 and isinstance(kind.objects, GroundTruth):
            self._selection.set_current(outcomes.n_predictions + row)
        elif row >= 0 and kind.objects is state.run.predictions:
            self._selection.set_current(row)
        self._query.show_all_of_image(image_row)
        return True

    def _adopt(self, problems: ProblemList) -> None:
        self._store.commit("problems", problems=self._with_pictures(problems))


def find_problems(dataset: Dataset, runs: tuple[Run, ...], reports: tuple[ReadReport, ...], context: JobContext) -> ProblemList:
    """Return what reading said and what looks odd; see `ProblemList`."""
    names = ImageNames(dataset)
    told = [
        _told(dataset, report.path.name, group, names)
        for drops in (True, False)
        for report in reports
        for group in report.problems
        if group.drops is drops and group.code not in PLAIN_ACCOUNTS
    ]
    hints: list[ProblemKind] = []
    sides: list[tuple[str, GroundTruth | Predictions, int]] = [(dataset.source.path.name, dataset.ground_truth, -1)]
    sides += [(run.name, run.predictions, row) for row, run in enumerate(runs)]
    for place, (source, objects, run_row) in enumerate(sides):

        def progress(share: float, place: int = place) -> None:
            context.progress((place + share) / len(sides))

        findings = lint(dataset, objects, progress=progress, cancelled=context.cancelled)
        hints += _odd(dataset, source, objects, findings, run_row)
    return ProblemList(dataset, runs, reports, (*told, *hints))


def _told(dataset: Dataset, source: str, group: ProblemGroup, names: ImageNames) -> ProblemKind:
    image_row = np.array([names.row_in(text) for text in group.examples], np.int64)
    # The page says which file it is.
    texts = tuple(text.removeprefix(f"{source}: ") for text in group.examples)
    return ProblemKind(source, group.code, DROPPED if group.drops else KEPT, group.count, image_row, dataset, texts)


def _odd(
    dataset: Dataset, source: str, objects: GroundTruth | Predictions, findings: LintFindings, run_row: int
) -> list[ProblemKind]:
    found = []
    for kind in LintKind:
        where = findings.of_kind(kind)
        image_row = objects.image_row[findings.row[where]]
        if len(image_row):
            about = (dataset, None, objects, findings, where.start, run_row)
            found.append(ProblemKind(source, LINT_NAMES[kind], HINT, len(image_row), image_row, *about))
    return found


class ImageNames:
    """Finds the image that a message speaks of: by its id where it says it, else by a file name in it.

    Parameters
    ----------
    dataset : Dataset
    """

    def __init__(self, dataset: Dataset) -> None:
        images = dataset.images
        self._has_ids = dataset.source.format in _BY_ID
        self._by_id = {str(identifier): row for row, identifier in enumerate(images.image_id.tolist())}
        self._by_name: dict[str, int] = {}
        for row, name in enumerate(images.file_name):
            path = PurePosixPath(name)
            for key in (name, path.name, path.stem):
                # Of several images with one name none is meant for sure.
                self._by_name[key] = row if self._by_name.get(key, row) == row else -1

    def row_in(self, text: str) -> int:
        """Return the row of the image that ``text`` names; -1 where it names none."""
        named = _IMAGE_ID.search(text)
        if named is not None:
            by_id = self._by_id.get(named[1], -1)
            return by_id if by_id >= 0 and self._has_ids else self._named(named[1])
        return next((row for part in text.split(": ") if (row := self._named(part.strip())) >= 0), -1)

    def _named(self, name: str) -> int:
        path = PurePosixPath(name)
        return next((row for key in (str(path), path.name, path.stem) if (row := self._by_name.get(key, -1)) >= 0), -1)


def _holding(texts: Iterable[str], wanted: str) -> BoolArray:
    return np.array([wanted in text.casefold() for text in texts], np.bool_)
