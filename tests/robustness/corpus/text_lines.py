"""Formats of one object per line: KITTI, VisDrone, DOTA, text detections and YOLTv4."""

from __future__ import annotations

from tests.robustness.corpus.items import ACCEPT, DROP, REJECT, Corpus

Words = list[list[str]]
LINE = {"dropped": 1, "dropped_unit": "line"}


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _kitti(corpus)
    _visdrone(corpus)
    _dota(corpus)
    _text_detections(corpus)
    _yoltv4(corpus)


def _labels(corpus: Corpus, name: str, expected: str, words: Words, content: str | bytes, **more: object) -> None:
    folder = f"lines/{name}"
    corpus.labels(f"{folder}/a.txt", expected, words, content, **{"folder": folder, **more})


def _kitti(corpus: Corpus) -> None:
    good = "tern 0.00 0 -1.58 10.0 8.0 50.0 38.0 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59\n"
    for name, line in {
        "edge_nan": good.replace("10.0", "nan"),
        "edge_a_word": good.replace("10.0", "left"),
        "edges_swapped": good.replace("10.0", "90.0"),
        "columns_missing": "tern 0.00 0 -1.58 10.0 8.0\n",
        "columns_of_commas": good.replace(" ", ","),
        "edge_infinite": good.replace("10.0", "1e999"),
    }.items():
        _labels(corpus, f"kitti_{name}", DROP, [["line 2"]], good + line + good, **LINE)
    _labels(
        corpus,
        "kitti_nothing_to_care_about",
        ACCEPT,
        [],
        good + "DontCare -1 -1 -10 60 60 90 90 -1 -1 -1 -1000 -1000 -1000 -10\n",
    )
    _labels(corpus, "kitti_a_blank_in_a_name", DROP, [["line 2"]], good + good.replace("tern", "arctic tern"), also_ok=[ACCEPT])


def _visdrone(corpus: Corpus) -> None:
    good = "10,8,40,30,1,4,0,0\n"
    for name, line in {
        "box_nan": "nan,8,40,30,1,4,0,0\n",
        "box_a_word": "x,8,40,30,1,4,0,0\n",
        "box_negative": "10,8,-40,30,1,4,0,0\n",
        "box_flat": "10,8,0,30,1,4,0,0\n",
        "columns_missing": "10,8,40\n",
        "class_unknown": "10,8,40,30,1,99,0,0\n",
        "class_a_half": "10,8,40,30,1,4.5,0,0\n",
        "class_negative": "10,8,40,30,1,-4,0,0\n",
    }.items():
        _labels(corpus, f"visdrone_{name}", DROP, [["line 2"]], good + line + good, **LINE)
    _labels(corpus, "visdrone_comma_at_the_end", ACCEPT, [], good.replace("\n", ",\n") * 2)


def _dota(corpus: Corpus) -> None:
    good = "10 8 50 8 50 38 10 38 tern 0\n"
    head = "imagesource:x\ngsd:0.1\n"
    for name, line in {
        "corner_nan": good.replace("10 8 50", "nan 8 50"),
        "corner_a_word": good.replace("10 8 50", "x 8 50"),
        "corners_missing": "10 8 50 8 tern 0\n",
        "all_corners_one": "10 8 10 8 10 8 10 8 tern 0\n",
        "no_name": "10 8 50 8 50 38 10 38\n",
    }.items():
        _labels(corpus, f"dota_{name}", DROP, [["line 4"]], head + good + line + good, **LINE)
    _labels(corpus, "dota_crossed", ACCEPT, [], head + good + "10 8 50 38 50 8 10 38 tern 0\n", also_ok=[DROP])
    more = {"dropped": 1, "dropped_unit": "prediction"}
    found = "a 0.9 10 8 50 8 50 38 10 38\n"
    for name, line in {
        "score_nan": "a nan 10 8 50 8 50 38 10 38\n",
        "corner_nan": "a 0.9 nan 8 50 8 50 38 10 38\n",
        "short": "a 0.9 10 8 50\n",
        "picture_unknown": "zebra 0.9 10 8 50 8 50 38 10 38\n",
    }.items():
        corpus.found_in(f"pred/dota_{name}", DROP, [["line 2"]], {"Task1_tern.txt": found + line + found}, **more)
    corpus.found_in("pred/dota_class_unknown", DROP, [["heron"]], {"Task1_heron.txt": found, "Task1_tern.txt": found}, **more)


def _text_detections(corpus: Corpus) -> None:
    good = "tern 0.9 10 8 50 38\n"
    more = {"dropped": 1, "dropped_unit": "prediction"}
    for name, line in {
        "score_nan": "gull nan 10 8 50 38\n",
        "edge_nan": "gull 0.5 nan 8 50 38\n",
        "edge_a_word": "gull 0.5 x 8 50 38\n",
        "short": "gull 0.5 10 8\n",
        "class_unknown": "heron 0.5 10 8 50 38\n",
        "edge_beyond_floats": "gull 0.5 1e999 8 50 38\n",
    }.items():
        corpus.found_in(f"pred/text_{name}", DROP, [["line 2"]], {"a.txt": good + line + good}, **more)
    corpus.found_in(
        "pred/text_in_sixteen_bits", REJECT, [["UTF-16", "UTF-8", "encod"]], {"a.txt": good.encode("utf-16")}, also_ok=[DROP]
    )
    corpus.found_in(
        "pred/text_of_noise",
        REJECT,
        [["a.txt", "line", "format", "recognis", "UTF-8"]],
        {"a.txt": bytes(range(256)) * 40},
        also_ok=[DROP],
    )
    corpus.found_in("pred/text_zeros", REJECT, [["NUL", "line 2"]], {"a.txt": good + "gull 0.5 1\0 8 50 38\n"}, also_ok=[DROP])
    corpus.found_in("pred/text_with_a_list_beside_it", ACCEPT, [], {"a.txt": good, "README.md": "# about\n"}, also_ok=[DROP])


def _yoltv4(corpus: Corpus) -> None:
    good = "a 0.9 10 8 50 38\n"
    more = {"dropped": 1, "dropped_unit": "prediction"}
    for name, line in {
        "score_nan": "a nan 10 8 50 38\n",
        "edge_nan": "a 0.9 nan 8 50 38\n",
        "short": "a 0.9 10\n",
        "picture_unknown": "zebra 0.9 10 8 50 38\n",
        "tile_of_words": "a__x_y_40_40_4_160_120.jpg 0.9 10 8 50 38\n",
    }.items():
        corpus.found_in(f"pred/yoltv4_{name}", DROP, [["line 2"]], {"comp4_det_test_tern.txt": good + line + good}, **more)
    corpus.found_in("pred/yoltv4_tiles", ACCEPT, [], {"comp4_det_test_tern.txt": "a__0_0_80_80_4_160_120.jpg 0.9 14 12 54 42\n"})
    corpus.found_in(
        "pred/yoltv4_tile_of_thirty_digits",
        DROP,
        [["line 2"]],
        {"comp4_det_test_tern.txt": good + f"a__{10**30}_0_80_80_4_160_120.jpg 0.9 14 12 54 42\n"},
        also_ok=[ACCEPT],
    )
    corpus.found_in(
        "pred/yoltv4_class_unknown",
        DROP,
        [["heron"]],
        {"comp4_det_test_heron.txt": good, "comp4_det_test_tern.txt": good},
        **more,
    )
    head = ",im_name,prob,category,Image_Root,Xmin_Glob,Xmax_Glob,Ymin_Glob,Ymax_Glob\n"
    row = "0,a__0_0_80_80_4_160_120,0.9,tern,a.jpg,10,50,8,38\n"
    for name, bad in {
        "edge_nan": row.replace("10,50", "nan,50"),
        "edge_empty": row.replace("10,50", ",50"),
        "score_a_word": row.replace("0.9", "high"),
        "picture_unknown": row.replace("a.jpg", "zebra.jpg"),
        "row_short": "1,a,0.9\n",
    }.items():
        corpus.add(
            f"pred/refined_{name}.csv",
            "predictions",
            DROP,
            [["line 3", "row"]],
            "refined " + name.replace("_", " "),
            head + row + bad,
            use_with="_base/gt.json",
            **more,
        )
