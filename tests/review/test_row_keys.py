from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.review.keys import AnnotationKey, ImageKey
from diag_gui.review.row_keys import DatasetKeys, RunKeys, ordinals_of_equal, positions_in
from tests.evaluation.coco_facts import by_hand, coco_dict, dataset_from_coco
from tests.examples import examples
from tests.work import lines_run

small = st.integers(1, 3)
objects = st.lists(st.tuples(small, small, small, small, small, small), max_size=30)


@examples(60)
@given(objects, objects)
def test_every_row_is_found_by_its_key(ground_truth: list[tuple[int, ...]], predicted: list[tuple[int, ...]]) -> None:
    dataset, run = by_hand(3, 3, ground_truth, [(*record, 0.25 * record[2]) for record in predicted])
    keys = DatasetKeys(dataset)
    rows = np.arange(len(dataset.ground_truth))[::-1]
    labels = keys.annotation_keys(rows)
    assert len(set(labels)) == len(rows)
    assert keys.gt_rows(labels).tolist() == rows.tolist()
    run_keys = RunKeys(keys, run)
    rows = np.arange(len(run.predictions))
    predictions = run_keys.prediction_keys(rows)
    assert len(set(predictions)) == len(rows)
    assert run_keys.pred_rows(predictions).tolist() == rows.tolist()


def test_a_key_says_what_the_file_says() -> None:
    dataset, _ = by_hand(2, 2, [(1, 2, 10.004, 20, 30, 40), (1, 2, 10.0, 20, 30, 40), (2, 1, 1, 1, 5, 5)], [])
    first, second, third = DatasetKeys(dataset).annotation_keys([0, 1, 2])
    assert first == AnnotationKey(ImageKey("1.jpg"), "b", (10.0, 20.0, 30.0, 40.0), 0)
    assert (second.ordinal, second.annotation_id) == (1, 2)
    assert (third.image.path, third.class_name) == ("2.jpg", "a")


def test_unknown_images_classes_and_boxes_have_no_row() -> None:
    dataset, run = by_hand(1, 1, [(1, 1, 1, 1, 5, 5)], [(1, 1, 1, 1, 5, 5, 0.5)])
    keys = DatasetKeys(dataset)
    (known,) = keys.annotation_keys([0])
    strangers = [
        AnnotationKey(ImageKey("other.jpg"), "a", known.xywh),
        AnnotationKey(known.image, "zebra", known.xywh),
        AnnotationKey(known.image, "a", (1.0, 1.0, 5.0, 5.01)),
        AnnotationKey(known.image, "a", known.xywh, 1),
        known,
    ]
    assert keys.gt_rows(strangers).tolist() == [-1, -1, -1, -1, 0]
    assert keys.gt_rows([]).tolist() == []
    (prediction,) = RunKeys(keys, run).prediction_keys([0])
    _, other = by_hand(1, 1, [], [(1, 1, 1, 1, 5, 5, 0.75)])
    assert RunKeys(keys, other).pred_rows([prediction]).tolist() == [-1]


def test_two_records_of_one_path_and_two_classes_of_one_name_stay_apart() -> None:
    content = coco_dict(2, 2, [(1, 1, 1, 1, 5, 5), (2, 2, 1, 1, 5, 5)])
    for record in content["images"]:
        record["file_name"] = "same.jpg"
    for record in content["categories"]:
        record["name"] = "same"
    keys = DatasetKeys(dataset_from_coco(content))
    labels = keys.annotation_keys([0, 1])
    assert [label.ordinal for label in labels] == [0, 1]
    assert keys.gt_rows(labels).tolist() == [0, 1]


def test_boxes_too_large_for_hundredths_do_not_warn() -> None:
    dataset, _ = by_hand(1, 1, [(1, 1, 1e308, 0, 5, 5), (1, 1, -1e308, 0, 5, 5)], [])
    keys = DatasetKeys(dataset)
    assert keys.gt_rows(keys.annotation_keys([0, 1])).tolist() == [0, 1]


def test_ordinals_count_equal_rows_in_order() -> None:
    columns = np.array([[1, 2], [3, 4], [1, 2], [1, 2], [3, 4]], dtype=np.int64)
    assert ordinals_of_equal(columns).tolist() == [0, 0, 1, 2, 1]
    assert positions_in(columns[:2], np.array([[3, 4], [9, 9]], dtype=np.int64)).tolist() == [1, -1]


def test_keys_of_a_few_rows_of_a_large_run_are_made_of_these_only() -> None:
    rng = np.random.default_rng(0)
    from diag_gui.data.attributes import AttributeTable, Level
    from diag_gui.data.dataset import Source
    from diag_gui.data.predictions import Predictions
    from diag_gui.data.run import Run

    n, n_images = 50_000, 1_000
    dataset = dataset_from_coco(coco_dict(n_images, 3, []))
    predictions = Predictions(
        n_images,
        np.sort(rng.integers(0, n_images, n)).astype(np.int32),
        rng.integers(0, 3, n).astype(np.int32),
        rng.uniform(1, 500, (n, 4)),
        rng.uniform(0, 1, n),
        np.arange(n),
        None,
        None,
        AttributeTable(Level.PRED, n),
    )
    keys = RunKeys(DatasetKeys(dataset), Run("large", predictions, Source(dataset.source.path, "coco", "ab")))
    rows = rng.choice(n, 200, replace=False)
    assert keys.pred_rows(keys.prediction_keys(rows)).tolist() == rows.tolist()
    # Some lines per key that is asked for, and none for the others: there are 50,000 of them.
    assert lines_run(lambda: keys.pred_rows(keys.prediction_keys(rows))) < 30 * len(rows)
