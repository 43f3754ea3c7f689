"""Measuring the pictures of the sample: a job, what it makes possible, and the next session that takes it from disk."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.data.attributes import Level
from diag_gui.exceptions import ExpressionError
from tests.session.small_session import Session


@pytest.fixture
def sample(nothing_open, qtbot) -> Session:
    nothing_open.controller.data.open_sample()
    nothing_open.settle()
    nothing_open.controller.slices.watch(True)
    nothing_open.settle()
    return nothing_open


def test_pictures_are_measured_by_a_job_and_can_be_named_then(sample, qtbot, tmp_path):
    with pytest.raises(ExpressionError, match="not measured yet"):
        sample.controller.query.add_expression("brightness < 0.5")
    sample.controller.measure.start()
    qtbot.waitUntil(lambda: sample.controller.jobs.is_idle, timeout=60_000)
    assert sample.controller.measure.is_measured
    assert "Measured 120 pictures" in sample.state.notice.text
    brightness = sample.state.facts.measured.column(Level.IMAGE, "brightness").values
    sample.controller.query.add_expression("brightness < 0.4")
    sample.settle()
    assert sample.state.evaluation.totals.n_images == np.count_nonzero(brightness < 0.4) > 0
    assert {"darkest tenth", "most blurred tenth"} <= {one.definition.name for one in sample.state.slice_table.listed}
    # Another run is shown under the same filter.
    sample.controller.data.set_active_run(1)
    qtbot.waitUntil(lambda: sample.controller.jobs.is_idle, timeout=60_000)
    assert sample.state.active == 1
    assert sample.state.facts.measured.has(Level.PRED, "box_contrast")

    later = Session(qtbot, tmp_path / "later")
    try:
        later.controller.data.open_sample()
        later.settle()
        assert later.controller.measure.is_measured
        np.testing.assert_array_equal(later.state.facts.measured.column(Level.IMAGE, "brightness").values, brightness)
        assert later.state.notice is None or "Measured" not in later.state.notice.text
    finally:
        later.controller.close()


def test_without_pictures_it_says_what_is_missing(session):
    session.controller.measure.start()
    session.settle()
    assert "no pictures" in session.state.notice.text
    assert not session.controller.measure.is_measured
