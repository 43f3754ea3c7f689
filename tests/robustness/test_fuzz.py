"""A handful of the mutants that `fuzz` makes by the thousand."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.formats import coco_records
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.formats.coco_files import good, write
from tests.robustness import fuzz as fuzzing
from tests.robustness.fuzz import fuzz, mutant
from tests.robustness.fuzz_checks import fault_in, told_apart
from tests.robustness.fuzz_seeds import FOUND, LABELS


def test_damaged_files_are_read_or_refused_with_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    n_run, n_faults = fuzz(tmp_path, 7, 800, said.append)
    assert (n_run, n_faults) == (800, 0), "\n".join(said)


def test_faults_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("score")

    monkeypatch.setattr(fuzzing, "open_predictions", broken)
    said: list[str] = []
    _, n_faults = fuzz(tmp_path, 7, 60, said.append)
    assert n_faults > 0
    assert "KeyError" in said[0]


def test_two_readers_that_differ_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "gt.json", good())
    assert told_apart(path, None) == ""
    moved = coco_records._strict_columns
    monkeypatch.setattr(
        coco_records, "_strict_columns", lambda records, key: replace(found := moved(records, key), xywh=found.xywh + 0.5)
    )
    assert told_apart(path, None) == "facts differ"


def test_an_account_that_does_not_add_up_is_seen(tmp_path: Path) -> None:
    opened = open_ground_truth(write(tmp_path / "gt.json", good()))
    assert fault_in(opened) == ""
    assert "4 are there" in fault_in(replace(opened, report=replace(opened.report, records=7, loaded=7)))
    gt = opened.dataset.ground_truth
    flat = replace(gt, xywh=gt.xywh * [1, 1, 0, 1])
    assert "no box" in fault_in(replace(opened, dataset=replace(opened.dataset, ground_truth=flat)))
    assert "there is a reason" in fault_in(replace(opened, report=replace(opened.report, records=5, dropped=1)))


def test_mutants_come_again_with_the_same_seed() -> None:
    data = b'{"a": [1, 2, 3]}' * 10
    assert [mutant(data, random.Random(n)) for n in range(50)] == [mutant(data, random.Random(n)) for n in range(50)]


@pytest.mark.parametrize("data", [b"0", b'{"a": [1, 2, 3]}' * 10, b""], ids=["one byte", "many", "none"])
def test_a_mutant_is_never_what_it_was_made_of(data: bytes) -> None:
    dice = random.Random(1)
    assert all(mutant(data, dice) != data for _ in range(5_000))


@pytest.mark.parametrize("name", [*LABELS, *FOUND])
def test_every_seed_is_read_whole_before_it_is_damaged(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_bytes({**LABELS, **FOUND}[name])
    report = open_ground_truth(path).report if name in LABELS else open_predictions(path, _cats_and_dogs(tmp_path)).report
    assert report.loaded == report.records > 0
    assert report.format not in ("coco", "coco-results", "yolo")


def _cats_and_dogs(folder: Path) -> Dataset:
    """Return ground truth whose images and classes every seed of predictions names."""
    content = good()
    content["categories"].append({"id": 77, "name": "car"})
    return open_ground_truth(write(folder / "base.json", content)).dataset
