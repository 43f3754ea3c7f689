"""The one door for plug-ins: named things of one kind, registered once, looked up by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from diag_gui.exceptions import PluginError

T = TypeVar("T")


class Registry(Generic[T]):
    """Named entries of one kind, in the order of registration.

    Parameters
    ----------
    kind : str
        What the entries are, for messages: ``"format"``, ``"exporter"``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> T:
        """Add ``entry`` under ``name``.

        Raises
        ------
        PluginError
            If the name is taken.
        """
        if name in self._entries:
            raise PluginError(name, f"a {self.kind} of this name is registered already")
        self._entries[name] = entry
        return entry

    def __getitem__(self, name: str) -> T:
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(self._entries)
            raise PluginError(name, f"no {self.kind} of this name; known: {known}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> list[tuple[str, T]]:
        """Return name and entry of everything registered, in order."""
        return list(self._entries.items())
