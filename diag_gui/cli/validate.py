"""``validate``: check files, list every problem, change nothing.

What looks odd by shape or place alone (`geometry_lint`) is listed after the problems, as hints: it is a matter of taste what
of it is wrong, so it changes neither ``ok`` nor the exit status.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diag_gui.cli.inputs import cache_of, columns_of
from diag_gui.cli.output import write_result
from diag_gui.cli.terminal import ProgressLine, count_of, plain_text
from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.data.read_report import ProblemGroup, ReadReport, noun_of
from diag_gui.data.run_files import is_there
from diag_gui.evaluation.geometry_lint import lint
from diag_gui.evaluation.lint_texts import LintExample, LintGroup, lint_groups
from diag_gui.exceptions import DiagError
from diag_gui.formats.folder_listing import listing
from diag_gui.formats.opening import join_metadata, open_ground_truth, open_predictions
from diag_gui.formats.recognition import GROUND_TRUTH, IMAGES, METADATA, PREDICTIONS, PROJECT, UNKNOWN, recognise
from diag_gui.formats.record_problems import PARTIAL_LOSSES
from diag_gui.formats.report_figures import json_text

_SHOWN = 5
"""Examples printed per kind of problem; the JSON has all that were kept."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one path.

    Attributes
    ----------
    path : Path
    role : str
        What it was read as.
    report : ReadReport or None
        None where the path was refused as a whole, or has no records.
    refused : str
        Why it was refused; empty if it was not.
    problems : tuple of ProblemGroup
    hints : tuple of LintGroup
        Boxes that look odd.
    """

    path: Path
    role: str
    report: ReadReport | None = None
    refused: str = ""
    problems: tuple[ProblemGroup, ...] = ()
    hints: tuple[LintGroup, ...] = ()

    @property
    def is_bad(self) -> bool:
        """Whether something of it was left out. What was only converted or looks odd is listed and is no failure."""
        return bool(self.refused) or any(group.drops or group.code in PARTIAL_LOSSES for group in self.problems)


def run(parsed: argparse.Namespace) -> int:
    """Check every path, print what was found, return 1 if anything was refused or left out."""
    for path in parsed.paths:
        if not is_there(path) and not path.is_symlink():
            raise DiagError(f"{path}: no such file or folder")
    checked = _check_all(parsed)
    if parsed.json:
        write_result(parsed.json, json_text(_document(checked)))
    if parsed.json != "-":
        write_result("-", "\n".join(_text(entry) for entry in checked))
    return 1 if any(entry.is_bad for entry in checked) else 0


def _check_all(parsed: argparse.Namespace) -> list[Checked]:
    """Check the paths: ground truth first, since everything else refers to it; the order of the answer is as given."""
    line = ProgressLine(quiet=parsed.quiet)
    try:
        with listing(line.found):
            return _check_in_order(parsed, line)
    finally:
        line.clear()


def _check_in_order(parsed: argparse.Namespace, line: ProgressLine) -> list[Checked]:
    roles = {path: _role_of(path, parsed) for path in parsed.paths}
    paths = [*parsed.paths, *parsed.metadata]
    roles |= dict.fromkeys(parsed.metadata, METADATA)
    found: dict[Path, list[Checked]] = {}
    dataset: Dataset | None = None
    pictures: Checked | None = None
    for path in paths:
        if roles[path] != GROUND_TRUTH:
            continue
        checked, opened = _check_ground_truth(path, parsed, line)
        found[path] = [checked]
        if opened is not None:
            dataset = dataset or opened.dataset
            if parsed.images is not None and pictures is None:
                pictures = _check_pictures(opened.dataset, parsed.images, line)
    for path in paths:
        if path not in found:
            found[path] = _check_other(path, roles[path], dataset, parsed, line)
    return [one for path in dict.fromkeys(paths) for one in found[path]] + ([pictures] if pictures is not None else [])


def _role_of(path: Path, parsed: argparse.Namespace) -> str:
    """Return what a path is read as. What nobody recognises is read as ground truth, which names what is wrong with it."""
    role = recognise(path).role
    if role == UNKNOWN or (role != GROUND_TRUTH and parsed.format != "auto" and len(parsed.paths) == 1):
        return GROUND_TRUTH
    return role


def _check_ground_truth(path: Path, parsed: argparse.Namespace, line: ProgressLine) -> tuple[Checked, Any]:
    """Read ground truth; return the result and what was opened, None if it was refused."""
    try:
        opened = open_ground_truth(
            path,
            format=parsed.format,
            images=parsed.images,
            columns=columns_of(parsed)[0],
            every_picture=parsed.images is not None,
            cache=cache_of(parsed),
            progress=line.of(f"Reading {path.name}"),
        )
    except DiagError as error:
        return Checked(path, GROUND_TRUTH, refused=str(error)), None
    hints = _hints(opened.dataset, opened.dataset.ground_truth, path, line)
    return Checked(path, GROUND_TRUTH, opened.report, problems=opened.report.problems, hints=hints), opened


def _check_other(path: Path, role: str, dataset: Dataset | None, parsed: argparse.Namespace, line: ProgressLine) -> list[Checked]:
    """Read what refers to ground truth, or a project; of a run of several files there is one answer for each."""

    def check_predictions(data: Dataset) -> list[Checked]:
        opened = open_predictions(
            path,
            data,
            format=parsed.pred_format,
            columns=columns_of(parsed)[1],
            cache=cache_of(parsed),
            progress=line.of(f"Reading {path.name}"),
        )
        hints = _hints(data, opened.run.predictions, path, line)
        of_file = [Checked(report.path, role, report, problems=report.problems) for report in opened.reports]
        return [replace(of_file[0], path=path if len(of_file) == 1 else of_file[0].path, hints=hints), *of_file[1:]]

    def check_metadata(data: Dataset) -> list[Checked]:
        report = join_metadata(data, path).report
        return [Checked(path, role, report, problems=report.problems)]

    checks: dict[str, Callable[[Dataset], list[Checked]]] = {PREDICTIONS: check_predictions, METADATA: check_metadata}
    try:
        if role == PROJECT:
            from diag_gui.cli.project_files import check_project

            check_project(path)
            return [Checked(path, role)]
        if role not in checks:
            return [Checked(path, role)]
        if dataset is None:
            raise _alone(path, role)
        return checks[role](dataset)
    except DiagError as error:
        if dataset is None and role in checks:
            raise
        return [Checked(path, role, refused=str(error))]


def _alone(path: Path, role: str) -> DiagError:
    """Return what to say of a file that refers to ground truth and comes without: a fault of its own, else what is missing."""
    found = recognise(path)
    if role == METADATA:
        from diag_gui.formats.table_reading import read_table

        try:
            read_table(path)
        except DiagError as error:
            return error
    boxes = "; if it holds boxes, say which column is what (--columns)" if role == METADATA else ""
    return DiagError(
        f"{path}: is {found.reason}: {role} can only be checked with the ground truth they belong to; name it too{boxes}"
    )


def _hints(dataset: Dataset, objects: GroundTruth | Predictions, path: Path, line: ProgressLine) -> tuple[LintGroup, ...]:
    """Return the boxes that look odd."""
    return lint_groups(dataset, objects, lint(dataset, objects, progress=line.of(f"Looking at the boxes of {path.name}")))


def _check_pictures(dataset: Dataset, folder: Path, line: ProgressLine) -> Checked:
    """Decode every picture of the dataset."""
    from diag_gui.cli.pictures import picture_problems

    if not folder.is_dir():
        raise DiagError(f"{folder}: is no folder of images")
    return Checked(folder, IMAGES, problems=picture_problems(dataset, folder, line.of("Decoding pictures")))


def _document(checked: list[Checked]) -> dict[str, Any]:
    """Return the JSON document."""
    files = []
    for entry in checked:
        report = entry.report
        record: dict[str, Any] = {"file": entry.path.name, "path": str(entry.path), "role": entry.role}
        record["refused"] = entry.refused or None
        if report is not None:
            record |= {"format": report.format, "sha256": report.sha256}
            record |= {"records": report.records, "loaded": report.loaded, "dropped": report.dropped}
        record["problems"] = [
            {"code": group.code, "count": group.count, "drops": group.drops, "examples": group.examples}
            for group in entry.problems
        ]
        record["hints"] = [
            {"kind": group.kind, "count": group.count, "examples": [_example(example) for example in group.examples]}
            for group in entry.hints
        ]
        files.append(record)
    return {"version": 1, "ok": not any(entry.is_bad for entry in checked), "files": files}


def _example(example: LintExample) -> dict[str, Any]:
    """Return one odd box for the JSON document."""
    place = {"image": example.image, "record": example.record, "bbox": list(example.bbox)}
    return place | {"reason": example.reason, "text": example.text}


def _text(entry: Checked) -> str:
    """Return what was found about one path, for people."""
    head = f"{plain_text(str(entry.path))}: {entry.role}"
    if entry.refused:
        return f"{head}: refused\n  {plain_text(entry.refused)}"
    if entry.report is not None:
        report = entry.report
        head += f", {report.format}: {count_of(report.records, 'record')}, {report.loaded:,} loaded, {report.dropped:,} dropped"
    lines = [head if entry.problems else f"{head}; no problems"]
    for group in entry.problems:
        lines.append(f"  {group.code}: {count_of(group.count, noun_of(group.code))} {'dropped' if group.drops else 'concerned'}")
        lines += _shown(group.count, group.examples)
    for hint in entry.hints:
        lines.append(f"  hint, {hint.kind}: {count_of(hint.count, 'box', 'boxes')}")
        lines += _shown(hint.count, tuple(example.text for example in hint.examples))
    return "\n".join(lines)


def _shown(count: int, examples: tuple[str, ...]) -> list[str]:
    """Return the first examples of a group, indented, and a mark if there are more."""
    lines = [f"    {plain_text(example)}" for example in examples[:_SHOWN]]
    return lines if count <= len(lines) else [*lines, "    …"]
