"""Figures in parts are those of the whole run, to the bit, however the images are cut and the parts merged."""

from __future__ import annotations

import dataclasses
import pickle
from concurrent.futures import CancelledError
from itertools import pairwise

import numpy as np
import pytest

from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.partial_figures import PartialFigures, merge_parts, partial_figures
from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.evaluation.run_columns import RunColumns, columns_of, offsets_in
from diag_gui.evaluation.streamed_figures import figures_of_parts, stream_figures
from diag_gui.exceptions import DatasetMismatchError, EvaluationError
from tests.benchmarks.street_scenes import Size, street_scenes
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.evaluation.same_evaluations import CLASS_COLUMNS

PARAMS = EvaluationParams(iou_threshold=0.6, score_threshold=0.3)


def assert_same(streamed, dataset, run, params):
    facts = prepare_run(dataset, run, max_detections=params.max_detections)
    summary, evaluation = summarize(facts), evaluate(facts, params)
    assert repr(streamed.figures) == repr(summary.figures)
    for name in ("class_rows", "ap", "recall", "n_gt"):
        np.testing.assert_array_equal(getattr(streamed, name), getattr(summary, name), err_msg=name)
    for name in CLASS_COLUMNS:
        ours, theirs = (getattr(table, name) for table in (streamed.per_class, evaluation.per_class))
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
        assert ours.dtype == theirs.dtype
    assert repr(streamed.totals) == repr(evaluation.totals)
    for name in ("mean_iou", "ap50"):
        assert repr(getattr(streamed.totals, name)) == repr(getattr(evaluation.totals, name))
    assert streamed.n_predictions == len(run.predictions)


def parts_of(columns, params, cuts):
    bounds = [0, *cuts, columns.n_images]
    return [partial_figures(columns, first, last, params) for first, last in pairwise(bounds)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("max_detections", "iou", "score"), [(100, 0.5, 0.25), (2, 0.73, -1.0), (7, 0.13, 0.95)])
def test_every_figure_is_that_of_the_whole_run_to_the_bit(seed, max_detections, iou, score):
    dataset, run = by_hand(*random_set(seed, crowds=seed % 2 == 0, ties=seed % 3 == 0, n_gt=60, n_predictions=300))
    params = EvaluationParams(iou, score, max_detections=max_detections)
    assert_same(stream_figures(columns_of(dataset, run), params), dataset, run, params)


def test_large_scenes_on_several_threads():
    # The twin in numpy walks box by box: fewer images show the same, in seconds.
    dataset, run = street_scenes(Size(1500 if KERNEL == "compiled" else 40, 30, 7, 60), seed=3)
    assert_same(stream_figures(columns_of(dataset, run), PARAMS, workers=3), dataset, run, PARAMS)


@pytest.mark.parametrize("cuts", [(), (1,), (3, 3, 5), tuple(range(1, 8))], ids=str)
def test_however_images_are_cut(cuts):
    dataset, run = by_hand(*random_set(4, crowds=True, ties=True))
    columns = columns_of(dataset, run)
    assert_same(figures_of_parts(parts_of(columns, PARAMS, cuts), columns.n_classes, PARAMS), dataset, run, PARAMS)


def test_parts_travel_and_merge_in_any_tree():
    dataset, run = by_hand(*random_set(5, crowds=True, ties=True))
    columns = columns_of(dataset, run)
    parts = [pickle.loads(pickle.dumps(part)) for part in parts_of(columns, PARAMS, (2, 4, 5))]
    whole = parts_of(columns, PARAMS, ())[0]
    for merged in (
        merge_parts(parts),
        merge_parts([merge_parts(parts[:2]), merge_parts(parts[2:])]),
        merge_parts([parts[0], merge_parts([merge_parts(parts[1:3]), parts[3]])]),
    ):
        for field in dataclasses.fields(PartialFigures):
            np.testing.assert_array_equal(getattr(merged, field.name), getattr(whole, field.name), err_msg=field.name)
    assert_same(figures_of_parts([merge_parts(parts)], columns.n_classes, PARAMS), dataset, run, PARAMS)


def test_another_score_threshold_needs_no_new_parts():
    dataset, run = by_hand(*random_set(6))
    columns = columns_of(dataset, run)
    parts = parts_of(columns, PARAMS, (3,))
    for score in (0.0, 0.5, 0.99):
        params = dataclasses.replace(PARAMS, score_threshold=score)
        assert_same(figures_of_parts(parts, columns.n_classes, params), dataset, run, params)


def test_a_part_takes_about_fourteen_bytes_per_prediction():
    dataset, run = street_scenes(Size(60, 8, 7, 60), seed=3)
    columns = columns_of(dataset, run)
    assert partial_figures(columns, 0, 60, PARAMS).n_bytes < 18 * len(run.predictions)
    narrow = dataclasses.replace(columns, pred_score=columns.pred_score.astype(np.float32))
    part = partial_figures(narrow, 0, 60, PARAMS)
    assert part.score.dtype == np.float32
    assert part.n_bytes < 14 * len(run.predictions)


def test_columns_of_float32_mapped_from_files(tmp_path):
    dataset, run = street_scenes(Size(40, 5, 7, 30), seed=1)
    columns = columns_of(dataset, run)
    mapped = {}
    for field in dataclasses.fields(RunColumns):
        column = getattr(columns, field.name)
        if isinstance(column, np.ndarray):
            narrow = column.astype(np.float32) if column.dtype == np.float64 else column
            np.save(tmp_path / f"{field.name}.npy", narrow)
            mapped[field.name] = np.load(tmp_path / f"{field.name}.npy", mmap_mode="r")
    small = RunColumns(columns.n_classes, **mapped)
    wide = {name: column.astype(np.float64) if column.dtype == np.float32 else column for name, column in mapped.items()}
    same = RunColumns(columns.n_classes, **wide)
    one, other = (stream_figures(one, PARAMS) for one in (small, same))
    assert repr(one.figures) == repr(other.figures)
    assert repr(one.totals) == repr(other.totals)
    assert 0 < one.figures["AP"] < 1


@pytest.mark.parametrize(
    ("n_images", "ground_truth", "predictions"),
    [
        (0, [], []),
        (1, [], []),
        (3, [], [(2, 1, 0, 0, 5, 5, 0.5)]),
        (3, [(1, 1, 0, 0, 5, 5)], []),
        (1, [(1, 1, 0, 0, 5, 5, 1)], [(1, 1, 0, 0, 5, 5, 0.5), (1, 1, 1, 0, 5, 5, 0.5)]),
        (2, [(1, 1, 0, 0, 0, 5), (2, 2, 3, 3, -4, -4)], [(1, 1, 0, 0, 0, 5, 0.5), (2, 2, 3, 3, -4, -4, 0.25)]),
        (1, [(1, 1, 0, 0, 2e5, 2e5)], [(1, 1, 0, 0, 2e5, 2e5, 1.0), (1, 2, 0, 0, 2e5, 2e5, 1.0)]),
        (1, [(1, 1, 0, 0, 9, 9)], [(1, 1, 0, 0, 9, 9, float("inf")), (1, 1, 0, 0, 9, 8, float("-inf"))]),
    ],
)
def test_small_and_odd_runs(n_images, ground_truth, predictions):
    dataset, run = by_hand(n_images, 3, ground_truth, predictions)
    params = EvaluationParams(score_threshold=0.2)
    assert_same(stream_figures(columns_of(dataset, run), params), dataset, run, params)


def test_a_million_classes_take_memory_for_those_that_are_used():
    dataset, run = by_hand(2, 3, [(1, 1, 0, 0, 5, 5), (2, 3, 0, 0, 9, 9)], [(1, 1, 0, 0, 5, 5, 0.9), (2, 3, 0, 0, 9, 8, 0.8)])
    columns = dataclasses.replace(
        columns_of(dataset, run),
        n_classes=1_000_000,
        gt_class=np.array([7, 999_999], np.int32),
        pred_class=np.array([7, 999_999], np.int32),
    )
    streamed = stream_figures(columns, PARAMS)
    assert streamed.class_rows.tolist() == [7, 999_999]
    assert streamed.totals.tp == 2
    assert partial_figures(columns, 0, 2, PARAMS).n_bytes < 1000


def changed(name, value):
    dataset, run = by_hand(*random_set(1))
    return dataclasses.replace(columns_of(dataset, run), **{name: value(getattr(columns_of(dataset, run), name).copy())})


def with_entry(value):
    def change(column):
        column[len(column) // 2] = value
        return column

    return change


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pred_score", with_entry(np.nan)),
        ("pred_xywh", with_entry(np.inf)),
        ("gt_xywh", with_entry(np.nan)),
        ("pred_class", with_entry(4)),
        ("gt_class", with_entry(-1)),
    ],
)
def test_values_that_cannot_be_computed_with_are_refused(name, value):
    columns = changed(name, value)
    with pytest.raises(EvaluationError, match=name):
        stream_figures(columns, PARAMS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pred_score", lambda column: column[:-1]),
        ("pred_xywh", lambda column: column[:, :3]),
        ("gt_class", lambda column: column.astype(float)),
        ("gt_is_crowd", lambda column: column.astype(np.uint8)),
        ("gt_offsets", lambda column: column[::-1]),
        ("pred_offsets", lambda column: column - 1),
    ],
)
def test_columns_of_the_wrong_kind_are_refused(name, value):
    with pytest.raises(EvaluationError, match=name):
        changed(name, value)


def test_offsets_of_different_numbers_of_images_are_refused():
    with pytest.raises(EvaluationError, match="different numbers of images"):
        changed("gt_offsets", lambda column: column[:-1])


def test_predictions_of_another_dataset_are_refused():
    (dataset, _), (_, run) = by_hand(3, 1, [], []), by_hand(2, 1, [], [])
    with pytest.raises(DatasetMismatchError, match="2 images for ground truth of 3"):
        columns_of(dataset, run)


def test_parts_that_do_not_belong_together_are_refused():
    columns = columns_of(*by_hand(*random_set(1)))
    parts = [partial_figures(columns, 0, 4, PARAMS), partial_figures(columns, 4, 8, EvaluationParams(0.7))]
    for combine in (merge_parts, lambda some: figures_of_parts(some, columns.n_classes, PARAMS)):
        with pytest.raises(EvaluationError, match=r"iou_threshold: parts were computed with different ones: \[0.6, 0.7\]"):
            combine(parts)
        with pytest.raises(EvaluationError, match="none were given"):
            combine([])
    with pytest.raises(EvaluationError, match="differ from those"):
        figures_of_parts(parts[:1], columns.n_classes, EvaluationParams(0.7))
    with pytest.raises(EvaluationError, match="'bbox' alone"):
        partial_figures(columns, 0, 4, EvaluationParams(task="segm"))
    with pytest.raises(EvaluationError, match="rules"):
        partial_figures(columns, 0, 4, EvaluationParams(rules=RuleSettings(Rules.VOC)))


def test_streaming_can_be_cancelled():
    with pytest.raises(CancelledError):
        stream_figures(columns_of(*by_hand(*random_set(1))), PARAMS, cancelled=lambda: True)


def test_offsets_in_a_column_of_image_rows():
    assert offsets_in(np.array([0, 0, 3], np.int32), 5).tolist() == [0, 2, 2, 2, 3, 3]
    assert offsets_in(np.zeros(0, np.int32), 2).tolist() == [0, 0, 0]
    with pytest.raises(EvaluationError, match="does not ascend"):
        offsets_in(np.array([0, 2, 1]), 5)
    with pytest.raises(EvaluationError, match=r"outside 0\.\.1"):
        offsets_in(np.array([0, 2]), 2)
