"""Hierarchies of classes in a file: joined by id or name, passed through unknown labels, refused where they are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.class_hierarchy import join_hierarchy
from tests.evaluation.coco_facts import coco_dict, dataset_from_coco
from tests.formats.coco_files import write

DATASET = dataset_from_coco(coco_dict(1, 4, []))


def node(label: Any, *below: Any, **more: Any) -> dict[str, Any]:
    return {"LabelName": label, **({"Subcategory": list(below)} if below else {}), **more}


def parents_of(path: Path, tree: Any) -> list[list[int]]:
    dataset, report = join_hierarchy(DATASET, write(path / "tree.json", tree))
    assert report.loaded + report.dropped == report.records
    assert dataset.classes.parents is not None
    return [rows.tolist() for rows in dataset.classes.parents]


def test_labels_within_labels(tmp_path: Path) -> None:
    tree = node("Entity", node("a", node("b", node("d")), node("c")))
    assert parents_of(tmp_path, tree) == [[], [0], [0], [1]]


def test_a_label_under_two_others_lies_below_both(tmp_path: Path) -> None:
    assert parents_of(tmp_path, node("Entity", node("a", node("c")), node("b", node("c")), node("d"))) == [[], [], [0, 1], []]


def test_an_unknown_label_passes_its_place_on_and_is_named(tmp_path: Path) -> None:
    tree = node("a", node("unknown", node("b"), node("unknown too", node("c"))))
    dataset, report = join_hierarchy(DATASET, write(tmp_path / "tree.json", tree))
    assert dataset.classes.parents is not None
    assert [rows.tolist() for rows in dataset.classes.parents] == [[], [0], [0], []]
    assert (report.records, report.loaded, report.dropped, report.codes) == (5, 3, 2, {"label-without-class": 2})


def test_ids_are_labels_and_parts_are_none(tmp_path: Path) -> None:
    assert parents_of(tmp_path, node("1", node("2"), Part=[node("3")])) == [[], [0], [], []]


@pytest.mark.parametrize(
    "tree",
    [
        [],
        {},
        {"Subcategory": []},
        node(7),
        node(""),
        node(None),
        node("a", "b"),
        node("a", {"LabelName": ["b"]}),
        {"LabelName": "a", "Subcategory": {"LabelName": "b"}},
        node("a", node("b", node("a"))),
    ],
    ids=str,
)
def test_what_is_no_hierarchy_is_refused(tmp_path: Path, tree: Any) -> None:
    with pytest.raises(FormatError):
        join_hierarchy(DATASET, write(tmp_path / "tree.json", tree))


def test_a_hierarchy_of_other_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetMismatchError, match="none of its 2 labels"):
        join_hierarchy(DATASET, write(tmp_path / "tree.json", node("x", node("y"))))


def test_a_deep_one_is_refused_by_the_limit_of_json(tmp_path: Path) -> None:
    text = '{"LabelName": "a", "Subcategory": [' * 5000 + '{"LabelName": "a"}' + "]}" * 5000
    (tmp_path / "tree.json").write_text(text)
    with pytest.raises(FormatError, match="json_depth"):
        join_hierarchy(DATASET, tmp_path / "tree.json")
