"""How errors, and what reading found, become words in the status bar."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from diag_gui.data.read_report import PLAIN_ACCOUNTS, WHOLE_FILE, ReadReport
from diag_gui.exceptions import DiagError
from diag_gui.session.state import Notice


def notice_of(label: str, error: Exception) -> Notice:
    """Return ``error`` of the work called ``label`` as a notice; a defect of ours carries its traceback in the details."""
    if isinstance(error, DiagError):
        return Notice(str(error), details=f"{label}\n\n{error}", is_error=True)
    trace = "".join(traceback.format_exception(error))
    return Notice(f"{label} failed: {type(error).__name__}: {error}", details=trace, is_error=True)


def account_of(reports: Sequence[ReadReport]) -> Notice | None:
    """Say what reading found, or None when there is nothing to say."""
    dropped = sum(report.dropped for report in reports)
    groups = [group for report in reports for group in report.problems if group.code not in PLAIN_ACCOUNTS]
    if not groups:
        return None
    kept = sum(group.count for group in groups if not group.drops)
    said = []
    if dropped:
        said.append(f"{dropped:,} record{'s' if dropped != 1 else ''} dropped")
    if kept:
        said.append(f"{kept:,} note{'s' if kept != 1 else ''}")
    lines = []
    for report in reports:
        lines.append(f"{report.path.name}: {report.records:,} records, {report.loaded:,} loaded, {report.dropped:,} dropped")
        for group in report.problems:
            lines.append(f"  {group.code}: {group.count:,}{' dropped' if group.drops else ''}")
            lines.extend(f"    {example}" for example in group.examples)
    # What makes every figure wrong comes before what concerns some records.
    told = min(groups, key=lambda group: group.code not in WHOLE_FILE)
    first = told.examples[0] if told.examples else told.code
    return Notice(f"{', '.join(said)}; first: {first}", details="\n".join(lines))
