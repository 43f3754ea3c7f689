"""Layouts where aircraft move: runway, airliner apron, light-aircraft apron."""

from __future__ import annotations

import numpy as np

from .aircraft import LIVERIES, airliner, helicopter, small_plane
from .canvas import Lamp, Pose
from .scenes import Scene, boxes_and_carts, road, scatter
from .structures import building, grove, lamp_post
from .vehicles import car, service_truck

WHITE_PAINT = (0.86, 0.86, 0.84)
YELLOW = (0.82, 0.68, 0.16)


def runway(scene: Scene) -> None:
    """Lay a runway with markings and rubber, a taxiway beside it, and little traffic."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("grass")
    width = rng.choice([30.0, 45.0]) if c.half[0] > 60 else 23.0
    v0 = rng.uniform(-0.45, 0.1) * c.half[1]
    scene.band(v0, width + 13, scene.texture("asphalt") * 0.90)
    scene.band(v0, width, "asphalt")
    threshold = rng.random() < 0.55
    u0 = rng.uniform(-0.5, 0.1) * c.half[0]
    scene.dashes(v0, 0.9, 30 if not threshold else 18, 20 if not threshold else 12, opacity=0.85)
    for side in (-1, 1):
        scene.band(v0 + side * (width / 2 - 1.2), 0.9, WHITE_PAINT, opacity=0.85)
    start = u0 if threshold else -2 * scene.reach
    if threshold:
        c.box(f.at(u0 - 1.5 * scene.reach, v0), 3 * scene.reach, width + 13, scene.texture("grass"))
        c.box(f.at(u0 - 22, v0), 44, width, scene.texture("asphalt") * 0.92)
        for a in np.arange(u0 - 40, u0 - 6, 9.0):
            for side in (-1, 1):
                c.line(f.points([[a, v0 + side * width * 0.42], [a + 8, v0]]), 0.9, YELLOW, None, 0, 0.8)
        c.box(f.at(u0 + 0.9, v0), 1.8, width - 2, WHITE_PAINT, None, 0, 0.85)
        n = 4 if width < 40 else 6
        for side in (-1, 1):
            for i in range(n):
                c.box(f.at(u0 + 20, v0 + side * (2.2 + i * (width / 2 - 4) / n + 0.9)), 30, 1.7, WHITE_PAINT, None, 0, 0.85)
        _digits(scene, u0 + 52, v0)
        for side in (-1, 1):
            c.box(f.at(u0 + 120, v0 + side * width * 0.22), 40, width * 0.16, WHITE_PAINT, None, 0, 0.85)
    for _ in range(46):
        u, v = (
            max(start, -scene.reach) + rng.gamma(3.0, 38 if threshold else 70),
            v0 + rng.normal(0, 1.0) + rng.choice([-2.9, 2.9]),
        )
        c.box(
            f.at(u, v, rng.normal(0, 0.006)),
            rng.uniform(40, 110),
            rng.uniform(0.5, 1.2),
            (0.12, 0.12, 0.12),
            None,
            0,
            rng.uniform(0.05, 0.13),
        )
    v1 = v0 + width / 2 + rng.uniform(32, 44)
    tw = 17.0 if width > 25 else 11.0
    scene.band(v1, tw, "asphalt")
    scene.band(v1, 0.5, YELLOW, opacity=0.85)
    link = rng.uniform(-0.3, 0.6) * c.half[0]
    slant = rng.uniform(-25, 25)
    link_axis = [[link, v0 + width / 2 - 3], [link + slant, v1]]
    c.line(f.points(link_axis), tw, scene.texture("asphalt"))
    c.line(f.points([[link - 12, v0], [link, v0 + 8], *link_axis, [link + slant + 14, v1]]), 0.5, YELLOW, None, 0, 0.8)
    c.line(
        f.points([[link + slant * 0.4 - tw / 2, v0 + width / 2 + 12], [link + slant * 0.4 + tw / 2, v0 + width / 2 + 12]]),
        0.9,
        YELLOW,
        None,
        0,
        0.85,
    )
    for u in np.arange(-scene.reach, scene.reach, 24.0):
        for v, rgb in (
            (v0 - width / 2 - 1.5, (1.0, 0.95, 0.8)),
            (v0 + width / 2 + 1.5, (1.0, 0.95, 0.8)),
            (v1 + tw / 2 + 1, (0.15, 0.3, 1.0)),
        ):
            if threshold and u < u0 and v < v1:
                continue
            x, y = f.points([[u, v]])[0]
            c.disc(x, y, 0.25, (0.9, 0.9, 0.85), 0.4)
            c.lamps.append(Lamp(float(x), float(y), 3.2, tuple(0.55 * k for k in rgb)))
    big = width > 25
    if rng.random() < 0.75:
        place = (
            (link + rng.uniform(-40, 60), v1) if rng.random() < 0.6 else (max(start, -0.5 * c.half[0]) + rng.uniform(20, 90), v0)
        )
        pose = scene.spot(*place, 19 if big else 6, 0 if rng.random() < 0.5 else np.pi)
        if pose is not None:
            (airliner if big and rng.random() < 0.75 else small_plane)(c, pose, rng)
    scatter(
        scene,
        1.2,
        lambda: (rng.uniform(-1, 1) * c.half[0], v1 + rng.uniform(-4, 4)),
        small_plane,
        7,
        lambda: rng.choice([0, np.pi]),
    )
    track = v1 + tw / 2 + rng.uniform(10, 18)
    if rng.random() < 0.6:
        scene.band(track, 4.0, "soil")
        scatter(scene, 2.0, lambda: (rng.uniform(-1, 1) * c.half[0], track), car, 3.2, lambda: rng.choice([0, np.pi]))
    if rng.random() < 0.4:
        x, y = f.points([[rng.uniform(-0.5, 0.5) * c.half[0], v1 + 30]])[0]
        c.box(Pose(float(x), float(y), f.heading), 4, 3, (0.82, 0.3, 0.2), 2.6)
    if rng.random() < 0.5:
        grove(c, f.at(0, v1 + 62), 2 * scene.reach, 34, 1.2, rng, scene.look.leaf)


def _digits(scene: Scene, u: float, v: float) -> None:
    strokes = {"0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "7": "abc", "9": "abcfg"}
    for k, side in enumerate((-1, 1)):
        digit = "012"[scene.rng.integers(3)] if k == 0 else "0123479"[scene.rng.integers(7)]
        o = scene.frame.at(u, v + side * 3.4)
        corners = {
            "a": [[9, -2], [9, 2]],
            "b": [[9, 2], [4.5, 2]],
            "c": [[4.5, 2], [0, 2]],
            "d": [[0, 2], [0, -2]],
            "e": [[0, -2], [4.5, -2]],
            "f": [[4.5, -2], [9, -2]],
            "g": [[4.5, -2], [4.5, 2]],
        }
        for stroke in strokes[digit]:
            scene.canvas.line(o.points(corners[stroke]), 1.0, WHITE_PAINT, None, 0, 0.85)


def apron(scene: Scene) -> None:
    """Park airliners nose-in at a terminal with bridges, service trucks and carts."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("concrete")
    v0 = -0.62 * c.half[1] + rng.uniform(-6, 8)
    pitch, livery = rng.uniform(43, 50), LIVERIES[rng.integers(len(LIVERIES))]
    shift = rng.uniform(-0.5, 0.5) * pitch
    lane = v0 + 64
    scene.band(lane + 22, 26, "asphalt")
    scene.band(lane + 22, 0.45, YELLOW, opacity=0.85)
    scene.band(lane, 0.3, (0.75, 0.2, 0.15), opacity=0.7)
    for side in (-1, 1):
        scene.band(v0 + 9 + side * 4, 0.2, WHITE_PAINT, opacity=0.75)
    n = int(scene.reach / pitch) + 1
    bridges: list[tuple[float, bool]] = []
    for i in range(-n, n + 1):
        u = i * pitch + shift
        c.line(f.points([[u, v0 + 14], [u, lane + 8], [u + 8, lane + 22]]), 0.4, YELLOW, None, 0, 0.85)
        for side in (-1, 1):
            c.line(
                f.points([[u + side * pitch * 0.46, v0 + 14], [u + side * pitch * 0.46, lane - 2]]),
                0.25,
                (0.75, 0.2, 0.15),
                None,
                0,
                0.6,
            )
        for _ in range(10):
            x, y = f.points([[u + rng.normal(0, 3), v0 + rng.uniform(20, 58)]])[0]
            c.disc(x, y, rng.uniform(0.5, 2.4), (0.16, 0.15, 0.14), None, 0, rng.uniform(0.06, 0.22))
        taken = rng.random() < 0.72 * min(scene.crowding, 1.2)
        bridges.append((u, taken))
        if taken:
            length = rng.uniform(32, 43)
            pose = scene.spot(u + rng.normal(0, 0.3), v0 + 17 + length / 2, 19, -np.pi / 2 + rng.normal(0, 0.01))
            if pose is not None:
                airliner(c, pose, rng, length, livery if rng.random() < 0.6 else None)
                c.claims[-1] = (pose.x, pose.y, 11.0)
    for u, taken in bridges:
        end = (u - 3.4, v0 + 25) if taken else (u - 14, v0 + 16)
        c.line(f.points([[u - 12, v0 + 2], end]), 3.0, (0.60, 0.62, 0.64), 5.2)
        c.line(f.points([[u - 12, v0 + 2], end]), 1.6, (0.70, 0.72, 0.74), 5.6)
        c.disc(*f.points([[u - 12, v0 + 2]])[0], 2.6, (0.66, 0.68, 0.70), 6.0)
        x, y = f.points([[u + pitch / 2, v0 + 13]])[0]
        lamp_post(c, float(x), float(y), rng, 34.0, (1.5, 1.3, 1.0), 18.0)
    building(c, f.at(0, v0 - 24), 2.4 * scene.reach, 50, 13, rng, scene.look.roof, "flat")
    across = (-1.0 * c.half[0], 1.0 * c.half[0])
    scatter(
        scene,
        7,
        lambda: (rng.uniform(*across), rng.uniform(v0 + 14, lane + 6)),
        service_truck,
        5.5,
        lambda: rng.uniform(0, 2 * np.pi),
    )
    scatter(scene, 4, lambda: (rng.uniform(*across), v0 + 9 + rng.choice([-2, 2])), car, 3, lambda: rng.choice([0, np.pi]))
    scatter(scene, 5, lambda: (rng.uniform(*across), rng.uniform(v0 + 14, lane + 4)), car, 3.2, lambda: rng.uniform(0, 2 * np.pi))
    boxes_and_carts(scene, int(12 * scene.crowding), across, (v0 + 12, lane))


def light_apron(scene: Scene) -> None:
    """Tie light aircraft down in rows, with a helipad, small hangars, cars and trees."""
    c, rng, f = scene.canvas, scene.rng, scene.frame
    scene.ground("grass")
    paved = rng.random() < 0.7
    v0 = rng.uniform(-8, 10)
    rows = int(rng.integers(2, 4))
    pitch, gap = rng.uniform(13.5, 16.5), 17.0
    depth = rows * gap + 14
    if paved:
        c.box(f.at(0, v0), 1.8 * c.half[0], depth, scene.texture("asphalt" if rng.random() < 0.5 else "concrete"))
    scene.band(v0 + depth / 2 + 4, 9, "asphalt")
    scene.band(v0 + depth / 2 + 4, 0.35, YELLOW, opacity=0.85)
    n = int(0.85 * c.half[0] / pitch)
    for row in range(rows):
        v = v0 + (row - (rows - 1) / 2) * gap
        for i in range(-n, n + 1):
            if paved:
                c.line(f.points([[i * pitch - 3, v - 2], [i * pitch, v], [i * pitch + 3, v - 2]]), 0.25, YELLOW, None, 0, 0.7)
            if rng.random() < 0.62 * scene.crowding:
                pose = scene.spot(
                    i * pitch + rng.normal(0, 0.5),
                    v + rng.normal(0, 0.5),
                    6.0,
                    -np.pi / 2 + rng.normal(0, 0.06) + (np.pi if rng.random() < 0.08 else 0),
                )
                if pose is not None:
                    small_plane(c, pose, rng)
    if rng.random() < 0.55:
        u, v = rng.uniform(-0.6, 0.6) * c.half[0], v0 + depth / 2 + rng.uniform(20, 26)
        helipad(scene, u, v)
    hall = rng.uniform(15, 20)
    v1 = v0 - depth / 2 - hall / 2 - 5
    c.box(f.at(0, v1 + hall / 2 + 2), 2 * c.half[0], 9, scene.texture("concrete"))
    u = -1.1 * c.half[0] + rng.uniform(0, 15)
    while u < 1.1 * c.half[0]:
        length = rng.uniform(16, 34)
        if rng.random() < 0.85:
            if rng.random() < 0.35:
                pose = scene.spot(u + length / 2, v1 + hall / 2 + rng.uniform(0, 3), 5, np.pi / 2 + rng.normal(0, 0.1))
                if pose is not None:
                    small_plane(c, pose, rng)
            building(
                c,
                f.at(u + length / 2, v1),
                length - 2,
                hall,
                rng.uniform(5, 7),
                rng,
                scene.look.roof,
                str(rng.choice(["barrel", "gable"])),
            )
        u += length
    v2 = v1 - hall / 2 - 9
    road(scene, v2 - 6, 6.5, 0.8)
    scatter(
        scene,
        10,
        lambda: (rng.uniform(-1, 1) * c.half[0], v2 + 3.5),
        car,
        1.5,
        lambda: np.pi / 2 * rng.choice([-1, 1]) + rng.normal(0, 0.05),
    )
    scatter(
        scene,
        1.5,
        lambda: (rng.uniform(-1, 1) * c.half[0], v0 + depth / 2 + 4 + rng.choice([-2, 2])),
        service_truck,
        6,
        lambda: rng.choice([0, np.pi]),
    )
    grove(c, f.at(0, v2 - 26), 2.2 * scene.reach, 26, 1.6, rng, scene.look.leaf)
    for u in np.arange(-c.half[0], c.half[0], 36.0):
        x, y = f.points([[u, v0 - depth / 2 - 1]])[0]
        lamp_post(c, float(x), float(y), rng, 22.0, (1.2, 1.05, 0.8), 10.0)


def helipad(scene: Scene, u: float, v: float, occupied: float = 0.8) -> None:
    """Lay a helipad with its H and perhaps a helicopter."""
    c, f, rng = scene.canvas, scene.frame, scene.rng
    x, y = f.points([[u, v]])[0]
    c.box(f.at(u, v), 24, 24, scene.texture("concrete"))
    c.disc(x, y, 9.5, WHITE_PAINT, None, 0, 0.8)
    c.disc(x, y, 9.0, scene.texture("asphalt")[c.shape[0] // 2, c.shape[1] // 2])
    for a in (-2.2, 2.2):
        c.box(f.at(u, v + a), 7, 1.0, WHITE_PAINT, None, 0, 0.85)
    c.box(f.at(u, v), 1.0, 4.4, WHITE_PAINT, None, 0, 0.85)
    for k in range(8):
        lx, ly = f.points([[u + 11 * np.cos(k * np.pi / 4), v + 11 * np.sin(k * np.pi / 4)]])[0]
        c.lamps.append(Lamp(float(lx), float(ly), 3.5, (0.3, 0.7, 0.35)))
    if rng.random() < occupied:
        pose = scene.spot(u, v, 6, rng.uniform(0, 2 * np.pi))
        if pose is not None:
            helicopter(c, pose, rng)


LAYOUTS = {
    "runway": runway,
    "apron": apron,
    "light_apron": light_apron,
}
