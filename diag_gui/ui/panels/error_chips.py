"""The six error types: how often, what repairing each would gain, and a click that shows only them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.plain_text import as_tooltip, count, plural
from diag_gui.ui.theme import RADIUS_PX, FontRole, Theme, current_theme, font, metrics

MEANING = {
    OutcomeKind.MISSED: "Ground truth that nothing kept finds (FN)",
    OutcomeKind.BACKGROUND: "A prediction where there is no ground truth (FP)",
    OutcomeKind.LOCALIZATION: "Right class, but the box overlaps too little",
    OutcomeKind.CLASSIFICATION: "Right box, wrong class",
    OutcomeKind.BOTH: "Wrong class and too little overlap",
    OutcomeKind.DUPLICATE: "Found already by a prediction with a higher score",
}


# The words of all chips take the largest of these that fits the longest.
_WORD_FONTS: tuple[tuple[FontRole, bool], ...] = (("text", True), ("secondary", True), ("caption", True), ("caption", False))
_BETWEEN_PX = 8
_BOTTOM_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
_BOTTOM_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
_LONGEST_WORD = max(ERROR_NAMES.values(), key=len).capitalize()


class ErrorChips(Panel):
    """One chip per error type."""

    watches = Change.DATA | Change.EVALUATION | Change.FIGURES | Change.QUERY | Change.SELECTION | Change.PARAMS

    left = Signal()
    """A chip was clicked: the keys are free for the failures again."""

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.setProperty("role", "")
        self.outer.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.body.addLayout(row)
        self.chips: dict[OutcomeKind, ErrorChip] = {}
        for kind in ERROR_KINDS:
            chip = ErrorChip(kind)
            chip.clicked.connect(controller.query.toggle_kind)
            chip.pointed_at.connect(self.left)
            row.addWidget(chip)
            self.chips[kind] = chip

    def count(self, name: str) -> int:
        """Return the shown count of the error type ``name``."""
        return next(chip.count for kind, chip in self.chips.items() if ERROR_NAMES[kind] == name)

    def refresh(self, state: SessionState, change: Change) -> None:
        counts = state.selection.counts if state.selection else {}
        gains = _gains(state)
        # Beside a count of some of the errors the gain of repairing all of them would be taken for theirs.
        is_of_what_is_counted = self.controller.query.figures_follow()
        for kind, chip in self.chips.items():
            gain = gains.get(ERROR_NAMES[kind], math.nan)
            current = state.costs_are_of_what_is_shown
            shown_gain = gain if is_of_what_is_counted else math.nan
            n = None if state.selection is None else int(counts.get(kind, 0))
            chip.show_figures(n, shown_gain, current, kind in state.query.kinds, bool(state.query.kinds))
            chip.explain_by(partial(_explained, state, kind, chip.count, gain, is_of_what_is_counted))
        self._agree_on_unit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._agree_on_unit()

    def _agree_on_unit(self) -> None:
        """Let all chips name the unit of their gains, or none: a row of both reads as two kinds of number."""
        with_unit = all(chip.has_room_for_unit() for chip in self.chips.values())
        for chip in self.chips.values():
            chip.name_unit(with_unit)


def _gains(state: SessionState) -> dict[str, float]:
    """Return the gain per error type in AP of the classes that are filtered by, else in that of all; empty without costs."""
    if state.costs is None:
        return {}
    if not state.query.class_rows:
        return state.costs.dap
    return state.costs.per_class.dap_of(np.array(sorted(state.query.class_rows), np.int64))


def _explained(state: SessionState, kind: OutcomeKind, n: int, gain: float, is_of_what_is_counted: bool) -> str:
    return "\n".join([MEANING[kind], *_settings(state, n), *_gain(state, gain, is_of_what_is_counted)])


def _settings(state: SessionState, n: int) -> list[str]:
    if state.evaluation is None:
        return []
    params = state.evaluation.params
    return [f"{n:,} at IoU {params.iou_threshold:.2f}, score {params.score_threshold:.2f}, under the other filters"]


def _gain(state: SessionState, gain: float, is_of_what_is_counted: bool) -> list[str]:
    """Return what repairing gains, with the settings that the figure was made with, and of which errors it is."""
    if state.dataset is None or state.costs_params is None or math.isnan(gain):
        return []
    iou = state.costs_params.iou_threshold
    # Costs are of COCO's AP, which is not the AP beside them where that goes by other rules.
    which = "AP" if state.params.rules.is_coco else "COCO's AP"
    names = [state.dataset.classes.name[row] for row in sorted(state.query.class_rows)]
    of = f" of {names[0]}" if len(names) == 1 else f", the mean of {len(names)} classes," if names else ""
    n_images = len(state.dataset.images) if state.costs_images is None else int(np.count_nonzero(state.costs_images))
    all_of_them = "all of them" if is_of_what_is_counted else f"all on {plural(n_images, 'image')}, not only those counted here,"
    said = f"Repairing {all_of_them} at every score would raise {which}{of} at IoU {iou:.2f} by {100 * gain:.2f} points (TIDE)"
    if state.costs_are_of_what_is_shown:
        return [said]
    on = f" on {plural(n_images, 'image')}" if is_of_what_is_counted else ""
    return [f"{said}{on}; the gain at what is shown is being computed"]


class ErrorChip(QWidget):
    """One error type as a button: word, count, gain. Checked when it filters, faint when others do."""

    clicked = Signal(object)
    pointed_at = Signal()
    """Emitted after `clicked` where a mouse did it; a key leaves the focus here."""

    def __init__(self, kind: OutcomeKind) -> None:
        super().__init__()
        self.kind = kind
        self.count = 0
        self.is_counted = False
        self._gain: float | None = None
        self._gain_is_current = False
        self._is_checked = False
        self._others_checked = False
        self.names_unit = True
        self._shown: tuple[object, ...] = ()
        self._painted = QPixmap()
        self._painted_as: tuple[object, ...] = ()
        self._explain: Callable[[], str] = str
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # A click takes the focus as well: who is writing a note has finished it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{ERROR_NAMES[kind]} errors")

    @property
    def gain_is_current(self) -> bool:
        """Whether the gain shown is that at the thresholds and on the images shown."""
        return self._gain_is_current

    def sizeHint(self) -> QSize:
        return QSize(118, 46)

    def minimumSizeHint(self) -> QSize:
        return QSize(76, 46)

    def show_figures(self, n: int | None, gain: float, gain_is_current: bool, is_checked: bool, any_checked: bool) -> None:
        """Show the count (None before it is known), what repairing gains (in AP, 0..1) and whether this type filters."""
        known = None if math.isnan(gain) else gain
        new = (n, known, gain_is_current, is_checked, any_checked and not is_checked)
        if new != self._shown:
            self._shown = new
            self.count, self.is_counted = n or 0, n is not None
            self._gain, self._gain_is_current, self._is_checked, self._others_checked = new[1:]
            self.setAccessibleName(f"{ERROR_NAMES[self.kind]} errors, {self._counted}")
            said = "Shown by the filter" if is_checked else "Other errors are filtered" if any_checked else "not filtered"
            self.setAccessibleDescription(f"{said}. {MEANING[self.kind]}")
            self.update()

    def explain_by(self, explain: Callable[[], str]) -> None:
        """Say on the tooltip what ``explain`` returns, asked when the tooltip is: not with each step of a slider."""
        self._explain = explain

    def toolTip(self) -> str:
        """Return what is said on hover."""
        return as_tooltip(self._explain())

    def has_room_for_unit(self) -> bool:
        """Return whether count, gain and unit stand beside each other."""
        if self._gain is None:
            return True
        said = metrics("caption").horizontalAdvance(self._gained(with_unit=True))
        return self._count_px() + _BETWEEN_PX + said <= self._inner().width()

    def name_unit(self, with_unit: bool) -> None:
        """Paint the gain with its unit or without."""
        if with_unit != self.names_unit:
            self.names_unit = with_unit
            self.update()

    def _gained(self, *, with_unit: bool) -> str:
        return f"+{100 * (self._gain or 0.0):.1f}{' AP' if with_unit else ''}"

    def _inner(self) -> QRectF:
        side = 9 if self.width() > 101 else 6
        return QRectF(self.rect()).adjusted(side + 0.75, 5.75, 0.25 - side, -6.75)

    def _count_px(self) -> int:
        return metrics("text", bold=True).horizontalAdvance(self._counted)

    @property
    def _counted(self) -> str:
        return count(self.count) if self.is_counted else "–"

    def figure_at(self, position: QPoint) -> str:
        """Return the path of the count, or at the right where the gain stands that of the gain."""
        at_gain = self._gain is not None and position.x() > self.width() / 2
        return f"errors.{ERROR_NAMES[self.kind]}.{'dap' if at_gain else 'count_at_score'}"

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: object) -> None:
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit(self.kind)
            self.pointed_at.emit()

    def event(self, event: QEvent) -> bool:
        # Space fits the image in the rest of the window; here it presses the chip.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self.toolTip())
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit(self.kind)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, inner = current_theme(), self._inner()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground(theme))
        painter.setFont(font("text", bold=True))
        painter.setPen(theme.color("text"))
        painter.drawText(inner, _BOTTOM_LEFT, self._counted)
        if self._gain is not None:
            room = inner.width() - self._count_px() - _BETWEEN_PX
            text = self._gained(with_unit=self.names_unit)
            if metrics("caption").horizontalAdvance(text) <= room:
                painter.setFont(font("caption"))
                painter.setPen(theme.color("secondary", 1.0 if self._gain_is_current else 0.45))
                painter.drawText(inner, _BOTTOM_RIGHT, text)

    def _ground(self, theme: Theme) -> QPixmap:
        """Return the button with its word, painted anew where that looks otherwise: figures alone change with a slider."""
        is_emphasised = self._is_checked or self.hasFocus()
        state = (self._is_checked, self._others_checked, is_emphasised, self.underMouse())
        looks = (self.size().toTuple(), self.devicePixelRatioF(), theme.name, font("text").family(), *state)
        if looks != self._painted_as:
            self._painted_as = looks
            ratio = self.devicePixelRatioF()
            self._painted = QPixmap(self.size() * ratio)
            self._painted.setDevicePixelRatio(ratio)
            self._painted.fill(theme.color("ground"))
            painter = QPainter(self._painted)
            self._paint_ground(painter, theme, is_emphasised=is_emphasised)
            painter.end()
        return self._painted

    def _paint_ground(self, painter: QPainter, theme: Theme, *, is_emphasised: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        fill = theme.kind_color(self.kind)
        fill.setAlphaF(0.22 if self._is_checked else 0.10 if self.underMouse() else 0.0)
        painter.setBrush(theme.color("panel"))
        edge = theme.kind_color(self.kind)
        edge.setAlphaF(0.35 if self._others_checked else 1.0)
        painter.setPen(QPen(edge, 2.0 if is_emphasised else 1.25))
        painter.drawRoundedRect(area, RADIUS_PX, RADIUS_PX)
        painter.setBrush(fill)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(area, RADIUS_PX, RADIUS_PX)
        inner = self._inner()
        painter.setPen(theme.kind_color(self.kind))
        word = ERROR_NAMES[self.kind].capitalize()
        for role, bold in _WORD_FONTS:
            painter.setFont(font(role, bold=bold))
            # The longest word decides for all, one larger than another would read as a ranking.
            if painter.fontMetrics().horizontalAdvance(_LONGEST_WORD) <= inner.width():
                break
        else:
            word = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, int(inner.width()))
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), word)
