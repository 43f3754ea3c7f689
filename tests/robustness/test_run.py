"""The runner sees what goes wrong, and the program survives what is thrown at it in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.formats.coco_files import RESULTS, good, with_annotation, write
from tests.formats.pictures import encoded
from tests.robustness.run import run_manifest, without_paths
from tests.shared_data import CORPUS, needs_shared

ROOT = Path(__file__).parents[2]

HARD = ["d06", "d08", "d13", "d31", "d38", "d53", "d55", "d61", "d65", "d70", "d72"]
"""Items whose harm only shows in a process of its own: depth, bombs, C code, code in data, odd names."""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return a small corpus of the shape of the shared one."""
    (tmp_path / "_base/images").mkdir(parents=True)
    for number in (1, 2, 3):
        (tmp_path / f"_base/images/{number}.jpg").write_bytes(encoded(".jpg", 160, 120))
    write(tmp_path / "_base/gt.json", good())
    write(tmp_path / "_base/preds_perfect.json", RESULTS)
    write(tmp_path / "nan.json", with_annotation(bbox=[10, 12, float("nan"), 24]))
    (tmp_path / "cut.json").write_text(json.dumps(good())[:-30])
    (tmp_path / "cut.jpg").write_bytes(encoded(".jpg", 160, 120)[:700])
    return tmp_path


def manifest(corpus: Path, **changes: object) -> Path:
    common = {"use_with": "_base/preds_perfect.json", "max_seconds": 30, "max_rss_mib": 6000, "wrong": "x", "role": "gt"}
    drop = {"id": "a", "file": "nan.json", "expected": "warn-and-drop", "must_say": [["NaN"]], "dropped": 1}
    drop["dropped_unit"] = "box"
    items = [
        common | drop | changes,
        common | {"id": "b", "file": "cut.json", "expected": "reject", "must_say": [["truncated"]]},
        common | {"id": "c", "file": "_base/gt.json", "expected": "accept", "must_say": []},
        common | {"id": "d", "file": "cut.jpg", "role": "image", "replaces": "1.jpg", "use_with": "_base/gt.json",
                  "expected": "warn-and-drop", "must_say": [["unreadable"]], "dropped": 1, "dropped_unit": "image view"},
    ]  # fmt: skip
    return write(corpus / "manifest.json", {"items": items})


def test_a_corpus_that_is_handled_as_it_says_passes(corpus: Path) -> None:
    said: list[str] = []
    assert run_manifest(manifest(corpus), set(), said.append) == 0, said


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"expected": "reject"}, "warn-and-drop, not reject"),
        ({"dropped": 2}, "no count of 2"),
        ({"must_say": [["banana"]]}, "does not say banana"),
        ({"max_rss_mib": 1}, "MiB of 1"),
        ({"metric_check": {"ap": 0.123}}, "AP is"),
        ({"max_seconds": 0.01}, "hang"),
    ],
)
def test_the_runner_notices_what_is_wrong(corpus: Path, changes: dict[str, object], fault: str) -> None:
    said: list[str] = []
    assert run_manifest(manifest(corpus, **changes), {"a"}, said.append) == 1
    assert any(fault in line for line in said), said


def test_paths_are_no_words() -> None:
    assert "nan" not in without_paths("/tmp/nan/nan.json: input.nan: bad").lower()


@needs_shared
def test_the_hard_part_of_the_shared_corpus() -> None:
    # By a process of its own: the peak of a child counts what its parent held when it was started.
    command = [sys.executable, "-m", "tests.robustness.run", str(CORPUS / "manifest.json"), "--only", *HARD, "--verbose"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
