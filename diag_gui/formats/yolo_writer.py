"""YOLO written: ``data.yaml``, one text file of labels per image, and predictions with a score at the end of the line.

Layout: ``labels/STEM.txt`` and ``predictions/STEM.txt`` mirror ``images/STEM.*``. A line is ``class cx cy w h [score]``,
relative to the image, with twelve significant digits; rotated boxes are ``class x1 y1 … x4 y4 [score]``.

References
----------
.. [1] https://docs.ultralytics.com/datasets/detect/ and /obb/
"""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np
import yaml

from diag_gui.data.arrays import FloatArray, IntArray
from diag_gui.data.dataset import GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.exceptions import ExportError
from diag_gui.formats.export_folder import ExportFolder, portable_path
from diag_gui.formats.export_request import ExportRequest, Watch, Written

LABELS_FOLDER = "labels"
PREDICTIONS_FOLDER = "predictions"


def write_yolo(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write labels, and predictions where there is a run.

    Raises
    ------
    ExportError
        If the size of an image is not known: relative boxes need it.
    """
    dataset, gt = request.dataset, request.dataset.ground_truth
    _check_sizes(request)
    stems = _stems(request, written)

    rows = request.gt_rows()
    counted = rows[~(gt.is_crowd[rows] | gt.is_ignored[rows])]
    if len(counted) < len(rows):
        written.not_carried.append(f"{len(rows) - len(counted)} crowd or ignored labels: YOLO would take them for objects")
    _write_boxes(request, folder, LABELS_FOLDER, stems, gt, counted, None)
    written.files["ground truth"] = LABELS_FOLDER
    written.counts |= {"images": len(stems), "ground_truth": len(counted)}
    watch.step(0.5)
    _note_what_is_lost(request, written)

    if request.run is not None:
        predictions = request.run.predictions
        rows = request.pred_rows()
        _write_boxes(request, folder, PREDICTIONS_FOLDER, stems, predictions, rows, predictions.score)
        written.files["predictions"] = PREDICTIONS_FOLDER
        written.counts["predictions"] = len(rows)
    names = dict(enumerate(dataset.classes.name))
    # Without path: Ultralytics takes a relative one from its own folder of datasets, and a missing one from this file's folder.
    # YAML takes this sign for the end of a line unless it is escaped.
    splits = any("\x85" in name for name in dataset.classes.name)
    description = {"train": "images", "val": "images", "nc": len(names), "names": names}
    folder.write_text("data.yaml", yaml.safe_dump(description, allow_unicode=not splits, sort_keys=False))
    watch.step(0.8)


def _check_sizes(request: ExportRequest) -> None:
    """Refuse images without a size before anything is written."""
    images, rows = request.dataset.images, request.image_rows
    unknown = rows[(images.width[rows] <= 0) | (images.height[rows] <= 0)]
    if len(unknown):
        name = images.file_name[int(unknown[0])]
        reason = f"YOLO boxes are relative to the image, and the size of {len(unknown)} images is not known, the first is {name}"
        raise ExportError(request.folder, reason)


def _stems(request: ExportRequest, written: Written) -> dict[int, str]:
    """Return the path without ending of each image's label file; two images never share one.

    Notes
    -----
    YOLO pairs a picture with the label file of its stem, so the new name of a picture whose stem is taken is set here,
    and the pictures follow it.
    """
    stems: dict[int, str] = {}
    taken: set[str] = set()
    for row in request.image_rows.tolist():
        name = request.dataset.images.file_name[row]
        path = PurePosixPath(portable_path(name))
        stem = str(path.with_suffix(""))
        number = 2
        while stem.casefold() in taken:
            stem = f"{path.with_suffix('')}__{number}"
            number += 1
        taken.add(stem.casefold())
        stems[row] = stem
        if stem + path.suffix != name:
            written.renamed[row] = stem + path.suffix
    return stems


def _write_boxes(
    request: ExportRequest,
    folder: ExportFolder,
    name: str,
    stems: dict[int, str],
    boxes: GroundTruth | Predictions,
    rows: IntArray,
    score: FloatArray | None,
) -> None:
    """Write one file per image, also where it has no box: the list of files is the list of images."""
    images = request.dataset.images
    of_row = boxes.image_row[rows]
    width, height = images.width[of_row].astype(np.float64), images.height[of_row].astype(np.float64)
    if boxes.quad is not None and len(rows) and bool(np.isfinite(boxes.quad[rows]).all()):
        values = boxes.quad[rows] / np.stack([width, height] * 4, axis=1)
    else:
        x, y, w, h = boxes.xywh[rows].T
        values = np.stack([(x + w / 2) / width, (y + h / 2) / height, w / width, h / height], axis=1)
    if score is not None:
        values = np.concatenate([values, score[rows, None]], axis=1)
    lines: dict[int, list[str]] = {row: [] for row in stems}
    for row, class_index, numbers in zip(of_row.tolist(), boxes.class_row[rows].tolist(), values.tolist(), strict=True):
        lines[row].append(" ".join([str(class_index), *(f"{number:.12g}" for number in numbers)]))
    for row, stem in stems.items():
        folder.write_text(f"{name}/{stem}.txt", "".join(f"{line}\n" for line in lines[row]))


def _note_what_is_lost(request: ExportRequest, written: Written) -> None:
    """Say what a YOLO line has no place for."""
    dataset = request.dataset
    if dataset.ground_truth.masks is not None:
        written.not_carried.append("masks (boxes are written)")
    if dataset.ground_truth.attributes.columns:
        written.not_carried.append("attributes of labels: " + ", ".join(dataset.ground_truth.attributes.names))
    written.not_carried.append("ids of images, classes and labels")
    if request.decisions_within():
        written.not_carried.append("tags and notes on labels (they are in the manifest)")
