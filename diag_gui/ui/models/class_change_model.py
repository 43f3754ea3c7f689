"""Which classes got better or worse from one run to another, the certain ones first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from diag_gui.data.arrays import FloatArray
from diag_gui.evaluation.bootstrap import CLASS_FIGURES
from diag_gui.evaluation.coco_summary import CocoSummary
from diag_gui.evaluation.run_comparison import ENOUGH_GROUND_TRUTH, Difference, RunComparison
from diag_gui.session.open_runs import RunFiguresShown, SideBySide
from diag_gui.ui.interval_mark import NOT_DISTINGUISHABLE, account, reach_of
from diag_gui.ui.models.run_table_model import heading_of
from diag_gui.ui.plain_text import as_tooltip, count, figure

Index = QModelIndex | QPersistentModelIndex
CHANGE_ROLE = Qt.ItemDataRole.UserRole + 1
CERTAIN_Q = 0.05
BETTER, WORSE, TOO_FEW = "better", "worse", "too few"
_IOU_75 = 5


@dataclass(frozen=True, slots=True)
class ClassChange:
    """One class in two runs.

    Attributes
    ----------
    class_row : int
    name : str
    n_gt : int
    before, now : float
    difference : Difference or None
        None while intervals are on their way.
    verdict : str
        ``better``, ``worse``, ``not distinguishable``, ``too few`` ground truth to tell; empty while it is not known.
    reach : float
        Of the common scale.
    """

    class_row: int
    name: str
    n_gt: int
    before: float
    now: float
    difference: Difference | None
    verdict: str
    reach: float


def class_figure(name: str) -> str:
    """Return the figure of classes that goes with a figure over all: itself, or F1 where classes have none of the kind."""
    return name if name in CLASS_FIGURES else "f1"


def class_values(run: RunFiguresShown, name: str) -> FloatArray:
    """Return a figure of every class of the dataset: float64, shape (C,); NaN where it is not defined."""
    table, summary = run.evaluation.per_class, run.summary
    if name in ("precision", "recall", "f1"):
        return np.asarray(getattr(table, name), np.float64)
    if not isinstance(summary, CocoSummary):
        by_rules = {"AP": summary.ap, "AP50": summary.ap50}
        return by_rules.get(name, np.full(len(table.n_gt), np.nan))
    values = np.full(len(table.n_gt), np.nan)
    ap = summary.ap[:, 0]
    values[summary.class_rows] = {"AP": ap.mean(axis=1), "AP50": ap[:, 0], "AP75": ap[:, _IOU_75]}[name]
    return values


def class_changes(shown: SideBySide, comparison: RunComparison | None, figure_name: str) -> list[ClassChange]:
    """Return the classes with ground truth: those certain to differ first, each part by the size of the difference."""
    name = class_figure(figure_name)
    before, now = (class_values(shown.runs[index], name) for index in (shown.compared, shown.active))
    n_gt = shown.runs[shown.active].evaluation.per_class.n_gt
    names = shown.runs[shown.active].facts.dataset.classes.name
    known: dict[int, Difference] = {}
    if comparison is not None and name in comparison.per_class:
        known = dict(zip(comparison.class_rows.tolist(), comparison.per_class[name], strict=True))
    reach = reach_of(list(known.values()))
    changes = [
        ClassChange(
            class_row=row,
            name=names[row],
            n_gt=int(n_gt[row]),
            before=float(before[row]),
            now=float(now[row]),
            difference=known.get(row),
            verdict=_verdict(known.get(row), int(n_gt[row])),
            reach=reach,
        )
        for row in np.flatnonzero(n_gt).tolist()
    ]
    return sorted(changes, key=_order)


def _verdict(one: Difference | None, n_gt: int) -> str:
    if one is None:
        return ""
    if n_gt < ENOUGH_GROUND_TRUTH or one.q != one.q:
        return TOO_FEW
    if one.q >= CERTAIN_Q:
        return NOT_DISTINGUISHABLE
    return BETTER if one.difference > 0 else WORSE


def _order(change: ClassChange) -> tuple[bool, bool, float]:
    size = abs(change.now - change.before)
    return change.verdict not in (BETTER, WORSE), change.verdict == TOO_FEW, -size if size == size else 1.0


class ClassChangeModel(QAbstractListModel):
    """Rows are classes in the order of `class_changes`."""

    def __init__(self) -> None:
        super().__init__()
        self._changes: list[ClassChange] = []
        self._figure = "AP"

    def show(self, changes: list[ClassChange], figure_name: str) -> None:
        """Show ``changes`` of a figure."""
        self._figure = class_figure(figure_name)
        if len(changes) != len(self._changes):
            self.beginResetModel()
            self._changes = changes
            self.endResetModel()
        else:
            self._changes = changes
            if changes:
                self.dataChanged.emit(self.index(0), self.index(len(changes) - 1))

    @property
    def changes(self) -> list[ClassChange]:
        """What is shown, in order."""
        return self._changes

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._changes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        change = self._changes[index.row()]
        if role == CHANGE_ROLE:
            return change
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{change.name} {figure(change.before)} {figure(change.now)} {change.verdict}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(self._explained(change))
        return None

    def _explained(self, change: ClassChange) -> str:
        heading = heading_of(self._figure)
        lines = [
            f"{change.name} · {count(change.n_gt)} ground truth",
            f"{heading} was {figure(change.before, 3)}, is {figure(change.now, 3)}",
        ]
        if change.difference is not None:
            q = figure(change.difference.q, 3)
            lines += [account(change.difference), f"p {figure(change.difference.p, 3)} · q {q}: the words go by q"]
        if change.verdict == TOO_FEW:
            lines.append(f"Fewer than {ENOUGH_GROUND_TRUTH} ground truth: no member of the family that q is computed over")
        return "\n".join(lines)
