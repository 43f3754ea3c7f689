"""One training run: its name, its date, the hours it cost, and what it predicted."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from diag_gui.data.dataset import Source
from diag_gui.data.predictions import Predictions


@dataclass(frozen=True, slots=True, eq=False)
class RunPart:
    """One of several files that a run was read from.

    Attributes
    ----------
    source : Source
    n_records : int
        Records of the file, those that were left out included.
    """

    source: Source
    n_records: int


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Predictions of one model on a dataset. Several runs may share one dataset.

    Attributes
    ----------
    name : str
        Stem of the file unless ``runs.csv`` or the project says otherwise; of several runs no two have the same
        (`diag_gui.data.run_names`).
    predictions : Predictions
    source : Source
        Where it was read from. A project names the run by its content instead: see `review.row_keys.content_hash`.
    date : datetime.date or None
        When the run was made; None if not known.
    hours : float or None
        Person-hours spent to get there; None if not known.
    notes : str
        Free text.
    parts : tuple of RunPart
        The files of a run that was read from several, in order; empty where ``source`` is all there is. ``source_index`` then
        counts the records of all of them, one file after the other.
    """

    name: str
    predictions: Predictions
    source: Source
    date: datetime.date | None = None
    hours: float | None = None
    notes: str = ""
    parts: tuple[RunPart, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every file that the run was read from."""
        return tuple(part.source for part in self.parts) or (self.source,)

    def place_of(self, source_index: int) -> tuple[Source, int]:
        """Return the file that a record of the run lies in, and its position there."""
        for part in self.parts:
            if source_index < part.n_records:
                return part.source, source_index
            source_index -= part.n_records
        return self.source, source_index
