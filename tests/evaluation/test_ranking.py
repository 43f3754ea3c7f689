from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.ranking import rank_predictions
from tests.evaluation.coco_facts import by_hand


def ranking_of(rows, n_images=3, n_classes=3):
    """Rank predictions given as (image id, class id, score)."""
    _, run = by_hand(n_images, n_classes, [], [(image, cls, 0, 0, 9, 9, score) for image, cls, score in rows])
    return rank_predictions(run.predictions, n_classes), run.predictions


def test_rank_is_within_image_and_class_by_descending_score():
    ranking, _ = ranking_of([(1, 1, 0.2), (1, 2, 0.9), (1, 1, 0.7), (1, 1, 0.5), (2, 1, 0.1)])
    assert ranking.rank.tolist() == [2, 0, 0, 1, 0]


def test_equal_scores_keep_the_order_of_images_then_of_the_file():
    ranking, _ = ranking_of([(2, 1, 0.5), (1, 1, 0.5), (1, 1, 0.5), (1, 1, 0.8), (3, 1, 0.5)])
    # Rows are sorted by image: the file's second, third and fourth come first.
    assert ranking.by_class.tolist() == [2, 0, 1, 3, 4]
    assert ranking.rank.tolist() == [1, 2, 0, 0, 0]


def test_where_classes_compete_equal_scores_go_by_class():
    ranking, _ = ranking_of([(1, 3, 0.5), (1, 1, 0.5), (1, 2, 0.9), (1, 1, 0.5)])
    assert ranking.by_image.tolist() == [2, 1, 3, 0]


def test_each_order_holds_every_row_once_and_its_groups_are_cut_by_offsets():
    random = np.random.default_rng(2)
    rows = [(int(i), int(c), float(s)) for i, c, s in zip(
        random.integers(1, 4, 500), random.integers(1, 4, 500), random.integers(-5, 20, 500) / 10, strict=True
    )]  # fmt: skip
    ranking, predictions = ranking_of(rows)
    score = predictions.score
    np.testing.assert_array_equal(ranking.by_score, np.lexsort((np.arange(500), predictions.class_row, -score)))
    np.testing.assert_array_equal(ranking.by_class, np.lexsort((np.arange(500), -score, predictions.class_row)))
    np.testing.assert_array_equal(
        ranking.by_image, np.lexsort((np.arange(500), predictions.class_row, -score, predictions.image_row))
    )
    for c in range(3):
        of_class = ranking.by_class[ranking.class_offsets[c] : ranking.class_offsets[c + 1]]
        assert set(predictions.class_row[of_class]) == {c}


def test_infinite_negative_and_signed_zero_scores_are_in_order():
    ranking, _ = ranking_of([(1, 1, -0.0), (1, 1, 0.0), (1, 1, float("-inf")), (1, 1, -1e-300), (1, 1, float("inf"))])
    assert ranking.by_score.tolist() == [4, 0, 1, 3, 2]


@pytest.mark.parametrize("n_classes", [1, 100_000])
def test_no_prediction_gives_empty_orders(n_classes):
    _, run = by_hand(1, 1, [], [])
    ranking = rank_predictions(run.predictions, n_classes)
    assert len(ranking.rank) == len(ranking.by_class) == 0
    assert len(ranking.class_offsets) == n_classes + 1
