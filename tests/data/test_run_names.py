"""Runs are told apart by name, whatever their files are called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run
from diag_gui.data.run_names import with_distinct_names


def run_at(path: str, name: str = "results") -> Run:
    rows, places = np.zeros(0, np.int32), np.zeros(0, np.int64)
    empty = Predictions(0, rows, rows, np.zeros((0, 4)), np.zeros(0), places, None, None, AttributeTable(Level.PRED, 0))
    return Run(name, empty, Source(Path(path), "coco", ""))


def names(*runs: Run) -> list[str]:
    return [run.name for run in with_distinct_names(runs)[0]]


def test_names_that_differ_stay_and_nothing_is_said() -> None:
    runs = (run_at("a/results.json"), run_at("b/other.json", "other"))
    named, note = with_distinct_names(runs)
    assert note is None
    assert all(one is before for one, before in zip(named, runs, strict=True))
    assert with_distinct_names(()) == ((), None)


def test_runs_of_one_name_are_called_after_their_folders_and_it_is_said_once() -> None:
    named, note = with_distinct_names([run_at("x/exp1/results.json"), run_at("best.json", "best"), run_at("x/exp2/results.json")])
    assert [run.name for run in named] == ["exp1/results", "best", "exp2/results"]
    assert note is not None
    assert (note.code, note.count, note.drops) == ("repeated-run-name", 2, False)
    assert "exp1/results" in note.examples[0]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([run_at("a/exp/results.json"), run_at("b/exp/results.json")], ["exp/results", "exp/results (2)"]),
        ([run_at("/results.json"), run_at("/results.txt")], ["results", "results (2)"]),
        ([run_at("exp/a.json", "ours"), run_at("exp/b.json", "ours")], ["exp/ours", "exp/ours (2)"]),
        (
            [run_at("exp1/r.json", "r"), run_at("exp2/r.json", "r"), run_at("c/x.json", "exp1/r")],
            ["exp1/r", "exp2/r", "exp1/r (2)"],
        ),
        ([run_at("x/../exp1/r.json"), run_at("exp2/r.json")], ["exp1/results", "exp2/results"]),
    ],
)
def test_what_is_still_alike_is_numbered(runs: list[Run], expected: list[str]) -> None:
    assert names(*runs) == expected


def test_a_run_that_is_added_leaves_the_names_of_those_before() -> None:
    before, _ = with_distinct_names([run_at("exp1/results.json"), run_at("exp2/results.json")])
    after, note = with_distinct_names([*before, run_at("exp3/results.json")])
    assert [run.name for run in after] == ["exp1/results", "exp2/results", "exp3/results"]
    assert note is not None
    assert note.count == 1
    assert all(one is was for one, was in zip(after, before, strict=False))
    again, note = with_distinct_names(after)
    assert (again, note) == (after, None)


def test_only_the_name_changes() -> None:
    first = replace(run_at("exp1/results.json"), hours=3.0)
    named, _ = with_distinct_names([first, run_at("exp2/results.json")])
    assert (named[0].hours, named[0].predictions) == (3.0, first.predictions)
