"""The decisions of a project, laid onto what the command line read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from diag_gui.cli.inputs import Inputs
from diag_gui.cli.terminal import plain_text
from diag_gui.data.attributes import Level
from diag_gui.data.run import Run

if TYPE_CHECKING:
    from diag_gui.evaluation.columns import TagColumns
    from diag_gui.formats.export_request import ExportDecision
    from diag_gui.review.attach import ReviewState


@dataclass(frozen=True, slots=True, eq=False)
class DecisionsOfRun:
    """What was decided about images, labels and the predictions of one run; empty without a project.

    Attributes
    ----------
    state : ReviewState or None
        None without a project.
    columns : TagColumns or None
        The tags as expressions see them.
    exported : tuple of ExportDecision
        As an export carries them.
    tags_at : mapping
        Names of tags by level, row, and whether those are left out that were said of a label and a prediction together; these
        stand on both of their rows.
    """

    state: ReviewState | None = None
    columns: TagColumns | None = None
    exported: tuple[ExportDecision, ...] = ()
    tags_at: Mapping[tuple[Level, int, bool], tuple[str, ...]] | None = None

    def tags(self, level: Level, row: int, alone: bool = False) -> tuple[str, ...]:
        """Return the tags on one image, ground truth or prediction; ``alone`` without those of pairs."""
        return self.tags_at.get((level, row, alone), ()) if self.tags_at else ()

    def image_rows_tagged(self, names: list[str]) -> list[int]:
        """Return the images with one of the tags on them or on something they show."""
        if self.state is None:
            return []
        wanted = set(names)
        return [row for row, tags in self.state.image_tags(with_objects=True).items() if wanted & set(tags)]


def read_decisions(parsed: argparse.Namespace, inputs: Inputs) -> tuple[Inputs, ReviewState | None]:
    """Return what ``--project`` holds, laid onto the inputs, and the inputs with the account of it; None without it.

    Decisions that find no place are said on standard error, unless ``--quiet``.

    Raises
    ------
    StoreError
        If the project cannot be read.
    """
    if parsed.project is None:
        return inputs, None
    from diag_gui.cli.project_files import laid_onto
    from diag_gui.review.unplaced import account_of

    state = laid_onto(parsed.project, inputs)
    warn_of_unplaced(state, parsed.project, quiet=parsed.quiet)
    return replace(inputs, reports=(*inputs.reports, account_of(state, parsed.project))), state


def warn_of_unplaced(state: ReviewState, project: Path, *, quiet: bool) -> None:
    """Say on standard error how many decisions found no place, and why."""
    from diag_gui.review.unplaced import described, sentence_of

    if state.unattached and not quiet:
        first = described(state.unattached[0].target)
        said = f"{project.name}: {sentence_of(state)} (first: {first}); the project keeps them"
        print(f"warning: {plain_text(said)}", file=sys.stderr)


def decisions_of(state: ReviewState | None, inputs: Inputs, run: Run | None) -> DecisionsOfRun:
    """Return what was decided about images, labels and the predictions of ``run``; nothing without a project."""
    if state is None:
        return DecisionsOfRun()
    from diag_gui.review.tag_columns import tag_columns
    from diag_gui.session.export_decisions import exported_decisions

    run_index = inputs.runs.index(run) if run is not None else -1
    exported = exported_decisions(state, run_index)
    tags: dict[tuple[Level, int, bool], tuple[str, ...]] = {}
    for decision in exported:
        if decision.kind == "tag":
            for alone in (False,) if decision.is_of_pair else (False, True):
                key = (decision.level, decision.row, alone)
                tags[key] = (*tags.get(key, ()), decision.text)
    return DecisionsOfRun(state, tag_columns(state, run_index), exported, tags)
