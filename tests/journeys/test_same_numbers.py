"""The figures of the window are those of the command line, to the last digit."""

from __future__ import annotations

import json
import math

from diag_gui.__main__ import main
from tests.journeys.window_on_sample import open_and_settle, sample_copy, sample_paths, window  # noqa: F401 - fixtures


def test_the_window_shows_what_evaluate_prints(qtbot, capsys, window, sample_copy):  # noqa: F811
    open_and_settle(qtbot, window, sample_paths(sample_copy))
    state = window.store.state
    paths = [str(sample_copy / "ground_truth.json"), str(state.run.source.path)]
    assert main(["evaluate", *paths, "--json", "-", "--quiet"]) == 0
    [run] = json.loads(capsys.readouterr().out)["runs"]

    for name, error in run["errors"].items():
        if "count_at_score" in error:
            assert window.failures.chips.count(name) == error["count_at_score"]
            assert state.costs.dap[name] == error["dap"]
    table = state.evaluation.per_class
    keys = {"precision": "precision", "recall": "recall", "f1": "f1", "ap": "ap_at_iou", "best_f1": "best_f1"}
    for column, key in keys.items():
        shown = [None if math.isnan(value) else value for value in getattr(table, column).tolist()]
        assert shown == [entry[key] for entry in run["classes"]], key
    assert state.evaluation.confusion.dense().tolist() == run["confusion"]["matrix"]
