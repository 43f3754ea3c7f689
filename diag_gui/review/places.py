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
    predictions : tuple of (int, int)
        Run index and row of the prediction, in every loaded run of the same content; empty for images and labels, and for a
        pair whose prediction is not loaded.
    """

    image_row: int
    gt_row: int = -1
    predictions: tuple[tuple[int, int], ...] = ()

    @property
    def pred_row(self) -> int:
        """The prediction in the first run that has it, -1 where there is none."""
        return self.predictions[0][1] if self.predictions else -1


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
    stand_ins : mapping of str to tuple of int, optional
        Hash of a run to the indices of the loaded runs that may stand for it (`stand_ins.stand_ins_of`). For a hash that is
        not in it any run may.
    earlier : Resolver, optional
        Of the data as they were before: what it computed about runs that are still there is taken over.

    Notes
    -----
    A decision on a prediction belongs to the run its key names. Where that is not loaded, the decision is laid onto the one
    loaded run that stands for it and has an equal prediction: same image, class, box to 0.01 px, and score. Where several
    different runs have one, nobody can tell which was meant, and it finds no place.
    """

    def __init__(
        self,
        dataset: Dataset,
        runs: Sequence[Run],
        *,
        moved: Mapping[str, str] | None = None,
        stand_ins: Mapping[str, tuple[int, ...]] | None = None,
        earlier: Resolver | None = None,
    ) -> None:
        self.labels = DatasetKeys(dataset)
        known = earlier._hashes_for(dataset) if earlier is not None else {}
        self.runs = tuple(RunKeys(self.labels, run, known.get(id(run.predictions))) for run in runs)
        self._moved = dict(moved or {})
        self._stand_ins = stand_ins or {}

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
        predictions_of, doubts = self._predictions(targets)
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
            found = predictions_of.get(prediction, ()) if prediction is not None else ()
            if image_row < 0:
                reasons[target] = "the image is not in this data"
            elif isinstance(target, ImageKey) or gt_row >= 0 or found:
                of[target] = Place(image_row, gt_row, found)
            elif isinstance(target, PredictionKey):
                reasons[target] = doubts[target]
            else:
                reasons[target] = "no such label any more"
        return Places(of, reasons, {row: key for key, row in gt_row_of.items()})

    def _predictions(
        self, targets: list[Target]
    ) -> tuple[dict[PredictionKey, tuple[tuple[int, int], ...]], dict[PredictionKey, str]]:
        """Return run index and row of each prediction in every run that has it, and why the others have no place."""
        by_run: dict[str, list[PredictionKey]] = {}
        for target in targets:
            key = target.prediction if isinstance(target, PairKey) else target
            if isinstance(key, PredictionKey):
                by_run.setdefault(key.run, []).append(key)
        result: dict[PredictionKey, tuple[tuple[int, int], ...]] = {}
        doubts: dict[PredictionKey, str] = {}
        for run_hash, keys in by_run.items():
            named = tuple(index for index, run in enumerate(self.runs) if run.is_named(run_hash))
            asked = named or self._stand_ins.get(run_hash, tuple(range(len(self.runs))))
            wanted = [self._prediction_as_loaded(key) for key in keys]
            rows_of = {index: self.runs[index].pred_rows(wanted).tolist() for index in asked}
            missing = self._reason(run_hash, named, asked)
            for at, key in enumerate(keys):
                found = tuple((index, rows[at]) for index, rows in rows_of.items() if rows[at] >= 0)
                if len({self.runs[index].content_hash for index, _ in found}) == 1:
                    result[key] = found
                else:
                    doubts[key] = "its run is not open, and several runs have such a prediction" if found else missing
        return result, doubts

    def _reason(self, run_hash: str, named: tuple[int, ...], asked: tuple[int, ...]) -> str:
        """Return why a prediction that none of the asked runs has is not there."""
        if not named and (not asked or run_hash not in self._stand_ins):
            return "its run is not open"
        names = ", ".join(dict.fromkeys(self.runs[index].run.name for index in asked))
        return f"run {names} has no such prediction any more"

    def _hashes_for(self, dataset: Dataset) -> dict[int, str]:
        """Return the content hashes computed so far by the identity of the predictions, if images and classes are the same."""
        before = self.labels.dataset
        if before.images.file_name != dataset.images.file_name or before.classes.name != dataset.classes.name:
            return {}
        return {id(run.run.predictions): run.hash_known for run in self.runs if run.hash_known is not None}

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
