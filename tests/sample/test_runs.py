"""The three runs are COCO results of a detector that improves and still fails in every way."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tests.sample.conftest import SAMPLE


@pytest.fixture(scope="module")
def results(runs: list[dict[str, str]]) -> list[list[dict[str, Any]]]:
    return [json.loads((SAMPLE / "predictions" / run["file"]).read_text(encoding="utf-8")) for run in runs]


@pytest.fixture(scope="module")
def figures(results: list[list[dict[str, Any]]]) -> list[np.ndarray]:
    out = []
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(SAMPLE / "ground_truth.json"))
        for result in results:
            evaluation = COCOeval(truth, truth.loadRes(result), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            out.append(evaluation.stats)
    return out


def test_three_runs_have_dates_in_order_and_hours(runs: list[dict[str, str]]) -> None:
    assert list(runs[0]) == ["file", "name", "date", "hours", "notes"]
    assert len(runs) == 3
    assert [run["date"] for run in runs] == sorted(run["date"] for run in runs)
    assert all(float(run["hours"]) > 0 for run in runs)
    assert {path.name for path in (SAMPLE / "predictions").glob("*.json")} == {run["file"] for run in runs}


def test_results_name_known_pictures_and_classes_and_score_between_0_and_1(
    results: list[list[dict[str, Any]]], ground_truth: dict[str, Any]
) -> None:
    images, classes = {i["id"] for i in ground_truth["images"]}, {c["id"] for c in ground_truth["categories"]}
    for result in results:
        assert {row["image_id"] for row in result} <= images
        assert {row["category_id"] for row in result} <= classes
        assert all(0 <= row["score"] <= 1 and row["score"] == round(row["score"], 4) for row in result)
        assert min(min(row["bbox"][2:]) for row in result) > 0
        assert max(Counter(row["image_id"] for row in result).values()) <= 100
    # The first run has never seen the rare class often enough to name it.
    assert {row["category_id"] for row in results[-1]} == classes


def test_scores_spread_over_the_whole_range(results: list[list[dict[str, Any]]]) -> None:
    for result in results:
        counts, _ = np.histogram([row["score"] for row in result], bins=10, range=(0, 1))
        assert (counts > 0).sum() >= 9


def test_each_run_is_better_than_the_one_before_and_none_is_perfect(figures: list[np.ndarray]) -> None:
    ap50 = [float(figure[1]) for figure in figures]
    assert ap50[0] + 0.03 < ap50[1]
    assert ap50[1] + 0.03 < ap50[2]
    assert ap50[0] > 0.25
    assert ap50[2] < 0.85
