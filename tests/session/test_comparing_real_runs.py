"""Three real detectors side by side: every count of fates lists as many rows, at several operating points."""

from __future__ import annotations

import pytest

from diag_gui.ui.models.fate_cells import fate_cells
from tests.session.small_session import Session
from tests.shared_data import DATA, needs_shared

pytestmark = needs_shared

RUNS = ("centernet", "cocossd", "nanodet")


@pytest.fixture
def real(nothing_open: Session) -> Session:
    folder = DATA / "voc2012_100"
    runs = [folder / "dets_real" / f"{name}_coco.json" for name in RUNS]
    nothing_open.open([folder / "gt" / "coco_from_pascalvoc.json", *runs])
    nothing_open.controller.compare.look(True)
    nothing_open.controller.compare.set_wants_differences(False)
    nothing_open.settle()
    return nothing_open


@pytest.mark.parametrize(("iou", "score"), [(0.5, 0.25), (0.75, 0.4)])
@pytest.mark.parametrize(("active", "baseline"), [(0, 1), (2, 0)])
def test_every_cell_lists_exactly_what_it_counts(real: Session, active: int, baseline: int, iou: float, score: float) -> None:
    real.controller.data.set_active_run(active)
    real.controller.compare.set_baseline(baseline)
    real.controller.thresholds.set_iou(iou)
    real.controller.thresholds.set_score(score)
    real.settle()
    real.controller.compare.set_baseline(baseline)
    real.settle()
    assert (real.state.active, real.state.compared) == (active, baseline)
    side_by_side = real.state.side_by_side
    cells = fate_cells(side_by_side)
    assert sum(cell.n for cell in cells if cell.row < 4) == sum(side_by_side.found_in)
    listed = {}
    for cell in cells:
        if cell.expression and not cell.from_compared:
            real.controller.compare.list_rows(cell.expression)
            real.settle()
            listed[cell.figure] = len(real.rows)
    assert listed == {cell.figure: cell.n for cell in cells if cell.figure in listed}
    gone = next(cell for cell in cells if cell.from_compared)
    assert gone.expression, "these sets have no equal IoUs that matter"
    real.controller.compare.list_rows(gone.expression, from_compared=True)
    real.settle()
    assert real.state.active == baseline
    assert len(real.rows) == gone.n
