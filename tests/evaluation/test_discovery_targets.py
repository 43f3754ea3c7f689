"""Every question that can be asked finds a weakness of its own kind that was planted, and none where there is none."""

from __future__ import annotations

import pytest

from diag_gui.evaluation.discovery_targets import TARGETS, questions_of
from tests.evaluation.planted_searches import ERRORS_OF, another_draw, found_in, shared
from tests.evaluation.planted_slices import planted_set

SEEDS = {target: seed for seed, target in enumerate(ERRORS_OF, 40)}


def test_every_question_has_a_seed() -> None:
    assert set(SEEDS) == {question for target in TARGETS for question in questions_of(target)}


@pytest.mark.parametrize("target", SEEDS)
def test_a_weakness_that_was_planted_is_found(target: str) -> None:
    planted = planted_set(SEEDS[target], errors=ERRORS_OF[target])
    found = found_in(planted, target, other=another_draw(SEEDS[target], target, missed_inside=0.15))
    table = shared(found, planted)
    assert table.max(initial=0) > 0.5
    best = found.slices[int(table[:, 0].argmax())]
    assert best.mean > best.rest
    assert (best.low > 0, best.q < 0.05) == (True, True)
    # What is reported beside it is at most one more.
    assert len(found.slices) <= 2


def test_hardly_anything_is_found_where_errors_are_the_same_everywhere() -> None:
    """Of twenty sets one may say something: that is what a q below .05 means."""
    reported = {}
    for target, seed in SEEDS.items():
        settings = {"n_planted": 0, "n_images": 600, "n_columns": 6}
        planted = planted_set(seed, errors=ERRORS_OF[target], **settings)
        reported[target] = len(found_in(planted, target, other=another_draw(seed, target, **settings)).slices)
    assert sum(reported.values()) <= 1, reported
