"""A handful of the mutants that `fuzz` makes by the thousand."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.robustness import fuzz as fuzzing
from tests.robustness.fuzz import fuzz, mutant


def test_damaged_files_are_read_or_refused_with_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    n_run, n_faults = fuzz(tmp_path, 7, 800, 120, said.append)
    assert (n_run, n_faults) == (800, 0), "\n".join(said)


def test_faults_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("score")

    monkeypatch.setattr(fuzzing, "open_predictions", broken)
    said: list[str] = []
    _, n_faults = fuzz(tmp_path, 7, 60, 60, said.append)
    assert n_faults > 0
    assert "KeyError" in said[0]


def test_mutants_come_again_with_the_same_seed() -> None:
    data = b'{"a": [1, 2, 3]}' * 10
    assert [mutant(data, random.Random(n)) for n in range(50)] == [mutant(data, random.Random(n)) for n in range(50)]
