"""Project files on the command line: where their data is, whether they are sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from diag_gui.cli.inputs import Inputs
from diag_gui.exceptions import StoreError
from diag_gui.formats.known_formats import asked_for
from diag_gui.review.attach import ReviewState, attach
from diag_gui.review.decisions import fold
from diag_gui.review.events import Operation
from diag_gui.review.places import Resolver
from diag_gui.review.project import FileReference, Project, RunReference
from diag_gui.review.project_facts import glance
from diag_gui.review.reading_choices import AS_IT_COMES, ReadingChoices
from diag_gui.review.stand_ins import stand_ins_of
from diag_gui.review.store import ReviewStore


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """The data a project is about, as it lies now.

    Attributes
    ----------
    ground_truth : Path
    predictions, metadata : tuple of Path
    runs : tuple of RunReference
        Of ``predictions``: what the project calls them, and what it knows about them.
    images : Path or None
    formats : tuple of (str, str)
        Of ground truth and predictions: ``"auto"`` unless one was asked for that content does not tell.
    choices : ReadingChoices
        How they were read where somebody chose it.
    """

    ground_truth: Path
    predictions: tuple[Path, ...]
    metadata: tuple[Path, ...]
    runs: tuple[RunReference, ...]
    images: Path | None
    formats: tuple[str, str] = ("auto", "auto")
    choices: ReadingChoices = AS_IT_COMES


def read_project(path: Path) -> tuple[Project, tuple[Operation, ...]]:
    """Return the facts of a project and everything that was decided in it; the file is not changed.

    Raises
    ------
    StoreError
        If it is missing or no sound project.
    """
    with ReviewStore.open(path, read_only=True) as store:
        return store.project(), store.operations()


def check_project(path: Path) -> None:
    """Read a project from end to end.

    Raises
    ------
    StoreError
        If something is wrong with it.
    """
    read_project(path)


def files_of_project(path: Path) -> ProjectFiles:
    """Return where the data of a project is.

    Raises
    ------
    StoreError
        If the project cannot be read, has no ground truth, or a file of it is gone.
    """
    project = glance(path)
    if project.dataset is None:
        raise StoreError(path, "names no ground truth; give it on the command line")
    images = project.image_root.find(path) if project.image_root is not None else None
    return ProjectFiles(
        _found(project.dataset, path, "ground truth"),
        tuple(_found(run.file, path, f"run {run.name}") for run in project.runs),
        tuple(_found(file, path, "metadata") for file in project.metadata_files),
        project.runs,
        images,
        (asked_for([project.dataset.format]), asked_for(run.file.format for run in project.runs)),
        ReadingChoices.of(project.settings),
    )


def laid_onto(path: Path, inputs: Inputs) -> ReviewState:
    """Return the decisions of a project laid onto what was read.

    Raises
    ------
    StoreError
        If the project cannot be read.
    """
    project, operations = read_project(path)
    resolver = Resolver(inputs.dataset, inputs.runs, stand_ins=stand_ins_of(project, path, inputs.runs))
    return attach(fold(operations), inputs.dataset, inputs.runs, resolver=resolver)


def _found(reference: FileReference, project: Path, what: str) -> Path:
    """Return where a file of the project is now."""
    place = reference.find(project)
    if place is None:
        raise StoreError(
            project, f"its {what} is neither at {reference.relative or reference.absolute} nor at {reference.absolute}"
        )
    return place
