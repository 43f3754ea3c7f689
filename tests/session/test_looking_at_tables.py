"""What the window says and does while it looks at the columns of a table."""

from __future__ import annotations

from pathlib import Path

from diag_gui.formats.recognition import GROUND_TRUTH
from diag_gui.session import columns
from diag_gui.session.columns import ColumnVerbs


class Submitted:
    """Keeps the labels of jobs."""

    def __init__(self) -> None:
        self.labels: list[str] = []

    def submit(self, _key, _function, _on_done, *, label, **_settings) -> None:
        self.labels.append(label)


def test_what_is_looked_at_always_has_a_name():
    jobs = Submitted()
    for path in (Path("/"), Path(), Path("/data/gt.csv")):
        ColumnVerbs(jobs, None).look_at(path, GROUND_TRUTH, print)
    assert jobs.labels == ["Looking at /", "Looking at .", "Looking at gt.csv"]


def test_what_was_typed_on_the_way_is_not_looked_at(nothing_open, monkeypatch, tmp_path):
    looked: list[Path] = []
    monkeypatch.setattr(columns, "table_head", looked.append)
    answers: list[None] = []
    for path in (Path("/"), tmp_path, tmp_path / "gt.csv"):
        nothing_open.controller.columns.look_at(path, GROUND_TRUTH, answers.append)
    nothing_open.settle()
    assert looked == [tmp_path / "gt.csv"]
    assert answers == [None]
