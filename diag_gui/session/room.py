"""Whether what is open can be prepared, and where: memory that runs out takes other programs with it."""

from __future__ import annotations

from diag_gui.data.run import Run
from diag_gui.session.state import Notice

BYTES_OF_A_PREDICTION = 600
"""What every prediction of the open runs takes once it is prepared and follows the sliders, measured on 4.9 million of them."""

BYTES_BESIDE_FILES = 200
"""What it takes at the peak where columns lie in files, measured on 54 million."""

SHARE_OF_MEMORY = 0.8
"""Share of the free memory that is taken without being asked."""


def lie_in_files(runs: tuple[Run, ...], free: int | None) -> bool:
    """Return whether what is made of runs belongs into files, for it would take too much memory; not where nobody knows."""
    n = sum(len(run.predictions) for run in runs)
    return free is not None and BYTES_OF_A_PREDICTION * n > SHARE_OF_MEMORY * free


def room_wanted(runs: tuple[Run, ...], free: int | None) -> Notice | None:
    """Return what is said of runs that are too large to be prepared unasked; None where there is room, or nobody knows."""
    n = sum(len(run.predictions) for run in runs)
    wanted = BYTES_BESIDE_FILES * n
    if free is None or wanted <= SHARE_OF_MEMORY * free:
        return None
    return Notice(
        f"{n:,} predictions take about {wanted / 2**30:.0f} GiB to be listed failure by failure, {free / 2**30:.0f} GiB are free",
        "They are open, but not evaluated: memory that runs out would take other programs with it. "
        "diag-gui evaluate --streamed computes their figures part by part. To try all the same, choose the run in the bar above.",
        is_error=True,
    )
