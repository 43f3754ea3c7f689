"""The column cache: the same facts as reading gives, never those of another file, and never an error."""

from __future__ import annotations

import gzip
import json
import logging
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats import cached_reading, column_cache, column_file, source_stamp
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.formats.coco_files import good, results, with_annotation, with_result, write
from tests.formats.same_facts import same

NAN = float("nan")
LONG_AGO = 1_600_000_000
SQUARE = [[10, 10, 40, 10, 40, 30, 10, 30]]


@pytest.fixture
def cache(tmp_path: Path) -> ColumnCache:
    return ColumnCache(tmp_path / "cache", min_source_bytes=1)


@pytest.fixture(autouse=True)
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stamps be proof without waiting three seconds for it; the tests of that itself set it back."""
    monkeypatch.setattr(source_stamp, "SETTLED_NS", -(10**18))


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Paths of files that were really read."""
    read: list[Path] = []
    for module in (cached_reading.coco, cached_reading.coco_results):
        name = "read_ground_truth" if module is cached_reading.coco else "read_predictions"
        really = getattr(module, name)

        def noting(path: Path, *rest: Any, really: Any = really, **named: Any) -> Any:
            read.append(path)
            return really(path, *rest, **named)

        monkeypatch.setattr(module, name, noting)
    return read


def ground_truth_of(folder: Path, content: Any = None) -> Path:
    return write(folder / "gt.json", good() if content is None else content)


def twice(path: Path, cache: ColumnCache, dataset: Dataset | None = None) -> tuple[Any, Any, Any]:
    """Read a file without the cache, then by way of it, twice."""

    def read(by: ColumnCache | None) -> tuple[Dataset | Run, ReadReport]:
        if dataset is None:
            return cached_reading.read_ground_truth(path, by)
        return cached_reading.read_predictions(path, dataset, by)

    return read(None), read(cache), read(cache)


GROUND_TRUTHS: dict[str, Any] = {
    "plain": good(),
    "dropped": with_annotation(bbox=[NAN, 1, 2, 3], image_id=99),
    "no area": with_annotation(area=...),
    "text ids": {**good(), "images": [{**image, "id": f"i{image['id']}"} for image in good()["images"]]},
    "text annotation ids": with_annotation(id="one"),
    "extra columns": with_annotation(occluded=True, weather="fog", seen="2024-05-31", speed=1.5),
    "image columns": {**good(), "images": [{**image, "site": "north"} for image in good()["images"]]},
    "masks": with_annotation(segmentation=SQUARE),
    "bad masks": with_annotation(segmentation={"size": [3, 3], "counts": "9"}),
    "lvis": {
        **good(),
        "images": [{**image, "neg_category_ids": [3], "not_exhaustive_category_ids": [1]} for image in good()["images"]],
        "categories": [{**one, "frequency": "r", "synset": f"{one['name']}.n.01"} for one in good()["categories"]],
    },
    "odd names": {**good(), "images": [{**image, "file_name": f"a/ü\u0000{image['id']}.jpg"} for image in good()["images"]]},
    "nothing": {"images": [], "annotations": [], "categories": []},
}


@pytest.mark.parametrize("content", GROUND_TRUTHS.values(), ids=GROUND_TRUTHS)
def test_kept_ground_truth_is_what_reading_gives(tmp_path: Path, cache: ColumnCache, readings: list[Path], content: Any) -> None:
    path = ground_truth_of(tmp_path, content)
    (read, report), (keeping, _), (kept, kept_report) = twice(path, cache)
    assert len(readings) == 2
    assert same(read, keeping)
    assert same(read, kept)
    assert report == kept_report


RESULTS: dict[str, Any] = {
    "plain": results(),
    "dropped": with_result(image_id=77),
    "no score": with_result(score=NAN),
    "odd boxes": with_result(bbox=[500, 500, 0, 3]),
    "extra columns": [{**one, "model": "m", "layer": 3, "hard": False} for one in results()],
    "masks": with_result(segmentation=SQUARE),
    "only masks": with_result(bbox=..., segmentation=SQUARE),
    "by name": [{**one, "image_id": f"{one['image_id']}.jpg"} for one in results()],
    "wrapped": {"predictions": results()},
    "none": [],
}


@pytest.mark.parametrize("content", RESULTS.values(), ids=RESULTS)
def test_a_kept_run_is_what_reading_gives(tmp_path: Path, cache: ColumnCache, readings: list[Path], content: Any) -> None:
    dataset = cached_reading.read_ground_truth(ground_truth_of(tmp_path), None)[0]
    path = write(tmp_path / "run_7.json", content)
    (read, report), (keeping, _), (kept, kept_report) = twice(path, cache, dataset)
    assert len(readings) == 3
    assert same(read, keeping)
    assert same(read, kept)
    assert report == kept_report
    assert kept.name == "run_7"


def test_opening_gives_the_same_account_and_warnings(tmp_path: Path, cache: ColumnCache, readings: list[Path]) -> None:
    truth = ground_truth_of(tmp_path, with_annotation(bbox=[1, 2, 0, 3]))
    found = write(tmp_path / "run.json", with_result(score=7))
    (tmp_path / "runs.csv").write_text("file,name,date\nrun.json,Monday,2024-05-31\n", encoding="utf-8")
    opened = [open_ground_truth(truth, cache=by) for by in (None, cache, cache)]
    runs = [open_predictions(found, opened[2].dataset, cache=by) for by in (None, cache, cache)]
    assert len(readings) == 4
    assert opened[0].report == opened[2].report
    assert runs[0].report == runs[2].report
    assert runs[2].run.name == "Monday"


def test_columns_are_mapped_and_cannot_be_written_to(tmp_path: Path, cache: ColumnCache) -> None:
    dataset = cached_reading.read_ground_truth(ground_truth_of(tmp_path), None)[0]
    _, _, (kept, _) = twice(write(tmp_path / "run.json", results()), cache, dataset)
    for name in ("xywh", "score", "image_row", "class_row", "source_index"):
        array = getattr(kept.predictions, name)
        assert not array.flags.owndata
        assert not array.flags.writeable


def test_gzip_is_kept_as_the_file_that_it_is(tmp_path: Path, cache: ColumnCache, readings: list[Path]) -> None:
    path = tmp_path / "gt.json.gz"
    path.write_bytes(gzip.compress(json.dumps(good()).encode()))
    (read, report), _, (kept, kept_report) = twice(path, cache)
    assert len(readings) == 2
    assert same(read, kept)
    assert report == kept_report


def test_small_files_are_not_kept(tmp_path: Path) -> None:
    cache = ColumnCache(tmp_path / "cache")
    twice(ground_truth_of(tmp_path), cache)
    assert cache.size() == 0
    assert not cache.folder.exists()


def test_what_cannot_be_written_is_read_each_time(
    tmp_path: Path, cache: ColumnCache, readings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the compiled reader segmentations are objects.
    monkeypatch.setattr("diag_gui.formats.record_streaming.json_records", None)
    path = ground_truth_of(tmp_path, with_annotation(segmentation=SQUARE))
    (read, report), _, (again, again_report) = twice(path, cache)
    assert len(readings) == 3
    assert same(read, again)
    assert report == again_report


class TestChanges:
    """A file that changed is read anew, however it changed."""

    def test_another_size(self, tmp_path: Path, cache: ColumnCache) -> None:
        path = ground_truth_of(tmp_path)
        twice(path, cache)
        ground_truth_of(tmp_path, with_annotation(id=12345))
        assert 12345 in cached_reading.read_ground_truth(path, cache)[0].ground_truth.annotation_id.tolist()

    def test_rewritten_within_one_tick_of_the_clock(
        self, tmp_path: Path, cache: ColumnCache, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Size and every time are the same, as on a file system with ticks of two seconds."""
        monkeypatch.setattr(source_stamp, "SETTLED_NS", 3_000_000_000)
        monkeypatch.setattr(source_stamp, "sample_of", lambda path, size: "")
        path = ground_truth_of(tmp_path)
        now = os.stat(path).st_mtime_ns
        monkeypatch.setattr(source_stamp, "stamp_of", lambda path: source_stamp.Stamp(path.stat().st_size, now, now, 4, 5))
        stamp = source_stamp.stamp_of(path)
        cached_reading.read_ground_truth(path, cache)
        ground_truth_of(tmp_path, with_annotation(bbox=[11, 12, 30, 24]))
        assert source_stamp.stamp_of(path) == stamp
        assert cached_reading.read_ground_truth(path, cache)[0].ground_truth.xywh[0, 0] == 11

    def test_rewritten_and_the_time_set_back(self, tmp_path: Path, cache: ColumnCache) -> None:
        path = ground_truth_of(tmp_path)
        os.utime(path, (LONG_AGO, LONG_AGO))
        twice(path, cache)
        ground_truth_of(tmp_path, with_annotation(bbox=[11, 12, 30, 24]))
        os.utime(path, (LONG_AGO, LONG_AGO))
        assert cached_reading.read_ground_truth(path, cache)[0].ground_truth.xywh[0, 0] == 11

    def test_another_file_put_in_its_place(self, tmp_path: Path, cache: ColumnCache) -> None:
        path = ground_truth_of(tmp_path)
        os.utime(path, (LONG_AGO, LONG_AGO))
        twice(path, cache)
        other = write(tmp_path / "other.json", with_annotation(bbox=[11, 12, 30, 24]))
        os.utime(other, (LONG_AGO, LONG_AGO))
        os.replace(other, path)
        assert cached_reading.read_ground_truth(path, cache)[0].ground_truth.xywh[0, 0] == 11

    def test_a_middle_that_no_sample_shows(self, tmp_path: Path, cache: ColumnCache) -> None:
        """The content decides, not the blocks that are looked at."""
        padding = {**good(), "info": {"description": "x" * 2_000_000}}
        path = ground_truth_of(tmp_path, padding)
        twice(path, cache)
        changed = path.read_bytes()
        place = 4096 + 5000
        sample = source_stamp.sample_of(path, len(changed))
        path.write_bytes(changed[:place] + b"y" + changed[place + 1 :])
        assert source_stamp.sample_of(path, len(changed)) == sample
        before = cached_reading.read_ground_truth(path, None)[1].sha256
        assert cached_reading.read_ground_truth(path, cache)[1].sha256 == before

    def test_changed_while_it_is_read(self, tmp_path: Path, cache: ColumnCache, monkeypatch: pytest.MonkeyPatch) -> None:
        path = ground_truth_of(tmp_path)
        really = cached_reading.coco.read_ground_truth

        def read_then_change(*given: Any, **named: Any) -> Any:
            answer = really(*given, **named)
            ground_truth_of(tmp_path, with_annotation(bbox=[11, 12, 30, 24]))
            return answer

        monkeypatch.setattr(cached_reading.coco, "read_ground_truth", read_then_change)
        cached_reading.read_ground_truth(path, cache)
        monkeypatch.undo()
        assert cache.size() == 0


def test_a_file_that_is_only_touched_is_known_by_its_content(
    tmp_path: Path, cache: ColumnCache, readings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ground_truth_of(tmp_path)
    cached_reading.read_ground_truth(path, cache)
    os.utime(path, (LONG_AGO, LONG_AGO))
    hashed: list[Path] = []
    really = source_stamp.sha256_of
    monkeypatch.setattr(source_stamp, "sha256_of", lambda path, **named: hashed.append(path) or really(path, **named))
    for _ in range(3):
        cached_reading.read_ground_truth(path, cache)
    assert len(readings) == 1
    assert hashed == [path]


def test_a_young_file_is_compared_by_content_until_it_is_at_rest(
    tmp_path: Path, cache: ColumnCache, readings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_stamp, "SETTLED_NS", 3_000_000_000)
    path = ground_truth_of(tmp_path)
    cached_reading.read_ground_truth(path, cache)
    hashed: list[Path] = []
    really = source_stamp.sha256_of
    monkeypatch.setattr(source_stamp, "sha256_of", lambda path, **named: hashed.append(path) or really(path, **named))
    cached_reading.read_ground_truth(path, cache)
    assert len(hashed) == 1
    monkeypatch.setattr(source_stamp, "SETTLED_NS", -(10**18))
    cached_reading.read_ground_truth(path, cache)
    cached_reading.read_ground_truth(path, cache)
    assert (len(hashed), len(readings)) == (2, 1)


def test_a_run_belongs_to_the_images_and_classes_it_was_read_against(tmp_path: Path, cache: ColumnCache) -> None:
    path = write(tmp_path / "run.json", results())
    content = good()
    first = cached_reading.read_ground_truth(ground_truth_of(tmp_path), None)[0]
    assert cached_reading.read_predictions(path, first, cache)[0].predictions.image_row.tolist() == [0, 1, 2]
    content["images"].insert(0, {"id": 0, "file_name": "0.jpg", "width": 160, "height": 120})
    other = cached_reading.read_ground_truth(ground_truth_of(tmp_path, content), None)[0]
    assert cached_reading.read_predictions(path, other, cache)[0].predictions.image_row.tolist() == [1, 2, 3]
    content["images"][1]["width"] = 20
    small = cached_reading.read_ground_truth(ground_truth_of(tmp_path, content), None)[0]
    assert cached_reading.read_predictions(path, small, cache)[1].codes == {"box-partly-outside": 1}


def test_what_is_refused_is_refused_again(tmp_path: Path, cache: ColumnCache) -> None:
    dataset = cached_reading.read_ground_truth(ground_truth_of(tmp_path), None)[0]
    path = write(tmp_path / "run.json", [{**one, "image_id": 900} for one in results()])
    for _ in range(2):
        with pytest.raises(DatasetMismatchError, match="do not match"):
            cached_reading.read_predictions(path, dataset, cache)
    assert cache.size() == 0


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
    damaged(how, next(file for file in cache.folder.iterdir() if file.suffix == ending))
    with caplog.at_level(logging.DEBUG, logger="diag_gui"):
        again, again_report = cached_reading.read_ground_truth(path, cache)
    # What one byte more or less makes of a stamp is another stamp, and then the content says that the file is the same.
    assert len(readings) == 2 or (how, ending) == ("head", ".seen")
    assert same(read, again)
    assert report == again_report
    assert all(record.levelno == logging.DEBUG for record in caplog.records)
    if how != "gone" and len(readings) == 2:
        assert any(str(path) in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("place", range(0, 1400, 7))
def test_every_byte_of_an_entry_is_guarded(tmp_path: Path, cache: ColumnCache, readings: list[Path], place: int) -> None:
    path = ground_truth_of(tmp_path)
    read = cached_reading.read_ground_truth(path, cache)[0]
    entry = next(file for file in cache.folder.iterdir() if file.suffix == ".columns")
    content = bytearray(entry.read_bytes())
    content[place % len(content)] ^= 0x10
    entry.write_bytes(content)
    assert same(read, cached_reading.read_ground_truth(path, cache)[0])


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path, readings: list[Path]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = ColumnCache(tmp_path / "file" / "cache", min_source_bytes=1)
    twice(ground_truth_of(tmp_path), cache)
    assert len(readings) == 3
    assert (cache.size(), cache.empty()) == (0, 0)


def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path: Path, cache: ColumnCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 64})())
    cached_reading.read_ground_truth(ground_truth_of(tmp_path), cache)
    assert cache.size() == 0


def test_what_was_used_least_recently_goes_first(tmp_path: Path, readings: list[Path]) -> None:
    probe = ColumnCache(tmp_path / "probe", min_source_bytes=1)
    paths = [write(tmp_path / f"gt_{n}.json", with_annotation(id=100 + n)) for n in range(4)]
    cached_reading.read_ground_truth(paths[0], probe)
    one = next(file.stat().st_size for file in probe.folder.iterdir() if file.suffix == ".columns")
    cache = ColumnCache(tmp_path / "cache", min_source_bytes=1, max_bytes=3 * one + 1500)
    for n, path in enumerate(paths[:3]):
        cached_reading.read_ground_truth(path, cache)
        for file in cache.folder.iterdir():
            if file.stat().st_mtime > LONG_AGO:
                os.utime(file, (LONG_AGO - 100 + n,) * 2)
    cached_reading.read_ground_truth(paths[0], cache)
    readings.clear()
    cached_reading.read_ground_truth(paths[3], cache)
    assert cache.size() <= 3 * one + 1500
    for path in (paths[0], paths[2], paths[3], paths[1]):
        cached_reading.read_ground_truth(path, cache)
    assert readings == [paths[3], paths[1]]


def test_emptying_frees_what_size_says(tmp_path: Path, cache: ColumnCache, readings: list[Path]) -> None:
    path = ground_truth_of(tmp_path)
    _, _, (kept, _) = twice(path, cache)
    size = cache.size()
    assert size > 0
    assert cache.empty() == size
    assert cache.size() == 0
    assert kept.ground_truth.xywh[0].tolist() == [10, 12, 30, 24]
    cached_reading.read_ground_truth(path, cache)
    assert len(readings) == 3


def test_what_nobody_finished_writing_is_taken_away(tmp_path: Path, cache: ColumnCache) -> None:
    cache.folder.mkdir()
    for name, age in (("old", LONG_AGO), ("young", None)):
        file = cache.folder / f".{name}.columns.0.partial"
        file.write_bytes(b"x")
        if age is not None:
            os.utime(file, (age, age))
    cached_reading.read_ground_truth(ground_truth_of(tmp_path), cache)
    assert [file.name for file in cache.folder.iterdir() if file.suffix == ".partial"] == [".young.columns.0.partial"]


def test_other_readers_make_other_entries(
    tmp_path: Path, cache: ColumnCache, readings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ground_truth_of(tmp_path)
    cached_reading.read_ground_truth(path, cache)
    monkeypatch.setattr(column_cache, "_state_of_readers", lambda: "changed")
    cached_reading.read_ground_truth(path, cache)
    monkeypatch.setattr(column_cache.diag_gui, "__version__", "99")
    cached_reading.read_ground_truth(path, cache)
    assert len(readings) == 3


def _read_often(path: str, folder: str, n: int) -> int:
    cache = ColumnCache(Path(folder), min_source_bytes=1)
    return sum(len(cached_reading.read_ground_truth(Path(path), cache)[0].ground_truth) for _ in range(n))


def test_processes_that_write_one_entry_at_once_do_no_harm(tmp_path: Path) -> None:
    path = ground_truth_of(tmp_path)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        answers = [pool.apply_async(_read_often, (str(path), str(tmp_path / "cache"), 20)) for _ in range(3)]
        cache = ColumnCache(tmp_path / "cache", min_source_bytes=1)
        for _ in range(20):
            cache.empty()
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
    assert ColumnCache().folder == tmp_path / "named" / "columns"
    monkeypatch.delenv("DIAG_GUI_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert "diag-gui" in ColumnCache().folder.parts


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
