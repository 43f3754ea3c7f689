"""Whatever the list of problems hints at can be filtered for, and finds the same boxes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.geometry_lint import LINT_NAMES

ODD = {
    "outside": [[500, 400, 20, 20]],
    "partly outside": [[190, 20, 40, 20]],
    "tiny": [[5, 5, 2, 20]],
    "sliver": [[5, 60, 150, 3.5]],
    "identical": [[30, 30, 40, 40], [30, 30, 40, 40]],
    "nested": [[100, 80, 60, 60], [110, 90, 20, 20]],
}


@pytest.fixture
def odd(files):
    """The scene with boxes of every odd kind added to image 2, for labels and predictions alike; two classes on one place."""
    document, records = json.loads(files.ground_truth.read_text()), json.loads(files.first.read_text())
    boxes = [(1, box) for group in ODD.values() for box in group] + [(1, [60, 100, 30, 30]), (2, [60, 100, 30, 30])]
    for category, box in boxes:
        of_both = {"image_id": 2, "category_id": category, "bbox": box}
        number = len(document["annotations"]) + 1
        document["annotations"].append({**of_both, "id": number, "area": box[2] * box[3], "iscrowd": 0})
        records.append({**of_both, "score": 0.6})
    files.ground_truth.write_text(json.dumps(document))
    files.first.write_text(json.dumps(records))
    return files


def hinted(session, source: str) -> dict[str, set[int]]:
    """Return the rows of each kind of hint in one file."""
    session.controller.problems.find()
    session.settle()
    kinds = [kind for kind in session.state.problems.kinds if kind.verdict == "hint" and kind.source == source]
    return {kind.kind: {kind.rows(place)[0] for place in range(len(kind))} for kind in kinds}


@pytest.mark.parametrize("side", ["gt", "pred"])
@pytest.mark.parametrize("kind", LINT_NAMES)
def test_a_filter_finds_what_the_list_names(nothing_open, odd, side: str, kind: str) -> None:
    session = nothing_open
    session.open([odd.ground_truth, odd.first])
    rows = hinted(session, "truth.json" if side == "gt" else "first").get(kind, set())
    # Boxes without a size, and those of which nothing is inside, may be left out when they are read.
    assert (not rows) is ((side, kind) in {("gt", "zero size"), ("gt", "outside"), ("pred", "zero size")})
    if not rows:
        with_problem = {group.code for report in session.state.reports for group in report.problems}
        assert with_problem
    session.controller.query.set_show("all")
    session.controller.query.add_expression(f"{side}.lint = '{kind}'")
    session.settle()
    assert asked(session, side, kind) == rows
    outcomes = session.state.evaluation.outcomes
    shown = np.asarray(session.state.selection.rows)
    if side == "gt":
        # A pair is shown by its prediction; the label of it is the one that it claims.
        found = set(outcomes.target_of(shown[shown < outcomes.n_predictions]).tolist()) - {-1}
        assert found | set((shown[shown >= outcomes.n_predictions] - outcomes.n_predictions).tolist()) == rows
        return
    kept = set(np.flatnonzero(outcomes.predictions.score >= session.state.params.score_threshold).tolist())
    assert set(shown.tolist()) == rows & kept


def asked(session, side: str, kind: str) -> set[int]:
    """Return the rows of all labels or predictions that the expression names, whatever is shown."""
    catalog = ColumnCatalog(session.state.facts, session.state.evaluation)
    where = catalog.gt_where if side == "gt" else catalog.predictions_where
    return set(np.flatnonzero(where(f"{side}.lint = '{kind}'")).tolist())


@pytest.mark.parametrize("side", ["gt", "pred"])
def test_what_no_filter_names_is_in_no_list(nothing_open, odd, side: str) -> None:
    session = nothing_open
    session.open([odd.ground_truth, odd.first])
    listed = set().union(*hinted(session, "truth.json" if side == "gt" else "first").values())
    catalog = ColumnCatalog(session.state.facts, session.state.evaluation)
    where = catalog.gt_where if side == "gt" else catalog.predictions_where
    fine = where(f"{side}.lint IS NULL")
    assert set(np.flatnonzero(~fine).tolist()) == listed
    assert fine.any()
