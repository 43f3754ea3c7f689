"""Reading a project leaves nothing beside it, whether it is opened or refused; what a killed program left is removed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from diag_gui.exceptions import StoreError
from diag_gui.review import backup_copies, sqlite_file
from diag_gui.review.events import decide
from diag_gui.review.examination import examine
from diag_gui.review.store import ReviewStore
from diag_gui.review.unfinished import unfinished_path
from tests.review.decisions_by_hand import add


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "p.diag"
    with ReviewStore.create(path) as store:
        store.append(decide("me", "Tag", [add("a.jpg", "seen")]))
    return path


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir() if not entry.name.endswith(".bak"))


def test_reading_leaves_nothing_and_changes_nothing(project: Path) -> None:
    before = project.read_bytes()
    with ReviewStore.open(project, read_only=True) as store:
        assert names(project) == ["p.diag"]
        assert [operation.label for operation in store.operations()] == ["Tag"]
    assert examine(project) == 1
    assert names(project) == ["p.diag"]
    assert project.read_bytes() == before


@pytest.mark.parametrize("spoil", ["PRAGMA user_version = 99", "CREATE VIEW v AS SELECT 1", "PRAGMA application_id = 7"])
@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_refused_is_left_alone(project: Path, spoil: str, read_only: bool) -> None:
    connection = sqlite3.connect(project)
    connection.execute(spoil)
    connection.commit()
    connection.close()
    before = project.read_bytes()
    with pytest.raises(StoreError):
        ReviewStore.open(project, read_only=read_only)
    assert names(project) == ["p.diag"]
    assert project.read_bytes() == before


def test_a_damaged_file_is_left_alone(project: Path) -> None:
    content = bytearray(project.read_bytes())
    content[4096 : 4096 * 3] = b"\xff" * 8192
    project.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        ReviewStore.open(project, read_only=True)
    assert names(project) == ["p.diag"]


def test_merging_with_itself_or_another_leaves_no_log(project: Path) -> None:
    other = project.with_name("q.diag")
    with ReviewStore.create(other) as store:
        store.append(decide("you", "Tag", [add("b.jpg", "seen")]))
    for source in (project, other):
        with ReviewStore.open(source, read_only=True) as theirs, ReviewStore.open(project) as ours:
            ours.merge(theirs)
        assert names(project) == ["p.diag", "q.diag"]
    # All of it is in the file itself.
    alone = project.parent / "alone" / "p.diag"
    alone.parent.mkdir()
    alone.write_bytes(project.read_bytes())
    with ReviewStore.open(alone, read_only=True) as store:
        assert len(store.operations()) == 2


def test_a_reader_beside_a_writer_sees_what_it_wrote(project: Path) -> None:
    with ReviewStore.open(project) as writer:
        writer.append(decide("me", "Later", [add("b.jpg", "seen")]))
        with ReviewStore.open(project, read_only=True) as reader:
            assert [operation.label for operation in reader.operations()] == ["Tag", "Later"]
    assert names(project) == ["p.diag"]


def test_a_log_that_nobody_shares_is_read_and_left_as_it_is(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "crashed" / "p.diag"
    copy.parent.mkdir()
    with ReviewStore.open(project) as writer:
        writer.append(decide("me", "Later", [add("b.jpg", "seen")]))
        for ending in ("", "-wal"):
            copy.with_name(copy.name + ending).write_bytes(project.with_name(project.name + ending).read_bytes())
    with ReviewStore.open(copy, read_only=True) as reader:
        assert [operation.label for operation in reader.operations()] == ["Tag", "Later"]
    assert names(copy) == ["p.diag", "p.diag-wal"]
    with ReviewStore.open(copy) as writer:
        assert len(writer.operations()) == 2
    assert names(copy) == ["p.diag"]


def test_bytes_that_change_while_they_are_read_are_read_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, reads = Path.read_bytes, []

    def slow(path: Path) -> bytes:
        content = real(path)
        reads.append(path)
        if len(reads) == 1:
            with ReviewStore.open(project) as writer:
                writer.append(decide("me", "Meanwhile", [add("b.jpg", "seen")]))
        return content

    monkeypatch.setattr(Path, "read_bytes", slow)
    with sqlite_file.reading(project) as connection:
        assert connection.execute("SELECT count(*) FROM operations").fetchone() == (2,)


def test_what_a_killed_program_left_goes_with_the_next_create(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    script = (
        "import os, sys; from pathlib import Path; from diag_gui.review import database, sqlite_file\n"
        "sqlite_file.flush = lambda path: (Path(f'{path}-journal').touch(), os.kill(os.getpid(), 9))\n"
        "from diag_gui.review.store import ReviewStore; ReviewStore.create(sys.argv[1])"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    assert len(names(path)) == 2
    own, old, young, stranger = (
        unfinished_path(path),
        path.with_name("p.diag.123.part"),
        path.with_name("p.diag.124.part"),
        path.with_name("pp.diag.1.part"),
    )
    for file in (own, old, young, stranger):
        file.touch()
    os.utime(old, (1, 1))
    os.utime(stranger, (1, 1))
    ReviewStore.create(path).close()
    assert names(path) == sorted(["p.diag", own.name, young.name, stranger.name])


def test_a_copy_removes_it_too(project: Path) -> None:
    finished = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True, text=True)
    words = unfinished_path(project).name.split("-")
    dead = project.with_name("-".join([words[0], finished.stdout.strip(), words[2]]))
    dead.touch()
    with ReviewStore.open(project) as store:
        store.append(decide("me", "Later", [add("b.jpg", "seen")]))
    assert names(project) == ["p.diag"]
    assert backup_copies.copies(project)
