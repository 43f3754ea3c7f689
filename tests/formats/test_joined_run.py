"""Several files as one run: to the bit what one file with all their records is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.run_files import files_named, is_there, joined
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.opening import OpenedRun, open_ground_truth, open_predictions
from diag_gui.formats.recognition import PREDICTIONS, recognise
from diag_gui.formats.run_name import run_name
from tests.formats.coco_files import write
from tests.formats.same_facts import same

N_IMAGES, N_CLASSES = 40, 5
NAN = float("nan")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    content = {
        "images": [{"id": 3 * n, "file_name": f"{n}.jpg", "width": 400, "height": 300} for n in range(N_IMAGES)],
        "annotations": [{"id": n, "image_id": 3 * n, "category_id": n % N_CLASSES, "bbox": [10, 10, 50, 40]} for n in range(30)],
        "categories": [{"id": n, "name": f"class {n}"} for n in range(N_CLASSES)],
    }
    return open_ground_truth(write(tmp_path / "gt.json", content)).dataset


def records(n: int, seed: int = 7, **fields: Any) -> list[dict[str, Any]]:
    """Return ``n`` results on any image; ``fields`` are values or functions of the place."""
    draw = np.random.default_rng(seed)
    boxes = np.column_stack([draw.uniform(0, 300, n), draw.uniform(0, 200, n), draw.uniform(1, 90, (n, 2))]).round(2)
    return [
        {
            "image_id": 3 * int(draw.integers(N_IMAGES)),
            "category_id": int(draw.integers(N_CLASSES)),
            "bbox": boxes[place].tolist(),
            "score": round(float(draw.random()), 2),
            **{name: value(place) if callable(value) else value for name, value in fields.items()},
        }
        for place in range(n)
    ]


def split(folder: Path, whole: list[Any], n: int, *, dealt: bool = False) -> list[Path]:
    folder.mkdir(exist_ok=True)
    parts = (
        [whole[k::n] for k in range(n)] if dealt else [whole[k * len(whole) // n : (k + 1) * len(whole) // n] for k in range(n)]
    )
    return [write(folder / f"part-{place}.json", part) for place, part in enumerate(parts)]


def check_equal(joined_run: OpenedRun, whole: OpenedRun, n: int) -> None:
    """Check a run of ``n`` files against the one file that holds all their records."""
    assert same(joined_run.run.predictions, whole.run.predictions)
    assert len(joined_run.reports) == n
    for count in ("records", "loaded", "dropped"):
        assert sum(getattr(report, count) for report in joined_run.reports) == getattr(whole.report, count)
    assert len(joined_run.run.parts) == n


def polygon(place: int) -> Any:
    return [[10, 10, 40 + place % 7, 10, 40, 30, 10, 30]] if place % 3 else None


CONTENTS: dict[str, list[dict[str, Any]]] = {
    "plain": records(300),
    "sorted": sorted(records(300), key=lambda record: record["image_id"]),
    "columns": records(300, model=lambda n: f"m{n % 4}", layer=lambda n: n % 5, hard=lambda n: n % 2 == 0),
    "columns of some": [{**one, **({"late": n, "word": f"w{n}"} if n > 200 else {})} for n, one in enumerate(records(300))],
    "times": records(90, seen=lambda n: f"2024-05-{n % 28 + 1:02d}"),
    "masks": records(120, segmentation=polygon),
    "masks at the end": records(120, segmentation=lambda n: polygon(n) if n > 100 else None),
    "dropped": [{**one, **({"score": NAN} if n % 11 == 0 else {})} for n, one in enumerate(records(300))],
    "unknown image in one part": [{**one, **({"image_id": 10_000} if n == 250 else {})} for n, one in enumerate(records(300))],
    "unknown class in one part": [{**one, **({"category_id": 77} if n < 9 else {})} for n, one in enumerate(records(300))],
    "text ids in one part": [{**one, **({"image_id": "3.jpg"} if n < 60 else {})} for n, one in enumerate(records(300))],
    "odd boxes": records(200, bbox=lambda n: [n, n, n % 2, n]),
    "few": records(2),
}


@pytest.mark.parametrize("dealt", [False, True], ids=["in order", "dealt out"])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_parts_are_to_the_bit_the_whole_file(tmp_path: Path, dataset: Dataset, content: list[Any], dealt: bool) -> None:
    files = split(tmp_path / "shards", content, 3, dealt=dealt)
    in_order = [record for file in files for record in json.loads(file.read_text())]
    whole = open_predictions(write(tmp_path / "whole.json", in_order), dataset)
    for path in (tmp_path / "shards" / "*.json", Path("+".join(map(str, files)))):
        check_equal(open_predictions(path, dataset), whole, 3)


def test_a_folder_of_results_is_one_run(tmp_path: Path, dataset: Dataset) -> None:
    content = records(300)
    split(tmp_path / "shards", content, 4)
    opened = open_predictions(tmp_path / "shards", dataset)
    check_equal(opened, open_predictions(write(tmp_path / "whole.json", content), dataset), 4)
    assert opened.run.name == "shards"
    assert opened.run.source.path == tmp_path / "shards"
    assert [report.path.name for report in opened.reports] == [f"part-{n}.json" for n in range(4)]
    assert recognise(tmp_path / "shards").role == PREDICTIONS


def test_each_record_is_traced_to_its_file(tmp_path: Path, dataset: Dataset) -> None:
    files = split(tmp_path / "shards", records(100), 3)
    run = open_predictions(tmp_path / "shards", dataset).run
    contents = {file.name: json.loads(file.read_text()) for file in files}
    assert sorted(run.predictions.source_index.tolist()) == list(range(100))
    for row in range(100):
        source, place = run.place_of(int(run.predictions.source_index[row]))
        assert contents[source.path.name][place]["bbox"] == run.predictions.xywh[row].tolist()


def test_each_file_has_its_own_account(tmp_path: Path, dataset: Dataset) -> None:
    content = records(30)
    content[12]["image_id"] = 10_000
    content[25]["bbox"] = [1, 2]
    split(tmp_path / "shards", content, 3)
    reports = open_predictions(tmp_path / "shards", dataset).reports
    assert [(report.records, report.loaded, report.dropped) for report in reports] == [(10, 10, 0), (10, 9, 1), (10, 9, 1)]
    assert [report.codes for report in reports] == [{}, {"unknown-image": 1}, {"bad-box": 1}]
    assert reports[1].problems[0].examples[0].startswith("part-1.json: record [2]")
    assert len({report.sha256 for report in reports}) == 3


def test_a_part_of_which_nothing_is_known_is_dropped_as_in_one_file(tmp_path: Path, dataset: Dataset) -> None:
    content = records(30)
    for record in content[:10]:
        record["image_id"] += 10_000
    split(tmp_path / "shards", content, 3)
    reports = open_predictions(tmp_path / "shards", dataset).reports
    assert [report.loaded for report in reports] == [0, 10, 10]
    assert reports[0].codes == {"unknown-image": 10, "few-ids-match": 1}
    with pytest.raises(DatasetMismatchError, match="none of the 10"):
        open_predictions(tmp_path / "shards" / "part-0.json", dataset)


@pytest.mark.parametrize("field", ["image_id", "category_id"])
def test_a_run_of_which_nothing_is_known_is_refused(tmp_path: Path, dataset: Dataset, field: str) -> None:
    content = records(30)
    for record in content:
        record[field] += 10_000
    split(tmp_path / "shards", content, 3)
    with pytest.raises(DatasetMismatchError, match="none of the 30 predictions in 3 files"):
        open_predictions(tmp_path / "shards", dataset)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('[{"image_id": 3, "category_id": 1', "part-1.json.*looks like metadata"),
        ('{"images": [], "categories": []}', "part-1.json"),
        ("hello there", "part-1.json"),
        ('[{"image_id": 3, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}, {"image', "part-1.json.*truncated"),
        ("", "part-1.json.*empty"),
    ],
)
def test_a_bad_part_is_named(tmp_path: Path, dataset: Dataset, bad: str, said: str) -> None:
    files = split(tmp_path / "shards", records(30), 3)
    files[1].write_text(bad, encoding="utf-8")
    for path in (tmp_path / "shards" / "*.json", joined(tuple(files))):
        with pytest.raises(FormatError, match=said):
            open_predictions(path, dataset)


@pytest.mark.parametrize(
    ("path", "said"),
    [("shards/*.txt", "no file matches"), ("shards/part-0.json+shards/part-7.json", r"part-7.json: names no file"),
     ("shards/part-0.json+", "No such file"), ("nothing.json", "No such file")],
)  # fmt: skip
def test_what_names_no_file_is_said(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, path: str, said: str
) -> None:
    split(tmp_path / "shards", records(30), 2)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormatError, match=said):
        open_predictions(path, dataset)


def test_a_file_named_twice_is_refused(tmp_path: Path, dataset: Dataset) -> None:
    one, two = split(tmp_path / "shards", records(30), 2)
    with pytest.raises(FormatError, match=r"part-0.json twice"):
        open_predictions(joined((one, two, one)), dataset)


def test_runs_over_the_same_objects_are_no_parts(tmp_path: Path, dataset: Dataset) -> None:
    content = records(200)
    folder = tmp_path / "runs"
    folder.mkdir()
    moved = [{**one, "bbox": [one["bbox"][0] + 0.5, *one["bbox"][1:]]} for one in content]
    write(folder / "night.json", content)
    write(folder / "day.json", moved)
    with pytest.raises(FormatError, match=r"2 files of predictions: day.json, night.json; they find the same objects"):
        open_predictions(folder, dataset)
    opened = open_predictions(folder / "*.json", dataset)
    assert len(opened.run.predictions) == 400
    assert opened.report.codes == {"parts-look-like-runs": 1, "few-labels-reached": 1}


def test_other_formats_are_joined_too(tmp_path: Path, dataset: Dataset) -> None:
    lines = [f"class_{n % N_CLASSES} .5 {10 + n} 20 {40 + n} 50" for n in range(6)]
    for name, part in (("3", lines[:3]), ("4", lines[3:])):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.txt").write_text("\n".join(part), encoding="utf-8")
    opened = open_predictions(Path(f"{tmp_path}/3/3.txt+{tmp_path}/4/4.txt"), dataset)
    assert [report.loaded for report in opened.reports] == [3, 3]
    assert opened.run.predictions.image_row.tolist() == [3, 3, 3, 4, 4, 4]
    assert opened.run.predictions.source_index.tolist() == list(range(6))


def test_columns_of_another_kind_are_judged_together(tmp_path: Path, dataset: Dataset) -> None:
    values = [1, 2.5, True, "fog", None, 3]
    content = [{**one, "mixed": value, "ignored": n % 3} for n, (one, value) in enumerate(zip(records(6), values, strict=True))]
    files = split(tmp_path / "shards", content, 6)
    whole = open_predictions(write(tmp_path / "whole.json", content), dataset)
    check_equal(open_predictions(joined(tuple(files)), dataset), whole, 6)


def test_parts_are_kept_one_by_one(tmp_path: Path, dataset: Dataset) -> None:
    cache = ColumnCache(tmp_path / "cache", min_source_bytes=1)
    split(tmp_path / "shards", records(90, segmentation=polygon), 3)
    first = open_predictions(tmp_path / "shards", dataset, cache=cache)
    kept = open_predictions(tmp_path / "shards", dataset, cache=cache)
    assert len(list(cache.files.folder.glob("*.columns"))) == 3
    assert same(first.run.predictions, kept.run.predictions)
    assert first.reports == kept.reports


def test_a_table_of_runs_names_the_whole(tmp_path: Path, dataset: Dataset) -> None:
    split(tmp_path / "shards", records(30), 2)
    (tmp_path / "runs.csv").write_text("file,name\nshards,Monday\n", encoding="utf-8")
    assert open_predictions(tmp_path / "shards", dataset).run.name == "Monday"


class TestNames:
    """Which files a path names, and what their run is called."""

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "shards").mkdir()
        for name in ("a.json", "b.json", "a+b.json", "odd[1].json", "shards/part-1.json", "shards/part-10.json",
                     "shards/part-2.json"):  # fmt: skip
            (tmp_path / name).write_text("[]", encoding="utf-8")

    @pytest.mark.parametrize(
        ("text", "files"),
        [
            ("a.json", []),
            ("shards", []),
            ("a+b.json", []),
            ("odd[1].json", []),
            ("a.json+b.json", ["a.json", "b.json"]),
            ("b.json+a.json", ["b.json", "a.json"]),
            ("a+b.json+a.json", ["a+b.json", "a.json"]),
            ("odd[1].json+a.json", ["odd[1].json", "a.json"]),
            ("shards/*.json", ["shards/part-1.json", "shards/part-10.json", "shards/part-2.json"]),
            ("shards/part-?.json+a.json", ["shards/part-1.json", "shards/part-2.json", "a.json"]),
            ("**/part-1.json", ["shards/part-1.json"]),
            ("[ab].json", ["a.json", "b.json"]),
        ],
    )
    def test_files(self, text: str, files: list[str]) -> None:
        assert files_named(Path(text)) == (tuple(map(Path, files)), "")
        assert is_there(Path(text))

    @pytest.mark.parametrize(("text", "missing"), [("c.json", "c.json"), ("a.json+c.json", "c.json"), ("c*", "c*")])
    def test_what_is_missing(self, text: str, missing: str) -> None:
        assert files_named(Path(text)) == ((), missing)
        assert not is_there(Path(text))

    @pytest.mark.parametrize(
        ("text", "name"),
        [("shards/*.json", "part"), ("[ab].json", "a+b"), ("*.json", None), ("a.json+b.json", "a+b"), ("shards", "shards"),
         ("a.json+b.json+a+b.json+shards/part-1.json", "a+b+a+b+1"), ("shards/part-1.json+shards/part-2.json", "part")],
    )  # fmt: skip
    def test_name_of_the_run(self, tmp_path: Path, text: str, name: str | None) -> None:
        assert run_name(Path(text)) == (name or tmp_path.name)

    @pytest.mark.parametrize("text", ["b/" * 5000 + "c", "b/" * 5000 + "*.json+a.json", "a\0b", "a\0*", "+", "++", "*+"])
    def test_what_cannot_be_a_path_is_not_there(self, text: str) -> None:
        assert not is_there(Path(text))

    def test_joined_names_the_same_from_anywhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = joined((Path("a.json"), Path("shards/part-1.json")))
        monkeypatch.chdir("/")
        assert files_named(path)[0] == (tmp_path / "a.json", tmp_path / "shards" / "part-1.json")
