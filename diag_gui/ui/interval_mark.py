"""A difference with its interval, drawn as a dot on a line, and said in words: the same wherever two runs are compared."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from diag_gui.evaluation.run_comparison import Difference
from diag_gui.ui.plain_text import figure
from diag_gui.ui.theme import Theme

NOT_DISTINGUISHABLE = "not distinguishable"
CRITERION = "better or worse: the interval leaves out 0"
"""What the words of `verdict` go by, to be said beside them."""

_DOT_PX = 4.0


def signed(value: float, digits: int = 2) -> str:
    """Return a difference with its sign: ``+.03``, ``−.12``, ``.00``, or a dash where it is not defined."""
    text = figure(value, digits)
    return f"+{text}" if value > 0 and float(f"{value:.{digits}f}") > 0 else text


def verdict(one: Difference) -> str:
    """Return what can be said for certain about a difference; empty where it has no interval."""
    if one.low != one.low:
        return ""
    if not one.is_certain:
        return NOT_DISTINGUISHABLE
    return "better" if one.difference > 0 else "worse"


def tone(one: Difference) -> str:
    """Return the colour role of a difference: good or poor where it is certain."""
    said = verdict(one)
    return {"better": "good", "worse": "poor"}.get(said, "secondary")


def account(one: Difference) -> str:
    """Return a difference in one line: its size, its interval and the chance that the run is better."""
    if one.low != one.low:
        return f"{signed(one.difference, 3)}, no interval: too few resamples define it"
    return (
        f"{signed(one.difference, 3)}, 95 % {signed(one.low, 3)} to {signed(one.high, 3)}"
        f" · chance that it is better {figure(one.better)}"
    )


def reach_of(differences: list[Difference]) -> float:
    """Return how far a common scale goes to both sides of 0: to the farthest end of an interval."""
    ends = [abs(end) for one in differences for end in (one.low, one.high, one.difference) if end == end]
    return max(ends, default=0.0) or 1.0


def paint_interval(painter: QPainter, area: QRectF, one: Difference, reach: float, theme: Theme, role: str) -> None:
    """Draw a difference with its interval into ``area``, whose middle is 0; hollow in the colour of what is not certain."""
    middle, half = area.center(), area.width() / 2 - _DOT_PX - 1
    painter.setPen(QPen(theme.color("secondary", 0.5), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(middle.x(), area.top()), QPointF(middle.x(), area.bottom()))
    if one.difference != one.difference:
        return

    def at(value: float) -> QPointF:
        return QPointF(middle.x() + half * max(-1.0, min(1.0, value / reach)), middle.y())

    color = theme.color(role)
    painter.setPen(QPen(color, 2))
    if one.low == one.low:
        painter.drawLine(at(one.low), at(one.high))
    painter.setBrush(color if role != "secondary" else theme.color("panel"))
    painter.drawEllipse(at(one.difference), _DOT_PX, _DOT_PX)
