"""Putting rows in order: stable, in either direction, what is undefined at the end."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, LongArray


def stable_order(keys: AnyArray, *, descending: bool) -> LongArray:
    """Return the order that sorts ``keys``; equal ones keep their order in both directions.

    Parameters
    ----------
    keys : ndarray of int or float, shape (N,)
        NaN comes last.
    descending : bool

    Returns
    -------
    ndarray of int64, shape (N,)

    Notes
    -----
    numpy sorts unstably five times as fast as stably. So: sort unstably, number the runs of equal keys, and sort the
    pairs (run, place) that these numbers and the places make, again unstably, since no two are equal.
    """
    undefined = np.isnan(keys) if keys.dtype.kind == "f" else np.zeros(len(keys), np.bool_)
    places = np.flatnonzero(~undefined)
    defined = keys[places]
    if descending:
        defined = -defined.astype(np.int64) if keys.dtype.kind != "f" else -defined
    order = np.argsort(defined)
    ordered = defined[order]
    run = np.zeros(len(order), np.int64)
    np.cumsum(ordered[1:] != ordered[:-1], out=run[1:])
    pairs = run * max(len(order), 1) + order
    pairs.sort()
    return np.concatenate([places[pairs % max(len(order), 1)], np.flatnonzero(undefined)])
