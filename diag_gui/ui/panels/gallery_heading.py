"""The line above the gallery: order, what is shown, size of the cells."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QSlider, QToolButton, QWidget

from diag_gui.evaluation.query import Query, SortKey
from diag_gui.session.controller import Controller
from diag_gui.ui.panels.gallery_view import DEFAULT_PX, LARGEST_PX, SMALLEST_PX

_SHOW_WORDS = {"failures": "Failures only", "all": "Correct ones too"}
_REVIEW_WORDS = {"any": "Tagged or not", "untagged": "Untagged only", "tagged": "Tagged only"}
_SORT_WORDS = {
    SortKey.LABEL_ERROR: "Likely label error",
    SortKey.SCORE: "Score",
    SortKey.IOU: "IoU",
    SortKey.IMAGE: "Image",
    SortKey.CLASS: "Class",
    SortKey.ERROR: "Error type",
    SortKey.CLASS_MISTAKENNESS: "Mistaken class (FiftyOne)",
    SortKey.LOCATION_MISTAKENNESS: "Mistaken box (FiftyOne)",
    SortKey.RUNS_AGAINST_LABEL: "Runs against the label",
    SortKey.OBJECTLAB_OVERLOOKED: "Overlooked (ObjectLab)",
    SortKey.OBJECTLAB_BADLY_LOCATED: "Badly located (ObjectLab)",
    SortKey.OBJECTLAB_SWAPPED: "Swapped class (ObjectLab)",
    SortKey.OBJECTLAB_QUALITY: "Labels of the image (ObjectLab)",
}
_DESCENDING = (
    SortKey.LABEL_ERROR,
    SortKey.SCORE,
    SortKey.IOU,
    SortKey.CLASS_MISTAKENNESS,
    SortKey.LOCATION_MISTAKENNESS,
    SortKey.RUNS_AGAINST_LABEL,
)
"""What is begun with from the top when it is chosen; names are begun with at A."""

_SLIDER_PX = 84


class GalleryHeading(QWidget):
    """Menus and the size slider; a choice is a verb of the controller.

    Attributes
    ----------
    sort, shown : QToolButton
        Open the menus.
    slider : QSlider
        Wished width of a cell in pixels.
    """

    size_changed = Signal(int)
    """Emitted with the wished width of a cell while the slider moves."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._query = controller.query
        self._said: tuple[object, ...] = ()
        self.sort = self._button("Order of the failures")
        self.shown = self._button("Which rows are shown")
        self._sort_actions = {key: self._action(words, self._sorter(key)) for key, words in _SORT_WORDS.items()}
        self._direction_actions = {
            True: self._action("Descending", lambda: self._query.set_descending(True)),
            False: self._action("Ascending", lambda: self._query.set_descending(False)),
        }
        self._show_actions = {value: self._action(text, self._shower(value)) for value, text in _SHOW_WORDS.items()}
        self._review_actions = {value: self._action(text, self._reviewer(value)) for value, text in _REVIEW_WORDS.items()}
        self._fill(self.sort, list(self._sort_actions.values()), list(self._direction_actions.values()))
        self._fill(self.shown, list(self._show_actions.values()), list(self._review_actions.values()))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(SMALLEST_PX, LARGEST_PX)
        self.slider.setValue(DEFAULT_PX)
        self.slider.setFixedWidth(_SLIDER_PX)
        self.slider.setPageStep(24)
        self.slider.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.slider.setAccessibleName("Size of the pictures")
        self.slider.setToolTip("Size of the pictures")
        self.slider.valueChanged.connect(self.size_changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.sort)
        row.addWidget(self.shown)
        row.addStretch(1)
        row.addWidget(self.slider)

    def show_query(self, query: Query) -> None:
        """Say how ``query`` orders and restricts."""
        said = (query.sort, query.descending, query.show, query.review)
        if said == self._said:
            return
        self._said = said
        self._sort_actions[query.sort].setChecked(True)
        self._direction_actions[query.descending].setChecked(True)
        self._show_actions[query.show].setChecked(True)
        self._review_actions[query.review].setChecked(True)
        self.sort.setText(f"sort: {_in_sentence(_SORT_WORDS[query.sort])} {'↓' if query.descending else '↑'}")
        shown = "failures" if query.show == "failures" else "all"
        self.shown.setText(f"show: {shown}" + ("" if query.review == "any" else f", {query.review}") + " ▾")

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "flat")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _action(self, text: str, run: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setCheckable(True)
        action.triggered.connect(run)
        return action

    def _fill(self, button: QToolButton, *groups: list[QAction]) -> None:
        menu = QMenu(button)
        for actions in groups:
            if not menu.isEmpty():
                menu.addSeparator()
            exclusive = QActionGroup(menu)
            for action in actions:
                exclusive.addAction(action)
                menu.addAction(action)
        button.setMenu(menu)

    def _sorter(self, key: SortKey) -> Callable[[], None]:
        return lambda: self._query.set_sort(key, descending=key in _DESCENDING)

    def _shower(self, value: str) -> Callable[[], None]:
        return lambda: self._query.set_show(value)

    def _reviewer(self, value: str) -> Callable[[], None]:
        return lambda: self._query.set_review(value)


def _in_sentence(words: str) -> str:
    return words if words == "IoU" else words[0].lower() + words[1:]
