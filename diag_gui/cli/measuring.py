"""Measuring the pictures on the command line: where an expression names what is measured on them, or discovery searches it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from diag_gui.cli.terminal import ProgressLine
from diag_gui.data.expression import parse
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import ExpressionError


def measure_if_named(facts: RunFacts, image_root: Path | None, parsed: argparse.Namespace) -> None:
    """Measure the pictures of a run where ``--where``, ``--slice`` or ``--slices`` names a column that needs it, with progress.

    ``--discover`` searches all columns and so asks for it too, unless ``--no-measure`` says otherwise. Pictures that were
    measured before, by the window too, are not measured again.
    """
    searches = bool(getattr(parsed, "discover", None)) and not parsed.no_measure
    if image_root is None or not (searches or names_pictures(texts_of(parsed))):
        return
    from diag_gui.data.attributes import Level
    from diag_gui.formats.decode_worker import DecodeWorker
    from diag_gui.formats.picture_stream import decoded_pictures, picture_files
    from diag_gui.kept_files import cache_folder
    from diag_gui.measure.kept_measures import KeptMeasures
    from diag_gui.measure.picture_columns import BoxSet, measure_pictures
    from diag_gui.measure.picture_measures import MAX_SIDE

    dataset, predictions = facts.dataset, facts.run.predictions
    box_sets = [
        BoxSet(Level.GT, dataset.ground_truth.xywh, dataset.image_offsets),
        BoxSet(Level.PRED, predictions.xywh, predictions.image_offsets),
    ]
    files = picture_files(dataset, image_root)
    line = ProgressLine(quiet=parsed.quiet)
    try:
        with DecodeWorker() as worker:
            values = measure_pictures(
                dataset.images,
                files,
                box_sets,
                lambda rows: decoded_pictures(dataset, files, rows, worker, MAX_SIDE),
                KeptMeasures(cache_folder() / "measures"),
                progress=line.of(f"Measuring {len(files):,} pictures"),
            )
    finally:
        line.clear()
    assert values is not None
    of_gt, of_pred = values.of_boxes
    named = ((Level.IMAGE, values.of_images), (Level.GT, of_gt), (Level.PRED, of_pred))
    facts.measured.add({(level, name): column for level, columns in named for name, column in columns.items()})


def texts_of(parsed: argparse.Namespace) -> list[str]:
    """Return the expressions and names of columns among the arguments, those in files of slices too."""
    where, files = getattr(parsed, "where", None), getattr(parsed, "slices", None) or []
    texts = [*([where] if where else []), *(getattr(parsed, "slice", None) or [])]
    if files:
        from diag_gui.formats.slice_file import read_slices

        texts += [one.expression for path in files for one in read_slices(path)]
    return texts


def names_pictures(texts: list[str]) -> bool:
    """Return whether one of ``texts`` names a column that is measured on pictures."""
    if not texts:
        return False
    from diag_gui.evaluation.measured_columns import MEASURED_COLUMNS
    from diag_gui.measure import picture_measures

    needed = {*picture_measures.PICTURE_MEASURES, *picture_measures.BOX_MEASURES}
    assert all(MEASURED_COLUMNS[name].needs_pictures for name in needed)
    return any(segment in needed for text in texts for segment in _named(text))


def _named(text: str) -> Iterator[str]:
    """Yield the last part of every name in a text: an expression, a name, or ``NAME=EXPRESSION``."""
    for part in (text, f"{text} IS NULL", text.partition("=")[2]):
        try:
            names = parse(part).names
        except ExpressionError:
            continue
        yield from (name.segments[-1] for name in names)
