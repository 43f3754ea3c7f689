"""The verb that measures the pictures, and what was measured reaching every run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path

from diag_gui.data.arrays import FloatArray
from diag_gui.data.attributes import Level
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.formats.picture_stream import decoded_pictures, picture_files
from diag_gui.kept_files import cache_folder
from diag_gui.measure.kept_measures import KeptMeasures
from diag_gui.measure.picture_columns import BoxSet, PictureValues, measure_pictures
from diag_gui.measure.picture_measures import MAX_SIDE
from diag_gui.session.jobs import Cancelled, JobContext, Jobs, Lane
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore

MEASURE_KEY = "measure"


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """What was measured on the pictures of a dataset, with the boxes of the runs that were open then."""

    dataset: Dataset
    runs: tuple[Run, ...]
    values: PictureValues

    def give(self, facts: RunFacts) -> bool:
        """Add the columns to a run of the same dataset; False where its predictions were not measured."""
        if facts.dataset is not self.dataset:
            return False
        of_gt, *of_runs = self.values.of_boxes
        found: dict[tuple[Level, str], FloatArray] = {(Level.IMAGE, name): one for name, one in self.values.of_images.items()}
        found |= {(Level.GT, name): one for name, one in of_gt.items()}
        has_run = False
        for run, of_run in zip(self.runs, of_runs, strict=True):
            if run.predictions is facts.run.predictions:
                found |= {(Level.PRED, name): one for name, one in of_run.items()}
                has_run = True
        facts.measured.add(found)
        return has_run


class MeasureVerbs:
    """Brightness, contrast, sharpness and more of every picture, and within every box.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    on_measured : callable
        Called once the columns can be named.
    """

    def __init__(self, store: SessionStore, jobs: Jobs, on_measured: Callable[[], None]) -> None:
        self._store = store
        self._jobs = jobs
        self._on_measured = on_measured
        self._measurement: Measurement | None = None
        self._looked_for: tuple[Dataset | None, Path | None, tuple[Run, ...]] = (None, None, ())

    def start(self) -> None:
        """Measure the pictures in the background; what was measured before is not measured again."""
        state = self._store.state
        if state.dataset is None or state.run is None:
            return
        if state.image_root is None:
            said = "There are no pictures to measure: File → Choose the image folder"
            self._store.commit("measure", notice=Notice(said, is_error=True))
            return
        self._submit(only_kept=False)

    def follow(self) -> None:
        """Give the run that is shown what was measured, and take what was kept of its pictures by an earlier session."""
        state = self._store.state
        if state.dataset is None or state.facts is None or state.image_root is None:
            return
        known = self._measurement
        is_given = known is not None and known.dataset is state.dataset and known.give(state.facts)
        asked = (state.dataset, state.image_root, state.runs)
        if not is_given and asked != self._looked_for and not self._jobs.is_wanted(MEASURE_KEY):
            self._looked_for = asked
            self._submit(only_kept=True)

    @property
    def is_measured(self) -> bool:
        """Whether the columns of the pictures can be named."""
        facts = self._store.state.facts
        return facts is not None and facts.measured.has(Level.IMAGE, "brightness")

    def _submit(self, *, only_kept: bool) -> None:
        state = self._store.state
        dataset, runs, root = state.dataset, state.runs, state.image_root
        assert dataset is not None
        self._jobs.submit(
            MEASURE_KEY,
            lambda context: _measure(dataset, runs, root, only_kept, context),
            self._adopt,
            label="" if only_kept else f"Measuring {len(dataset.images):,} pictures",
            lane=Lane.PICTURES,
            is_current=lambda: self._store.state.dataset is dataset,
            replaces_running=True,
        )

    def _adopt(self, found: Measurement | None) -> None:
        if found is None:
            return
        self._measurement = found
        state = self._store.state
        for facts in {id(one): one for one in (state.facts, *state.prepared) if one is not None}.values():
            found.give(facts)
        values = found.values
        if values.n_decoded:
            n = len(found.dataset.images) - values.n_missing
            missing = f"; {values.n_missing:,} are missing or cannot be read" if values.n_missing else ""
            said = f"Measured {n:,} pictures{missing}. Brightness, contrast, sharpness … can be named in every expression"
            self._store.commit("measure", notice=Notice(said))
        self._on_measured()


def _measure(
    dataset: Dataset, runs: tuple[Run, ...], root: Path | None, only_kept: bool, context: JobContext
) -> Measurement | None:
    gt = dataset.ground_truth
    box_sets = [BoxSet(Level.GT, gt.xywh, dataset.image_offsets)]
    box_sets += [BoxSet(Level.PRED, run.predictions.xywh, run.predictions.image_offsets) for run in runs]
    files = picture_files(dataset, root)
    with DecodeWorker() as worker:
        try:
            values = measure_pictures(
                dataset.images,
                files,
                box_sets,
                lambda rows: decoded_pictures(dataset, files, rows, worker, MAX_SIDE),
                KeptMeasures(cache_folder() / "measures"),
                only_kept=only_kept,
                progress=context.progress,
                cancelled=context.cancelled,
            )
        except CancelledError:
            raise Cancelled from None
    return None if values is None else Measurement(dataset, runs, values)
