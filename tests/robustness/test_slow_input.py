"""Small files made to take for ever: patterns that look back, quotes never closed, a field per record, millions of tags."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats import limits
from diag_gui.formats.opening import open_ground_truth, recognise
from tests.formats.coco_files import good, write
from tests.formats.reading import codes
from tests.work import yardstick

YARDSTICKS = 200
"""Each takes a few of these at most; before it was mended, a thousand or more."""


@pytest.fixture(autouse=True)
def little_work() -> Iterator[None]:
    unit = yardstick()
    started = time.process_time()
    yield
    assert (time.process_time() - started) / unit < YARDSTICKS


@pytest.mark.parametrize(
    "line",
    ["a " + "1" * 60_000 + "x 1 1 1", ("1" * 5_000 + " ") * 8 + "x y", "1 " * 30_000 + "x", ". " * 30_000, "1,1;" * 15_000],
    ids=["digits", "corners", "numbers", "points", "pairs"],
)
def test_a_line_of_digits_is_told_at_once(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(line + "\n")
    assert recognise(path).reason


@pytest.mark.parametrize("start", ['{"images": ', "["])
def test_quotes_that_are_never_closed(tmp_path: Path, start: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(start + "[" * 300 + '"' + '\\"' * 300_000)
    with pytest.raises(FormatError):
        open_ground_truth(path)


def test_a_text_that_is_closed_hides_its_brackets(tmp_path: Path) -> None:
    content = good()
    content["info"]["description"] = "[" * 500 + '"\\' + "[" * 500 + "\n"
    assert open_ground_truth(write(tmp_path / "gt.json", content)).report.loaded == 4


@pytest.mark.parametrize("inner", [b"<x/>", b"<x>"])
def test_millions_of_tags(tmp_path: Path, inner: bytes) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"<annotation>" + inner * 5_000_000 + b"</annotation>")
    with pytest.raises(LimitError, match="xml_tags"):
        open_ground_truth(path)


def test_a_field_per_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "extra_cells", 1)
    content = good()
    record = content["annotations"][0]
    content["annotations"] = [record | {"id": n, f"field {n:03}": n} for n in range(300)]
    opened = open_ground_truth(write(tmp_path / "gt.json", content))
    assert len(opened.dataset.ground_truth.attributes.names) == 100
    assert codes(opened.report)["fields-left-out"] == 1
    assert "300 fields" in next(group for group in opened.report.problems if group.code == "fields-left-out").examples[0]


def test_a_class_name_that_thousands_share(tmp_path: Path) -> None:
    content = good()
    content["categories"] += [{"id": n, "name": "gull" if n % 2 else f"gull {n}"} for n in range(10, 50_000)]
    path = tmp_path / "gt.json"
    path.write_text(json.dumps(content))
    assert codes(open_ground_truth(path).report)["duplicate-class-name"] == 1


def test_whole_numbers_that_all_have_one_hash(tmp_path: Path) -> None:
    alike = 2**61 - 1
    content = good()
    content["images"] = [{"id": alike * (2**40 + n), "file_name": f"{n}.jpg"} for n in range(20_000)]
    content["annotations"] = [
        {"id": alike * (2**41 + n), "image_id": alike * (2**40 + n), "category_id": 1, "bbox": [1, 1, 5, 5]}
        for n in range(20_000)
    ]
    assert open_ground_truth(write(tmp_path / "gt.json", content)).report.loaded == 20_000


def test_a_property_per_feature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "extra_cells", 1)
    shape = {"type": "Polygon", "coordinates": [[[1, 1], [5, 1], [5, 5], [1, 5], [1, 1]]]}
    features = [{"type": "Feature", "properties": {"category": "a", f"f{n}": n}, "geometry": shape} for n in range(3_000)]
    opened = open_ground_truth(write(tmp_path / "a.geojson", {"type": "FeatureCollection", "features": features}))
    assert opened.report.loaded == 3_000
    assert len(opened.dataset.ground_truth.attributes.names) == 100


def test_a_list_of_tens_of_thousands_of_labels(tmp_path: Path) -> None:
    listed = "".join(f"<label><name>class {n}</name></label>" for n in range(30_000))
    path = tmp_path / "a.xml"
    path.write_text(
        f"<annotations><meta><labels>{listed}</labels></meta><image id='0' name='a.jpg' width='9' height='9'/></annotations>"
    )
    assert len(open_ground_truth(path).dataset.classes) == 30_000
