"""The one function behind everything that is shown."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.columns import TagColumns
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, SortKey
from diag_gui.evaluation.run_facts import prepare_run
from diag_gui.session.view import compute_view, make_live
from tests.evaluation.same_evaluations import assert_same
from tests.ui.failure_scene import make_dataset, make_run

PARAMS = EvaluationParams()


@pytest.fixture(scope="module")
def facts():
    dataset = make_dataset(n_copies=2)
    return prepare_run(dataset, make_run(dataset, 2), workers=1)


def test_without_a_query_it_is_the_evaluation_of_everything(facts):
    view = compute_view(facts, PARAMS, Query(), None, None)
    assert view.evaluation.totals == evaluate(facts, PARAMS).totals
    assert len(view.selection.rows) == sum(view.selection.counts.values()) == 14
    assert (view.facts, view.params, view.query) == (facts, PARAMS, Query())


def test_a_filter_of_images_narrows_figures_and_rows_alike(facts):
    view = compute_view(facts, PARAMS, Query(expressions=("weather = 'sun'",)), None, None)
    sunny = {row for row in range(8) if row % 4 == 1}
    assert view.evaluation.totals.n_images == 2
    assert set(view.evaluation.outcomes.image_row(view.selection.rows).tolist()) <= sunny


@pytest.mark.parametrize(
    ("params", "query"),
    [
        (EvaluationParams(iou_threshold=0.4), Query()),
        (EvaluationParams(score_threshold=0.85), Query()),
        (PARAMS, Query(expressions=("weather = 'fog'",))),
        (EvaluationParams(iou_threshold=0.9), Query(expressions=("weather = 'fog'", "area > 100"))),
    ],
)
def test_what_was_shown_before_does_not_change_what_is_shown_next(facts, params, query):
    fresh = compute_view(facts, params, query, None, None)
    for before in (
        compute_view(facts, PARAMS, Query(), None, None),
        compute_view(facts, EvaluationParams(iou_threshold=0.7), Query(expressions=("weather = 'sun'",)), None, None),
    ):
        again = compute_view(facts, params, query, None, before.evaluation)
        assert again.evaluation.totals == fresh.evaluation.totals
        assert again.selection.counts == fresh.selection.counts
        assert np.array_equal(again.selection.rows, fresh.selection.rows)


def test_the_same_images_are_the_same_object(facts):
    """So that figures of these images are not computed again."""
    query = Query(expressions=("weather = 'fog'",))
    first = compute_view(facts, PARAMS, query, None, None)
    second = compute_view(facts, EvaluationParams(iou_threshold=0.6), query, None, first.evaluation)
    assert second.evaluation.images is first.evaluation.images


def test_decisions_are_columns(facts):
    tags = TagColumns(image={}, gt={}, pred={5: frozenset({"relabel"})})
    view = compute_view(facts, PARAMS, Query(expressions=("tag = 'relabel'",)), tags, None)
    assert view.selection.rows.tolist() == [5]
    assert view.evaluation.outcomes.kind[5] == OutcomeKind.DUPLICATE


QUERIES = (
    Query(),
    Query(show="all", sort=SortKey.SCORE, descending=False),
    Query(sort=SortKey.IMAGE, kinds=frozenset({OutcomeKind.MISSED, OutcomeKind.BOTH})),
    Query(sort=SortKey.IOU, class_rows=frozenset({1})),
    Query(sort=SortKey.ERROR, descending=False, expressions=("weather = 'fog'", "area > 100")),
    Query(sort=SortKey.CLASS, text="picture_000001"),
    Query(confusion_cell=(1, 0)),
    Query(class_rows=frozenset({0}), kinds=frozenset({OutcomeKind.DUPLICATE})),
)


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_live_run_shows_what_a_fresh_evaluation_shows(facts, query):
    live = make_live(facts)
    for iou, score in ((0.5, 0.25), (0.3, 0.25), (0.85, 0.0), (0.5, 0.65), (0.505, 0.65)):
        params = EvaluationParams(iou_threshold=iou, score_threshold=score)
        ours = compute_view(facts, params, query, None, None, live)
        fresh = compute_view(facts, params, query, None, None)
        assert_same(ours.evaluation, fresh.evaluation)
        assert ours.selection.rows.tolist() == fresh.selection.rows.tolist()
        assert list(ours.selection.counts.items()) == list(fresh.selection.counts.items())
