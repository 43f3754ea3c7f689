"""The column cache: damage, full disks, size, and several processes are never an error."""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats import cached_reading, column_file, source_stamp
from diag_gui.formats.column_cache import ColumnCache
from tests.formats.coco_files import with_annotation, write
from tests.formats.kept_columns import ground_truth_of, twice
from tests.formats.same_facts import same

pytestmark = pytest.mark.usefixtures("settled_at_once")

LONG_AGO = 1_600_000_000


def damaged(how: str, path: Path) -> None:
    content = bytearray(path.read_bytes())
    match how:
        case "cut short":
            path.write_bytes(content[:-70])
        case "one bit":
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
        case "empty":
            path.write_bytes(b"")
        case "of another program":
            path.write_bytes(b"x" * len(content))
        case "head":
            content[40] ^= 1
            path.write_bytes(content)
        case "gone":
            path.unlink()
        case "a folder":
            path.unlink()
            path.mkdir()


@pytest.mark.parametrize("ending", [".columns", ".seen"])
@pytest.mark.parametrize("how", ["cut short", "one bit", "empty", "of another program", "head", "gone", "a folder"])
def test_a_damaged_entry_is_read_anew_and_said_at_debug(
    tmp_path: Path, cache: ColumnCache, readings: list[Path], caplog: pytest.LogCaptureFixture, how: str, ending: str
) -> None:
    path = ground_truth_of(tmp_path)
    read, report = cached_reading.read_ground_truth(path, cache)
    damaged(how, next(file for file in cache.files.folder.iterdir() if file.suffix == ending))
    with caplog.at_level(logging.DEBUG, logger="diag_gui"):
        again, again_report = cached_reading.read_ground_truth(path, cache)
    # What one byte more or less makes of a stamp is another stamp, and then the content says that the file is the same.
    assert len(readings) == (1 if (how, ending) == ("head", ".seen") else 2)
    assert same(read, again)
    assert report == again_report
    assert all(record.levelno == logging.DEBUG for record in caplog.records)
    if how != "gone" and len(readings) == 2:
        assert any(str(path) in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("bit", [0x01, 0x10, 0x80])
def test_no_byte_of_what_says_that_a_file_is_the_same_stops_it_from_being_read(
    tmp_path: Path, cache: ColumnCache, bit: int
) -> None:
    path = ground_truth_of(tmp_path)
    read = cached_reading.read_ground_truth(path, cache)[0]
    entry = next(file for file in cache.files.folder.iterdir() if file.suffix == ".seen")
    content = entry.read_bytes()
    for place in range(len(content)):
        # With the highest bit set a text is no UTF-8 any more.
        entry.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
        assert same(cached_reading.read_ground_truth(path, cache)[0], read), place


@pytest.mark.parametrize("place", range(0, 1400, 7))
def test_every_byte_of_an_entry_is_guarded(tmp_path: Path, cache: ColumnCache, readings: list[Path], place: int) -> None:
    path = ground_truth_of(tmp_path)
    read = cached_reading.read_ground_truth(path, cache)[0]
    entry = next(file for file in cache.files.folder.iterdir() if file.suffix == ".columns")
    content = bytearray(entry.read_bytes())
    content[place % len(content)] ^= 0x10
    entry.write_bytes(content)
    assert same(read, cached_reading.read_ground_truth(path, cache)[0])


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path, readings: list[Path]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = ColumnCache(tmp_path / "file" / "cache", min_source_bytes=1)
    twice(ground_truth_of(tmp_path), cache)
    assert len(readings) == 3
    assert (cache.files.size(), cache.files.empty()) == (0, 0)


def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path: Path, cache: ColumnCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 64})())
    cached_reading.read_ground_truth(ground_truth_of(tmp_path), cache)
    assert cache.files.size() == 0


def test_what_was_used_least_recently_goes_first(tmp_path: Path, readings: list[Path]) -> None:
    probe = ColumnCache(tmp_path / "probe", min_source_bytes=1)
    paths = [write(tmp_path / f"gt_{n}.json", with_annotation(id=100 + n)) for n in range(4)]
    cached_reading.read_ground_truth(paths[0], probe)
    one = next(file.stat().st_size for file in probe.files.folder.iterdir() if file.suffix == ".columns")
    cache = ColumnCache(tmp_path / "cache", min_source_bytes=1, max_bytes=3 * one + 1500)
    for n, path in enumerate(paths[:3]):
        cached_reading.read_ground_truth(path, cache)
        for file in cache.files.folder.iterdir():
            if file.stat().st_mtime > LONG_AGO:
                os.utime(file, (LONG_AGO - 100 + n,) * 2)
    cached_reading.read_ground_truth(paths[0], cache)
    readings.clear()
    cached_reading.read_ground_truth(paths[3], cache)
    assert cache.files.size() <= 3 * one + 1500
    for path in (paths[0], paths[2], paths[3], paths[1]):
        cached_reading.read_ground_truth(path, cache)
    assert readings == [paths[3], paths[1]]


def test_emptying_frees_what_size_says(tmp_path: Path, cache: ColumnCache, readings: list[Path]) -> None:
    path = ground_truth_of(tmp_path)
    _, _, (kept, _) = twice(path, cache)
    size = cache.files.size()
    assert size > 0
    assert cache.files.empty() == size
    assert cache.files.size() == 0
    assert kept.ground_truth.xywh[0].tolist() == [10, 12, 30, 24]
    cached_reading.read_ground_truth(path, cache)
    assert len(readings) == 3


def test_what_nobody_finished_writing_is_taken_away(tmp_path: Path, cache: ColumnCache) -> None:
    cache.files.folder.mkdir()
    for name, age in (("old", LONG_AGO), ("young", None)):
        file = cache.files.folder / f".{name}.columns.0.partial"
        file.write_bytes(b"x")
        if age is not None:
            os.utime(file, (age, age))
    cached_reading.read_ground_truth(ground_truth_of(tmp_path), cache)
    assert [file.name for file in cache.files.folder.iterdir() if file.suffix == ".partial"] == [".young.columns.0.partial"]


def _read_often(path: str, folder: str, n: int) -> int:
    cache = ColumnCache(Path(folder), min_source_bytes=1)
    return sum(len(cached_reading.read_ground_truth(Path(path), cache)[0].ground_truth) for _ in range(n))


def test_processes_that_write_one_entry_at_once_do_no_harm(tmp_path: Path) -> None:
    path = ground_truth_of(tmp_path)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        answers = [pool.apply_async(_read_often, (str(path), str(tmp_path / "cache"), 20)) for _ in range(3)]
        cache = ColumnCache(tmp_path / "cache", min_source_bytes=1)
        for _ in range(20):
            cache.files.empty()
            assert len(cached_reading.read_ground_truth(path, cache)[0].ground_truth) == 4
        assert [answer.get(60) for answer in answers] == [80, 80, 80]
    assert not list((tmp_path / "cache").glob("*.partial"))


def test_a_reader_that_is_told_to_stop_stops_while_it_compares(
    tmp_path: Path, cache: ColumnCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ground_truth_of(tmp_path)
    cached_reading.read_ground_truth(path, cache)
    os.utime(path, (LONG_AGO, LONG_AGO))
    with pytest.raises(FormatError, match="cancelled"):
        cached_reading.read_ground_truth(path, cache, cancelled=lambda: True)


def test_the_folder_is_the_users_unless_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "named"))
    assert ColumnCache().files.folder == tmp_path / "named" / "columns"
    monkeypatch.delenv("DIAG_GUI_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert "diag-gui" in ColumnCache().files.folder.parts


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as POSIX does")
def test_a_disk_that_fills_up_while_an_entry_is_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A limit on the size of files fails a write in the middle, as a full disk does."""
    path = ground_truth_of(tmp_path)
    code = (
        "import resource, sys; from pathlib import Path;"
        "from diag_gui.formats import cached_reading; from diag_gui.formats.column_cache import ColumnCache;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700));"
        "cache = ColumnCache(Path(sys.argv[2]), min_source_bytes=1);"
        "print(cached_reading.read_ground_truth(Path(sys.argv[1]), cache)[1].loaded)"
    )
    folder = tmp_path / "cache"
    ran = subprocess.run([sys.executable, "-c", code, path, folder], capture_output=True, text=True, check=True)
    assert int(ran.stdout) == cached_reading.read_ground_truth(path, None)[1].loaded
    assert not [file for file in folder.iterdir() if file.suffix == ".columns" or file.name.startswith(".")]
    again = cached_reading.read_ground_truth(path, ColumnCache(folder, min_source_bytes=1))[0]
    assert same(cached_reading.read_ground_truth(path, None)[0], again)


def test_numbers_of_the_other_byte_order_are_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.arange(5, dtype=">i4")
    assert not column_file.storable({"a": array})
    monkeypatch.setattr(sys, "byteorder", "big")
    assert not column_file.storable({"a": np.arange(5, dtype=np.int32)})
    with (tmp_path / "entry").open("wb") as file:
        column_file.write_columns(file, b"{}", {"a": array})
    with pytest.raises(column_file.DamagedEntryError, match="no known type"):
        column_file.map_columns(tmp_path / "entry")


def test_a_clock_that_runs_behind_or_ahead_makes_no_stamp_a_proof(
    tmp_path: Path, cache: ColumnCache, readings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file from the future, as a clock set back makes them, is compared by its content each time."""
    monkeypatch.setattr(source_stamp, "SETTLED_NS", 3_000_000_000)
    path = ground_truth_of(tmp_path)
    ahead = time.time_ns() + 10**12
    os.utime(path, ns=(ahead, ahead))
    cached_reading.read_ground_truth(path, cache)
    size = path.stat().st_size
    with path.open("r+b") as file:
        content = file.read().replace(b"10", b"11", 1)
        file.seek(0)
        file.write(content)
    os.utime(path, ns=(ahead, ahead))
    assert path.stat().st_size == size
    again = cached_reading.read_ground_truth(path, cache)[0]
    assert len(readings) == 2
    assert same(again, cached_reading.read_ground_truth(path, None)[0])
