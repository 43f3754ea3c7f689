"""Cars and trucks."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from .canvas import Canvas, Pose

CAR_PAINTS = (
    (0.90, 0.90, 0.90),
    (0.68, 0.69, 0.70),
    (0.42, 0.43, 0.45),
    (0.12, 0.12, 0.13),
    (0.20, 0.21, 0.24),
    (0.58, 0.10, 0.10),
    (0.13, 0.24, 0.48),
    (0.80, 0.80, 0.78),
    (0.30, 0.36, 0.30),
    (0.74, 0.66, 0.52),
    (0.80, 0.62, 0.10),
)
CAR_WEIGHTS = np.array((22, 16, 12, 14, 10, 7, 8, 8, 2, 2, 1.5))
GLASS = (0.07, 0.085, 0.10)
BOX_PAINTS = (
    (0.90, 0.90, 0.88),
    (0.82, 0.83, 0.84),
    (0.16, 0.28, 0.50),
    (0.66, 0.16, 0.13),
    (0.20, 0.40, 0.30),
    (0.86, 0.62, 0.16),
    (0.55, 0.57, 0.58),
)


def rounded(
    canvas: Canvas, pose: Pose, length: float, width: float, corner: float, color: object, top: float | None, owner: int
) -> None:
    """Paint a rectangle with round corners."""
    found = canvas.grid(pose, length / 2, width / 2)
    if found is None:
        return
    region, u, v = found
    a, b = np.abs(u) - np.float32(length / 2 - corner), np.abs(v) - np.float32(width / 2 - corner)
    distance = np.hypot(np.maximum(a, 0), np.maximum(b, 0)) + np.minimum(np.maximum(a, b), 0) - np.float32(corner)
    canvas.apply(region, canvas.cover(distance), color, top, owner)


def car(canvas: Canvas, pose: Pose, rng: Generator) -> int:
    """Draw a saloon, estate, van or pick-up, 3.8 to 5.4 m long."""
    kind = rng.choice(4, p=(0.5, 0.27, 0.15, 0.08))
    length, width = (
        (rng.uniform(4.2, 4.8), rng.uniform(4.0, 4.6), rng.uniform(4.9, 5.4), rng.uniform(5.0, 5.4))[kind],
        rng.uniform(1.75, 1.95),
    )
    paint = np.array(CAR_PAINTS[rng.choice(len(CAR_PAINTS), p=CAR_WEIGHTS / CAR_WEIGHTS.sum())]) * rng.uniform(0.92, 1.06)
    if kind == 2 and rng.random() < 0.6:
        paint = np.array((0.9, 0.9, 0.9))
    owner = canvas.begin("car")
    rounded(canvas, pose, length, width, 0.45, paint, 0.85, owner)
    h, w = length / 2, width - 0.22
    rear, front = ((-0.62, 0.42), (-0.92, 0.42), (-0.95, 0.62), (-0.1, 0.45))[kind]
    top = (1.42, 1.5, 2.0, 1.6)[kind]
    rounded(canvas, pose.at(h * (rear + front) / 2, 0), h * (front - rear), w, 0.3, GLASS, top - 0.25, owner)
    back_glass, front_glass = (0.2, 0.26) if kind != 2 else (0.03, 0.2)
    rounded(
        canvas,
        pose.at(h * (rear + back_glass + front - front_glass) / 2, 0),
        h * (front - front_glass - rear - back_glass),
        w - 0.16,
        0.2,
        paint * 1.02,
        top,
        owner,
    )
    if kind == 3:
        rounded(canvas, pose.at(-h * 0.55, 0), h * 0.78, w - 0.1, 0.1, paint * 0.35, 0.6, owner)
    for side in (-1, 1):
        canvas.disc(*pose.points([[h - 0.2, side * (width / 2 - 0.32)]])[0], 0.2, (0.95, 0.95, 0.92), None, owner, 0.7)
        canvas.disc(*pose.points([[-h + 0.15, side * (width / 2 - 0.3)]])[0], 0.17, (0.6, 0.08, 0.06), None, owner, 0.7)
    canvas.finish(owner)
    return owner


def truck(canvas: Canvas, pose: Pose, rng: Generator, container: object = None, share_long: float = 0.55) -> int:
    """Draw a lorry: box, tarpaulin, tanker, tipper or a container on its chassis; 7.5 to 16 m long."""
    kind = 4 if container is not None else rng.choice(4, p=(0.5, 0.2, 0.18, 0.12))
    long = kind == 4 or rng.random() < share_long
    length, width = rng.uniform(14, 16.3) if long else rng.uniform(7.5, 10.5), 2.5
    cab_paint = np.array(BOX_PAINTS[rng.integers(len(BOX_PAINTS))])
    load = np.array(BOX_PAINTS[rng.integers(len(BOX_PAINTS))] if rng.random() < 0.5 else (0.88, 0.88, 0.87)) * rng.uniform(
        0.9, 1.05
    )
    owner = canvas.begin("truck")
    canvas.box(pose, length - 0.6, 1.1, (0.12, 0.12, 0.12), 1.1, owner)
    cab = pose.at(length / 2 - 1.1, 0)
    rounded(canvas, cab, 2.2, 2.4, 0.3, cab_paint, 2.9, owner)
    canvas.box(cab.at(0.82, 0), 0.36, 2.1, GLASS, None, owner, 0.9)
    canvas.box(cab.at(-0.35, 0), 1.0, 1.8, cab_paint * 0.93, 3.3, owner)
    bed, middle = length - 3.1, pose.at(-1.55, 0)
    if kind == 2:
        found = canvas.grid(middle, bed / 2, 1.2)
        if found is not None:
            region, u, v = found
            distance = np.maximum(np.abs(u) - np.float32(bed / 2 - 0.2), np.abs(v) - np.float32(1.18))
            top = (1.5 + 1.7 * np.sqrt(np.clip(1 - (v / 1.25) ** 2, 0, 1))).astype(np.float32)
            canvas.apply(region, canvas.cover(distance), (0.80, 0.81, 0.82), top, owner)
        for a in np.arange(-bed / 2 + 1.2, bed / 2 - 0.5, 1.9):
            canvas.disc(*middle.points([[a, 0]])[0], 0.3, (0.3, 0.3, 0.3), None, owner, 0.8)
        canvas.box(middle, bed - 0.8, 0.35, (0.6, 0.6, 0.6), None, owner, 0.6)
    elif kind == 3:
        canvas.box(middle, bed, width, load * 0.8, 2.6, owner)
        canvas.box(middle, bed - 0.4, width - 0.4, np.array((0.44, 0.37, 0.28)) * rng.uniform(0.7, 1.3), 2.2, owner)
    else:
        paint = np.asarray(container) if kind == 4 else load
        canvas.box(middle, bed, width, paint, 3.9, owner)
        for a in np.arange(-bed / 2 + 0.5, bed / 2, 1.2 if kind == 1 else 0.8):
            canvas.box(middle.at(a, 0), 0.12, width - 0.1, paint * 0.82, None, owner, 0.55)
        canvas.box(middle.at(bed / 2 - 0.08, 0), 0.16, width, paint * 0.6, None, owner, 0.7)
    canvas.finish(owner)
    return owner


def service_truck(canvas: Canvas, pose: Pose, rng: Generator) -> int:
    """Draw a lorry of the sort that serves aircraft: mostly short."""
    return truck(canvas, pose, rng, share_long=0.15)
