"""Runs that can be told apart by name: two detectors often leave files of the same name in folders of their own."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from diag_gui.data.read_report import ProblemGroup
from diag_gui.data.run import Run

REPEATED_NAME = "repeated-run-name"


def with_distinct_names(runs: Sequence[Run]) -> tuple[tuple[Run, ...], ProblemGroup | None]:
    """Return the runs under names of which no two are equal, and what is to be said about it.

    Parameters
    ----------
    runs : sequence of Run
        All that are open together, earlier ones first. Runs that went through here before keep what they are called
        unless a later one has the same name without a folder.

    Returns
    -------
    runs : tuple of Run
        In the same order, and the same objects where the name stays. Runs of one name are called after the folder of
        their file too, ``exp1/results``; those that are still alike are numbered, ``exp1/results (2)``.
    note : ProblemGroup or None
        The runs that are called otherwise now; None if none is.
    """
    plain = [_without_folder(run) for run in runs]
    n_runs_of = Counter(plain)
    taken: dict[str, None] = {}
    for run, name in zip(runs, plain, strict=True):
        wanted = run.name if n_runs_of[name] == 1 else _with_folder(run, name)
        taken[_free(wanted, taken)] = None
    named = tuple(run if run.name == name else replace(run, name=name) for run, name in zip(runs, taken, strict=True))
    renamed = [(old, new) for old, new in zip(runs, named, strict=True) if old is not new]
    if not renamed:
        return named, None
    examples = tuple(
        f"{old.source.path.name}: the run is called {new.name} here, for another one is called {old.name} too"
        for old, new in renamed
    )
    return named, ProblemGroup(REPEATED_NAME, len(renamed), False, examples)


def _folder(run: Run) -> str:
    return Path(os.path.abspath(run.source.path)).parent.name


def _with_folder(run: Run, name: str) -> str:
    folder = _folder(run)
    return f"{folder}/{name}" if folder else name


def _without_folder(run: Run) -> str:
    return run.name.removeprefix(f"{_folder(run)}/") or run.name


def _free(name: str, taken: dict[str, None]) -> str:
    """Return ``name``, or with the first number from 2 on that makes it free."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free
