"""Score thresholds of ``evaluate``: which are asked for, as a table, and as a file for deployment."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from diag_gui.cli.output import write_result
from diag_gui.cli.terminal import figure, plain_text, table
from diag_gui.data.dataset import Dataset
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.thresholds import ChosenThresholds, ThresholdRule, choose_thresholds
from diag_gui.exceptions import EvaluationError
from diag_gui.formats.report_figures import RunFigures, json_text
from diag_gui.formats.threshold_file import rule_document, thresholds_document, thresholds_of_run

_HEADER = ("class", "score", "P", "R", "F1", "TP", "FP", "GT")


def rules_of(parsed: argparse.Namespace) -> list[ThresholdRule]:
    """Return the rules that the arguments ask for, in the order of the help.

    Raises
    ------
    EvaluationError
        If a wanted share is out of range, or ``--thresholds`` would have to hold two scores per class.
    """
    rules = []
    if parsed.wanted_precision is not None:
        rules.append(ThresholdRule("precision", parsed.wanted_precision))
    if parsed.wanted_recall is not None:
        rules.append(ThresholdRule("recall", parsed.wanted_recall))
    if parsed.thresholds is not None:
        if len(rules) > 1:
            reason = "holds one score per class: give --wanted-precision or --wanted-recall, not both"
            raise EvaluationError("--thresholds", reason)
        rules = rules or [ThresholdRule()]
    return rules


def chosen_of(run: RunFigures, rules: Sequence[ThresholdRule]) -> list[ChosenThresholds]:
    """Return the thresholds of one run by each rule."""
    return [choose_thresholds(run.facts, run.evaluation, rule) for rule in rules]


def write_thresholds(
    target: str, dataset: Dataset, runs: Sequence[RunFigures], params: EvaluationParams, rule: ThresholdRule, where: str | None
) -> None:
    """Write the file that ``--thresholds`` names; ``-`` is standard output."""
    chosen = [(run.facts.run.name, choose_thresholds(run.facts, run.evaluation, rule)) for run in runs]
    write_result(target, json_text(thresholds_document(dataset, chosen, params, where)))


def threshold_documents(run: RunFigures, rules: Sequence[ThresholdRule]) -> list[dict[str, Any]]:
    """Return the entries of ``thresholds`` in the JSON of one run."""
    dataset = run.facts.dataset
    return [{"rule": rule_document(chosen)} | thresholds_of_run(dataset, chosen) for chosen in chosen_of(run, rules)]


def threshold_text(run: RunFigures, rules: Sequence[ThresholdRule]) -> str:
    """Return a table per rule, all classes together last."""
    parts = []
    for chosen in chosen_of(run, rules):
        columns = (chosen.score, chosen.precision, chosen.recall, chosen.f1, chosen.tp, chosen.fp, chosen.n_gt)
        names = (*run.facts.dataset.classes.name, "all classes")
        rows = [[name, *map(figure, values)] for name, *values in zip(names, *(one.tolist() for one in columns), strict=True)]
        params = run.evaluation.params
        title = f"{plain_text(run.facts.run.name)}: score for {chosen.rule.words} at IoU {params.iou_threshold:g}"
        parts.append(f"{title}\n{table(_HEADER, rows)}")
    return "\n\n".join(parts)
