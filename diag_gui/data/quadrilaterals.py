"""Four corners that mean a rotated box: their area, their bounds, and the order they stand in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, frozen

CONVEX = 4
"""Stands for "no corner" where the corner that turns inwards is named."""

INWARD = 1e-6
"""Share of the greatest turn from which a turn the other way is no rounding of three corners on a line."""


@dataclass(frozen=True, slots=True, eq=False)
class Quadrilaterals:
    """N simple quadrilaterals, made ready to be clipped against each other.

    Attributes
    ----------
    corners : ndarray of float64, shape (N, 8)
        x, y of four corners in pixels, in the one direction round the shape that makes areas positive.
    bounds : ndarray of float64, shape (N, 4)
        Left, top, right, bottom.
    area : ndarray of float64, shape (N,)
        Square pixels; 0 where the corners lie on a line.
    inward : ndarray of uint8, shape (N,)
        The corner, 0..3, at which the outline turns inwards; `CONVEX` of a convex shape.
    """

    corners: FloatArray
    bounds: FloatArray
    area: FloatArray
    inward: ByteArray

    def __post_init__(self) -> None:
        n = len(self.corners)
        for name, dtype, shape in (
            ("corners", np.float64, (n, 8)),
            ("bounds", np.float64, (n, 4)),
            ("area", np.float64, (n,)),
            ("inward", np.uint8, (n,)),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, shape, name))

    def __len__(self) -> int:
        return len(self.corners)


def quadrilaterals(quad: FloatArray) -> Quadrilaterals:
    """Make quadrilaterals ready to be clipped.

    Parameters
    ----------
    quad : ndarray of float64, shape (N, 8)
        Corners in order round the shape, either way; of an outline that crosses itself they are put in order first.

    Returns
    -------
    Quadrilaterals
        Rows in the same order.
    """
    quad, _ = in_order(quad)
    area = signed_area(quad)
    backwards = area < 0
    quad[backwards] = quad[backwards].reshape(-1, 4, 2)[:, ::-1].reshape(-1, 8)
    turns = _turns(quad)
    inward = np.where((turns < 0).any(axis=1), turns.argmin(axis=1), CONVEX).astype(np.uint8)
    return Quadrilaterals(quad, bounds_of(quad), np.abs(area), inward)


def signed_area(quad: FloatArray) -> FloatArray:
    """Return half the cross product of the diagonals: the area, negative for corners in the other direction.

    Differences come first, so that small shapes keep their digits however far from the origin they lie.
    """
    x, y = quad[:, 0::2], quad[:, 1::2]
    area: FloatArray = 0.5 * ((x[:, 2] - x[:, 0]) * (y[:, 3] - y[:, 1]) - (y[:, 2] - y[:, 0]) * (x[:, 3] - x[:, 1]))
    return area


def bounds_of(quad: FloatArray) -> FloatArray:
    """Return left, top, right, bottom of N quadrilaterals, float64 (N, 4)."""
    x, y = quad[:, 0::2], quad[:, 1::2]
    return np.stack([x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)], axis=1)


def is_upright(quad: FloatArray) -> BoolArray:
    """Return which of N quadrilaterals are their own bounds, to the last bit: an upright box, drawn and hit as one."""
    x, y = quad[:, 0::2], quad[:, 1::2]
    left, top, right, bottom = (side[:, np.newaxis] for side in bounds_of(quad).T)
    at_corners = ((x == left) | (x == right)) & ((y == top) | (y == bottom))
    upright: BoolArray = at_corners.all(axis=1) & (np.abs(signed_area(quad)) == ((right - left) * (bottom - top))[:, 0])
    return upright


def covers(quad: FloatArray, x: float, y: float, slack: float) -> BoolArray:
    """Return which of N simple outlines hold a point or pass it by no more than ``slack``."""
    points = quad.reshape(-1, 4, 2) - (x, y)
    following = np.roll(points, -1, axis=1)
    (ax, ay), (bx, by) = points.transpose(2, 0, 1), following.transpose(2, 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = ax - ay * (bx - ax) / (by - ay)
    inside = (((ay > 0) != (by > 0)) & (crossing > 0)).sum(axis=1) % 2 == 1
    way = following - points
    length = (way**2).sum(axis=2)
    share = np.clip(np.divide(-(points * way).sum(axis=2), length, out=np.zeros(length.shape), where=length > 0), 0, 1)
    away = np.linalg.norm(points + share[:, :, np.newaxis] * way, axis=2).min(axis=1)
    return np.asarray(inside | (away <= slack))


def slenderness(quad: FloatArray) -> FloatArray:
    """Return the longer side over the shorter, each the mean of two opposite ones; NaN where the shorter is 0."""
    points = quad.reshape(-1, 4, 2)
    sides = np.linalg.norm(np.roll(points, -1, axis=1) - points, axis=2)
    pairs = np.sort(sides[:, :2] + sides[:, 2:], axis=1)
    ratio = np.full(len(quad), np.nan)
    np.divide(pairs[:, 1], pairs[:, 0], out=ratio, where=pairs[:, 0] > 0)
    return ratio


def turns_inwards(quad: FloatArray) -> BoolArray:
    """Return which of N simple outlines turn the other way at a corner, by more than rounding: no rotated box does."""
    turns = _turns(quad)
    inwards: BoolArray = np.minimum(turns.max(axis=1), -turns.min(axis=1)) > INWARD * np.abs(turns).max(axis=1)
    return inwards


def in_order(quad: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Put corners in order round the shape where the outline crosses itself.

    Parameters
    ----------
    quad : ndarray of float64, shape (N, 8)

    Returns
    -------
    ordered : ndarray of float64, shape (N, 8)
        A copy. Four corners whose outline crosses itself have one order in which it does not: two neighbours swapped.
    crosses : ndarray of bool, shape (N,)
        Rows that were changed.
    """
    first, second = _crosses(quad, 0, 1, 2, 3), _crosses(quad, 1, 2, 3, 0)
    ordered = np.array(quad, dtype=np.float64)
    ordered[first] = quad[first][:, [0, 1, 4, 5, 2, 3, 6, 7]]
    ordered[second] = quad[second][:, [0, 1, 2, 3, 6, 7, 4, 5]]
    return ordered, first | second


def _turns(quad: FloatArray) -> FloatArray:
    """Return the cross product of the ways to and from each corner, (N, 4)."""
    return np.stack([_turn(quad, (k + 3) % 4, k, (k + 1) % 4) for k in range(4)], axis=1)


def _crosses(quad: FloatArray, a: int, b: int, c: int, d: int) -> BoolArray:
    """Return where the line from corner a to b and the one from c to d cross between their ends."""
    apart = np.sign(_turn(quad, a, b, c)) * np.sign(_turn(quad, a, b, d)) < 0
    crosses: BoolArray = apart & (np.sign(_turn(quad, c, d, a)) * np.sign(_turn(quad, c, d, b)) < 0)
    return crosses


def _turn(quad: FloatArray, a: int, b: int, c: int) -> FloatArray:
    """Return the cross product of the ways from corner a to b and from b to c."""
    points: AnyArray = quad.reshape(-1, 4, 2)
    way, onwards = points[:, b] - points[:, a], points[:, c] - points[:, b]
    turn: FloatArray = way[:, 0] * onwards[:, 1] - way[:, 1] * onwards[:, 0]
    return turn
