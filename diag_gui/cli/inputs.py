"""Reading what a verb was pointed at, with its account: the same readers as the window's."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from diag_gui.cli.task_notes import boxes_for_masks, upright_for_rotated
from diag_gui.cli.terminal import ProgressLine, count_of, warn
from diag_gui.cli.value_warnings import given_by
from diag_gui.data.arrays import BoolArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.predictions import no_predictions as without_any
from diag_gui.data.read_report import ProblemGroup, ReadReport
from diag_gui.data.repeated_runs import repeated_runs
from diag_gui.data.run import Run
from diag_gui.data.run_names import with_distinct_names
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import DiagError, EvaluationError
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice, parse_columns
from diag_gui.formats.folder_listing import listing
from diag_gui.formats.opening import join_metadata, open_ground_truth, open_predictions, read_exif
from diag_gui.formats.recognition import GROUND_TRUTH, PREDICTIONS, Role

if TYPE_CHECKING:
    from diag_gui.cli.engine import Compare
    from diag_gui.evaluation.columns import TagColumns
    from diag_gui.evaluation.evaluator import Evaluation
    from diag_gui.evaluation.fates import Fates
    from diag_gui.formats.run_reading import ReadElsewhere
    from diag_gui.review.project import RunReference

JoinClasses = Callable[[Dataset, Path], tuple[Dataset, ReadReport]]


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What was read.

    Attributes
    ----------
    dataset : Dataset
    runs : tuple of Run
        In the order given.
    reports : tuple of ReadReport
        Ground truth, metadata, runs.
    image_root : Path or None
    """

    dataset: Dataset
    runs: tuple[Run, ...]
    reports: tuple[ReadReport, ...]
    image_root: Path | None


def read_inputs(parsed: argparse.Namespace, *, needs_run: bool = True, also: Sequence[Path] = ()) -> Inputs:
    """Read ground truth, metadata and runs as the arguments name them.

    Parameters
    ----------
    parsed : argparse.Namespace
        Of `arguments.add_data`.
    needs_run : bool
        Refuse to go on without predictions.
    also : sequence of Path
        Further predictions, after those that the arguments or the project name.

    Raises
    ------
    DiagError
        If a file is missing, cannot be read, or belongs to other data.
    """
    named = named_files(parsed)
    if needs_run and not named.predictions:
        raise DiagError("no predictions given")
    return read_named(named, parsed, (*named.predictions, *also))


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """What the arguments, or the project they name, are about.

    Attributes
    ----------
    ground_truth : Path
    predictions, metadata : tuple of Path
    images : Path or None
    formats : tuple of (str, str)
        Of ground truth, and of predictions.
    known : tuple of RunReference
        What a project calls ``predictions`` and knows about them; empty if no project names them.
    columns : tuple of (str, str)
        What a project says about the columns of ground truth and predictions; empty where it says nothing.
    with_exif : bool
        Whether a project says that EXIF is read.
    """

    ground_truth: Path
    predictions: tuple[Path, ...]
    metadata: tuple[Path, ...]
    images: Path | None
    formats: tuple[str, str]
    known: tuple[RunReference, ...]
    columns: tuple[str, str] = ("", "")
    with_exif: bool = False


def named_files(parsed: argparse.Namespace) -> NamedFiles:
    """Return which files to read; nothing is read but a project.

    Raises
    ------
    DiagError
        If there is no ground truth, or no such folder of images.
    """
    ground_truth: Path | None = parsed.ground_truth
    predictions = _listed(parsed.predictions)
    metadata = _listed(parsed.metadata)
    known: tuple[RunReference, ...] = ()
    images: Path | None = parsed.images
    formats = (parsed.format, parsed.pred_format)
    columns, with_exif = ("", ""), False
    if parsed.project is not None and ground_truth is None:
        from diag_gui.cli.project_files import files_of_project

        files = files_of_project(parsed.project)
        ground_truth = files.ground_truth
        formats = (files.formats[0] if parsed.format == "auto" else parsed.format, parsed.pred_format)
        if not predictions:
            predictions, known = files.predictions, files.runs
            formats = (formats[0], files.formats[1] if parsed.pred_format == "auto" else parsed.pred_format)
            columns = "", files.choices.predicted_columns
        metadata = metadata or files.metadata
        images = images or files.images
        columns = files.choices.columns, columns[1]
        # Of a project whose pictures are gone the figures are the same.
        with_exif = files.choices.with_exif and images is not None
    if ground_truth is None:
        raise DiagError("no ground truth given: name GT, or a project with --project")
    if images is not None and not images.is_dir():
        raise DiagError(f"{images}: is no folder of images")
    return NamedFiles(ground_truth, predictions, metadata, images, formats, known, columns, with_exif)


def read_named(named: NamedFiles, parsed: argparse.Namespace, predictions: Sequence[Path]) -> Inputs:
    """Read ground truth, metadata, and of the runs ``predictions``; errors as of `read_inputs`."""
    class_files = (getattr(parsed, "hierarchy", None), getattr(parsed, "verified", None))
    return read_files(
        named.ground_truth,
        predictions,
        named.metadata,
        named.images,
        *named.formats,
        columns=columns_of(parsed, named.columns),
        with_exif=parsed.exif or named.with_exif,
        class_files=class_files,
        known=named.known if predictions else (),
        task=task_of(parsed),
        cache=cache_of(parsed),
        elsewhere=getattr(parsed, "read_elsewhere", None),
        quiet=parsed.quiet,
    )


def read_files(
    ground_truth: Path,
    predictions: Sequence[Path],
    metadata: Sequence[Path],
    images: Path | None = None,
    ground_truth_format: str = "auto",
    prediction_format: str = "auto",
    *,
    columns: tuple[ColumnChoice, ColumnChoice] = (NO_CHOICE, NO_CHOICE),
    with_exif: bool = False,
    class_files: tuple[Path | None, Path | None] = (None, None),
    known: Sequence[RunReference] = (),
    task: str = "bbox",
    cache: ColumnCache | None = None,
    elsewhere: ReadElsewhere | None = None,
    quiet: bool = True,
) -> Inputs:
    """Read files and say on standard error what was found wrong with them, unless ``quiet``.

    Parameters
    ----------
    ground_truth, predictions, metadata, images, ground_truth_format, prediction_format
        As the arguments name them.
    columns : tuple of (ColumnChoice, ColumnChoice)
        Which column is what in the ground truth, and in the predictions.
    with_exif : bool
        Read time, camera and place from the pictures.
    class_files : tuple of (Path or None, Path or None)
        Which classes lie above which, and which were verified in each image.
    known : sequence of RunReference
        What a project calls the first of ``predictions`` and knows about them; empty if no project names them.
    task : str
        What will be compared.
    cache : ColumnCache, optional
        Where large files are kept as columns; None reads them.
    elsewhere : callable, optional
        Reads the files of a run of several on other machines.
    quiet : bool
    """
    line = ProgressLine(quiet=quiet)
    with ExitStack() as told:
        told.callback(line.clear)
        told.enter_context(listing(line.found))
        opened = open_ground_truth(
            ground_truth,
            format=ground_truth_format,
            images=images,
            cache=cache,
            columns=columns[0],
            progress=line.of(f"Reading {ground_truth.name}"),
        )
        dataset, reports = opened.dataset, [with_notes_on_figures(opened.report, GROUND_TRUTH, task)]
        for file, join in zip(class_files, _joining_classes() if any(class_files) else (), strict=False):
            if file is not None:
                dataset, report = join(dataset, file)
                reports.append(report)
        for path in metadata:
            joined = join_metadata(dataset, path)
            dataset = joined.dataset
            reports.append(joined.report)
        if with_exif:
            dataset, report = read_exif(dataset, opened.image_root, progress=line.of("Reading EXIF"))
            reports.append(report)
        runs = []
        for path in predictions:
            said = line.of(f"Reading {path.name}")
            run = open_predictions(
                path, dataset, format=prediction_format, columns=columns[1], cache=cache, elsewhere=elsewhere, progress=said
            )
            runs.append(run.run)
            notes = boxes_for_masks(run) if task == "segm" else ()
            first = replace(run.report, problems=run.report.problems + notes)
            reports += [with_notes_on_figures(report, PREDICTIONS, task) for report in (first, *run.others)]
        if task == "bbox" and any(run.predictions.quad is not None for run in runs):
            reports[0] = replace(reports[0], problems=reports[0].problems + upright_for_rotated(opened))
    if known:
        named_by_project = [
            replace(run, name=entry.name, date=entry.date, hours=entry.hours, notes=entry.notes)
            for run, entry in zip(runs[: len(known)], known, strict=True)
        ]
        runs = [*named_by_project, *runs[len(known) :]]
    named, renamed = with_distinct_names(runs)
    notes = tuple(note for note in (renamed, repeated_runs(named)) if note is not None)
    if notes:
        reports[-1] = replace(reports[-1], problems=(*reports[-1].problems, *notes))
    warn(reports, quiet=quiet)
    return Inputs(dataset, named, tuple(reports), opened.image_root)


def with_notes_on_figures(report: ReadReport, role: Role, task: str) -> ReadReport:
    """Return the account of ground truth or of a run with a warning where what was left out moves AP.

    Notes
    -----
    A label with an impossible box stays a miss for ever in programs that keep it; a prediction without a usable score or
    box is ranked somewhere or stops them. What has an unknown image or class counts nowhere, so leaving it out moves nothing.
    """
    notes = []
    n = sum(group.count for group in report.problems if group.drops and not group.code.startswith("unknown-"))
    if n and role == GROUND_TRUTH:
        notes.append((n, f"{count_of(n, 'label')} left out, so recall and AP differ from programs that keep such labels"))
    elif n:
        said = "left out, so precision, recall and AP may differ from programs that keep such ones"
        notes.append((n, f"{count_of(n, 'prediction')} {said}"))
    n = sum(group.count for group in report.problems if group.code == "bad-mask") if task == "segm" else 0
    if n and role == GROUND_TRUTH:
        notes.append((n, f"{count_of(n, 'label')} left out for a mask that cannot be used, so recall and AP differ"))
    elif n:
        notes.append((n, f"{count_of(n, 'prediction')} with no usable mask: overlapping nothing, each costs precision"))
    groups = tuple(ProblemGroup("dropping-moves-ap", n, False, (f"{report.path.name}: {said}",)) for n, said in notes)
    return replace(report, problems=report.problems + groups)


def _joining_classes() -> tuple[JoinClasses, JoinClasses]:
    """Return the readers of hierarchies and of verified classes, which most calls need not import."""
    from diag_gui.formats.class_hierarchy import join_hierarchy
    from diag_gui.formats.verified_labels import join_verified_labels

    return join_hierarchy, join_verified_labels


def cache_of(parsed: argparse.Namespace) -> ColumnCache | None:
    """Return the user's column cache unless the arguments do without it."""
    return None if parsed.no_cache else ColumnCache()


def columns_of(parsed: argparse.Namespace, known: tuple[str, str] = ("", "")) -> tuple[ColumnChoice, ColumnChoice]:
    """Return which column is what in the ground truth, and in the predictions; ``known`` where the arguments say nothing."""
    return parsed.columns or parse_columns(known[0]), parsed.pred_columns or parse_columns(known[1])


def task_of(parsed: argparse.Namespace) -> str:
    """Return what is compared: boxes unless a verb offers the choice."""
    task: str = getattr(parsed, "task", "bbox")
    return task


def params_of(parsed: argparse.Namespace) -> EvaluationParams:
    """Return the settings of the arguments.

    Raises
    ------
    EvaluationError
        If one is out of range.
    """
    if getattr(parsed, "limits", ()) and parsed.rules != Rules.COCO:
        raise EvaluationError("--limits", f"per image and class are COCO's, the rules {parsed.rules} have none")
    return EvaluationParams(
        parsed.iou,
        parsed.score,
        max_detections=parsed.max_detections,
        task=task_of(parsed),
        rules=RuleSettings(Rules(getattr(parsed, "rules", Rules.COCO)), getattr(parsed, "voc_plus_one", False)),
    )


def prepare(inputs: Inputs, run: Run, params: EvaluationParams, parsed: argparse.Namespace) -> RunFacts:
    """Compute what serves every threshold of one run, with progress."""
    line = ProgressLine(quiet=parsed.quiet)
    compare: Compare | None = getattr(parsed, "compared_elsewhere", None)
    try:
        compared = None
        if compare is not None:
            said = line.of(f"Comparing {run.name} on workers")
            compared = compare(inputs.dataset, run.predictions, params.task, params.max_detections, progress=said)
        facts = prepare_run(
            inputs.dataset,
            run,
            max_detections=params.max_detections,
            task=params.task,
            compared=compared,
            workers=getattr(parsed, "workers", None),
            progress=line.of(f"Comparing {run.name}"),
        )
    finally:
        line.clear()
    if any(getattr(parsed, name, None) for name in ("where", "slice", "slices", "discover")):
        from diag_gui.cli.measuring import measure_if_named

        measure_if_named(facts, inputs.image_root, parsed)
    return facts


def prepare_judged(inputs: Inputs, run: Run, params: EvaluationParams, parsed: argparse.Namespace) -> RunFacts:
    """Prepare one run, with every other run that was read as a witness about the labels, as in the window."""
    facts = prepare(inputs, run, params, parsed)
    return facts.judged_with([prepare(inputs, other, params, parsed) for other in inputs.runs if other is not run])


def images_where(
    where: str | None,
    facts: RunFacts,
    params: EvaluationParams,
    tags: TagColumns | None = None,
    fates_of: Callable[[Evaluation], Fates] | None = None,
) -> BoolArray | None:
    """Return the images that ``--where`` keeps; None without it. Failures it speaks of are those at ``params``.

    ``fates_of`` says what became of an evaluation's rows in other runs, where there are any.

    Raises
    ------
    ExpressionError
        If it does not parse or names an unknown column.
    """
    if where is None:
        return None
    from diag_gui.evaluation.columns import ColumnCatalog
    from diag_gui.evaluation.query import names_fates

    with given_by("--where"):
        catalog = ColumnCatalog(facts, tags=tags)
        if not catalog.is_of_images(where):
            evaluation = evaluate(facts, params)
            fates = fates_of(evaluation) if fates_of is not None and names_fates(where) else None
            catalog = ColumnCatalog(facts, evaluation, tags, fates)
        return catalog.images_where(where)


def no_predictions(dataset: Dataset) -> Run:
    """Return a run that found nothing, so that expressions over images and labels have what to work on."""
    return Run("", without_any(len(dataset.images)), dataset.source)


def _listed(value: Path | Sequence[Path] | None) -> tuple[Path, ...]:
    """Return what an argument of any count holds."""
    if value is None:
        return ()
    return (value,) if isinstance(value, Path) else tuple(value)
