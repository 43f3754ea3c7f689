"""Which column of a table is what: its head on demand, and what was chosen for tables with the same header before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from diag_gui.exceptions import DiagError
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice, parse_columns
from diag_gui.formats.recognition import GROUND_TRUTH, PREDICTIONS, Role
from diag_gui.formats.table_head import TableHead, table_head
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.settings import Settings

_REST_MS = 150
"""So long nothing more was typed before a path is looked at: ``/`` on the way to a file is a folder with everything."""

_WORDS = {GROUND_TRUTH: "gt", PREDICTIONS: "pred"}


@dataclass(frozen=True, slots=True)
class RememberedColumns:
    """What was chosen before, by the key of the header: role and choice."""

    by_key: Mapping[str, tuple[str, str]]

    def of_head(self, head: TableHead, role: Role) -> ColumnChoice:
        """Return what was chosen for tables with this header in this role; nothing where it does not fit any more."""
        word, text = self.by_key.get(head.key, ("", ""))
        if word != _WORDS[role]:
            return NO_CHOICE
        try:
            return parse_columns(text)
        except DiagError:
            return NO_CHOICE

    def choice(self, path: Path, role: Role) -> ColumnChoice:
        """Return what was chosen for a table like this one in this role."""
        head = table_head(path) if self.by_key else None
        return NO_CHOICE if head is None else self.of_head(head, role)

    def role(self, path: Path) -> Role | None:
        """Return what a table like this one was opened as, where its columns were chosen; else None."""
        head = table_head(path) if self.by_key else None
        return None if head is None else next((role for role in _WORDS if self.of_head(head, role)), None)


NONE_REMEMBERED = RememberedColumns(MappingProxyType({}))


class ColumnVerbs:
    """Look at tables and remember what was chosen.

    Parameters
    ----------
    jobs : Jobs
    settings : Settings
    """

    def __init__(self, jobs: Jobs, settings: Settings) -> None:
        self._jobs = jobs
        self._settings = settings

    @property
    def remembered(self) -> RememberedColumns:
        """What was chosen before."""
        return RememberedColumns(self._settings.columns())

    def look_at(self, path: Path, role: Role, on_done: Callable[[TableHead | None], None]) -> None:
        """Call ``on_done`` with the head of a table, None where it is none; a newer look for the same role supersedes this."""
        self._jobs.submit(
            f"head of {role}", lambda _context: table_head(path), on_done, label=f"Looking at {path.name or path}",
            lane=Lane.BACKGROUND, replaces_running=True, rest_ms=_REST_MS,
        )  # fmt: skip

    def remember(self, head: TableHead, role: Role, choice: ColumnChoice) -> None:
        """Keep a choice for tables with the same header."""
        self._settings.remember_columns(head.key, _WORDS[role], choice.text)
