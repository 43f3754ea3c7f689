"""Airliners, small planes and helicopters: outlines in metres, nose ahead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from .canvas import Canvas, Pose, mirrored

WHITE = (0.93, 0.93, 0.92)
LIVERIES = (
    (0.12, 0.22, 0.48),
    (0.70, 0.13, 0.13),
    (0.90, 0.52, 0.10),
    (0.10, 0.42, 0.38),
    (0.86, 0.76, 0.15),
    (0.30, 0.12, 0.38),
    (0.10, 0.12, 0.16),
    (0.20, 0.50, 0.78),
)


def tube(
    canvas: Canvas,
    pose: Pose,
    length: float,
    radius: float,
    base: float,
    color: Sequence[float],
    owner: int,
    nose: float = 0.16,
    tail: float = 0.34,
) -> None:
    """Paint a lying body of revolution with a round nose and a tapering tail (shares of its length)."""
    found = canvas.grid(pose, length / 2, radius)
    if found is None:
        return
    region, u, v = found
    along = (u + np.float32(length / 2)) / np.float32(length)
    front = np.sqrt(np.clip(1 - np.clip((along - (1 - nose)) / nose, 0, 1) ** 2, 0, 1))
    back = 0.12 + 0.88 * np.sqrt(np.clip(1 - np.clip((tail - along) / tail, 0, 1) ** 1.7, 0, 1))
    local = (radius * np.minimum(front, back) * ((along >= 0) & (along <= 1))).astype(np.float32)
    alpha = canvas.cover(np.abs(v) - local) * (local > 0)
    top = (base + np.sqrt(np.clip(local**2 - v**2, 0, None))).astype(np.float32)
    canvas.apply(region, alpha, color, top, owner)


def airliner(
    canvas: Canvas, pose: Pose, rng: Generator, length: float | None = None, livery: Sequence[float] | None = None
) -> int:
    """Draw a swept twin jet, 30 to 46 m long."""
    length = rng.uniform(31, 45) if length is None else length
    livery = LIVERIES[rng.integers(len(LIVERIES))] if livery is None else livery
    k = length / 38
    body = np.array(WHITE) * rng.uniform(0.92, 1.03)
    metal = np.array((0.72, 0.73, 0.75)) * rng.uniform(0.9, 1.08)
    owner = canvas.begin("airliner")
    pods = livery if rng.random() < 0.4 else body
    for side in (-1, 1):
        tube(canvas, pose.at(4.6 * k, side * 5.9 * k), 4.6 * k, 1.05 * k, 1.6, pods, owner, nose=0.25, tail=0.4)
        canvas.disc(*pose.points([[6.7 * k, side * 5.9 * k]])[0], 0.7 * k, (0.18, 0.18, 0.2), None, owner, 0.7)
    span = 17.4 * k
    for wing in mirrored(
        [
            (6.2 * k, 1.2 * k),
            (3.0 * k, 5.6 * k),
            (-3.6 * k, span - 0.5 * k),
            (-4.6 * k, span),
            (-5.3 * k, span - 0.1 * k),
            (-2.6 * k, 5.8 * k),
            (-3.0 * k, 1.2 * k),
        ]
    ):
        canvas.polygon(pose.points(wing), metal, 3.3, owner)
    for flap in mirrored([(-1.1 * k, 2.0 * k), (-1.2 * k, 5.7 * k), (-4.3 * k, span - 2 * k)]):
        canvas.line(pose.points(flap), 0.16 * k, metal * 0.62, None, owner, 0.8)
    for edge in mirrored([(6.2 * k, 1.6 * k), (3.0 * k, 5.6 * k), (-3.5 * k, span - 0.6 * k)]):
        canvas.line(pose.points(edge), 0.28 * k, (0.9, 0.9, 0.92), None, owner, 0.7)
    for tip in mirrored(
        [(-3.7 * k, span - 0.5 * k), (-5.5 * k, span + 0.15 * k), (-6.1 * k, span + 0.1 * k), (-5.2 * k, span - 0.4 * k)]
    ):
        canvas.polygon(pose.points(tip), livery, 4.6, owner)
    tube(canvas, pose, length, 1.98 * k, 2.6, body, owner)
    for tail in mirrored([(-14.0 * k, 0.7 * k), (-16.6 * k, 6.3 * k), (-18.2 * k, 6.4 * k), (-17.6 * k, 0.5 * k)]):
        canvas.polygon(pose.points(tail), metal * 1.04, 5.4, owner)
    canvas.polygon(
        pose.points(
            [(-12.4 * k, 0.0), (-16.4 * k, -0.3 * k), (-18.9 * k, -0.22 * k), (-18.9 * k, 0.22 * k), (-16.4 * k, 0.3 * k)]
        ),
        livery,
        11.0 * k,
        owner,
    )
    canvas.polygon(
        pose.points([(17.3 * k, -0.75 * k), (17.9 * k, 0.0), (17.3 * k, 0.75 * k), (16.7 * k, 1.0 * k), (16.7 * k, -1.0 * k)]),
        (0.09, 0.1, 0.12),
        None,
        owner,
        0.9,
    )
    if rng.random() < 0.5:
        canvas.box(pose.at(9.5 * k, 0), 5 * k, 2.4 * k, livery, None, owner, 0.55)
    if rng.random() < 0.5:
        canvas.box(pose.at(-13.0 * k, 0), 5.4 * k, 1.7 * k, livery, None, owner, 0.5)
    canvas.box(pose.at(1.2 * k, 0), 7.5 * k, 0.5 * k, metal * 0.85, None, owner, 0.35)
    canvas.finish(owner)
    return owner


def small_plane(canvas: Canvas, pose: Pose, rng: Generator) -> int:
    """Draw a light aircraft, single or twin propeller, 7 to 11 m long."""
    twin = rng.random() < 0.22
    length = rng.uniform(9.4, 11.0) if twin else rng.uniform(7.2, 9.2)
    k = length / 8
    paint = np.array(WHITE) * rng.uniform(0.9, 1.02)
    if rng.random() < 0.15:
        paint = np.array(((0.78, 0.66, 0.16), (0.60, 0.15, 0.13), (0.18, 0.30, 0.55), (0.42, 0.46, 0.36))[rng.integers(4)])
    trim = np.array(LIVERIES[rng.integers(len(LIVERIES))])
    high_wing = not twin and rng.random() < 0.6
    owner = canvas.begin("small plane")
    span, chord = (4.9 if twin else 5.35) * k, 0.78 * k

    def wings() -> None:
        taper = rng.uniform(0.6, 1.0)
        for wing in mirrored(
            [
                (1.35 * k + chord, 0.0),
                (1.3 * k + chord * 0.9, span * 0.6),
                (1.2 * k + chord * taper * 0.8, span),
                (1.1 * k - chord * taper * 0.7, span),
                (1.15 * k - chord, 0.0),
            ]
        ):
            canvas.polygon(pose.points(wing), paint * 0.98, 2.4 if high_wing else 1.3, owner)
        for tip in mirrored(
            [
                (1.2 * k + chord * taper * 0.7, span * 0.9),
                (1.2 * k + chord * taper * 0.7, span),
                (1.1 * k - chord * taper * 0.6, span),
                (1.1 * k - chord * taper * 0.6, span * 0.9),
            ]
        ):
            canvas.polygon(pose.points(tip), trim, None, owner, 0.85)
        for flap in mirrored([(0.72 * k, 0.7 * k), (0.72 * k, span * 0.9)]):
            canvas.line(pose.points(flap), 0.1, paint * 0.55, None, owner, 0.7)

    if not high_wing:
        wings()
    if twin:
        for side in (-1, 1):
            tube(canvas, pose.at(1.9 * k, side * 1.7 * k), 2.4 * k, 0.34 * k, 1.2, paint * 0.97, owner)
            canvas.box(pose.at(3.15 * k, side * 1.7 * k), 0.12, 2.0, (0.15, 0.15, 0.15), 1.3, owner, 0.75)
    tube(canvas, pose, length, 0.6 * k, 1.0, paint, owner, nose=0.2, tail=0.6)
    canvas.box(pose.at(-1.0 * k, 0), 4.6 * k, 0.24 * k, trim, None, owner, 0.7)
    canvas.polygon(
        pose.points([(1.9 * k, -0.42 * k), (2.15 * k, 0), (1.9 * k, 0.42 * k), (0.2 * k, 0.4 * k), (0.2 * k, -0.4 * k)]),
        (0.13, 0.16, 0.2),
        1.75,
        owner,
    )
    if high_wing:
        wings()
    for tail in mirrored([(-2.75 * k, 0.0), (-2.95 * k, 1.6 * k), (-3.65 * k, 1.6 * k), (-3.75 * k, 0.0)]):
        canvas.polygon(pose.points(tail), paint * 0.99, 1.5, owner)
    canvas.polygon(pose.points([(-2.5 * k, 0.0), (-3.6 * k, -0.09 * k), (-4.0 * k, 0), (-3.6 * k, 0.09 * k)]), trim, 2.7, owner)
    if not twin:
        canvas.box(pose.at(4.0 * k, 0), 0.13, 1.9, (0.14, 0.14, 0.14), 1.3, owner, 0.8)
    canvas.finish(owner)
    return owner


def helicopter(canvas: Canvas, pose: Pose, rng: Generator) -> int:
    """Draw a light to medium helicopter, rotor still or turning."""
    k = rng.uniform(0.9, 1.3)
    paint = np.array(
        ((0.86, 0.70, 0.10), (0.72, 0.13, 0.12), (0.13, 0.20, 0.40), (0.33, 0.37, 0.27), (0.90, 0.90, 0.90))[rng.integers(5)]
    )
    owner = canvas.begin("helicopter")
    for side in (-1, 1):
        canvas.box(pose.at(0.6 * k, side * 1.15 * k), 4.2 * k, 0.16, (0.2, 0.2, 0.2), 0.4, owner)
    canvas.polygon(
        pose.points([(-1.2 * k, -0.42 * k), (-1.2 * k, 0.42 * k), (-7.2 * k, 0.16 * k), (-7.2 * k, -0.16 * k)]),
        paint * 0.95,
        2.2,
        owner,
    )
    canvas.box(pose.at(-6.1 * k, 0), 0.7 * k, 2.5 * k, paint * 0.9, 2.3, owner)
    canvas.polygon(
        pose.points([(-6.5 * k, 0.1 * k), (-7.9 * k, 0.12 * k), (-7.9 * k, -0.1 * k), (-6.5 * k, -0.1 * k)]),
        paint * 0.8,
        3.6,
        owner,
    )
    tube(canvas, pose.at(0.55 * k, 0), 5.0 * k, 1.12 * k, 1.0, paint, owner, nose=0.4, tail=0.42)
    canvas.polygon(
        pose.points(
            [
                (2.7 * k, -0.35 * k),
                (2.7 * k, 0.35 * k),
                (1.7 * k, 0.95 * k),
                (1.2 * k, 0.95 * k),
                (1.2 * k, -0.95 * k),
                (1.7 * k, -0.95 * k),
            ]
        ),
        (0.1, 0.13, 0.17),
        None,
        owner,
        0.92,
    )
    tube(canvas, pose.at(-0.3 * k, 0), 2.4 * k, 0.55 * k, 2.5, paint * 0.8, owner, nose=0.4, tail=0.5)
    start, reach = rng.uniform(0, np.pi), 5.3 * k
    if rng.random() < 0.25:
        x, y = pose.points([[0.1 * k, 0]])[0]
        canvas.disc(x, y, reach, (0.55, 0.56, 0.58), None, owner, 0.22)
    blades = int(rng.integers(2, 5))
    for i in range(blades):
        turn = start + 2 * np.pi * i / blades
        canvas.box(
            Pose(*pose.points([[0.1 * k, 0]])[0], pose.heading).at(0, 0, turn).at(reach / 2, 0),
            reach,
            0.34 * k,
            (0.23, 0.23, 0.24),
            3.7,
            owner,
        )
    canvas.disc(*pose.points([[0.1 * k, 0]])[0], 0.4 * k, (0.3, 0.3, 0.3), 3.9, owner)
    canvas.finish(owner)
    return owner
