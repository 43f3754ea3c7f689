"""The table of limits is the limits: what is over one is refused, and the refusal names it."""

from __future__ import annotations

import gzip
import json
import re
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.data.read_report import ReadReport
from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats import decode_worker, limits
from diag_gui.formats.class_lists import read_class_list
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.formats.image_size import read_header
from diag_gui.formats.images import DecodeRequest, Picture, decode
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.opening import open_ground_truth, open_predictions
from diag_gui.formats.table_reading import read_table
from diag_gui.formats.xml_reading import parse_xml
from diag_gui.formats.yaml_reading import parse_yaml, read_yaml
from tests.formats.coco_files import good, with_annotation, write
from tests.formats.large_tiffs import pattern, write_huge, write_tiff
from tests.formats.pictures import encoded
from tests.formats.reading import put_text

VOC = "<annotation><filename>1.jpg</filename><object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax>\
<ymax>9</ymax></bndbox></object></annotation>"
CVAT = "<annotations><image id='0' name='1.jpg' width='99' height='99'><box label='cat' xtl='1' ytl='1' xbr='9' ybr='9'/></image>\
</annotations>"
ROW = {"image_id": [1], "category_id": [1], "x": [1.0], "y": [1.0], "w": [9.0], "h": [9.0], "score": [0.5]}


def coco(folder: Path, **first: Any) -> ReadReport:
    return open_ground_truth(write(folder / "gt.json", with_annotation(**first))).report


def opened(path: Path, *lines: str) -> ReadReport:
    return open_ground_truth(put_text(path, *lines)).report


def parquet(folder: Path, n_rows: int) -> ReadReport:
    import pyarrow
    from pyarrow import parquet

    path = folder / "run.parquet"
    parquet.write_table(pyarrow.table({name: cells * n_rows for name, cells in ROW.items()}), path)
    return open_predictions(path, open_ground_truth(write(folder / "gt.json", good())).dataset).report


def table_of_parquet(folder: Path) -> object:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(ROW), folder / "a.parquet")
    return read_table(folder / "a.parquet")


def packed(folder: Path, content: bytes) -> ReadReport:
    path = folder / "gt.json.gz"
    path.write_bytes(gzip.compress(content))
    return open_ground_truth(path).report


def numpy_images(folder: Path) -> ReadReport:
    for name, array in {"image_id": [1, 9], "category_id": [1, 1], "bbox": [[1.0, 1, 5, 5]] * 2}.items():
        np.save(folder / f"{name}.npy", np.array(array))
    return open_ground_truth(folder).report


def picture(folder: Path, side: int = 200) -> Path:
    path = folder / "a.png"
    path.write_bytes(encoded(".png", side, side))
    return path


def promising(folder: Path) -> object:
    """Read the header of a file of some 10,000 bytes that promises 25 million pixels."""
    data = bytearray(encoded(".png", 20, 20))
    data[16:24] = struct.pack(">II", 5_000, 5_000)
    path = folder / "a.png"
    path.write_bytes(bytes(data) + bytes(10_000))
    return read_header(path)


def without_overviews(folder: Path) -> Path:
    return write_huge(folder / "a.tif", 17_000, marks=[(9, 9)], overviews=False)


def in_worker(path: Path, **request: Any) -> Picture:
    with DecodeWorker() as worker:
        return worker.submit(DecodeRequest(path, **request)).result(120)


OVER: dict[str, tuple[int | None, Callable[[Path], object]]] = {
    "json_bytes": (100, coco),
    "gzip_ratio": (None, lambda folder: packed(folder, b"[" + bytes([32]) * (20 << 20) + b"]")),
    "json_depth": (None, lambda folder: coco(folder, notes=json.loads("[" * 300 + "]" * 300))),
    "text_bytes": (5, lambda folder: read_class_list(put_text(folder / "classes.txt", "cat", "dog"))),
    "table_bytes": (5, lambda folder: read_table(put_text(folder / "a.csv", "a,b", "1,2"))),
    "parquet_bytes": (100, lambda folder: parquet(folder, 1)),
    "parquet_rows": (2, lambda folder: parquet(folder, 3)),
    "table_columns": (2, lambda folder: read_table(put_text(folder / "a.csv", "a,b,c", "1,2,3"))),
    "table_cells": (6, table_of_parquet),
    "xml_bytes": (100, lambda folder: opened(folder / "a.xml", VOC)),
    "cvat_bytes": (100, lambda folder: opened(folder / "a.xml", CVAT)),
    "xml_depth": (2, lambda folder: parse_xml(folder / "a.xml", b"<a><b><c/></b></a>")),
    "xml_tags": (4, lambda folder: parse_xml(folder / "a.xml", b"<a><b/><c/><d/></a>")),
    "yaml_bytes": (5, lambda folder: read_yaml(put_text(folder / "a.yaml", "names: [cat]"))),
    "yaml_depth": (2, lambda folder: parse_yaml(folder / "a.yaml", "[[[]]]")),
    "yaml_nodes": (20, lambda folder: parse_yaml(folder / "a.yaml", "a: &a [1, 2, 3, 4]\nb: &b [*a, *a]\nc: [*b, *b]")),
    "name_chars": (5, lambda folder: read_class_list(put_text(folder / "classes.txt", "kingfisher"))),
    "n_classes": (2, lambda folder: read_class_list(put_text(folder / "classes.txt", "cat", "dog", "bird"))),
    "n_images": (5, numpy_images),
    "box_px": (50, lambda folder: coco(folder, bbox=[1, 1, 60, 5])),
    "polygon_px": (None, lambda folder: coco(folder, segmentation=[[1, 1, 2_000_000, 1, 5, 5]])),
    "mask_pixels": (None, lambda folder: coco(folder, segmentation={"size": [60_000, 60_000], "counts": [1]})),
    "image_bytes": (100, lambda folder: decode(DecodeRequest(picture(folder)))),
    "image_pixels": (20_000, lambda folder: decode(DecodeRequest(picture(folder)))),
    "pixels_per_byte": (100, promising),
    "image_side": (150, lambda folder: decode(DecodeRequest(picture(folder)))),
    "window_side": (150, lambda folder: read_header(write_tiff(folder / "a.tif", pattern(200, 10, 1, "uint8")))),
    "picture_s": (0, lambda folder: in_worker(picture(folder, 4_000))),
    "overview_s": (0, lambda folder: in_worker(without_overviews(folder), max_side=50)),
}  # fmt: skip
"""For each limit: what it is lowered to, None where it is broken as it stands, and what is over it then."""

OTHERWISE = {"table_cell_chars", "extra_fields", "extra_cells", "decoder_bytes"}
"""Limits whose refusal says in other words what it is for; each has a test of its own below."""


def test_every_limit_stands_in_the_table_and_is_tested() -> None:
    assert limits.__doc__ is not None
    documented = re.findall(r"^([a-z_]+) {2,}\S", limits.__doc__, re.MULTILINE)
    assert [name for name in documented if name != "name"] == list(LIMITS)
    assert {*OVER, *OTHERWISE} == set(LIMITS)


@pytest.mark.parametrize("name", OVER)
def test_what_is_over_a_limit_is_refused_by_its_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maximum, attempt = OVER[name]
    if maximum:
        assert refusals(attempt, tmp_path) == []
    if maximum is not None:
        monkeypatch.setitem(LIMITS, name, maximum)
    assert refusals(attempt, tmp_path) == [name]


def refusals(attempt: Callable[[Path], object], folder: Path) -> list[str]:
    """Return which limits something broke: by an error, or by records that it left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            done = attempt(folder)
        except LimitError as error:
            return [error.limit]
        except FormatError as error:
            return re.findall(r"limit ([a-z_]+) of", error.reason)
    examples = [text for group in done.problems for text in group.examples] if isinstance(done, ReadReport) else []
    return [name for text in examples for name in re.findall(r"limit ([a-z_]+) of", text)]


def test_a_cell_may_be_so_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put_text(tmp_path / "a.csv", "a,b", f"{'x' * 30},2")
    assert len(read_table(path).columns["a"]) == 1
    monkeypatch.setitem(LIMITS, "table_cell_chars", 20)
    with pytest.raises(FormatError, match=r"line 2: field larger than field limit \(20\)"):
        read_table(path)


@pytest.mark.parametrize(("name", "maximum", "n_kept"), [("extra_fields", 2, 2), ("extra_cells", 3, 100)])
def test_so_many_fields_become_columns(
    name: str, maximum: int, n_kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "gt.json", with_annotation(**{f"field {n:03}": n for n in range(120)}))
    assert len(open_ground_truth(path).dataset.ground_truth.attributes.names) == 120
    monkeypatch.setitem(LIMITS, name, maximum)
    found = open_ground_truth(path)
    assert len(found.dataset.ground_truth.attributes.names) == n_kept
    assert found.report.codes["fields-left-out"] == 1


def test_decoding_takes_so_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = picture(tmp_path, 4_000)
    assert in_worker(large).shape == (4_000, 4_000, 3)
    lowered = "from diag_gui.formats.limits import LIMITS; LIMITS['decoder_bytes'] = 16 << 20; from diag_gui"
    monkeypatch.setattr(decode_worker, "_COMMAND", decode_worker._COMMAND.replace("from diag_gui", lowered))
    with pytest.raises(FormatError, match="picture is unreadable"):
        in_worker(large)


def test_an_error_names_the_limit_and_both_numbers() -> None:
    limits.check_limit("a.json", "xml_depth", limits.LIMITS["xml_depth"])
    with pytest.raises(LimitError, match=r"a.json: element 3: too large: 65 is over the limit xml_depth of 64"):
        limits.check_limit("a.json", "xml_depth", 65, "element 3")
