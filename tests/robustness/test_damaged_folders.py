"""Folders of tools with one damaged file: they open, or it is said why not."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from diag_gui.exceptions import DiagError
from diag_gui.formats.opening import open_ground_truth, open_predictions, recognise
from tests.formats import collection_folders
from tests.formats.tool_folders import GROUND_TRUTH, PREDICTIONS, REFUSED
from tests.robustness.fuzz import mutant

PICTURES = {".jpg", ".jpeg", ".png"}
WRITERS = {name: entry[0] for name, entry in {**GROUND_TRUTH, **PREDICTIONS, **REFUSED}.items()}


@pytest.mark.parametrize("name", WRITERS)
def test_one_damaged_file_never_ends_the_program(name: str, tmp_path: Path) -> None:
    collection_folders.fiftyone_coco(tmp_path / "truth")
    dataset = open_ground_truth(tmp_path / "truth").dataset
    folder = tmp_path / "Dragged"
    WRITERS[name](folder)
    dice = random.Random(name)
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix.lower() not in PICTURES)
    for _ in range(12):
        file = dice.choice(files)
        whole = file.read_bytes()
        file.write_bytes(dice.choice([b"", mutant(whole, dice), mutant(whole, dice)]))
        recognise(folder)
        with suppress(DiagError):
            if name in PREDICTIONS:
                open_predictions(folder, dataset)
            else:
                opened = open_ground_truth(folder)
                assert opened.report.loaded + opened.report.dropped == opened.report.records
        file.write_bytes(whole)
