"""JSON of annotation tools: Label Studio, labelme, Datumaro, BDD100K, GeoJSON."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.robustness.corpus.items import ACCEPT, DROP, REJECT, Corpus

ONE = {"dropped": 1, "dropped_unit": "object"}
Words = list[list[str]]
NAN, INFINITE = float("nan"), float("inf")


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _labelme(corpus)
    _label_studio(corpus)
    _datumaro(corpus)
    _bdd100k(corpus)
    _geojson(corpus)


def _add(corpus: Corpus, name: str, expected: str, words: Words, content: Any, **more: object) -> None:
    corpus.labels(name, expected, words, content if isinstance(content, (str, bytes)) else json.dumps(content), **more)


def _labelme(corpus: Corpus) -> None:
    good = {"label": "tern", "points": [[10, 8], [50, 38]], "shape_type": "rectangle", "flags": {}}
    document = {"version": "5", "flags": {}, "imagePath": "a.jpg", "imageHeight": 120, "imageWidth": 160, "imageData": None}

    def add(name: str, expected: str, words: Words, shape: Any, **more: object) -> None:
        _add(corpus, f"labelme/{name}.json", expected, words, document | {"shapes": [good, shape]}, **more)

    for name, change in {
        "points_nan": {"points": [[NAN, 8], [50, 38]]},
        "points_of_text": {"points": [["10", "8"], ["50", "38"]]},
        "points_null": {"points": None},
        "one_point": {"points": [[10, 8]]},
        "three_points": {"points": [[1, 2], [3, 4], [5, 6]]},
        "points_of_three": {"points": [[10, 8, 1], [50, 38, 1]]},
        "points_flat": {"points": [10, 8, 50, 38]},
        "points_the_same": {"points": [[10, 8], [10, 8]]},
        "points_outside": {"points": [[500, 400], [600, 500]]},
        "label_missing": {"label": None},
        "label_a_list": {"label": ["tern"]},
        "label_empty": {"label": ""},
        "kind_unknown": {"shape_type": "spline"},
        "outline_of_two": {"shape_type": "polygon"},
        "circle_nan": {"shape_type": "circle", "points": [[10, NAN], [12, 14]]},
    }.items():
        add(name, DROP, [["shape", "point", "label"]], good | change, **ONE)
    add("a_shape_is_null", DROP, [["shape", "object"]], None, **ONE)
    _add(corpus, "labelme/shapes_missing.json", REJECT, [["shapes", "format", "recognis", "images"]], document)
    _add(corpus, "labelme/shapes_an_object.json", REJECT, [["shapes", "format", "recognis"]], document | {"shapes": {"1": good}})
    _add(
        corpus,
        "labelme/path_climbs_out.json",
        DROP,
        [["outside", "not found", "no pictures"]],
        document | {"shapes": [good], "imagePath": "../../../etc/hostname"},
        also_ok=[ACCEPT],
    )
    _add(
        corpus,
        "labelme/size_of_text.json",
        ACCEPT,
        [["size", "width", "imageWidth"]],
        document | {"shapes": [good], "imageWidth": "wide"},
        also_ok=[REJECT, DROP],
    )
    _add(corpus, "labelme/picture_inside.json", ACCEPT, [], document | {"shapes": [good], "imageData": "QUJD" * 100_000})


def _label_studio(corpus: Corpus) -> None:
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["tern"]}
    region = {
        "id": "r",
        "type": "rectanglelabels",
        "original_width": 160,
        "original_height": 120,
        "from_name": "label",
        "to_name": "image",
        "value": value,
    }

    def tasks(extra: Any, **fields: Any) -> list[Any]:
        return [
            {"id": 1, "data": {"image": "/data/upload/1/0a1b2c3d-a.jpg"}, "annotations": [{"id": 1, "result": [region, extra]}]}
            | fields
        ]

    def add(name: str, expected: str, words: Words, change: dict[str, Any], **more: object) -> None:
        extra = copy.deepcopy(region) | {"value": value | change}
        _add(corpus, f"labelstudio/{name}.json", expected, words, tasks(extra), **more)

    for name, change in {
        "x_nan": {"x": NAN},
        "x_null": {"x": None},
        "x_of_text": {"x": "10"},
        "width_negative": {"width": -5},
        "width_zero": {"width": 0},
        "x_beyond": {"x": 250},
        "label_missing": {"rectanglelabels": []},
        "label_a_number": {"rectanglelabels": 7},
        "label_null": {"rectanglelabels": [None]},
        "rotation_nan": {"rotation": NAN},
        "width_infinite": {"width": INFINITE},
    }.items():
        add(name, DROP, [["result", "box", "label", "rotation", "region"]], change, **ONE)
    _add(corpus, "labelstudio/region_is_null.json", DROP, [["result", "object"]], tasks(None), **ONE)
    _add(corpus, "labelstudio/value_missing.json", DROP, [["value", "box", "result"]], tasks({"type": "rectanglelabels"}), **ONE)
    _add(
        corpus,
        "labelstudio/size_missing.json",
        DROP,
        [["original_width", "size"]],
        tasks({k: v for k, v in region.items() if not k.startswith("original")}),
        also_ok=[ACCEPT],
    )
    _add(corpus, "labelstudio/data_missing.json", DROP, [["data", "image"]], tasks(region, data={}), also_ok=[REJECT])
    _add(corpus, "labelstudio/picture_on_a_server.json", ACCEPT, [], tasks(region, data={"image": "http://127.0.0.1:9/a.jpg"}))
    _add(
        corpus,
        "labelstudio/picture_climbs_out.json",
        DROP,
        [["outside"]],
        tasks(region, data={"image": "/data/local-files/?d=../../../etc/hostname"}),
        also_ok=[ACCEPT],
    )
    _add(corpus, "labelstudio/annotations_a_number.json", REJECT, [["annotations"]], tasks(region, annotations=7), also_ok=[DROP])
    _add(
        corpus,
        "labelstudio/cancelled.json",
        ACCEPT,
        [],
        tasks(region, annotations=[{"id": 1, "was_cancelled": True, "result": []}, {"id": 2, "result": [region]}]),
    )


def _datumaro(corpus: Corpus) -> None:
    box = {"id": 0, "type": "bbox", "label_id": 0, "bbox": [10, 8, 40, 30], "attributes": {}}

    def document(extra: Any) -> dict[str, Any]:
        labels = [{"name": "tern"}, {"name": "gull"}]
        item = {"id": "a", "image": {"path": "a.jpg", "size": [120, 160]}, "annotations": [box, extra]}
        return {"info": {}, "categories": {"label": {"labels": labels}}, "items": [item]}

    def add(name: str, change: dict[str, Any]) -> None:
        _add(corpus, f"datumaro/{name}.json", DROP, [["bbox", "box", "label", "annotation"]], document(box | change), **ONE)

    for name, change in {
        "box_nan": {"bbox": [NAN, 8, 40, 30]},
        "box_of_three": {"bbox": [10, 8, 40]},
        "box_null": {"bbox": None},
        "box_of_text": {"bbox": ["a", 8, 40, 30]},
        "box_negative": {"bbox": [50, 38, -40, -30]},
        "label_beyond": {"label_id": 7},
        "label_negative": {"label_id": -1},
        "label_null": {"label_id": None},
        "label_true": {"label_id": True},
        "label_a_half": {"label_id": 0.5},
        "label_of_text": {"label_id": "tern"},
    }.items():
        add(name, change)
    _add(corpus, "datumaro/an_annotation_is_null.json", DROP, [["annotation", "object"]], document(None), **ONE)
    _add(
        corpus,
        "datumaro/categories_missing.json",
        REJECT,
        [["categories"]],
        {k: v for k, v in document(box).items() if k != "categories"},
    )
    _add(corpus, "datumaro/items_an_object.json", REJECT, [["items"]], document(box) | {"items": {"a": 1}})
    _add(corpus, "datumaro/labels_null.json", REJECT, [["label"]], document(box) | {"categories": {"label": {"labels": None}}})
    _add(
        corpus,
        "datumaro/item_twice.json",
        ACCEPT,
        [["twice", "duplicate", "same"]],
        document(box) | {"items": document(box)["items"] * 2},
        also_ok=[REJECT, DROP],
    )


def _bdd100k(corpus: Corpus) -> None:
    label = {"id": "1", "category": "tern", "box2d": {"x1": 10, "y1": 8, "x2": 50, "y2": 38}, "attributes": {"occluded": False}}

    def frames(extra: Any, **fields: Any) -> list[Any]:
        return [{"name": "a.jpg", "size": {"width": 160, "height": 120}, "labels": [label, extra]} | fields]

    for name, change in {
        "edge_nan": {"box2d": {"x1": NAN, "y1": 8, "x2": 50, "y2": 38}},
        "edge_missing": {"box2d": {"y1": 8, "x2": 50, "y2": 38}},
        "edges_swapped": {"box2d": {"x1": 90, "y1": 8, "x2": 50, "y2": 38}},
        "edge_of_text": {"box2d": {"x1": "a", "y1": 8, "x2": 50, "y2": 38}},
        "box_a_list": {"box2d": [10, 8, 50, 38]},
        "category_missing": {"category": None},
        "category_a_number": {"category": 7},
    }.items():
        _add(corpus, f"bdd/{name}.json", DROP, [["box2d", "category", "label"]], frames(label | change), **ONE)
    _add(corpus, "bdd/a_label_is_null.json", DROP, [["label"]], frames(None), **ONE)
    _add(corpus, "bdd/labels_null.json", ACCEPT, [], [*frames(label), {"name": "b.jpg", "labels": None}])
    _add(corpus, "bdd/name_missing.json", DROP, [["name"]], [*frames(label), {"labels": [label]}], also_ok=[REJECT])
    _add(corpus, "bdd/labels_a_number.json", REJECT, [["labels"]], frames(label, labels=7), also_ok=[DROP])


def _geojson(corpus: Corpus) -> None:
    ring = [[10, 8], [50, 8], [50, 38], [10, 38], [10, 8]]
    good = {"type": "Feature", "properties": {"category": "tern"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    def add(name: str, expected: str, words: Words, extra: Any, **more: object) -> None:
        _add(
            corpus,
            f"geo/{name}/a.geojson",
            expected,
            words,
            {"type": "FeatureCollection", "features": [good, extra]},
            **{"folder": f"geo/{name}", **more},
        )

    def at(kind: str, coordinates: Any) -> dict[str, Any]:
        return good | {"geometry": {"type": kind, "coordinates": coordinates}}

    words = [["feature", "geometry", "polygon", "coordinate"]]
    for name, extra in {
        "ring_nan": at("Polygon", [[[NAN, 8], *ring[1:]]]),
        "ring_of_text": at("Polygon", [[["a", "b"], *ring[1:]]]),
        "ring_of_two": at("Polygon", [ring[:2]]),
        "ring_empty": at("Polygon", [[]]),
        "ring_flat": at("Polygon", ring),
        "coordinates_null": at("Polygon", None),
        "far_away": at("Polygon", [[[1e15, 8], *ring[1:]]]),
        "geometry_null": good | {"geometry": None},
        "geometry_a_list": good | {"geometry": [ring]},
        "a_point": at("Point", [10, 8]),
        "kind_unknown": at("Blob", [ring]),
        "a_feature_is_null": None,
        "a_feature_is_a_number": 7,
    }.items():
        add(name, DROP, words, extra, **ONE)
    add("properties_null", DROP, [["categor", "propert", "class"]], good | {"properties": None}, **ONE)
    add(
        "category_a_list",
        DROP,
        [["categor", "propert", "class"]],
        good | {"properties": {"category": ["tern"]}},
        also_ok=[ACCEPT],
    )
    add("with_heights", ACCEPT, [], at("Polygon", [[[x, y, 7] for x, y in ring]]), also_ok=[DROP])
    add("deep", REJECT, [["depth", "nest", "deep"]], {"type": "Feature"}, also_ok=[DROP])
    deep = '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": '
    corpus.path("geo/deep/a.geojson").write_text(deep + "[" * 9_000 + "]" * 9_000 + "}}]}")
    _add(
        corpus,
        "geo/features_null/a.geojson",
        REJECT,
        [["features"]],
        {"type": "FeatureCollection", "features": None},
        folder="geo/features_null",
    )
    _add(
        corpus,
        "geo/features_an_object/a.geojson",
        REJECT,
        [["features"]],
        {"type": "FeatureCollection", "features": {}},
        folder="geo/features_an_object",
    )
