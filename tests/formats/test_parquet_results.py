"""Predictions in Parquet: to the bit what COCO results, or the same table read cell by cell, are."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import DatasetMismatchError, FormatError, LimitError
from diag_gui.formats import limits, object_tables
from diag_gui.formats.column_choice import parse_columns
from diag_gui.formats.opening import OpenedRun, open_ground_truth, open_predictions, recognise
from diag_gui.formats.recognition import PREDICTIONS
from tests.formats.coco_files import write
from tests.formats.same_facts import same
from tests.formats.test_joined_run import N_CLASSES, N_IMAGES, records

NAN, INF = float("nan"), float("inf")
CORNERS = ("x1", "y1", "x2", "y2")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    content = {
        "images": [{"id": 3 * n, "file_name": f"{n}.jpg", "width": 400, "height": 300} for n in range(N_IMAGES)],
        "annotations": [],
        "categories": [{"id": n, "name": f"class {n}"} for n in range(N_CLASSES)],
    }
    return open_ground_truth(write(tmp_path / "gt.json", content)).dataset


def put(path: Path, columns: dict[str, Any], **how: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path, **how)
    return path


def columns_of(found: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [record.get(name) for record in found] for name in found[0]}


def names(found: list[dict[str, Any]]) -> dict[str, list[Any]]:
    boxes = [record["bbox"] for record in found]
    return {
        "file_name": [f"{record['image_id'] // 3}.jpg" for record in found],
        "class": [f"class {record['category_id']}" for record in found],
        "x1": [box[0] for box in boxes],
        "y1": [box[1] for box in boxes],
        "x2": [box[0] + box[2] for box in boxes],
        "y2": [box[1] + box[3] for box in boxes],
        "score": [record["score"] for record in found],
    }


FORMS = {
    "plain": lambda columns: columns,
    "large lists": lambda columns: {**columns, "bbox": pa.array(columns["bbox"], pa.large_list(pa.float64()))},
    "lists of one length": lambda columns: {**columns, "bbox": pa.array(columns["bbox"], pa.list_(pa.float64(), 4))},
    "int32 ids": lambda columns: {**columns, "image_id": pa.array(columns["image_id"], pa.int32())},
    "float ids": lambda columns: {**columns, "image_id": pa.array(columns["image_id"], pa.float64())},
    "text ids": lambda columns: {**columns, "image_id": [str(one) for one in columns["image_id"]]},
    "coded names": lambda columns: {
        **columns, "category_id": pa.array([f"class {one}" for one in columns["category_id"]]).dictionary_encode()
    },
    "x, y, w, h": lambda columns: {
        **{name: values for name, values in columns.items() if name != "bbox"},
        **dict(zip("xywh", np.array(columns["bbox"]).T, strict=True)),
    },
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_it_is_to_the_bit_what_coco_results_are(tmp_path: Path, dataset: Dataset, form: Any) -> None:
    content = records(500)
    whole = open_predictions(write(tmp_path / "run.json", content), dataset)
    path = put(tmp_path / "run.parquet", form(columns_of(content)), row_group_size=64)
    assert recognise(path).role == PREDICTIONS
    opened = open_predictions(path, dataset)
    assert same(opened.run.predictions, whole.run.predictions)
    assert (opened.report.records, opened.report.loaded, opened.run.name) == (500, 500, "run")
    assert opened.report.codes == whole.report.codes


def read_by_cells(path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, columns: str = "") -> OpenedRun:
    with monkeypatch.context() as patch:
        patch.setattr(object_tables, "_is_parquet", lambda path: False)
        return open_predictions(path, dataset, **({"columns": parse_columns(columns)} if columns else {}))


TABLES: dict[str, dict[str, Any]] = {
    "names and corners": names(records(60)),
    "further columns": {
        **names(records(60)),
        "model": [None, "", "m", "n"] * 15,
        "layer": list(range(60)),
        "ignored": [0, 1] * 30,
        "hard": [True, None] * 30,
        "seen": ["2024-05-31", "2024-06-01 10:00"] * 30,
        "stamp": pa.array([0, None] * 30, pa.timestamp("s")),
        "zone": pa.array([3_600_000_000] * 60, pa.timestamp("us", tz="Europe/Berlin")),
        "nothing": pa.array([None] * 60, pa.float64()),
        "coded": pa.array(["b", "a", None] * 20).dictionary_encode(),
        "small": pa.array([1.5, 2.25] * 30, pa.float32()),
        "deep": [{"a": 1}] * 60,
        "raw": [b"x"] * 60,
    },
    "shares": {**names(records(60)), **{name: [0.1 * (place % 7)] * 60 for place, name in enumerate(("x1", "y1", "x2", "y2"))}},
    "bad rows": {
        **names(records(9)),
        "file_name": [None, "", "77.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", " 5.jpg", "6.jpg"],
        "class": ["class 1"] * 3 + [None, "", "nobody", "class 2", "class 3 ", "CLASS 4"],
        "x1": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, NAN, 8.0, INF],
        "score": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, NAN, 0.5],
    },
    "empty images": {
        **names(records(4)),
        "class": [None, "class 1", None, "class 2"],
        **{name: pa.array([None, 10, least, 20], pa.float64()) for name, least in zip(CORNERS, (0, 0, 1, 1), strict=True)},
        "score": [None, 0.5, 0.0, 0.5],
    },
    "numbers in texts": {**names(records(3)), "x1": ["1,5", "2.5", "x"], "score": ["0.5", "0.25", None]},
    "odd boxes": {
        "image_id": [0, 3, 6, 9],
        "category_id": [1, 1, 1, 1],
        "bbox": [[1.0, 2.0, 3.0, 4.0], [1.0, 2.0], None, [1.0, 2.0, None, 4.0]],
        "score": [0.5] * 4,
    },
    "no rows": {
        name: pa.array([], pa.string() if name in ("file_name", "class") else pa.float64()) for name in names(records(1))
    },
}  # fmt: skip


@pytest.mark.parametrize("columns", TABLES.values(), ids=TABLES)
def test_it_is_what_the_same_table_read_cell_by_cell_is(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, columns: dict[str, Any]
) -> None:
    path = put(tmp_path / "run.parquet", columns)
    slow, fast = read_by_cells(path, dataset, monkeypatch), open_predictions(path, dataset)
    for one, other in zip(fast.run.predictions.attributes.columns, slow.run.predictions.attributes.columns, strict=True):
        assert same(one, other), one.name
    assert same(fast.run.predictions, slow.run.predictions)
    assert fast.report == slow.report
    assert fast.report.loaded + fast.report.dropped == fast.report.records


def test_chosen_columns_are_heard(tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = names(records(30))
    columns = {"where": columns["file_name"], **columns, "p": columns["score"]}
    chosen = "image=where,class=class,x1=x1,y1=y1,x2=x2,y2=y2,score=p,units=pixels"
    path = put(tmp_path / "run.parquet", columns)
    fast = open_predictions(path, dataset, columns=parse_columns(chosen))
    assert same(fast.run.predictions, read_by_cells(path, dataset, monkeypatch, chosen).run.predictions)


def test_bad_rows_are_named(tmp_path: Path, dataset: Dataset) -> None:
    report = open_predictions(put(tmp_path / "run.parquet", TABLES["bad rows"]), dataset).report
    assert report.codes["bad-score"] == 1
    examples = [example for group in report.problems for example in group.examples]
    assert "run.parquet: row 1: has no file_name" in examples
    assert "run.parquet: row 4 (image 1.jpg): has no class" in examples
    assert any(example.startswith("run.parquet: row 3 (image 77.jpg): image '77.jpg'") for example in examples)


@pytest.mark.parametrize("how", ["a folder", "a pattern", "with JSON"])
def test_parts_are_to_the_bit_the_whole(tmp_path: Path, dataset: Dataset, how: str) -> None:
    content = records(90)
    content[40]["image_id"] = 10_000
    for place in range(80, 90):
        content[place]["category_id"] = 88
    whole = open_predictions(write(tmp_path / "whole.json", content), dataset)
    parts = [content[:30], content[30:80], content[80:]]
    paths = [put(tmp_path / "shards" / f"p{n}.parquet", columns_of(part)) for n, part in enumerate(parts)]
    if how == "with JSON":
        paths[1].unlink()
        write(tmp_path / "shards" / "p1.json", parts[1])
    opened = open_predictions(tmp_path / "shards" / ("p*" if how == "a pattern" else ""), dataset)
    assert same(opened.run.predictions, whole.run.predictions)
    assert [(report.records, report.loaded) for report in opened.reports] == [(30, 30), (50, 49), (10, 0)]


def test_one_of_which_nothing_is_known_is_refused_alone(tmp_path: Path, dataset: Dataset) -> None:
    content = [{**record, "image_id": 10_000} for record in records(10)]
    with pytest.raises(DatasetMismatchError, match="none of the 10"):
        open_predictions(put(tmp_path / "run.parquet", columns_of(content)), dataset)


@pytest.mark.parametrize("keep", [4, 5, 100, 2000, -1])
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, dataset: Dataset, keep: int) -> None:
    path = put(tmp_path / "run.parquet", columns_of(records(300)))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FormatError, match=r"run\.parquet"):
        open_predictions(path, dataset, format="table")


def test_damage_within_is_an_error_or_a_row_that_is_named(tmp_path: Path, dataset: Dataset) -> None:
    path = put(tmp_path / "run.parquet", columns_of(records(300)), compression="zstd")
    content = path.read_bytes()
    for place in range(4, len(content) - 8, 97):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            report = open_predictions(path, dataset, format="table").report
        except (FormatError, DatasetMismatchError):
            continue
        assert report.loaded + report.dropped == report.records


@pytest.mark.parametrize("limit", ["parquet_bytes", "parquet_rows"])
def test_limits(tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    path = put(tmp_path / "run.parquet", columns_of(records(30)))
    monkeypatch.setitem(limits.LIMITS, limit, 3)
    with pytest.raises(LimitError, match=limit):
        open_predictions(path, dataset)


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "run.parquet", columns_of(records(3)))
    really = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name.split(".")[0] == "pyarrow":
            raise ImportError(name)
        return really(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(FormatError, match=r"\[parquet\]"):
        open_predictions(path, dataset, format="table")
