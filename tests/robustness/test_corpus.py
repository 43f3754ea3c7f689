"""The corpus that the project makes itself does what its manifest says, everywhere these tests run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robustness.forked import ForkedCalls
from tests.robustness.make_corpus import make_corpus
from tests.robustness.run import run_manifest
from tests.shared_data import CORPUS, needs_shared

PARTS = (
    "gt/",
    "pred/",
    "yolo/",
    "voc/",
    "cvat/",
    "labelme/",
    "labelstudio/",
    "datumaro/",
    "bdd/",
    "geo/",
    "lines/",
    "table/",
    "parquet/",
    "openimages/",
    "meta/",
    "image/",
    "project/",
)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def forked() -> Iterator[ForkedCalls]:
    with ForkedCalls() as calls:
        yield calls


@pytest.mark.parametrize("part", PARTS)
def test_each_part_does_what_its_manifest_says(manifest: Path, forked: ForkedCalls, part: str) -> None:
    items = json.loads(manifest.read_text())["items"]
    chosen = {item["id"] for item in items if item["file"].startswith(part)}
    assert len(chosen) >= 5
    said: list[str] = []
    assert run_manifest(manifest, chosen, said.append, forked=forked) == 0, "\n".join(line for line in said if line[:2] != "ok")


def test_a_fresh_process_says_the_same_as_a_forked_one(manifest: Path, forked: ForkedCalls) -> None:
    items = json.loads(manifest.read_text())["items"]
    chosen = {item["id"] for item in items[:: len(items) // 12]}
    fresh: list[str] = []
    again: list[str] = []
    assert run_manifest(manifest, chosen, fresh.append) == 0
    assert run_manifest(manifest, chosen, again.append, forked=forked) == 0
    assert [line.partition(" in ")[0] for line in fresh] == [line.partition(" in ")[0] for line in again]


def test_every_item_belongs_to_a_part_and_ids_are_distinct(manifest: Path) -> None:
    items = json.loads(manifest.read_text())["items"]
    assert all(item["file"].startswith(PARTS) for item in items)
    assert len({item["id"] for item in items}) == len(items)


@needs_shared
def test_it_has_no_fewer_of_any_sort_than_the_shared_one(manifest: Path) -> None:
    def sorts(path: Path) -> Counter[tuple[str, str, str]]:
        items = json.loads(path.read_text())["items"]
        return Counter((item["role"], item["expected"], item["file"].split("/")[0]) for item in items)

    ours, theirs = sorts(manifest), sorts(CORPUS / "manifest.json")
    assert {sort: (n, ours[sort]) for sort, n in theirs.items() if ours[sort] < n} == {}
