"""Ships and boats, bow ahead, and the wake behind them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from .aircraft import WHITE
from .canvas import Canvas, Lamp, Pose
from .structures import CONTAINER_PAINTS
from .terrain import noise
from .vehicles import GLASS, rounded

WATER_LEVEL = -2.4
HULLS = ((0.10, 0.14, 0.24), (0.40, 0.10, 0.09), (0.09, 0.10, 0.10), (0.10, 0.28, 0.24), (0.22, 0.32, 0.46), (0.82, 0.82, 0.80))
DECKS = ((0.42, 0.19, 0.14), (0.25, 0.38, 0.31), (0.46, 0.47, 0.47), (0.50, 0.34, 0.24))


def hull(length: float, width: float, bow: float, stern: float = 0.84, inset: float = 0.0) -> list[tuple[float, float]]:
    """Return the outline of a hull: a bow ``bow`` long that rounds into straight sides, and a nearly square stern."""
    a, b = length / 2 - inset, width / 2 - inset
    turn = np.linspace(0, np.pi / 2, 9)
    side = [(a - bow + bow * np.cos(t) ** 0.9, b * np.sin(t) ** 0.8) for t in turn]
    half = [*side, (-a + 0.12 * length, b), (-a, b * stern)]
    return half + [(u, -v) for u, v in reversed(half)]


def wake(canvas: Canvas, pose: Pose, length: float, width: float, rng: Generator) -> None:
    """Paint foam behind a moving vessel: a churned band and two spreading arms."""
    reach = length * rng.uniform(2.2, 4.0)
    found = canvas.grid(pose.at(-reach / 2, 0), reach / 2, reach * 0.35)
    if found is None:
        return
    region, u, v = found
    back = np.float32(reach / 2) - u
    fade = np.clip(1 - back / reach, 0, 1) ** 1.2
    grain = 0.6 + 0.5 * noise(canvas, 0.8, rng)[region] + 0.3 * noise(canvas, 2.5, rng)[region]
    band = np.exp(-((v / (width * (0.38 + 0.25 * back / reach))) ** 2)) * (back > length * 0.4)
    arm = np.exp(-(((np.abs(v) - 0.20 * back - width * 0.3) / (0.25 + 0.03 * back)) ** 2)) * 0.75
    foam = np.clip((band * 0.85 + arm) * fade * grain, 0, 0.9).astype(np.float32)
    canvas.apply(region, foam * canvas.water[region], (0.86, 0.90, 0.91))


def ship(
    canvas: Canvas, pose: Pose, rng: Generator, length: float | None = None, kind: str | None = None, moving: bool = False
) -> int:
    """Draw a container ship, bulk carrier or tanker, 45 to 150 m long."""
    length = rng.uniform(55, 120) if length is None else length
    width = length / rng.uniform(5.6, 6.6)
    kind = str(rng.choice(["container", "bulk", "tanker"])) if kind is None else kind
    side = np.array(HULLS[rng.integers(len(HULLS))])
    deck = np.array(DECKS[rng.integers(len(DECKS))]) * rng.uniform(0.85, 1.1)
    if moving:
        wake(canvas, pose, length * 0.8, width, rng)
    owner, bow = canvas.begin("ship"), length * 0.17
    deck_top = WATER_LEVEL + 3.0 + length * 0.035
    canvas.polygon(pose.points(hull(length, width, bow)), side, deck_top + 0.6, owner)
    canvas.polygon(pose.points(hull(length, width, bow, inset=0.45)), deck, deck_top, owner)
    canvas.polygon(
        pose.points(hull(length, width, bow, inset=0.45)[:8] + hull(length, width, bow, inset=0.45)[-8:]),
        deck * 0.92,
        deck_top + 1.2,
        owner,
    )
    house = length * 0.105
    aft = pose.at(-length / 2 + house * 1.05, 0)
    lo, hi = -length / 2 + house * 1.75, length / 2 - bow * 1.05
    if kind == "container":
        _container_bays(canvas, pose, lo, hi, width, deck_top, owner, rng)
    elif kind == "bulk":
        n = max(3, int((hi - lo) / (width * 1.0)))
        for i in range(n):
            hatch, middle = (hi - lo) / n * 0.72, lo + (i + 0.5) * (hi - lo) / n
            canvas.box(pose.at(middle, 0), hatch, width * 0.62, deck * 0.7, deck_top + 1.2, owner)
            canvas.box(
                pose.at(middle, 0),
                hatch - 0.6,
                width * 0.62 - 0.6,
                np.array((0.52, 0.50, 0.46)) * rng.uniform(0.8, 1.15),
                deck_top + 1.5,
                owner,
            )
            canvas.box(pose.at(middle, 0), hatch, 0.25, deck * 0.5, None, owner, 0.8)
            if i % 2 == 0 and i:
                foot = pose.at(lo + i * (hi - lo) / n, 0)
                canvas.disc(foot.x, foot.y, 1.1, (0.86, 0.74, 0.32), deck_top + 9, owner)
                canvas.box(
                    foot.at(0, 0, rng.uniform(-0.5, 0.5)).at(width * 0.5, 0),
                    width,
                    0.7,
                    (0.86, 0.74, 0.32),
                    deck_top + 9.5,
                    owner,
                )
    else:
        canvas.box(pose.at((lo + hi) / 2, 0), hi - lo, width * 0.09, (0.66, 0.65, 0.62), deck_top + 1.6, owner)
        for offset in (-0.16, -0.11, 0.12, 0.17):
            canvas.box(pose.at((lo + hi) / 2, offset * width), (hi - lo) * 0.95, 0.28, (0.62, 0.56, 0.5), deck_top + 0.7, owner)
        for a in np.linspace(lo, hi, 6)[1:-1]:
            canvas.box(pose.at(a, 0), 0.5, width * 0.82, deck * 0.6, deck_top + 0.8, owner)
        canvas.box(pose.at((lo + hi) / 2, 0), 2.2, width * 0.6, (0.7, 0.66, 0.58), deck_top + 1.8, owner)
    _bridge(canvas, aft, house, width, deck_top, side, owner, rng)
    canvas.disc(*pose.points([[length / 2 - bow * 0.55, 0]])[0], width * 0.045 + 0.2, (0.8, 0.78, 0.7), deck_top + 7, owner)
    canvas.finish(owner)
    for u in (-length / 2 + house, length * 0.1, length / 2 - bow):
        x, y = pose.points([[u, 0]])[0]
        canvas.lamps.append(Lamp(float(x), float(y), 9.0, (0.9, 0.8, 0.6)))
    return owner


def _container_bays(
    canvas: Canvas, pose: Pose, lo: float, hi: float, width: float, deck_top: float, owner: int, rng: Generator
) -> None:
    rows, bay = max(3, int((width - 1.6) / 2.5)), 6.4 if width < 14 else 12.6
    n = int((hi - lo) / (bay + 0.9))
    for i in range(n):
        u = lo + (i + 0.5) * (hi - lo) / n
        tiers = int(rng.integers(1, 5)) if rng.random() > 0.12 else 0
        canvas.box(pose.at(u, 0), bay + 0.2, rows * 2.5, (0.30, 0.22, 0.2), deck_top + 0.8, owner)
        for j in range(rows):
            tier = max(0, tiers - int(rng.random() < 0.22))
            if tier:
                paint = np.array(CONTAINER_PAINTS[rng.integers(len(CONTAINER_PAINTS))]) * rng.uniform(0.85, 1.08)
                canvas.box(pose.at(u, (j - (rows - 1) / 2) * 2.5), bay, 2.42, paint, deck_top + 0.8 + 2.6 * tier, owner)


def _bridge(
    canvas: Canvas, aft: Pose, house: float, width: float, deck_top: float, side: object, owner: int, rng: Generator
) -> None:
    tall = 5 + house * 0.9
    canvas.box(aft, house, width * 0.82, np.array(WHITE) * 0.95, deck_top + tall * 0.6, owner)
    canvas.box(aft.at(house * 0.12, 0), house * 0.55, width * 0.66, np.array(WHITE), deck_top + tall * 0.85, owner)
    canvas.box(aft.at(house * 0.3, 0), house * 0.26, width * 1.0, np.array(WHITE) * 0.98, deck_top + tall, owner)
    canvas.box(aft.at(house * 0.42, 0), house * 0.05 + 0.15, width * 0.6, GLASS, None, owner, 0.8)
    canvas.box(aft.at(-house * 0.26, 0), house * 0.24, width * 0.22, side, deck_top + tall * 1.15, owner)
    canvas.box(aft.at(-house * 0.26, 0), house * 0.15, width * 0.13, (0.05, 0.05, 0.05), None, owner, 0.8)
    for sign in (-1, 1):
        rounded(
            canvas,
            aft.at(-house * 0.1, sign * width * 0.37),
            house * 0.36,
            width * 0.09 + 0.2,
            0.2,
            (0.85, 0.36, 0.10),
            deck_top + tall * 0.7,
            owner,
        )
    canvas.disc(*aft.points([[house * 0.1, 0]])[0], 0.45, (0.9, 0.9, 0.9), deck_top + tall * 1.5, owner)


def boat(canvas: Canvas, pose: Pose, rng: Generator, moving: bool = False, length: float | None = None) -> int:
    """Draw a motor boat, yacht or fishing boat, 5 to 17 m long."""
    kind = rng.choice(["motor", "sail", "fishing"], p=(0.5, 0.32, 0.18) if not moving else (0.65, 0.1, 0.25))
    length = (
        {"motor": rng.uniform(5.5, 12), "sail": rng.uniform(7.5, 14), "fishing": rng.uniform(10, 17)}[kind]
        if length is None
        else length
    )
    width = length / {"motor": 2.9, "sail": 3.3, "fishing": 3.2}[kind]
    if moving:
        wake(canvas, pose, length, width, rng)
    paint = np.array(WHITE) * rng.uniform(0.9, 1.03)
    if rng.random() < (0.6 if kind == "fishing" else 0.14):
        paint = np.array(((0.13, 0.24, 0.44), (0.55, 0.12, 0.1), (0.12, 0.32, 0.28), (0.16, 0.17, 0.2))[rng.integers(4)])
    owner, z, bow = canvas.begin("boat"), WATER_LEVEL + 1.0, length * 0.48
    canvas.polygon(pose.points(hull(length, width, bow, 0.8)), paint, z, owner)
    inside = np.array(((0.80, 0.80, 0.78), (0.58, 0.44, 0.30), (0.66, 0.66, 0.64))[rng.integers(3)])
    canvas.polygon(pose.points(hull(length, width, bow, 0.8, inset=0.05 * width + 0.12)), inside, z - 0.15, owner)
    if kind == "motor":
        canvas.box(pose.at(-length * 0.3, 0), length * 0.28, width * 0.68, inside * rng.uniform(0.45, 0.8), z - 0.6, owner)
        rounded(canvas, pose.at(length * 0.06, 0), length * 0.36, width * 0.66, width * 0.2, GLASS, z + 0.7, owner)
        rounded(canvas, pose.at(length * 0.02, 0), length * 0.25, width * 0.56, width * 0.15, paint, z + 1.3, owner)
        for side in (-0.15, 0.15) if length > 8 else (0.0,):
            canvas.box(pose.at(-length * 0.49, side * width), length * 0.06, 0.4, (0.12, 0.12, 0.13), z, owner)
    elif kind == "sail":
        cover = np.array(((0.14, 0.22, 0.42), (0.84, 0.83, 0.80), (0.45, 0.12, 0.12), (0.12, 0.30, 0.26))[rng.integers(4)])
        rounded(canvas, pose.at(length * 0.02, 0), length * 0.36, width * 0.5, width * 0.15, paint * 0.97, z + 0.4, owner)
        canvas.box(pose.at(length * 0.06, 0), length * 0.2, width * 0.38, GLASS, None, owner, 0.55)
        canvas.box(pose.at(-length * 0.3, 0), length * 0.22, width * 0.5, (0.5, 0.38, 0.26), z - 0.4, owner)
        canvas.box(pose.at(-length * 0.1, 0), length * 0.4, 0.36, cover, z + 1.6, owner)
        canvas.disc(*pose.points([[length * 0.12, 0]])[0], 0.16, (0.88, 0.88, 0.88), z + length * 1.15, owner)
    else:
        rounded(canvas, pose.at(length * 0.14, 0), length * 0.2, width * 0.62, 0.3, WHITE, z + 2.4, owner)
        canvas.box(pose.at(length * 0.22, 0), 0.3, width * 0.5, GLASS, None, owner, 0.8)
        canvas.box(pose.at(-length * 0.16, 0), length * 0.22, width * 0.5, (0.34, 0.28, 0.22), z + 0.3, owner)
        for _ in range(4):
            spot = pose.at(rng.uniform(-0.4, -0.05) * length, rng.uniform(-0.25, 0.25) * width)
            canvas.disc(
                spot.x,
                spot.y,
                rng.uniform(0.3, 0.6),
                ((0.15, 0.45, 0.42), (0.85, 0.45, 0.12), (0.7, 0.68, 0.6))[rng.integers(3)],
                z + 0.6,
                owner,
            )
        canvas.box(pose.at(-length * 0.36, 0), 0.3, width * 0.8, (0.8, 0.7, 0.3), z + 3.5, owner)
    canvas.finish(owner)
    return owner
