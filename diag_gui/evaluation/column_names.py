"""Which column a name means: built-ins first, then the file's own, then measured ones, with prefixes where names clash."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from diag_gui.data.attributes import AttributeTable, ColumnKind, Level
from diag_gui.data.expression import Name, name_text
from diag_gui.data.expression_completion import OfferedColumn
from diag_gui.evaluation.builtin_columns import BUILTIN_COLUMNS, FATE_COLUMNS, LINT, SPLIT, TAG
from diag_gui.evaluation.datetime_parts import PARTS
from diag_gui.evaluation.label_error_columns import KIND_NAME, YES_OR_NO
from diag_gui.evaluation.measured_columns import MEASURED, MEASURED_COLUMNS, measured_names
from diag_gui.exceptions import ExpressionError

META = "meta"
_OBJECTS = (Level.GT, Level.PRED)
_KINDS = {
    "file_name": ColumnKind.CATEGORY,
    "class": ColumnKind.CATEGORY,
    "error": ColumnKind.CATEGORY,
    "predicted_class": ColumnKind.CATEGORY,
    "fate": ColumnKind.CATEGORY,
    "was": ColumnKind.CATEGORY,
    "iscrowd": ColumnKind.BOOL,
    KIND_NAME: ColumnKind.CATEGORY,
    **dict.fromkeys(YES_OR_NO, ColumnKind.BOOL),
    SPLIT: ColumnKind.CATEGORY,
    LINT: None,
    TAG: None,
}
_MANY_VALUED = {TAG: "tags", LINT: "hints"}


@dataclass(frozen=True, slots=True)
class ResolvedColumn:
    """The column a name means.

    Attributes
    ----------
    levels : tuple of Level
        Usually one; several where the name without a prefix is that of the row's own object, or gathers tags.
    key : str
        Name within the level.
    is_meta : bool
        From a file rather than built in.
    is_measured : bool
        Measured on images or objects; the file has no column of this name.
    part : str or None
        Of a date: hour, month or weekday.
    """

    levels: tuple[Level, ...]
    key: str
    is_meta: bool
    part: str | None = None
    is_measured: bool = False


class ColumnNames:
    """Names of the built-in columns and of the file's own.

    Parameters
    ----------
    tables : iterable of AttributeTable
        The file's own columns by level.
    """

    def __init__(self, tables: Iterable[AttributeTable]) -> None:
        self._tables = {table.level: table for table in tables}
        self._columns = {level: {column.name: column for column in table.columns} for level, table in self._tables.items()}

    def table(self, level: Level) -> AttributeTable:
        """Return the file's own columns of one level."""
        return self._tables[level]

    def resolve(self, name: Name, text: str) -> ResolvedColumn:
        """Return which column a name means.

        Parameters
        ----------
        name : Name
        text : str
            The whole expression, for messages.

        Raises
        ------
        ExpressionError
            If there is no such column, or it is one of images and of objects and has no prefix.
        """
        level, source, rest = _prefixes(name.segments)
        levels = tuple(Level) if level is None else (level,)
        key = ".".join(rest)
        if source is None:
            builtin = tuple(one for one in levels if key in BUILTIN_COLUMNS[one])
            if builtin:
                return ResolvedColumn(builtin, key, self._is_given(key))
        found = self._levels_with(levels, key) if source != MEASURED else ()
        part = None
        if not found and source != META and (measurable := _measurable(levels, key)):
            return ResolvedColumn(measurable, key, False, is_measured=True)
        if not found and source != MEASURED and len(rest) > 1 and rest[-1] in PARTS:
            key, part = ".".join(rest[:-1]), rest[-1]
            found = tuple(one for one in self._levels_with(levels, key) if self._columns[one][key].kind is ColumnKind.DATETIME)
        if not found:
            raise self._unknown(name, text, levels, source)
        if len(found) > 1 and not set(found) <= set(_OBJECTS):
            choices = tuple(name_text((one.value, *name.segments)) for one in found)
            raise ExpressionError(f"{name_text(name.segments)} is a column of several levels; say which", text, name.at, choices)
        return ResolvedColumn(found, key, True, part)

    def offered(self, *, with_failures: bool, with_fates: bool = False) -> tuple[OfferedColumn, ...]:
        """Return the names that completion offers: the file's own, built-ins, then what takes a prefix."""
        own: dict[tuple[str, ...], OfferedColumn] = {}
        builtin: dict[tuple[str, ...], OfferedColumn] = {}
        prefixed: list[OfferedColumn] = []
        for level, columns in self._columns.items():
            for column in columns.values():
                segments = self.segments_of(level, column.name)
                own[segments] = OfferedColumn(segments, column.kind, f"{level.value} {column.kind.value}")
                if column.kind is ColumnKind.DATETIME:
                    kinds, detail = {"weekday": ColumnKind.CATEGORY}, f"{level.value} date"
                    prefixed += [
                        OfferedColumn((*segments, part), kinds.get(part, ColumnKind.NUMBER), f"{level.value} date")
                        for part in PARTS
                    ]
        for level, builders in BUILTIN_COLUMNS.items():
            if level is Level.FAILURE and not with_failures:
                continue
            for key in builders:
                if self._is_given(key) or (key in FATE_COLUMNS and not with_fates):
                    continue
                kind = _KINDS.get(key, ColumnKind.NUMBER)
                detail = f"{level.value} {_MANY_VALUED[key] if kind is None else kind.value}"
                builtin.setdefault((key,), OfferedColumn((key,), kind, detail))
                if sum(key in other for other in BUILTIN_COLUMNS.values()) > 1:
                    prefixed.append(OfferedColumn((level.value, key), kind, detail))
        for name, plug_in in MEASURED_COLUMNS.items():
            is_hidden = any(name in self._columns.get(level, {}) for level in plug_in.levels)
            segments = (MEASURED, name) if is_hidden else (name,)
            details = {level: f"{level.value} {plug_in.kind.value}, measured" for level in plug_in.levels}
            builtin[segments] = OfferedColumn(segments, plug_in.kind, details[plug_in.levels[0]])
            if len(details) > 1:
                prefixed += [OfferedColumn((level.value, *segments), plug_in.kind, said) for level, said in details.items()]
        return (*own.values(), *builtin.values(), *prefixed)

    def segments_of(self, level: Level, key: str) -> tuple[str, ...]:
        """Return the shortest name that means the file's own column ``key`` of ``level``."""
        for segments in ((key,), (META, key), (level.value, key)):
            try:
                resolved = self.resolve(Name(segments), "")
            except ExpressionError:
                continue
            if resolved.is_meta and level in resolved.levels:
                return segments
        return (level.value, META, key)

    def _is_given(self, key: str) -> bool:
        """Return whether the files' own column of images stands for the built-in one instead of being hidden by it."""
        return key == SPLIT and key in self._columns.get(Level.IMAGE, {})

    def _levels_with(self, levels: tuple[Level, ...], key: str) -> tuple[Level, ...]:
        return tuple(level for level in levels if key in self._columns.get(level, ()))

    def _unknown(self, name: Name, text: str, levels: tuple[Level, ...], source: str | None) -> ExpressionError:
        _, _, rest = _prefixes(name.segments)
        prefix = name.segments[: len(name.segments) - len(rest)]
        known: dict[str, None] = {}
        for level in levels:
            known |= {} if source == MEASURED else dict.fromkeys(self._columns.get(level, {}))
            known |= {} if source else dict.fromkeys(BUILTIN_COLUMNS[level])
            known |= {} if source == META else dict.fromkeys(measured_names(level))
        near = _near_names(".".join(rest), tuple(known))
        suggestions = tuple(name_text((*prefix, one)) for one in near)
        names = tuple(name_text((*prefix, one)) for one in known)
        return ExpressionError(f"there is no column {name_text(name.segments)}", text, name.at, suggestions, names)


def _measurable(levels: tuple[Level, ...], key: str) -> tuple[Level, ...]:
    """Return the levels among ``levels`` on which ``key`` is measured."""
    return tuple(level for level in levels if level in MEASURED_COLUMNS[key].levels) if key in MEASURED_COLUMNS else ()


def _prefixes(segments: tuple[str, ...]) -> tuple[Level | None, str | None, tuple[str, ...]]:
    """Split a name into level prefix, ``meta`` or ``measured`` where one is asked for, and what is left."""
    level, rest = None, segments
    if len(rest) > 1 and rest[0] in tuple(Level):
        level, rest = Level(rest[0]), rest[1:]
    source = rest[0] if len(rest) > 1 and rest[0] in (META, MEASURED) else None
    return level, source, rest[1:] if source else rest


def _near_names(wanted: str, known: tuple[str, ...]) -> list[str]:
    """Return at most three names that are like ``wanted``, nearest first; upper and lower case are alike."""
    by_folded: dict[str, str] = {}
    for one in known:
        by_folded.setdefault(one.casefold(), one)
    near = difflib.get_close_matches(wanted.casefold()[:100], list(by_folded), n=3, cutoff=0.6)
    return [by_folded[one] for one in near]
