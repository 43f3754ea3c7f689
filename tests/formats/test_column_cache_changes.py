"""The column cache: never the facts of another file than the one that lies there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from diag_gui.exceptions import DatasetMismatchError
from diag_gui.formats import cached_reading, column_cache, source_stamp
from diag_gui.formats.column_cache import ColumnCache
from tests.formats.coco_files import good, results, with_annotation, write
from tests.formats.kept_columns import ground_truth_of, twice

pytestmark = pytest.mark.usefixtures("settled_at_once")

LONG_AGO = 1_600_000_000


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
        assert cache.files.size() == 0


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
    assert cache.files.size() == 0


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
