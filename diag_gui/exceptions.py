"""Every error this program raises on purpose, as one tree; each leaf carries what a user needs.

::

    DiagError
    ├── FormatError           a file cannot be read        path, record, reason
    │   └── LimitError        it is larger than we accept  limit, value
    ├── DatasetMismatchError  ground truth and predictions do not belong together
    ├── EvaluationError       a figure cannot be computed  setting, reason
    ├── ExpressionError       a filter does not parse      text, column, suggestions
    ├── ExportError           a subset cannot be written   path, reason
    ├── PluginError           a plug-in does not fit       name, reason
    └── StoreError            a decision could not be kept path, reason
"""

from __future__ import annotations

from pathlib import Path


class DiagError(Exception):
    """Base of all errors whose message is meant for the user."""


class FormatError(DiagError):
    """A file cannot be read: names the file, the record in it, and the reason.

    Parameters
    ----------
    path : Path or str
        The file as the user named it.
    reason : str
        What is wrong, in words a user can act on.
    record : str, optional
        Which record of the file: ``"annotations[12]"``, ``"line 7"``; empty when it is the file as a whole.
    """

    def __init__(self, path: Path | str, reason: str, record: str = "") -> None:
        self.path = Path(path)
        self.record = record
        self.reason = reason
        super().__init__(": ".join(part for part in (str(path), record, reason) if part))


class LimitError(FormatError):
    """A file is larger than this program accepts.

    Parameters
    ----------
    path : Path or str
        The file.
    limit : str
        Name of the limit, as in the table of ``diag_gui.formats.limits``.
    maximum, value : int
        The largest accepted value and the one found.
    record : str, optional
        Which record of the file.
    """

    def __init__(self, path: Path | str, limit: str, maximum: int, value: int, record: str = "") -> None:
        self.limit = limit
        self.maximum = maximum
        self.value = value
        super().__init__(path, f"too large: {value:,} is over the limit {limit} of {maximum:,}", record)


class DatasetMismatchError(DiagError):
    """Ground truth and predictions do not belong together."""


class EvaluationError(DiagError):
    """A figure cannot be computed with the given settings.

    Parameters
    ----------
    setting : str
        Name of the setting that stands in the way.
    reason : str
        Why.
    """

    def __init__(self, setting: str, reason: str) -> None:
        self.setting = setting
        self.reason = reason
        super().__init__(f"{setting}: {reason}")


class ExpressionError(DiagError):
    """A filter expression does not parse or names something unknown.

    Parameters
    ----------
    reason : str
        What is wrong.
    text : str
        The whole expression.
    column : int
        0-based position in ``text`` where it went wrong.
    suggestions : sequence of str
        Near names, best first; may be empty.
    known : sequence of str
        All names there are, of which the first are said where none is near; may be empty.
    """

    def __init__(
        self, reason: str, text: str, column: int, suggestions: tuple[str, ...] = (), known: tuple[str, ...] = ()
    ) -> None:
        self.reason = reason
        self.text = text
        self.column = column
        self.suggestions = tuple(suggestions)
        self.known = tuple(known)
        hint = f"; did you mean {', '.join(self.suggestions)}?" if self.suggestions else _listed(self.known)
        super().__init__(f"{reason} at column {column + 1}{hint}")

    def given_by(self, option: str) -> ExpressionError:
        """Return the same error of an expression that an option of the command line gave."""
        return ExpressionError(f"{option}: {self.reason}", self.text, self.column, self.suggestions, self.known)


def _listed(names: tuple[str, ...], n_shown: int = 8) -> str:
    if not names:
        return ""
    more = f", … and {len(names) - n_shown:,} more" if len(names) > n_shown else ""
    return f"; known: {', '.join(names[:n_shown])}{more}"


class ExportError(DiagError):
    """A subset could not be written; nothing half done is left behind.

    Parameters
    ----------
    path : Path or str
        Where it should have gone.
    reason : str
        Why not.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = Path(path)
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class PluginError(DiagError):
    """A plug-in does not fit this version or names something twice.

    Parameters
    ----------
    name : str
        The plug-in or the registered name.
    reason : str
        What is wrong.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: {reason}")


class StoreError(DiagError):
    """A decision could not be kept, or a project file cannot be used.

    Parameters
    ----------
    path : Path or str
        The project.
    reason : str
        Why.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")
