"""Predictions of several files, walked through together, are those of one file to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.evaluation.joined_columns import JoinedColumns, joined_columns
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.run_columns import columns_of, columns_of_predictions, offsets_in
from diag_gui.evaluation.streamed_figures import stream_figures
from diag_gui.exceptions import EvaluationError
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.evaluation.test_streamed_figures import assert_same

PARAMS = EvaluationParams(iou_threshold=0.6, score_threshold=0.3)


def dealt(dataset, run, of_part, n_parts):
    """Return the predictions in parts, each row in the part that ``of_part`` says, and the rows in the order of the parts."""
    predictions = run.predictions
    parts, order = [], []
    for part in range(n_parts):
        rows = np.flatnonzero(of_part == part)
        offsets = offsets_in(predictions.image_row[rows], len(dataset.images))
        parts.append(
            columns_of_predictions(dataset, offsets, predictions.class_row[rows], predictions.xywh[rows], predictions.score[rows])
        )
        order.append(rows)
    return parts, np.concatenate(order)


def reordered(run, order):
    """Return the run as its records would be read from one file that has them in this order."""
    predictions = run.predictions
    order = order[np.argsort(predictions.image_row[order], kind="stable")]
    names = ("image_row", "class_row", "xywh", "score")
    return replace(run, predictions=replace(predictions, **{name: getattr(predictions, name)[order] for name in names}))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["by image", "record by record", "one holds all"])
def test_however_records_are_dealt_out(seed, kind):
    dataset, run = by_hand(*random_set(seed, crowds=seed % 2 == 0, ties=True, n_gt=60, n_predictions=300))
    draws, n = np.random.default_rng(seed), len(run.predictions)
    of_part = {
        "by image": run.predictions.image_row % 3,
        "record by record": draws.integers(0, 3, n),
        "one holds all": np.full(n, 1),
    }[kind]
    parts, order = dealt(dataset, run, of_part, 3)
    assert_same(stream_figures(joined_columns(parts), PARAMS, workers=2), dataset, reordered(run, order), PARAMS)


def test_one_part_is_itself():
    dataset, run = by_hand(*random_set(1))
    columns = columns_of(dataset, run)
    assert joined_columns([columns]) is columns


def test_scores_are_float32_only_where_all_are():
    dataset, run = by_hand(*random_set(2, ties=True))
    columns = columns_of(dataset, run)
    short = replace(columns, pred_score=columns.pred_score.astype(np.float32))
    assert JoinedColumns((short, short)).scores_are_float32
    assert not JoinedColumns((short, columns)).scores_are_float32


def test_parts_of_other_data_are_refused():
    columns = columns_of(*by_hand(*random_set(1)))
    with pytest.raises(EvaluationError, match="none were given"):
        JoinedColumns(())
    with pytest.raises(EvaluationError, match="different numbers"):
        JoinedColumns((columns, replace(columns, n_classes=columns.n_classes + 1)))
