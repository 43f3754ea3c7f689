"""The loop that pairs rotated boxes in readable numpy: the fallback without a compiler and the oracle of its twin.

Both give the same bits: the same operations in the same order.
"""

from __future__ import annotations

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.data.quadrilaterals import CONVEX

TOUCHING = 1e-10
"""Share of the smaller of two shapes up to which what they have in common is rounding: shapes with a common edge touch."""

PAIRS_AT_ONCE = 1_000_000
CLIPPED_AT_ONCE = 50_000


def candidate_pairs(
    gt_corners: FloatArray,
    gt_bounds: FloatArray,
    gt_area: FloatArray,
    gt_inward: ByteArray,
    gt_is_crowd: BoolArray,
    gt_offsets: LongArray,
    pred_corners: FloatArray,
    pred_bounds: FloatArray,
    pred_area: FloatArray,
    pred_inward: ByteArray,
    pred_image: IntArray,
    first: int,
    last: int,
    floor: float,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Pair predictions ``first`` to ``last`` with the ground truth of their images where IoU > 0 and IoU >= ``floor``.

    Parameters
    ----------
    gt_corners, pred_corners : ndarray of float64, shape (G, 8) and (P, 8)
        Columns of `Quadrilaterals`, as are bounds, area and inward.

    Returns
    -------
    pred_row, gt_row : ndarray of int32, shape (M,)
        Ascending by prediction, then ground truth.
    iou : ndarray of float64, shape (M,)
        For a crowd the share of the prediction; at most 1. What two shapes have in common is 0 up to `TOUCHING`.

    Notes
    -----
    One shape is cut by the edges of the other, one after the other, as half planes. The cutting shape has to be convex, the
    cut one need not; where neither is, the cutting one is taken as two triangles, split at the corner that turns inwards.
    Coordinates are first made relative to a corner of the cutting shape.

    References
    ----------
    .. [1] Sutherland, Hodgman, Reentrant polygon clipping, Communications of the ACM 17(1), 1974.
    """
    image = pred_image[first:last]
    per_pred = gt_offsets[image + 1] - gt_offsets[image]
    ends = np.cumsum(per_pred)
    parts = []
    start = 0
    while start < last - first:
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + PAIRS_AT_ONCE, side="right")))
        count = per_pred[start:stop]
        pred = np.repeat(np.arange(first + start, first + stop), count)
        within = np.arange(len(pred)) - np.repeat(np.cumsum(count) - count, count)
        gt = np.repeat(gt_offsets[image[start:stop]], count) + within
        near = _bounds_overlap(pred_bounds[pred], gt_bounds[gt]) & (pred_area[pred] > 0) & (gt_area[gt] > 0)
        parts.append((pred[near], gt[near]))
        start = stop
    if not parts:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float64)
    pred, gt = (np.concatenate(column) for column in zip(*parts, strict=True))
    inter = np.empty(len(pred))
    for begin in range(0, len(pred), CLIPPED_AT_ONCE):
        some = slice(begin, begin + CLIPPED_AT_ONCE)
        d, g = pred[some], gt[some]
        inter[some] = _common_area(pred_corners[d], pred_inward[d], gt_corners[g], gt_inward[g])
    common = inter > TOUCHING * np.minimum(pred_area[pred], gt_area[gt])
    pred, gt, inter = pred[common], gt[common], inter[common]
    union = np.where(gt_is_crowd[gt], pred_area[pred], pred_area[pred] + gt_area[gt] - inter)
    iou = np.minimum(inter / union, 1.0)
    near = iou >= floor
    return pred[near].astype(np.int32), gt[near].astype(np.int32), iou[near]


def _bounds_overlap(one: FloatArray, other: FloatArray) -> BoolArray:
    overlap = np.minimum(one[:, 2:], other[:, 2:]) > np.maximum(one[:, :2], other[:, :2])
    return np.asarray(overlap[:, 0] & overlap[:, 1])


def _common_area(one: FloatArray, one_inward: ByteArray, other: FloatArray, other_inward: ByteArray) -> FloatArray:
    """Return the area that each of M shapes has in common with the one in the same row of the other list."""
    swap = (other_inward != CONVEX) & (one_inward == CONVEX)
    cut, cutting = np.where(swap[:, np.newaxis], other, one), np.where(swap[:, np.newaxis], one, other)
    split_at = np.where(swap, CONVEX, other_inward)
    x, y = (cut[:, axis::2] - cutting[:, axis : axis + 1] for axis in (0, 1))
    edge_x, edge_y = (cutting[:, axis::2] - cutting[:, axis : axis + 1] for axis in (0, 1))
    area = np.empty(len(one))
    whole = split_at == CONVEX
    area[whole] = _clipped_area(x[whole], y[whole], edge_x[whole], edge_y[whole])
    split = np.flatnonzero(~whole)
    rows = split[:, np.newaxis]
    halves = (
        _clipped_area(x[split], y[split], edge_x[rows, corners], edge_y[rows, corners])
        for corners in ((split_at[split, np.newaxis] + np.array(turn)) % 4 for turn in ([0, 1, 2], [0, 2, 3]))
    )
    area[split] = sum(halves)
    return area


def _clipped_area(x: FloatArray, y: FloatArray, edge_x: FloatArray, edge_y: FloatArray) -> FloatArray:
    """Return the area of M shapes, (M, 4), inside M convex ones, (M, 3) or (M, 4)."""
    count = np.full(len(x), x.shape[1])
    n_edges = edge_x.shape[1]
    for edge in range(n_edges):
        onwards = (edge + 1) % n_edges
        x, y, count = _cut(x, y, count, edge_x[:, edge], edge_y[:, edge], edge_x[:, onwards], edge_y[:, onwards])
    area = np.zeros(len(x))
    for k in range(1, x.shape[1] - 1):
        there = k + 1 < count
        twice = (x[:, k] - x[:, 0]) * (y[:, k + 1] - y[:, 0]) - (y[:, k] - y[:, 0]) * (x[:, k + 1] - x[:, 0])
        area += np.where(there, twice, 0.0)
    return area * 0.5


def _cut(
    x: FloatArray, y: FloatArray, count: AnyArray, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray
) -> tuple[FloatArray, FloatArray, AnyArray]:
    """Keep of each outline what lies on the inner side of the line from a to b, the line included."""
    n, most = x.shape
    rows = np.arange(n)
    wx, wy = bx - ax, by - ay
    side = wx[:, np.newaxis] * (y - ay[:, np.newaxis]) - wy[:, np.newaxis] * (x - ax[:, np.newaxis])
    new_x, new_y = np.zeros((n, most + most // 2)), np.zeros((n, most + most // 2))
    place = np.zeros(n, dtype=np.int64)
    for k in range(most):
        there = k < count
        following = np.where(k + 1 < count, k + 1, 0)
        here, beyond = side[:, k], side[rows, following]
        inside = there & (here >= 0)
        new_x[rows[inside], place[inside]] = x[inside, k]
        new_y[rows[inside], place[inside]] = y[inside, k]
        place += inside
        crosses = there & ((here >= 0) != (beyond >= 0))
        at, to = rows[crosses], following[crosses]
        share = here[at] / (here[at] - beyond[at])
        new_x[at, place[at]] = x[at, k] + share * (x[at, to] - x[at, k])
        new_y[at, place[at]] = y[at, k] + share * (y[at, to] - y[at, k])
        place += crosses
    most = int(place.max(initial=0))
    return new_x[:, :most], new_y[:, :most], place
