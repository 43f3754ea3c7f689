"""``demo``: the bundled sample, in the window or, where there is no display, as tables, a report and a picture."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from diag_gui.assets import asset
from diag_gui.display import display_problem, qt_reason

FOLDER = "diag-gui-demo"
PICTURE_PX = (1600, 1000)
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
    print(f"No window: {problem}.")
    _without_window(parsed.out)
    return 0


def _without_window(wanted: Path | None) -> None:
    """Evaluate the sample, print its tables, write report and picture, and say where."""
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

    folder = _folder(wanted)
    report = folder / "report.html"
    write_report(report, inputs, figures, params, quiet=True)
    print(f"Report: {report}")
    picture = folder / "window.png"
    trouble = _picture(picture)
    print(f"Picture of the window: {picture if trouble is None else f'not made: {trouble}'}")


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


def _picture(path: Path) -> str | None:
    """Write a picture of the window; return why not, in one line, where that fails.

    Notes
    -----
    A child draws it: what Qt lacks on this system ends a process at once, and it must not be this one.
    """
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}-") as temporary:
        drawn = Path(temporary) / path.name
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-c", _DRAW.format(path=str(drawn), size=PICTURE_PX)]
        try:
            child = subprocess.run(
                command, capture_output=True, timeout=_PICTURE_S, check=False, env=environment, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.SubprocessError) as error:
            return " ".join(str(error).split()) if isinstance(error, OSError) else f"not done within {_PICTURE_S:.0f} s"
        if child.returncode or not drawn.is_file():
            return qt_reason(child.stderr.decode("utf-8", "replace"))
        try:
            shutil.copyfile(drawn, path)
        except OSError as error:
            return error.strerror or str(error)
    return None
