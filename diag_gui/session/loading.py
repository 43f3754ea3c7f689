"""Verbs that open data: nothing that is shown changes before everything asked for is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.free_memory import free_memory
from diag_gui.data.read_report import ProblemGroup
from diag_gui.data.run import Run
from diag_gui.evaluation.params import TASK_WORDS
from diag_gui.evaluation.query import Query
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.folder_listing import listing
from diag_gui.formats.opening import find_image_root
from diag_gui.formats.picture_sizes import check_sizes
from diag_gui.review.tag_columns import tag_columns
from diag_gui.session.columns import ColumnVerbs
from diag_gui.session.comparing import CompareVerbs
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.loading_job import (
    Base,
    Loaded,
    PreparedView,
    fitting,
    open_recognised,
    open_request,
    prepare_and_view,
    with_notes,
    with_run,
)
from diag_gui.session.notices import account_of
from diag_gui.session.open_request import OpenRequest, sample_request
from diag_gui.session.room import room_wanted
from diag_gui.session.slice_history import SliceHistory
from diag_gui.session.slice_plots import SlicePlots
from diag_gui.session.slice_table import SliceTable
from diag_gui.session.state import Notice, ProjectState
from diag_gui.session.store import SessionStore
from diag_gui.session.tasks import possible_tasks
from diag_gui.session.view import View

OPEN_KEY = "open"
PREPARE_KEY = "prepare"
SIZES_KEY = "picture-sizes"

FIRST_PICTURE_MS = 150
"""What follows the opening of large data begins so much later: until then the first picture has the processors to itself."""


class LoadingVerbs:
    """Open ground truth, predictions, metadata, pictures.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs
    adopt_view : callable
        Shows a view that was computed, and sets further fields of the state with it.
    on_loaded : callable
        Called with what was loaded after it is shown.
    cache : ColumnCache
        Where large files are kept as columns once they were read.
    compare : CompareVerbs
        Knows what was prepared of the runs that are not shown, and what became of rows from run to run.
    columns : ColumnVerbs
        Remembers which column of a table is what.
    """

    def __init__(
        self,
        store: SessionStore,
        jobs: Jobs,
        adopt_view: Callable[..., None],
        on_loaded: Callable[[Loaded], None],
        cache: ColumnCache,
        compare: CompareVerbs,
        columns: ColumnVerbs,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._adopt_view = adopt_view
        self._on_loaded = on_loaded
        self._cache = cache
        self._compare = compare
        self._columns = columns
        # The run that was asked for last, while it is on its way.
        self._wished = -1

    def open_paths(self, paths: list[Path]) -> None:
        """Recognise ``paths`` by content and open them together; predictions alone join the loaded ground truth."""
        self._jobs.submit(
            OPEN_KEY,
            partial(open_recognised, paths, self._store.state.dataset, self._store.state.runs, self._base()),
            partial(self._adopt, self._store.state.active),
            label=f"Opening {paths[0].name}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else ""),
            lane=Lane.BACKGROUND,
            replaces_running=True,
        )

    def open(self, request: OpenRequest) -> None:
        """Open exactly what ``request`` names."""
        named = [request.ground_truth] if request.ground_truth else [*request.predictions, *request.metadata]
        label = f"Opening {named[0].name}" if named else "Reading EXIF"
        self._jobs.submit(
            OPEN_KEY,
            partial(open_request, request, self._store.state.dataset, self._store.state.runs, self._base()),
            partial(self._adopt, self._store.state.active),
            label=label,
            lane=Lane.BACKGROUND,
            replaces_running=True,
        )

    def open_sample(self) -> None:
        """Open the bundled sample: three runs over airfields and harbours."""
        self.open(sample_request())

    def add_predictions(self, paths: list[Path]) -> None:
        """Add runs to the loaded ground truth."""
        self.open(OpenRequest(None, tuple(paths)))

    def join_metadata(self, path: Path) -> None:
        """Join a table of metadata to the images."""
        self.open(OpenRequest(None, (), (path,)))

    def read_exif(self) -> None:
        """Read time, camera and place of every picture from its EXIF, as columns of the images."""
        state = self._store.state
        if state.dataset is None:
            return
        if state.image_root is None:
            self._store.commit(
                "loading", notice=Notice("EXIF is read from the pictures: say where they are first", is_error=True)
            )
            return
        self.open(OpenRequest(None, exif=state.image_root))

    def set_image_root(self, path: Path) -> None:
        """Look for the pictures in ``path``."""
        state = self._store.state
        if state.dataset is None:
            return
        root = find_image_root(state.dataset, near=state.dataset.source.path, given=path)
        if root is None:
            self._store.commit(
                "loading", notice=Notice(f"None of the {len(state.dataset.images):,} images is below {path}", is_error=True)
            )
        else:
            self._store.commit("loading", image_root=root, notice=None)

    def set_active_run(self, index: int) -> None:
        """Show run ``index``; its pairs are computed once and kept."""
        state = self._store.state
        if not 0 <= index < len(state.runs) or state.dataset is None or (index == state.active and state.facts is not None):
            return
        self._prepare(index)

    def _prepare(self, index: int, *, rest_ms: int = 0) -> None:
        state = self._store.state
        dataset, run = state.dataset, state.runs[index]
        assert dataset is not None
        self._wished = index
        self._jobs.submit(
            PREPARE_KEY,
            partial(prepare_and_view, dataset, state.runs, index, state.prepared, self._base(index)),
            partial(self._adopt_run, index),
            label=f"Evaluating {run.name}",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.dataset is dataset,
            replaces_running=True,
            rest_ms=rest_ms,
        )

    def set_task(self, task: str) -> None:
        """Compare boxes, masks, or boxes of any angle, where the data have them."""
        state = self._store.state
        dataset, run = state.dataset, state.run
        if dataset is None or run is None or task == state.params.task or task not in possible_tasks(dataset, state.runs):
            return
        if state.facts is None and (too_large := room_wanted(state.runs, free_memory())) is not None:
            self._store.commit("loading", params=replace(state.params, task=task), notice=too_large)
            return
        self._jobs.submit(
            PREPARE_KEY,
            partial(prepare_and_view, dataset, state.runs, state.active, (), self._base().comparing(task)),
            partial(self._adopt_task, task),
            label=f"Comparing {TASK_WORDS[task]}",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.dataset is dataset and self._store.state.run is run,
            replaces_running=True,
        )

    def _base(self, index: int | None = None) -> Base:
        """Return what was asked for by now; ``index`` is the run that it is to be answered for, where that is open."""
        state = self._store.state
        asks = index is not None and state.query.asks_for_fates
        fates_of = self._compare.fates_of(state, index) if asks and index is not None else None
        # Of a run that is not open yet nobody knows with what it will be compared: it is asked again when it is.
        query = state.query if fates_of is not None else state.query.without_fates()
        return Base(state.params, query, state.active, state.prepared, self._cache, fates_of, self._columns.remembered)

    def _adopt(self, was_active: int, loaded: Loaded) -> None:
        active = self._run_asked_for(loaded, was_active)
        if active != loaded.active:
            # Another run was asked for while this was read: it is evaluated on what was read, and nothing goes back.
            self._jobs.cancel(PREPARE_KEY)
            self._jobs.submit(
                OPEN_KEY,
                partial(with_run, loaded, active, self._base()),
                partial(self._adopt, self._store.state.active),
                label=f"Evaluating {loaded.runs[active].name}",
                lane=Lane.BACKGROUND,
                replaces_running=True,
            )
            return
        if not loaded.is_new:
            loaded = replace(loaded, image_root=loaded.image_root or self._store.state.image_root)
        params = replace(self._store.state.params, task=loaded.task)
        fields: dict[str, object] = {
            "dataset": loaded.dataset,
            "runs": loaded.runs,
            "active": loaded.active,
            "prepared": loaded.prepared,
            "facts": loaded.facts,
            "params": fitting(params, loaded.dataset),
            "evaluation": loaded.view.evaluation if loaded.view else None,
            "first_look": loaded.first_look,
            "selection": loaded.view.selection if loaded.view else None,
            "image_root": loaded.image_root,
            "columns_chosen": loaded.columns if loaded.is_new else self._chosen_with(loaded.columns),
            "reports": loaded.reports if loaded.is_new else (*self._store.state.reports, *loaded.reports),
            "costs": None,
            "costs_params": None,
            "costs_images": None,
            "summary": None,
            "slices": (),
            "side_by_side": None,
            "differences": None,
            "slice_table": SliceTable(),
            "slice_plots": SlicePlots(),
            "slices_of": None,
            "notice": account_of(loaded.reports),
        }
        if params.rules.lacking(loaded.dataset):
            fields["notice"] = fields["notice"] or Notice(
                f"AP goes by COCO's rules again: {loaded.dataset.name} lacks what {params.rules.text} asks for"
            )
        if loaded.is_new or loaded.view is None or loaded.runs[loaded.active : loaded.active + 1] != self._shown_run():
            # A row of another run is another object, and without an evaluation there is none.
            first = _first_row(loaded.view)
            fields |= {"current": first, "chosen": frozenset([first]) if first >= 0 else frozenset()}
        if loaded.is_new:
            fields |= {
                "query": loaded.view.query if loaded.view else Query(),
                "review": None,
                "tag_columns": None,
                "project": ProjectState(tag_names=self._store.state.project.tag_names),
                "slice_column": "",
                "chosen_baseline": -1,
                "slice_own": (),
                "slice_history": SliceHistory(),
                "slice_current": "",
            }
        elif self._store.state.review is not None:
            fields["tag_columns"] = tag_columns(self._store.state.review, loaded.active)
        self._store.commit("loading", **fields)
        self._on_loaded(loaded)
        if loaded.first_look is not None:
            too_large = room_wanted(loaded.runs, free_memory())
            if too_large is None:
                self._prepare(loaded.active, rest_ms=FIRST_PICTURE_MS if loaded.image_root is not None else 0)
            else:
                self._store.commit("loading", notice=too_large)
            if loaded.is_new and loaded.image_root is not None:
                self._compare_sizes()

    def _compare_sizes(self) -> None:
        """Compare the sizes that large data state with their pictures, once the first of these is shown."""
        dataset, image_root = self._store.state.dataset, self._store.state.image_root
        assert dataset is not None

        def is_current() -> bool:
            # Metadata that was joined makes another dataset of the same images.
            state = self._store.state
            return state.dataset is not None and state.dataset.images is dataset.images and state.image_root == image_root

        self._jobs.submit(
            SIZES_KEY,
            partial(_compared_sizes, dataset, image_root),
            self._adopt_sizes,
            label="Comparing sizes of pictures",
            lane=Lane.LONG,
            is_current=is_current,
            replaces_running=True,
            rest_ms=FIRST_PICTURE_MS,
        )

    def _adopt_sizes(self, notes: tuple[ProblemGroup, ...]) -> None:
        reports = self._store.state.reports
        if notes and reports:
            said = account_of(reports)
            reports = (with_notes(reports[0], notes), *reports[1:])
            # What reading found is told anew, unless something else is being said.
            is_said = self._store.state.notice in (None, said)
            self._store.commit("loading", reports=reports, **({"notice": account_of(reports)} if is_said else {}))

    def _run_asked_for(self, loaded: Loaded, was_active: int) -> int:
        """Return the run to show with what was read since ``was_active`` was shown; what was added is shown itself."""
        state = self._store.state
        if loaded.is_new or len(loaded.runs) != len(state.runs) or not loaded.runs:
            return loaded.active
        if self._jobs.is_wanted(PREPARE_KEY):
            return self._wished
        return loaded.active if state.active == was_active else state.active

    def _chosen_with(self, columns: tuple[str, str]) -> tuple[str, str]:
        """Return what was chosen for columns, with what was chosen for further runs."""
        before = self._store.state.columns_chosen
        return before[0], columns[1] or before[1]

    def _shown_run(self) -> tuple[Run, ...]:
        run = self._store.state.run
        return (run,) if run is not None else ()

    def _adopt_task(self, task: str, found: PreparedView) -> None:
        self._adopt_facts(found, self._store.state.active, params=replace(self._store.state.params, task=task))

    def _adopt_run(self, index: int, found: PreparedView) -> None:
        self._adopt_facts(found, index)

    def _adopt_facts(self, found: PreparedView, index: int, **along: object) -> None:
        """Show run ``index`` prepared anew, with what is known of the others."""
        state, view = self._store.state, found.view
        first = _first_row(view)
        # Runs that were added meanwhile are prepared when one is shown.
        added = len(state.runs) - len(found.prepared)
        self._adopt_view(
            view,
            **along,
            active=index,
            facts=view.facts,
            first_look=None,
            prepared=found.prepared + (None,) * added,
            costs=None,
            costs_params=None,
            costs_images=None,
            summary=None,
            slices=(),
            slices_of=None,
            tag_columns=tag_columns(state.review, index) if state.review is not None else None,
            current=first,
            chosen=frozenset([first]) if first >= 0 else frozenset(),
        )


def _compared_sizes(dataset: Dataset, image_root: Path | None, context: JobContext) -> tuple[ProblemGroup, ...]:
    with listing(None, context.cancelled):
        return check_sizes(dataset, image_root)


def _first_row(view: View | None) -> int:
    """Return the outcome row shown first, or -1."""
    return int(view.selection.rows[0]) if view is not None and len(view.selection.rows) else -1
