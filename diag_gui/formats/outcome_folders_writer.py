"""Folders of pictures by class and outcome: ``CLASS/tp``, ``CLASS/fp``, ``CLASS/fn`` at the thresholds in force.

True and false positives stand under the class of the prediction, missed labels under their own; what is ignored stands nowhere,
so the pictures of a folder are as many as ``evaluate`` counts there. A picture is what lies in the box, with a tenth of its
sides around it, in the pixels of the image. Where pictures are asked to be copied or linked the folders hold whole pictures
instead, each once. ``outcomes.csv`` lists every object with its picture, boxes, score and IoU.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, ByteArray, LongArray
from diag_gui.evaluation.kept import kept_predictions
from diag_gui.evaluation.operating_point import FALSE_POSITIVE, TRUE_POSITIVE
from diag_gui.exceptions import FormatError
from diag_gui.formats import yolo
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.formats.export_csv_writer import csv_text
from diag_gui.formats.export_folder import ExportFolder, portable_name
from diag_gui.formats.export_pictures import picture_file
from diag_gui.formats.export_request import ExportRequest, FailureSelection, Pictures, Watch, Written
from diag_gui.formats.images import DecodeRequest
from diag_gui.formats.report_crops import png_bytes

LIST_NAME = "outcomes.csv"
OUTCOMES = ("tp", "fp", "fn")
MARGIN = 0.1
"""Share of width and height shown on each side of a box."""

_HEADER = ("picture", "outcome", "class", "image", "score", "iou", "gt_id", "gt_bbox", "pred_index", "pred_bbox")


class _Objects:
    """N objects of the chosen images by outcome.

    Attributes
    ----------
    outcome : ndarray of int, shape (N,)
        Place in `OUTCOMES`.
    pred_row, gt_row : ndarray of int, shape (N,)
        -1 where there is none.
    image_row, class_row : ndarray of int, shape (N,)
    """

    def __init__(self, request: ExportRequest, selection: FailureSelection) -> None:
        facts, evaluation = selection.facts, selection.evaluation
        gt, predictions = request.dataset.ground_truth, facts.run.predictions
        chosen = np.zeros(len(request.dataset.images), np.bool_)
        chosen[request.image_rows] = True
        kept = kept_predictions(facts, evaluation.params)
        matches, status = evaluation.matches, evaluation.status
        is_found = np.append(kept, False)[matches.pred_row_of_gt]
        found = [np.flatnonzero(kept & (status == wanted) & chosen[predictions.image_row])
                 for wanted in (TRUE_POSITIVE, FALSE_POSITIVE)]  # fmt: skip
        missed = np.flatnonzero(~matches.gt_ignored & ~is_found & chosen[gt.image_row])
        self.outcome: LongArray = np.repeat(np.arange(3), [len(found[0]), len(found[1]), len(missed)])
        self.pred_row = np.concatenate([*found, np.full(len(missed), -1)])
        self.gt_row = np.concatenate([matches.gt_row_of_pred[found[0]], np.full(len(found[1]), -1), missed])
        of_pred = self.pred_row >= 0
        self.image_row: AnyArray = np.empty(len(self.outcome), np.int64)
        self.class_row: AnyArray = np.empty(len(self.outcome), np.int64)
        self.image_row[of_pred], self.class_row[of_pred] = (
            column[self.pred_row[of_pred]] for column in (predictions.image_row, predictions.class_row)
        )
        self.image_row[~of_pred], self.class_row[~of_pred] = (
            column[self.gt_row[~of_pred]] for column in (gt.image_row, gt.class_row)
        )
        self.xywh = np.empty((len(self.outcome), 4))
        self.xywh[of_pred], self.xywh[~of_pred] = predictions.xywh[self.pred_row[of_pred]], gt.xywh[self.gt_row[~of_pred]]
        self.iou = np.full(len(self.outcome), np.nan)
        self.iou[of_pred] = evaluation.outcomes.iou_of(self.pred_row[of_pred])

    def __len__(self) -> int:
        return len(self.outcome)


def write_outcome_folders(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write the pictures and the list.

    Raises
    ------
    ExportError
        If the export was cancelled.
    """
    selection = request.failures
    if selection is None:
        raise ValueError("outcomes need an evaluation")
    objects = _Objects(request, selection)
    picture_of: dict[int, str] = {}
    whole = request.pictures is not Pictures.NONE
    folders = [portable_name(name) for name in _distinct(request.dataset.classes.name)]
    written.files["outcomes"] = folder.reserve(LIST_NAME)
    placed = _whole_pictures(request, folder, objects, folders) if whole else _crops(request, folder, objects, folders)
    for done, (place, name) in enumerate(placed):
        picture_of[place] = name
        if done % 16 == 0:
            watch.step(0.9 * done / len(objects))
    folder.path(LIST_NAME).write_text(csv_text(_HEADER, _lines(request, selection, objects, picture_of)), encoding="utf-8")
    counts = np.bincount(objects.outcome, minlength=3).tolist()
    written.counts |= {"images": len(request.image_rows), **dict(zip(OUTCOMES, counts, strict=True))}
    written.counts |= {"pictures": len(set(picture_of.values())), "pictures_missing": len(objects) - len(picture_of)}
    written.not_carried.append("labels and predictions as such (their boxes are in outcomes.csv)")


def _crops(request: ExportRequest, folder: ExportFolder, objects: _Objects, folders: list[str]) -> Iterator[tuple[int, str]]:
    """Write what lies in each box; yield the object and the name of its picture."""
    order = np.argsort(objects.image_row, kind="stable")
    worker = DecodeWorker()
    try:
        pixels: ByteArray | None = None
        of_image = -1
        for place in order.tolist():
            image_row = int(objects.image_row[place])
            if image_row != of_image:
                pixels, of_image = _decoded(request, image_row, worker), image_row
            part = None if pixels is None else _part(pixels, objects.xywh[place].tolist(), _scale(request, image_row, pixels))
            if part is None:
                continue
            stem = PurePosixPath(request.dataset.images.file_name[image_row]).stem
            where = f"{folders[int(objects.class_row[place])]}/{OUTCOMES[int(objects.outcome[place])]}"
            yield (
                place,
                folder.write_bytes(
                    f"{where}/{portable_name(stem, 150)}__{_called(request, objects, place)}.png", png_bytes(part)
                ),
            )
    finally:
        worker.close()


def _whole_pictures(
    request: ExportRequest, folder: ExportFolder, objects: _Objects, folders: list[str]
) -> Iterator[tuple[int, str]]:
    """Copy or link whole pictures; yield the object and the name of its picture."""
    placed: dict[tuple[str, int], str] = {}
    for place in range(len(objects)):
        image_row = int(objects.image_row[place])
        where = f"{folders[int(objects.class_row[place])]}/{OUTCOMES[int(objects.outcome[place])]}"
        if (where, image_row) not in placed:
            name = request.dataset.images.file_name[image_row]
            source = picture_file(request.image_root, name)
            if source is None:
                continue
            reserved = folder.reserve(f"{where}/{portable_name(PurePosixPath(name).name)}")
            placed[where, image_row] = reserved
            _place(source, folder.path(reserved), request.pictures)
        yield place, placed[where, image_row]


def _place(source: Path, target: Path, pictures: Pictures) -> None:
    if pictures is Pictures.COPY:
        shutil.copyfile(source, target)
        return
    try:
        os.link(source, target)
    except OSError:
        os.symlink(source, target)


def _decoded(request: ExportRequest, image_row: int, worker: DecodeWorker) -> ByteArray | None:
    """Return the pixels of an image as its boxes see it; None where it cannot be read."""
    path = picture_file(request.image_root, request.dataset.images.file_name[image_row])
    if path is None:
        return None
    images = request.dataset.images
    stated = (int(images.width[image_row]), int(images.height[image_row]))
    upright = request.dataset.source.format in yolo.FORMATS
    try:
        return worker.submit(DecodeRequest(path, stated_size=stated if min(stated) > 0 else None, upright=upright)).result()
    except (FormatError, CancelledError):
        return None


def _scale(request: ExportRequest, image_row: int, pixels: ByteArray) -> tuple[float, float]:
    """Return pixels of the picture per pixel of the boxes: 1 but where sizes are nominal or the picture was made smaller."""
    width, height = (int(side[image_row]) for side in (request.dataset.images.width, request.dataset.images.height))
    return (pixels.shape[1] / width, pixels.shape[0] / height) if min(width, height) > 0 else (1.0, 1.0)


def _part(pixels: ByteArray, xywh: list[float], scale: tuple[float, float]) -> ByteArray | None:
    """Return what lies in a box and its margin; None where nothing of the picture does."""
    x, y, width, height = xywh
    width, height = max(width, 0.0), max(height, 0.0)
    left, right = (scale[0] * edge for edge in (x - MARGIN * width, x + (1 + MARGIN) * width))
    top, bottom = (scale[1] * edge for edge in (y - MARGIN * height, y + (1 + MARGIN) * height))
    first_x, last_x = max(int(np.floor(left)), 0), min(int(np.ceil(right)), pixels.shape[1])
    first_y, last_y = max(int(np.floor(top)), 0), min(int(np.ceil(bottom)), pixels.shape[0])
    if first_x >= last_x or first_y >= last_y:
        return None
    return np.ascontiguousarray(pixels[first_y:last_y, first_x:last_x])


def _called(request: ExportRequest, objects: _Objects, place: int) -> str:
    """Return how the picture of an object is told from others of its image: by score and place in the file, or by label."""
    pred_row = int(objects.pred_row[place])
    if pred_row < 0:
        return f"label_{portable_name(str(request.dataset.ground_truth.annotation_id[int(objects.gt_row[place])]), 40)}"
    assert request.failures is not None
    predictions = request.failures.facts.run.predictions
    return f"{float(predictions.score[pred_row]):.3f}_{int(predictions.source_index[pred_row])}"


def _lines(
    request: ExportRequest, selection: FailureSelection, objects: _Objects, picture_of: dict[int, str]
) -> Iterator[list[Any]]:
    """Yield the lines of the list, by class, outcome and image."""
    dataset, predictions = request.dataset, selection.facts.run.predictions
    gt = dataset.ground_truth
    ids = gt.annotation_id.tolist()
    for place in np.lexsort((objects.image_row, objects.outcome, objects.class_row)).tolist():
        pred_row, gt_row = int(objects.pred_row[place]), int(objects.gt_row[place])
        yield [
            picture_of.get(place),
            OUTCOMES[int(objects.outcome[place])],
            dataset.classes.name[int(objects.class_row[place])],
            dataset.images.file_name[int(objects.image_row[place])],
            float(predictions.score[pred_row]) if pred_row >= 0 else None,
            float(objects.iou[place]),
            ids[gt_row] if gt_row >= 0 else None,
            gt.xywh[gt_row].tolist() if gt_row >= 0 else None,
            int(predictions.source_index[pred_row]) if pred_row >= 0 else None,
            predictions.xywh[pred_row].tolist() if pred_row >= 0 else None,
        ]


def _distinct(names: tuple[str, ...]) -> list[str]:
    """Return names of folders for classes, a number behind those that differ in case only or have no portable name."""
    taken: set[str] = set()
    found = []
    for name in names:
        own = wanted = portable_name(name.replace("/", "_"))
        number = 2
        while wanted.casefold() in taken:
            wanted = f"{own}__{number}"
            number += 1
        taken.add(wanted.casefold())
        found.append(wanted)
    return found
