"""GeoJSON labels and predictions: a file per image or one for all, pixels or a map, which property is the class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diag_gui.exceptions import DatasetMismatchError, DiagError, FormatError
from diag_gui.formats.column_choice import parse_columns
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.formats.pictures import encoded
from tests.formats.reading import boxes, codes, found_in, labels_of, put_json, put_text


def feature(left: float, top: float, right: float, bottom: float, **properties: Any) -> dict[str, Any]:
    ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    return shape([ring], **properties)


def shape(rings: Any, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": rings}}


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def test_a_file_per_image_paired_by_its_name(tmp_path: Path) -> None:
    put_json(tmp_path / "gt" / "a.geojson", collection(feature(10, 20, 40, 60, category="car", night=True)))
    put_json(tmp_path / "gt" / "b.geojson", collection())
    dataset, report = labels_of(tmp_path / "gt", "geojson")
    assert boxes(dataset) == [("a", "car", [10, 20, 30, 40])]
    assert dataset.images.file_name == ("a", "b")
    assert dataset.ground_truth.attributes["night"].values.tolist() == [True]
    assert dataset.ground_truth.masks is None
    assert codes(report) == {}


def test_predictions_in_pixels_whatever_their_crs_says(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32638"}}
    put_json(tmp_path / "gt" / "a.geojson", collection(feature(10, 20, 40, 60, category="car")))
    put_json(tmp_path / "gt" / "b.geojson", collection(feature(10, 20, 40, 60, category="car")))
    put_json(tmp_path / "dt" / "a.geojson", collection(feature(11, 20, 40, 60, category="car", prob=0.75), crs=crs))
    put_json(tmp_path / "dt" / "b.geojson", collection(feature(0, 0, 1, 1, category="", prob=0), crs=crs))
    dataset, _ = labels_of(tmp_path / "gt", "geojson")
    found, report = found_in(tmp_path / "dt", dataset, "geojson")
    assert found.xywh.tolist() == [[11, 20, 29, 40]]
    assert found.score.tolist() == [0.75]
    assert (report.records, report.loaded) == (2, 1)
    assert codes(report) == {"placeholder": 1}


def test_outlines_are_masks_and_boxes_around_them(tmp_path: Path) -> None:
    diamond = [[20, 10], [30, 20], [20, 30], [10, 20], [20, 10]]
    apart = [[[[0, 0], [5, 0], [5, 5], [0, 0]]], [[[9, 9], [12, 9], [12, 15], [9, 9]]]]
    path = put_json(
        tmp_path / "a.geojson", collection(shape([diamond], category="plane"), shape(apart, "MultiPolygon", category="plane"))
    )
    dataset, _ = labels_of(path, "geojson")
    assert boxes(dataset) == [("a", "plane", [10, 10, 20, 20]), ("a", "plane", [0, 0, 12, 15])]
    assert dataset.ground_truth.masks is not None
    assert dataset.ground_truth.masks[0] == [[20, 10, 30, 20, 20, 30, 10, 20]]


def test_any_property_can_be_the_class_and_the_others_are_columns(tmp_path: Path) -> None:
    planes = collection(
        feature(10, 20, 40, 60, role="Small Civil", propulsion="jet", num_engines=2),
        feature(50, 20, 90, 60, role="Bomber", propulsion="propeller", num_engines=4),
    )
    path = put_json(tmp_path / "a.geojson", planes)
    dataset, report = labels_of(path, "geojson")
    assert dataset.classes.name == ("Bomber", "Small Civil")
    assert codes(report) == {"class-by-guess": 1}
    opened = open_ground_truth(path, columns=parse_columns("class=num_engines"))
    assert opened.dataset.classes.name == ("2", "4")
    attributes = opened.dataset.ground_truth.attributes
    assert [column.name for column in attributes.columns] == ["role", "propulsion"]
    assert codes(opened.report) == {}


def test_without_a_class_everything_is_an_object(tmp_path: Path) -> None:
    dataset, report = labels_of(put_json(tmp_path / "a.geojson", collection(feature(1, 2, 3, 4, wings="swept"))), "geojson")
    assert dataset.classes.name == ("object",)
    assert "class-by-guess" in codes(report)


def test_a_chosen_property_that_does_not_occur_is_refused(tmp_path: Path) -> None:
    path = put_json(tmp_path / "a.geojson", collection(feature(1, 2, 3, 4, category="car")))
    with pytest.raises(FormatError, match="no feature has 'rol' for class; there are category"):
        open_ground_truth(path, columns=parse_columns("class=rol"))


def test_formats_with_fixed_columns_take_no_choice(tmp_path: Path) -> None:
    path = put_text(tmp_path / "a.txt", "406,119,265,70,1,4,1,2")
    with pytest.raises(DiagError, match="none can be chosen"):
        open_ground_truth(path, columns=parse_columns("class=x"))


def test_one_file_about_several_images(tmp_path: Path) -> None:
    sky = [[[-90.5, 14.8], [-90.49, 14.8], [-90.49, 14.9], [-90.5, 14.8]]]
    path = put_json(
        tmp_path / "all.geojson",
        collection(
            shape(sky, image_id="1.tif", type_id=73, bounds_imcoords="10,20,40,60"),
            shape(sky, image_id="2.tif", type_id=11, bounds_imcoords="1,2,3,4"),
        ),
    )
    dataset, report = labels_of(path, "geojson")
    assert boxes(dataset) == [("1.tif", "73", [10, 20, 30, 40]), ("2.tif", "11", [1, 2, 2, 2])]
    assert codes(report) == {}


@pytest.mark.parametrize(("name", "text"), [
    ("a.png.aux.xml", "<PAMDataset><GeoTransform> -90.5, 1e-5, 0, 14.9, 0, -1e-5</GeoTransform></PAMDataset>"),
    ("a.pgw", "1e-5\n0\n0\n-1e-5\n-90.499995\n14.899995\n"),
])  # fmt: skip
def test_coordinates_of_a_map_are_placed_by_what_lies_beside_the_picture(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "a.png").write_bytes(encoded(".png", 160, 120))
    put_text(tmp_path / name, text)
    path = put_json(tmp_path / "a.geojson", collection(feature(-90.4999, 14.8998, -90.4995, 14.8992, category="car")))
    dataset, _ = labels_of(path, "geojson")
    assert boxes(dataset) == [("a", "car", pytest.approx([10, 20, 40, 60], abs=1e-4))]


def test_coordinates_of_a_map_without_a_place_are_refused_by_name(tmp_path: Path) -> None:
    path = put_json(tmp_path / "a.geojson", collection(feature(-90.4999, 14.8998, -90.4995, 14.8992, category="car")))
    with pytest.raises(FormatError, match="of a map, not pixels"):
        open_ground_truth(path)
    put_json(tmp_path / "b" / "b.geojson", collection(feature(1, 2, 30, 40, category="car")))
    path.rename(tmp_path / "b" / "a.geojson")
    _, report = labels_of(tmp_path / "b", "geojson")
    assert codes(report)["not-in-pixels"] == 1


def test_features_that_do_not_fit_are_left_out_by_name(tmp_path: Path) -> None:
    broken = [
        shape([[[0, 0], [1, "x"], [2, 2]]], category="car"), shape([1, 2], "Point", category="car"), {"type": "Feature"}, 7,
        feature(1, 2, 3, 4, category=None), feature(1, 2, 3, 4, category=[1]), feature(5, 5, 5, 9, category="car"),
        shape([[[0, 0], [1e999, 0], [2, 2]]], category="car"), feature(1, 2, 3, 4, category="car"),
    ]  # fmt: skip
    _, report = labels_of(put_json(tmp_path / "a.geojson", collection(*broken)), "geojson")
    assert (report.records, report.loaded) == (9, 1)
    assert codes(report) == {"no-box": 5, "object-without-name": 2, "zero-size-box": 1}
    assert report.problems[0].examples[0].startswith("a.geojson: a.geojson: features[0]")


def test_predictions_without_a_score_or_class_are_left_out(tmp_path: Path) -> None:
    dataset, _ = labels_of(put_json(tmp_path / "a.geojson", collection(feature(1, 2, 3, 4, category="car"))), "geojson")
    path = put_json(
        tmp_path / "dt" / "a.geojson",
        collection(
            feature(1, 2, 3, 4, category="car", score=0.5), feature(1, 2, 3, 4, category="car"),
            feature(1, 2, 3, 4, score=0.5), feature(1, 2, 3, 4, category="bus", score=0.5),
        ),
    )  # fmt: skip
    _, report = found_in(path, dataset, "geojson")
    assert codes(report) == {"no-score": 1, "object-without-name": 1, "unknown-category": 1}
    other = put_json(tmp_path / "dt" / "c.geojson", collection(feature(1, 2, 3, 4, category="car", score=0.5)))
    with pytest.raises(DatasetMismatchError, match="do not match"):
        open_predictions(other, dataset)


def test_tiles_go_back_into_their_image(tmp_path: Path) -> None:
    dataset, _ = labels_of(put_json(tmp_path / "a.geojson", collection(feature(1, 2, 3, 4, category="car"))), "geojson")
    path = put_json(
        tmp_path / "a__100_200_416_416_0_2000_2000.geojson", collection(feature(1, 2, 3, 4, category="car", prob=0.5))
    )
    found, _ = found_in(path, dataset, "geojson")
    assert found.xywh.tolist() == [[201, 102, 2, 2]]
