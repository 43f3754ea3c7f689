"""Layouts of airfields and harbours: what lies where, in a frame turned at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from .canvas import Canvas, FloatArray, Pose
from .structures import lamp_post, tree
from .terrain import asphalt, concrete, grass, sea, soil
from .vehicles import car, truck
from .vessels import WATER_LEVEL


@dataclass(frozen=True)
class Look:
    """The looks a site keeps in every picture: colours of ground, leaves, water and tarmac, sRGB 0..1."""

    lush: tuple[float, float, float] = (0.33, 0.40, 0.22)
    dry: tuple[float, float, float] = (0.50, 0.49, 0.31)
    soil: tuple[float, float, float] = (0.50, 0.43, 0.33)
    leaf: tuple[float, float, float] = (0.19, 0.28, 0.13)
    tarmac: tuple[float, float, float] = (0.36, 0.36, 0.37)
    slabs: tuple[float, float, float] = (0.62, 0.61, 0.57)
    deep: tuple[float, float, float] = (0.10, 0.22, 0.27)
    shallow: tuple[float, float, float] = (0.16, 0.31, 0.32)
    roof: tuple[float, float, float] | None = None
    slab: float = 6.0


@dataclass
class Scene:
    """A canvas with its frame, site looks and random source while a layout is painted."""

    canvas: Canvas
    look: Look
    rng: Generator
    frame: Pose
    crowding: float = 1.0
    glint: FloatArray | None = None
    textures: dict[str, FloatArray] = field(default_factory=dict)

    @property
    def reach(self) -> float:
        """Half the diagonal, metres: nothing further out can be seen."""
        return self.canvas.radius

    def texture(self, name: str) -> FloatArray:
        """Return the ground texture ``name`` of this scene, made once."""
        if name not in self.textures:
            c, r, k = self.canvas, self.rng, self.look
            make: dict[str, Callable[[], FloatArray]] = {
                "grass": lambda: grass(c, self.frame, r, k.lush, k.dry, k.soil),
                "soil": lambda: soil(c, r, k.soil, tuple(0.78 * x for x in k.soil)),
                "asphalt": lambda: asphalt(c, r, k.tarmac),
                "road": lambda: asphalt(c, r, tuple(0.86 * x for x in k.tarmac)),
                "concrete": lambda: concrete(c, self.frame, r, k.slabs, k.slab),
            }
            self.textures[name] = make[name]()
        return self.textures[name]

    def ground(self, name: str) -> None:
        """Cover everything with one texture."""
        self.canvas.color[:] = self.texture(name)

    def band(
        self, v: float, width: float, paint: object, u: float = 0.0, length: float | None = None, opacity: float = 1.0
    ) -> None:
        """Paint a strip along the frame, ``width`` wide around ``v``; the whole way across unless ``length`` is given."""
        color = self.texture(paint) if isinstance(paint, str) else paint
        self.canvas.box(self.frame.at(u, v), 2.4 * self.reach if length is None else length, width, color, None, 0, opacity)

    def dashes(
        self,
        v: float,
        width: float,
        dash: float,
        gap: float,
        color: tuple[float, float, float] = (0.86, 0.86, 0.84),
        opacity: float = 0.8,
    ) -> None:
        """Paint a dashed line along the frame at ``v``."""
        for u in np.arange(-1.1 * self.reach, 1.1 * self.reach, dash + gap):
            self.canvas.box(self.frame.at(float(u), v), dash, width, color, None, 0, opacity)

    def water_beyond(self, v: float) -> None:
        """Flood everything on the far side (greater v) of a line along the frame."""
        tone, slope = sea(
            self.canvas, self.rng, self.look.deep, self.look.shallow, self.rng.uniform(0, 6.28), self.rng.uniform(0.5, 1.1)
        )
        found = self.canvas.mask(
            self.frame.at(0, v + 1.5 * self.reach).points(
                [
                    [a, b]
                    for a, b in (
                        (-3 * self.reach, -1.5 * self.reach),
                        (3 * self.reach, -1.5 * self.reach),
                        (3 * self.reach, 3 * self.reach),
                        (-3 * self.reach, 3 * self.reach),
                    )
                ]
            )
        )
        if found is None:
            return
        region, alpha = found
        self.canvas.apply(region, alpha, tone[region], WATER_LEVEL)
        self.canvas.water[region] = np.maximum(self.canvas.water[region], alpha)
        self.glint = slope

    def spot(self, u: float, v: float, clearance: float, turn: float = 0.0) -> Pose | None:
        """Return a pose at (u, v) of the frame if it is free and near enough to be seen, else None."""
        pose = self.frame.at(u, v, turn)
        half = self.canvas.half
        if abs(pose.x) > half[0] + clearance * 0.6 or abs(pose.y) > half[1] + clearance * 0.6:
            return None
        return pose if self.canvas.free(pose.x, pose.y, clearance) else None

    def lamps_along(self, v: float, every: float, reach: float = 13.0) -> None:
        """Set lamp posts along the frame."""
        for u in np.arange(-self.reach + self.rng.uniform(0, every), self.reach, every):
            x, y = self.frame.points([[u, v]])[0]
            lamp_post(self.canvas, float(x), float(y), self.rng, reach)


def road(scene: Scene, v: float, width: float, traffic: float, lit: bool = True) -> None:
    """Lay a road along the frame with kerbs, dashes, some traffic and lamps."""
    scene.band(v, width + 1.2, scene.texture("soil") * 1.08)
    scene.band(v, width, "road")
    scene.dashes(v, 0.16, 3.0, 4.5)
    for side in (-1, 1):
        scene.band(v + side * (width / 2 - 0.3), 0.14, (0.82, 0.82, 0.8), opacity=0.6)
        u = -scene.reach
        while u < scene.reach:
            u += scene.rng.exponential(34 / max(traffic, 0.02)) + 9
            heavy = scene.rng.random() < 0.2
            pose = scene.spot(u, v + side * width * 0.25, 6.5 if heavy else 3.2, 0.0 if side < 0 else np.pi)
            if pose is not None:
                (truck if heavy else car)(scene.canvas, pose, scene.rng)
    if lit:
        scene.lamps_along(v + width / 2 + 1.5, 27.0)


def parking(scene: Scene, u: float, v: float, length: float, rows: int, fill: float, trees: float = 0.0) -> None:
    """Lay a car park of double rows with painted bays, cars and perhaps trees between."""
    c, rng, depth, bay = scene.canvas, scene.rng, 5.2, 2.6
    pitch = 2 * depth + 6.5
    width = rows * pitch
    c.box(scene.frame.at(u, v), length + 4, width + 2, scene.texture("road"))
    n = int(length / bay)
    for row in range(rows):
        middle = v - width / 2 + (row + 0.5) * pitch
        c.box(scene.frame.at(u, middle), n * bay, 0.12, (0.85, 0.85, 0.83), None, 0, 0.7)
        for i in range(n + 1):
            c.box(scene.frame.at(u + (i - n / 2) * bay, middle), 0.11, 2 * depth, (0.85, 0.85, 0.83), None, 0, 0.6)
        for i in range(n):
            for side in (-1, 1):
                if rng.random() < fill:
                    pose = scene.spot(
                        u + (i - n / 2 + 0.5) * bay + rng.normal(0, 0.1),
                        middle + side * (depth / 2 + rng.normal(0, 0.15)),
                        1.25,
                        side * np.pi / 2 * rng.choice([1, -1]) + rng.normal(0, 0.025),
                    )
                    if pose is not None:
                        car(c, pose, rng)
        for k in np.arange(-length / 2 + 3, length / 2, 13.0):
            x, y = scene.frame.points([[u + k, middle]])[0]
            if rng.random() < trees:
                tree(c, float(x), float(y), float(rng.uniform(2.0, 3.6)), rng, scene.look.leaf)
            elif int(k) % 3 == 0:
                lamp_post(c, float(x), float(y), rng, 12.0)


def scatter(
    scene: Scene,
    n: float,
    place: Callable[[], tuple[float, float]],
    draw: Callable[[Canvas, Pose, Generator], int],
    clearance: float,
    turn: Callable[[], float],
) -> None:
    """Draw about ``n`` objects at free places; crowding scales the number."""
    for _ in range(scene.rng.poisson(n * scene.crowding)):
        pose = scene.spot(*place(), clearance, turn())
        if pose is not None:
            draw(scene.canvas, pose, scene.rng)


def boxes_and_carts(scene: Scene, n: int, u: tuple[float, float], v: tuple[float, float]) -> None:
    """Strew baggage carts, crates and ground power units: things that are not to be found."""
    for _ in range(n):
        pose = scene.spot(scene.rng.uniform(*u), scene.rng.uniform(*v), 2.0, scene.rng.uniform(0, np.pi))
        if pose is not None:
            tone = scene.rng.uniform(0.3, 0.85)
            for i in range(int(scene.rng.integers(1, 4))):
                scene.canvas.box(pose.at(i * 3.2, 0), 2.4, 1.4, (tone, tone * 0.95, tone * scene.rng.uniform(0.5, 1)), 1.3)
