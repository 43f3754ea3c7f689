"""Name, date, hours and notes of runs from a ``runs.csv`` beside the predictions.

Columns ``file, name, date, hours, notes``, all but ``file`` optional; a blank name leaves the stem of the file. ``file`` is the
name of a prediction file or folder, or its stem. The table is optional and so is each row: what is wrong in it is a warning.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

from diag_gui.data.read_report import ProblemGroup, ProblemLog
from diag_gui.data.run import Run
from diag_gui.exceptions import FormatError
from diag_gui.formats.run_name import run_name

FILE_NAME = "runs.csv"


def with_run_metadata(run: Run, path: Path) -> tuple[Run, tuple[ProblemGroup, ...]]:
    """Return the run with what ``runs.csv`` says about it, and what is wrong there.

    Parameters
    ----------
    run : Run
    path : Path
        File or folder that the run was read from.
    """
    table_path = path.absolute().parent / FILE_NAME
    if not table_path.is_file():
        return run, ()
    # Most runs have no such table.
    from diag_gui.formats.table_reading import read_table

    log = ProblemLog(table_path)
    try:
        table = read_table(table_path)
    except FormatError as error:
        log.add("bad-run-table", error.record, error.reason, drops=False)
        return run, log.groups()
    columns = {name.strip().lower(): cells for name, cells in table.columns.items()}
    for row, file in enumerate(columns.get("file", ())):
        if file.strip().rstrip("/") in (path.name, run_name(path)):
            return _described(run, {name: cells[row].strip() for name, cells in columns.items()}, row, log), log.groups()
    return run, ()


def _described(run: Run, row: dict[str, str], place: int, log: ProblemLog) -> Run:
    date: datetime.date | None = None
    hours: float | None = None
    try:
        date = datetime.date.fromisoformat(row["date"][:10]) if row.get("date") else None
    except ValueError:
        log.add("bad-run-date", f"row {place + 1}", f"date {row['date'][:40]!r} is not like 2024-05-31", drops=False)
    try:
        hours = float(row["hours"]) if row.get("hours") else None
        if hours is not None and not 0 <= hours < 1e6:
            raise ValueError(hours)
    except ValueError:
        log.add("bad-run-hours", f"row {place + 1}", f"hours {row['hours'][:40]!r} is not a number of hours", drops=False)
        hours = None
    return replace(run, name=row.get("name") or run.name, date=date, hours=hours, notes=row.get("notes", ""))
