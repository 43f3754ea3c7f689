"""One training run: its name, its date, the hours it cost, and what it predicted."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from diag_gui.data.dataset import Source
from diag_gui.data.predictions import Predictions


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
    """

    name: str
    predictions: Predictions
    source: Source
    date: datetime.date | None = None
    hours: float | None = None
    notes: str = ""
