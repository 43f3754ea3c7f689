"""Open runs side by side: the numbers of the command line, the rows behind every count, and what is kept when."""

from __future__ import annotations

import json

import numpy as np
import pytest

from diag_gui.evaluation.fates import GT_FATES
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.session.comparing import DIFFERENCES_KEY
from diag_gui.session.state import SessionState
from tests.session.small_session import CAT, COPIES, LOOSE, write_files
from tests.ui.failure_scene import FOUND


@pytest.fixture
def compared(session):
    """Both runs open and looked at, the second compared with the first."""
    session.controller.data.set_active_run(1)
    session.settle()
    session.controller.compare.look(True)
    session.settle()
    return session


def shown(session):
    return session.state.side_by_side


def test_nothing_is_computed_before_somebody_looks(session):
    session.controller.thresholds.set_score(0.5)
    session.settle()
    assert session.state.side_by_side is None
    assert session.state.differences is None


def test_every_run_is_evaluated_at_the_operating_point_in_use(compared):
    compared.controller.thresholds.set_score(0.75)
    compared.settle()
    side_by_side = shown(compared)
    assert [run.facts.run.name for run in side_by_side.runs] == ["first", "second"]
    assert {run.evaluation.params.score_threshold for run in side_by_side.runs} == {0.75}
    assert side_by_side.runs[1].evaluation is compared.state.evaluation
    assert (side_by_side.active, side_by_side.compared) == (1, 0)


def test_the_numbers_are_those_of_the_command_line(compared, files, tmp_path, capsys):
    from diag_gui.__main__ import main

    target = tmp_path / "compared.json"
    assert main(["evaluate", *map(str, files.both), "--compare", "--json", str(target)]) == 0
    document = json.loads(target.read_text("utf-8"))
    side_by_side, comparison = shown(compared), compared.state.differences.comparisons[1]
    for of_document, run in zip(document["runs"], side_by_side.runs, strict=True):
        summary, totals = of_document["summary"], run.evaluation.totals
        assert (summary["AP"], summary["f1"], summary["mf1"]) == (run.summary.figures["AP"], totals.f1, totals.mf1)
        assert (summary["mf1_yoltv4"], summary["ece"]) == (run.mf1_yoltv4, run.calibration.ece)
    of_document = document["comparisons"][0]
    assert (of_document["resamples"], of_document["seed"]) == (comparison.n_resamples, comparison.seed)
    for name, figures in of_document["figures"].items():
        ours = comparison.figures[name]
        assert all(figures[key] == pytest.approx(getattr(ours, key), abs=0, nan_ok=True) for key in figures), name
    assert of_document["fates"]["matrix"] == side_by_side.matrix.ground_truth.tolist()
    assert document["fates"]["found_in"] == list(side_by_side.found_in)


def test_a_slider_step_resamples_counts_and_keeps_the_resampled_ap(compared):
    before = compared.state.differences
    compared.controller.thresholds.set_score(0.75)
    compared.settle()
    after = compared.state.differences
    assert after is not before
    assert after.belongs_to(shown(compared))
    assert not before.belongs_to(shown(compared))
    ends = [(one.comparisons[1].figures["AP"].low, one.comparisons[1].figures["AP"].high) for one in (before, after)]
    assert ends[0] == ends[1]
    assert after.comparisons[1].figures["recall"].low != before.comparisons[1].figures["recall"].low
    runs = compared.controller.compare.open_runs()
    runs._resampled_ap.find(0, None, (), lambda: pytest.fail("computed again"))


@pytest.mark.parametrize("was", GT_FATES)
@pytest.mark.parametrize("is_now", GT_FATES)
def test_a_cell_lists_as_many_rows_as_it_counts(compared, was, is_now):
    from diag_gui.ui.models.fate_cells import fate_cells

    cell = next(one for one in fate_cells(shown(compared)) if one.figure == f"fates.{was}.{is_now}")
    compared.controller.query.toggle_class(CAT)
    compared.controller.compare.list_rows(cell.expression)
    compared.settle()
    assert len(compared.rows) == cell.n
    assert cell.n == shown(compared).matrix.ground_truth[GT_FATES.index(was), GT_FATES.index(is_now)]


def test_what_the_second_run_gained_is_the_box_that_was_loose(compared):
    compared.controller.compare.list_rows("was = 'localization' AND error IS NULL")
    compared.settle()
    outcomes = compared.state.evaluation.outcomes
    assert len(compared.rows) == COPIES
    assert set(outcomes.kind[compared.rows].tolist()) == {OutcomeKind.TRUE_POSITIVE}
    assert set(outcomes.predictions.score[compared.rows].tolist()) == {FOUND[LOOSE][6]}


def test_gone_false_positives_are_listed_in_the_run_that_makes_them(compared):
    """The duplicate of the first run is missing in the second."""
    n_gone = shown(compared).matrix.gone
    assert n_gone == COPIES
    compared.controller.compare.list_rows("was IN ('true positive', 'ignored', 'nothing')", from_compared=True)
    compared.settle()
    assert (compared.state.active, compared.state.compared) == (0, 1)
    assert len(compared.rows) == n_gone
    assert set(compared.kinds()) == {OutcomeKind.DUPLICATE}


def test_restrictions_of_images_stay_and_the_rest_can_be_gone_back_to(compared):
    compared.controller.query.add_expression("weather = 'sun'")
    compared.controller.query.toggle_class(CAT)
    compared.settle()
    before = compared.state.query
    cell = int(shown(compared).matrix.ground_truth[0, 0])
    compared.controller.compare.list_rows("was = 'found' AND error IS NULL")
    compared.settle()
    assert compared.state.query.expressions[0] == "weather = 'sun'"
    assert len(compared.rows) == cell < 3 * COPIES
    compared.controller.query.back()
    assert compared.state.query == before


def test_a_filter_of_fates_follows_the_sliders_and_the_run(compared):
    compared.controller.query.add_expression("fate = 'now right' AND was = 'localization'")
    compared.controller.query.set_show("all")
    compared.settle()
    assert len(compared.rows) == COPIES
    compared.controller.thresholds.set_score(0.75)
    compared.settle()
    assert compared.rows == []
    compared.controller.thresholds.set_score(0.25)
    compared.controller.data.set_active_run(0)
    compared.settle()
    assert compared.state.query.asks_for_fates
    assert compared.rows == [], "seen from the first run the same boxes are now wrong"


def test_the_filter_offers_fates_only_with_another_run(session, nothing_open):
    offered = {column.segments[-1] for column in session.controller.query.catalog().offered_columns()}
    assert {"fate", "was", "n_right"} <= offered


def test_without_another_run_there_is_nothing_to_look_at(nothing_open, files):
    nothing_open.open([files.ground_truth, files.first])
    nothing_open.controller.compare.look(True)
    nothing_open.settle()
    assert nothing_open.state.compared == -1
    assert nothing_open.state.side_by_side is None
    assert "fate" not in {column.segments[-1] for column in nothing_open.controller.query.catalog().offered_columns()}


def test_a_third_run_is_added_to_what_is_shown(compared, tmp_path):
    third = write_files(tmp_path / "more").second.rename(tmp_path / "third.json")
    compared.controller.data.add_predictions([third])
    compared.settle()
    side_by_side = shown(compared)
    assert [run.facts.run.name for run in side_by_side.runs] == ["first", "second", "third"]
    assert compared.state.differences.comparisons[2].figures["f1"].difference > 0
    assert sum(side_by_side.found_in) == int(side_by_side.matrix.ground_truth.sum())


def test_the_run_compared_with_is_never_the_one_shown(compared):
    compared.controller.compare.set_baseline(1)
    assert compared.state.compared == 0, "it is the one shown: nothing to compare with"
    compared.controller.compare.set_baseline(0)
    compared.controller.data.set_active_run(0)
    compared.settle()
    assert (compared.state.active, compared.state.compared) == (0, 1)
    assert shown(compared).compared == 1
    compared.controller.data.set_active_run(1)
    compared.settle()
    assert compared.state.compared == 0, "what was chosen is kept"


def test_which_run_is_compared_with_before_one_is_chosen():
    runs = (object(), object(), object())
    assert [SessionState(runs=runs, active=active).compared for active in range(3)] == [1, 0, 0]
    assert SessionState(runs=runs, active=2, chosen_baseline=1).compared == 1
    assert SessionState(runs=runs[:1], active=0).compared == -1
    assert SessionState(runs=runs[:2], active=0, chosen_baseline=2).compared == 1


def test_intervals_that_were_stopped_stay_away_until_asked_for(compared):
    compared.controller.cancel(DIFFERENCES_KEY)
    compared.controller.thresholds.set_score(0.75)
    compared.settle()
    assert not compared.state.wants_differences
    assert not compared.state.differences.belongs_to(shown(compared))
    compared.controller.compare.set_wants_differences(True)
    compared.settle()
    assert compared.state.differences.belongs_to(shown(compared))


def test_by_other_rules_ap_is_not_resampled(compared):
    from diag_gui.evaluation.rule_settings import Rules

    compared.controller.thresholds.set_rules(Rules.VOC)
    compared.settle()
    figures = compared.state.differences.comparisons[1].figures
    assert "AP" not in figures
    assert "f1" in figures
    assert shown(compared).runs[0].summary.settings.is_voc


def test_new_data_forget_which_run_was_chosen(compared, tmp_path):
    compared.controller.compare.set_baseline(0)
    compared.open(write_files(tmp_path / "other").both)
    assert compared.state.chosen_baseline == -1
    assert (compared.state.active, compared.state.compared) == (0, 1)


@pytest.mark.parametrize(
    ("figure", "value"),
    [("fates.localization.found", COPIES), ("fates.false_positives.gone", COPIES), ("fates.found_in.2", 2 * COPIES)],
)
def test_a_count_of_fates_is_accounted_for(compared, figure, value):
    compared.controller.explain.ask(figure)
    compared.settle()
    account = compared.state.explanation
    assert (account.figure, account.value) == (figure, value)
    assert (("to", "second") in account.settings) is not figure.startswith("fates.found_in")


def test_a_figure_of_another_run_is_accounted_for_by_its_name(compared):
    compared.controller.explain.ask("runs.first.summary.f1")
    compared.settle()
    account = compared.state.explanation
    assert account.figure == "runs.first.summary.f1"
    assert ("run", "first") in account.settings
    assert account.value == shown(compared).runs[0].evaluation.totals.f1
    compared.controller.explain.ask("runs.second.summary.f1")
    compared.settle()
    assert compared.state.explanation.figure == "summary.f1", "the one in question needs no name"


def test_fates_are_those_of_the_evaluation_shown(compared):
    fates_of = compared.controller.compare.fates_of(compared.state, 1)
    fates = fates_of(compared.state.facts, compared.state.evaluation)
    assert np.count_nonzero(fates.n_right == 2) > 0
    assert fates.n_runs == 2
