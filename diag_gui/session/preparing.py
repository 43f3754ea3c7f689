"""Every open run prepared, with the others as witnesses about the labels: the window says of a label what all of them say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.evaluator import RunFacts, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import DiagError


def prepare_runs(
    dataset: Dataset,
    runs: Sequence[Run],
    active: int,
    known: Sequence[RunFacts],
    params: EvaluationParams,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
    *,
    on_disk: bool = False,
) -> tuple[RunFacts | None, ...]:
    """Return every run prepared for the task and the cut of ``params``, judged by all.

    Parameters
    ----------
    dataset : Dataset
    runs : sequence of Run
    active : int
        The one that is shown.
    known : sequence of RunFacts
        What was prepared before, perhaps of runs under another name; used again where it fits.
    params : EvaluationParams
    progress, cancelled, on_disk
        As `prepare_run` takes them.

    Returns
    -------
    tuple of RunFacts or None
        None of a run that cannot be prepared: it says why once it is to be shown, and is no witness until then.

    Raises
    ------
    DiagError
        If the active run cannot be prepared.
    """
    found: list[RunFacts | None] = []
    for index, run in enumerate(runs):
        facts = _known(dataset, run, known, params)
        if facts is None:
            share = _part(progress, index / len(runs), 1 / len(runs))
            try:
                facts = prepare_run(
                    dataset,
                    run,
                    max_detections=params.max_detections,
                    task=params.task,
                    on_disk=on_disk,
                    progress=share,
                    cancelled=cancelled,
                )
            except DiagError:
                if index == active:
                    raise
        found.append(facts)
    return _judged_by_all(found)


def _known(dataset: Dataset, run: Run, known: Sequence[RunFacts], params: EvaluationParams) -> RunFacts | None:
    for facts in known:
        same_data = facts.dataset is dataset and facts.run.predictions is run.predictions
        if same_data and (facts.task, facts.max_detections) == (params.task, params.max_detections):
            return facts if facts.run is run else replace(facts, run=run)
    return None


def _judged_by_all(runs: Sequence[RunFacts | None]) -> tuple[RunFacts | None, ...]:
    """Return the runs as witnesses of each other, in their order after the run itself; those that were already, as they are."""
    witnesses = [facts for facts in runs if facts is not None]
    judged: list[RunFacts | None] = []
    for facts in runs:
        if facts is not None:
            labels = facts.judged_with(witnesses).labels
            # Each signs with its own evidence, whose identity is that of the run.
            same = [id(one) for one in labels.runs] == [id(one) for one in facts.labels.runs]
            judged.append(facts if same else replace(facts, labels=labels))
        else:
            judged.append(None)
    return tuple(judged)


def _part(progress: Callable[[float], None], start: float, share: float) -> Callable[[float], None]:
    return lambda fraction: progress(start + share * fraction)
