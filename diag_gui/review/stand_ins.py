"""Which loaded runs the runs of a project are, also after their files were written anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from diag_gui.data.run import Run
from diag_gui.review.project import Project, RunReference


def stand_ins_of(project: Project, place: Path, runs: Sequence[Run]) -> dict[str, tuple[int, ...]]:
    """Return which loaded runs may stand for each hash that a project knows: those read from its file or from equal bytes.

    Where a run's file is found nowhere any more, a loaded run of its name may.

    Parameters
    ----------
    project : Project
    place : Path
        The project file.
    runs : sequence of Run

    Returns
    -------
    dict of str to tuple of int
        Indices into ``runs``; empty for a run of the project that is not loaded.
    """
    found: dict[str, dict[int, None]] = {}
    for reference in project.runs:
        loaded = dict.fromkeys(runs_of(reference, place, runs))
        if not loaded and reference.file.find(place) is None:
            loaded = dict.fromkeys(index for index, run in enumerate(runs) if run.name == reference.name)
        for run_hash in reference.hashes:
            found.setdefault(run_hash, {}).update(loaded)
    return {run_hash: tuple(indices) for run_hash, indices in found.items()}


def runs_of(reference: RunReference, place: Path, runs: Sequence[Run]) -> list[int]:
    """Return the loaded runs that are a run of a project: read from its file or from equal bytes.

    Parameters
    ----------
    reference : RunReference
    place : Path
        The project file.
    runs : sequence of Run
    """
    file = reference.file.find(place)
    return [index for index, run in enumerate(runs) if _is_read_from(run, reference, file)]


def with_loaded_runs(
    project: Project, place: Path, runs: Sequence[Run], hashes: Sequence[str], *, only_known: bool = False
) -> Project:
    """Return the facts of a project with the runs that are loaded now, which keep the hashes they had before.

    Parameters
    ----------
    project : Project
    place : Path
        The project file.
    runs : sequence of Run
    hashes : sequence of str
        Content hash of each.
    only_known : bool
        Leave out runs that are none of the project's.

    Notes
    -----
    A run of the project that is not loaded stays as it is.
    """
    known: dict[int, list[RunReference]] = {}
    left = []
    for reference in project.runs:
        indices = runs_of(reference, place, runs)
        for index in indices:
            known.setdefault(index, []).append(reference)
        if not indices:
            left.append(reference)
    loaded = []
    for index, (run, run_hash) in enumerate(zip(runs, hashes, strict=True)):
        before = known.get(index, [])
        if before or not only_known:
            earlier = [one for reference in before for one in reference.hashes]
            fresh = RunReference.to(run, place, run_hash)
            loaded.append(replace(fresh, hashes=tuple(dict.fromkeys((run_hash, *earlier)))))
    return replace(project, runs=(*loaded, *left))


def _is_read_from(run: Run, reference: RunReference, file: Path | None) -> bool:
    if run.source.sha256 and run.source.sha256 == reference.file.sha256:
        return True
    return file is not None and run.source.path.absolute() == file.absolute()
