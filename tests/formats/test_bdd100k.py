"""BDD100K and Scalabel frames: boxes, outlines, flags, widths with and without the last pixel, predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diag_gui.formats.opening import open_ground_truth
from tests.formats.reading import boxes, codes, found_in, labels_of, put_json


def frame(*labels: Any, name: str = "a.jpg") -> dict[str, Any]:
    return {"name": name, "attributes": {"weather": "rainy", "timeofday": "night"}, "timestamp": 10000, "labels": list(labels)}


def label(category: str = "car", box: tuple[float, ...] = (1, 2, 11, 22), **more: Any) -> dict[str, Any]:
    return {"category": category, "box2d": dict(zip(("x1", "y1", "x2", "y2"), box, strict=False)), **more}


def test_frames_become_images_with_their_attributes(tmp_path: Path) -> None:
    outline = {"category": "bus", "poly2d": [{"vertices": [[0, 0], [10, 0], [10, 10]], "closed": True}]}
    path = put_json(
        tmp_path / "val.json", [frame(label(id="7", attributes={"occluded": True, "crowd": False}), outline), frame(name="b.jpg")]
    )
    dataset, report = labels_of(path, "bdd100k")
    assert boxes(dataset) == [("a.jpg", "car", [1, 2, 10, 20]), ("a.jpg", "bus", [0, 0, 10, 10])]
    assert dataset.images.file_name == ("a.jpg", "b.jpg")
    assert dataset.image_attributes["weather"].text(0) == "rainy"
    assert dataset.ground_truth.attributes["occluded"].text(0) == "true"
    assert codes(report) == {}


def test_the_same_under_frames_and_one_frame_per_file(tmp_path: Path) -> None:
    put_json(tmp_path / "grouped.json", {"frames": [frame(label())], "config": {}})
    put_json(tmp_path / "folder" / "a.json", {**frame(label()), "name": "a.jpg"})
    put_json(tmp_path / "folder" / "b.json", {**frame(label()), "name": "b.jpg"})
    assert len(boxes(labels_of(tmp_path / "grouped.json", "bdd100k")[0])) == 1
    assert len(boxes(labels_of(tmp_path / "folder", "bdd100k")[0])) == 2


def test_widths_count_the_last_pixel_only_where_asked_for(tmp_path: Path) -> None:
    path = put_json(tmp_path / "val.json", [frame(label())])
    opened = open_ground_truth(path, format="bdd100k-inclusive")
    assert boxes(opened.dataset)[0][2] == [1, 2, 11, 21]
    assert opened.report.format == "bdd100k-inclusive"


def test_flags_make_crowds_and_ignored_labels(tmp_path: Path) -> None:
    path = put_json(tmp_path / "val.json", [frame(label(attributes={"crowd": True}), label(attributes={"ignored": True}))])
    gt = labels_of(path, "bdd100k")[0].ground_truth
    assert (gt.is_crowd.tolist(), gt.is_ignored.tolist()) == ([True, False], [False, True])


def test_what_cannot_be_used_is_left_out_by_name(tmp_path: Path) -> None:
    path = put_json(
        tmp_path / "val.json",
        [frame(label(), label(""), {"category": "car"}, label(box=(1, 2)), 5, label(box=(9, 9, 1, 1))), "x"],
    )
    _, report = labels_of(path, "bdd100k")
    assert (report.records, report.loaded) == (6, 1)
    assert codes(report) == {"object-without-name": 2, "no-box": 1, "bad-box": 1, "bad-frame": 1, "negative-size-box": 1}


def test_labels_with_scores_are_predictions(tmp_path: Path) -> None:
    dataset, _ = labels_of(put_json(tmp_path / "gt.json", [frame(label())]), "bdd100k")
    path = put_json(tmp_path / "dt.json", [frame(label(score=0.5), label())])
    found, report = found_in(path, dataset, "bdd100k")
    assert (found.score.tolist(), codes(report)) == ([0.5], {"no-score": 1})
