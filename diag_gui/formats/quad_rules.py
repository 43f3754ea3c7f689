"""Which four corners become facts, the same for every format with rotated boxes.

Corners may go either way round and begin anywhere. An outline that crosses itself is put in the one order in which it does not;
one that turns inwards at a corner is kept as it is, for overlaps with it are exact. Ground truth that encloses no area is
dropped; predictions like that stay and cost precision. What concerns the bounds of a shape is judged by `box_rules`.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray
from diag_gui.data.quadrilaterals import bounds_of, in_order, signed_area, turns_inwards
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.box_rules import ImageSizes, keep_ground_truth, keep_predictions
from diag_gui.formats.record_problems import RecordName, note_records, rows_where


def quads_of_truth(
    quad: FloatArray, kept: BoolArray, sizes: ImageSizes, log: ProblemLog, name: RecordName
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the corners of labels in order, the boxes around them, and which become facts.

    Parameters
    ----------
    quad : ndarray of float64, shape (N, 8)
        x, y of four corners in pixels, possibly not finite.
    kept : ndarray of bool, shape (N,)
        False for records that were left out before.
    sizes : ImageSizes
    log : ProblemLog
    name : callable
        Name of the record at a position.

    Returns
    -------
    quad : ndarray of float64, shape (N, 8)
    xywh : ndarray of float64, shape (N, 4)
        Upright boxes around the corners.
    kept : ndarray of bool, shape (N,)
    """
    ordered, xywh, flat = _shapes(quad)
    note_records(
        log, "zero-size-box", rows_where(kept & flat), name,
        lambda row: f"the corners {_text(quad[row])} lie on a line: their area is empty", drops=True,
    )  # fmt: skip
    kept = keep_ground_truth(xywh, kept & ~flat, sizes, log, name)
    _note_outlines(quad, ordered, kept, log, name)
    return ordered, xywh, kept


def quads_of_predictions(
    quad: FloatArray, kept: BoolArray, sizes: ImageSizes, log: ProblemLog, name: RecordName
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the corners of predictions in order, the boxes around them, and which become facts. As `quads_of_truth`."""
    ordered, xywh, flat = _shapes(quad)
    note_records(
        log, "empty-prediction-box", rows_where(kept & flat), name,
        lambda row: f"the corners {_text(quad[row])} lie on a line: no area; kept, it costs precision", drops=False,
    )  # fmt: skip
    kept = keep_predictions(xywh, kept, sizes, log, name)
    _note_outlines(quad, ordered, kept & ~flat, log, name)
    return ordered, xywh, kept


def _shapes(quad: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return corners in order, the boxes around them, and which have bounds but enclose no area."""
    with np.errstate(invalid="ignore", over="ignore"):
        ordered, _ = in_order(quad)
        bounds = bounds_of(ordered)
        xywh = np.column_stack([bounds[:, :2], bounds[:, 2:] - bounds[:, :2]])
        flat = (signed_area(ordered) == 0) & (xywh[:, 2:] > 0).all(axis=1)
    return ordered, xywh, flat


def _note_outlines(quad: FloatArray, ordered: FloatArray, kept: BoolArray, log: ProblemLog, name: RecordName) -> None:
    """Say which kept outlines cross themselves or turn inwards."""
    crosses, inwards = np.zeros(len(quad), np.bool_), np.zeros(len(quad), np.bool_)
    crosses[kept] = (ordered[kept] != quad[kept]).any(axis=1)
    inwards[kept] = turns_inwards(ordered[kept])
    note_records(
        log, "crossing-corners", rows_where(crosses), name,
        lambda row: f"the outline {_text(quad[row])} crosses itself; its corners were put in order", drops=False,
    )  # fmt: skip
    note_records(
        log, "corner-turns-inwards", rows_where(inwards), name,
        lambda row: f"the outline {_text(quad[row])} turns inwards at a corner, as no box does; kept as it is", drops=False,
    )  # fmt: skip


def _text(quad: FloatArray) -> str:
    return " ".join(f"{value:g}" for value in quad)
