"""Large documents are told apart by their beginning, as they are by the whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from diag_gui.formats import document_glance, recognition
from diag_gui.formats.recognition import Recognised, recognise
from tests.formats.coco_files import good, results

PADDING = {"description": "x" * 1_200_000}


def put(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> Recognised:
    """Return what a file is recognised as when all of it is read."""
    with monkeypatch.context() as patch:
        patch.setattr(recognition, "glance", lambda path, is_enough: None)
        return recognise(path)


def without(content: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in keys}


DOCUMENTS: dict[str, Any] = {
    "ground truth": {"info": PADDING, **without(good(), "info")},
    "padding last": {**without(good(), "info"), "info": PADDING},
    "annotations first": {"annotations": good()["annotations"], "info": PADDING, "images": good()["images"]},
    "no annotations": {"info": PADDING, "images": good()["images"], "categories": []},
    "empty lists": {"info": PADDING, "images": [], "annotations": [], "categories": []},
    "lvis": {"info": PADDING, "images": [{"id": 1, "neg_category_ids": []}], "annotations": good()["annotations"]},
    "results with images": {"info": PADDING, "images": good()["images"], "annotations": results()},
    "results": {"info": PADDING, "predictions": results()},
    "predictions and annotations": {"predictions": results(), "info": PADDING, "annotations": good()["annotations"]},
    "scores deeper down": {"info": PADDING, "images": good()["images"], "annotations": [{"id": 1, "more": {"score": 1}}]},
    "annotations within a text": {"info": '"annotations": [{"score": 1}]', "padding": PADDING, "images": good()["images"]},
    "a table": {"info": PADDING, "rows": [{"a": 1}]},
    "lists of numbers": {"info": PADDING, "images": [1, 2], "annotations": [3]},
}


@pytest.mark.parametrize("content", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_glance_says_what_the_whole_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Any) -> None:
    path = put(tmp_path / "a.json", content)
    assert path.stat().st_size > document_glance.LARGE
    assert recognise(path) == whole(path, monkeypatch)


@pytest.mark.parametrize("name", ["ground truth", "results with images", "lvis"])
def test_the_rest_of_a_large_document_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if document_glance.json_values is None:
        monkeypatch.setattr(recognition, "glance", lambda path, is_enough: None)
        assert recognise(put(tmp_path / "a.json", DOCUMENTS[name])).format
        return
    path = put(tmp_path / "a.json", DOCUMENTS[name])
    expected = whole(path, monkeypatch)
    monkeypatch.setattr(recognition, "read_json_bytes", lambda path: pytest.fail("all of it was read"))
    with path.open("a", encoding="utf-8") as file:
        file.write("x" * 1000)
    assert recognise(path) == expected


def test_compressed_and_broken_ones_are_judged_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "a.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(DOCUMENTS["ground truth"]).encode(), compresslevel=0))
    assert recognise(packed).role == "ground truth"
    cut = tmp_path / "cut.json"
    cut.write_text(json.dumps(DOCUMENTS["ground truth"])[:-60_0], encoding="utf-8")
    assert recognise(cut).role == whole(cut, monkeypatch).role
    odd = tmp_path / "odd.json"
    odd.write_text('{"a" 1' + " " * 1_200_000, encoding="utf-8")
    assert recognise(odd) == whole(odd, monkeypatch)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("\ufeff\n " + json.dumps(DOCUMENTS["ground truth"]), encoding="utf-8")
    assert recognise(path).format == "coco"
