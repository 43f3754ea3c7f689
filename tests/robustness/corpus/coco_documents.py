"""COCO files that are broken as JSON, or whose parts are not what COCO says."""

from __future__ import annotations

import gzip
import json

from tests.robustness.corpus.items import (
    ACCEPT,
    DROP,
    FOUND,
    REJECT,
    RIGHT,
    TRUTH,
    Corpus,
    as_written,
    every,
    first,
    whole,
)


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _broken(corpus)
    _encodings(corpus)
    _almost_json(corpus)
    _keys_twice(corpus)
    _parts(corpus)
    _another_kind(corpus)


def _broken(corpus: Corpus) -> None:
    text = json.dumps(TRUTH)
    corpus.truth("cut_off", REJECT, [["truncated", "JSON", "unexpected end"]], text[: len(text) * 2 // 3])
    corpus.truth("last_brace_missing", REJECT, [["truncated", "JSON", "unexpected end"]], text[:-1])
    corpus.truth("nothing", REJECT, [["empty"]], "")
    corpus.truth("blanks_only", REJECT, [["empty", "blank"]], " \n\t\n ")
    corpus.truth("a_page_of_the_web", REJECT, [["JSON"]], "<!doctype html><title>404</title><p>gone</p>")
    corpus.truth("deep", REJECT, [["nest", "depth", "JSON"]], text[:-1] + ', "x": ' + "[" * 50_000 + "]" * 50_000 + "}")
    corpus.truth(
        "deep_in_a_label",
        REJECT,
        [["nest", "depth", "deep"]],
        text.replace('"iscrowd": 0', '"attributes": ' + '{"a":' * 9_000 + "1" + "}" * 9_000 + ', "iscrowd": 0', 1),
    )
    corpus.truth("fifty_deep", ACCEPT, [], text[:-1] + ', "x": ' + "[" * 50 + "]" * 50 + "}", **RIGHT)
    corpus.truth("two_documents", REJECT, [["JSON", "after", "extra", "trailing"]], text + text)
    corpus.truth("words_after_the_end", REJECT, [["JSON", "after", "extra", "trailing"]], text + "\nDone in 3.1 s\n")
    corpus.truth("zeros_after_the_end", REJECT, [["JSON", "after", "extra", "trailing", "zero"]], text.encode() + bytes(4096))
    corpus.truth("lines_after_the_end", ACCEPT, [], text + "\r\n\r\n", **RIGHT)
    corpus.truth("words_before_the_start", REJECT, [["JSON"]], "loading annotations...\n" + text)
    corpus.add(
        "gt/blanks.json.gz",
        "gt",
        REJECT,
        [["too large", "limit", "compressed"]],
        "a gzip bomb of blanks",
        gzip.compress(text.encode() + b" " * 200_000_000, 9),
        use_with="_base/preds_perfect.json",
    )
    packed = gzip.compress(text.encode())
    corpus.truth("packed_but_not_called_so", ACCEPT, [], packed, also_ok=[REJECT], **RIGHT)
    corpus.add("gt/packed.json.gz", "gt", ACCEPT, [], "packed", packed, use_with="_base/preds_perfect.json", **RIGHT)
    corpus.add(
        "gt/packed_and_cut.json.gz",
        "gt",
        REJECT,
        [["gzip", "truncated", "damaged", "compressed"]],
        "a packed file that ends early",
        packed[:-20],
        use_with="_base/preds_perfect.json",
    )
    corpus.add(
        "gt/packed_and_damaged.json.gz",
        "gt",
        REJECT,
        [["gzip", "damaged", "compressed", "JSON"]],
        "a packed file with noise",
        packed[:60] + b"noise" + packed[65:],
        use_with="_base/preds_perfect.json",
    )
    corpus.add(
        "gt/called_packed.json.gz",
        "gt",
        ACCEPT,
        [],
        "called packed, and is not",
        text,
        use_with="_base/preds_perfect.json",
        also_ok=[REJECT],
    )


def _encodings(corpus: Corpus) -> None:
    text = json.dumps(TRUTH)
    words = [["UTF-16", "UTF-32", "UTF-8", "encoding", "encoded"]]
    corpus.truth("byte_order_mark", ACCEPT, [], b"\xef\xbb\xbf" + text.encode(), **RIGHT)
    corpus.truth("sixteen_bits", REJECT, words, text.encode("utf-16"), also_ok=[ACCEPT])
    corpus.truth("sixteen_bits_big_end", REJECT, words, b"\xfe\xff" + text.encode("utf-16-be"), also_ok=[ACCEPT])
    corpus.truth("sixteen_bits_unmarked", REJECT, words, text.encode("utf-16-le"), also_ok=[ACCEPT])
    corpus.truth("thirty_two_bits", REJECT, words, text.encode("utf-32"), also_ok=[ACCEPT])
    name = text.replace("gull", "Möwe")
    corpus.truth("name_in_latin_1", REJECT, words, name.encode("latin-1"), also_ok=[ACCEPT])
    corpus.truth("name_in_utf_8", ACCEPT, [["Möwe"]], name, **RIGHT)
    corpus.truth("byte_cut_from_a_letter", REJECT, words, name.encode().replace(b"\xc3\xb6", b"\xc3"))
    corpus.truth("a_slash_in_two_bytes", REJECT, words, text.encode().replace(b"gull", b"\xc0\xaf"))
    corpus.truth("half_a_pair", ACCEPT, [], text.replace("gull", "gu\\ud800ll"), also_ok=[REJECT])
    corpus.truth("pairs_in_escapes", ACCEPT, [["\U0001f426"]], text.replace("gull", "\\ud83d\\udc26"), **RIGHT)


def _almost_json(corpus: Corpus) -> None:
    text = json.dumps(TRUTH)
    for name, content in {
        "comma_before_the_end": text.replace("}]", "},]"),
        "comments": "// exported\n" + text,
        "comments_in_blocks": text.replace('"images"', '/* pictures */ "images"'),
        "single_quotes": repr(TRUTH),
        "bare_keys": text.replace('"images"', "images"),
        "python_words": text.replace('"iscrowd": 0', '"iscrowd": False'),
        "number_with_plus": as_written("[+10, 8, 40, 30]"),
        "number_with_zero_first": as_written("[010, 8, 40, 30]"),
        "number_without_zero": as_written("[10, 8, 40, .5]"),
        "number_with_open_end": as_written("[10., 8, 40, 30]"),
        "number_with_open_exponent": as_written("[10, 8, 40, 30e]"),
        "number_in_hexadecimals": as_written("[0x0A, 8, 40, 30]"),
        "number_with_underscore": as_written("[1_0, 8, 40, 30]"),
        "decimal_commas": as_written("[10,5, 8,5, 40,0, 30,0"),
        "raw_line_in_a_name": text.replace("gull", "gu\nll"),
        "raw_zero_in_a_name": text.replace("gull", "gu\0ll"),
        "unknown_escape": text.replace("gull", "gu\\xll"),
        "short_escape": text.replace("gull", "gu\\u12"),
        "missing_comma": text.replace("}, {", "} {", 3),
        "missing_colon": text.replace('"bbox": ', '"bbox" ', 1),
    }.items():
        corpus.truth(name, REJECT, [["JSON"]], content)
    corpus.truth("minus_zero", ACCEPT, [], text.replace('"iscrowd": 0', '"iscrowd": -0'), **RIGHT)
    corpus.truth("exponents", ACCEPT, [], as_written("[1e1, 80e-1, 4.0E+1, 3000e-2]"), **RIGHT)
    many = "10." + "0" * 400
    corpus.truth("four_hundred_digits", ACCEPT, [], as_written(f"[{many}, 8, 40, 30]"), **RIGHT)


def _keys_twice(corpus: Corpus) -> None:
    text = json.dumps(TRUTH)
    corpus.truth("annotations_twice", REJECT, [["duplicate"], ["annotations"]], text[:-1] + ', "annotations": []}')
    corpus.truth("categories_twice", REJECT, [["duplicate"], ["categories"]], text[:-1] + ', "categories": []}')
    corpus.truth(
        "annotations_twice_by_escape", REJECT, [["duplicate"], ["annotations"]], text[:-1] + ', "\\u0061nnotations": []}'
    )
    box = text.replace('"bbox": [10,', '"bbox": [90, 8, 5, 5], "bbox": [10,', 1)
    corpus.truth("box_twice", DROP, [["duplicate", "twice"], ["bbox"]], box, also_ok=[REJECT])
    image = text.replace('"image_id": 1', '"image_id": 3, "image_id": 1', 1)
    corpus.truth("image_of_a_label_twice", DROP, [["duplicate", "twice"], ["image_id"]], image, also_ok=[REJECT])
    corpus.found(
        "score_twice",
        DROP,
        [["duplicate", "twice"], ["score"]],
        json.dumps(FOUND).replace('"score": 0.9', '"score": 0.1, "score": 0.9', 1),
        also_ok=[REJECT],
    )


def _parts(corpus: Corpus) -> None:
    for part in ("images", "annotations", "categories"):
        more = {"also_ok": [ACCEPT]} if part == "annotations" else {}
        corpus.truth(f"no_{part}", REJECT, [[part]], whole(**{part: ...}), **more)
        for name, value in {"null": None, "an_object": {"1": {}}, "a_number": 7, "a_text": "see elsewhere"}.items():
            corpus.truth(f"{part}_is_{name}", REJECT, [[part]], whole(**{part: value}))
    corpus.truth("no_labels", ACCEPT, [], whole(annotations=[]))
    corpus.truth("no_pictures_listed", REJECT, [["image"]], whole(images=[]), also_ok=[DROP])
    corpus.truth("no_classes_listed", REJECT, [["categor"]], whole(categories=[]), also_ok=[DROP])
    corpus.truth("info_is_text", ACCEPT, [], whole(info="made by hand", licenses=None), **RIGHT)
    corpus.truth("unknown_parts", ACCEPT, [], whole(videos=[{"id": 1}], type="instances", x={"y": [1, "z"]}), **RIGHT)
    corpus.truth("parts_in_another_order", ACCEPT, [], lambda content: dict(sorted(content.items())), **RIGHT)
    corpus.truth("a_hundred_thousand_keys", ACCEPT, [], whole(info={f"key{n}": n for n in range(100_000)}), **RIGHT)


def _another_kind(corpus: Corpus) -> None:
    corpus.truth("results_as_truth", REJECT, [["prediction", "results", "list", "ground truth"]], json.dumps(FOUND))
    corpus.truth("numbers_only", REJECT, [["ground truth", "JSON", "annotations", "list"]], "[1, 2, 3]")
    for name, content in {
        "an_empty_list": "[]",
        "an_empty_object": "{}",
        "null": "null",
        "a_number": "42",
        "a_text": '"coco"',
    }.items():
        corpus.truth(f"only_{name}", REJECT, [["ground truth", "JSON", "annotations", "images", "format", "recognis"]], content)
    corpus.truth("in_a_list", REJECT, [["ground truth", "JSON", "annotations", "format", "recognis"]], json.dumps([TRUTH]))
    corpus.truth("captions", REJECT, [["box"]], every(bbox=..., area=..., caption="a bird"), also_ok=[DROP])
    corpus.truth(
        "panoptic",
        REJECT,
        [["box", "panoptic", "category_id"]],
        every(
            bbox=...,
            area=...,
            category_id=...,
            iscrowd=...,
            file_name="a.png",
            segments_info=[{"id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
        ),
        also_ok=[DROP],
    )
    corpus.truth("keypoints", ACCEPT, [], first(keypoints=[1, 2, 2] * 17, num_keypoints=17), **RIGHT)
    corpus.truth("lines_of_json", REJECT, [["JSON", "ground truth"]], "\n".join(json.dumps(one) for one in TRUTH["annotations"]))
