"""DOTA written: ``labelTxt/STEM.txt`` with four corners, class and difficulty; predictions as ``Task1_CLASS.txt``.

An upright box is its four corners. What is ignored or a crowd is written as difficult, which DOTA's evaluation ignores, as is a
label whose attribute ``difficult`` is set. ``classes.txt`` lists the classes in order, also those without a label. Names hold no
blanks in these files: blanks in class names become ``-``, as DOTA writes its own (``small-vehicle``). Coordinates have twelve
significant digits.

References
----------
.. [1] https://captain-whu.github.io/DOTA/dataset.html and /tasks.html
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, IntArray
from diag_gui.data.dataset import GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.evaluation.label_flags import DIFFICULT, flagged
from diag_gui.exceptions import ExportError
from diag_gui.formats.class_lists import LIST_NAMES, list_text
from diag_gui.formats.export_folder import ExportFolder, portable_name, portable_path
from diag_gui.formats.export_request import ExportRequest, Watch, Written

LABELS_FOLDER = "labelTxt"
PREDICTIONS_FOLDER = "predictions"
_BLANKS = re.compile(r"\s+")


def write_dota(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write labels, and predictions where there is a run.

    Raises
    ------
    ExportError
        If two images, or two classes, could not be told apart in these files.
    """
    gt = request.dataset.ground_truth
    stems, names = _stems(request, written), _class_names(request)
    rows = request.gt_rows()
    difficult = gt.is_crowd[rows] | gt.is_ignored[rows] | flagged(gt, DIFFICULT)[rows]
    lines: dict[int, list[str]] = {row: [] for row in stems}
    corners = _corners(gt, rows)
    for image, class_row, values, is_difficult in zip(
        gt.image_row[rows].tolist(), gt.class_row[rows].tolist(), corners.tolist(), difficult.tolist(), strict=True
    ):
        lines[image].append(f"{_text(values)} {names[class_row]} {int(is_difficult)}")
    for image, stem in stems.items():
        folder.write_text(f"{LABELS_FOLDER}/{stem}.txt", "".join(f"{line}\n" for line in lines[image]))
    folder.write_text(LIST_NAMES[0], list_text(names))
    written.files["ground truth"] = LABELS_FOLDER
    written.counts |= {"images": len(stems), "ground_truth": len(rows)}
    watch.step(0.5)
    if request.run is not None:
        _write_predictions(request, folder, written, stems, names)
    _note_what_is_lost(request, written, names)
    watch.step(0.8)


def _write_predictions(
    request: ExportRequest, folder: ExportFolder, written: Written, stems: dict[int, str], names: list[str]
) -> None:
    """Write a file per class: image, score, corners."""
    assert request.run is not None
    predictions, rows = request.run.predictions, request.pred_rows()
    lines: list[list[str]] = [[] for _ in names]
    corners = _corners(predictions, rows)
    for image, class_row, score, values in zip(
        predictions.image_row[rows].tolist(),
        predictions.class_row[rows].tolist(),
        predictions.score[rows].tolist(),
        corners.tolist(),
        strict=True,
    ):
        lines[class_row].append(f"{stems[image]} {score:.12g} {_text(values)}")
    for name, of_class in zip(names, lines, strict=True):
        if of_class:
            folder.write_text(f"{PREDICTIONS_FOLDER}/Task1_{name}.txt", "".join(f"{line}\n" for line in of_class))
    written.files["predictions"] = PREDICTIONS_FOLDER
    written.counts["predictions"] = len(rows)


def _corners(boxes: GroundTruth | Predictions, rows: IntArray) -> FloatArray:
    """Return the corners of some boxes, (N, 8), clockwise on screen from the upper left where they are upright."""
    if boxes.quad is not None:
        return boxes.quad[rows]
    x, y, width, height = boxes.xywh[rows].T
    return np.stack([x, y, x + width, y, x + width, y + height, x, y + height], axis=1)


def _text(values: list[float]) -> str:
    return " ".join(f"{value:.12g}" for value in values)


def _stems(request: ExportRequest, written: Written) -> dict[int, str]:
    """Return the name of each image's label file without its ending.

    Raises
    ------
    ExportError
        If two images have the same, or one has a blank in it, which ends the name in files of predictions.
    """
    stems: dict[int, str] = {}
    taken: dict[str, str] = {}
    for row in request.image_rows.tolist():
        name = request.dataset.images.file_name[row]
        path = PurePosixPath(portable_path(_BLANKS.sub("_", name)))
        stem = str(path.with_suffix(""))
        other = taken.setdefault(stem.casefold(), name)
        if other != name:
            raise ExportError(request.folder, f"{other} and {name} would have one label file")
        stems[row] = stem
        if str(path) != name:
            written.renamed[row] = str(path)
    return stems


def _class_names(request: ExportRequest) -> list[str]:
    names = [portable_name(_BLANKS.sub("-", name.strip()).replace("/", "-")) for name in request.dataset.classes.name]
    taken: dict[str, str] = {}
    for name, own in zip(names, request.dataset.classes.name, strict=True):
        other = taken.setdefault(name.casefold(), own)
        if other != own:
            raise ExportError(request.folder, f"the classes {other!r} and {own!r} are both called {name} in DOTA's files")
    return names


def _note_what_is_lost(request: ExportRequest, written: Written, names: list[str]) -> None:
    """Say what a line of DOTA has no place for."""
    gt = request.dataset.ground_truth
    changed = [own for own, name in zip(request.dataset.classes.name, names, strict=True) if own != name]
    if changed:
        shown = ", ".join(changed[:5]) + (", …" if len(changed) > 5 else "")
        written.not_carried.append(f"blanks and signs in the names of classes: {shown}")
    masks: tuple[AnyArray | object | None, ...] = (gt.masks, request.run.predictions.masks if request.run is not None else None)
    if any(mask is not None for mask in masks):
        written.not_carried.append("masks (boxes are written)")
    others = [name for name in gt.attributes.names if name.lower() != "difficult"]
    if others:
        written.not_carried.append("attributes of labels: " + ", ".join(others))
    rows = request.gt_rows()
    if gt.is_crowd[rows].any():
        written.not_carried.append("crowd labels as such (written as difficult)")
    n_counted = int(np.count_nonzero(flagged(gt, DIFFICULT)[rows] & ~gt.is_ignored[rows] & ~gt.is_crowd[rows]))
    if n_counted:
        written.not_carried.append(
            f"that labels marked difficult count here ({n_counted:,}): whoever reads these files ignores them, as DOTA's "
            "evaluation does, so recall and AP differ"
        )
    written.not_carried.append("ids of images, classes and labels")
    if request.decisions_within():
        written.not_carried.append("tags and notes on labels (they are in the manifest)")
