"""COCO ground truth whose boxes, ids, areas or names are odd."""

from __future__ import annotations

from typing import Any

from tests.robustness.corpus.items import ACCEPT, DROP, REJECT, RIGHT, SIZE, Corpus, as_written, every, first

ONE = {"dropped": 1, "dropped_unit": "annotation"}


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _boxes(corpus)
    _identities(corpus)
    _references(corpus)
    _pictures(corpus)
    _classes(corpus)
    _areas_and_crowds(corpus)


def _boxes(corpus: Corpus) -> None:
    corpus.truth("box_nan", DROP, [["NaN", "finite"], ["box"]], first(bbox=[10, 8, float("nan"), 30]), **ONE)
    corpus.truth("box_infinite", DROP, [["infin", "finite"]], as_written("[10, 8, -Infinity, 30]"), also_ok=[REJECT], **ONE)
    corpus.truth(
        "box_beyond_floats", DROP, [["infin", "finite", "range"]], as_written("[10, 8, 1e999, 30]"), also_ok=[REJECT], **ONE
    )
    corpus.truth("box_huge", DROP, [["range", "limit"]], first(bbox=[10, 8, 1e12, 30]), **ONE)
    corpus.truth(
        "box_of_hundreds_of_digits",
        DROP,
        [["range", "limit", "finite"]],
        first(bbox=[10, 8, 10**400, 30]),
        also_ok=[REJECT],
        **ONE,
    )
    corpus.truth("box_negative", DROP, [["negative"]], first(bbox=[50, 38, -40, -30]), **ONE)
    corpus.truth("box_flat", DROP, [["zero", "empty", "area"]], first(bbox=[10, 8, 40, 0]), **ONE)
    corpus.truth("box_minus_zero_wide", DROP, [["zero", "empty", "area"]], as_written("[10, 8, -0.0, 30]"), **ONE)
    corpus.truth("box_outside", DROP, [["outside"]], first(bbox=[500, 400, 40, 30]), **ONE)
    corpus.truth("box_left_of_the_image", DROP, [["outside"]], first(bbox=[-60, 8, 40, 30]), **ONE)
    corpus.truth("box_touches_from_outside", DROP, [["outside"]], first(bbox=[SIZE[0], 8, 40, 30]), **ONE)
    corpus.truth("box_over_the_edge", ACCEPT, [], first(bbox=[125, 8, 40, 30]))
    corpus.truth(
        "corners",
        ACCEPT,
        [["xyxy", "corner", "exceed", "outside"]],
        every(bbox=lambda record, _: [100, 80, 100 + record["bbox"][2], 80 + record["bbox"][3]]),
        also_ok=[DROP, REJECT],
    )
    corpus.truth("box_of_text", DROP, [["number", "type", "bbox"]], first(bbox=["10", "8", "40", "30"]), also_ok=[ACCEPT], **ONE)
    corpus.truth("box_of_three", DROP, [["bbox"], ["3 values", "four"]], first(bbox=[10, 8, 40]), **ONE)
    for name, value in {
        "box_of_five": [10, 8, 40, 30, 0.5],
        "box_of_nothing": [],
        "box_null": None,
        "box_with_null": [10, None, 40, 30],
        "box_with_a_truth_value": [10, 8, True, 30],
        "box_in_a_box": [[10, 8, 40, 30]],
        "box_with_a_list": [10, 8, [40], 30],
        "box_by_name": {"x": 10, "y": 8, "width": 40, "height": 30},
        "box_in_a_text": "10 8 40 30",
        "box_a_number": 7,
        "box_of_points": [[10, 8], [50, 38]],
    }.items():
        corpus.truth(name, DROP, [["bbox", "box"]], first(bbox=value), **ONE)
    corpus.truth("no_box", DROP, [["box"]], first(bbox=...), **ONE)
    corpus.truth("all_boxes_missing", REJECT, [["box"]], every(bbox=...), also_ok=[DROP])


def _identities(corpus: Corpus) -> None:
    corpus.truth("image_id_twice", REJECT, [["duplicate"], ["image"]], lambda content: content["images"][1].update(id=1))
    corpus.truth(
        "image_id_twice_as_number_and_text",
        REJECT,
        [["duplicate", "both", "same", "text"], ["image"]],
        lambda content: content["images"][1].update(id="1"),
        also_ok=[ACCEPT, DROP],
    )
    corpus.truth(
        "label_id_twice",
        ACCEPT,
        [["duplicate"]],
        lambda content: content["annotations"][1].update(id=1),
        also_ok=[REJECT],
        **RIGHT,
    )
    corpus.truth("label_ids_all_the_same", ACCEPT, [["duplicate"]], every(id=1), also_ok=[REJECT], **RIGHT)
    for name, value in {
        "from_zero": lambda _, place: place,
        "missing": ...,
        "null": None,
        "negative": lambda _, place: -place - 1,
        "decimal": lambda _, place: place + 1.0,
        "text": lambda _, place: f"label-{place}",
        "of_64_bits": lambda _, place: 2**63 - 1 - place,
        "beyond_64_bits": lambda _, place: 2**64 + place,
        "of_thirty_digits": lambda _, place: 10**30 + place,
    }.items():
        corpus.truth(f"label_ids_{name}", ACCEPT, [], every(id=value), **RIGHT)
    for name, value in {"a_list": [1], "an_object": {"$oid": "5"}, "true": True, "nan": float("nan"), "a_half": 1.5}.items():
        corpus.truth(f"label_id_is_{name}", ACCEPT, [["id"]], first(id=value), also_ok=[DROP, REJECT])
    corpus.truth("a_record_is_a_number", DROP, [["object"]], lambda content: content["annotations"].__setitem__(0, 7), **ONE)
    corpus.truth(
        "a_record_is_null", DROP, [["object", "null"]], lambda content: content["annotations"].__setitem__(0, None), **ONE
    )
    corpus.truth("a_record_is_a_list", DROP, [["object"]], lambda content: content["annotations"].__setitem__(0, [1, 2]), **ONE)
    corpus.truth("a_record_is_empty", DROP, [["annotations"]], lambda content: content["annotations"].__setitem__(0, {}), **ONE)


def _references(corpus: Corpus) -> None:
    corpus.truth("category_unknown", DROP, [["category"], ["4711"]], first(category_id=4711), **ONE)
    corpus.truth("image_unknown", DROP, [["image"], ["4711"]], first(image_id=4711), **ONE)
    corpus.truth(
        "image_id_as_text",
        ACCEPT,
        [["string", "convert", "text"]],
        every(image_id=lambda record, _: str(record["image_id"])),
        also_ok=[REJECT],
    )
    corpus.truth("image_id_as_decimal", ACCEPT, [], every(image_id=lambda record, _: float(record["image_id"])), **RIGHT)
    corpus.truth("category_id_as_decimal", ACCEPT, [], every(category_id=lambda record, _: float(record["category_id"])), **RIGHT)
    for key, word in (("image_id", "image"), ("category_id", "category")):
        for name, value in {
            "missing": ...,
            "null": None,
            "true": True,
            "a_half": 1.5,
            "a_list": [1],
            "nan": float("nan"),
            "beyond_64_bits": 2**64 + 1,
            "negative": -1,
        }.items():
            corpus.truth(f"{key}_{name}", DROP, [[word]], first(**{key: value}), **ONE)
    far = 2**53

    def far_ids(content: dict[str, Any]) -> None:
        for image in content["images"]:
            image["id"] += far
        for record in content["annotations"]:
            record["image_id"] += far

    def far_found(content: list[dict[str, Any]]) -> None:
        for record in content:
            record["image_id"] += far

    corpus.truth(
        "image_ids_beyond_exact_floats", ACCEPT, [], far_ids, use_with="pred/image_ids_beyond_exact_floats.json", **RIGHT
    )
    corpus.found(
        "image_ids_beyond_exact_floats", ACCEPT, [], far_found, use_with="gt/image_ids_beyond_exact_floats.json", **RIGHT
    )

    def text_ids(content: Any) -> None:
        for image in content["images"] if isinstance(content, dict) else ():
            image["id"] = "im" + "abc"[image["id"] - 1]
        for record in content["annotations"] if isinstance(content, dict) else content:
            record["image_id"] = "im" + "abc"[record["image_id"] - 1]

    corpus.truth("image_ids_of_text", ACCEPT, [], text_ids, use_with="pred/image_ids_of_text.json", **RIGHT)
    corpus.found("image_ids_of_text", ACCEPT, [], text_ids, use_with="gt/image_ids_of_text.json", **RIGHT)


def _pictures(corpus: Corpus) -> None:
    corpus.truth(
        "file_name_climbs_out",
        DROP,
        [["outside"]],
        first("images", file_name="../../../../etc/hostname"),
        dropped=1,
        dropped_unit="image",
    )
    corpus.truth(
        "file_name_absolute",
        DROP,
        [["outside", "absolute"]],
        first("images", file_name="/etc/hostname"),
        dropped=1,
        dropped_unit="image",
    )
    corpus.truth(
        "file_name_climbs_out_of_windows",
        DROP,
        [["outside"]],
        first("images", file_name="..\\..\\..\\boot.ini"),
        dropped=1,
        dropped_unit="image",
    )
    corpus.truth(
        "file_name_with_a_zero",
        DROP,
        [["outside", "name", "character", "NUL"]],
        first("images", file_name="a\0.jpg"),
        also_ok=[ACCEPT, REJECT],
    )
    corpus.truth("file_name_on_a_server", ACCEPT, [], first("images", file_name="http://127.0.0.1:9/a.jpg"), also_ok=[DROP])
    corpus.truth("file_name_on_a_share", ACCEPT, [], first("images", file_name="\\\\server\\share\\a.jpg"), also_ok=[DROP])
    corpus.truth(
        "file_name_endless",
        REJECT,
        [["name_chars", "name", "long"]],
        first("images", file_name="a" * 100_000 + ".jpg"),
        also_ok=[DROP],
    )
    corpus.truth(
        "file_name_missing", ACCEPT, [["file_name", "file name", "name"]], first("images", file_name=...), also_ok=[DROP, REJECT]
    )
    for name, value in {"null": None, "a_number": 12, "a_list": ["a.jpg"], "empty": ""}.items():
        corpus.truth(
            f"file_name_{name}",
            ACCEPT,
            [["file_name", "file name", "name"]],
            first("images", file_name=value),
            also_ok=[DROP, REJECT],
        )
    corpus.truth(
        "file_name_twice",
        ACCEPT,
        [["file_name", "file name", "same name", "twice"]],
        lambda content: content["images"][1].update(file_name="a.jpg"),
        also_ok=[REJECT],
    )
    corpus.truth(
        "size_is_not_the_picture",
        ACCEPT,
        [["size"]],
        first("images", width=4 * SIZE[0], height=4 * SIZE[1]),
        use_with=None,
        images="_base/images",
    )
    corpus.truth("sizes_missing", ACCEPT, [], every("images", width=..., height=...), **RIGHT)
    corpus.truth("size_in_decimals", ACCEPT, [], every("images", width=160.0, height=120.0), **RIGHT)
    for name, value in {
        "zero": 0,
        "negative": -160,
        "nan": float("nan"),
        "text": "160",
        "huge": 10**12,
        "true": True,
        "a_list": [160],
    }.items():
        corpus.truth(f"width_{name}", ACCEPT, [["width", "size"]], first("images", width=value), also_ok=[DROP, REJECT])
    for name, value in {"a_number": 5, "null": None, "a_text": "a.jpg"}.items():
        corpus.truth(
            f"an_image_is_{name}",
            REJECT,
            [["image"]],
            lambda content, value=value: content["images"].append(value),
            also_ok=[DROP],
        )
    corpus.truth("image_id_left_out", REJECT, [["id"], ["image"]], first("images", id=...), also_ok=[DROP])
    corpus.truth("image_id_is_null", REJECT, [["id"], ["image"]], first("images", id=None), also_ok=[DROP])


def _classes(corpus: Corpus) -> None:
    odd = ["<b>te\u202ern</b>", "line\nbreak", "\U0001f426 gull"]
    corpus.truth("names_of_every_kind", ACCEPT, [], every("categories", name=lambda _, place: odd[place]))
    corpus.truth("class_called_background", ACCEPT, [], first("categories", name="background"), **RIGHT)
    corpus.truth(
        "class_id_twice", REJECT, [["duplicate", "twice"], ["categor"]], lambda content: content["categories"][1].update(id=1)
    )
    corpus.truth(
        "class_name_twice",
        ACCEPT,
        [["name", "duplicate", "twice"]],
        lambda content: content["categories"][1].update(name="tern"),
        also_ok=[REJECT],
    )
    corpus.truth(
        "class_id_from_zero",
        ACCEPT,
        [],
        lambda content: (
            [
                record.update({key: record[key] - 1})
                for part, key in (("categories", "id"), ("annotations", "category_id"))
                for record in content[part]
            ]
            and None
        ),
        use_with="pred/classes_from_zero.json",
        **RIGHT,
    )
    corpus.found(
        "classes_from_zero",
        ACCEPT,
        [],
        every(category_id=lambda record, _: record["category_id"] - 1),
        use_with="gt/class_id_from_zero.json",
        **RIGHT,
    )
    corpus.truth(
        "class_name_endless", REJECT, [["name_chars", "long", "name"]], first("categories", name="x" * 1_000_000), also_ok=[DROP]
    )
    for name, value in {"missing": ..., "null": None, "a_number": 5, "empty": "", "a_list": ["tern"]}.items():
        corpus.truth(
            f"class_name_{name}", ACCEPT, [["name"], ["categor"]], first("categories", name=value), also_ok=[REJECT, DROP]
        )
    for name, value in {"missing": ..., "null": None, "a_list": [1], "a_half": 1.5, "true": True}.items():
        corpus.truth(f"class_id_{name}", REJECT, [["id"], ["categor"]], first("categories", id=value), also_ok=[DROP])
    many = [{"id": n, "name": f"class {n}"} for n in range(1, 20_001)]
    corpus.truth("twenty_thousand_classes", ACCEPT, [], lambda content: content.update(categories=many), max_seconds=30, **RIGHT)


def _areas_and_crowds(corpus: Corpus) -> None:
    corpus.truth("neither_area_nor_crowd", ACCEPT, [], every(area=..., iscrowd=...), **RIGHT)
    corpus.truth("area_null", ACCEPT, [], first(area=None), **RIGHT)
    corpus.truth("area_another", ACCEPT, [], first(area=5), **RIGHT)
    for name, value in {
        "negative": -1200,
        "nan": float("nan"),
        "text": "1200",
        "infinite": float("inf"),
        "a_list": [1200],
    }.items():
        corpus.truth(f"area_{name}", ACCEPT, [["area"]], first(area=value), also_ok=[DROP], dropped=1, dropped_unit="annotation")
    corpus.truth("crowd_true", ACCEPT, [], every(iscrowd=False), **RIGHT)
    corpus.truth("crowd_null", ACCEPT, [], every(iscrowd=None), **RIGHT)
    # As in COCO's own evaluation, whatever is not zero makes a crowd.
    corpus.truth("crowd_two", ACCEPT, [], first(iscrowd=2), also_ok=[DROP])
    for name, value in {"text": "0", "a_half": 0.5, "a_list": [0]}.items():
        corpus.truth(
            f"crowd_{name}", ACCEPT, [["iscrowd"]], first(iscrowd=value), also_ok=[DROP], dropped=1, dropped_unit="annotation"
        )
    corpus.truth("ignore_in_coco", ACCEPT, [["ignore"]], first(ignore=1))
