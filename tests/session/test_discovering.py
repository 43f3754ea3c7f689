"""Searching for the worst slices from the window: a weakness that was planted is listed, and none where there is none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from diag_gui.session.slice_table import SliceOrigin

N_IMAGES = 240


@pytest.fixture
def planted(nothing_open, tmp_path):
    """Two labels per image; at the site ``quay`` at night, a quarter of the images, nothing is found, elsewhere nine of ten."""
    rng = np.random.default_rng(0)
    sites, times = rng.choice(["quay", "yard"], N_IMAGES), rng.choice(["day", "night"], N_IMAGES)
    images = [{"id": row, "file_name": f"{row}.jpg", "width": 100, "height": 100} for row in range(N_IMAGES)]
    labels = [(row, x) for row in range(N_IMAGES) for x in (10, 60)]
    truth = {
        "images": images,
        "categories": [{"id": 1, "name": "crane"}],
        "annotations": [
            {"id": place, "image_id": row, "category_id": 1, "bbox": [x, 20, 30, 30], "area": 900, "iscrowd": 0}
            for place, (row, x) in enumerate(labels, 1)
        ],
    }
    is_weak = (sites == "quay") & (times == "night")
    found = [
        {"image_id": row, "category_id": 1, "bbox": [x, 20, 30, 30], "score": 0.9}
        for row, x in labels
        if not is_weak[row] and rng.random() < 0.9
    ]
    lines = [f"{row}.jpg,{site},{time}\n" for row, (site, time) in enumerate(zip(sites, times, strict=True))]
    paths = [tmp_path / name for name in ("truth.json", "found.json", "places.csv")]
    paths[0].write_text(json.dumps(truth), encoding="utf-8")
    paths[1].write_text(json.dumps(found), encoding="utf-8")
    paths[2].write_text("file_name,site,time\n" + "".join(lines), encoding="utf-8")
    nothing_open.open(paths)
    nothing_open.controller.slices.watch(True)
    nothing_open.settle()
    return nothing_open


def test_the_planted_weakness_is_listed_first_with_how_it_was_found(planted):
    planted.controller.slices.discovery.find("misses")
    planted.settle()
    first = planted.state.slice_table.ranked()[0]
    assert first.origin is SliceOrigin.FOUND
    assert "site" in first.expression
    assert "time" in first.expression
    assert "confirmed on the other" in first.remark
    assert planted.state.slice_current == first.expression
    assert planted.state.query.expressions == (first.expression,)
    assert "Found" in planted.state.notice.text
    assert "searched on" in planted.state.notice.details


def test_the_first_slice_stays_in_question_when_it_is_found_again(planted):
    for _ in range(2):
        planted.controller.slices.discovery.find("misses")
        planted.settle()
    assert planted.state.slice_current in planted.state.query.expressions


def test_nothing_is_listed_where_the_other_half_confirms_nothing(planted):
    planted.controller.query.add_expression("site = 'yard'")
    planted.settle()
    planted.controller.slices.discovery.find("misses")
    planted.settle()
    assert planted.state.slice_own == ()
    assert planted.state.notice.text.startswith("No slice is confirmed to be worse than the rest")


def test_it_can_be_cancelled(planted):
    planted.controller.slices.discovery.find("false-positives")
    planted.controller.cancel("slice-find")
    planted.settle()
    assert planted.state.slice_own == ()


def test_worse_than_another_run_needs_one(planted):
    planted.controller.slices.discovery.find("worse")
    planted.settle()
    assert planted.state.notice.is_error
    assert "no other run" in planted.state.notice.text
