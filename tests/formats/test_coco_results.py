"""COCO results: matched by number and by name, odd ones kept or dropped as METRICS.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as oracle

from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ReadReport
from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.coco import read_ground_truth
from diag_gui.formats.coco_results import read_predictions
from tests.formats.coco_files import good, results, with_result, write
from tests.shared_data import DATA, needs_shared

NAN, INF = float("nan"), float("inf")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return read_ground_truth(write(tmp_path / "gt.json", good()))[0]


def read(dataset: Dataset, tmp_path: Path, content: Any) -> tuple[Predictions, ReadReport]:
    run, report = read_predictions(write(tmp_path / "run_7.json", content), dataset)
    assert run.name == "run_7"
    return run.predictions, report


def test_good_results_are_sorted_by_image_in_file_order(dataset: Dataset, tmp_path: Path) -> None:
    predictions, report = read(dataset, tmp_path, results())
    assert report.problems == ()
    assert predictions.image_row.tolist() == [0, 1, 2]
    assert predictions.source_index.tolist() == [0, 2, 1]
    assert predictions.score.tolist() == [0.95, 0.85, 0.9]
    assert predictions.xywh[2].tolist() == [41, 27, 31, 26]
    assert predictions.image_offsets.tolist() == [0, 1, 2, 3]


def test_scores_keep_every_bit(dataset: Dataset, tmp_path: Path) -> None:
    score = 0.1 + 0.2
    assert read(dataset, tmp_path, with_result(score=score))[0].score[0] == score


@pytest.mark.parametrize("key", ["annotations", "predictions", "results", "detections"])
def test_wrapped_lists_are_read(dataset: Dataset, tmp_path: Path, key: str) -> None:
    assert read(dataset, tmp_path, {"info": {}, key: results()})[1].loaded == 3


def test_no_predictions_are_no_problem(dataset: Dataset, tmp_path: Path) -> None:
    predictions, report = read(dataset, tmp_path, [])
    assert (len(predictions), report.records, report.problems) == (0, 0, ())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bbox": [10, 12, NAN, 24]}, "box-not-finite"),
        ({"bbox": [10, 12, INF, 24]}, "box-not-finite"),
        ({"score": NAN}, "bad-score"),
        ({"score": INF}, "bad-score"),
        ({"score": ...}, "bad-score"),
        ({"score": "0.9"}, "bad-score"),
        ({"image_id": 999}, "unknown-image"),
        ({"category_id": 99}, "unknown-category"),
        ({"image_id": 999, "category_id": 99}, "unknown-image"),
        ({"bbox": ...}, "no-box"),
        ({"bbox": [1, 2]}, "bad-box"),
    ],
)
def test_a_bad_prediction_is_dropped_alone_and_named(dataset: Dataset, tmp_path: Path, changes: Any, code: str) -> None:
    predictions, report = read(dataset, tmp_path, with_result(**changes))
    assert (report.records, report.loaded, report.dropped, report.codes) == (3, 2, 1, {code: 1})
    assert predictions.source_index.tolist() == [2, 1]
    assert "[0]" in report.problems[0].examples[0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bbox": [10, 12, 0, 24]}, "empty-prediction-box"),
        ({"bbox": [10, 12, -3, 24]}, "empty-prediction-box"),
        ({"bbox": [900, 12, 30, 24]}, "prediction-outside-image"),
        ({"bbox": [150, 12, 30, 24]}, "box-partly-outside"),
        ({"score": 95}, "score-out-of-range"),
        ({"score": -0.1}, "score-out-of-range"),
        ({"image_id": "1"}, "image-id-converted"),
        ({"image_id": "1.jpg"}, "image-by-name"),
        ({"category_id": "dog"}, "category-by-name"),
        ({"category_id": "Dog"}, "category-by-name"),
    ],
)
def test_an_odd_prediction_stays_with_a_warning(dataset: Dataset, tmp_path: Path, changes: Any, code: str) -> None:
    predictions, report = read(dataset, tmp_path, with_result(**changes))
    assert (report.loaded, report.dropped, report.codes) == (3, 0, {code: 1})
    assert dataset.images.file_name[predictions.image_row[0]] == "1.jpg"
    assert dataset.classes.name[predictions.class_row[0]] == "dog"


def test_percent_is_suspected_aloud(dataset: Dataset, tmp_path: Path) -> None:
    content = results()
    for record in content:
        record["score"] *= 100
    report = read(dataset, tmp_path, content)[1]
    assert "percent" in report.problems[0].examples[0]
    assert report.problems[0].count == 3


def test_ids_of_another_file_are_refused_or_warned_about_loudly(dataset: Dataset, tmp_path: Path) -> None:
    content = results()
    for record in content:
        record["image_id"] += 5000
    with pytest.raises(DatasetMismatchError, match=r"none of the 3 predictions.*5001"):
        read(dataset, tmp_path, content)
    content = results()
    for record in content:
        record["category_id"] += 5000
    with pytest.raises(DatasetMismatchError, match="category id"):
        read(dataset, tmp_path, content)
    content = results()
    content[0]["image_id"] = content[1]["image_id"] = 5000
    report = read(dataset, tmp_path, content)[1]
    assert report.codes == {"unknown-image": 2, "few-ids-match": 1}
    assert "only 1 of 3" in report.problems[-1].examples[0]


def test_labels_without_scores_are_not_predictions(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no record has a score"):
        read(dataset, tmp_path, good())
    with pytest.raises(FormatError, match="no list of predictions"):
        read(dataset, tmp_path, {"images": []})


def test_names_win_over_numbers_where_both_files_have_names(dataset: Dataset, tmp_path: Path) -> None:
    document = {
        "images": [{"id": n, "file_name": f"photos/{4 - n}.jpg"} for n in (1, 2, 3)],
        "categories": [{"id": 1, "name": "bird"}, {"id": 2, "name": "Cat"}, {"id": 3, "name": "lynx"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5},
            {"id": 2, "image_id": 2, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.6},
            {"id": 3, "image_id": 2, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.7},
        ],
    }
    predictions, report = read(dataset, tmp_path, document)
    assert predictions.image_row.tolist() == [1, 2]
    assert [dataset.classes.name[row] for row in predictions.class_row] == ["bird", "cat"]
    assert report.codes["unknown-category"] == 1, "class 3 is a bird here and a lynx there"
    assert report.codes["category-by-name"] == 2


def test_masks_without_boxes_get_the_box_of_the_oracle(dataset: Dataset, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    masks = []
    for _ in range(20):
        pixels = np.zeros((120, 160), np.uint8, order="F")
        x, y = rng.integers(0, 150), rng.integers(0, 110)
        pixels[y : y + rng.integers(1, 60), x : x + rng.integers(1, 60)] = rng.random() < 0.9 or 1
        pixels &= np.asfortranarray((rng.random((120, 160)) < 0.7).astype(np.uint8))
        pixels[y, x] = 1
        masks.append(oracle.encode(pixels))
    content = [
        {"image_id": 1, "category_id": 2, "score": 0.5, "segmentation": {"size": m["size"], "counts": m["counts"].decode()}}
        for m in masks
    ]
    predictions, report = read(dataset, tmp_path, content)
    assert report.codes == {"box-from-mask": 20}
    np.testing.assert_array_equal(predictions.xywh, [oracle.toBbox(m) for m in masks])
    assert predictions.masks is not None


def test_further_fields_become_columns(dataset: Dataset, tmp_path: Path) -> None:
    predictions, _ = read(dataset, tmp_path, with_result(model="a", entropy=0.25))
    assert predictions.attributes.names == ("model", "entropy")
    assert predictions.attributes["entropy"].missing.tolist() == [False, True, True]


@needs_shared
@pytest.mark.parametrize(
    ("truth", "found", "n"),
    [
        ("coco_val2014_100/instances_val2014_100.json", "coco_val2014_100/instances_val2014_fakebbox100_results.json", 734),
        ("coco_val2014_100/instances_val2014_100.json", "coco_val2014_100/instances_val2014_fakesegm100_results.json", 734),
        ("voc2012_100/gt/coco_from_pascalvoc.json", "voc2012_100/dets_real/cocossd_coco.json", 3202),
        ("voc2012_100/gt/coco_from_pascalvoc.json", "voc2012_100/dets_real/centernet_coco.json", 3103),
        ("voc2012_100/gt/coco_from_pascalvoc.json", "voc2012_100/dets_repo/coco_format/coco_dets.json", 452),
        ("aerial_cars_30/coco/gt.json", "aerial_cars_30/coco/dets_nanodet.json", 2429),
        ("toyexample_cats_12/gts_coco_format/toy_example_coco.JSON", "toyexample_cats_12/dets_coco_format/coco_dets.json", 12),
        ("golden/toy_gt.json", "golden/toy_dt.json", 8),
    ],
)
def test_real_results_are_read_whole(truth: str, found: str, n: int) -> None:
    dataset, _ = read_ground_truth(DATA / truth)
    run, report = read_predictions(DATA / found, dataset)
    assert (report.records, report.loaded, len(run.predictions)) == (n, n, n)


@needs_shared
def test_real_mask_boxes_equal_the_oracles() -> None:
    dataset, _ = read_ground_truth(DATA / "coco_val2014_100/instances_val2014_100.json")
    run, _ = read_predictions(DATA / "coco_val2014_100/instances_val2014_fakesegm100_results.json", dataset)
    assert run.predictions.masks is not None
    np.testing.assert_array_equal(run.predictions.xywh, [oracle.toBbox(mask) for mask in run.predictions.masks])


@needs_shared
def test_results_of_another_numbering_are_refused() -> None:
    dataset, _ = read_ground_truth(DATA / "voc2012_100/gt/coco_format_v2/instances_v2.json")
    with pytest.raises(DatasetMismatchError, match="image id"):
        read_predictions(DATA / "voc2012_100/dets_real/cocossd_coco.json", dataset)


@pytest.mark.parametrize("extra", ["", ', "id": 4', ', "model": "a: b"'])
def test_a_record_that_gives_a_key_twice_is_dropped(dataset: Dataset, tmp_path: Path, extra: str) -> None:
    text = json.dumps(results())[:-2] + ', "score": 0.1' + extra + "}]"
    (tmp_path / "run_7.json").write_text(text)
    run, report = read_predictions(tmp_path / "run_7.json", dataset)
    assert (report.records, report.loaded, report.codes) == (3, 2, {"repeated-key": 1})
    assert "record [2]" in report.problems[0].examples[0]
    assert "'score'" in report.problems[0].examples[0]
    assert len(run.predictions) == 2


def test_words_that_look_like_keys_are_not_keys(dataset: Dataset, tmp_path: Path) -> None:
    predictions, report = read(dataset, tmp_path, with_result(model='the "bbox" and "score" of it', note="bbox"))
    assert (len(predictions), report.problems) == (3, ())
