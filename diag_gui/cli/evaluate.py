"""``evaluate``: metrics per class, per slice, error types."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from diag_gui.cli.decisions import decisions_of, read_decisions
from diag_gui.cli.freed_memory import LARGE, give_back_what_is_freed
from diag_gui.cli.inputs import Inputs, images_where, params_of, prepare, read_inputs
from diag_gui.cli.output import write_result
from diag_gui.cli.streamed_choice import is_to_be_streamed
from diag_gui.cli.terminal import ProgressLine, plain_text
from diag_gui.cli.value_warnings import given_by, note_values
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.variants import Variants
from diag_gui.exceptions import ExpressionError
from diag_gui.formats.report_figures import RunFigures, evaluation_document, figures_of, json_text

if TYPE_CHECKING:
    from diag_gui.evaluation.bootstrap import Resampled
    from diag_gui.evaluation.columns import TagColumns
    from diag_gui.evaluation.discovery import Discovery
    from diag_gui.evaluation.explanations.explanation import Explanation
    from diag_gui.evaluation.fates import Side
    from diag_gui.evaluation.run_comparison import ResampledRun
    from diag_gui.evaluation.run_facts import RunFacts
    from diag_gui.evaluation.slice_comparison import ComparedSlice
    from diag_gui.evaluation.thresholds import ThresholdRule
    from diag_gui.review.attach import ReviewState


def run(parsed: argparse.Namespace) -> int:
    """Read, evaluate every run, and write what was asked for."""
    params = params_of(parsed)
    if is_to_be_streamed(parsed, params):
        from diag_gui.cli.streamed_evaluation import run_streamed

        return run_streamed(parsed, params)
    asks_for_thresholds = (parsed.wanted_precision, parsed.wanted_recall, parsed.thresholds) != (None, None, None)
    rules = _threshold_rules(parsed) if asks_for_thresholds else []
    inputs, review = read_decisions(parsed, read_inputs(parsed))
    asks_for_comparison = parsed.compare or parsed.baseline is not None
    baseline = _baseline(inputs, parsed) if asks_for_comparison else None
    figures = evaluate_runs(inputs, review, params, parsed, with_errors=bool(parsed.json) or parsed.errors)
    resampled = _resampled(figures, parsed) if asks_for_comparison or parsed.intervals else []
    compared = _compared_slices(inputs, review, figures, baseline, parsed)
    discovered = _discovered(figures, parsed)
    resamples = [each.resampled for each in resampled] if parsed.intervals else [None] * len(figures)
    explanations = [_explanations(one, params, parsed.explain, of_run) for one, of_run in zip(figures, resamples, strict=True)]
    if parsed.json:
        document = evaluation_document(inputs.dataset, inputs.reports, figures, params, parsed.seed, parsed.engine)
        if parsed.explain:
            for run_of_document, accounts in zip(document["runs"], explanations, strict=True):
                run_of_document["explanations"] = [asdict(account) for account in accounts]
        if rules:
            from diag_gui.cli.threshold_output import threshold_documents

            for run_of_document, one in zip(document["runs"], figures, strict=True):
                run_of_document["thresholds"] = threshold_documents(one, rules)
        if parsed.discover:
            from diag_gui.cli.discovery_output import discovery_document, is_measured

            for run_of_document, of_run, found in zip(document["runs"], figures, discovered, strict=True):
                is_known = is_measured(of_run)
                run_of_document["discovered"] = [discovery_document(one, pictures_measured=is_known) for one in found]
        if resampled:
            from diag_gui.cli.comparison_output import add_to_document

            add_to_document(
                document, resampled, _sides(figures), baseline, seed=parsed.seed, with_intervals=bool(parsed.intervals)
            )
        if compared:
            from diag_gui.cli.slice_comparison_output import compared_documents

            for comparison, of_slices in zip(document["comparisons"], compared, strict=True):
                comparison["slices"] = compared_documents(of_slices)
        write_result(parsed.json, json_text(document))
    if parsed.csv:
        from diag_gui.cli.evaluation_tables import class_csv

        write_result(parsed.csv, class_csv(figures))
    if parsed.thresholds:
        from diag_gui.cli.threshold_output import write_thresholds

        write_thresholds(parsed.thresholds, inputs.dataset, figures, params, rules[0], parsed.where)
    if not parsed.json and not parsed.csv and not parsed.thresholds:
        text = _text(inputs, figures, explanations, params, parsed)
        if rules:
            from diag_gui.cli.threshold_output import threshold_text

            text = "\n\n".join([text.rstrip("\n"), *(threshold_text(one, rules) for one in figures)])
        if resampled:
            from diag_gui.cli.comparison_output import resampling_text

            said = resampling_text(resampled, _sides(figures), baseline, seed=parsed.seed, with_intervals=bool(parsed.intervals))
            text = "\n\n".join([text.rstrip("\n"), *said])
        if compared and baseline is not None:
            from diag_gui.cli.slice_comparison_output import compared_text

            names = [one.facts.run.name for one in figures]
            others = [name for place, name in enumerate(names) if place != baseline]
            told = [compared_text(name, names[baseline], of_slices) for name, of_slices in zip(others, compared, strict=True)]
            text = "\n\n".join([text.rstrip("\n"), *told])
        if parsed.discover:
            from diag_gui.cli.discovery_output import discovery_text, unmeasured_text

            told = [
                discovery_text(run.facts.run.name, one) for run, of_run in zip(figures, discovered, strict=True) for one in of_run
            ]
            remarks = dict.fromkeys(filter(None, (unmeasured_text(run, parsed) for run in figures)))
            text = "\n\n".join([text.rstrip("\n"), *told, *remarks])
        write_result("-", text)
    return 0


def _threshold_rules(parsed: argparse.Namespace) -> list[ThresholdRule]:
    from diag_gui.cli.threshold_output import rules_of

    return rules_of(parsed)


def _baseline(inputs: Inputs, parsed: argparse.Namespace) -> int:
    from diag_gui.cli.comparison_output import baseline_of

    return baseline_of([run.name for run in inputs.runs], parsed)


def _resampled(figures: list[RunFigures], parsed: argparse.Namespace) -> list[ResampledRun]:
    from diag_gui.cli.comparison_output import resampled_runs

    return resampled_runs(figures, parsed)


def _compared_slices(
    inputs: Inputs, review: ReviewState | None, figures: list[RunFigures], baseline: int | None, parsed: argparse.Namespace
) -> list[tuple[ComparedSlice, ...]]:
    """Return per other run how it compares with the baseline on each slice, where both were asked for."""
    if baseline is None or not figures[baseline].slices:
        return []
    from diag_gui.cli.slice_comparison_output import compared_slices

    tags = [decisions_of(review, inputs, one).columns for one in inputs.runs]
    return compared_slices(figures, tags, baseline, parsed)


def _discovered(figures: list[RunFigures], parsed: argparse.Namespace) -> list[list[Discovery]]:
    if not parsed.discover:
        return []
    from diag_gui.cli.discovery_output import discoveries

    return discoveries(figures, parsed)


def _sides(figures: list[RunFigures]) -> list[Side]:
    return [(one.facts, one.evaluation) for one in figures]


def _text(
    inputs: Inputs,
    figures: list[RunFigures],
    explanations: list[list[Explanation]],
    params: EvaluationParams,
    parsed: argparse.Namespace,
) -> str:
    """Return the tables for people, or where ``--explain`` asks for it the accounts alone."""
    if parsed.explain:
        from diag_gui.cli.explanation_text import explanation_text

        return "\n\n".join(explanation_text(account) for accounts in explanations for account in accounts)
    from diag_gui.cli.evaluation_tables import evaluation_text

    return evaluation_text(inputs.dataset, figures, params, with_errors=parsed.errors)


def _explanations(run: RunFigures, params: EvaluationParams, asked: list[str], resampled: Resampled | None) -> list[Explanation]:
    """Return the account of each figure that ``--explain`` names.

    Raises
    ------
    EvaluationError
        If there is no such figure.
    """
    if not asked:
        return []
    from diag_gui.evaluation.explanations.explain import explain
    from diag_gui.evaluation.explanations.subject import Subject

    subject = Subject(
        run.facts,
        params,
        run.evaluation.images,
        run.evaluation,
        run.slices,
        run.calibration.binning,
        run.calibration.n_bins,
        None if run.variants is None else run.variants.variants,
        resampled,
    )
    return [explain(figure, subject) for figure in asked]


def evaluate_runs(
    inputs: Inputs,
    review: ReviewState | None,
    params: EvaluationParams,
    parsed: argparse.Namespace,
    *,
    with_errors: bool = False,
) -> list[RunFigures]:
    """Return the figures of every run; ``with_errors`` also the error types of every slice.

    Raises
    ------
    ExpressionError
        If ``--where`` or ``--slice`` does not parse or names an unknown column.
    EvaluationError
        If the data lacks what the rules of AP ask for.
    """
    variants = Variants(parsed.ious, parsed.limits)
    if any(len(run.predictions) >= LARGE for run in inputs.runs):
        give_back_what_is_freed()
    figures = []
    prepared = [prepare(inputs, one, params, parsed) for one in inputs.runs]
    for one, alone in zip(inputs.runs, prepared, strict=True):
        facts = alone.judged_with(prepared)
        tags = decisions_of(review, inputs, one).columns
        images = images_where(parsed.where, facts, params, tags)
        if one is inputs.runs[0] and (parsed.where or parsed.slice):
            _note_values(parsed, facts, tags)
        found = figures_of(
            facts,
            params,
            images,
            binning=parsed.calibration.replace("-", " "),
            n_bins=parsed.calibration_bins,
            variants=variants,
        )
        found = replace(found, where=parsed.where)
        if parsed.where is not None and not found.evaluation.totals.n_images and not parsed.quiet:
            print(f"warning: --where: no image satisfies {plain_text(parsed.where)}: every figure is undefined", file=sys.stderr)
        figures.append(_with_slices(found, parsed, tags, with_errors=with_errors) if parsed.slice or parsed.slices else found)
    return figures


def _note_values(parsed: argparse.Namespace, facts: RunFacts, tags: TagColumns | None) -> None:
    """Say which values of ``--where`` and ``--slice`` nothing has; of failures, which thresholds make, nothing is said."""
    from diag_gui.evaluation.columns import ColumnCatalog

    catalog = ColumnCatalog(facts, tags=tags)
    note_values("--where", parsed.where, catalog, quiet=parsed.quiet)
    for text in parsed.slice:
        note_values("--slice", text, catalog, quiet=parsed.quiet)


def _with_slices(run: RunFigures, parsed: argparse.Namespace, tags: TagColumns | None, *, with_errors: bool) -> RunFigures:
    """Return the figures with the slices that ``--slice`` and ``--slices`` ask for."""
    from diag_gui.evaluation.columns import ColumnCatalog
    from diag_gui.evaluation.slice_bins import Binning, parse_binning
    from diag_gui.evaluation.slices import evaluate_slices, slices_from_text
    from diag_gui.formats.slice_file import read_slices

    catalog = ColumnCatalog(run.facts, tags=tags)
    binning = Binning() if parsed.bins is None else parse_binning(parsed.bins)
    with given_by("--slice"):
        definitions = [one for text in parsed.slice for one in slices_from_text(text, catalog, binning=binning)]
    given = dict.fromkeys((one.expression for one in definitions), "--slice")
    for path in parsed.slices:
        for place, one in enumerate(read_slices(path)):
            definitions.append(one)
            given.setdefault(one.expression, f"{path}: slices[{place}] “{plain_text(one.name)}”")
    line = ProgressLine(quiet=parsed.quiet)
    try:
        slices = evaluate_slices(
            run.facts,
            run.evaluation,
            definitions,
            tags=tags,
            with_errors=with_errors,
            intervals=parsed.intervals or 0,
            seed=parsed.seed,
            workers=parsed.workers,
            progress=line.of(f"Slices of {run.facts.run.name}"),
        )
    except ExpressionError as error:
        raise error.given_by(given.get(error.text, "a slice")) from None
    finally:
        line.clear()
    return replace(run, slices=slices)
