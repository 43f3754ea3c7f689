from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path

import pytest

from diag_gui.exceptions import StoreError
from diag_gui.review import database, sqlite_file
from diag_gui.review.events import decide
from diag_gui.review.store import ReviewStore
from tests.review.decisions_by_hand import add
from tests.review.unprivileged import read_only

# Prints the id of each operation once append returned, and then appends the next.
WRITER = textwrap.dedent(
    """
    import sys
    from diag_gui.exceptions import StoreError
    from diag_gui.review import database
    from diag_gui.review.events import Event, Verb, decide
    from diag_gui.review.keys import ImageKey
    from diag_gui.review.store import ReviewStore

    path, author, n, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    database.LOG_BYTES = int(sys.argv[5])
    store = ReviewStore.open(path)
    if limit:
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(n):
        events = [Event(ImageKey(f"{author}/{number}/{k}.jpg"), Verb.ADD_TAG, "relabel") for k in range(5)]
        try:
            kept = store.append(decide(author, f"Tag {number}", events))
        except StoreError as error:
            print("refused", error.reason, flush=True)
            break
        print(kept.id, flush=True)
    """
)


def _writer(path: Path, author: str, n: int, limit: int = 0, log_bytes: int = database.LOG_BYTES) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), author, str(n), str(limit), str(log_bytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.parametrize(
    ("n_acknowledged", "log_bytes"),
    [(1, database.LOG_BYTES), (2, 1), (17, database.LOG_BYTES), (17, 1), (60, database.LOG_BYTES), (60, 100_000), (61, 1)],
)
def test_kill_9_loses_nothing_acknowledged(tmp_path: Path, n_acknowledged: int, log_bytes: int) -> None:
    """Also while the log is moved into the file: after every decision, after every few, or not yet."""
    path = tmp_path / "p.diag"
    ReviewStore.create(path).close()
    process = _writer(path, "child", 100_000, log_bytes=log_bytes)
    _start(process)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(n_acknowledged)]
    process.send_signal(signal.SIGKILL)
    acknowledged += process.stdout.read().split()
    process.communicate()
    with ReviewStore.open(path, read_only=True) as store:
        assert [operation.id for operation in store.operations()][: len(acknowledged)] == acknowledged
    with ReviewStore.open(path) as store:
        kept = [operation.id for operation in store.operations()]
        # At most the one in flight is there without having been acknowledged.
        assert kept[: len(acknowledged)] == acknowledged
        assert len(kept) <= len(acknowledged) + 1
        assert all(len(operation.events) == 5 for operation in store.operations())
        store.append(decide("me", "Tag", [add("later.jpg", "relabel")]))
        assert len(store.operations()) == len(kept) + 1


@pytest.mark.parametrize("log_bytes", [database.LOG_BYTES, 1])
def test_two_writers_take_turns(tmp_path: Path, log_bytes: int) -> None:
    path = tmp_path / "p.diag"
    ReviewStore.create(path).close()
    writers = [_writer(path, author, 80, log_bytes=log_bytes) for author in ("ann", "bob")]
    for writer in writers:
        _start(writer)
    acknowledged = [writer.communicate()[0].split() for writer in writers]
    assert [len(ids) for ids in acknowledged] == [80, 80]
    with ReviewStore.open(path) as store:
        operations = store.operations()
        assert {operation.id for operation in operations} == {*acknowledged[0], *acknowledged[1]}
        clocks = [operation.clock for operation in operations]
        assert clocks == sorted(set(clocks))
        assert [operation.sequence for operation in operations] == list(range(1, 161))


def test_a_writer_that_never_ends_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.diag"
    ReviewStore.create(path).close()
    monkeypatch.setattr(sqlite_file, "BUSY_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    with ReviewStore.open(path) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program is writing"):
            store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
        other.execute("ROLLBACK")
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
        assert len(store.operations()) == 1
    other.close()


@pytest.mark.skipif(os.name != "posix", reason="a limit on file sizes is a thing of POSIX")
def test_a_full_disk_claims_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    ReviewStore.create(path).close()
    process = _writer(path, "child", 100_000, limit=300_000)
    _start(process)
    *acknowledged, refusal = process.communicate()[0].splitlines()
    assert refusal.startswith("refused")
    assert "nothing was saved" in refusal
    assert len(acknowledged) > 3
    with ReviewStore.open(path) as store:
        assert [operation.id for operation in store.operations()] == acknowledged


def test_a_read_only_folder_claims_nothing(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "p.diag"
    path.parent.mkdir()
    with ReviewStore.create(path) as store:
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
    with read_only(path.parent):
        with pytest.raises(StoreError, match="cannot be created"):
            ReviewStore.create(path.parent / "q.diag")
        with ReviewStore.open(path, read_only=True) as store:
            assert len(store.operations()) == 1
    path.chmod(0o444)
    with (
        read_only(path.parent),
        pytest.raises(StoreError, match=r"cannot be (opened|written)"),
        ReviewStore.open(path) as store,
    ):
        store.append(decide("me", "Tag", [add("b.jpg", "relabel")]))
    path.chmod(0o644)


def test_a_log_left_by_a_killed_program_is_read_in_a_read_only_folder(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "p.diag"
    path.parent.mkdir()
    ReviewStore.create(path).close()
    process = _writer(path, "child", 100_000)
    _start(process)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(5)]
    process.send_signal(signal.SIGKILL)
    acknowledged += process.stdout.read().split()
    process.communicate()
    for leave_shared_memory in (True, False):
        if not leave_shared_memory:
            path.with_name("p.diag-shm").unlink()
        with read_only(path.parent), ReviewStore.open(path, read_only=True) as store:
            assert [operation.id for operation in store.operations()][: len(acknowledged)] == acknowledged


def test_a_project_deleted_under_us_claims_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    store = ReviewStore.create(path)
    path.rename(tmp_path / "elsewhere.diag")
    with pytest.raises(StoreError, match="moved, deleted or replaced"):
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
    ReviewStore.create(path).close()
    with pytest.raises(StoreError, match="moved, deleted or replaced"):
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
    store.close()


def test_commits_are_synchronous_and_the_log_is_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.diag"
    with ReviewStore.create(path) as store, store._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    monkeypatch.setattr(sqlite_file, "on_network", lambda path: True)
    with ReviewStore.open(path) as store, store._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "delete"


def _decide_often(store: ReviewStore, n: int) -> list[int]:
    """Return how long the log was after each of ``n`` decisions."""
    sizes = []
    for number in range(n):
        store.append(decide("me", f"Tag {number}", [add(f"{number}.jpg", "relabel")]))
        sizes.append(sqlite_file.log_size(store.path))
    return sizes


def test_the_log_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOG_BYTES", 300_000)
    with ReviewStore.create(tmp_path / "p.diag") as store:
        sizes = _decide_often(store, 60)
        assert len(store.operations()) == 60
    assert max(sizes) < 450_000
    assert sizes[-1] < sum(later - size for size, later in pairwise(sizes) if later > size)
    with ReviewStore.open(tmp_path / "p.diag") as store:
        assert len(store.operations()) == 60


@pytest.mark.skipif(sqlite3.sqlite_version_info >= (3, 51, 3), reason="this SQLite moves the log by itself")
def test_the_log_stays_while_another_program_has_the_project_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOG_BYTES", 100_000)
    path = tmp_path / "p.diag"
    with ReviewStore.create(path) as store:
        other = _writer(path, "ann", 3)
        sizes = _decide_often(store, 20)
        assert sizes == sorted(sizes), "nothing was moved beside another program"
        _start(other)
        acknowledged = other.communicate()[0].split()
        assert _decide_often(store, 20)[-1] < sizes[-1]
        kept = [operation.id for operation in store.operations()]
        assert len(kept) == 43
        assert set(acknowledged) < set(kept)


def test_a_file_that_is_gone_when_the_log_was_moved_is_named_by_the_next_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.diag"
    monkeypatch.setattr(database, "LOG_BYTES", 1)
    with ReviewStore.create(path) as store:
        connect = database._connect

        def refuse(_path: Path) -> sqlite3.Connection:
            raise sqlite3.OperationalError("unable to open database file")

        monkeypatch.setattr(database, "_connect", refuse)
        store.append(decide("me", "Tag a", [add("a.jpg", "relabel")]))
        with pytest.raises(StoreError, match="cannot be opened"):
            store.append(decide("me", "Tag b", [add("b.jpg", "relabel")]))
        monkeypatch.setattr(database, "_connect", connect)
        store.append(decide("me", "Tag c", [add("c.jpg", "relabel")]))
        assert [one.label for one in store.operations()] == ["Tag a", "Tag c"]


def test_network_file_systems_are_told_by_the_mount_table(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    share = tmp_path / "my share" / "deep"
    share.mkdir(parents=True)
    spelled = str(tmp_path / "my share").replace(" ", "\\040")
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {spelled} nfs4 rw 0 0\nhost: {tmp_path}/ssh fuse.sshfs rw 0 0\n")
    assert sqlite_file.on_network(share / "p.diag", mounts=mounts)
    assert sqlite_file.on_network(tmp_path / "ssh" / "p.diag", mounts=mounts)
    assert not sqlite_file.on_network(tmp_path / "p.diag", mounts=mounts)
    assert not sqlite_file.on_network(tmp_path / "p.diag", mounts=tmp_path / "none")
