from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from diag_gui.exceptions import StoreError
from diag_gui.review import backup_copies
from diag_gui.review.events import decide
from diag_gui.review.store import ReviewStore
from tests.review.decisions_by_hand import add
from tests.shared_data import CORPUS, needs_shared


def _refusal(path: Path) -> str:
    before = path.read_bytes()
    messages = []
    for read_only in (False, True):
        with pytest.raises(StoreError, match=path.name) as caught:
            ReviewStore.open(path, read_only=read_only)
        messages.append(str(caught.value).lower())
    assert path.read_bytes() == before
    assert messages[0] == messages[1]
    return messages[0]


@needs_shared
@pytest.mark.parametrize(
    ("name", "must_say"),
    [
        ("text.db", [["not a database", "not a project"]]),
        ("corrupt_pages.db", [["damaged", "corrupt", "malformed"], ["backup", "recover", "restore"]]),
        ("newer.db", [["newer", "version"]]),
        ("pickle.npz", [["pickle", "not a", "format", "invalid"]]),
        ("traversal.zip", [["not a project"], ["outside"], ["unsafe"], ["path"]]),
    ],
)
def test_bad_files_of_the_corpus_are_refused(tmp_path: Path, name: str, must_say: list[list[str]]) -> None:
    path = tmp_path / name
    shutil.copyfile(CORPUS / "project" / name, path)
    message = _refusal(path)
    assert all(any(word in message for word in words) for words in must_say), message
    assert [file.name for file in tmp_path.iterdir()] == [name]


def _project(path: Path, n_operations: int = 40) -> Path:
    with ReviewStore.create(path) as store:
        for number in range(n_operations):
            store.append(decide("me", "Tag", [add(f"{number}.jpg", "relabel")]))
    return path


def _damage(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[8192:16384] = bytes(range(256)) * 32
    path.write_bytes(bytes(body))


def test_a_damaged_project_names_the_newest_sound_copy(tmp_path: Path) -> None:
    path = _project(tmp_path / "p.diag")
    with ReviewStore.open(path) as store:
        store.append(decide("me", "Tag", [add("late.jpg", "relabel")]))
    newest, older = backup_copies.copies(path)
    _damage(path)
    assert newest.name.lower() in _refusal(path)
    _damage(newest)
    assert older.name.lower() in _refusal(path)
    older.unlink()
    assert "no backup copy beside it to restore" in _refusal(path)


def test_a_truncated_project_is_damaged(tmp_path: Path) -> None:
    path = _project(tmp_path / "p.diag")
    path.write_bytes(path.read_bytes()[:10_000])
    assert "damaged" in _refusal(path)


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON operations BEGIN DELETE FROM events; END", "trigger"),
        ("CREATE VIEW v AS SELECT * FROM events", "view"),
        ("CREATE VIRTUAL TABLE v USING fts5(a)", "virtual table"),
        ("DROP TABLE events", "events"),
        ("PRAGMA application_id = 7", "another program"),
        ("PRAGMA application_id = 0", "another program"),
        ("PRAGMA user_version = 99", "newer version"),
    ],
)
def test_what_no_project_has_is_refused(tmp_path: Path, statement: str, word: str) -> None:
    path = _project(tmp_path / "p.diag", 1)
    raw = sqlite3.connect(path)
    raw.execute(statement)
    raw.commit()
    raw.close()
    assert word in _refusal(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET target = '{}'",
        "UPDATE events SET target = 'no json'",
        "UPDATE events SET verb = 'explode'",
        "UPDATE events SET value = '5'",
        "UPDATE operations SET at = 'yesterday'",
        "UPDATE operations SET kind = 'maybe'",
        "DELETE FROM events",
        "UPDATE facts SET value = '7'",
    ],
)
def test_a_record_nobody_of_us_wrote_is_an_error_with_the_file(tmp_path: Path, statement: str) -> None:
    path = _project(tmp_path / "p.diag", 1)
    raw = sqlite3.connect(path)
    raw.execute(statement)
    raw.commit()
    raw.close()
    with ReviewStore.open(path) as store, pytest.raises(StoreError, match="damaged record"):
        (store.project if " facts " in statement else store.operations)()


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        ReviewStore.open(tmp_path / "none.diag")
    assert not (tmp_path / "none.diag").exists()
    with pytest.raises(StoreError, match="cannot be read"):
        ReviewStore.open(tmp_path)
    (tmp_path / "empty.diag").touch()
    assert "not a database" in _refusal(tmp_path / "empty.diag")
