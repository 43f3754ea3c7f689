"""What reading a file found: how many records were loaded, how many dropped, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

PLAIN_ACCOUNTS = frozenset({"class-names-in-labels", "difficult-ignored", "exif-read", "metadata-joined", "tiles-put-back"})
"""Codes that say how something was done, not that anything is wrong."""

OF_COLUMNS = frozenset({"date-styles", "dates-as-text", "decimal-commas", "many-values", "mixed-values"})
"""Codes that count columns of a table, each with an example of its own: all kept ones are said, and how many more there are."""

WHOLE_FILE = frozenset({"classes-disagree", "few-ids-match", "few-labels-reached"})
"""Codes that say that a file hardly belongs to the ground truth: no figure means anything then."""

OF_RUNS = frozenset({"repeated-run", "repeated-run-name"})
"""Codes that count runs."""


def noun_of(code: str) -> str:
    """Return what the problems of a kind are counted in."""
    if code in WHOLE_FILE:
        return "file"
    return "column" if code in OF_COLUMNS else "run" if code in OF_RUNS else "record"


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """All problems of one kind in one file.

    Attributes
    ----------
    code : str
        Stable kebab-case name, ``"zero-size-box"``.
    count : int
        Records concerned.
    drops : bool
        Whether those records were left out.
    examples : tuple of str
        The first few, each ``"file: record: reason"``.
    """

    code: str
    count: int
    drops: bool
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadReport:
    """The account of one file (or folder) that was read. ``loaded + dropped == records``, always.

    Attributes
    ----------
    path : Path
        File or folder.
    format : str
        Name of the format module that read it.
    sha256 : str
        Of the file's bytes; of the sorted (name, digest) list for a folder; empty if not computed.
    records : int
        Object records found: annotations or predictions (rows of a metadata file).
    loaded, dropped : int
        How many became facts and how many did not.
    problems : tuple of ProblemGroup
        In order of first occurrence.
    """

    path: Path
    format: str
    sha256: str
    records: int
    loaded: int
    dropped: int
    problems: tuple[ProblemGroup, ...] = ()

    def __post_init__(self) -> None:
        if self.loaded + self.dropped != self.records:
            raise ValueError(f"{self.path}: {self.loaded} loaded + {self.dropped} dropped != {self.records} records")

    @property
    def codes(self) -> dict[str, int]:
        """Count per problem code."""
        return {group.code: group.count for group in self.problems}


@dataclass(slots=True)
class ProblemLog:
    """Collects problems while a file is read; keeps the first few of each kind, counts them all.

    Parameters
    ----------
    path : Path
        Named at the start of each example.
    keep : int
        Examples kept per kind.
    """

    path: Path
    keep: int = 20
    _groups: dict[str, tuple[int, bool, list[str]]] = field(default_factory=dict)

    def add(self, code: str, record: str, reason: str, *, drops: bool, count: int = 1) -> None:
        """Note ``count`` records of kind ``code``, the first of which is ``record``."""
        found, was_drop, examples = self._groups.get(code, (0, drops, []))
        if was_drop != drops:
            raise ValueError(f"problem {code} both drops and keeps records")
        if len(examples) < self.keep:
            examples.append(": ".join(part for part in (self.path.name, record, reason) if part))
        self._groups[code] = (found + count, drops, examples)

    def adopt(self, group: ProblemGroup) -> None:
        """Note what was collected elsewhere of the same file."""
        found, was_drop, examples = self._groups.get(group.code, (0, group.drops, []))
        if was_drop != group.drops:
            raise ValueError(f"problem {group.code} both drops and keeps records")
        self._groups[group.code] = (found + group.count, was_drop, [*examples, *group.examples][: self.keep])

    @property
    def dropped(self) -> int:
        """Number of records noted as left out."""
        return sum(count for count, drops, _ in self._groups.values() if drops)

    def groups(self) -> tuple[ProblemGroup, ...]:
        """Return what was collected."""
        return tuple(ProblemGroup(code, n, drops, tuple(ex)) for code, (n, drops, ex) in self._groups.items())


def merge_groups(reports: Iterable[ReadReport]) -> tuple[ProblemGroup, ...]:
    """Return the problems of several files, one group per code, examples in file order."""
    merged: dict[str, ProblemGroup] = {}
    for report in reports:
        for group in report.problems:
            old = merged.get(group.code)
            merged[group.code] = (
                group
                if old is None
                else ProblemGroup(group.code, old.count + group.count, old.drops or group.drops, old.examples + group.examples)
            )
    return tuple(merged.values())
