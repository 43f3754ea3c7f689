"""Predictions in COCO's results that are odd."""

from __future__ import annotations

import json

from tests.robustness.corpus.items import ACCEPT, DROP, FOUND, REJECT, RIGHT, TRUTH, Corpus, every, first

ONE = {"dropped": 1, "dropped_unit": "prediction"}


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _documents(corpus)
    _boxes(corpus)
    _scores(corpus)
    _references(corpus)


def _documents(corpus: Corpus) -> None:
    text = json.dumps(FOUND)
    corpus.found("none", ACCEPT, [], lambda _: [], metric_check={"ap": 0.0})
    corpus.found(
        "in_a_whole_document",
        ACCEPT,
        [],
        lambda content: (
            TRUTH
            | {"annotations": [record | {"id": place, "area": 1200, "iscrowd": 0} for place, record in enumerate(content, 1)]}
        ),
        **RIGHT,
    )
    corpus.found("cut_off", REJECT, [["truncated", "JSON", "unexpected end"]], text[: len(text) // 2])
    corpus.found("nothing", REJECT, [["empty"]], "")
    corpus.found("two_lists", REJECT, [["JSON", "after", "extra", "trailing"]], text + text)
    corpus.found("comma_before_the_end", REJECT, [["JSON"]], text[:-1] + ",]")
    corpus.found("truth_as_results", REJECT, [["score", "prediction", "ground truth"]], json.dumps(TRUTH), also_ok=[DROP])
    corpus.found("byte_order_mark", ACCEPT, [], b"\xef\xbb\xbf" + text.encode(), **RIGHT)
    corpus.found("sixteen_bits", REJECT, [["UTF-16", "UTF-8", "encod"]], text.encode("utf-16"), also_ok=[ACCEPT])
    corpus.found("an_object", REJECT, [["prediction", "list", "format", "recognis"]], "{}")
    corpus.found("by_image", REJECT, [["prediction", "list", "format", "recognis"]], json.dumps({"1": FOUND}), also_ok=[ACCEPT])
    corpus.found(
        "lists_in_a_list", REJECT, [["prediction", "list", "format", "recognis", "object"]], json.dumps([FOUND]), also_ok=[DROP]
    )
    corpus.found("null_among_them", DROP, [["object", "null"]], lambda content: content.append(None), **ONE, **RIGHT)
    corpus.found("a_number_first", DROP, [["object"]], lambda content: content.insert(0, 7), also_ok=[REJECT], **ONE)
    corpus.found("unknown_fields", ACCEPT, [], every(embedding=[0.5] * 50, model="x", id=lambda _, place: place), **RIGHT)
    corpus.found("each_twice", ACCEPT, [], lambda content: content + content, also_ok=[DROP])


def _boxes(corpus: Corpus) -> None:
    corpus.found("box_nan", DROP, [["NaN", "finite"]], first(bbox=[float("nan"), 8, 40, 30]), metric_check={"ap_not": 1.0}, **ONE)
    for name, value in {
        "infinite": [10, 8, float("inf"), 30],
        "huge": [10, 8, 1e12, 30],
        "of_three": [10, 8, 40],
        "of_five": [10, 8, 40, 30, 0.9],
        "null": None,
        "missing": ...,
        "of_text": ["ten", "8", "40", "30"],
        "in_a_box": [[10, 8, 40, 30]],
        "with_a_truth_value": [10, 8, 40, True],
    }.items():
        corpus.found(f"box_{name}", DROP, [["bbox", "box"]], first(bbox=value), **ONE)
    # Predictions of no size, or outside, stay and cost precision.
    corpus.found("box_flat", ACCEPT, [["zero"]], first(bbox=[10, 8, 0, 30]), metric_check={"ap_not": 1.0})
    corpus.found("box_negative", ACCEPT, [["negative"]], first(bbox=[50, 38, -40, -30]), metric_check={"ap_not": 1.0})
    corpus.found("box_outside", ACCEPT, [["outside"]], first(bbox=[900, 800, 40, 30]), metric_check={"ap_not": 1.0})
    corpus.found(
        "corners",
        ACCEPT,
        [["xyxy", "corner", "x2", "exceed", "outside"]],
        every(bbox=lambda record, _: [record["bbox"][0], record["bbox"][1], 200, 150]),
        also_ok=[REJECT],
    )


def _scores(corpus: Corpus) -> None:
    for name, value in {
        "nan": float("nan"),
        "infinite": float("inf"),
        "missing": ...,
        "null": None,
        "a_list": [0.9],
        "true": True,
        "a_word": "high",
        "empty": "",
    }.items():
        corpus.found(f"score_{name}", DROP, [["score"]], first(score=value), **ONE)
    corpus.found("score_as_text", DROP, [["score"]], first(score="0.9"), also_ok=[ACCEPT], **ONE)
    corpus.found("score_in_percent", ACCEPT, [["score"]], every(score=lambda record, _: 100 * record["score"]), also_ok=[REJECT])
    corpus.found("score_above_one", ACCEPT, [["score"]], first(score=1.0000001), **RIGHT)
    corpus.found("score_negative", ACCEPT, [["score"]], first(score=-0.25), also_ok=[DROP])
    corpus.found("scores_all_the_same", ACCEPT, [], every(score=0.5), **RIGHT)
    corpus.found("scores_all_missing", REJECT, [["score"]], every(score=...), also_ok=[DROP])
    corpus.found("scores_of_tiny_differences", ACCEPT, [], every(score=lambda _, place: 5e-324 * (place + 1)), **RIGHT)


def _references(corpus: Corpus) -> None:
    corpus.found("image_unknown", DROP, [["image"], ["4711"]], first(image_id=4711), **ONE)
    corpus.found(
        "of_another_set", REJECT, [["match", "none of", "unknown"]], every(image_id=lambda record, _: record["image_id"] + 500)
    )
    corpus.found(
        "classes_of_another_set",
        REJECT,
        [["class", "categor"]],
        every(category_id=lambda record, _: record["category_id"] + 500),
        also_ok=[DROP],
    )
    corpus.found("category_unknown", DROP, [["categor", "class"], ["4711"]], first(category_id=4711), **ONE)
    for key, word in (("image_id", "image"), ("category_id", "categor")):
        for name, value in {
            "missing": ...,
            "null": None,
            "true": True,
            "a_half": 1.5,
            "a_list": [1],
            "of_thirty_digits": 10**30,
            "nan": float("nan"),
        }.items():
            corpus.found(f"{key}_{name}", DROP, [[word, "class"]], first(**{key: value}), **ONE)
        corpus.found(f"{key}_as_decimal", ACCEPT, [], every(**{key: lambda record, _, key=key: float(record[key])}), **RIGHT)
        corpus.found(
            f"{key}_as_text", ACCEPT, [], every(**{key: lambda record, _, key=key: str(record[key])}), also_ok=[REJECT], **RIGHT
        )
    names = {one["id"]: one["name"] for one in TRUTH["categories"]}
    corpus.found(
        "category_by_name", ACCEPT, [], every(category_id=lambda record, _: names[record["category_id"]]), also_ok=[REJECT]
    )
    pictures = {one["id"]: one["file_name"] for one in TRUTH["images"]}
    corpus.found("image_by_file_name", ACCEPT, [], every(image_id=lambda record, _: pictures[record["image_id"]]), **RIGHT)
    corpus.found(
        "image_by_stem",
        ACCEPT,
        [],
        every(image_id=lambda record, _: pictures[record["image_id"]][:-4]),
        also_ok=[REJECT],
        **RIGHT,
    )
    corpus.found(
        "image_by_path",
        ACCEPT,
        [],
        every(image_id=lambda record, _: "/data/val/" + pictures[record["image_id"]]),
        also_ok=[REJECT],
        **RIGHT,
    )
    corpus.found(
        "image_by_name_in_its_own_field",
        ACCEPT,
        [],
        every(file_name=lambda record, _: pictures[record["image_id"]], image_id=...),
        also_ok=[REJECT],
        **RIGHT,
    )
    corpus.found("image_by_path_that_climbs_out", DROP, [["image", "outside"]], first(image_id="../../a.jpg"), also_ok=[ACCEPT])
