"""Every open run on the slice in question, and whether the difference of two of them could be chance."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from diag_gui.session.controller import Controller
from diag_gui.session.slice_plots import RunsOnSlice
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.models.slice_rows import signed
from diag_gui.ui.panel import Panel
from diag_gui.ui.plain_text import as_tooltip, figure, plural
from diag_gui.ui.scrolled_column import ScrolledColumn
from diag_gui.ui.theme import current_theme, font

_ROW_PX, _LOW_ROW_PX, _SPACING_PX = 31, 25, 6
_WIDTH_PX = 196
"""Least width: given, so that a longer word in the heading does not move the panels beside."""


class RunsOnSlicePanel(Panel):
    """A bar per run: F1, or recall where false positives cannot be told; in words the paired difference."""

    watches = Change.DATA | Change.SLICES | Change.SLICE_PLOTS | Change.RUNS
    title = "Runs on this slice"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.setMinimumWidth(_WIDTH_PX)
        self.bars = _Bars()
        self.shown = ScrolledColumn()
        self.shown.column.setSpacing(_SPACING_PX)
        self.shown.column.addWidget(self.bars)
        self.said, self.sure = QLabel(), QLabel()
        for label in (self.said, self.sure):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            self.shown.column.addWidget(label)
        self.sure.setProperty("role", "secondary")
        self.shown.column.addStretch(1)
        self.body.addWidget(self.shown, 1)

    def refresh(self, state: SessionState, change: Change) -> None:
        found = state.slice_plots.runs
        entry = state.slice_table.entry(state.slice_current)
        if len(state.runs) < 2:
            self._empty("Add predictions of a second run (Ctrl+Shift+O) to see which run is better here.")
        elif entry is None:
            self._empty("Choose a slice to see the runs on it.")
        elif found is None or found.expression != state.slice_current:
            self._empty("Comparing the runs …")
        else:
            self.bars.show_runs(found)
            self.figure_label.setText("F1" if _of_f1(found) else "recall")
            self._show_words(found)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        found = self.bars.found
        if found is not None:
            self._show_words(found)

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the figure of the run in question on the slice."""
        entry = self.store.state.slice_table.entry(self.store.state.slice_current)
        if entry is None or not self.bars.rect().contains(self.bars.mapFrom(self, position)):
            return ""
        return f"slices.{entry.definition.name}.f1"

    def _show_words(self, found: RunsOnSlice) -> None:
        """Say the difference whole where there is room, else its figures alone and the whole in the tooltip."""
        whole = (difference_in_words(found), certainty_in_words(found))
        width, labels = self.shown.viewport().width(), (self.said, self.sure)
        for label, text in zip(labels, whole, strict=True):
            label.setText(text)
            label.setToolTip(as_tooltip("\n".join(text for text in whole if text)))
        needed = _ROW_PX * len(found.names) + sum(label.heightForWidth(width) + _SPACING_PX for label in labels)
        is_low = needed > self.shown.viewport().height()
        self.bars.show_low(is_low)
        if is_low and found.difference is not None:
            self.said.setText(difference_in_words(found, is_short=True))
            self.sure.setText(whole[1].partition(" (")[0])

    def _empty(self, text: str) -> None:
        self.bars.show_runs(None)
        self.figure_label.setText("")
        self.said.setText("")
        self.sure.setText(text)
        for label in (self.said, self.sure):
            label.setToolTip("")


def difference_in_words(found: RunsOnSlice, *, is_short: bool = False) -> str:
    """Return the difference of the run in question and the one compared with, with its interval; the figures alone if short."""
    if found.difference is None:
        return ""
    told = found.difference.figures["f1" if _of_f1(found) else "recall"]
    if math.isnan(told.difference):
        return "The difference is undefined on this slice"
    here, there = found.names[found.active], found.names[found.compared]
    interval = f", 95 % {signed(told.low)} to {signed(told.high)}" if told.low == told.low else ""
    if is_short:
        return f"{signed(told.difference)}{interval}"
    return f"{here} against {there}: {signed(told.difference)}{interval}"


def certainty_in_words(found: RunsOnSlice) -> str:
    """Return whether the difference could be chance."""
    if found.difference is None:
        return ""
    told, images = found.difference.figures["f1" if _of_f1(found) else "recall"], plural(found.difference.images, "image")
    if not found.difference.enough:
        return f"too little ground truth to say ({images})"
    if math.isnan(told.low):
        return ""
    if told.low > 0 or told.high < 0:
        return f"{'better' if told.difference > 0 else 'worse'} for certain ({images}, same resamples for both)"
    return f"not distinguishable ({images}, same resamples for both)"


def _of_f1(found: RunsOnSlice) -> bool:
    return found.results[found.active].fp is not None


class _Bars(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.found: RunsOnSlice | None = None
        self._row_px = _ROW_PX

    def show_low(self, is_low: bool) -> None:
        """Take less room per run, or as much as looks well."""
        self._row_px = _LOW_ROW_PX if is_low else _ROW_PX
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def show_runs(self, found: RunsOnSlice | None) -> None:
        self.found = found
        self.show_low(False)

    def sizeHint(self) -> QSize:
        n_runs = len(self.found.names) if self.found is not None else 0
        return QSize(160, self._row_px * n_runs)

    def paintEvent(self, event: QPaintEvent) -> None:
        found, theme = self.found, current_theme()
        if found is None:
            return
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, row = self.width(), self._row_px
        for place, (name, result) in enumerate(zip(found.names, found.results, strict=True)):
            value = result.f1 if _of_f1(found) else result.recall
            is_active = place == found.active
            top = place * row
            painter.setFont(font("text"))
            painter.setPen(theme.color("text" if is_active else "secondary"))
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, width - 44)
            words = row - 11
            painter.drawText(QRectF(0, top, width - 40, words), left, shown)
            painter.drawText(QRectF(0, top, width, words), right, figure(value))
            track = QRectF(0, top + words + 2, width, 5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(track, 2.5, 2.5)
            if value > 0:
                track.setWidth(max(5.0, width * value))
                painter.setBrush(theme.color("accent" if is_active else "secondary"))
                painter.drawRoundedRect(track, 2.5, 2.5)
