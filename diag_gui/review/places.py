"""Where in the loaded data the objects of decisions are: exactly, or as near as is safe, one to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.review.keys import AnnotationKey, ImageKey, PairKey, PredictionKey, Target, image_of
from diag_gui.review.row_keys import DatasetKeys, RunKeys, rows_of_groups

SAME_ID_IOU = 0.9
"""A label of the same file id is the same object from this IoU on, whatever its class."""

SAME_CLASS_IOU = 0.7
"""A label of the same class is the same object from this IoU on, if no other decision has it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the object of a decision is in the loaded data.

    Attributes
    ----------
    image_row : int
        The image it is or lies on.
    gt_row : int
        The label; -1 for images and predictions, and for a pair whose label is gone.
    run_hash : str
        Content hash of the run of ``pred_row``; empty where there is none.
    pred_row : int
        The prediction; -1 for images and labels, and for a pair whose run is not loaded.
    """

    image_row: int
    gt_row: int = -1
    run_hash: str = ""
    pred_row: int = -1


@dataclass(frozen=True, slots=True)
class Places:
    """Where all objects are.

    Attributes
    ----------
    of : mapping of Target to Place
    reasons : mapping of Target to str
        Why an object is in none.
    key_at : mapping of int to AnnotationKey
        The key under which decisions about a label are held; it may spell an earlier box of it.
    """

    of: Mapping[Target, Place] = field(default_factory=dict)
    reasons: Mapping[Target, str] = field(default_factory=dict)
    key_at: Mapping[int, AnnotationKey] = field(default_factory=dict)


class Resolver:
    """Finds objects in one dataset and the runs on it.

    Parameters
    ----------
    dataset : Dataset
    runs : sequence of Run
    moved : mapping of str to str, optional
        Path in a decision to path in the dataset, for images found again by their content (`moved_images`).
    """

    def __init__(self, dataset: Dataset, runs: Sequence[Run], *, moved: Mapping[str, str] | None = None) -> None:
        self.labels = DatasetKeys(dataset)
        self.runs = tuple(RunKeys(self.labels, run) for run in runs)
        self.run_hashes = tuple(run.content_hash for run in self.runs)
        self._by_hash = {run.content_hash: run for run in reversed(self.runs)}
        self._moved = dict(moved or {})

    def image_row(self, key: ImageKey) -> int:
        """Return the row of an image, -1 if the dataset has none of that path."""
        return self.labels.images.image_row_of.get(self._moved.get(key.path, key.path), -1)

    def find(self, targets: Iterable[Target]) -> Places:
        """Return where objects are, by all means.

        Parameters
        ----------
        targets : iterable of Target
            All objects of a project at once: they compete for labels, and each label has one at most.
        """
        listed = list(dict.fromkeys(targets))
        gt_row_of = self._labels_near(_labels_of(listed))
        return self._places(listed, gt_row_of)

    def find_exactly(self, targets: Iterable[Target]) -> Places:
        """Return where objects are whose keys fit exactly; the others are left out with a reason.

        Parameters
        ----------
        targets : iterable of Target
        """
        listed = list(dict.fromkeys(targets))
        keys = _labels_of(listed)
        rows = self.labels.gt_rows([self._as_loaded(key) for key in keys]).tolist()
        return self._places(listed, {key: row for key, row in zip(keys, rows, strict=True) if row >= 0})

    def _places(self, targets: list[Target], gt_row_of: Mapping[AnnotationKey, int]) -> Places:
        pred_row_of = self._predictions(targets)
        of: dict[Target, Place] = {}
        reasons: dict[Target, str] = {}
        for target in targets:
            image_row = self.image_row(image_of(target))
            gt_row, prediction = -1, None
            if isinstance(target, AnnotationKey):
                gt_row = gt_row_of.get(target, -1)
            elif isinstance(target, PredictionKey):
                prediction = target
            elif isinstance(target, PairKey):
                gt_row, prediction = gt_row_of.get(target.annotation, -1), target.prediction
            pred_row = -1 if prediction is None else pred_row_of.get(prediction, -1)
            if image_row < 0:
                reasons[target] = "the image is not in this data"
            elif isinstance(target, ImageKey) or gt_row >= 0 or pred_row >= 0:
                run_hash = prediction.run if prediction is not None and pred_row >= 0 else ""
                of[target] = Place(image_row, gt_row, run_hash, pred_row)
            elif prediction is not None and prediction.run not in self._by_hash:
                reasons[target] = "its run is not open"
            else:
                reasons[target] = "no such prediction" if isinstance(target, PredictionKey) else "no such label any more"
        return Places(of, reasons, {row: key for key, row in gt_row_of.items()})

    def _predictions(self, targets: list[Target]) -> dict[PredictionKey, int]:
        by_run: dict[str, list[PredictionKey]] = {}
        for target in targets:
            key = target.prediction if isinstance(target, PairKey) else target
            if isinstance(key, PredictionKey) and key.run in self._by_hash:
                by_run.setdefault(key.run, []).append(key)
        result: dict[PredictionKey, int] = {}
        for run_hash, keys in by_run.items():
            rows = self._by_hash[run_hash].pred_rows([self._prediction_as_loaded(key) for key in keys])
            result.update((key, row) for key, row in zip(keys, rows.tolist(), strict=True) if row >= 0)
        return result

    def _labels_near(self, keys: list[AnnotationKey]) -> dict[AnnotationKey, int]:
        """Return the label of each key: exact first, then same id, then same class; one to one."""
        loaded = [self._as_loaded(key) for key in keys]
        rows = self.labels.gt_rows(loaded)
        gt = self.labels.dataset.ground_truth
        taken = np.zeros(len(gt), dtype=bool)
        taken[rows[rows >= 0]] = True
        left = np.flatnonzero(rows < 0)
        left = left[[self.image_row(keys[k].image) >= 0 for k in left.tolist()]] if len(left) else left
        if not len(left):
            return {key: row for key, row in zip(keys, rows.tolist(), strict=True) if row >= 0}
        images = np.array([self.image_row(keys[k].image) for k in left.tolist()], dtype=np.int64)
        offsets = self.labels.dataset.image_offsets
        candidate = rows_of_groups(offsets, images)
        which = np.repeat(left, offsets[images + 1] - offsets[images])
        boxes = np.array([key.xywh for key in keys], dtype=np.float64).reshape(-1, 4)
        iou = iou_of_each(boxes[which], gt.xywh[candidate])
        near = iou >= min(SAME_ID_IOU, SAME_CLASS_IOU)
        which, candidate, iou = which[near], candidate[near], iou[near]
        ids = gt.annotation_id[candidate].tolist()
        same_id = np.array([keys[k].annotation_id == i for k, i in zip(which.tolist(), ids, strict=True)], dtype=bool)
        class_rows = [self.labels.images.class_row_of.get(key.class_name, -1) for key in keys]
        wanted_class = np.array(class_rows, dtype=np.int64)[which]
        same_class = self.labels.images.first_class[gt.class_row[candidate]] == wanted_class
        for fits in (same_id & (iou >= SAME_ID_IOU), same_class & (iou >= SAME_CLASS_IOU)):
            _take_best(rows, taken, which[fits], candidate[fits], iou[fits])
        return {key: row for key, row in zip(keys, rows.tolist(), strict=True) if row >= 0}

    def _as_loaded(self, key: AnnotationKey) -> AnnotationKey:
        path = self._moved.get(key.image.path)
        if path is None:
            return key
        return AnnotationKey(ImageKey(path), key.class_name, key.xywh, key.ordinal, key.annotation_id)

    def _prediction_as_loaded(self, key: PredictionKey) -> PredictionKey:
        path = self._moved.get(key.image.path)
        if path is None:
            return key
        return PredictionKey(key.run, ImageKey(path), key.class_name, key.xywh, key.score, key.ordinal)


def iou_of_each(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the IoU of boxes two by two.

    Parameters
    ----------
    first, second : ndarray of float64, shape (N, 4)
        Left, top, width, height in pixels.

    Returns
    -------
    ndarray of float64, shape (N,)
        0 where both boxes are empty.
    """
    # Boxes of a broken file may be so large that their area overflows: such a pair is not near.
    with np.errstate(over="ignore", invalid="ignore"):
        low = np.maximum(first[:, :2], second[:, :2])
        high = np.minimum(first[:, :2] + first[:, 2:], second[:, :2] + second[:, 2:])
        inside = np.prod(np.maximum(high - low, 0.0), axis=1)
        union = np.prod(first[:, 2:], axis=1) + np.prod(second[:, 2:], axis=1) - inside
        iou = np.zeros(len(first))
        np.divide(inside, union, out=iou, where=union > 0)
    return np.nan_to_num(iou, nan=0.0)


def _take_best(rows: LongArray, taken: AnyArray, which: LongArray, candidate: LongArray, iou: FloatArray) -> None:
    """Give keys that have no row yet the best free one, best pair first; changes ``rows`` and ``taken``.

    The loop runs over near pairs of decisions that found no exact label, a handful even after a large correction.
    """
    for at in np.lexsort((candidate, which, -iou)).tolist():
        key, row = int(which[at]), int(candidate[at])
        if rows[key] < 0 and not taken[row]:
            rows[key] = row
            taken[row] = True


def _labels_of(targets: Iterable[Target]) -> list[AnnotationKey]:
    keys = (target.annotation if isinstance(target, PairKey) else target for target in targets)
    return list(dict.fromkeys(key for key in keys if isinstance(key, AnnotationKey)))
