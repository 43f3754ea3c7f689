"""The holder of the state and the one signal that announces its changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from diag_gui.session.state import CHANGE_OF_FIELD, Change, SessionState


class SessionStore(QObject):
    """Holds the current `SessionState`; replaces fields at once and says, once, which kinds changed."""

    changed = Signal(object, str)
    """Emitted with the `Change` and the origin (a word that names who committed) after each commit."""

    def __init__(self, state: SessionState | None = None) -> None:
        super().__init__()
        self._state = state or SessionState()
        self._committing = False

    @property
    def state(self) -> SessionState:
        """The current state."""
        return self._state

    def commit(self, origin: str = "", **fields: Any) -> Change:
        """Replace ``fields`` and emit `changed` once; fields that are the same object are not a change.

        Parameters
        ----------
        origin : str
            Who commits, for panels that started the change themselves.
        **fields
            Fields of `SessionState`.

        Returns
        -------
        Change
            What was announced; empty if nothing changed, and then no signal is emitted.

        Raises
        ------
        RuntimeError
            If called while a commit is announced: a panel that reacts to a change must not change state.
        """
        if self._committing:
            raise RuntimeError(f"commit of {sorted(fields)} by {origin!r} inside another commit")
        new = {name: value for name, value in fields.items() if getattr(self._state, name) is not value}
        change = Change(0)
        for name in new:
            change |= CHANGE_OF_FIELD[name]
        if not new:
            return change
        self._state = replace(self._state, **new)
        self._committing = True
        try:
            self.changed.emit(change, origin)
        finally:
            self._committing = False
        return change
