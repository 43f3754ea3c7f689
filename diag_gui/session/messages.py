"""What was said in the status bar since the program began: a line there goes, and can be read again here."""

from __future__ import annotations

import datetime
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from diag_gui.session.state import Change, Notice
from diag_gui.session.store import SessionStore

MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Message:
    """A notice and when it was given.

    Attributes
    ----------
    at : datetime
        Of this machine's clock and zone.
    notice : Notice
    """

    at: datetime.datetime
    notice: Notice

    @property
    def text(self) -> str:
        """Return all of it, to be copied."""
        head = f"{self.at:%Y-%m-%d %H:%M:%S}  {self.notice.text}"
        return f"{head}\n\n{self.notice.details}" if self.notice.details else head


class MessageLog(QObject):
    """The last `MOST_KEPT` notices.

    Parameters
    ----------
    store : SessionStore
        Whose notices are kept.
    """

    added = Signal()

    def __init__(self, store: SessionStore) -> None:
        super().__init__()
        self._store = store
        self._said: deque[Message] = deque(maxlen=MOST_KEPT)
        store.changed.connect(self._follow)

    @property
    def said(self) -> tuple[Message, ...]:
        """From the newest to the oldest."""
        return tuple(reversed(self._said))

    def _follow(self, change: Change, _origin: str) -> None:
        notice = self._store.state.notice
        if change & Change.NOTICE and notice is not None:
            self._said.append(Message(datetime.datetime.now().astimezone(), notice))
            self.added.emit()
