"""Filters: each narrows what is shown, comes off again, and can be gone back to."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind
from diag_gui.evaluation.query import Query, SortKey
from diag_gui.exceptions import ExpressionError
from tests.session.small_session import BACKGROUND, BEAR, CAT, COPIES, DOG, N_IMAGES, write_files

N_FAILURES = 7 * COPIES


def texts(session):
    return [text for text, _key in session.controller.query.chips()]


def classes_of(session):
    outcomes = session.state.evaluation.outcomes
    return set(outcomes.class_row(session.state.selection.rows).tolist())


def test_everything_is_shown_at_first(session):
    assert len(session.rows) == N_FAILURES == sum(session.state.selection.counts.values())
    assert texts(session) == []


def test_a_kind_narrows_the_list_and_keeps_the_counts_of_the_others(session):
    counts = dict(session.state.selection.counts)
    session.controller.query.toggle_kind(OutcomeKind.DUPLICATE)
    session.settle()
    assert session.kinds() == [OutcomeKind.DUPLICATE] * COPIES
    assert session.state.selection.counts == counts
    session.controller.query.toggle_kind(OutcomeKind.MISSED)
    session.settle()
    assert set(session.kinds()) == {OutcomeKind.DUPLICATE, OutcomeKind.MISSED}
    assert texts(session) == ["error: duplicate", "error: missed"], "the newest last"


def test_a_class_alone_another_instead_and_both(session):
    query = session.controller.query
    query.toggle_class(BEAR)
    session.settle()
    n_bear = len(session.rows)
    assert 0 < n_bear < N_FAILURES
    query.toggle_class(DOG)
    assert session.state.query.class_rows == {DOG}
    query.toggle_class(BEAR, extend=True)
    assert session.state.query.class_rows == {DOG, BEAR}
    session.settle()
    assert len(session.rows) > n_bear
    query.toggle_class(DOG)
    assert session.state.query.class_rows == {DOG}
    query.toggle_class(DOG)
    assert session.state.query.class_rows == frozenset()


def test_a_cell_lists_as_many_rows_as_stand_in_it(session):
    matrix = session.state.evaluation.confusion.dense()
    for cell in ((DOG, CAT), (CAT, CAT), (BEAR, BACKGROUND), (BACKGROUND, DOG)):
        session.controller.query.set_cell(cell)
        session.settle()
        assert len(session.rows) == matrix[cell], cell
    session.controller.query.set_cell((BACKGROUND, DOG))
    session.settle()
    assert session.state.query.confusion_cell is None
    assert len(session.rows) == N_FAILURES


def test_an_expression_about_images_also_restricts_the_figures(session):
    session.controller.query.add_expression("weather = 'fog'")
    session.settle()
    assert session.state.evaluation.totals.n_images == COPIES
    assert (session.state.evaluation.totals.tp, session.state.evaluation.totals.n_gt) == (0, 2 * COPIES)
    assert len(session.rows) == 3 * COPIES


def test_an_expression_about_objects_restricts_the_list_alone(session):
    session.controller.query.add_expression("area < 1000")
    session.settle()
    assert session.state.evaluation.totals.n_images == N_IMAGES
    assert 0 < len(session.rows) < N_FAILURES


@pytest.mark.parametrize("text", ["wether = 'fog'", "area <", "weather < 3 AND", "(area < 4"])
def test_a_wrong_expression_is_refused_and_changes_nothing(session, text):
    before = session.state
    with pytest.raises(ExpressionError):
        session.controller.query.add_expression(text)
    assert session.state is before


def test_an_expression_goes_on_and_off(session):
    session.controller.query.toggle_expression("weather = 'sun'")
    assert session.state.query.expressions == ("weather = 'sun'",)
    session.controller.query.toggle_expression("weather = 'sun'")
    assert session.state.query.expressions == ()


def test_text_finds_file_names_and_classes(session):
    session.controller.query.set_text("PICTURE_002")
    session.settle()
    assert {int(image) for image in session.state.evaluation.outcomes.image_row(session.state.selection.rows)} == {2}
    session.controller.query.set_text("polar bear & <cub>")
    session.settle()
    assert session.kinds().count(OutcomeKind.MISSED) == 2 * COPIES
    assert set(session.kinds()) == {OutcomeKind.MISSED, OutcomeKind.BOTH}, "a cat that aims at a bear has to do with bears"
    session.controller.query.set_text("no such thing")
    session.settle()
    assert session.rows == []


def test_one_image(session):
    session.controller.query.show_image(1)
    session.settle()
    assert sorted(session.kinds()) == [OutcomeKind.MISSED, OutcomeKind.BACKGROUND, OutcomeKind.LOCALIZATION]
    assert texts(session) == ["image: site_1/picture_001.jpg"]


def test_all_shows_the_correct_ones_too(session):
    session.controller.query.set_show("all")
    session.settle()
    assert len(session.rows) == N_FAILURES + 2 * COPIES
    assert session.kinds().count(OutcomeKind.TRUE_POSITIVE) == 2 * COPIES


def test_esc_takes_the_filters_off_from_the_last_to_the_first(session):
    query = session.controller.query
    query.toggle_kind(OutcomeKind.MISSED)
    query.add_expression("area < 5000")
    query.toggle_class(CAT)
    seen = [texts(session)]
    for _ in range(4):
        query.take_last_off()
        seen.append(texts(session))
    assert [len(chips) for chips in seen] == [3, 2, 1, 0, 0]
    assert seen[1] == seen[0][:2]
    assert seen[2] == seen[0][:1]


def test_the_newest_filter_comes_off_first_whatever_it_restricts(session):
    query = session.controller.query
    query.toggle_class(CAT)
    query.add_expression("area < 5000")
    assert texts(session) == ["class: cat", "area < 5000"]
    query.take_last_off()
    assert texts(session) == ["class: cat"]
    query.back()
    assert texts(session) == ["class: cat", "area < 5000"]


def test_taking_one_chip_off_leaves_the_others(session):
    query = session.controller.query
    query.add_expression("area < 5000")
    query.add_expression("weather = 'sun'")
    query.remove_chip(dict(query.chips())["area < 5000"])
    assert texts(session) == ["weather = 'sun'"]


def test_clearing_keeps_the_order_of_rows(session):
    query = session.controller.query
    query.set_sort(SortKey.SCORE, descending=False)
    query.toggle_class(CAT)
    query.set_text("site")
    query.clear()
    assert session.state.query == Query(sort=SortKey.SCORE, descending=False)


def test_back_goes_through_what_was_asked_before(session):
    query = session.controller.query
    asked = [session.state.query]
    query.toggle_class(CAT)
    asked.append(session.state.query)
    query.toggle_kind(OutcomeKind.BACKGROUND)
    query.back()
    assert session.state.query == asked[1]
    query.back()
    assert session.state.query == asked[0]
    query.back()
    assert session.state.query == asked[0]
    session.settle()
    assert len(session.rows) == N_FAILURES


def test_sorting_reorders_the_same_rows(session):
    before = session.rows
    session.controller.query.set_sort(SortKey.SCORE, descending=True)
    session.settle()
    scores = session.state.evaluation.outcomes.predictions.score
    n = len(scores)
    sorted_scores = [scores[row] for row in session.rows if row < n]
    assert sorted(session.rows) == sorted(before)
    assert sorted_scores == sorted(sorted_scores, reverse=True)
    session.controller.query.set_descending(False)
    session.settle()
    assert [scores[row] for row in session.rows if row < n] == sorted(sorted_scores)
    assert all(row >= n for row in session.rows[-2 * COPIES :]), "labels have no score and come last either way"


def test_the_chosen_column_is_sliced_and_kept_in_step(session):
    session.controller.query.set_slice_column("weather")
    session.settle()
    before = {result.expression: (result.gt, result.tp) for result in session.state.slices}
    assert before["weather = 'fog'"] == (2 * COPIES, 0)
    assert before["weather = 'sun'"] == (3 * COPIES, 2 * COPIES)
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    after = {result.expression: result.tp for result in session.state.slices}
    assert after["weather = 'fog'"] == COPIES
    session.controller.query.set_slice_column("flight")
    session.settle()
    assert all("flight" in result.expression for result in session.state.slices)
    assert sum(result.tp for result in session.state.slices) == 3 * COPIES


def test_slices_of_every_column_stand_there_at_first(session):
    said = " ".join(result.expression for result in session.state.slices)
    assert "weather" in said
    assert "flight" in said


def test_what_is_in_question_stays_in_question_while_it_is_shown(session):
    wanted = session.rows[20]
    session.controller.selection.set_current(wanted)
    session.controller.query.set_sort(SortKey.IMAGE, descending=False)
    session.settle()
    assert session.state.current == wanted
    assert wanted in session.rows


def test_nothing_asked_before_data_is_open_breaks(nothing_open):
    query = nothing_open.controller.query
    query.take_last_off()
    query.back()
    query.clear()
    assert query.chips() == []
    assert query.catalog() is None


def test_counts_are_those_of_the_shown_evaluation_under_every_kind(session):
    session.controller.query.toggle_class(CAT)
    session.settle()
    counted = np.bincount(session.state.evaluation.outcomes.kind[session.state.selection.rows], minlength=10)
    assert {kind: int(counted[kind]) for kind in ERROR_KINDS} == {
        kind: session.state.selection.counts[kind] for kind in ERROR_KINDS
    }


def test_what_was_asked_of_other_data_is_not_gone_back_to(session, tmp_path):
    """Its classes and images are rows of tables that are not loaded any more."""
    session.controller.query.show_image(N_IMAGES - 1)
    session.controller.query.clear()
    other = write_files(tmp_path / "other", copies=1)
    session.open([other.ground_truth, other.first])
    session.controller.query.back()
    session.settle()
    assert session.state.query.image_rows is None
    assert session.state.notice is None or not session.state.notice.is_error


def test_another_list_is_read_from_its_beginning(session):
    query, selection = session.controller.query, session.controller.selection
    query.toggle_kind(OutcomeKind.DUPLICATE)
    session.settle()
    selection.set_current(int(session.rows[-1]))
    query.ask(Query(expressions=("error = 'missed'",)))
    session.settle()
    assert len(session.rows) == 2 * COPIES
    assert session.state.current == session.rows[0]


def test_a_row_that_a_threshold_takes_away_is_followed_by_its_neighbour(session):
    before = session.rows
    place = next(at for at, kind in enumerate(session.kinds()) if kind == OutcomeKind.LOCALIZATION and at > 1)
    session.controller.selection.set_current(int(before[place]))
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    assert before[place] not in session.rows
    assert session.state.current == session.rows[min(place, len(session.rows) - 1)]


def test_a_value_that_nothing_has_is_said_however_the_filter_was_set(session):
    query, slices = session.controller.query, session.controller.slices
    said = "no image has weather 'frog'; near: 'fog'"
    query.toggle_expression("weather = 'frog'")
    assert session.state.notice.text == said
    query.clear()
    session.controller.dismiss_notice()
    query.back()
    assert session.state.notice.text == said
    query.clear()
    session.controller.dismiss_notice()
    slices.watch(True)
    slices.add("weather = 'frog'")
    session.settle()
    query.clear()
    session.settle()
    session.controller.dismiss_notice()
    slices.choose("weather = 'frog'")
    assert session.state.notice.text == said
    # Of what stands there already nothing is said again, nor of what somebody typed and was told beside it.
    session.controller.dismiss_notice()
    query.toggle_kind(OutcomeKind.MISSED)
    assert session.state.notice is None
    query.clear()
    assert query.add_expression("weather = 'frog'") == (said,)
    assert session.state.notice is None
