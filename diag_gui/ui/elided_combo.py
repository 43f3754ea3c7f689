"""A box of names that may be long: the chosen one is shortened in the middle, the list is as wide as its names."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from diag_gui.ui.plain_text import as_tooltip

_WIDEST_LIST_PX = 640
_LIST_MARGIN_PX = 28
_BESIDE_NAME_PX = 12


NAME_ROLE = Qt.ItemDataRole.UserRole + 1
"""What stands there of an item where not all of its text has room."""


class ElidedCombo(QComboBox):
    """Takes the room its name needs between a least and a greatest width, and says all of it in the tooltip.

    Parameters
    ----------
    name : str
        For who does not see it.
    least_px, most_px : int
        Width.
    """

    def __init__(self, name: str, least_px: int, most_px: int) -> None:
        super().__init__()
        self.setMinimumWidth(least_px)
        self.setMaximumWidth(most_px)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.currentTextChanged.connect(lambda text: self.setToolTip(as_tooltip(text)))

    def shown_text(self) -> str:
        """Return the chosen name as it is painted."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        return self._shortened(option)

    def sizeHint(self) -> QSize:
        # The style's hint leaves a name a few pixels short of the room it is painted in.
        return super().sizeHint() + QSize(_BESIDE_NAME_PX, 0)

    def showPopup(self) -> None:
        width = min(self.view().sizeHintForColumn(0) + _LIST_MARGIN_PX, _WIDEST_LIST_PX)
        self.view().setMinimumWidth(max(width, self.width()))
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self._shortened(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def _shortened(self, option: QStyleOptionComboBox) -> str:
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width() - 4
        metrics, text = self.fontMetrics(), self.currentText()
        if metrics.horizontalAdvance(text) > room:
            text = self.currentData(NAME_ROLE) or text
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
