"""Boxes that choose one after the other among what is left: the numpy form of every matching that crosses classes."""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, LongArray


def take_in_turn(
    turn: AnyArray, offered: AnyArray, iou: FloatArray, may_take: BoolArray, n_turns: int, n_offered: int, *, later_wins: bool
) -> LongArray:
    """Let each chooser, in order of its turn, pick the best of what is left, and remove what it may take.

    Parameters
    ----------
    turn : ndarray of int, shape (K,)
        Per pair the turn of its chooser, 0 first.
    offered : ndarray of int, shape (K,)
        Per pair the row that may be chosen.
    iou : ndarray of float64, shape (K,)
        Higher is better.
    may_take : ndarray of bool, shape (K,)
        Whether choosing this pair removes ``offered`` for those who come later; else it stays.
    n_turns, n_offered : int
        Number of choosers and of rows on offer.
    later_wins : bool
        On equal IoU the later row wins, else the first.

    Returns
    -------
    ndarray of int64, shape (n_turns,)
        Index of the pair each chooser picked, -1 where nothing was left.

    Notes
    -----
    A choice is settled once nobody with an earlier turn may still take the same row: what others remove beside it does not
    change which is best. If it takes the row, nobody earlier may still come to choose that row either, for they must find it
    there. So many turns are settled in one round; the first turn always is, and the rounds end.
    """
    chosen = np.full(n_turns, -1, dtype=np.int64)
    row_order = -offered if later_wins else offered
    pair = np.lexsort((row_order, -iou, turn))
    first_taker, first_chooser = np.empty(n_offered, dtype=np.int64), np.empty(n_offered, dtype=np.int64)
    is_gone = np.zeros(n_offered, dtype=np.bool_)
    is_settled = np.zeros(n_turns, dtype=np.bool_)
    while pair.size:
        turns, rows = turn[pair], offered[pair]
        best = np.flatnonzero(np.r_[True, turns[1:] != turns[:-1]])
        takers = may_take[pair]
        first_taker.fill(n_turns)
        first_chooser.fill(n_turns)
        np.minimum.at(first_taker, rows[takers], turns[takers])
        np.minimum.at(first_chooser, rows, turns)
        first = np.where(takers[best], first_chooser[rows[best]], first_taker[rows[best]])
        settled = best[first >= turns[best]]
        chosen[turns[settled]] = pair[settled]
        is_settled[turns[settled]] = True
        is_gone[rows[settled[takers[settled]]]] = True
        pair = pair[~(is_settled[turns] | is_gone[rows])]
    return chosen
