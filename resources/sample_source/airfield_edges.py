"""Layouts around an airfield: hangars, fuel farm, car park, empty grass."""

from __future__ import annotations

import numpy as np

from .aircraft import airliner, helicopter, small_plane
from .airfields import YELLOW
from .canvas import Lamp
from .scenes import Scene, boxes_and_carts, parking, road, scatter
from .structures import building, grove, storage_tank, tree
from .vehicles import car, service_truck, truck


def hangars(scene: Scene) -> None:
    """Raise large hangars with aircraft half out of their doors, trucks, cars and trees."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("grass")
    v0 = rng.uniform(-0.1, 0.25) * c.half[1]
    c.box(f.at(0, v0 + 1.2 * scene.reach - 4), 3 * scene.reach, 2.4 * scene.reach, scene.texture("concrete"))
    scene.band(v0 + 40, 0.45, YELLOW, opacity=0.85)
    u, deep = -1.2 * c.half[0], rng.uniform(34, 46)
    big = c.half[0] > 65
    while u < 1.2 * c.half[0]:
        length = rng.uniform(42, 60) if big else rng.uniform(26, 40)
        if rng.random() < 0.7:
            middle, stick = u + length / 2, rng.uniform(-4, 13)
            if big and length > 44 and rng.random() < 0.5:
                pose = scene.spot(middle, v0 + stick + rng.uniform(4, 14), 18, np.pi / 2)
                if pose is not None:
                    airliner(c, pose, rng)
            else:
                for k in (-0.3, 0.0, 0.3):
                    pose = scene.spot(
                        middle + k * length, v0 + rng.uniform(-2, 7), 5.4, rng.choice([-1, 1]) * np.pi / 2 + rng.normal(0, 0.15)
                    )
                    if pose is not None and rng.random() < 0.7:
                        (small_plane if rng.random() < 0.86 else helicopter)(c, pose, rng)
            building(
                c,
                f.at(middle, v0 - deep / 2),
                length - 4,
                deep,
                rng.uniform(9, 13),
                rng,
                scene.look.roof,
                str(rng.choice(["barrel", "gable", "barrel"])),
            )
            for k in (-0.4, 0.4):
                x, y = f.points([[middle + k * length, v0 + 1.5]])[0]
                c.lamps.append(Lamp(float(x), float(y), 17.0, (1.2, 1.05, 0.8)))
        u += length + rng.uniform(0, 14)
    across = (-1.0 * c.half[0], 1.0 * c.half[0])
    scatter(scene, 2.2, lambda: (rng.uniform(*across), v0 + rng.uniform(16, 50)), small_plane, 7, lambda: rng.uniform(0, 6.28))
    scatter(scene, 0.7, lambda: (rng.uniform(*across), v0 + rng.uniform(18, 40)), helicopter, 8, lambda: rng.uniform(0, 6.28))
    scatter(scene, 3, lambda: (rng.uniform(*across), v0 + rng.uniform(6, 44)), service_truck, 7, lambda: rng.uniform(0, 6.28))
    scatter(
        scene,
        9,
        lambda: (rng.uniform(*across), v0 + rng.uniform(4, 44)),
        car,
        3,
        lambda: rng.choice([0, 1, 2, 3]) * np.pi / 2 + rng.normal(0, 0.08),
    )
    boxes_and_carts(scene, 6, across, (v0 + 4, v0 + 30))
    v1 = v0 - deep - 9
    road(scene, v1 - 5, 7, 1.0)
    scatter(
        scene,
        12 * c.half[0] / 80,
        lambda: (rng.uniform(*across), v1 + 3),
        car,
        1.4,
        lambda: np.pi / 2 * rng.choice([-1, 1]) + rng.normal(0, 0.05),
    )
    grove(c, f.at(0, v1 - 24), 2.2 * scene.reach, 24, 1.5, rng, scene.look.leaf)
    for _ in range(5):
        x, y = f.points([[rng.uniform(*across), v1 + 6]])[0]
        tree(c, float(x), float(y), float(rng.uniform(2, 3.6)), rng, scene.look.leaf)


def fuel_farm(scene: Scene) -> None:
    """Raise storage tanks in bunds, with pipes, tank lorries, a road and trees."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("grass")
    nu, nv = (3, 2) if c.half[0] > 60 else (2, 2)
    cell = rng.uniform(27, 33)
    u0, v0 = rng.uniform(-6, 6), rng.uniform(-10, 4)
    c.box(f.at(u0, v0), nu * cell + 8, nv * cell + 8, scene.texture("soil"))
    for i in range(nu):
        for j in range(nv):
            u, v = u0 + (i - (nu - 1) / 2) * cell, v0 + (j - (nv - 1) / 2) * cell
            c.box(f.at(u, v), cell - 1, cell - 1, (0.56, 0.55, 0.52), 1.1)
            c.box(f.at(u, v), cell - 2.2, cell - 2.2, scene.texture("concrete") * 0.96, 0.0)
            x, y = f.points([[u + rng.normal(0, 0.5), v + rng.normal(0, 0.5)]])[0]
            if rng.random() < 0.86:
                c.free(float(x), float(y), cell * 0.5)
                storage_tank(c, float(x), float(y), rng.uniform(0.26, 0.40) * cell, rng)
            else:
                for a in (-0.25, 0.25):
                    for b in (-0.25, 0.25):
                        px, py = f.points([[u + a * cell, v + b * cell]])[0]
                        storage_tank(c, float(px), float(py), rng.uniform(2.5, 4.2), rng)
    for k in (-0.6, 0.0, 0.6):
        c.line(f.points([[u0 - nu * cell / 2, v0 + k], [u0 + nu * cell / 2 + 20, v0 + k]]), 0.35, (0.66, 0.65, 0.6), 0.9)
    v1 = v0 + nv * cell / 2 + 13
    c.box(f.at(0, v1 + 2), 2.4 * scene.reach, 16, scene.texture("concrete"))
    scatter(
        scene,
        4,
        lambda: (rng.uniform(-1, 1) * c.half[0], v1 + rng.uniform(-3, 6)),
        truck,
        7,
        lambda: rng.choice([0, np.pi]) + rng.normal(0, 0.04),
    )
    scatter(
        scene,
        5,
        lambda: (rng.uniform(-1, 1) * c.half[0], v1 + rng.uniform(-3, 7)),
        car,
        3,
        lambda: rng.choice([0, np.pi]) + rng.normal(0, 0.08),
    )
    building(c, f.at(rng.uniform(-0.5, 0.5) * c.half[0], v1 + 18), 22, 12, 5, rng, scene.look.roof, "flat")
    scene.lamps_along(v1 - 7, 24.0, 16.0)
    road(scene, v1 + 32, 7, 0.7)
    grove(c, f.at(0, v0 - nv * cell / 2 - 22), 2.4 * scene.reach, 26, 1.7, rng, scene.look.leaf)


def car_park(scene: Scene) -> None:
    """Lay a car park by a road, with offices and trees that hide some of it."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("grass")
    v0 = rng.uniform(-6, 6)
    rows = int(np.clip(round(c.half[1] * 1.05 / 17), 2, 4))
    fill = float(np.clip(rng.uniform(0.25, 0.62) * scene.crowding, 0.05, 0.85))
    road(scene, v0 - rows * 8.5 - 9, 8, 1.2)
    parking(scene, rng.uniform(-8, 8), v0, 1.5 * c.half[0], rows, fill, rng.uniform(0.15, 0.6))
    v1 = v0 + rows * 8.5 + 13
    u = -1.1 * c.half[0]
    while u < 1.1 * c.half[0]:
        length = rng.uniform(20, 42)
        if rng.random() < 0.7:
            building(c, f.at(u + length / 2, v1 + 4), length - 6, rng.uniform(13, 18), rng.uniform(6, 14), rng, scene.look.roof)
        else:
            grove(c, f.at(u + length / 2, v1 + 4), length - 5, 14, 1.8, rng, scene.look.leaf)
        u += length
    scatter(
        scene,
        2,
        lambda: (rng.uniform(-0.9, 0.9) * c.half[0], v0 + rng.choice([-1, 1]) * rows * 8.3),
        truck,
        6,
        lambda: rng.choice([0, np.pi]),
    )
    grove(c, f.at(0, v0 - rows * 8.5 - 24), 2.4 * scene.reach, 18, 1.6, rng, scene.look.leaf)


def meadow(scene: Scene) -> None:
    """Leave grass, a perimeter track, a fence, a ditch and trees: often nothing to find."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("grass")
    v0 = rng.uniform(-0.3, 0.5) * c.half[1]
    scene.band(v0, 5, "road" if rng.random() < 0.5 else "soil")
    scene.band(v0 + 8, 0.25, (0.45, 0.45, 0.42), opacity=0.8)
    for u in np.arange(-scene.reach, scene.reach, 6.0):
        c.disc(*f.points([[u, v0 + 8]])[0], 0.2, (0.5, 0.5, 0.48), 2.2)
    if rng.random() < 0.6:
        bend = [[-scene.reach, v0 - 30], [0, v0 - 26], [scene.reach, v0 - 48]]
        c.line(f.points(bend), 3.4, scene.texture("soil") * 0.82)
    scatter(scene, 0.6, lambda: (rng.uniform(-0.9, 0.9) * c.half[0], v0), car, 3, lambda: rng.choice([0, np.pi]))
    grove(c, f.at(rng.uniform(-0.4, 0.4) * c.half[0], v0 + 36), 1.4 * c.half[0], 40, 0.9, rng, scene.look.leaf)
    for _ in range(int(rng.integers(2, 9))):
        x, y = f.points([[rng.uniform(-1, 1) * c.half[0], v0 - rng.uniform(8, 60)]])[0]
        tree(c, float(x), float(y), float(rng.uniform(1.0, 3.2)), rng, scene.look.leaf)


LAYOUTS = {
    "hangars": hangars,
    "fuel_farm": fuel_farm,
    "car_park": car_park,
    "meadow": meadow,
}
