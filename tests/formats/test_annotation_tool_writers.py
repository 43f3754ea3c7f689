"""What goes out for an annotation tool comes back: boxes, turned boxes, outlines, scores, attributes, tags and notes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.attributes import Level
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog
from diag_gui.data.run import Run
from diag_gui.exceptions import ExportError
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject
from diag_gui.formats.collected_predictions import CollectedPredictions, PredictedObject
from diag_gui.formats.export import ExportDecision, ExportRequest, export_subset
from diag_gui.formats.export_objects import turned
from diag_gui.formats.json_values import rotated_corners
from diag_gui.formats.opening import open_ground_truth, open_predictions
from diag_gui.formats.xml_reading import parse_xml
from tests.examples import examples

TARGETS = {"cvat": "annotations.xml", "labelstudio": "tasks.json", "labelme": "images", "datumaro": "annotations"}


def dataset(*objects: LabelledObject, size: tuple[int, int] = (1000, 800)) -> Dataset:
    path = Path("made")
    labels = CollectedLabels(path, "made up", ProblemLog(path))
    for name in ("a.jpg", "night/b & c.jpg", "empty.jpg"):
        labels.add_image(name, *size, {"scene": "fog"})
    for place, one in enumerate(objects):
        labels.add(place % 2, one)
    return labels.build("", class_names=["car", 'bus "x" <y>'])[0]


def run_on(facts: Dataset, *scores: float) -> Run:
    found = CollectedPredictions(Path("found"), "made up", facts, ProblemLog(Path("found")))
    for place, score in enumerate(scores):
        found.add(PredictedObject("a.jpg", "car", (10.0 + place, 20, 30, 40), score, str(place)))
    return found.build("")[0]


def written(facts: Dataset, out: Path, target: str, run: Run | None = None, **more: object) -> Path:
    rows = np.arange(len(facts.images), dtype=np.int32)
    export_subset(ExportRequest(facts, out, target, rows, run=run, **more))  # type: ignore[arg-type]
    return out


def objects_of(facts: Dataset) -> list[tuple[str, str, list[float]]]:
    gt = facts.ground_truth
    rows = zip(gt.image_row.tolist(), gt.class_row.tolist(), gt.xywh.round(6).tolist(), strict=True)
    return sorted((facts.images.file_name[image].split("/")[-1], facts.classes.name[label], box) for image, label, box in rows)


@pytest.mark.parametrize("target", TARGETS)
def test_boxes_classes_and_empty_images_come_back(tmp_path: Path, target: str) -> None:
    facts = dataset(
        LabelledObject("car", (1.25, 2.5, 30.125, 40), "1"),
        LabelledObject('bus "x" <y>', (5, 6, 7, 8), "2", attributes={"z": 1.5}),
    )
    again = open_ground_truth(written(facts, tmp_path / "out", target) / TARGETS[target])
    assert again.report.dropped == 0
    assert objects_of(again.dataset) == objects_of(facts)
    assert len(again.dataset.images) == 3
    assert set(again.dataset.images.width.tolist()) == {1000}


@pytest.mark.parametrize("target", TARGETS)
def test_outlines_and_turned_boxes_come_back(tmp_path: Path, target: str) -> None:
    quad = rotated_corners(200, 300, 80, 40, 30)
    xs, ys = quad[0::2], quad[1::2]
    box = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    outline = [[10.0, 10.0, 60.5, 10.0, 60.5, 70.25]]
    turned_set = dataset(LabelledObject("car", box, "1", quad=quad))
    outlined = dataset(LabelledObject("car", (10, 10, 50.5, 60.25), "1", mask=outline))
    again = open_ground_truth(written(turned_set, tmp_path / "turned", target) / TARGETS[target]).dataset.ground_truth
    assert again.quad is not None
    np.testing.assert_allclose(np.sort(again.quad[0].reshape(4, 2), axis=0), np.sort(np.reshape(quad, (4, 2)), axis=0), atol=1e-6)
    again = open_ground_truth(written(outlined, tmp_path / "outlined", target) / TARGETS[target]).dataset.ground_truth
    assert again.masks is not None
    np.testing.assert_allclose(again.masks[0], outline, atol=1e-6)


@pytest.mark.parametrize("target", TARGETS)
def test_attributes_tags_and_notes_travel(tmp_path: Path, target: str) -> None:
    facts = dataset(LabelledObject("car", (1, 2, 30, 40), "1", attributes={"occluded": True, "colour": "red"}))
    decisions = (
        ExportDecision(Level.GT, 0, "tag", "wrong class"), ExportDecision(Level.GT, 0, "note", "it is <a> bus"),
        ExportDecision(Level.IMAGE, 0, "tag", "blurred"),
    )  # fmt: skip
    out = written(facts, tmp_path / "out", target, decisions=decisions)
    text = (out / TARGETS[target]).read_text() if (out / TARGETS[target]).is_file() else ""
    text = text or "".join(file.read_text() for file in (out / TARGETS[target]).rglob("*.json"))
    for word in ("wrong class", "blurred", "red"):
        assert word in text
    table = open_ground_truth(out / TARGETS[target]).dataset.ground_truth.attributes
    if target != "labelstudio":
        assert table["occluded"].text(0) == "true"
    assert table["colour"].text(0) == "red"


def test_predictions_are_pre_annotations_and_come_back(tmp_path: Path) -> None:
    facts = dataset(LabelledObject("car", (1, 2, 30, 40), "1"))
    run = run_on(facts, 0.5, 0.25)
    out = written(facts, tmp_path / "ls", "labelstudio", run)
    again = open_ground_truth(out / "tasks.json").dataset
    found = open_predictions(out / "tasks.json", again, format="labelstudio").run.predictions
    assert found.score.tolist() == [0.5, 0.25]
    np.testing.assert_allclose(found.xywh, run.predictions.xywh, atol=1e-9)
    out = written(facts, tmp_path / "dm", "datumaro", run)
    found = open_predictions(out / "predictions", open_ground_truth(out / "annotations").dataset).run.predictions
    assert found.score.tolist() == [0.5, 0.25]


@pytest.mark.parametrize("target", ["cvat", "labelme"])
def test_what_the_format_has_no_place_for_is_in_the_manifest(tmp_path: Path, target: str) -> None:
    facts = dataset(LabelledObject("car", (0, 0, 1, 800), "1", mask={"size": [800, 1000], "counts": [0, 800, 799200]}))
    out = written(facts, tmp_path / "out", target, run_on(facts, 0.5))
    said = " ".join(json.loads((out / "manifest.json").read_text())["not_carried"])
    assert "predictions" in said
    assert "run lengths" in said


def test_labelme_5_knows_the_type_of_every_shape(tmp_path: Path) -> None:
    quad = rotated_corners(200, 300, 80, 40, 30)
    box = (min(quad[0::2]), min(quad[1::2]), max(quad[0::2]) - min(quad[0::2]), max(quad[1::2]) - min(quad[1::2]))
    out = written(dataset(LabelledObject("car", box, "1", quad=quad)), tmp_path / "out", "labelme")
    shape = json.loads((out / "images/a.json").read_text())["shapes"][0]
    assert (shape["shape_type"], shape["rotated_box"], len(shape["points"])) == ("polygon", True, 4)
    assert "pictures: labelme opens" in " ".join(json.loads((out / "manifest.json").read_text())["not_carried"])
    # Its own polygons of four corners stay outlines.
    del shape["rotated_box"]
    (out / "images/a.json").write_text(json.dumps({"imagePath": "a.jpg", "shapes": [shape]}))
    gt = open_ground_truth(out / "images/a.json").dataset.ground_truth
    assert (gt.quad is None, gt.masks is not None) == (True, True)


@pytest.mark.parametrize("target", [*TARGETS, "voc"])
def test_classes_without_a_label_come_back_in_their_order(tmp_path: Path, target: str) -> None:
    facts = dataset(LabelledObject("car", (1, 2, 30, 40), "1"))
    out = written(facts, tmp_path / "out", target)
    assert open_ground_truth(out / TARGETS.get(target, "Annotations")).dataset.classes.name == ("car", 'bus "x" <y>')
    assert open_ground_truth(out).dataset.classes.name == ("car", 'bus "x" <y>'), "nor does the list make it another format"


def test_voc_says_that_it_carries_neither_rotation_nor_tags(tmp_path: Path) -> None:
    quad = rotated_corners(200, 300, 80, 40, 30)
    box = (min(quad[0::2]), min(quad[1::2]), max(quad[0::2]) - min(quad[0::2]), max(quad[1::2]) - min(quad[1::2]))
    decisions = (ExportDecision(Level.GT, 0, "tag", "wrong class"),)
    out = written(dataset(LabelledObject("car", box, "1", quad=quad)), tmp_path / "out", "voc", decisions=decisions)
    said = json.loads((out / "manifest.json").read_text())["not_carried"]
    assert {"rotation of boxes (the upright boxes around them are written)", "tags and notes (they are in the manifest)"} <= {
        *said
    }


def test_what_labelme_says_of_a_shape_goes_out_as_it_came(tmp_path: Path) -> None:
    shape = {
        "label": "car", "points": [[1, 2], [31, 42]], "shape_type": "rectangle", "group_id": 4, "description": "parked",
        "flags": {"hidden": True, "wet": False}, "height": 1.5,
    }  # fmt: skip
    document = {"imagePath": "a.jpg", "imageWidth": 100, "imageHeight": 80, "flags": {"night": True}, "shapes": [shape]}
    (tmp_path / "a.json").write_text(json.dumps(document))
    out = written(open_ground_truth(tmp_path / "a.json", format="labelme").dataset, tmp_path / "out", "labelme")
    again = json.loads((out / "images/a.json").read_text())
    assert again["shapes"] == [shape]
    assert again["flags"] == {"night": True}


def test_datumaro_is_written_in_types_that_its_reader_knows(tmp_path: Path) -> None:
    quad = rotated_corners(200, 300, 80, 40, 30)
    box = (min(quad[0::2]), min(quad[1::2]), max(quad[0::2]) - min(quad[0::2]), max(quad[1::2]) - min(quad[1::2]))
    out = written(dataset(LabelledObject("car", box, "1", quad=quad)), tmp_path / "out", "datumaro")
    annotation = json.loads((out / "annotations/default.json").read_text())["items"][0]["annotations"][0]
    assert annotation["type"] == "bbox"
    np.testing.assert_allclose([*annotation["bbox"], annotation["attributes"]["rotation"]], [160, 280, 80, 40, 30])
    again = open_ground_truth(out / "annotations").dataset.ground_truth
    assert again.quad is not None
    assert "rotation" not in again.attributes.names


def test_an_upright_box_with_an_attribute_rotation_comes_back_upright_and_it_is_said(tmp_path: Path) -> None:
    facts = dataset(
        *(LabelledObject("car", (10, 10, 40, 10), str(turn), attributes={"rotation": turn}) for turn in (45, 360, 0.5)),
        LabelledObject("car", (10, 10, 50.5, 60.25), "4", attributes={"rotation": 45}, mask=[[10, 10, 60.5, 10, 60.5, 70.25]]),
    )
    out = written(facts, tmp_path / "out", "datumaro")
    again = open_ground_truth(out / "annotations").dataset
    assert again.ground_truth.quad is None
    assert objects_of(again) == objects_of(facts)
    column = again.ground_truth.attributes["rotation"]
    assert sorted(column.text(row) for row in range(4)) == ["", "", "360", "45"]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (
        "the attribute rotation of 2 boxes in annotations/default.json (there it says how a box is turned)"
        in (manifest["not_carried"])
    )


@pytest.mark.parametrize("target", TARGETS)
def test_an_outline_beside_turned_boxes_stays_one(tmp_path: Path, target: str) -> None:
    quad = rotated_corners(200, 300, 80, 40, 30)
    box = (min(quad[0::2]), min(quad[1::2]), max(quad[0::2]) - min(quad[0::2]), max(quad[1::2]) - min(quad[1::2]))
    outline = [[10.0, 10.0, 60.5, 10.0, 60.5, 70.25]]
    facts = dataset(LabelledObject("car", box, "1", quad=quad), LabelledObject("car", (10, 10, 50.5, 60.25), "2", mask=outline))
    again = open_ground_truth(written(facts, tmp_path / "out", target) / TARGETS[target]).dataset.ground_truth
    assert again.masks is not None
    np.testing.assert_allclose(next(mask for mask in again.masks if mask), outline, atol=1e-6)


def test_compressed_run_lengths_travel_to_datumaro(tmp_path: Path) -> None:
    mask = {"size": [800, 1000], "counts": "0Pi0P_\\h0"}
    out = written(dataset(LabelledObject("car", (0, 0, 1, 800), "1", mask=mask)), tmp_path / "out", "datumaro")
    assert not any("masks" in loss for loss in json.loads((out / "manifest.json").read_text())["not_carried"])
    again = open_ground_truth(out / "annotations").dataset.ground_truth
    assert again.masks is not None
    assert (again.masks[0], again.xywh[0].tolist()) == (mask, [0, 0, 1, 800])


def test_tags_of_cvat_are_in_its_list_of_labels_and_are_no_classes(tmp_path: Path) -> None:
    facts = dataset(LabelledObject("car", (1, 2, 30, 40), "1"))
    decisions = tuple(ExportDecision(Level.IMAGE, 0, "tag", tag) for tag in ("a & b", "car"))
    out = written(facts, tmp_path / "out", "cvat", decisions=decisions)
    root = parse_xml(out / "annotations.xml", (out / "annotations.xml").read_bytes())
    listed = [(one.findtext("name"), one.findtext("type")) for one in root.iterfind(".//labels/label")]
    assert listed == [("car", None), ('bus "x" <y>', None), ("a & b", "tag")]
    again = open_ground_truth(out / "annotations.xml").dataset
    assert again.classes.name == facts.classes.name
    assert again.image_attributes["tag"].text(0) == "car", "the last of them"


@pytest.mark.parametrize("target", TARGETS)
def test_masks_of_several_outlines_are_boxes_and_it_is_said(tmp_path: Path, target: str) -> None:
    parts = [[0.0, 0.0, 10.0, 0.0, 10.0, 10.0], [20.0, 20.0, 30.0, 20.0, 30.0, 30.0]]
    out = written(dataset(LabelledObject("car", (0, 0, 30, 30), "1", mask=parts)), tmp_path / "out", target)
    assert "1 masks of several outlines (boxes are written)" in json.loads((out / "manifest.json").read_text())["not_carried"]


def test_tags_are_choices_of_label_studio_and_come_back_by_their_region(tmp_path: Path) -> None:
    quad = rotated_corners(200, 300, 80, 40, 30)
    box = (min(quad[0::2]), min(quad[1::2]), max(quad[0::2]) - min(quad[0::2]), max(quad[1::2]) - min(quad[1::2]))
    facts = dataset(LabelledObject("car", box, "1", quad=quad), LabelledObject("car", box, "2", quad=quad))
    run = run_on(facts, 0.5)
    decisions = (
        ExportDecision(Level.GT, 0, "tag", "wrong class"), ExportDecision(Level.GT, 0, "tag", "a & b"),
        ExportDecision(Level.GT, 0, "note", "seen"), ExportDecision(Level.PRED, 0, "tag", "ghost"),
        ExportDecision(Level.IMAGE, 0, "tag", "blurred"),
    )  # fmt: skip
    out = written(facts, tmp_path / "out", "labelstudio", run, decisions=decisions)
    task = json.loads((out / "tasks.json").read_text())[0]
    region, choice, of_image = task["annotations"][0]["result"]
    assert (choice["id"], choice["type"], choice["from_name"]) == (region["id"], "choices", "object_tags")
    assert choice["value"].pop("choices") == ["wrong class", "a & b"]
    assert region["value"].pop("rectanglelabels") == ["car"]
    assert choice["value"] == region["value"]
    assert region["meta"]["text"] == ["seen"]
    assert (of_image["from_name"], of_image["value"]) == ("tags", {"choices": ["blurred"]})
    assert task["predictions"][0]["result"][1]["value"]["choices"] == ["ghost"]
    config = parse_xml(out / "labeling_config.xml", (out / "labeling_config.xml").read_bytes())
    listed = {one.get("name"): [choice.get("value") for choice in one] for one in config.iter("Choices")}
    assert listed == {"tags": ["blurred"], "object_tags": ["a & b", "ghost", "wrong class"]}
    again = open_ground_truth(out / "tasks.json")
    assert again.report.dropped == 0
    assert again.dataset.ground_truth.attributes["object_tags"].text(0) == "wrong class, a & b"
    assert again.dataset.ground_truth.attributes["note"].text(0) == "seen"
    assert again.dataset.image_attributes["tags"].text(0) == "blurred"
    assert "object_tags" not in again.dataset.image_attributes.names


def test_label_studio_needs_sizes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    facts = dataset(LabelledObject("car", (1, 2, 30, 40), "1"))
    images = replace(facts.images, width=np.full(3, -1, np.int32))
    unsized = replace(facts, images=images)
    with pytest.raises(ExportError, match=r"the size of a\.jpg is not known"):
        written(unsized, tmp_path / "out", "labelstudio")
    assert list(tmp_path.iterdir()) == []


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(1, 400), st.floats(1, 400), st.floats(0, 359.9))
def test_a_rectangle_is_told_by_its_corners_whichever_comes_first(x: float, y: float, w: float, h: float, turn: float) -> None:
    quad = rotated_corners(x, y, w, h, turn)
    for order in (quad, quad[2:] + quad[:2], quad[6:] + quad[:6], quad[0:2] + quad[6:8] + quad[4:6] + quad[2:4]):
        box = turned(order)
        assert box is not None
        again = rotated_corners(box.cx, box.cy, box.width, box.height, box.degrees)
        apart = np.reshape(again, (4, 1, 2)) - np.reshape(quad, (1, 4, 2))
        assert np.abs(apart).max(axis=2).min(axis=1).max() < 1e-6
        assert np.abs(apart).max(axis=2).min(axis=0).max() < 1e-6


def test_corners_that_make_no_rectangle_stay_corners() -> None:
    assert turned((0, 0, 10, 0, 14, 10, 4, 10)) is None
    assert turned((0, 0, 0, 0, 0, 0, 0, 0)) is None


@examples(25)
@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0, 700), st.floats(0.5, 90), st.floats(0.5, 90)), min_size=1, max_size=6))
def test_any_box_comes_back_to_the_last_digit_of_its_format(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[float, ...]]
) -> None:
    facts = dataset(*(LabelledObject("car", (x, y, w, h), "r") for x, y, w, h in drawn))
    for target, path in TARGETS.items():
        out = written(facts, tmp_path_factory.mktemp("round") / "out", target)
        again = open_ground_truth(out / path).dataset
        np.testing.assert_allclose(
            np.array(sorted(again.ground_truth.xywh.tolist())), np.array(sorted(facts.ground_truth.xywh.tolist())), atol=1e-9
        )
