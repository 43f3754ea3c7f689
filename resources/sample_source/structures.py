"""What stands around: buildings, tanks, containers, trees, cranes, quays; only storage tanks are objects to find."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from .canvas import Canvas, FloatArray, Lamp, Pose
from .terrain import noise

CONTAINER_PAINTS = (
    (0.55, 0.16, 0.12),
    (0.13, 0.26, 0.46),
    (0.16, 0.40, 0.30),
    (0.70, 0.38, 0.12),
    (0.68, 0.68, 0.66),
    (0.40, 0.42, 0.44),
    (0.36, 0.13, 0.13),
    (0.80, 0.78, 0.72),
    (0.10, 0.16, 0.26),
    (0.18, 0.46, 0.56),
)
ROOFS = (
    (0.60, 0.61, 0.62),
    (0.46, 0.48, 0.50),
    (0.70, 0.69, 0.65),
    (0.42, 0.30, 0.26),
    (0.34, 0.42, 0.42),
    (0.50, 0.34, 0.28),
    (0.76, 0.76, 0.75),
)


def building(
    canvas: Canvas,
    pose: Pose,
    length: float,
    width: float,
    eaves: float,
    rng: Generator,
    roof: Sequence[float] | None = None,
    kind: str | None = None,
) -> None:
    """Raise a hall: barrel, gable or flat roof with ribs, skylights, vents and weather streaks."""
    kind = str(rng.choice(["barrel", "gable", "flat"])) if kind is None else kind
    paint = np.array(ROOFS[rng.integers(len(ROOFS))] if roof is None else roof, np.float32) * np.float32(rng.uniform(0.9, 1.06))
    found = canvas.grid(pose, length / 2, width / 2)
    if found is None:
        return
    region, u, v = found
    across = np.abs(v) / np.float32(width / 2)
    rise = {
        "barrel": width * 0.13 * np.sqrt(np.clip(1 - across**2, 0, 1)),
        "gable": width * 0.12 * (1 - across),
        "flat": 0.0 * v,
    }[kind]
    alpha = canvas.cover(np.maximum(np.abs(u) - np.float32(length / 2), np.abs(v) - np.float32(width / 2)))
    wear = 0.05 * noise(canvas, 6, rng, 1.0)[region] + 0.03 * noise(canvas, 0.8, rng)[region]
    rib = 0.035 * np.cos(u * np.float32(2 * np.pi / 1.1)) if canvas.scale > 3 else 0.0 * u
    sheet = 0.03 * np.where(np.floor(u / 6.0).astype(int) % 3 == 0, 1, -0.4)
    color = paint * (1 + wear + rib + sheet)[..., None]
    if kind != "flat":
        canvas.apply(region, alpha, color, (eaves + rise).astype(np.float32))
        canvas.box(pose, length, 0.5, paint * 0.8, None, 0, 0.7)
        for a in np.arange(-length / 2 + 6, length / 2 - 4, rng.choice([8.0, 12.0])):
            for side in (-1, 1):
                canvas.box(pose.at(float(a), side * width * 0.27), 1.3, width * 0.2, (0.80, 0.84, 0.86), None, 0, 0.6)
    else:
        canvas.apply(region, alpha, paint * 0.75, eaves + 0.7)
        canvas.apply(
            region,
            canvas.cover(np.maximum(np.abs(u) - np.float32(length / 2 - 0.5), np.abs(v) - np.float32(width / 2 - 0.5))),
            color,
            eaves,
        )
        for _ in range(int(length * width / 130) + 1):
            spot = pose.at(rng.uniform(-0.42, 0.42) * length, rng.uniform(-0.36, 0.36) * width)
            size = rng.uniform(1.0, 3.2)
            canvas.box(
                spot,
                size * rng.uniform(1, 1.8),
                size,
                np.array((0.66, 0.66, 0.64)) * rng.uniform(0.7, 1.2),
                eaves + rng.uniform(0.8, 2.0),
            )
            if rng.random() < 0.4:
                canvas.disc(spot.x, spot.y, size * 0.3, (0.25, 0.25, 0.26), None, 0, 0.8)
        if rng.random() < 0.6:
            canvas.box(pose.at(0, rng.uniform(-0.2, 0.2) * width), length * 0.5, 2.2, (0.36, 0.44, 0.50), eaves + 0.9)


def storage_tank(canvas: Canvas, x: float, y: float, radius: float, rng: Generator, tall: float | None = None) -> int:
    """Raise a storage tank: cone roof with seams, or a floating roof sunk below its rim."""
    tall = rng.uniform(7, 13) if tall is None else tall
    paint = np.array(
        ((0.90, 0.90, 0.88), (0.80, 0.81, 0.80), (0.62, 0.66, 0.66), (0.72, 0.70, 0.62))[rng.choice(4, p=(0.5, 0.25, 0.15, 0.1))]
    )
    owner = canvas.begin("storage tank")
    found = canvas.grid(Pose(x, y, rng.uniform(0, 2 * np.pi)), radius, radius)
    if found is None:
        canvas.finish(owner)
        return owner
    region, u, v = found
    r, angle = np.hypot(u, v), np.arctan2(v, u)
    if rng.random() < 0.4 and radius > 6:
        canvas.apply(region, canvas.cover(r - np.float32(radius)), paint, np.float32(tall), owner)
        sunk = canvas.cover(r - np.float32(radius - 0.35))
        deck = paint * 0.72 * (1 + 0.05 * noise(canvas, 2.5, rng)[region])[..., None]
        canvas.apply(region, sunk, deck, np.float32(tall - rng.uniform(1.5, 6)), owner)
        canvas.apply(region, canvas.cover(np.abs(r - np.float32(radius * 0.82)) - np.float32(0.25)), paint * 0.9, None, owner)
        canvas.box(Pose(x, y, rng.uniform(0, 6)).at(radius * 0.5, 0), radius, 0.6, paint * 0.5, None, owner, 0.8)
    else:
        roof = (tall + 0.16 * radius * (1 - r / np.float32(radius))).astype(np.float32)
        seams = 1 - 0.10 * (np.abs(np.sin(angle * 12)) * r < 0.12 * radius * 0.5) - 0.05 * (np.abs(r - radius * 0.55) < 0.15)
        rust = np.clip(noise(canvas, 0.8, rng)[region] - 2.0, 0, 1)
        color = (paint * (seams * (1 + 0.025 * noise(canvas, 3, rng)[region]))[..., None]).astype(np.float32)
        color += rust[..., None] * (np.array((0.45, 0.26, 0.16), np.float32) - color) * 0.6
        canvas.apply(region, canvas.cover(r - np.float32(radius)), color, roof, owner)
        canvas.apply(region, canvas.cover(np.abs(r - np.float32(radius - 0.2)) - np.float32(0.12)), paint * 0.7, None, owner)
        canvas.disc(x, y, radius * 0.07 + 0.2, paint * 0.6, tall + 0.16 * radius + 0.5, owner)
        turn = rng.uniform(0, 6)
        canvas.box(Pose(x, y, turn).at(radius * 0.75, 0), radius * 0.5, 0.5, (0.42, 0.42, 0.42), None, owner, 0.8)
    canvas.finish(owner)
    return owner


def container(canvas: Canvas, pose: Pose, tiers: int, rng: Generator, long: bool = True) -> None:
    """Set down a stack of shipping containers with corrugated tops."""
    paint = np.array(CONTAINER_PAINTS[rng.integers(len(CONTAINER_PAINTS))]) * rng.uniform(0.82, 1.1)
    length = 12.2 if long else 6.1
    canvas.box(pose, length, 2.44, paint, 2.6 * tiers)
    for a in np.arange(-length / 2 + 0.6, length / 2, 0.9):
        canvas.box(pose.at(float(a), 0), 0.14, 2.2, paint * 0.84, None, 0, 0.5)
    if rng.random() < 0.25:
        canvas.disc(*pose.points([[rng.uniform(-0.4, 0.4) * length, 0]])[0], 0.7, (0.42, 0.25, 0.16), None, 0, 0.35)


def tree(canvas: Canvas, x: float, y: float, radius: float, rng: Generator, leaf: Sequence[float]) -> None:
    """Grow a crown of overlapping clumps, each a dome of its own tone."""
    base = np.array(leaf) * rng.uniform(0.8, 1.2) * (1, rng.uniform(0.94, 1.06), rng.uniform(0.8, 1.1))
    tall = radius * rng.uniform(1.1, 1.7) + 1.5
    n = int(10 + radius * 6)
    spots = sorted(((rng.uniform(0, 1) ** 0.6, rng.uniform(0, 2 * np.pi)) for _ in range(n)), key=lambda s: -s[0])
    for far, angle in spots:
        size = radius * rng.uniform(0.26, 0.42)
        cx, cy = x + np.cos(angle) * far * (radius - size * 0.6), y + np.sin(angle) * far * (radius - size * 0.6)
        found = canvas.grid(Pose(cx, cy), size, size)
        if found is None:
            continue
        region, u, v = found
        r = np.hypot(u, v) / np.float32(size)
        speckle = rng.standard_normal(r.shape, dtype=np.float32)
        dome = np.clip(1 - r**2, 0, 1)
        z = (tall * (1 - 0.55 * far**2) + size * 0.9 * np.sqrt(dome) + 0.10 * speckle).astype(np.float32)
        color = (base * rng.uniform(0.8, 1.18) * (1 + 0.12 * speckle[..., None])).astype(np.float32)
        inside = canvas.cover((r - 1 + 0.12 * speckle) * np.float32(size))
        keep = inside * (z > canvas.top[region] - 0.4)
        canvas.apply(region, keep.astype(np.float32), color, z)


def grove(canvas: Canvas, pose: Pose, length: float, width: float, density: float, rng: Generator, leaf: Sequence[float]) -> None:
    """Scatter trees over a rectangle, ``density`` per 100 square metres, tall ones last."""
    n = rng.poisson(length * width / 100 * density)
    for radius in sorted(rng.uniform(1.6, 4.6, n)):
        x, y = pose.points([[rng.uniform(-0.5, 0.5) * length, rng.uniform(-0.5, 0.5) * width]])[0]
        tree(canvas, float(x), float(y), float(radius), rng, leaf)


def lamp_post(
    canvas: Canvas,
    x: float,
    y: float,
    rng: Generator,
    reach: float = 13.0,
    rgb: tuple[float, float, float] = (1.0, 0.78, 0.45),
    tall: float = 8.0,
) -> None:
    """Set a lamp post that lights its surroundings at night."""
    canvas.disc(x, y, 0.22, (0.5, 0.5, 0.5), tall)
    canvas.line([[x, y], [x + 0.9, y + 0.3]], 0.22, (0.55, 0.55, 0.55), tall)
    k = rng.uniform(0.8, 1.2)
    canvas.lamps.append(Lamp(x, y, reach, (rgb[0] * k, rgb[1] * k, rgb[2] * k)))


def quay_crane(canvas: Canvas, pose: Pose, reach: float, rng: Generator) -> None:
    """Raise a ship-to-shore gantry crane; its boom lies ahead, over the water."""
    paint = np.array(((0.20, 0.36, 0.58), (0.76, 0.26, 0.16), (0.84, 0.66, 0.18), (0.70, 0.72, 0.74))[rng.integers(4)])
    for u in (-9.0, 7.0):
        for v in (-7.5, 7.5):
            canvas.box(pose.at(u, v), 1.6, 1.4, paint * 0.8, 14)
        canvas.box(pose.at(u, 0), 1.1, 16.4, paint * 0.9, 15)
    for v in (-7.5, 7.5):
        canvas.box(pose.at(-1.0, v), 17, 0.9, paint, 15.5)
    for v in (-2.2, 2.2):
        canvas.box(pose.at((reach - 16) / 2, v), reach + 16, 0.7, paint, 19)
    for u in np.arange(-14, reach - 1, 3.2):
        canvas.box(pose.at(float(u), 0), 0.35, 4.6, paint * 0.92, 18.8)
    canvas.box(pose.at(-10, 0), 6.5, 5.2, (0.86, 0.86, 0.84), 21)
    canvas.box(pose.at(rng.uniform(0.2, 0.8) * reach, 0), 3.2, 4.0, (0.3, 0.3, 0.3), 19.4)
    x, y = pose.points([[2.0, 0.0]])[0]
    canvas.lamps.append(Lamp(float(x), float(y), 22.0, (1.3, 1.2, 1.0), 1.0))


def rocks(canvas: Canvas, points: FloatArray, width: float, rng: Generator) -> None:
    """Heap a breakwater of boulders along a polyline of scene metres."""
    for (x0, y0), (x1, y1) in pairwise(points):
        total = float(np.hypot(x1 - x0, y1 - y0))
        for _ in range(int(total * width * 0.42)):
            t, side = rng.random(), np.clip(rng.normal(0, 0.27), -0.55, 0.55)
            nx, ny = -(y1 - y0) / total, (x1 - x0) / total
            x, y = x0 + (x1 - x0) * t + nx * side * width, y0 + (y1 - y0) * t + ny * side * width
            size = rng.uniform(0.7, 1.9)
            z = 2.6 * (1 - (abs(side) / 0.55) ** 1.5) - 2.2 + rng.uniform(0, 0.8)
            angles = np.sort(rng.uniform(0, 2 * np.pi, 6))
            shape = np.stack(
                [x + np.cos(angles) * size * rng.uniform(0.7, 1.1, 6), y + np.sin(angles) * size * rng.uniform(0.7, 1.1, 6)], 1
            )
            tone = rng.uniform(0.32, 0.62)
            canvas.polygon(shape, (tone, tone * 0.97, tone * 0.91), z)
