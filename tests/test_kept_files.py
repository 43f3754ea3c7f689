from __future__ import annotations

import os
from pathlib import Path

import pytest

from diag_gui.kept_files import KeptFiles


def kept(folder: Path, *names: str, max_bytes: int = 100, beside: str = "") -> KeptFiles:
    """Return files of ten bytes each, the first of which was used least recently."""
    files = KeptFiles(folder, ".kept", max_bytes, beside=beside)
    for age, name in enumerate(names):
        files.write(folder / name, lambda file: file.write(b"0123456789"))
        os.utime(folder / name, (age, age))
    return files


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_was_used_least_recently_goes_first_and_the_newest_stays(tmp_path):
    files = kept(tmp_path, "new.kept", "a.kept", "b.kept", "c.kept", max_bytes=20)
    assert {path.name for path in files.prune("new")} == {"a.kept", "b.kept"}
    assert left(tmp_path) == {"new.kept", "c.kept"}
    assert files.size() == 20


def test_reading_counts_as_use(tmp_path):
    files = kept(tmp_path, "a.kept", "b.kept", max_bytes=10)
    os.utime(tmp_path / "a.kept", (9, 0))
    files.prune("")
    assert left(tmp_path) == {"a.kept"}


def test_what_stands_beside_a_file_goes_with_it(tmp_path):
    files = kept(tmp_path, "a.kept", "a.said", "b.kept", "b.said", max_bytes=25, beside=".said")
    files.prune("b")
    assert left(tmp_path) == {"b.kept", "b.said"}


def test_files_of_others_are_neither_counted_nor_deleted(tmp_path):
    (tmp_path / "theirs.txt").write_bytes(b"x" * 1000)
    files = kept(tmp_path, "a.kept", max_bytes=10)
    assert files.size() == 10
    assert files.prune("") == []
    assert files.empty() == 10
    assert left(tmp_path) == {"theirs.txt"}


def test_what_fails_while_it_is_written_leaves_what_was_there(tmp_path):
    files = kept(tmp_path, "a.kept")

    def fail(file):
        file.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        files.write(tmp_path / "a.kept", fail)
    assert (tmp_path / "a.kept").read_bytes() == b"0123456789"
    assert left(tmp_path) == {"a.kept"}


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    files = KeptFiles(tmp_path / "none", ".kept", 10)
    assert (files.size(), files.empty(), files.prune("")) == (0, 0, [])
