"""Verbs that open data, and what they open: nothing that is shown changes before everything asked for is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.data.run_names import with_distinct_names
from diag_gui.evaluation.evaluator import RunFacts, prepare_run
from diag_gui.evaluation.params import TASK_WORDS, EvaluationParams
from diag_gui.evaluation.query import Query
from diag_gui.evaluation.rule_settings import COCO_RULES
from diag_gui.exceptions import DatasetMismatchError, StoreError
from diag_gui.formats.opening import (
    find_image_root,
    join_metadata,
    open_ground_truth,
    open_predictions,
)
from diag_gui.formats.recognition import GROUND_TRUTH, IMAGES, METADATA, PREDICTIONS, PROJECT, UNKNOWN, recognise
from diag_gui.formats.yolo_layout import picture_files
from diag_gui.review.store import ReviewStore
from diag_gui.review.tag_columns import tag_columns
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.notices import account_of
from diag_gui.session.open_request import OpenRequest, sample_request
from diag_gui.session.state import Notice, ProjectState
from diag_gui.session.store import SessionStore
from diag_gui.session.tasks import possible_tasks, task_still, task_unasked
from diag_gui.session.view import View, compute_view

OPEN_KEY = "open"
PREPARE_KEY = "prepare"


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What was read, ready to be shown; compared as ``task`` says."""

    dataset: Dataset
    runs: tuple[Run, ...]
    active: int
    facts: RunFacts | None
    view: View | None
    image_root: Path | None
    reports: tuple[ReadReport, ...]
    is_new: bool
    task: str = "bbox"
    project: Path | None = None


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
    """

    def __init__(
        self, store: SessionStore, jobs: Jobs, adopt_view: Callable[..., None], on_loaded: Callable[[Loaded], None]
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._adopt_view = adopt_view
        self._on_loaded = on_loaded
        # The run that was asked for last, while it is on its way.
        self._wished = -1

    def open_paths(self, paths: list[Path]) -> None:
        """Recognise ``paths`` by content and open them together; predictions alone join the loaded ground truth."""
        self._jobs.submit(
            OPEN_KEY,
            partial(_open_recognised, paths, self._store.state.dataset, self._store.state.runs, self._base()),
            partial(self._adopt, self._store.state.active),
            label=f"Opening {paths[0].name}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else ""),
            lane=Lane.BACKGROUND,
            replaces_running=True,
        )

    def open(self, request: OpenRequest) -> None:
        """Open exactly what ``request`` names."""
        named = [request.ground_truth] if request.ground_truth else [*request.predictions, *request.metadata]
        self._jobs.submit(
            OPEN_KEY,
            partial(_open, request, self._store.state.dataset, self._store.state.runs, self._base()),
            partial(self._adopt, self._store.state.active),
            label=f"Opening {named[0].name}",
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
        if not 0 <= index < len(state.runs) or index == state.active or state.dataset is None:
            return
        dataset, run = state.dataset, state.runs[index]
        self._wished = index
        self._jobs.submit(
            PREPARE_KEY,
            partial(_prepare_and_view, dataset, run, state.prepared[index], self._base()),
            partial(self._adopt_run, index),
            label=f"Evaluating {run.name}",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.dataset is dataset,
            replaces_running=True,
        )

    def set_task(self, task: str) -> None:
        """Compare boxes, masks, or boxes of any angle, where the data have them."""
        state = self._store.state
        dataset, run = state.dataset, state.run
        if dataset is None or run is None or task == state.params.task or task not in possible_tasks(dataset, state.runs):
            return
        self._jobs.submit(
            PREPARE_KEY,
            partial(_prepare_and_view, dataset, run, None, self._base().comparing(task)),
            partial(self._adopt_task, task),
            label=f"Comparing {TASK_WORDS[task]}",
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.dataset is dataset and self._store.state.run is run,
            replaces_running=True,
        )

    def _base(self) -> _Base:
        state = self._store.state
        return _Base(state.params, state.query, state.active, state.prepared)

    def _adopt(self, was_active: int, loaded: Loaded) -> None:
        active = self._run_asked_for(loaded, was_active)
        if active != loaded.active:
            # Another run was asked for while this was read: it is evaluated on what was read, and nothing goes back.
            self._jobs.cancel(PREPARE_KEY)
            self._jobs.submit(
                OPEN_KEY,
                partial(_with_run, loaded, active, self._base()),
                partial(self._adopt, self._store.state.active),
                label=f"Evaluating {loaded.runs[active].name}",
                lane=Lane.BACKGROUND,
                replaces_running=True,
            )
            return
        prepared = tuple(loaded.facts if index == loaded.active else None for index in range(len(loaded.runs)))
        if not loaded.is_new:
            old = self._store.state
            kept = [
                facts
                for facts in old.prepared
                if facts is not None and old.dataset is loaded.dataset and facts.task == loaded.task
            ]
            prepared = tuple(facts or _facts_of(run, kept) for facts, run in zip(prepared, loaded.runs, strict=True))
            loaded = replace(loaded, image_root=loaded.image_root or old.image_root)
        params = replace(self._store.state.params, task=loaded.task)
        fields: dict[str, object] = {
            "dataset": loaded.dataset,
            "runs": loaded.runs,
            "active": loaded.active,
            "prepared": prepared,
            "facts": loaded.facts,
            "params": _fitting(params, loaded.dataset),
            "evaluation": loaded.view.evaluation if loaded.view else None,
            "selection": loaded.view.selection if loaded.view else None,
            "image_root": loaded.image_root,
            "reports": loaded.reports if loaded.is_new else (*self._store.state.reports, *loaded.reports),
            "costs": None,
            "costs_params": None,
            "costs_images": None,
            "summary": None,
            "slices": (),
            "notice": account_of(loaded.reports),
        }
        if params.rules.lacking(loaded.dataset):
            fields["notice"] = fields["notice"] or Notice(
                f"AP goes by COCO's rules again: {loaded.dataset.name} lacks what {params.rules.text} asks for"
            )
        if loaded.is_new or loaded.runs[loaded.active : loaded.active + 1] != self._shown_run():
            # A row of another run is another object.
            first = _first_row(loaded.view)
            fields |= {"current": first, "chosen": frozenset([first]) if first >= 0 else frozenset()}
        if loaded.is_new:
            fields |= {
                "query": loaded.view.query if loaded.view else Query(),
                "review": None,
                "tag_columns": None,
                "project": ProjectState(tag_names=self._store.state.project.tag_names),
                "slice_column": "",
            }
        elif self._store.state.review is not None:
            fields["tag_columns"] = tag_columns(self._store.state.review, loaded.active)
        self._store.commit("loading", **fields)
        self._on_loaded(loaded)

    def _run_asked_for(self, loaded: Loaded, was_active: int) -> int:
        """Return the run to show with what was read since ``was_active`` was shown; what was added is shown itself."""
        state = self._store.state
        if loaded.is_new or len(loaded.runs) != len(state.runs) or not loaded.runs:
            return loaded.active
        if self._jobs.is_wanted(PREPARE_KEY):
            return self._wished
        return loaded.active if state.active == was_active else state.active

    def _shown_run(self) -> tuple[Run, ...]:
        run = self._store.state.run
        return (run,) if run is not None else ()

    def _adopt_task(self, task: str, view: View) -> None:
        state = self._store.state
        self._adopt_facts(view, state.active, (None,) * len(state.runs), params=replace(state.params, task=task))

    def _adopt_run(self, index: int, view: View) -> None:
        self._adopt_facts(view, index, self._store.state.prepared)

    def _adopt_facts(self, view: View, index: int, prepared: tuple[RunFacts | None, ...], **along: object) -> None:
        """Show run ``index`` prepared anew; ``prepared`` is what is known of the others."""
        state = self._store.state
        first = _first_row(view)
        self._adopt_view(
            view,
            **along,
            active=index,
            facts=view.facts,
            prepared=tuple(view.facts if place == index else facts for place, facts in enumerate(prepared)),
            costs=None,
            costs_params=None,
            costs_images=None,
            summary=None,
            slices=(),
            tag_columns=tag_columns(state.review, index) if state.review is not None else None,
            current=first,
            chosen=frozenset([first]) if first >= 0 else frozenset(),
        )


@dataclass(frozen=True, slots=True)
class _Base:
    """What the user asked for when the work began."""

    params: EvaluationParams
    query: Query
    active: int
    prepared: tuple[RunFacts | None, ...]

    def comparing(self, task: str) -> _Base:
        """Return the same with ``task`` to be compared."""
        return replace(self, params=replace(self.params, task=task))


def _open_recognised(
    paths: list[Path], dataset: Dataset | None, runs: tuple[Run, ...], base: _Base, context: JobContext
) -> Loaded:
    found: dict[str, list[Path]] = defaultdict(list)
    among_pictures: list[Path] = []
    for path in paths:
        recognised = recognise(path)
        found[recognised.role].append(path)
        if recognised.role == GROUND_TRUTH and recognised.inside and picture_files(path):
            among_pictures.append(path)
    named = [path for path in found[GROUND_TRUTH] if path not in among_pictures]
    if len(named) == 1 and among_pictures:
        # Labels that lie among the pictures do not stand against those that were named.
        found[GROUND_TRUTH] = named
        found[IMAGES] += among_pictures
    if len(found[GROUND_TRUTH]) > 1:
        names = ", ".join(path.name for path in found[GROUND_TRUTH])
        raise DatasetMismatchError(f"more than one ground truth: {names}; open one at a time")
    if found[PROJECT]:
        return _open_project(found[PROJECT][0], base, context)
    if found[UNKNOWN] and not (found[GROUND_TRUTH] or found[PREDICTIONS]):
        # Opening it names what is wrong with it.
        found[GROUND_TRUTH] = found[UNKNOWN][:1]
    request = OpenRequest(
        found[GROUND_TRUTH][0] if found[GROUND_TRUTH] else None,
        tuple(found[PREDICTIONS]),
        tuple(found[METADATA]),
        found[IMAGES][0] if found[IMAGES] else None,
    )
    return _open(request, dataset, runs, base, context)


def _open_project(path: Path, base: _Base, context: JobContext) -> Loaded:
    """Open what a project is about; its decisions are laid onto it afterwards."""
    with ReviewStore.open(path, read_only=True) as store:
        project = store.project()
    ground_truth = project.dataset.find(path) if project.dataset is not None else None
    if ground_truth is None:
        where = project.dataset.absolute if project.dataset is not None else "nowhere"
        raise StoreError(path, f"its ground truth is not found any more: {where}")
    root = project.image_root.find(path) if project.image_root is not None else None
    runs = tuple(found for run in project.runs if (found := run.file.find(path)) is not None)
    metadata = tuple(found for file in project.metadata_files if (found := file.find(path)) is not None)
    request = OpenRequest(ground_truth, runs, metadata, root)
    return replace(_open(request, None, (), base, context), project=path)


def _open(request: OpenRequest, dataset: Dataset | None, runs: tuple[Run, ...], base: _Base, context: JobContext) -> Loaded:
    reports: list[ReadReport] = []
    image_root = request.images
    is_new = request.ground_truth is not None
    if request.ground_truth is not None:
        opened = open_ground_truth(
            request.ground_truth,
            format=request.ground_truth_format,
            images=request.images,
            progress=_share(context, 0.0, 0.3),
            cancelled=context.cancelled,
        )
        dataset, image_root, runs = opened.dataset, opened.image_root, ()
        reports.append(opened.report)
    if dataset is None:
        raise DatasetMismatchError("open ground truth first: predictions and metadata belong to a set of labelled images")
    if not is_new and request.images is not None:
        image_root = find_image_root(dataset, near=dataset.source.path, given=request.images)
        if image_root is None:
            raise DatasetMismatchError(f"none of the {len(dataset.images):,} images is below {request.images}")
    for path in request.metadata:
        joined = join_metadata(dataset, path)
        dataset = joined.dataset
        reports.append(joined.report)
    added: list[Run] = []
    for place, path in enumerate(request.predictions):
        done = 0.3 + 0.4 * place / len(request.predictions)
        run = open_predictions(
            path,
            dataset,
            format=request.prediction_format,
            progress=_share(context, done, 0.4 / len(request.predictions)),
            cancelled=context.cancelled,
        )
        added.append(run.run)
        reports.append(run.report)
    context.progress(0.7)
    # What was added is shown; metadata or pictures alone leave the run that is shown.
    active = 0 if is_new else len(runs) if added else base.active
    runs, note = with_distinct_names((*runs, *added))
    if note is not None:
        reports[-1] = replace(reports[-1], problems=(*reports[-1].problems, note))
    task = task_unasked(dataset, runs) if is_new else task_still(base.params.task, dataset, runs)
    base = base.comparing(task)
    if not runs:
        return Loaded(dataset, (), -1, None, None, image_root, tuple(reports), is_new, task)
    active = max(0, min(active, len(runs) - 1))
    if is_new:
        base = replace(base, query=Query())
    known = base.prepared[active] if not is_new and active < len(base.prepared) else None
    view = _prepare_and_view(dataset, runs[active], known, base, context)
    return Loaded(dataset, runs, active, view.facts, view, image_root, tuple(reports), is_new, task)


def _prepare_and_view(dataset: Dataset, run: Run, facts: RunFacts | None, base: _Base, context: JobContext) -> View:
    if facts is None or facts.dataset is not dataset or facts.task != base.params.task:
        facts = prepare_run(
            dataset,
            run,
            max_detections=base.params.max_detections,
            task=base.params.task,
            progress=_share(context, 0.7, 0.3),
            cancelled=context.cancelled,
        )
        # Here, beside the interface: whatever is shown of a row says it.
        facts.labels.doubts  # noqa: B018 - computed once, here
    return compute_view(facts, _fitting(base.params, dataset), base.query, None, None)


def _fitting(params: EvaluationParams, dataset: Dataset) -> EvaluationParams:
    """Return the settings with COCO's rules where the dataset lacks what others ask for."""
    return replace(params, rules=COCO_RULES) if params.rules.lacking(dataset) else params


def _with_run(loaded: Loaded, active: int, base: _Base, context: JobContext) -> Loaded:
    """Return ``loaded`` with another of its runs to be shown."""
    view = _prepare_and_view(loaded.dataset, loaded.runs[active], base.prepared[active], base.comparing(loaded.task), context)
    return replace(loaded, active=active, facts=view.facts, view=view)


def _facts_of(run: Run, kept: list[RunFacts]) -> RunFacts | None:
    """Return what was computed of ``run`` before, perhaps under another name, or None."""
    known = next((facts for facts in kept if facts.run.predictions is run.predictions), None)
    return known if known is None or known.run is run else replace(known, run=run)


def _first_row(view: View | None) -> int:
    """Return the outcome row shown first, or -1."""
    return int(view.selection.rows[0]) if view is not None and len(view.selection.rows) else -1


def _share(context: JobContext, start: float, share: float) -> Callable[[float], None]:
    """Return progress of a part of the work: ``share`` of the whole, from ``start`` on."""
    return lambda fraction: context.progress(start + share * fraction)
