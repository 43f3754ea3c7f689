"""Which rows are shown, in which order, and what the chips say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog, TagColumns, outcome_class_row
from diag_gui.evaluation.evaluator import Evaluation, RunFacts
from diag_gui.evaluation.label_error_columns import LABEL_SIGNS
from diag_gui.evaluation.outcome_objects import outcome_pred_row
from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind
from diag_gui.evaluation.query import ChipKey, Query, Selection, SortKey, check_expression, images_of, select
from diag_gui.evaluation.row_order import stable_order
from diag_gui.exceptions import ExpressionError
from tests.evaluation.attributed_sets import random_evaluation

FACTS, EVALUATION = random_evaluation(5)
OUTCOMES = EVALUATION.outcomes


def selected(query: Query, tags: TagColumns | None = None) -> Selection:
    return select(query, ColumnCatalog(FACTS, EVALUATION, tags), EVALUATION)


def failures() -> list[int]:
    return np.flatnonzero(np.isin(OUTCOMES.kind, ERROR_KINDS)).tolist()


def test_failures_are_the_rows_of_the_six_kinds() -> None:
    selection = selected(Query())
    assert sorted(selection.rows.tolist()) == failures()
    assert {ERROR_NAMES[kind]: n for kind, n in selection.counts.items()} == EVALUATION.count_at_score
    assert selection.rows.dtype == np.int32


def test_all_adds_the_true_positives() -> None:
    selection = selected(Query(show="all"))
    assert selection.counts[OutcomeKind.TRUE_POSITIVE] == EVALUATION.totals.tp
    assert sum(selection.counts.values()) == len(selection.rows)


def test_counts_are_under_the_other_restrictions() -> None:
    base = Query(expressions=("scene = 'night'",))
    everything = selected(base)
    chosen = selected(replace(base, kinds=frozenset({OutcomeKind.MISSED, OutcomeKind.DUPLICATE})))
    assert chosen.counts == everything.counts
    assert sum(everything.counts.values()) == len(everything.rows)
    assert len(chosen.rows) == everything.counts[OutcomeKind.MISSED] + everything.counts[OutcomeKind.DUPLICATE]
    assert list(everything.counts)[: len(ERROR_KINDS)] == sorted(ERROR_KINDS)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (4, 2), (3, 4)])
def test_a_cell_lists_what_it_counts(row: int, column: int) -> None:
    selection = selected(Query(confusion_cell=(row, column)))
    assert len(selection.rows) == sum(selection.counts.values()) == EVALUATION.confusion.dense()[row, column]


def test_a_class_is_that_of_the_label_or_of_the_prediction() -> None:
    predicted = np.append(OUTCOMES.predictions.class_row, -1)[outcome_pred_row(OUTCOMES)]
    wanted = [row for row in failures() if outcome_class_row(OUTCOMES)[row] == 2 or predicted[row] == 2]
    assert sorted(selected(Query(class_rows=frozenset({2}))).rows.tolist()) == wanted


def test_images_text_and_expressions_restrict() -> None:
    image_row = OUTCOMES.image_row(np.arange(len(OUTCOMES)))
    assert sorted(selected(Query(image_rows=frozenset({4, 5}))).rows) == [row for row in failures() if image_row[row] in (4, 5)]
    assert sorted(selected(Query(text="12.JPG")).rows) == [row for row in failures() if image_row[row] == 11]
    assert len(selected(Query(text="no such")).rows) == 0
    both = selected(Query(expressions=("scene = 'night'", "iou > 0.3")))
    one = selected(Query(expressions=("scene = 'night' AND iou > 0.3",)))
    assert both.rows.tolist() == one.rows.tolist()
    assert 0 < len(both.rows) < len(failures())


def test_a_row_is_tagged_by_its_image_its_label_or_its_prediction() -> None:
    aiming = next(row for row in failures() if OUTCOMES.kind[row] == OutcomeKind.LOCALIZATION)
    ghost = next(row for row in failures() if row < OUTCOMES.n_predictions and OUTCOMES.target[row] < 0)
    word = frozenset({"x"})
    tags = TagColumns(gt={int(OUTCOMES.target[aiming]): word}, pred={ghost: word})
    tagged = selected(Query(review="tagged"), tags).rows.tolist()
    assert {aiming, ghost} <= set(tagged)
    untagged = selected(Query(review="untagged"), tags).rows.tolist()
    assert sorted(tagged + untagged) == failures()
    assert sorted(tagged) == sorted(selected(Query(expressions=("tag IS NOT NULL",)), tags).rows.tolist())
    image = int(OUTCOMES.image_row(np.array([ghost]))[0])
    of_image = selected(Query(review="tagged"), TagColumns(image={image: word})).rows
    assert set(OUTCOMES.image_row(of_image).tolist()) == {image}


def test_a_duplicate_is_not_tagged_by_the_label_that_another_prediction_found() -> None:
    duplicate = next(row for row in failures() if OUTCOMES.kind[row] == OutcomeKind.DUPLICATE)
    label = int(OUTCOMES.target[duplicate])
    shows_it = next(row for row in range(OUTCOMES.n_predictions) if OUTCOMES.target[row] == label and row != duplicate)
    tags = TagColumns(gt={label: frozenset({"x"})})
    for query in (Query(review="tagged", show="all"), Query(expressions=("tag = 'x'",), show="all")):
        rows = selected(query, tags).rows.tolist()
        assert duplicate not in rows
        assert shows_it in rows
    assert duplicate in selected(Query(expressions=("gt.tag = 'x'",)), tags).rows.tolist(), "asked of the label by name"


def test_what_was_decided_about_a_pair_stays_with_the_pair() -> None:
    """The label carries the tag of the pair; another prediction that aims at it does not."""
    aiming = next(row for row in failures() if OUTCOMES.kind[row] == OutcomeKind.LOCALIZATION)
    word = frozenset({"x"})
    tags = TagColumns(gt={int(OUTCOMES.target[aiming]): word}, label={})
    assert aiming not in selected(Query(review="tagged"), tags).rows.tolist()


def test_a_verdict_is_found_by_name_but_is_no_tag() -> None:
    ghost = next(row for row in failures() if OUTCOMES.kind[row] == OutcomeKind.BACKGROUND)
    tags = TagColumns(pred={ghost: frozenset({"label is fine"})}, verdicts=frozenset({"label is fine"}))
    assert selected(Query(expressions=("tag = 'label is fine'",)), tags).rows.tolist() == [ghost]
    assert len(selected(Query(review="tagged"), tags).rows) == 0


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", [key for key in SortKey if key.value not in LABEL_SIGNS])
def test_order_is_stable_and_ends_with_what_is_undefined(sort: SortKey, descending: bool) -> None:
    rows = selected(Query(show="all", sort=sort, descending=descending)).rows
    image_row = OUTCOMES.image_row(rows)
    names = sorted(FACTS.dataset.classes.name)
    keys = {
        SortKey.LABEL_ERROR: FACTS.label_error[rows],
        SortKey.SCORE: np.append(OUTCOMES.predictions.score, np.nan)[outcome_pred_row(OUTCOMES, rows)],
        SortKey.IOU: OUTCOMES.iou[rows],
        SortKey.IMAGE: image_row.astype(float),
        SortKey.CLASS: np.array(
            [names.index(FACTS.dataset.classes.name[row]) for row in outcome_class_row(OUTCOMES, rows)], float
        ),
        SortKey.ERROR: np.array(
            [ERROR_KINDS.index(OutcomeKind(kind)) if kind in ERROR_KINDS else 6 for kind in OUTCOMES.kind[rows]], float
        ),
    }[sort]
    ranked = [
        (bool(np.isnan(key)), 0.0 if np.isnan(key) else -key if descending else key, image, row)
        for key, image, row in zip(keys.tolist(), image_row.tolist(), rows.tolist(), strict=True)
    ]
    assert ranked == sorted(ranked)


def test_stable_order_of_awkward_numbers() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        keys = rng.choice([np.nan, -1.5, 0.0, -0.0, 2.0, 1e300, -1e-300, np.inf, -np.inf], rng.integers(0, 30))
        for descending in (True, False):
            sign = -1 if descending else 1
            expected = sorted(range(len(keys)), key=lambda i: (np.isnan(keys[i]), 0 if np.isnan(keys[i]) else sign * keys[i]))
            assert stable_order(keys, descending=descending).tolist() == expected
        whole = rng.integers(-5, 200_000, 30).astype(np.int32)
        assert stable_order(whole, descending=True).tolist() == sorted(range(30), key=lambda i: -int(whole[i]))


def test_only_expressions_of_images_move_the_figures() -> None:
    catalog = ColumnCatalog(FACTS)
    assert images_of(Query(expressions=("class = 'a'", "tag = 'x'"), image_rows=frozenset({1})), catalog) is None
    images = images_of(Query(expressions=("scene = 'night'", "class = 'a'", "n_gt > 3")), catalog)
    assert images is not None
    np.testing.assert_array_equal(images, catalog.images_where("scene = 'night' AND n_gt > 3"))


def test_selecting_needs_no_catalog_of_the_same_evaluation() -> None:
    query = Query(expressions=("error = 'missed'",))
    fresh = select(query, ColumnCatalog(FACTS), EVALUATION)
    assert fresh.rows.tolist() == selected(query).rows.tolist()


def test_chips_name_each_restriction_and_take_it_off() -> None:
    query = Query(
        kinds=frozenset({OutcomeKind.DUPLICATE, OutcomeKind.MISSED}),
        class_rows=frozenset({1, 0}),
        confusion_cell=(0, 4),
        expressions=("scene = 'night'", "area < 5"),
        image_rows=frozenset({2}),
        text="abc",
        review="untagged",
    )
    chips = query.chips(FACTS.dataset)
    assert [words for words, _ in chips] == [
        "scene = 'night'",
        "area < 5",
        "class: a",
        "class: b",
        "a → background",
        "image: 3.jpg",
        "contains: abc",
        "untagged only",
        "error: missed",
        "error: duplicate",
    ]
    for words, key in chips:
        left = [other for other, _ in query.without(key).chips(FACTS.dataset)]
        assert left == [other for other, _ in chips if other != words]
    for expected in reversed(chips):
        assert query.chips(FACTS.dataset)[-1] == expected
        query = query.without_last(FACTS.dataset)
    assert query == query.without_last(FACTS.dataset) == Query()
    assert query.without(ChipKey("expressions", "not there")) == query


def test_values_change_by_new_values() -> None:
    query = Query().toggled_class(3).toggled_kind(OutcomeKind.BOTH).with_expression("n_gt > 1").with_expression("n_gt > 1")
    assert query == Query(kinds=frozenset({OutcomeKind.BOTH}), class_rows=frozenset({3}), expressions=("n_gt > 1",))
    assert query.toggled_class(3).toggled_kind(OutcomeKind.BOTH).expressions == ("n_gt > 1",)
    assert not query.asks_for_decisions
    assert query.with_expression("gt.tag = 'x'").asks_for_decisions
    assert Query(review="tagged").asks_for_decisions
    with pytest.raises(ValueError, match="review"):
        Query(review="done")
    with pytest.raises(ValueError, match="show"):
        Query(show="some")


def test_what_is_wrong_is_said_before_it_is_asked() -> None:
    catalog = ColumnCatalog(FACTS, EVALUATION)
    check_expression("scene = 'night' AND iou > 0.5", catalog)
    for text in ("scene = ", "sceen = 'night'", "scene > 5"):
        with pytest.raises(ExpressionError):
            check_expression(text, catalog)


def test_an_empty_set_selects_nothing() -> None:
    facts, evaluation = empty()
    selection = select(
        Query(expressions=("class = 'a' OR error IS NULL",), text="x"), ColumnCatalog(facts, evaluation), evaluation
    )
    assert len(selection.rows) == 0
    assert sum(selection.counts.values()) == 0


def empty() -> tuple[RunFacts, Evaluation]:
    from diag_gui.evaluation.evaluator import evaluate, prepare_run
    from diag_gui.evaluation.params import EvaluationParams
    from tests.evaluation.coco_facts import by_hand

    facts = prepare_run(*by_hand(2, 2, [], []))
    return facts, evaluate(facts, EvaluationParams())
