"""Is a run to be walked through, or prepared as a whole? By what was asked for, the size of its files, and the free memory."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from diag_gui.cli.inputs import named_files
from diag_gui.data.free_memory import free_memory
from diag_gui.data.run_files import files_named
from diag_gui.evaluation.params import DEFAULT_BINS, EvaluationParams
from diag_gui.exceptions import EvaluationError

BYTES_OF_A_PREDICTION = 330
"""What a whole evaluation takes per prediction at its peak, measured on 2.7 million of them."""

SHARE_OF_MEMORY = 0.5
"""Share of the memory that is free from which on a run is walked through."""

WORTH_A_LOOK = 256 << 20
"""Bytes of files below which nobody asks whether they fit."""

_NEEDS_THE_WHOLE = (
    "where", "slice", "slices", "intervals", "discover", "explain", "errors", "wanted_precision", "wanted_recall", "thresholds",
    "compare", "baseline", "ious", "limits", "exif",
)  # fmt: skip

IN_WORDS = "error types and their dAP, the confusion matrix, calibration, mF1 (YOLTv4) and slices"
"""What a run that is walked through has no figures of."""


def is_to_be_streamed(parsed: argparse.Namespace, params: EvaluationParams) -> bool:
    """Return whether ``--streamed`` says so or, where nothing is said, the runs would not fit into memory.

    Raises
    ------
    EvaluationError
        If it is asked for together with what needs the whole run.
    """
    if parsed.streamed is False:
        return False
    hindrance = _hindrance(parsed, params)
    if parsed.streamed:
        if hindrance:
            raise EvaluationError("--streamed", f"{hindrance} needs pairs or rows of the whole run")
        return True
    predictions = named_files(parsed).predictions
    if _bytes_of(predictions) < WORTH_A_LOOK:
        return False
    wanted, free = BYTES_OF_A_PREDICTION * _estimated_predictions(predictions), free_memory()
    if free is None or wanted <= SHARE_OF_MEMORY * free:
        return False
    size = f"about {wanted / 2**30:.0f} GiB for the whole evaluation, {free / 2**30:.0f} GiB are free"
    if not parsed.quiet:
        what = f"{hindrance} needs the whole run" if hindrance else f"figures without {IN_WORDS}; --no-streamed has all"
        print(f"note: {size}: {what}", file=sys.stderr)
    return not hindrance


def _hindrance(parsed: argparse.Namespace, params: EvaluationParams) -> str:
    """Return what was asked for that needs the whole run; empty if nothing was."""
    asked = [f"--{name.replace('_', '-')}" for name in _NEEDS_THE_WHOLE if getattr(parsed, name) not in (None, False, [], ())]
    if parsed.project is not None and parsed.ground_truth is not None:
        # It says nothing of files then: all there is to take from it are decisions, and they lie on rows.
        asked.append("--project")
    if (parsed.calibration, parsed.calibration_bins) != ("equal-width", DEFAULT_BINS):
        asked.append("--calibration" if parsed.calibration != "equal-width" else "--calibration-bins")
    if not params.rules.is_coco:
        asked.append(f"--rules {params.rules.rules}")
    if params.task != "bbox":
        asked.append(f"--task {params.task}")
    return asked[0] if asked else ""


def _estimated_predictions(paths: Sequence[Path]) -> int:
    """Return about how many predictions files hold, by their sizes."""
    return sum(_estimated(file) for path in paths for file in _files_of(path))


def _estimated(file: Path) -> int:
    bytes_of_one = {".json": 85, ".gz": 11, ".parquet": 25, ".npy": 16}
    return _size(file) // bytes_of_one.get(file.suffix.lower(), 60)


def _bytes_of(paths: Sequence[Path]) -> int:
    return sum(_size(file) for path in paths for file in _files_of(path))


def _files_of(path: Path) -> tuple[Path, ...]:
    """Return the files that a run is read from: those that a name stands for, those of a folder, or the one."""
    try:
        if path.is_dir():
            return tuple(file for file in path.iterdir() if file.is_file())
        return files_named(path)[0] or (path,)
    except OSError:
        # Whoever reads it says what is wrong with it.
        return ()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except (OSError, ValueError):
        return 0
