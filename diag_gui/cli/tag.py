"""``tag``: tag what an expression selects, as one operation that can be undone in the window."""

from __future__ import annotations

import argparse

import numpy as np

from diag_gui.cli.decisions import warn_of_unplaced
from diag_gui.cli.inputs import no_predictions, params_of, prepare, prepare_judged, read_inputs
from diag_gui.cli.output import write_result
from diag_gui.cli.terminal import count_of
from diag_gui.cli.value_warnings import given_by, note_values
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.outcomes import ERROR_KINDS
from diag_gui.exceptions import DiagError, EvaluationError
from diag_gui.formats.report_figures import json_text
from diag_gui.review.attach import attach
from diag_gui.review.decisions import fold
from diag_gui.review.events import Event, current_author, decide
from diag_gui.review.gestures import (
    Subject,
    add_tag,
    remove_tag,
    set_note,
    subjects_of_images,
    subjects_of_labels,
    subjects_of_outcomes,
    subjects_of_predictions,
)
from diag_gui.review.places import Resolver
from diag_gui.review.stand_ins import stand_ins_of, with_loaded_runs
from diag_gui.review.store import ReviewStore
from diag_gui.review.tag_columns import tag_columns


def run(parsed: argparse.Namespace) -> int:
    """Select rows, decide, store."""
    if not (parsed.add or parsed.remove or parsed.note is not None):
        raise DiagError("nothing to do: give --add, --remove or --note")
    for name in (*parsed.add, *parsed.remove):
        if not name.strip():
            raise EvaluationError("--add", "a tag needs a name")
    params = params_of(parsed)
    project = parsed.project
    inputs = read_inputs(argparse.Namespace(**{**vars(parsed), "ground_truth": None, "predictions": ()}), needs_run=False)
    run_index = _run_index(parsed.run, [one.name for one in inputs.runs])
    if run_index < 0 and parsed.on in ("failures", "predictions"):
        raise DiagError(f"{project}: has no runs, so there are no {parsed.on}; --on images or gt works")
    with ReviewStore.open(project) as store:
        facts_known = store.project()
        resolver = Resolver(inputs.dataset, inputs.runs, stand_ins=stand_ins_of(facts_known, store.path, inputs.runs))
        state = attach(fold(store.operations()), inputs.dataset, inputs.runs, resolver=resolver)
        warn_of_unplaced(state, project, quiet=parsed.quiet)
        columns = tag_columns(state, run_index)
        subjects: list[Subject]
        if run_index >= 0:
            facts = prepare_judged(inputs, inputs.runs[run_index], params, parsed)
            evaluation = evaluate(facts, params)
            catalog = ColumnCatalog(facts, evaluation, columns)
        else:
            facts = prepare(inputs, no_predictions(inputs.dataset), params, parsed)
            evaluation = evaluate(facts, params)
            catalog = ColumnCatalog(facts, None, columns)
        note_values("--where", parsed.where, catalog, quiet=parsed.quiet)
        with given_by("--where"):
            if parsed.on == "images":
                subjects = subjects_of_images(state, resolver, np.flatnonzero(catalog.images_where(parsed.where)))
            elif parsed.on == "gt":
                subjects = subjects_of_labels(state, resolver, np.flatnonzero(catalog.gt_where(parsed.where)))
            elif parsed.on == "predictions":
                subjects = subjects_of_predictions(
                    state, resolver, np.flatnonzero(catalog.predictions_where(parsed.where)), run_index
                )
            else:
                kinds = np.array(ERROR_KINDS, np.uint8)
                rows = np.flatnonzero(catalog.outcomes_where(parsed.where) & np.isin(evaluation.outcomes.kind, kinds))
                subjects = subjects_of_outcomes(state, resolver, evaluation.outcomes, rows, run_index)
        events: list[Event] = []
        for name in dict.fromkeys(parsed.remove):
            events += remove_tag(state, subjects, name)
        for name in dict.fromkeys(parsed.add):
            events += add_tag(state, subjects, name)
        if parsed.note is not None:
            events += set_note(state, subjects, parsed.note)
        # Several tags may take the same verdict away.
        events = list(dict.fromkeys(events))
        if events:
            hashes = [keys.content_hash for keys in resolver.runs]
            current = with_loaded_runs(facts_known, store.path, inputs.runs, hashes, only_known=True)
            if current.runs != facts_known.runs:
                # A file that was written anew: its former hashes stay, so that decisions made before find it.
                store.change_project(lambda one: with_loaded_runs(one, store.path, inputs.runs, hashes, only_known=True))
            store.append(decide(parsed.author or current_author(), _label(parsed, len(subjects)), events))
    if parsed.json:
        write_result(parsed.json, json_text({"version": 1, "matched": len(subjects), "changed": len(events)}))
    elif not parsed.quiet:
        print(f"{count_of(len(subjects), 'row')} matched, {count_of(len(events), 'change')} kept")
    return 0


def _run_index(name: str | None, names: list[str]) -> int:
    """Return which run is meant: the first unless named; -1 where there is none.

    Raises
    ------
    DiagError
        If no run has that name.
    """
    if name is None:
        return 0 if names else -1
    if name not in names:
        raise DiagError(f"no run {name!r} in the project; there is {', '.join(names) or 'none'}")
    return names.index(name)


def _label(parsed: argparse.Namespace, n_rows: int) -> str:
    """Return what the operation is called in the undo menu."""
    noun = {"failures": "failure", "images": "image", "gt": "label", "predictions": "prediction"}[parsed.on]
    verb = "Tag" if parsed.add else "Untag" if parsed.remove else "Note on"
    names = ", ".join(f'"{name}"' for name in (*parsed.add, *parsed.remove))
    return f"{verb} {count_of(n_rows, noun)} {names}".rstrip()
