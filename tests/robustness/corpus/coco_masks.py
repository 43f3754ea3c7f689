"""COCO ground truth whose masks are wrong: the box stays, the mask goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.robustness.corpus.items import ACCEPT, DROP, RIGHT, SIZE, Corpus, every, first

WIDTH, HEIGHT = SIZE
MASK = {"dropped": 1, "dropped_unit": "mask"}
WORDS = [["RLE", "mask", "segmentation", "polygon", "size"]]


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _runs(corpus)
    _polygons(corpus)


def _mask(counts: Any, size: Any = (HEIGHT, WIDTH), **more: Any) -> Callable[[Any], None]:
    return first(segmentation={"size": size, "counts": counts} | more)


def _runs(corpus: Corpus) -> None:
    pixels = WIDTH * HEIGHT
    for name, change in {
        "runs_too_long": _mask([0, pixels * 2]),
        "runs_too_short": _mask([5, 6]),
        "runs_negative": _mask([-5, pixels + 5]),
        "runs_negative_inside": _mask([10, -5, pixels - 5]),
        "runs_of_decimals": _mask([0.5, pixels - 0.5]),
        "runs_nan": _mask([float("nan"), pixels]),
        "runs_of_text": _mask(["5", str(pixels - 5)]),
        "runs_of_lists": _mask([[5], [pixels - 5]]),
        "runs_beyond_64_bits": _mask([2**64 + 5, pixels - 5]),
        "runs_that_wrap_around": _mask([2**32, pixels]),
        "runs_missing": first(segmentation={"size": [HEIGHT, WIDTH]}),
        "runs_null": _mask(None),
        "runs_empty_text": _mask(""),
        "runs_cut_off": _mask("0Pn"),
        "runs_of_other_letters": _mask("~~~~~~"),
        "runs_of_letters_beyond_ascii": _mask("äöü"),
        "runs_with_blanks": _mask("m35 c30"),
        "mask_without_height": _mask([0, 0], [0, WIDTH]),
        "mask_without_end": _mask([0, 2**31], [2**31, 1]),
        "mask_of_negative_size": _mask([pixels], [-HEIGHT, -WIDTH]),
        "mask_of_another_size": _mask([WIDTH * HEIGHT * 4], [HEIGHT * 2, WIDTH * 2]),
        "mask_on_its_side": _mask([pixels], [WIDTH, HEIGHT]),
        "mask_of_three_sizes": _mask([pixels], [HEIGHT, WIDTH, 3]),
        "mask_of_text_sizes": _mask([pixels], [str(HEIGHT), str(WIDTH)]),
        "mask_without_size": first(segmentation={"counts": [pixels]}),
        "mask_by_name": first(segmentation="mask.png"),
        "mask_a_number": first(segmentation=7),
    }.items():
        corpus.truth(name, DROP, WORDS, change, **MASK, **RIGHT)
    corpus.truth("mask_null", ACCEPT, [], every(segmentation=None), **RIGHT)
    corpus.truth("mask_empty", ACCEPT, [], every(segmentation=[]), also_ok=[DROP], **RIGHT)
    corpus.truth("mask_of_nothing_set", ACCEPT, [], _mask([pixels]), also_ok=[DROP], **RIGHT)


def _polygons(corpus: Corpus) -> None:
    for name, points in {
        "polygon_nan": [[1, 2, float("nan"), 4, 5, 6]],
        "polygon_infinite": [[1, 2, float("inf"), 4, 5, 6]],
        "polygon_far_away": [[1, 2, 3e8, 4, 5, 6]],
        "polygon_of_two_points": [[1, 2, 3, 4]],
        "polygon_of_seven_values": [[1, 2, 3, 4, 5, 6, 7]],
        "polygon_of_text": [["1", "2", "30", "4", "50", "60"]],
        "polygon_with_null": [[1, 2, None, 4, 5, 6]],
        "polygon_of_pairs": [[[1, 2], [30, 4], [50, 60]]],
        "polygon_of_nothing": [[]],
        "polygon_and_a_number": [[1, 2, 30, 4, 50, 60], 7],
        "polygon_and_nothing": [[1, 2, 30, 4, 50, 60], []],
    }.items():
        corpus.truth(name, DROP, WORDS, first(segmentation=points), also_ok=[ACCEPT], **MASK, **RIGHT)
    corpus.truth("polygon_not_in_a_list", DROP, WORDS, first(segmentation=[10, 8, 50, 8, 50, 38]), also_ok=[ACCEPT], **MASK)
    corpus.truth("crowd_with_a_polygon", ACCEPT, [], first(segmentation=[[10, 8, 50, 8, 50, 38]], iscrowd=1))
    corpus.truth("polygon_that_crosses_itself", ACCEPT, [], first(segmentation=[[10, 8, 50, 38, 50, 8, 10, 38]]), **RIGHT)
    many = [[(10 + n % 40) if n % 2 == 0 else (8 + n // 2 % 30) for n in range(200_000)]]
    corpus.truth("polygon_of_a_hundred_thousand_points", ACCEPT, [], first(segmentation=many), also_ok=[DROP], **RIGHT)
