"""Putting rows in order: stable, in either direction, what is undefined at the end."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BitArray, LongArray

_SIGN = np.uint64(1 << 63)
_DIGIT = 16


def stable_order(keys: AnyArray, *, descending: bool) -> LongArray:
    """Return the order that sorts ``keys``; equal ones keep their order in both directions.

    Parameters
    ----------
    keys : ndarray of int or float64, shape (N,)
        NaN comes last.
    descending : bool

    Returns
    -------
    ndarray of int64, shape (N,)

    Notes
    -----
    numpy sorts 16-bit numbers by radix, everything else by comparison, which is slower. So the keys become unsigned
    numbers of the same order and are sorted 16 bits at a time, the lowest first; digits that all keys share are skipped.
    """
    if keys.dtype.kind != "f":
        return _radix_order(_unsigned(keys.astype(np.int64), descending))
    is_undefined = np.isnan(keys)
    places, undefined = np.flatnonzero(~is_undefined), np.flatnonzero(is_undefined)
    # Adding zero turns -0.0 into 0.0, which it equals but whose bits differ.
    bits = (keys[places] + 0.0).view(np.int64)
    # Bits of negative floats run backwards.
    ordered = np.where(bits < 0, np.int64(-(2**63)) - bits, bits)
    return np.concatenate([places[_radix_order(_unsigned(ordered, descending))], undefined])


def _unsigned(keys: LongArray, descending: bool) -> BitArray:
    """Return unsigned numbers from 0 on that sort as ``keys`` do, or the other way round."""
    unsigned = keys.view(np.uint64) ^ _SIGN
    if not len(unsigned):
        return unsigned
    shifted: BitArray = unsigned.max() - unsigned if descending else unsigned - unsigned.min()
    return shifted


def _radix_order(keys: BitArray) -> LongArray:
    order = np.arange(len(keys))
    n_bits = int(keys.max()).bit_length() if len(keys) else 0
    for shift in range(0, n_bits, _DIGIT):
        digits = (keys >> np.uint64(shift)).astype(np.uint16)[order]
        order = order[np.argsort(digits, kind="stable")]
    return order


def merged_by_image(pred_rows: AnyArray, gt_rows: AnyArray, image_of_pred: AnyArray, image_of_gt: AnyArray) -> AnyArray:
    """Return two lists of rows, each sorted by image, as one sorted by image; within an image the first list first.

    Parameters
    ----------
    pred_rows, gt_rows : ndarray of int, shape (N,) and (M,)
    image_of_pred, image_of_gt : ndarray of int32, shape (N,) and (M,)
        Non-decreasing.

    Returns
    -------
    ndarray of int, shape (N + M,)
    """
    merged = np.empty(len(pred_rows) + len(gt_rows), pred_rows.dtype)
    of_gt = np.arange(len(gt_rows)) + np.searchsorted(image_of_pred, image_of_gt, side="right")
    from_pred = np.ones(len(merged), np.bool_)
    from_pred[of_gt] = False
    merged[of_gt] = gt_rows
    merged[from_pred] = pred_rows
    return merged
