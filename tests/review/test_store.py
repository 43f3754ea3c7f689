from __future__ import annotations

import datetime
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from diag_gui.exceptions import StoreError
from diag_gui.review import backup_copies, database, examination
from diag_gui.review.decisions import fold
from diag_gui.review.events import DEFAULT_TAGS, Event, Verb, decide
from diag_gui.review.keys import AnnotationKey, ImageKey, PairKey, PredictionKey
from diag_gui.review.project import FileReference, Project, RunReference
from diag_gui.review.project_facts import glance
from diag_gui.review.store import ReviewStore
from tests.review.decisions_by_hand import add, image, note, remove

LABEL = AnnotationKey(ImageKey("Köln/a b.jpg"), "größe 'x'", (1.5, 2.25, 3.0, 4.0), 1, "id-7")
PREDICTION = PredictionKey("ab" * 32, ImageKey("Köln/a b.jpg"), "car", (1.0, 2.0, 3.0, 4.0), 0.1 + 0.2)


def test_what_was_appended_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "my projects ü" / "a b.diag"
    path.parent.mkdir()
    events = [add(target, "relabel") for target in (image("x.jpg"), LABEL, PREDICTION, PairKey(LABEL, PREDICTION))]
    with ReviewStore.create(path) as store:
        kept = store.append(decide("ünal", "Tag 4 objects", [*events, note(LABEL, "läuft\nüber")]))
        assert (kept.sequence, kept.author) == (1, "ünal")
    with ReviewStore.open(path) as store:
        assert store.operations() == (kept,)
        decisions = fold(store.operations())
        assert decisions[LABEL].note == "läuft\nüber"
        assert next(iter(decisions[LABEL].tags.values())).at == kept.at
        read = next(target for target in decisions if target == LABEL)
        assert isinstance(read, AnnotationKey)
        assert read.annotation_id == "id-7"


def test_names_that_are_no_text_are_kept(tmp_path: Path) -> None:
    target = ImageKey("bytes \udcff.jpg")
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("me\udcff", "Tag\udcff", [add(target, "a\x00b")]))
        assert fold(store.operations())[target].tag_names == {"a\x00b"}


def test_appending_fills_in_what_stood_before(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("me", "Note", [note("a.jpg", "one"), add("a.jpg", "relabel")]))
        kept = store.append(decide("me", "Note", [note("a.jpg", "two"), note("a.jpg", "three"), add("a.jpg", "relabel")]))
        assert [event.before for event in kept.events] == ["one", "two", "relabel"]
        assert [event.is_change for event in kept.events] == [True, True, False]


def test_appending_twice_keeps_once(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        made = decide("me", "Tag", [add("a.jpg", "relabel")])
        assert store.append(made) == store.append(made)
        assert len(store.operations()) == 1


def test_a_clock_set_back_does_not_turn_decisions_round(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        first = store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
        yesterday = replace(decide("me", "Untag", [remove("a.jpg", "relabel")]), at=first.at - datetime.timedelta(days=1))
        assert store.append(yesterday).clock > first.clock
        assert len(fold(store.operations())) == 0


def test_one_can_ask_for_what_came_since(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    with ReviewStore.create(path) as mine, ReviewStore.open(path) as theirs:
        seen = mine.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
        other = theirs.append(decide("you", "Tag", [add("b.jpg", "relabel")]))
        assert mine.operations(since=seen.sequence) == (other,)
        assert mine.operations(since=other.sequence) == ()


def test_facts_of_the_project_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    gt = tmp_path / "data \udcff" / "gt.json"
    run = RunReference("run 1", FileReference.to(tmp_path / "r.json", path, sha256="ab"), datetime.date(2024, 5, 1), 3.5, "n")
    project = Project(
        FileReference.to(gt, path, sha256="cd", format="coco"),
        FileReference.to(tmp_path, path),
        (run,),
        (FileReference.to(tmp_path / "meta.csv", path, format="csv"),),
        (*DEFAULT_TAGS, "extra"),
        {"iou": 0.5, "score": 0.25},
        {"night": {"expressions": ["scene = 'night'"]}},
    )
    with ReviewStore.create(path, project):
        pass
    with ReviewStore.open(path) as store:
        assert store.project() == project
        changed = store.change_project(lambda now: replace(now, tag_set=("only",), runs=()))
        assert store.project() == changed
        assert (changed.tag_set, changed.runs, changed.dataset) == (("only",), (), project.dataset)


def test_files_are_found_after_the_folder_was_moved(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "sub").mkdir(parents=True)
    (old / "sub" / "gt.json").write_text("{}")
    file = FileReference.to(old / "sub" / "gt.json", old / "p.diag")
    assert file.relative == "sub/gt.json"
    assert file.find(tmp_path / "elsewhere" / "p.diag") == old / "sub" / "gt.json"
    old.rename(new)
    assert file.find(new / "p.diag") == new / "sub" / "gt.json"
    assert file.find(tmp_path / "elsewhere" / "p.diag") is None


def test_the_last_three_copies_stay(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    ReviewStore.create(path).close()
    assert backup_copies.copies(path) == []
    for number in range(5):
        with ReviewStore.open(path) as store:
            store.append(decide("me", "Tag", [add(f"{number}.jpg", "relabel")]))
    with ReviewStore.open(path) as store:
        assert len(store.operations()) == 5
    copies = backup_copies.copies(path)
    assert len(copies) == 3
    for copy, n_operations in zip(copies, (5, 4, 3), strict=True):
        restored = tmp_path / "restored" / "p.diag"
        restored.parent.mkdir(exist_ok=True)
        restored.write_bytes(copy.read_bytes())
        with ReviewStore.open(restored, read_only=True) as store:
            assert len(store.operations()) == n_operations
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == sorted([path.name, *(c.name for c in copies)])


def test_a_project_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    path.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        ReviewStore.create(path)
    assert [file.name for file in tmp_path.iterdir()] == ["p.diag"]
    assert path.read_text() == "mine"
    with pytest.raises(StoreError, match="cannot be created"):
        ReviewStore.create(tmp_path / "no such folder" / "p.diag")


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = ReviewStore.create(tmp_path / "p.diag")
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))


def test_a_store_opened_for_reading_cannot_be_written_to(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    ReviewStore.create(path).close()
    before = path.read_bytes()
    with ReviewStore.open(path, read_only=True) as store:
        assert store.read_only
        with pytest.raises(StoreError, match="reading only"):
            store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
    assert path.read_bytes() == before


def test_an_older_project_is_copied_and_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.diag"
    with ReviewStore.create(path) as store:
        store.append(decide("me", "Tag", [add("a.jpg", "relabel")]))
    n_copies = len(backup_copies.copies(path))

    def add_a_table(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE later (a)")

    monkeypatch.setattr(examination, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(database, "MIGRATIONS", (add_a_table,))
    with pytest.raises(StoreError, match="older format"):
        ReviewStore.open(path, read_only=True)
    with ReviewStore.open(path) as store:
        assert len(store.operations()) == 1
        assert len(backup_copies.copies(path)) == n_copies + 1
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchone() == (2,)
    assert raw.execute("SELECT count(*) FROM later").fetchone() == (0,)
    raw.close()
    raw = sqlite3.connect(backup_copies.copies(path)[0])
    assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    raw.close()


def test_a_migration_that_fails_leaves_the_project_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.diag"
    ReviewStore.create(path).close()

    def fail(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE later (a)")
        connection.exec_driver_sql("SELECT * FROM nowhere")

    with monkeypatch.context() as patched:
        patched.setattr(examination, "SCHEMA_VERSION", 2)
        patched.setattr(database, "MIGRATIONS", (fail,))
        with pytest.raises(StoreError, match="nowhere"):
            ReviewStore.open(path)
    ReviewStore.open(path).close()


def test_importing_the_store_does_not_import_sqlalchemy() -> None:
    code = (
        "import sys, diag_gui.review.store, diag_gui.review.attach, diag_gui.review.gestures, diag_gui.review.locate, "
        "diag_gui.review.summary; print([name for name in sys.modules if name.split('.')[0] in ('sqlalchemy', 'PySide6', 'cv2')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_ten_thousand_objects_are_one_gesture(tmp_path: Path) -> None:
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("me", "Tag", [Event(ImageKey(f"{i}.jpg"), Verb.ADD_TAG, "relabel") for i in range(10_000)]))
        assert store.undo_label("me") == "Undo tag"
        undone = store.undo("me")
        assert undone is not None
        assert len(undone.events) == 10_000
        assert len(fold(store.operations())) == 0


def test_a_glance_at_a_project_says_what_the_store_says(tmp_path: Path) -> None:
    file = FileReference("/data/gt.json", "gt.json", "ab" * 32, "coco")
    run = RunReference("first", file, datetime.date(2024, 5, 31), 2.5, "n", ("cd",))
    project = Project(
        dataset=file, image_root=None, runs=(run,), metadata_files=(file,), tag_set=("a", "b"), settings={"iou": 0.5}
    )
    with ReviewStore.create(tmp_path / "p.diag", project=project) as store:
        assert glance(tmp_path / "p.diag") == store.project() == project
    before = (tmp_path / "p.diag").read_bytes()
    assert glance(tmp_path / "p.diag") == project
    assert (tmp_path / "p.diag").read_bytes() == before


def test_a_glance_needs_no_sqlalchemy(tmp_path: Path) -> None:
    ReviewStore.create(tmp_path / "p.diag").close()
    code = (
        "import sys; from pathlib import Path; from diag_gui.review.project_facts import glance;"
        f"glance(Path({str(tmp_path / 'p.diag')!r})); sys.exit('sqlalchemy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_glance_at_what_is_no_sound_project_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    ReviewStore.create(path).close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT OR REPLACE INTO facts VALUES ('tag_set', '[1, 2]')")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="damaged"):
        glance(path)
    path.write_bytes(b"SQLite format 3\x00" + bytes(2000))
    with pytest.raises(StoreError):
        glance(path)
