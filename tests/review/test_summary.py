from __future__ import annotations

import json
from pathlib import Path

from diag_gui.review.events import LABEL_IS_FINE, decide
from diag_gui.review.project import FileReference, Project
from diag_gui.review.store import ReviewStore
from diag_gui.review.summary import summarize_project
from tests.review.decisions_by_hand import add, note, remove, verdict
from tests.review.test_store import LABEL


def test_the_summary_lists_what_stands_and_how_it_came_about(tmp_path: Path) -> None:
    path = tmp_path / "p.diag"
    (tmp_path / "gt.json").touch()
    with ReviewStore.create(path, Project(FileReference.to(tmp_path / "gt.json", path, sha256="ab", format="coco"))) as store:
        made = store.append(decide("ann", "Tag 2", [add("a.jpg", "relabel"), add(LABEL, "relabel"), note("a.jpg", "look")]))
        store.append(decide("bob", "Fine", [verdict(LABEL, LABEL_IS_FINE), remove("a.jpg", "relabel")]))
        store.undo("bob")
        store.redo("bob")
    with ReviewStore.open(path, read_only=True) as store:
        body = json.loads(json.dumps(summarize_project(store), allow_nan=False))
    assert body["version"] == 1
    assert body["dataset"]["relative"] == "gt.json"
    assert body["dataset"]["found"] is True
    assert body["image_root"] is None
    assert [(tag["tag"], tag["image"], tag["author"], tag["at"]) for tag in body["tags"]] == [
        ("relabel", LABEL.image.path, "ann", made.at.isoformat())
    ]
    assert body["tags"][0]["id"] == "id-7"
    assert [(entry["note"], entry["kind"]) for entry in body["notes"]] == [("look", "image")]
    assert [(entry["verdict"], entry["author"]) for entry in body["verdicts"]] == [(LABEL_IS_FINE, "bob")]
    assert body["counts"] == {
        "objects": 2,
        "by_kind": {"image": 1, "ground truth": 1, "prediction": 0, "pair": 0},
        "reviewed": 1,
        "tagged": {"relabel": 1},
        "verdicts": {LABEL_IS_FINE: 1},
        "notes": 1,
        "operations": 4,
        "events": 9,
        "authors": ["ann", "bob"],
    }
    assert [(entry["kind"], entry["label"]) for entry in body["history"]] == [
        ("do", "Tag 2"),
        ("do", "Fine"),
        ("undo", "Undo fine"),
        ("redo", "Redo fine"),
    ]
    assert body["history"][2]["reverses"] == body["history"][1]["id"]
    assert body["history"][1]["events"][1]["before"] == "relabel"
