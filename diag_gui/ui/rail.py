"""The rail at the left: one button per page that does something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from diag_gui.ui.plain_text import as_tooltip
from diag_gui.ui.theme import RADIUS_PX, RAIL_NARROW_PX, RAIL_PX, current_theme, font

Icon = Callable[[QRectF], QPainterPath]


def failures_icon(area: QRectF) -> QPainterPath:
    """Return a box with a second one beside it: truth and prediction."""
    path = QPainterPath()
    path.addRect(area.adjusted(1, 1, -area.width() * 0.3, -area.height() * 0.3))
    path.addRect(area.adjusted(area.width() * 0.3, area.height() * 0.3, -1, -1))
    return path


def slices_icon(area: QRectF) -> QPainterPath:
    """Return three intervals, each with its point."""
    path = QPainterPath()
    for place, (left, right, point) in enumerate(((0.0, 0.6, 0.25), (0.2, 0.8, 0.5), (0.45, 1.0, 0.75))):
        y = area.top() + (0.15 + 0.35 * place) * area.height()
        path.moveTo(QPointF(area.left() + left * area.width(), y))
        path.lineTo(QPointF(area.left() + right * area.width(), y))
        path.addEllipse(QPointF(area.left() + point * area.width(), y), 2.2, 2.2)
    return path


def overview_icon(area: QRectF) -> QPainterPath:
    """Return three bars of rising height."""
    path = QPainterPath()
    width = area.width() / 5
    for place, height in enumerate((0.45, 0.7, 1.0)):
        path.addRect(area.left() + 2 * place * width, area.bottom() - height * area.height(), width, height * area.height())
    return path


def files_icon(area: QRectF) -> QPainterPath:
    """Return a sheet with lines."""
    path = QPainterPath()
    path.addRect(area.adjusted(area.width() * 0.14, 0, -area.width() * 0.14, 0))
    for place in (0.3, 0.5, 0.7):
        y = area.top() + place * area.height()
        path.moveTo(QPointF(area.left() + area.width() * 0.3, y))
        path.lineTo(QPointF(area.right() - area.width() * 0.3, y))
    return path


def runs_icon(area: QRectF) -> QPainterPath:
    """Return two curves, one above the other."""
    path = QPainterPath()
    for low, high in ((0.95, 0.45), (0.6, 0.05)):
        path.moveTo(QPointF(area.left(), area.top() + low * area.height()))
        path.cubicTo(
            QPointF(area.left() + area.width() * 0.4, area.top() + low * area.height()),
            QPointF(area.left() + area.width() * 0.5, area.top() + high * area.height()),
            QPointF(area.right(), area.top() + high * area.height()),
        )
    return path


def problems_icon(area: QRectF) -> QPainterPath:
    """Return a triangle with a mark in it."""
    path = QPainterPath(QPointF(area.center().x(), area.top() + 1))
    path.lineTo(area.right(), area.bottom() - 1)
    path.lineTo(area.left(), area.bottom() - 1)
    path.closeSubpath()
    path.moveTo(QPointF(area.center().x(), area.top() + area.height() * 0.42))
    path.lineTo(QPointF(area.center().x(), area.top() + area.height() * 0.66))
    path.moveTo(QPointF(area.center().x(), area.top() + area.height() * 0.78))
    path.lineTo(QPointF(area.center().x(), area.top() + area.height() * 0.84))
    return path


class Rail(QFrame):
    """Page buttons, one of which is chosen.

    Parameters
    ----------
    on_chosen : callable
        Called with the index of the page.
    """

    def __init__(self, on_chosen: Callable[[int], None]) -> None:
        super().__init__()
        self.setProperty("role", "rail")
        self._on_chosen = on_chosen
        self._buttons: list[_RailButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 10, 6, 10)
        self._column.setSpacing(6)
        self._column.addStretch(1)
        self.set_narrow(False)

    def add_page(self, name: str, icon: Icon) -> None:
        """Add a button."""
        index = len(self._buttons)
        button = _RailButton(name, icon, partial(self._on_chosen, index))
        self._column.insertWidget(index, button)
        self._buttons.append(button)

    @property
    def buttons(self) -> list[QWidget]:
        """The buttons from top to bottom."""
        return list(self._buttons)

    def choose(self, index: int) -> None:
        """Mark page ``index``."""
        for place, button in enumerate(self._buttons):
            button.set_chosen(place == index)

    def set_narrow(self, narrow: bool) -> None:
        """Show icons only, or icons with names."""
        self.setFixedWidth(RAIL_NARROW_PX if narrow else RAIL_PX)
        for button in self._buttons:
            button.set_named(not narrow)


class _RailButton(QWidget):
    def __init__(self, name: str, icon: Icon, on_clicked: Callable[[], None]) -> None:
        super().__init__()
        self._name = name
        self._icon = icon
        self._on_clicked = on_clicked
        self._chosen = False
        self._named = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(f"Page {name}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(as_tooltip(name))

    def set_chosen(self, chosen: bool) -> None:
        self._chosen = chosen
        self.setAccessibleDescription("Shown" if chosen else "")
        self.update()

    def set_named(self, named: bool) -> None:
        self._named = named
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(72, 58 if self._named else 42)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._on_clicked()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_clicked()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Space fits the image in the rest of the window; here it presses the button.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        if self._chosen or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection" if self._chosen else "hover"))
            painter.drawRoundedRect(area, RADIUS_PX, RADIUS_PX)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), RADIUS_PX, RADIUS_PX)
        color = theme.color("text" if self._chosen else "secondary")
        top = 11.0 if self._named else (area.height() - 18) / 2
        painter.setPen(QPen(theme.color("accent") if self._chosen else color, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._icon(QRectF(area.center().x() - 9, top, 18, 18)))
        if self._named:
            painter.setPen(color)
            painter.setFont(font("secondary"))
            box = QRectF(0, 34, area.width(), 18)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._name)
