"""Take one planned picture: lay the scene out, light it, photograph it, and note the true boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import airfield_edges, airfields, harbours
from .cameras import CAMERAS, PixelArray, picture
from .canvas import Canvas, FloatArray, Pose, Thing
from .lighting import lit, weather_for
from .scenes import Scene
from .sites import Shot

LAYOUTS = {**airfields.LAYOUTS, **airfield_edges.LAYOUTS, **harbours.LAYOUTS}
CLASSES = {
    "airliner": "aircraft",
    "small plane": "aircraft",
    "helicopter": "aircraft",
    "truck": "vehicle",
    "car": "vehicle",
    "ship": "vessel",
    "boat": "vessel",
    "storage tank": "structure",
}
LEAST_VISIBLE = 0.3
LEAST_SIDE_PX = 4.0


@dataclass(frozen=True)
class TrueBox:
    """A true object of a picture: class, xywh in pixels clipped to the picture, and what hides it."""

    name: str
    xywh: tuple[float, float, float, float]
    occluded: bool
    truncated: bool


def take(shot: Shot) -> tuple[PixelArray, list[TrueBox]]:
    """Return the picture, uint8 RGB (H, W, 3), and its true boxes in the order they were drawn."""
    rng, camera = np.random.default_rng(shot.seed), CAMERAS[shot.camera]
    canvas = Canvas(camera.width, camera.height, shot.altitude_m * camera.gsd_per_metre)
    scene = Scene(
        canvas,
        shot.site.look,
        rng,
        Pose(float(rng.normal(0, 6)), float(rng.normal(0, 5)), float(rng.uniform(0, 2 * np.pi))),
        shot.crowding,
    )
    LAYOUTS[shot.layout](scene)
    radiance, through = lit(canvas, weather_for(shot.time_of_day, shot.weather, rng), rng, scene.glint)
    target, most = {"day": (0.72, 0.85), "dusk": (0.55, 1.3), "night": (0.42, 2.6)}[shot.time_of_day]
    pixels = picture(canvas, radiance, camera, rng, shot.motion, target, most)
    boxes = [_true_box(canvas, thing, index + 1, through) for index, thing in enumerate(canvas.things)]
    return pixels, [box for box in boxes if box is not None]


def _true_box(canvas: Canvas, thing: Thing, owner: int, through: FloatArray) -> TrueBox | None:
    if thing.n_painted == 0:
        return None
    visible = canvas.visible(owner) / thing.n_painted
    k, m = canvas.supersample, canvas.margin
    x0, y0, x1, y1 = thing.x0 / k - m, thing.y0 / k - m, thing.x1 / k - m, thing.y1 / k - m
    cx0, cy0, cx1, cy1 = max(x0, 0.0), max(y0, 0.0), min(x1, float(canvas.width)), min(y1, float(canvas.height))
    if cx1 - cx0 < LEAST_SIDE_PX or cy1 - cy0 < LEAST_SIDE_PX or visible < LEAST_VISIBLE:
        return None
    truncated = (cx1 - cx0) * (cy1 - cy0) < 0.985 * (x1 - x0) * (y1 - y0)
    air = float(through[int((cy0 + cy1) / 2 + m) * k, int((cx0 + cx1) / 2 + m) * k])
    return TrueBox(
        thing.name,
        (float(cx0), float(cy0), float(cx1 - cx0), float(cy1 - cy0)),
        bool(visible < 0.85 or air < 0.3),
        bool(truncated),
    )
