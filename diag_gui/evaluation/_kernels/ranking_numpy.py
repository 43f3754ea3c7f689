"""The loops that order predictions by score in readable numpy: the fallback without a compiler and the oracle of its twin."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import BitArray, FloatArray, IntArray, LongArray


def rank_images(
    image_offsets: LongArray,
    class_row: IntArray,
    score: FloatArray,
    first_image: int,
    last_image: int,
    n_classes: int,
    by_image: IntArray,
    rank: IntArray,
) -> None:
    """Order the predictions of each image by descending score, and rank them among those of their class.

    Parameters
    ----------
    image_offsets : ndarray of int64, shape (I + 1,)
        Predictions of image i are the rows ``[o[i]:o[i + 1]]``.
    first_image, last_image : int
        Images to do.
    by_image : ndarray of int32, shape (P,)
        Filled for these images: rows by image, then descending score; on equal score the lower class, then the lower row.
    rank : ndarray of int32, shape (P,)
        Filled for these images: 0 for the first of its class in its image.
    """
    begin, end = int(image_offsets[first_image]), int(image_offsets[last_image])
    image = np.repeat(np.arange(first_image, last_image), np.diff(image_offsets[first_image : last_image + 1]))
    c, s = class_row[begin:end], score[begin:end]
    by_image[begin:end] = begin + np.lexsort((c, -s, image))
    by_group = np.lexsort((-s, c, image))
    starts = np.ones(end - begin, dtype=bool)
    starts[1:] = (image[by_group][1:] != image[by_group][:-1]) | (c[by_group][1:] != c[by_group][:-1])
    place = np.arange(end - begin)
    rank[begin + by_group] = place - np.maximum.accumulate(np.where(starts, place, 0))


def group_by_class(class_row: IntArray, score: FloatArray, n_classes: int) -> tuple[IntArray, BitArray, LongArray]:
    """Group P predictions by class.

    Returns
    -------
    by_class : ndarray of int32, shape (P,)
        Rows by class, then row.
    keys : ndarray of uint64, shape (P,)
        `descending_keys` of their scores.
    class_offsets : ndarray of int64, shape (C + 1,)
        Class c is ``by_class[o[c]:o[c + 1]]``.
    """
    offsets = np.zeros(n_classes + 1, dtype=np.int64)
    np.cumsum(np.bincount(class_row, minlength=n_classes), out=offsets[1:])
    by_class = np.argsort(class_row, kind="stable").astype(np.int32)
    return by_class, descending_keys(score[by_class]), offsets


def sort_classes(by_class: IntArray, keys: BitArray, class_offsets: LongArray, first_class: int, last_class: int) -> None:
    """Sort the rows of each class from ``first_class`` to ``last_class``, and their keys, in place by key; stable."""
    part = slice(class_offsets[first_class], class_offsets[last_class])
    of_class = np.repeat(np.arange(first_class, last_class), np.diff(class_offsets[first_class : last_class + 1]))
    order = np.lexsort((keys[part], of_class))
    by_class[part], keys[part] = by_class[part][order], keys[part][order]


def rows_between(by_class: IntArray, keys: BitArray, class_offsets: LongArray, from_key: int, to_key: int) -> IntArray:
    """Return the rows with ``from_key <= key < to_key`` by key; on equal keys the lower class first, then the lower row.

    Parameters
    ----------
    by_class, keys
        Sorted within each class by `sort_classes`.
    """
    inside = (keys >= np.uint64(from_key)) & (keys < np.uint64(to_key))
    return by_class[inside][np.argsort(keys[inside], kind="stable")]


def descending_keys(score: FloatArray) -> BitArray:
    """Return numbers that are smaller the greater the score is, and equal for equal ones: none is the greatest uint64."""
    bits = (score + 0.0).view(np.uint64)
    top = np.uint64(1 << 63)
    return np.where(bits & top, bits, ~(bits | top))
