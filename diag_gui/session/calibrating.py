"""The verbs that ask how far scores are from precision, of the classes in question, computed while somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diag_gui.data.arrays import BoolArray
from diag_gui.evaluation.calibration import BINNINGS, Calibration, calibrate
from diag_gui.evaluation.calibration_bins import Binning
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.session.jobs import Jobs
from diag_gui.session.looked_at import LookedAt
from diag_gui.session.store import SessionStore

LEAST_BINS, MOST_BINS = 2, 50
"""What the window offers: more are not told apart by eye."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownCalibration:
    """A calibration and what it was computed for.

    Attributes
    ----------
    calibration : Calibration
    facts : RunFacts
    images : ndarray of bool, shape (I,), or None
    iou_threshold : float
    class_rows : frozenset of int
        Classes whose predictions were gathered; empty means all.
    """

    calibration: Calibration
    facts: RunFacts
    images: BoolArray | None
    iou_threshold: float
    class_rows: frozenset[int]

    @property
    def errors(self) -> tuple[float, float, float]:
        """D-ECE, MCE and LaECE; of one class as the table of classes has them."""
        if len(self.class_rows) == 1:
            row, of = min(self.class_rows), self.calibration.per_class
            return float(of.ece[row]), float(of.mce[row]), float(of.laece[row])
        return self.calibration.ece, self.calibration.mce, self.calibration.laece


class CalibrationVerbs:
    """How scores are gathered, and the curve that follows IoU, images and classes.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs

    Attributes
    ----------
    look, refresh
        Of `LookedAt`: whether somebody looks, and that what is shown has changed.
    """

    def __init__(self, store: SessionStore, jobs: Jobs) -> None:
        self._store = store
        self._curve = LookedAt(store, jobs, "calibration", "Calibration", self._is_shown, self._asking, self._adopt)
        self.look, self.refresh = self._curve.look, self._curve.refresh

    def set_binning(self, binning: Binning) -> None:
        """Gather scores by ``binning``."""
        if binning in BINNINGS and binning != self._store.state.binning:
            self._store.commit("calibration", binning=binning)
            self.refresh()

    def set_n_bins(self, n_bins: int) -> None:
        """Gather scores in ``n_bins`` bins, 2 to 50."""
        wanted = min(max(n_bins, LEAST_BINS), MOST_BINS)
        if wanted != self._store.state.n_bins:
            self._store.commit("calibration", n_bins=wanted)
            self.refresh()

    def _asking(self, facts: RunFacts, evaluation: Evaluation) -> Callable[[], ShownCalibration]:
        state = self._store.state
        binning, n_bins, class_rows = state.binning, state.n_bins, state.query.class_rows
        params, images = evaluation.params, evaluation.images

        def compute() -> ShownCalibration:
            found = calibrate(
                facts,
                params,
                images=images,
                matches=evaluation.matches,
                binning=binning,
                n_bins=n_bins,
                class_rows=class_rows or None,
            )
            return ShownCalibration(found, facts, images, params.iou_threshold, class_rows)

        return compute

    def _is_shown(self) -> bool:
        state, shown = self._store.state, self._store.state.calibration
        if shown is None or state.evaluation is None:
            return False
        same_data = shown.facts is state.facts and shown.images is state.evaluation.images
        same_point = shown.iou_threshold == state.evaluation.params.iou_threshold
        same_bins = (shown.calibration.binning, shown.calibration.n_bins) == (state.binning, state.n_bins)
        return same_data and same_point and same_bins and shown.class_rows == state.query.class_rows

    def _adopt(self, found: ShownCalibration) -> None:
        self._store.commit("calibration", calibration=found)
