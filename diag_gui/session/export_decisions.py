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
        lines += _lines(Level.GT, row, decision)
    for (run, row), decision in review.predictions.items():
        if run == run_index:
            lines += _lines(Level.PRED, row, decision)
    return tuple(lines)


def _lines(level: Level, row: int, decision: Decision) -> list[ExportDecision]:
    lines = [ExportDecision(level, row, "tag", name, *_who(mark)) for name, mark in decision.tags.items()]
    if decision.note is not None:
        lines.append(ExportDecision(level, row, "note", decision.note, *_who(decision.note_mark)))
    if decision.verdict is not None:
        lines.append(ExportDecision(level, row, "verdict", decision.verdict, *_who(decision.verdict_mark)))
    return lines


def _who(mark: Mark | None) -> tuple[str, str]:
    return (mark.author, mark.at.isoformat()) if mark is not None else ("", "")
