"""Every open run is a witness about the labels: the window says of a label what the command line says of the same runs."""

from __future__ import annotations

import json

import numpy as np

from diag_gui.__main__ import main
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.exceptions import EvaluationError
from diag_gui.session import preparing


def errors_of_command(tmp_path, *arguments) -> list[tuple[object, ...]]:
    target = tmp_path / "failures.json"
    assert main(["failures", *map(str, arguments), "--json", str(target)]) == 0
    records = json.loads(target.read_text("utf-8"))
    return [(one["error"], one["pred_index"], one["gt_id"], one["label_error"], one["label_error_kind"]) for one in records]


def test_each_run_is_judged_by_all_that_are_open(session):
    state = session.state
    assert [facts.run.name for facts in state.prepared] == ["first", "second"]
    assert [len(facts.labels.runs) for facts in state.prepared] == [2, 2]
    assert state.facts is state.prepared[0]
    assert state.facts.labels.doubts.n_runs == 2


def test_the_same_label_error_as_of_the_command_line(session, files, tmp_path):
    state, rows = session.state, session.rows
    ours = state.facts.label_error[rows].tolist()
    theirs = [one[3] for one in errors_of_command(tmp_path, files.ground_truth, files.first, "--compare", files.second)]
    assert ours == theirs
    alone = [one[3] for one in errors_of_command(tmp_path, files.ground_truth, files.first)]
    assert sorted(alone) != sorted(theirs), "a second witness says something"


def test_the_same_images_by_a_condition_on_it(session, files, tmp_path):
    doubtful = float(np.nanmedian(session.state.facts.label_error))
    target = tmp_path / "evaluated.json"
    where = f"label_error > {doubtful!r}"
    assert main(["evaluate", *map(str, files.both), "--where", where, "--json", str(target)]) == 0
    images = session.controller.query.catalog().images_where(where)
    summary = json.loads(target.read_text("utf-8"))["runs"][0]["summary"]
    totals = evaluate(session.state.facts, session.state.params, images=images).totals
    assert (summary["tp"], summary["fp"], summary["fn"]) == (totals.tp, totals.fp, totals.fn)


def test_a_run_that_is_added_is_heard_too(nothing_open, files):
    nothing_open.open([files.ground_truth, files.first])
    alone = nothing_open.state.facts
    nothing_open.controller.data.add_predictions([files.second])
    nothing_open.settle()
    first, second = nothing_open.state.prepared
    assert (len(first.labels.runs), len(second.labels.runs)) == (2, 2)
    assert first.pairs is alone.pairs, "nothing is compared again"
    nothing_open.controller.data.set_active_run(0)
    nothing_open.settle()
    assert nothing_open.state.facts is first, "nor judged again"


def test_a_run_that_cannot_be_prepared_is_no_witness_and_says_so_when_it_is_shown(monkeypatch, nothing_open, files):
    real = preparing.prepare_run

    def refuse_second(dataset, run, **how):
        if run.name == "second":
            raise EvaluationError("task", "this run has no masks")
        return real(dataset, run, **how)

    monkeypatch.setattr(preparing, "prepare_run", refuse_second)
    nothing_open.open(files.both)
    assert nothing_open.state.prepared[1] is None
    assert len(nothing_open.state.facts.labels.runs) == 1
    nothing_open.controller.data.set_active_run(1)
    nothing_open.settle()
    assert nothing_open.state.active == 0
    assert "this run has no masks" in nothing_open.state.notice.text + nothing_open.state.notice.details


def test_figures_do_not_depend_on_the_witnesses(session):
    state = session.state
    alone = evaluate(prepare_run(state.dataset, state.run), state.params)
    assert (alone.totals.tp, alone.totals.fp, alone.totals.f1) == tuple(
        getattr(state.evaluation.totals, key) for key in ("tp", "fp", "f1")
    )
