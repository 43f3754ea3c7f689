"""A scene seen from straight above: colour, height and owner of every pixel, painted in metres.

Shadows, shading and occlusion all follow from the height map, so anything painted here is lit consistently.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float32]
Region = tuple[slice, slice]
SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Pose:
    """Where something stands: metres from the middle of the picture (x right, y down) and heading in radians."""

    x: float
    y: float
    heading: float = 0.0

    def points(self, uv: ArrayLike) -> NDArray[np.float64]:
        """Map local points (N, 2), u ahead and v to the right, to scene metres."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        return np.asarray(uv, dtype=np.float64).reshape(-1, 2) @ np.array([[c, s], [-s, c]]) + (self.x, self.y)

    def at(self, u: float, v: float, turn: float = 0.0) -> Pose:
        """Return the pose at local (u, v), turned by ``turn`` radians."""
        x, y = self.points([[u, v]])[0]
        return Pose(float(x), float(y), self.heading + turn)


@dataclass(frozen=True)
class Lamp:
    """A light: place in scene metres, reach of its pool in metres, linear RGB strength, and whether its bulb is seen."""

    x: float
    y: float
    reach: float
    rgb: tuple[float, float, float]
    bulb: float = 1.0


@dataclass
class Thing:
    """An object that gets a ground-truth box; extent in canvas pixels as painted, before anything covered it."""

    name: str
    x0: float = np.inf
    y0: float = np.inf
    x1: float = -np.inf
    y1: float = -np.inf
    n_painted: int = 0


@dataclass
class Canvas:
    """The scene under construction, larger than the picture by ``margin`` so that shadows enter from outside.

    ``color`` is sRGB in 0..1, (H, W, 3); ``top`` metres above ground, (H, W); ``owner`` index of the thing + 1, or 0.
    """

    width: int
    height: int
    gsd: float
    supersample: int = 2
    margin: int = 40
    color: FloatArray = field(init=False)
    top: FloatArray = field(init=False)
    owner: NDArray[np.int16] = field(init=False)
    water: FloatArray = field(init=False)
    things: list[Thing] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    claims: list[tuple[float, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        h, w = ((self.height + 2 * self.margin) * self.supersample, (self.width + 2 * self.margin) * self.supersample)
        self.color = np.zeros((h, w, 3), np.float32)
        self.top = np.zeros((h, w), np.float32)
        self.owner = np.zeros((h, w), np.int16)
        self.water = np.zeros((h, w), np.float32)

    @property
    def scale(self) -> float:
        """Canvas pixels per metre."""
        return self.supersample / self.gsd

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in canvas pixels."""
        return self.top.shape[0], self.top.shape[1]

    @property
    def radius(self) -> float:
        """Half the diagonal of the canvas in metres."""
        return float(np.hypot(*self.shape) / 2 / self.scale)

    @property
    def half(self) -> tuple[float, float]:
        """Half width and half height of the picture itself, metres."""
        return self.width * self.gsd / 2, self.height * self.gsd / 2

    def to_px(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Scene metres (N, 2) to canvas pixels."""
        h, w = self.shape
        return np.asarray(xy, dtype=np.float64) * self.scale + (w / 2, h / 2)

    def free(self, x: float, y: float, radius: float) -> bool:
        """Claim a disc of ground for an object; False, and nothing claimed, where it is taken."""
        if any((x - a) ** 2 + (y - b) ** 2 < (radius + r) ** 2 for a, b, r in self.claims):
            return False
        self.claims.append((x, y, radius))
        return True

    def region(self, px: NDArray[np.float64], pad: float = 2.0) -> Region | None:
        """Return the part of the canvas that holds ``px``, or None where it lies wholly outside."""
        h, w = self.shape
        x0, y0 = np.floor(px.min(axis=0) - pad).astype(int)
        x1, y1 = np.ceil(px.max(axis=0) + pad).astype(int)
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, w), min(y1, h)
        return (slice(y0, y1), slice(x0, x1)) if x1 > x0 and y1 > y0 else None

    def grid(self, pose: Pose, half_u: float, half_v: float) -> tuple[Region, FloatArray, FloatArray] | None:
        """Return the region a local box covers and the local coordinates u, v of its pixels, metres."""
        corners = self.to_px(pose.points([[a * half_u, b * half_v] for a in (-1, 1) for b in (-1, 1)]))
        region = self.region(corners)
        if region is None:
            return None
        ys, xs = region
        cx, cy = self.to_px([[pose.x, pose.y]])[0]
        x = ((np.arange(xs.start, xs.stop, dtype=np.float32) + np.float32(0.5) - cx) / self.scale).astype(np.float32)
        y = ((np.arange(ys.start, ys.stop, dtype=np.float32) + np.float32(0.5) - cy) / self.scale).astype(np.float32)
        c, s = np.float32(np.cos(pose.heading)), np.float32(np.sin(pose.heading))
        return region, x[None, :] * c + y[:, None] * s, y[:, None] * c - x[None, :] * s

    def cover(self, signed_distance: FloatArray, soft: float = 0.0) -> FloatArray:
        """Turn a signed distance in metres (negative inside) into coverage 0..1, ``soft`` metres wide at the edge."""
        return np.clip(0.5 - signed_distance / (1 / self.scale + soft), 0, 1).astype(np.float32)

    def mask(self, points: ArrayLike) -> tuple[Region, FloatArray] | None:
        """Return the region and antialiased coverage of a polygon given in scene metres (N, 2)."""
        px = self.to_px(points)
        region = self.region(px)
        if region is None:
            return None
        ys, xs = region
        out = np.zeros((ys.stop - ys.start, xs.stop - xs.start), np.uint8)
        fixed = np.round((np.clip(px, -9000, 9000) - (xs.start + 0.5, ys.start + 0.5)) * 2**SUBPIXEL_BITS).astype(np.int32)
        cv2.fillPoly(out, [fixed], 255, cv2.LINE_AA, SUBPIXEL_BITS)
        return region, out.astype(np.float32) / 255

    def apply(
        self, region: Region, alpha: FloatArray, color: ArrayLike | None, top: float | FloatArray | None = None, owner: int = 0
    ) -> None:
        """Blend ``color`` in, raise the ground to ``top`` and hand the pixels to ``owner`` where more than half covered."""
        if color is not None:
            here = self.color[region]
            here += alpha[..., None] * (np.asarray(color, np.float32) - here)
        if top is None and not owner:
            return
        solid = alpha > 0.5
        if top is not None:
            np.copyto(self.top[region], np.float32(top) if np.isscalar(top) else top, where=solid)
            self.owner[region][solid] = owner
        if owner:
            self.owner[region][solid] = owner
            self._extend(self.things[owner - 1], region, solid)

    def polygon(
        self, points: ArrayLike, color: ArrayLike | None, top: float | None = None, owner: int = 0, opacity: float = 1.0
    ) -> None:
        """Paint a polygon of scene metres; a full-canvas texture (H, W, 3) may stand for ``color``."""
        found = self.mask(points)
        if found is None:
            return
        region, alpha = found
        if color is not None and np.ndim(color) == 3:
            color = np.asarray(color)[region]
        self.apply(region, alpha * np.float32(opacity), color, top, owner)

    def box(
        self,
        pose: Pose,
        length: float,
        width: float,
        color: ArrayLike | None,
        top: float | None = None,
        owner: int = 0,
        opacity: float = 1.0,
    ) -> None:
        """Paint a rectangle centred on ``pose``, ``length`` along its heading."""
        a, b = length / 2, width / 2
        self.polygon(pose.points([[-a, -b], [a, -b], [a, b], [-a, b]]), color, top, owner, opacity)

    def line(
        self,
        points: ArrayLike,
        width: float,
        color: ArrayLike | None,
        top: float | None = None,
        owner: int = 0,
        opacity: float = 1.0,
    ) -> None:
        """Paint a polyline of scene metres with square joints."""
        xy = np.asarray(points, dtype=np.float64)
        for (x0, y0), (x1, y1) in pairwise(xy):
            length = float(np.hypot(x1 - x0, y1 - y0))
            pose = Pose((x0 + x1) / 2, (y0 + y1) / 2, float(np.arctan2(y1 - y0, x1 - x0)))
            self.box(pose, length + width * 0.4, width, color, top, owner, opacity)

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        color: ArrayLike | None,
        top: float | None = None,
        owner: int = 0,
        opacity: float = 1.0,
    ) -> None:
        """Paint a disc."""
        found = self.grid(Pose(x, y), radius, radius)
        if found is None:
            return
        region, u, v = found
        self.apply(region, self.cover(np.hypot(u, v) - np.float32(radius)) * np.float32(opacity), color, top, owner)

    def begin(self, name: str) -> int:
        """Start an object of class ``name``; everything painted with the returned owner belongs to it."""
        self.things.append(Thing(name))
        return len(self.things)

    def finish(self, owner: int) -> None:
        """Note how many pixels of the picture the object covers before anything is painted over it."""
        thing = self.things[owner - 1]
        if thing.x1 < thing.x0:
            return
        thing.n_painted = self.visible(owner)

    def visible(self, owner: int) -> int:
        """Return how many pixels inside the picture belong to ``owner`` now."""
        thing, m = self.things[owner - 1], self.margin * self.supersample
        h, w = self.shape
        if thing.x1 < thing.x0:
            return 0
        x0, y0, x1, y1 = (int(a) for a in (max(thing.x0, m), max(thing.y0, m), min(thing.x1, w - m), min(thing.y1, h - m)))
        return int(np.count_nonzero(self.owner[y0:y1, x0:x1] == owner)) if x1 > x0 and y1 > y0 else 0

    def _extend(self, thing: Thing, region: Region, solid: NDArray[np.bool_]) -> None:
        columns, rows = np.flatnonzero(solid.any(axis=0)), np.flatnonzero(solid.any(axis=1))
        if columns.size:
            thing.x0, thing.x1 = min(thing.x0, region[1].start + columns[0]), max(thing.x1, region[1].start + columns[-1] + 1)
            thing.y0, thing.y1 = min(thing.y0, region[0].start + rows[0]), max(thing.y1, region[0].start + rows[-1] + 1)


def mirrored(points: Iterable[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Return a half outline and its mirror image across the axis, e.g. both wings."""
    half = list(points)
    return [half, [(u, -v) for u, v in half]]
