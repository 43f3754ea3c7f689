"""What the program remembers between starts: theme, window, what was open."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_path
from PySide6.QtCore import QByteArray, QSettings

_RECENT = 8
_HEADERS = "columns"


class Settings:
    """A file in the user's configuration folder; ``DIAG_GUI_CONFIG`` names another folder.

    Parameters
    ----------
    folder : Path, optional
        Where the file lies.
    """

    def __init__(self, folder: Path | None = None) -> None:
        chosen = folder or os.environ.get("DIAG_GUI_CONFIG") or user_config_path("diag-gui")
        self._file = QSettings(str(Path(chosen) / "settings.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """``"dark"`` or ``"light"``."""
        return "light" if self._file.value("theme") == "light" else "dark"

    @theme.setter
    def theme(self, name: str) -> None:
        self._file.setValue("theme", name)

    @property
    def geometry(self) -> QByteArray | None:
        """Place and size of the window, as Qt saves it."""
        value = self._file.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._file.setValue("geometry", value)

    def recent(self) -> list[list[str]]:
        """Return the sets of paths opened last, newest first."""
        count = self._file.beginReadArray("recent")
        found = []
        for place in range(count):
            self._file.setArrayIndex(place)
            value = self._file.value("paths")
            paths = [value] if isinstance(value, str) else list(value or [])
            if paths:
                found.append([str(path) for path in paths])
        self._file.endArray()
        return found

    def remember(self, paths: list[str]) -> None:
        """Put ``paths`` first among what was opened."""
        sets = [paths, *(other for other in self.recent() if other != paths)][:_RECENT]
        self._file.beginWriteArray("recent", len(sets))
        for place, entry in enumerate(sets):
            self._file.setArrayIndex(place)
            self._file.setValue("paths", entry)
        self._file.endArray()

    def columns(self) -> dict[str, tuple[str, str]]:
        """Return what was chosen for the columns of tables: role and choice, by the key of the header."""
        self._file.beginGroup(_HEADERS)
        found = {key: self._file.value(key) for key in self._file.childKeys()}
        self._file.endGroup()
        pairs = {key: value.partition(" ") for key, value in found.items() if isinstance(value, str)}
        return {key: (role, choice) for key, (role, _, choice) in pairs.items()}

    def remember_columns(self, key: str, role: str, choice: str) -> None:
        """Keep what was chosen for tables with this header; ``role`` is one word."""
        self._file.setValue(f"{_HEADERS}/{key}", f"{role} {choice}")
