from __future__ import annotations

import json
import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.review.keys import (
    AnnotationKey,
    ImageKey,
    PairKey,
    PredictionKey,
    Target,
    key_box,
    normal_path,
    target_digest,
    target_from_json,
)

texts = st.text(max_size=20)
coordinates = st.floats(-1e6, 1e6)
boxes = st.tuples(coordinates, coordinates, coordinates, coordinates).map(key_box)
images = st.builds(ImageKey, texts.map(normal_path))
labels = st.builds(AnnotationKey, images, texts, boxes, st.integers(0, 5), st.none() | st.integers() | texts)
scores = st.floats(allow_nan=False)
predictions = st.builds(PredictionKey, texts, images, texts, boxes, scores, st.integers(0, 5))
targets = st.one_of(images, labels, predictions, st.builds(PairKey, labels, predictions))


@given(targets)
def test_a_key_survives_json(target: Target) -> None:
    read = target_from_json(json.loads(json.dumps(target.to_json())))
    assert read == target
    assert hash(read) == hash(target)
    assert target_digest(read) == target_digest(target)


@given(targets, targets)
def test_digests_are_equal_exactly_for_equal_keys(first: Target, second: Target) -> None:
    assert (target_digest(first) == target_digest(second)) == (first == second)


def test_a_path_from_windows_or_macos_is_the_same_image() -> None:
    composed = unicodedata.normalize("NFC", "Fotos/Köln ü.jpg")
    assert normal_path("Fotos\\Köln ü.jpg") == composed
    assert normal_path(unicodedata.normalize("NFD", composed)) == composed
    assert normal_path("./Fotos//./Köln ü.jpg") == composed
    assert normal_path("/abs/a.jpg") == "/abs/a.jpg"
    assert normal_path("a/b..c/d.jpg") == "a/b..c/d.jpg"
    assert normal_path("../a.jpg") == "../a.jpg"
    assert normal_path("A.JPG") != normal_path("a.jpg")


def test_the_file_id_does_not_make_another_object() -> None:
    first = AnnotationKey(ImageKey("a.jpg"), "car", (1.0, 2.0, 3.0, 4.0), 0, 7)
    second = AnnotationKey(ImageKey("a.jpg"), "car", (1.0, 2.0, 3.0, 4.0), 0, "other")
    assert first == second
    assert target_digest(first) == target_digest(second)
    read = target_from_json(json.loads(json.dumps(first.to_json())))
    assert isinstance(read, AnnotationKey)
    assert read.annotation_id == 7


def test_boxes_are_resolved_to_a_hundredth_of_a_pixel() -> None:
    assert key_box((1.004, -0.001, 3.3333333, 1e300)) == (1.0, 0.0, 3.33, 2.0**45 / 100)
    assert math.copysign(1, key_box((-0.001, 0, 0, 0))[0]) == 1
    with pytest.raises(ValueError, match="is not a box"):
        key_box((1.0, math.nan, 1.0, 1.0))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "planet", "image": "a"},
        {"kind": "image"},
        {"kind": "ground truth", "image": "a", "class": "c", "box": [1, 2, 3], "ordinal": 0},
        {"kind": "ground truth", "image": "a", "class": "c", "box": [1, 2, 3, "x"], "ordinal": 0},
        {"kind": "ground truth", "image": "a", "class": "c", "box": [1, 2, 3, 4], "ordinal": True},
        {"kind": "ground truth", "image": "a", "class": "c", "box": [1, 2, 3, 4], "ordinal": 0, "id": [1]},
        {"kind": "prediction", "run": "r", "image": "a", "class": "c", "box": [1, 2, 3, 4], "score": "nan", "ordinal": 0},
        {"kind": "pair", "ground_truth": {"kind": "image", "image": "a"}, "prediction": {"kind": "image", "image": "a"}},
    ],
)
def test_what_is_no_key_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        target_from_json(body)
