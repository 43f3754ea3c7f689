"""What became of objects between two runs as cells, each with the words for it and the expression that lists its rows."""

from __future__ import annotations

from dataclasses import dataclass

from diag_gui.evaluation.fates import GT_FATES
from diag_gui.session.open_runs import SideBySide
from diag_gui.ui.plain_text import count, plural

_OF_GROUND_TRUTH = f"was IN ({', '.join(repr(name) for name in GT_FATES)})"
_MOST_RUNS = 6

_ALONE = "was IN ('true positive', 'ignored', 'nothing')"
_BOTH = "was = 'false positive'"


@dataclass(frozen=True, slots=True)
class FateCell:
    """One count and what it counts.

    Attributes
    ----------
    n : int
    word : str
        What became of the objects, for people.
    sentence : str
        The same at length.
    expression : str
        Lists exactly these rows of the run in question, right ones shown too; empty where they cannot be listed.
    role : str
        Colour of the theme that fills the cell in proportion; empty for none.
    row, column : int
        Place in the drawing; ``columns`` is how many the row is parted into.
    columns : int
    from_compared : bool
        Whether the rows are of the run compared with.
    figure : str
        Path of the count, for an account of it.
    """

    n: int
    word: str
    sentence: str
    expression: str
    role: str
    row: int
    column: int
    columns: int
    from_compared: bool = False
    figure: str = ""


ROW_LABELS = (*(f"was {name}" for name in GT_FATES), "false positives", "found by")


def _of_label(was: str, is_now: str) -> str:
    error = "error IS NULL" if is_now == "found" else f"error = '{is_now}'"
    return f"was = '{was}' AND {error}"


def _found_by(k: int) -> str:
    return f"n_right = {k} AND {_OF_GROUND_TRUTH}"


FATE_WORDS = {
    **{_of_label(was, is_now): f"{was} → {is_now}" for was in GT_FATES for is_now in GT_FATES},
    **{_found_by(k): f"found by {plural(k, 'run')}" for k in range(_MOST_RUNS + 1)},
    _ALONE: "false positives of this run only",
    _BOTH: "false positives of both runs",
}
"""Expressions of cells in words as short as those of the cells of the confusion matrix."""


def fate_cells(shown: SideBySide) -> tuple[FateCell, ...]:
    """Return the cells of the drawing: ground truth by what it was and is, false positives, and in how many runs it is found."""
    return (*_ground_truth(shown), *_false_positives(shown), *_found_in(shown))


def _names(shown: SideBySide) -> tuple[str, str]:
    return shown.runs[shown.compared].facts.run.name, shown.runs[shown.active].facts.run.name


def _ground_truth(shown: SideBySide) -> list[FateCell]:
    before, now = _names(shown)
    cells = []
    for row, was in enumerate(GT_FATES):
        for column, is_now in enumerate(GT_FATES):
            n = int(shown.matrix.ground_truth[row, column])
            word, role = _word(row, column)
            sentence = f"{plural(n, 'label')}: {_state(was)} in {before}, {_state(is_now)} in {now}"
            expression = _of_label(was, is_now)
            cells.append(FateCell(n, word, sentence, expression, role, row, column, 4, figure=f"fates.{was}.{is_now}"))
    return cells


def _word(row: int, column: int) -> tuple[str, str]:
    if row == column:
        return ("found by both", "cell_high") if row == 0 else ("still", "secondary")
    if row == 0:
        return "lost", "poor"
    if column == 0:
        return "gained", "good"
    return "changed kind", "fair"


def _state(name: str) -> str:
    return {"found": "found", "missed": "missed"}.get(name, f"a {name} error")


def _false_positives(shown: SideBySide) -> list[FateCell]:
    before, now = _names(shown)
    matrix = shown.matrix
    row = len(GT_FATES)
    new = f"{count(matrix.new)} of {now}, where {before} is right or silent"
    still = f"{count(matrix.still)} that {before} makes too"
    gone = f"{count(matrix.gone)} of {before}, where {now} is right or silent"
    gone_expression = _ALONE if shown.gone_can_be_listed else ""
    if gone_expression:
        gone += f"\nA click shows {before}, where they stand"
    return [
        FateCell(matrix.new, "new", new, _ALONE, "poor", row, 0, 3,
                 figure="fates.false_positives.new"),
        FateCell(matrix.still, "still there", still, _BOTH, "secondary", row, 1, 3,
                 figure="fates.false_positives.still"),
        FateCell(matrix.gone, "gone", gone, gone_expression, "good", row, 2, 3, from_compared=True,
                 figure="fates.false_positives.gone"),
    ]  # fmt: skip


def _found_in(shown: SideBySide) -> list[FateCell]:
    n_runs = len(shown.runs)
    if not 3 <= n_runs <= _MOST_RUNS:
        # With two it says what the matrix says.
        return []
    cells = []
    for k, n in enumerate(shown.found_in):
        word = "none" if k == 0 else f"all {n_runs}" if k == n_runs else f"{k} of {n_runs}"
        sentence = f"{plural(n, 'label')} found by {word if k else 'none'} of the runs that are open"
        expression = _found_by(k)
        cells.append(FateCell(n, word, sentence, expression, "cell_high" if k else "poor", len(GT_FATES) + 1, k, n_runs + 1,
                              figure=f"fates.found_in.{k}"))  # fmt: skip
    return cells
