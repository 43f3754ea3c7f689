"""``demo``: the bundled sample, in the window or, where there is no display, as tables, a report and a picture."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from diag_gui.assets import asset
from diag_gui.display import display_problem, qt_reason

if TYPE_CHECKING:
    from diag_gui.evaluation.slices import SliceResult
    from diag_gui.formats.report_figures import RunFigures

FOLDER = "diag-gui-demo"
PICTURE_PX = (1600, 1000)
SLICED_BY = ("time_of_day", "weather", "camera")
_PICTURE_S = 90.0
_DRAW = "from pathlib import Path; from diag_gui import app; app.picture(Path({path!r}), {size!r})"


def sample_paths() -> list[Path]:
    """Return the files of the bundled sample: ground truth, metadata, and its runs, the latest first."""
    sample = asset("sample")
    runs = sorted((sample / "predictions").glob("*.json"), reverse=True)
    return [sample / "ground_truth.json", sample / "metadata.csv", *runs]


def run(parsed: argparse.Namespace) -> int:
    """Open the window, or do without it; either way this succeeds."""
    problem = "--no-window was given" if parsed.no_window else display_problem()
    if problem is None:
        from diag_gui import app

        return int(app.run([], sample=True))
    print(f"No window: {problem}.", flush=True)
    with _Drawing() as drawing:
        folder = _folder(parsed.out)
        _without_window(folder)
        picture = folder / "window.png"
        trouble = drawing.put_to(picture)
    print(f"Picture of the window: {picture if trouble is None else f'not made: {trouble}'}")
    return 0


def _without_window(folder: Path) -> None:
    """Evaluate the sample, print its tables, write the report, and say where."""
    from diag_gui.cli.evaluation_tables import class_text, error_text, settings_line
    from diag_gui.cli.inputs import read_files
    from diag_gui.cli.report import write_report
    from diag_gui.cli.terminal import count_of
    from diag_gui.evaluation.evaluator import prepare_run
    from diag_gui.evaluation.params import EvaluationParams
    from diag_gui.formats.report_figures import figures_of

    ground_truth, metadata, *runs = sample_paths()
    params = EvaluationParams()
    inputs = read_files(ground_truth, runs, (metadata,), ground_truth.parent / "images")
    figures = [figures_of(prepare_run(inputs.dataset, one), params) for one in inputs.runs]
    latest = figures[0]
    counts = f"{count_of(len(inputs.dataset.images), 'image')}, {count_of(len(inputs.dataset.ground_truth), 'label')}"
    print(f"The sample instead: {counts}, run {latest.facts.run.name}.\n{settings_line(params)}\n")
    print(f"{class_text(latest)}\n\n{error_text(latest)}\n", flush=True)

    sliced = [replace(one, slices=_slices(one)) for one in figures]
    report = folder / "report.html"
    write_report(report, inputs, sliced, params, quiet=True)
    print(f"Report: {report}")


def _slices(run: RunFigures) -> tuple[SliceResult, ...]:
    """Return the slices the report shows: one per value of the metadata that matters most on the sample."""
    from diag_gui.evaluation.columns import ColumnCatalog
    from diag_gui.evaluation.slices import evaluate_slices, slices_from_text

    catalog = ColumnCatalog(run.facts)
    definitions = [one for name in SLICED_BY for one in slices_from_text(name, catalog)]
    return evaluate_slices(run.facts, run.evaluation, definitions, with_ap=False)


def _folder(wanted: Path | None) -> Path:
    """Return a folder that can be written to: the one asked for, ``./diag-gui-demo``, else a temporary one."""
    for folder in (wanted, Path(FOLDER)):
        if folder is None:
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK | os.X_OK):
                return folder.absolute()
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix=f"{FOLDER}-"))


class _Drawing:
    """A picture of the window in the making, while the sample is evaluated.

    Notes
    -----
    A child draws it: what Qt lacks on this system ends a process at once, and it must not be this one.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=f"{FOLDER}-", ignore_cleanup_errors=True)
        self._drawn = Path(self._folder.name) / "window.png"
        command = [sys.executable, "-c", _DRAW.format(path=str(self._drawn), size=PICTURE_PX)]
        self._child = subprocess.Popen(
            command,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def __enter__(self) -> _Drawing:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.communicate()
        self._folder.cleanup()

    def put_to(self, path: Path) -> str | None:
        """Wait for the picture and write it to ``path``; return why not, in one line, where that fails."""
        try:
            _, complaint = self._child.communicate(timeout=_PICTURE_S)
        except subprocess.TimeoutExpired:
            return f"not done within {_PICTURE_S:.0f} s"
        if self._child.returncode or not self._drawn.is_file():
            return qt_reason(complaint.decode("utf-8", "replace"))
        try:
            shutil.copyfile(self._drawn, path)
        except OSError as error:
            return error.strerror or str(error)
        return None
