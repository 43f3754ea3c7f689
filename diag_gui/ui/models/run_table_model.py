"""Every open run as a row: its figures, how far each is from the run compared with, and what can be said for certain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from diag_gui.data.run import Run
from diag_gui.evaluation.run_comparison import Difference, RunComparison
from diag_gui.session.open_runs import Differences, RunFiguresShown, SideBySide
from diag_gui.ui.interval_mark import CRITERION, account, reach_of, signed, tone, verdict
from diag_gui.ui.plain_text import as_tooltip, count, figure

Index = QModelIndex | QPersistentModelIndex
CELL_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class RunColumn:
    """One figure: heading, what it means, its value, its key in the summary, and the name under which it is resampled."""

    heading: str
    meaning: str
    value: Callable[[RunFiguresShown], float]
    key: str
    resampled: str = ""


COLUMNS = (
    RunColumn("AP", "Average precision over classes and, by COCO's rules, ten IoU thresholds", lambda r: r.summary.figures["AP"],
              "AP", "AP"),
    RunColumn("AP50", "Average precision at IoU .50", lambda r: r.summary.figures["AP50"], "AP50", "AP50"),
    RunColumn("P", "Precision: TP / (TP + FP)", lambda r: r.evaluation.totals.precision, "precision", "precision"),
    RunColumn("R", "Recall: TP / (TP + FN)", lambda r: r.evaluation.totals.recall, "recall", "recall"),
    RunColumn("F1", "F1 over all classes: 2 TP / (2 TP + FP + FN)", lambda r: r.evaluation.totals.f1, "f1", "f1"),
    RunColumn("best F1", "The best F1 at any score", lambda r: r.evaluation.totals.best_f1, "best_f1"),
    RunColumn("mF1 COCO", "mF1 (COCO matching): the mean of F1 over classes with ground truth",
              lambda r: r.evaluation.totals.mf1, "mf1", "mf1"),
    RunColumn("mF1 YOLTv4", "mF1 (YOLTv4): the same after YOLTv4's two one-way passes", lambda r: r.mf1_yoltv4, "mf1_yoltv4"),
    RunColumn("ECE", "D-ECE: how far scores are from precision, over all scores; less is better", lambda r: r.calibration.ece,
              "ece"),
)  # fmt: skip
FIRST_FIGURE = 1
INTERVAL, WORDS = FIRST_FIGURE + len(COLUMNS), FIRST_FIGURE + len(COLUMNS) + 1
N_COLUMNS = WORDS + 1


@dataclass(frozen=True, slots=True)
class RunCell:
    """What a cell says.

    Attributes
    ----------
    text : str
        First line.
    below : str
        Second line, small.
    tone : str
        Colour role of the second line, in the last column of the first.
    difference : Difference or None
        To be drawn.
    reach : float
        How far the drawing goes to both sides of 0.
    """

    text: str
    below: str = ""
    tone: str = "secondary"
    difference: Difference | None = None
    reach: float = 1.0


class RunTableModel(QAbstractTableModel):
    """Rows are the open runs in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: SideBySide | None = None
        self._comparisons: tuple[RunComparison | None, ...] = ()
        self._figure = "AP"
        self._names: tuple[str, ...] = ()

    def show(self, shown: SideBySide | None, differences: Differences | None, compared_figure: str) -> None:
        """Show every run; ``differences`` are those of what is shown, None while they are on their way."""
        before = self._shown
        self._figure = compared_figure
        self._comparisons = differences.comparisons if differences is not None else ()
        names = tuple(run.facts.run.name for run in shown.runs) if shown is not None else ()
        if before is None or shown is None or names != self._names:
            self.beginResetModel()
            self._shown, self._names = shown, names
            self.endResetModel()
        else:
            self._shown = shown
            self.dataChanged.emit(self.index(0, 0), self.index(len(names) - 1, N_COLUMNS - 1))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, N_COLUMNS - 1)

    def comparison(self, row: int) -> RunComparison | None:
        """Return the run of ``row`` against the one compared with, once it is there."""
        return self._comparisons[row] if row < len(self._comparisons) else None

    def cell(self, row: int, column: int) -> RunCell:
        """Return what stands in a cell."""
        assert self._shown is not None
        run = self._shown.runs[row]
        if column == 0:
            roles = [
                word for word, index in (("shown", self._shown.active), ("compared with", self._shown.compared)) if index == row
            ]
            first = self._shown.earlier_same[row]
            roles += [f"same predictions as {self._names[first]}"] if first >= 0 else []
            roles += _made(run.facts.run)
            return RunCell(self._names[row], " · ".join(roles), "accent" if row == self._shown.active else "secondary")
        if column < INTERVAL:
            return self._figure_cell(run, row, COLUMNS[column - FIRST_FIGURE])
        difference = self._difference(row, self._figure)
        if row == self._shown.compared:
            return RunCell("" if column == INTERVAL else "compared with")
        if difference is None:
            return RunCell("" if column == INTERVAL else "…")
        if column == INTERVAL:
            all_of_figure = [one for place in range(len(self._names)) if (one := self._difference(place, self._figure))]
            return RunCell("", tone=tone(difference), difference=difference, reach=reach_of(all_of_figure))
        return RunCell(verdict(difference) or "not defined", f"chance better {figure(difference.better)}", tone(difference))

    def _figure_cell(self, run: RunFiguresShown, row: int, column: RunColumn) -> RunCell:
        assert self._shown is not None
        value, baseline = column.value(run), column.value(self._shown.runs[self._shown.compared])
        if row == self._shown.compared:
            return RunCell(figure(value))
        known = self._difference(row, column.resampled)
        return RunCell(figure(value), signed(value - baseline), tone(known) if known is not None else "secondary")

    def _difference(self, row: int, name: str) -> Difference | None:
        comparison = self.comparison(row)
        return comparison.figures.get(name) if comparison is not None else None

    def tooltip(self, row: int, column: int) -> str:
        """Return what is said about a cell when the mouse rests on it."""
        assert self._shown is not None
        run = self._shown.runs[row]
        params, totals = run.evaluation.params, run.evaluation.totals
        point = f"IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f}"
        baseline = self._names[self._shown.compared]
        if column == 0:
            notes, first = run.facts.run.notes, self._shown.earlier_same[row]
            if first >= 0:
                notes = f"Predicts what {self._names[first]} does: one witness about the labels, not two\n{notes}".strip()
            return (
                f"{self._names[row]}\n{count(len(run.facts.run.predictions))} predictions\n"
                f"TP {count(totals.tp)} · FP {count(totals.fp)} · FN {count(totals.fn)} at {point}"
                + "".join(f"\n{line}" for line in (" · ".join(_made(run.facts.run)), notes) if line)
            )
        if column >= INTERVAL:
            difference = self._difference(row, self._figure)
            if difference is None:
                return ""
            heading = heading_of(self._figure)
            return (
                f"{heading}: {self._names[row]} against {baseline}\n{account(difference)}\n"
                f"p {figure(difference.p, 3)}: from the standard error, by the normal distribution\n"
                f"The words go by the interval, not by p ({CRITERION}); close to 0 the two can disagree"
            )
        what = COLUMNS[column - FIRST_FIGURE]
        value = what.value(run)
        lines = [what.meaning, f"{self._names[row]}: {figure(value, 3)}"]
        if what.key == "best_f1":
            lines[-1] += f" at score {figure(totals.best_score, 3)}"
        if what.key == "ece":
            calibration = run.calibration
            lines.append(f"{len(calibration.bins)} bins of {calibration.binning}, {count(calibration.n)} predictions")
        if row != self._shown.compared:
            known = self._difference(row, what.resampled)
            plain = signed(value - what.value(self._shown.runs[self._shown.compared]), 3)
            lines.append(f"against {baseline}: {account(known) if known is not None else plain}")
            if not what.resampled:
                lines.append("This figure is not resampled: nothing is said about chance")
        lines.append(f"at {point}" if what.key in _AT_POINT else params.rules.sentence(params.iou_threshold))
        return "\n".join(lines)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() or self._shown is None else len(self._names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else N_COLUMNS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if section == 0:
                return "run"
            if section < INTERVAL:
                return COLUMNS[section - FIRST_FIGURE].heading
            return f"Δ {heading_of(self._figure)}, 95 %" if section == INTERVAL else ""
        if role == Qt.ItemDataRole.ToolTipRole and FIRST_FIGURE <= section < INTERVAL:
            return as_tooltip(COLUMNS[section - FIRST_FIGURE].meaning)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if FIRST_FIGURE <= section < INTERVAL else Qt.AlignmentFlag.AlignLeft
            side = Qt.AlignmentFlag.AlignHCenter if section == INTERVAL else side
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._shown is None or not index.isValid():
            return None
        if role == CELL_ROLE:
            return self.cell(index.row(), index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            cell = self.cell(index.row(), index.column())
            return f"{cell.text} {cell.below}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(self.tooltip(index.row(), index.column()))
        return None


_AT_POINT = {"precision", "recall", "f1", "mf1", "mf1_yoltv4"}


def heading_of(name: str) -> str:
    """Return how people read the name of a resampled figure."""
    return {column.resampled: column.heading for column in COLUMNS if column.resampled}.get(name, name)


def _made(run: Run) -> list[str]:
    """Return when a run was made and the hours it cost, as far as ``runs.csv`` or the project says it."""
    date = [run.date.isoformat()] if run.date is not None else []
    return date + ([f"{run.hours:g} h"] if run.hours is not None else [])
