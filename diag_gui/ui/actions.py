"""Every action of the window: name, shortcut, menu and what it does, in one table the menus and the sheet are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

MENUS = ("File", "Edit", "Go", "Review", "Slices", "Thresholds", "View", "Help")


class Needs(Enum):
    """What must be there for an action to be offered."""

    NOTHING = 0
    FAILURES = 1
    """An evaluated run, be it without a failure under the filters."""
    CHOICE = 2
    """A failure in question."""
    SLICE = 3
    """A slice in question."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Attributes
    ----------
    name : str
        Stable identifier, kebab-case.
    text : str
        As in menu, palette and sheet.
    menu : str
        One of `MENUS`.
    keys : tuple of str
        Shortcuts in Qt's portable text; the first is shown.
    run : callable
        Called without arguments.
    group : int
        Actions of one menu with different groups are parted by a line.
    is_checkable : bool
        Whether it is a state that is on or off.
    is_local : bool
        The shortcut applies only in the widgets that `Actions.attach_local` names; otherwise in the whole window.
    needs : Needs
        It is offered only where this is there.
    """

    name: str
    text: str
    menu: str
    keys: tuple[str, ...]
    run: Callable[[], object]
    group: int = 0
    is_checkable: bool = False
    is_checked: bool = False
    is_local: bool = False
    needs: Needs = Needs.NOTHING


class Actions:
    """The actions of one window, by name.

    Parameters
    ----------
    window : QWidget
        Owns the actions.
    specs : sequence of ActionSpec
        In the order of menus and sheet.
    """

    def __init__(self, window: QWidget, specs: list[ActionSpec]) -> None:
        self.specs = tuple(specs)
        self._actions: dict[str, QAction] = {}
        for spec in specs:
            action = QAction(spec.text, window)
            action.setObjectName(spec.name)
            action.setShortcuts([QKeySequence(key) for key in spec.keys])
            action.setCheckable(spec.is_checkable)
            action.setChecked(spec.is_checked)
            run = spec.run
            action.triggered.connect(lambda _checked=False, run=run: run())
            if spec.is_local:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            else:
                window.addAction(action)
            self._actions[spec.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def attach_local(self, widgets: Iterable[QWidget]) -> None:
        """Let the local shortcuts apply in ``widgets`` and their children."""
        for widget in widgets:
            for spec in self.specs:
                if spec.is_local:
                    widget.addAction(self._actions[spec.name])

    def fill(self, bar: QMenuBar) -> None:
        """Put every action into its menu."""
        for title in MENUS:
            menu = bar.addMenu(f"&{title}")
            self._fill_menu(menu, title)

    def _fill_menu(self, menu: QMenu, title: str) -> None:
        group: int | None = None
        for spec in self.specs:
            if spec.menu != title:
                continue
            if group is not None and spec.group != group:
                menu.addSeparator()
            group = spec.group
            menu.addAction(self._actions[spec.name])


def key_text(key: str) -> str:
    """Return a shortcut as people read it: arrows as arrows, the rest as the platform writes it."""
    arrows = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
    native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    return "+".join(arrows.get(part, part) for part in native.split("+")) if native != "+" else native
