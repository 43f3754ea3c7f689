"""From rows of the loaded tables to keys and back, for the rows asked only.

A run may hold hundreds of thousands of predictions and a project a few hundred decisions: nothing here makes a key for a
row that nobody decided about, and looking keys up compares integer columns of the images concerned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.review.keys import CENTI_PX, COORDINATE_LIMIT, AnnotationKey, ImageKey, PredictionKey, normal_path

_HASH_VERSION = b"run 1\n"
"""Another way of hashing has another number, so that hashes of different ways are never equal by chance."""


def first_of_equal(names: Sequence[str]) -> tuple[dict[str, int], LongArray]:
    """Return the first row of each name, and per row the first row of the same name.

    Parameters
    ----------
    names : sequence of str, length N

    Returns
    -------
    dict of str to int
    ndarray of int64, shape (N,)
    """
    first: dict[str, int] = {}
    rows = [first.setdefault(name, row) for row, name in enumerate(names)]
    return first, np.array(rows, dtype=np.int64)


def box_columns(xywh: FloatArray) -> LongArray:
    """Return boxes as whole hundredths of a pixel.

    Parameters
    ----------
    xywh : ndarray of float64, shape (N, 4)

    Returns
    -------
    ndarray of int64, shape (N, 4)
    """
    with np.errstate(over="ignore"):
        scaled = xywh * CENTI_PX
    return np.clip(np.rint(scaled), -COORDINATE_LIMIT, COORDINATE_LIMIT).astype(np.int64)


def ordinals_of_equal(columns: LongArray) -> LongArray:
    """Return for each row how many equal rows come before it.

    Parameters
    ----------
    columns : ndarray of int64, shape (N, K)

    Returns
    -------
    ndarray of int64, shape (N,)
    """
    n = len(columns)
    if not n:
        return np.zeros(0, dtype=np.int64)
    order = np.lexsort(columns.T)
    sorted_columns = columns[order]
    starts = np.r_[True, (sorted_columns[1:] != sorted_columns[:-1]).any(axis=1)]
    group_start = np.maximum.accumulate(np.where(starts, np.arange(n), 0))
    ordinals = np.empty(n, dtype=np.int64)
    ordinals[order] = np.arange(n) - group_start
    return ordinals


def rows_of_groups(offsets: LongArray, groups: LongArray) -> LongArray:
    """Return the rows of the given groups one after the other.

    Parameters
    ----------
    offsets : ndarray of int64, shape (I + 1,)
        Rows of group i are ``[o[i]:o[i + 1]]``.
    groups : ndarray of int64, shape (M,)

    Returns
    -------
    ndarray of int64, shape (sum of group sizes,)
    """
    sizes = offsets[groups + 1] - offsets[groups]
    starts = np.repeat(offsets[groups] - np.r_[0, np.cumsum(sizes)[:-1]], sizes)
    return starts + np.arange(int(sizes.sum()))


def positions_in(table: LongArray, wanted: LongArray) -> LongArray:
    """Return for each wanted row its position in a table of different rows, -1 where it is not there.

    Parameters
    ----------
    table : ndarray of int64, shape (N, K)
    wanted : ndarray of int64, shape (M, K)

    Returns
    -------
    ndarray of int64, shape (M,)
    """
    result = np.full(len(wanted), -1, dtype=np.int64)
    if not len(table) or not len(wanted):
        return result
    _, group = np.unique(np.concatenate([table, wanted]), axis=0, return_inverse=True)
    group = group.reshape(-1)
    position = np.full(int(group.max()) + 1, -1, dtype=np.int64)
    position[group[: len(table)]] = np.arange(len(table))
    result[:] = position[group[len(table) :]]
    return result


@dataclass(frozen=True, slots=True, eq=False)
class ImageTable:
    """Which row an image key or a class name means in one dataset.

    Attributes
    ----------
    image_row_of : dict of str to int
        By `normal_path`. Two images of one path are one image to a decision: the first.
    class_row_of : dict of str to int
        By name; of two classes of one name the first.
    paths : tuple of str, length I
    first_image : ndarray of int64, shape (I,)
    first_class : ndarray of int64, shape (C,)
    """

    image_row_of: dict[str, int]
    class_row_of: dict[str, int]
    paths: tuple[str, ...]
    first_image: LongArray
    first_class: LongArray

    @classmethod
    def of(cls, dataset: Dataset) -> ImageTable:
        """Build the table of a dataset."""
        paths = tuple(normal_path(name) for name in dataset.images.file_name)
        image_row_of, first_image = first_of_equal(paths)
        class_row_of, first_class = first_of_equal(dataset.classes.name)
        return cls(image_row_of, class_row_of, paths, first_image, first_class)

    def same_path(self, image_rows: LongArray) -> LongArray:
        """Return every image row that shares its path with one of the given rows, ascending."""
        return np.flatnonzero(np.isin(self.first_image, self.first_image[image_rows]))


class DatasetKeys:
    """Keys of the images and labels of one dataset.

    Parameters
    ----------
    dataset : Dataset
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.images = ImageTable.of(dataset)

    def image_key(self, image_row: int) -> ImageKey:
        """Return the key of an image."""
        return ImageKey(self.images.paths[image_row])

    def annotation_keys(self, gt_rows: AnyArray | Sequence[int]) -> list[AnnotationKey]:
        """Return the keys of labels.

        Parameters
        ----------
        gt_rows : sequence of int

        Returns
        -------
        list of AnnotationKey
            In the order asked.
        """
        wanted = np.asarray(gt_rows, dtype=np.int64)
        gt = self.dataset.ground_truth
        rows, columns = self._columns(np.unique(gt.image_row[wanted]).astype(np.int64))
        at = np.searchsorted(rows, wanted)
        return [
            AnnotationKey(
                ImageKey(self.images.paths[image]), self.dataset.classes.name[class_row], (x, y, w, h), ordinal, annotation_id
            )
            for image, class_row, (x, y, w, h), ordinal, annotation_id in zip(
                gt.image_row[wanted].tolist(),
                gt.class_row[wanted].tolist(),
                (columns[at, 2:6] / CENTI_PX).tolist(),
                columns[at, 6].tolist(),
                gt.annotation_id[wanted].tolist(),
                strict=True,
            )
        ]

    def gt_rows(self, keys: Sequence[AnnotationKey]) -> LongArray:
        """Return the row each key names exactly.

        Parameters
        ----------
        keys : sequence of AnnotationKey

        Returns
        -------
        ndarray of int64, shape (N,)
            -1 where no label is exactly that.
        """
        wanted, known = _wanted_columns(self.images, keys)
        wanted = np.column_stack([wanted, np.array([key.ordinal for key in keys], dtype=np.int64)])
        result = np.full(len(keys), -1, dtype=np.int64)
        if known.any():
            rows, columns = self._columns(np.unique(wanted[known, 0]))
            found = positions_in(columns, wanted[known])
            result[known] = np.where(found >= 0, rows[found] if len(rows) else -1, -1)
        return result

    def _columns(self, image_rows: LongArray) -> tuple[LongArray, LongArray]:
        """Return the ground truth rows of the images, and (image, class, box, ordinal) of each."""
        gt, images = self.dataset.ground_truth, self.images
        rows = rows_of_groups(self.dataset.image_offsets, images.same_path(image_rows))
        columns = np.column_stack(
            [images.first_image[gt.image_row[rows]], images.first_class[gt.class_row[rows]], box_columns(gt.xywh[rows])]
        )
        return rows, np.column_stack([columns, ordinals_of_equal(columns)])


class RunKeys:
    """Keys of the predictions of one run.

    Parameters
    ----------
    dataset_keys : DatasetKeys
        Of the dataset the run refers to.
    run : Run
    hash_known : str, optional
        Its `content_hash`, where that was computed before.
    """

    def __init__(self, dataset_keys: DatasetKeys, run: Run, hash_known: str | None = None) -> None:
        self.dataset_keys = dataset_keys
        self.run = run
        self.hash_known = hash_known

    @property
    def content_hash(self) -> str:
        """What names the run in keys; computed when first asked for."""
        if self.hash_known is None:
            self.hash_known = content_hash(self.dataset_keys, self.run)
        return self.hash_known

    def is_named(self, run_hash: str) -> bool:
        """Return whether a key with this hash is about this run: by its content, or by the bytes of its file.

        Notes
        -----
        The first projects named a run by the SHA-256 of its file, which a file that is only indented anew does not keep.
        """
        return run_hash == self.run.source.sha256 != "" or run_hash == self.content_hash

    def prediction_keys(self, pred_rows: AnyArray | Sequence[int]) -> list[PredictionKey]:
        """Return the keys of predictions.

        Parameters
        ----------
        pred_rows : sequence of int

        Returns
        -------
        list of PredictionKey
            In the order asked.
        """
        wanted = np.asarray(pred_rows, dtype=np.int64)
        predictions, dataset = self.run.predictions, self.dataset_keys.dataset
        rows, columns = self._columns(np.unique(predictions.image_row[wanted]).astype(np.int64))
        at = np.searchsorted(rows, wanted)
        paths = self.dataset_keys.images.paths
        return [
            PredictionKey(
                self.content_hash, ImageKey(paths[image]), dataset.classes.name[class_row], (x, y, w, h), score, ordinal
            )
            for image, class_row, (x, y, w, h), score, ordinal in zip(
                predictions.image_row[wanted].tolist(),
                predictions.class_row[wanted].tolist(),
                (columns[at, 2:6] / CENTI_PX).tolist(),
                # Adding zero turns -0.0 into 0.0, which compares equal but has other bits.
                (predictions.score[wanted] + 0.0).tolist(),
                columns[at, 7].tolist(),
                strict=True,
            )
        ]

    def pred_rows(self, keys: Sequence[PredictionKey]) -> LongArray:
        """Return the row each key names.

        Parameters
        ----------
        keys : sequence of PredictionKey
            Of any run: what is compared is the image, the class, the box, the score and the ordinal.

        Returns
        -------
        ndarray of int64, shape (N,)
            -1 where this run has no such prediction.
        """
        wanted, known = _wanted_columns(self.dataset_keys.images, keys)
        scores = np.array([key.score for key in keys], dtype=np.float64) + 0.0
        ordinals = np.array([key.ordinal for key in keys], dtype=np.int64)
        wanted = np.column_stack([wanted, scores.view(np.int64), ordinals])
        result = np.full(len(keys), -1, dtype=np.int64)
        if known.any():
            rows, columns = self._columns(np.unique(wanted[known, 0]))
            found = positions_in(columns, wanted[known])
            result[known] = np.where(found >= 0, rows[found] if len(rows) else -1, -1)
        return result

    def _columns(self, image_rows: LongArray) -> tuple[LongArray, LongArray]:
        """Return the prediction rows of the images, and (image, class, box, score bits, ordinal) of each."""
        predictions, images = self.run.predictions, self.dataset_keys.images
        rows = rows_of_groups(predictions.image_offsets, images.same_path(image_rows))
        columns = np.column_stack(
            [
                images.first_image[predictions.image_row[rows]],
                images.first_class[predictions.class_row[rows]],
                box_columns(predictions.xywh[rows]),
                (predictions.score[rows] + 0.0).view(np.int64),
            ]
        )
        return rows, np.column_stack([columns, ordinals_of_equal(columns)])


def content_hash(dataset_keys: DatasetKeys, run: Run) -> str:
    """Return what names the content of a run in keys, however its file is written.

    Parameters
    ----------
    dataset_keys : DatasetKeys
        Of the dataset the run refers to.
    run : Run

    Returns
    -------
    str
        SHA-256 over its predictions: image path, class name, box to 0.01 px, score. Their order, the numbering of images and
        classes and the format of the file do not enter.

    Notes
    -----
    Each prediction is mixed into 64 bits, column by column; these are sorted and hashed. 250,000 predictions take 0.04 s.
    """
    predictions, images = run.predictions, dataset_keys.images
    image_numbers = np.zeros(len(images.paths), dtype=np.uint64)
    present = np.unique(images.first_image[predictions.image_row])
    image_numbers[present] = [_number(images.paths[row]) for row in present.tolist()]
    class_numbers = np.array([_number(name) for name in dataset_keys.dataset.classes.name], dtype=np.uint64)
    mixed = image_numbers[images.first_image[predictions.image_row]]
    columns = [class_numbers[predictions.class_row], (predictions.score + 0.0).view(np.uint64)]
    for column in (*columns, *box_columns(predictions.xywh).view(np.uint64).T):
        mixed ^= column
        _mix(mixed)
    mixed.sort()
    return hashlib.sha256(_HASH_VERSION + mixed.astype("<u8", copy=False).tobytes()).hexdigest()


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mix(numbers: AnyArray) -> None:
    """Spread every bit of 64-bit numbers over all bits, in place.

    References
    ----------
    .. [1] Steele, Lea, Flood, Fast splittable pseudorandom number generators, OOPSLA 2014 (SplitMix64).
    """
    numbers += np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        numbers ^= numbers >> np.uint64(shift)
        numbers *= np.uint64(factor)
    numbers ^= numbers >> np.uint64(31)


def _wanted_columns(images: ImageTable, keys: Sequence[Any]) -> tuple[LongArray, AnyArray]:
    """Return (image, class, box) of keys as integers, and which of them name an image and a class that exist."""
    boxes = np.array([key.xywh for key in keys], dtype=np.float64).reshape(-1, 4)
    image = np.array([images.image_row_of.get(key.image.path, -1) for key in keys], dtype=np.int64)
    class_row = np.array([images.class_row_of.get(key.class_name, -1) for key in keys], dtype=np.int64)
    return np.column_stack([image, class_row, box_columns(boxes)]), (image >= 0) & (class_row >= 0)
