"""The column cache: the same facts as reading gives."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from diag_gui.formats import cached_reading
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.formats.coco_files import good, results, with_annotation, with_result, write
from tests.formats.kept_columns import ground_truth_of, twice
from tests.formats.same_facts import same

pytestmark = pytest.mark.usefixtures("settled_at_once")

NAN = float("nan")
SQUARE = [[10, 10, 40, 10, 40, 30, 10, 30]]
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


@pytest.mark.parametrize("content", GROUND_TRUTHS.values(), ids=GROUND_TRUTHS)
def test_kept_ground_truth_is_what_reading_gives(tmp_path: Path, cache: ColumnCache, readings: list[Path], content: Any) -> None:
    path = ground_truth_of(tmp_path, content)
    (read, report), (keeping, _), (kept, kept_report) = twice(path, cache)
    assert len(readings) == 2
    assert same(read, keeping)
    assert same(read, kept)
    assert report == kept_report


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
    assert cache.files.size() == 0
    assert not cache.files.folder.exists()


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
