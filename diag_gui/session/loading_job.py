"""What a job does that opens data: recognise, read, evaluate; and what it hands back, ready to be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.free_memory import free_memory
from diag_gui.data.read_report import ProblemGroup, ProblemLog, ReadReport
from diag_gui.data.repeated_runs import repeated_runs
from diag_gui.data.run import Run
from diag_gui.data.run_names import with_distinct_names
from diag_gui.data.scratch import with_spilled_columns
from diag_gui.evaluation.chunks import side_by_side
from diag_gui.evaluation.evaluator import RunFacts
from diag_gui.evaluation.first_look import FirstLook, first_look
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query
from diag_gui.evaluation.rule_settings import COCO_RULES
from diag_gui.exceptions import DatasetMismatchError, StoreError
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import ColumnChoice, parse_columns
from diag_gui.formats.folder_listing import listing
from diag_gui.formats.known_formats import asked_for
from diag_gui.formats.opening import find_image_root, join_metadata, open_ground_truth, open_predictions, read_exif
from diag_gui.formats.picture_sizes import check_sizes
from diag_gui.formats.recognition import GROUND_TRUTH, IMAGES, METADATA, PREDICTIONS, PROJECT, UNKNOWN, Role, recognise
from diag_gui.formats.yolo_layout import picture_files
from diag_gui.review.project import Project
from diag_gui.review.project_facts import glance
from diag_gui.review.reading_choices import ReadingChoices
from diag_gui.session.columns import NONE_REMEMBERED, RememberedColumns
from diag_gui.session.comparing import FatesOf
from diag_gui.session.jobs import JobContext
from diag_gui.session.open_request import OpenRequest
from diag_gui.session.preparing import prepare_runs
from diag_gui.session.room import lie_in_files, room_wanted
from diag_gui.session.tasks import task_still, task_unasked
from diag_gui.session.view import View, compute_view, make_live

SHOWN_FIRST = 300_000
"""Predictions from which on new data are shown before they are prepared: below it both take a blink."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What was read, ready to be shown; compared as ``task`` says.

    ``columns`` is what was chosen for the columns of the ground truth and of the predictions, as text; empty where nothing was.
    """

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
    prepared: tuple[RunFacts | None, ...] = ()
    columns: tuple[str, str] = ("", "")
    first_look: FirstLook | None = None
    """Of data so large that they are shown before they are prepared; then ``facts`` and ``view`` are None, and the sizes of the
    pictures are not compared with those that are stated yet: where many are missing, every name is looked for."""


@dataclass(frozen=True, slots=True)
class Base:
    """What the user asked for, and what was known, when the work began; large files are kept in ``cache``.

    ``remembered`` is what was chosen for the columns of tables before.
    """

    params: EvaluationParams
    query: Query
    active: int
    prepared: tuple[RunFacts | None, ...]
    cache: ColumnCache
    fates_of: FatesOf | None = None
    remembered: RememberedColumns = NONE_REMEMBERED

    def comparing(self, task: str) -> Base:
        """Return the same with ``task`` to be compared."""
        return replace(self, params=replace(self.params, task=task))


def open_recognised(paths: list[Path], dataset: Dataset | None, runs: tuple[Run, ...], base: Base, context: JobContext) -> Loaded:
    """Recognise ``paths`` by content and open them together; predictions alone join ``dataset`` and ``runs``."""
    with listing(context.found, context.cancelled):
        return _open_recognised(paths, dataset, runs, base, context)


def _open_recognised(
    paths: list[Path], dataset: Dataset | None, runs: tuple[Run, ...], base: Base, context: JobContext
) -> Loaded:
    found: dict[str, list[Path]] = defaultdict(list)
    among_pictures: list[Path] = []
    unknown: dict[Path, str] = {}
    for path in paths:
        recognised = recognise(path)
        role = base.remembered.role(path) or recognised.role
        found[role].append(path)
        if role == UNKNOWN:
            unknown[path] = recognised.reason
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
        left = {path: "a project is opened by itself" for path in paths if path != found[PROJECT][0]}
        return _with_note(_open_project(found[PROJECT][0], base, context), _passed_over(left))
    if found[UNKNOWN] and not found[GROUND_TRUTH] and (dataset is None or not found[PREDICTIONS]):
        # Opening it names what is wrong with it.
        found[GROUND_TRUTH] = found[UNKNOWN][:1]
        del unknown[found[UNKNOWN][0]]
    unknown |= dict.fromkeys(found[IMAGES][1:], "pictures are looked for in one folder at a time")
    request = OpenRequest(
        found[GROUND_TRUTH][0] if found[GROUND_TRUTH] else None,
        tuple(found[PREDICTIONS]),
        tuple(found[METADATA]),
        found[IMAGES][0] if found[IMAGES] else None,
    )
    loaded = open_request(request, dataset, runs, base, context)
    if found[IMAGES] and loaded.image_root is None:
        unknown[found[IMAGES][0]] = f"none of the {len(loaded.dataset.images):,} images is below it"
    return _with_note(loaded, _passed_over(unknown))


def _passed_over(left: Mapping[Path, str]) -> tuple[ProblemGroup, ...]:
    """Return what is said of files that were given and not opened."""
    log = ProblemLog(Path())
    for path, reason in left.items():
        log.add("file-not-opened", path.name, f"was not opened: {reason}", drops=False)
    return log.groups()


def _with_note(loaded: Loaded, notes: tuple[ProblemGroup, ...]) -> Loaded:
    """Return what was read with something else to be said, before what reading found."""
    if not notes:
        return loaded
    first, *others = loaded.reports or (ReadReport(loaded.dataset.source.path, "", "", 0, 0, 0),)
    return replace(loaded, reports=(replace(first, problems=(*notes, *first.problems)), *others))


def with_notes(report: ReadReport, notes: tuple[ProblemGroup, ...]) -> ReadReport:
    """Return an account with something else to be said, after what it says."""
    return replace(report, problems=report.problems + notes) if notes else report


def _open_project(path: Path, base: Base, context: JobContext) -> Loaded:
    """Open what a project is about; its decisions are laid onto it afterwards."""
    project = glance(path)
    labels = project.dataset
    ground_truth = labels.find(path) if labels is not None else None
    if labels is None or ground_truth is None:
        where = labels.absolute if labels is not None else "nowhere"
        raise StoreError(path, f"its ground truth is not found any more: {where}")
    root = project.image_root.find(path) if project.image_root is not None else None
    runs = tuple(found for run in project.runs if (found := run.file.find(path)) is not None)
    metadata = tuple(found for file in project.metadata_files if (found := file.find(path)) is not None)
    formats = asked_for([labels.format]), asked_for(run.file.format for run in project.runs)
    columns, exif = _read_again(project, ground_truth, runs, root)
    request = OpenRequest(ground_truth, runs, metadata, root, *formats, exif, columns)
    return replace(open_request(request, None, (), base, context), project=path)


def _read_again(
    project: Project, ground_truth: Path, runs: tuple[Path, ...], root: Path | None
) -> tuple[dict[Path, ColumnChoice], Path | None]:
    """Return what a project says about how its data was read: the columns of each file, and where EXIF is read from."""
    chosen = ReadingChoices.of(project.settings)
    columns = {ground_truth: parse_columns(chosen.columns)}
    columns |= dict.fromkeys(runs, parse_columns(chosen.predicted_columns))
    # Of a project whose pictures are gone the numbers are shown all the same.
    return columns, root if chosen.with_exif else None


def open_request(request: OpenRequest, dataset: Dataset | None, runs: tuple[Run, ...], base: Base, context: JobContext) -> Loaded:
    """Open exactly what ``request`` names."""
    with listing(context.found, context.cancelled):
        return _open_request(request, dataset, runs, base, context)


def _open_request(
    request: OpenRequest, dataset: Dataset | None, runs: tuple[Run, ...], base: Base, context: JobContext
) -> Loaded:
    reports: list[ReadReport] = []
    chosen, chosen_for_runs = "", ""
    image_root = request.images
    is_new = request.ground_truth is not None
    if request.ground_truth is not None:
        columns = _columns(request.ground_truth, GROUND_TRUTH, request, base)
        chosen = columns.text
        opened = open_ground_truth(
            request.ground_truth,
            format=request.ground_truth_format,
            images=request.images,
            columns=columns,
            every_picture=None,
            cache=base.cache,
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
    if request.exif is not None:
        dataset, report = read_exif(dataset, request.exif, progress=_share(context, 0.3, 0.4), cancelled=context.cancelled)
        reports.append(report)
    added: list[Run] = []
    for place, path in enumerate(request.predictions):
        done = 0.3 + 0.4 * place / len(request.predictions)
        columns = _columns(path, PREDICTIONS, request, base)
        chosen_for_runs = columns.text or chosen_for_runs
        run = open_predictions(
            path,
            dataset,
            format=request.prediction_format,
            columns=columns,
            cache=base.cache,
            progress=_share(context, done, 0.4 / len(request.predictions)),
            cancelled=context.cancelled,
        )
        in_files = lie_in_files((*runs, *added, run.run), free_memory())
        added.append(_in_files(run.run) if in_files else run.run)
        reports += run.reports
    context.progress(0.7)
    are_shown_first = _are_shown_first(dataset, (*runs, *added), is_new, base)
    if is_new and (image_root is None or not are_shown_first):
        reports[0] = with_notes(reports[0], check_sizes(dataset, image_root))
    # What was added is shown; metadata or pictures alone leave the run that is shown.
    active = 0 if is_new else len(runs) if added else base.active
    runs, renamed = with_distinct_names((*runs, *added))
    notes = tuple(note for note in (renamed, repeated_runs(runs) if added else None) if note is not None)
    if notes:
        reports[-1] = replace(reports[-1], problems=(*reports[-1].problems, *notes))
    task = task_unasked(dataset, runs) if is_new else task_still(base.params.task, dataset, runs)
    base = base.comparing(task)
    if not runs:
        return Loaded(dataset, (), -1, None, None, image_root, tuple(reports), is_new, task, columns=(chosen, chosen_for_runs))
    active = max(0, min(active, len(runs) - 1))
    said = (chosen, chosen_for_runs)
    if are_shown_first:
        look = first_look(dataset, runs[active], fitting(base.params, dataset))
        return Loaded(dataset, runs, active, None, None, image_root, tuple(reports), is_new, task, columns=said, first_look=look)
    if is_new:
        base = replace(base, query=Query())
    found = prepare_and_view(dataset, runs, active, () if is_new else base.prepared, base, context)
    view = found.view
    of_all = found.prepared
    return Loaded(
        dataset, runs, active, view.facts, view, image_root, tuple(reports), is_new, task, prepared=of_all, columns=said
    )


def _in_files(run: Run) -> Run:
    """Return a run whose columns lie in files where they lay in memory."""
    return replace(run, predictions=with_spilled_columns(run.predictions))


def _are_shown_first(dataset: Dataset, runs: tuple[Run, ...], is_new: bool, base: Base) -> bool:
    """Return whether runs are shown before they are prepared.

    They are large, and nothing is shown yet that would go, or what is to be prepared has no room beside it.
    """
    if sum(len(run.predictions) for run in runs) < SHOWN_FIRST:
        return False
    known = [facts for facts in base.prepared if facts is not None]
    if is_new or not known:
        return True
    still = {id(facts.run.predictions) for facts in known if facts.dataset is dataset}
    anew = tuple(run for run in runs if id(run.predictions) not in still)
    return room_wanted(anew, free_memory()) is not None


def _columns(path: Path, role: Role, request: OpenRequest, base: Base) -> ColumnChoice:
    """Return which column is what: as was chosen now, else as it was chosen for a table with this header before."""
    return request.columns.get(path) or base.remembered.choice(path, role)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedView:
    """What is shown of one run, and every open run prepared."""

    view: View
    prepared: tuple[RunFacts | None, ...]


def prepare_and_view(
    dataset: Dataset, runs: tuple[Run, ...], active: int, known: Sequence[RunFacts | None], base: Base, context: JobContext
) -> PreparedView:
    """Return what is shown of run ``active``, with every run prepared; ``known`` is what was prepared before."""
    given = [facts for facts in known if facts is not None]
    on_disk = lie_in_files(runs, free_memory())
    share = _share(context, 0.7, 0.1 if on_disk else 0.3)
    prepared = prepare_runs(dataset, runs, active, given, base.params, share, context.cancelled, on_disk=on_disk)
    facts = prepared[active]
    assert facts is not None
    for other in given:
        facts.measured.take_over(other.measured)
    params, shown = fitting(base.params, dataset), facts
    if shown.on_disk:
        # What follows the sliders comes first: evaluated without it, everything would lie in memory once more.
        live = make_live(shown, _share(context, 0.8, 0.2), context.cancelled)
        return PreparedView(compute_view(shown, params, base.query, None, None, live, base.fates_of), prepared)
    # The labels are judged here, beside the interface: whatever is shown of a row says it, and rows are put in order by it.
    view, _ = side_by_side(
        lambda: compute_view(shown, params, base.query, None, None, fates_of=base.fates_of), lambda: shown.label_error
    )
    return PreparedView(view, prepared)


def fitting(params: EvaluationParams, dataset: Dataset) -> EvaluationParams:
    """Return the settings with COCO's rules where the dataset lacks what others ask for."""
    return replace(params, rules=COCO_RULES) if params.rules.lacking(dataset) else params


def with_run(loaded: Loaded, active: int, base: Base, context: JobContext) -> Loaded:
    """Return ``loaded`` with another of its runs to be shown."""
    known = (*loaded.prepared, *base.prepared)
    found = prepare_and_view(loaded.dataset, loaded.runs, active, known, base.comparing(loaded.task), context)
    return replace(loaded, active=active, facts=found.view.facts, view=found.view, prepared=found.prepared)


def _share(context: JobContext, start: float, share: float) -> Callable[[float], None]:
    """Return progress of a part of the work: ``share`` of the whole, from ``start`` on."""
    return lambda fraction: context.progress(start + share * fraction)
