"""Layouts of harbours: container quay, marina, breakwater, tank terminal, fishing quay, lorry yard, open water."""

from __future__ import annotations

import numpy as np

from .canvas import Lamp, Pose
from .scenes import Scene, boxes_and_carts, parking, road, scatter
from .structures import CONTAINER_PAINTS, building, container, grove, lamp_post, quay_crane, rocks, storage_tank
from .vehicles import car, truck
from .vessels import boat, ship

YELLOW = (0.82, 0.68, 0.16)


def quay_edge(scene: Scene, v: float, bollards: bool = True) -> None:
    """Finish the edge of a quay: coping, fenders, bollards, ladders."""
    c, f = scene.canvas, scene.frame
    c.box(f.at(0, v - 0.6), 2.4 * scene.reach, 1.2, scene.texture("concrete") * 1.12, 0.25)
    scene.band(v - 1.6, 0.3, YELLOW, opacity=0.7)
    for u in np.arange(-scene.reach, scene.reach, 9.0):
        c.box(f.at(float(u), v + 0.35), 1.5, 0.8, (0.1, 0.1, 0.1), -0.4)
        if bollards:
            c.disc(*f.points([[u + 4.5, v - 0.7]])[0], 0.32, (0.78, 0.66, 0.2), 0.8)


def container_quay(scene: Scene) -> None:
    """Berth a ship at a container quay with cranes, stacks and lorries in lanes."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("concrete")
    v0 = rng.uniform(0.0, 0.3) * c.half[1]
    scene.band(v0 - 24, 46, "asphalt")
    scene.water_beyond(v0)
    quay_edge(scene, v0)
    for v in (v0 - 5, v0 - 21):
        scene.band(v, 0.35, (0.22, 0.2, 0.19), opacity=0.9)
    for v in (v0 - 9, v0 - 13, v0 - 17):
        scene.dashes(v, 0.18, 3, 4)
    berth = None
    if rng.random() < 0.85:
        length = rng.uniform(0.75, 1.25) * min(150.0, 2.1 * c.half[0])
        width = length / 6
        pose = f.at(rng.uniform(-0.35, 0.35) * c.half[0], v0 + width / 2 + 2.2, rng.choice([0, np.pi]))
        c.free(pose.x, pose.y, width)
        ship(c, pose, rng, length, str(rng.choice(["container", "container", "bulk"])))
        berth = (pose, width)
    for lane, heading in ((v0 - 11, 0.0), (v0 - 15, np.pi), (v0 - 26, 0.0)):
        scatter(
            scene,
            2.6,
            lambda lane=lane: (rng.uniform(-1, 1) * c.half[0], lane),
            lambda a, b, r: truck(a, b, r, CONTAINER_PAINTS[r.integers(10)] if r.random() < 0.6 else None),
            8,
            lambda heading=heading: heading + rng.normal(0, 0.015),
        )
    scatter(scene, 3, lambda: (rng.uniform(-1, 1) * c.half[0], v0 - rng.uniform(24, 28)), car, 3, lambda: rng.choice([0, np.pi]))
    _stacks(scene, v0 - 34)
    if berth is not None:
        for u in rng.permutation([-52.0, -18.0, 22.0, 58.0])[: int(rng.integers(1, 4))]:
            if abs(u) < c.half[0] * 1.2:
                quay_crane(c, f.at(float(u) + rng.uniform(-5, 5), v0 - 13, np.pi / 2), berth[1] + 20, rng)
    for u in np.arange(-c.half[0], c.half[0], 44.0):
        x, y = f.points([[u, v0 - 30]])[0]
        lamp_post(c, float(x), float(y), rng, 36.0, (1.4, 1.15, 0.75), 16.0)
    if rng.random() < 0.5:
        pose = scene.spot(rng.uniform(-0.7, 0.7) * c.half[0], v0 + rng.uniform(34, 60), 7, rng.uniform(0, 6.28))
        if pose is not None:
            boat(c, pose, rng, moving=True)


def _stacks(scene: Scene, edge: float) -> None:
    c, rng, f = scene.canvas, scene.rng, scene.frame
    v = edge
    while v > edge - 2.2 * c.half[1]:
        rows = int(rng.integers(3, 6))
        u = -1.2 * c.half[0] + rng.uniform(0, 8)
        while u < 1.2 * c.half[0]:
            n = int(rng.integers(1, 5))
            if rng.random() < 0.75 * min(scene.crowding, 1.2):
                for i in range(n):
                    for j in range(rows):
                        tiers = int(rng.choice([0, 1, 2, 3, 4], p=(0.14, 0.25, 0.27, 0.22, 0.12)))
                        if tiers:
                            container(c, f.at(u + i * 12.7 + 6, v - j * 2.75 - 1.4), tiers, rng)
            u += n * 12.7 + rng.uniform(5, 14)
        lane = v - rows * 2.75 - 5
        scatter(
            scene,
            1.6,
            lambda lane=lane: (rng.uniform(-1, 1) * c.half[0], lane + rng.uniform(-1.5, 1.5)),
            lambda a, b, r: truck(a, b, r, CONTAINER_PAINTS[r.integers(10)] if r.random() < 0.5 else None),
            7.5,
            lambda: rng.choice([0, np.pi]),
        )
        v = lane - 5


def marina(scene: Scene) -> None:
    """Moor boats at pontoons off a promenade with trees and a car park."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("grass")
    v0 = rng.uniform(-0.55, -0.25) * c.half[1]
    scene.band(v0 - 5, 11, "concrete")
    scene.water_beyond(v0)
    quay_edge(scene, v0, bollards=False)
    length = rng.uniform(0.9, 1.4) * c.half[1]
    gap = rng.uniform(38, 46)
    timber = np.array((0.56, 0.48, 0.38))
    for p in np.arange(-2, 3):
        u = p * gap + rng.uniform(-3, 3)
        if abs(u) > c.half[0] + gap / 2:
            continue
        c.box(f.at(u, v0 + length / 2), 2.2, length, timber * rng.uniform(0.9, 1.1), -1.6)
        for k in np.arange(1.0, length, 1.1):
            c.box(f.at(u, v0 + k), 2.2, 0.12, timber * 0.75, None, 0, 0.5)
        pitch = rng.uniform(4.6, 5.8)
        for k in np.arange(6.0, length - 2, pitch):
            for side in (-1, 1):
                if int(k / pitch) % 2 == 0:
                    c.box(f.at(u + side * 5.2, v0 + k), 8.2, 0.8, timber * 0.95, -1.7)
                if rng.random() < 0.66 * scene.crowding:
                    size = float(rng.uniform(7, 12.5))
                    pose = scene.spot(
                        u + side * (1.6 + size / 2),
                        v0 + k + pitch / 2,
                        1.9,
                        (0 if side > 0 else np.pi) + (np.pi if rng.random() < 0.35 else 0) + rng.normal(0, 0.03),
                    )
                    if pose is not None:
                        boat(c, pose, rng, False, size)
        for k in np.arange(8.0, length, 18.0):
            x, y = f.points([[u, v0 + k]])[0]
            lamp_post(c, float(x), float(y), rng, 7.0, (0.8, 0.75, 0.6), 3.0)
    for _ in range(int(rng.integers(0, 4))):
        pose = scene.spot(rng.uniform(-0.9, 0.9) * c.half[0], v0 + length + rng.uniform(10, 40), 8, rng.uniform(0, 6.28))
        if pose is not None:
            boat(c, pose, rng, moving=rng.random() < 0.7)
    parking(scene, 0, v0 - 24, 1.7 * c.half[0], 1, float(np.clip(0.5 * scene.crowding, 0.1, 0.85)), 0.35)
    road(scene, v0 - 40, 7, 0.9)
    for u in np.arange(-c.half[0], c.half[0], 9.0):
        if rng.random() < 0.55:
            grove(c, f.at(float(u), v0 - 13.0), 4, 2, 9, rng, scene.look.leaf)
    u = -c.half[0]
    while u < c.half[0]:
        length = rng.uniform(16, 30)
        building(
            c,
            f.at(u + length / 2, v0 - 60),
            length - 3,
            16,
            rng.uniform(6, 12),
            rng,
            scene.look.roof,
            str(rng.choice(["gable", "flat"])),
        )
        u += length
    scene.lamps_along(v0 - 2.5, 20.0)


def breakwater(scene: Scene) -> None:
    """Throw a breakwater of boulders across open water, with boats passing."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.water_beyond(-3 * scene.reach)
    v0, bend = rng.uniform(-0.35, 0.35) * c.half[1], rng.uniform(-30, 30)
    tip = rng.uniform(0.1, 0.6) * c.half[0]
    line = f.points([[-1.2 * scene.reach, v0 + bend], [-0.2 * c.half[0], v0], [tip, v0 - bend * 0.3]])
    rocks(c, line, rng.uniform(15, 20), rng)
    c.line(line, 4.2, scene.texture("concrete") * 1.02, 1.2)
    x, y = line[-1]
    c.disc(x, y, 6.5, scene.texture("concrete")[0, 0], 1.4)
    c.disc(x, y, 1.9, (0.86, 0.86, 0.84), 8)
    c.disc(x, y, 1.3, (0.72, 0.16, 0.13) if rng.random() < 0.5 else (0.14, 0.42, 0.25), 9.5)
    c.lamps.append(Lamp(float(x), float(y), 16.0, (1.2, 0.4, 0.3)))
    for _ in range(6):
        t = rng.uniform(0, 1)
        px, py = line[0] + (line[1] - line[0]) * t
        c.lamps.append(Lamp(float(px), float(py), 8.0, (0.8, 0.7, 0.5)))
    if rng.random() < 0.5:
        pose = scene.spot(
            rng.uniform(-0.2, 0.4) * c.half[0], v0 + rng.uniform(36, 50), 20, rng.choice([0, np.pi]) + rng.normal(0, 0.15)
        )
        if pose is not None:
            ship(c, pose, rng, float(rng.uniform(45, 90)), None, moving=True)
    scatter(
        scene,
        5,
        lambda: (rng.uniform(-1, 1) * c.half[0], rng.uniform(-1, 1) * c.half[1]),
        lambda a, b, r: boat(a, b, r, moving=True) if abs(_across(scene, b) - v0) > 20 else 0,
        12,
        lambda: rng.uniform(0, 6.28),
    )
    _buoys(scene, 5)


def _across(scene: Scene, pose: Pose) -> float:
    dx, dy = pose.x - scene.frame.x, pose.y - scene.frame.y
    return float(dy * np.cos(scene.frame.heading) - dx * np.sin(scene.frame.heading))


def _buoys(scene: Scene, n: int) -> None:
    c, rng = scene.canvas, scene.rng
    for _ in range(n):
        x, y = rng.uniform(-1, 1) * c.half[0], rng.uniform(-1, 1) * c.half[1]
        if c.free(x, y, 2.0):
            c.disc(x, y, rng.uniform(0.6, 1.2), ((0.8, 0.3, 0.1), (0.75, 0.65, 0.1), (0.15, 0.45, 0.25))[rng.integers(3)], -0.6)


def tank_terminal(scene: Scene) -> None:
    """Raise large tanks behind a jetty with a tanker alongside."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("soil")
    v0 = rng.uniform(0.2, 0.45) * c.half[1]
    scene.water_beyond(v0)
    c.box(f.at(0, v0 - 5), 2.4 * scene.reach, 10, scene.texture("concrete"))
    quay_edge(scene, v0)
    if rng.random() < 0.7:
        length = rng.uniform(60, 110)
        pose = scene.spot(rng.uniform(-0.5, 0.5) * c.half[0], v0 + length / 12 + 2, length / 7, rng.choice([0, np.pi]))
        if pose is not None:
            ship(c, pose, rng, float(length), "tanker")
    cell = rng.uniform(25, 34)
    v = v0 - 14 - cell / 2
    while v > -1.2 * scene.reach:
        for i in np.arange(-4, 5):
            u = i * cell
            c.box(f.at(u, v), cell - 0.6, cell - 0.6, (0.56, 0.54, 0.5), 1.0)
            c.box(f.at(u, v), cell - 1.6, cell - 1.6, scene.texture("soil") * 1.05, 0.0)
            x, y = f.points([[u, v]])[0]
            if rng.random() < 0.78 * min(1.2, scene.crowding) and abs(x) < c.half[0] + cell and abs(y) < c.half[1] + cell:
                c.free(float(x), float(y), cell * 0.45)
                storage_tank(c, float(x), float(y), float(rng.uniform(0.24, 0.42) * cell), rng)
        for k in (0, 0.7, 1.4):
            scene.band(v + cell / 2 + 1.5 + k, 0.35, (0.64, 0.62, 0.58))
        v -= cell + 13
        scene.band(v + cell / 2 + 6, 8, "road")
        lane = v + cell / 2 + 6
        scatter(
            scene,
            2.2,
            lambda lane=lane: (rng.uniform(-1, 1) * c.half[0], lane + rng.choice([-2, 2])),
            truck,
            7,
            lambda: rng.choice([0, np.pi]),
        )
        scatter(
            scene,
            2.5,
            lambda lane=lane: (rng.uniform(-1, 1) * c.half[0], lane + rng.choice([-2, 2])),
            car,
            3,
            lambda: rng.choice([0, np.pi]),
        )
        scene.lamps_along(lane - 5, 30.0, 18.0)
    scatter(
        scene,
        1.2,
        lambda: (rng.uniform(-1, 1) * c.half[0], v0 + rng.uniform(30, 60)),
        lambda a, b, r: boat(a, b, r, moving=True),
        8,
        lambda: rng.uniform(0, 6.28),
    )


def fishing_quay(scene: Scene) -> None:
    """Line a quay with fishing boats, sheds, lorries, nets and parked cars."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("asphalt")
    v0 = rng.uniform(0.0, 0.25) * c.half[1]
    c.box(f.at(0, v0 - 8), 2.4 * scene.reach, 16, scene.texture("concrete"))
    scene.water_beyond(v0)
    quay_edge(scene, v0)
    u = -1.05 * c.half[0]
    while u < 1.05 * c.half[0]:
        size = float(rng.uniform(9, 17))
        for deep in range(int(rng.integers(1, 4)) if rng.random() < 0.75 * scene.crowding else 0):
            pose = scene.spot(u + size / 2, v0 + 3.2 + deep * 5.4, 2.4, rng.choice([0, np.pi]) + rng.normal(0, 0.02))
            if pose is not None:
                boat(c, pose, rng, False, size * float(rng.uniform(0.8, 1)))
        u += size + rng.uniform(1, 9)
    if rng.random() < 0.45:
        pose = scene.spot(rng.uniform(-0.5, 0.5) * c.half[0], v0 + 38, 12, rng.choice([0, np.pi]) + rng.normal(0, 0.1))
        if pose is not None:
            ship(c, pose, rng, float(rng.uniform(45, 70)), None, moving=True)
    scatter(
        scene,
        3,
        lambda: (rng.uniform(-1, 1) * c.half[0], v0 + rng.uniform(26, 80)),
        lambda a, b, r: boat(a, b, r, moving=True),
        9,
        lambda: rng.uniform(0, 6.28),
    )
    for _ in range(10):
        x, y = f.points([[rng.uniform(-1, 1) * c.half[0], v0 - rng.uniform(3, 8)]])[0]
        if c.free(float(x), float(y), 2.0):
            c.disc(
                x,
                y,
                rng.uniform(0.8, 2.0),
                ((0.16, 0.38, 0.36), (0.5, 0.3, 0.16), (0.2, 0.28, 0.2))[rng.integers(3)],
                0.6,
                0,
                0.9,
            )
    across = (-1.0 * c.half[0], 1.0 * c.half[0])
    scatter(
        scene,
        4,
        lambda: (rng.uniform(*across), v0 - rng.uniform(9, 20)),
        truck,
        7,
        lambda: rng.choice([0, 1, 2]) * np.pi / 2 + rng.normal(0, 0.05),
    )
    scatter(
        scene,
        9,
        lambda: (rng.uniform(*across), v0 - rng.uniform(8, 21)),
        car,
        3,
        lambda: rng.choice([0, 1, 2]) * np.pi / 2 + rng.normal(0, 0.1),
    )
    boxes_and_carts(scene, 7, across, (v0 - 20, v0 - 4))
    u, v1 = -1.1 * c.half[0], v0 - 24
    while u < 1.1 * c.half[0]:
        length, deep = rng.uniform(24, 44), rng.uniform(16, 22)
        if rng.random() < 0.85:
            building(c, f.at(u + length / 2, v1 - deep / 2), length - 4, deep, rng.uniform(6, 9), rng, scene.look.roof)
        u += length
    road(scene, v1 - 34, 8, 1.3)
    parking(scene, 0, v1 - 52, 1.6 * c.half[0], 1, 0.5, 0.3)
    scene.lamps_along(v0 - 10, 25.0, 18.0)


def lorry_yard(scene: Scene) -> None:
    """Park lorries among container stacks behind a gate."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("asphalt")
    v0 = rng.uniform(0.1, 0.4) * c.half[1]
    pitch = 4.6
    for row, v in enumerate((v0, v0 - 40)):
        for i in np.arange(-int(c.half[0] / pitch), int(c.half[0] / pitch) + 1):
            c.box(f.at(float(i * pitch), v), 0.14, 18, (0.84, 0.84, 0.8), None, 0, 0.6)
            if rng.random() < 0.42 * scene.crowding:
                pose = scene.spot(
                    float((i + 0.5) * pitch),
                    v + rng.normal(0, 0.6),
                    2.2,
                    (np.pi / 2 if row else -np.pi / 2) + rng.normal(0, 0.02),
                )
                if pose is not None:
                    truck(c, pose, rng, CONTAINER_PAINTS[rng.integers(10)] if rng.random() < 0.35 else None)
    scatter(
        scene,
        3,
        lambda: (rng.uniform(-1, 1) * c.half[0], v0 - 20 + rng.uniform(-5, 5)),
        truck,
        8,
        lambda: rng.choice([0, np.pi]) + rng.normal(0, 0.1),
    )
    scatter(
        scene,
        8,
        lambda: (rng.uniform(-1, 1) * c.half[0], v0 - 20 + rng.uniform(-8, 8)),
        car,
        3,
        lambda: rng.choice([0, np.pi]) + rng.normal(0, 0.1),
    )
    _stacks(scene, v0 - 54)
    building(c, f.at(rng.uniform(-0.4, 0.4) * c.half[0], v0 + 26), 52, 22, 9, rng, scene.look.roof)
    parking(scene, rng.uniform(-0.2, 0.2) * c.half[0], v0 + 48, c.half[0], 1, 0.5, 0.3)
    grove(c, f.at(0, v0 + 70), 2 * scene.reach, 20, 1.6, rng, scene.look.leaf)
    for u in np.arange(-c.half[0], c.half[0], 40.0):
        x, y = f.points([[u, v0 - 20]])[0]
        lamp_post(c, float(x), float(y), rng, 30.0, (1.4, 1.1, 0.7), 14.0)


def open_water(scene: Scene) -> None:
    """Leave water with a few buoys; sometimes a ship or a boat under way."""
    c, rng = scene.canvas, scene.rng
    scene.water_beyond(-3 * scene.reach)
    if rng.random() < 0.5 * scene.crowding:
        pose = scene.spot(rng.uniform(-0.4, 0.4) * c.half[0], rng.uniform(-0.4, 0.4) * c.half[1], 30, rng.uniform(0, 6.28))
        if pose is not None:
            ship(c, pose, rng, float(rng.uniform(55, 120)), None, moving=True)
    scatter(
        scene,
        2.5 if scene.crowding > 0.3 else 0,
        lambda: (rng.uniform(-0.9, 0.9) * c.half[0], rng.uniform(-0.9, 0.9) * c.half[1]),
        lambda a, b, r: boat(a, b, r, moving=True),
        9,
        lambda: rng.uniform(0, 6.28),
    )
    _buoys(scene, 4)


LAYOUTS = {
    "container_quay": container_quay,
    "marina": marina,
    "breakwater": breakwater,
    "tank_terminal": tank_terminal,
    "fishing_quay": fishing_quay,
    "lorry_yard": lorry_yard,
    "open_water": open_water,
}
