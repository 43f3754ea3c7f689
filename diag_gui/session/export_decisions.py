"""Decisions as an export carries them: one line per tag, note and verdict, on rows of the exported tables. No Qt here."""

from __future__ import annotations

from diag_gui.data.attributes import Level
from diag_gui.formats.export_request import ExportDecision
from diag_gui.review.attach import ReviewState
from diag_gui.review.decisions import Decision, Mark


def exported_decisions(review: ReviewState, run_index: int) -> tuple[ExportDecision, ...]:
    """Return every decision about the images, the labels and the predictions of one run.

    Parameters
    ----------
    review : ReviewState
    run_index : int
        Place of the exported run among those the review is attached to; -1 without one.
    """
    lines: list[ExportDecision] = []
    for row, decision in review.images.items():
        lines += _lines(Level.IMAGE, row, decision)
    for row, decision in review.ground_truth.items():
        key = review.places.key_at.get(row)
        alone = review.decisions.about(key) if key is not None else Decision()
        lines += _lines(Level.GT, row, decision, alone)
    for (run, row), decision in review.predictions.items():
        if run == run_index:
            lines += _lines(Level.PRED, row, decision)
    return tuple(lines)


def _lines(level: Level, row: int, decision: Decision, alone: Decision | None = None) -> list[ExportDecision]:
    """Return the lines of one object; of a label, ``alone`` is what was said about it by itself."""
    own = decision if alone is None else alone
    lines = [
        ExportDecision(level, row, "tag", name, *_who(mark), is_of_pair=name not in own.tags)
        for name, mark in decision.tags.items()
    ]
    if decision.note is not None:
        of_pair = decision.note != own.note
        lines.append(ExportDecision(level, row, "note", decision.note, *_who(decision.note_mark), is_of_pair=of_pair))
    if decision.verdict is not None:
        of_pair = decision.verdict != own.verdict
        lines.append(ExportDecision(level, row, "verdict", decision.verdict, *_who(decision.verdict_mark), is_of_pair=of_pair))
    return lines


def _who(mark: Mark | None) -> tuple[str, str]:
    return (mark.author, mark.at.isoformat()) if mark is not None else ("", "")
