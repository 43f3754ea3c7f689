"""Two cameras: from radiance on the canvas to 8-bit pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .canvas import Canvas, FloatArray

PixelArray = NDArray[np.uint8]


@dataclass(frozen=True)
class Camera:
    """A camera: picture size in pixels, ground metres per pixel per metre of altitude, response and faults."""

    name: str
    width: int
    height: int
    gsd_per_metre: float
    blur: float
    read_noise: float
    shot_noise: float
    vignette: float
    mix: tuple[tuple[float, float, float], ...]
    contrast: float
    lift: float
    jpeg_quality: int


CAMERAS = {
    "A": Camera(
        "A",
        640,
        480,
        0.00100,
        0.0,
        0.0028,
        0.005,
        0.16,
        ((1.02, -0.01, -0.01), (0.0, 1.0, 0.0), (-0.01, -0.02, 1.03)),
        1.04,
        0.0,
        73,
    ),
    "B": Camera(
        "B",
        560,
        420,
        0.00125,
        0.8,
        0.0075,
        0.010,
        0.42,
        ((0.88, 0.10, 0.02), (0.03, 1.02, -0.01), (0.02, 0.10, 0.92)),
        0.86,
        0.035,
        71,
    ),
}


def picture(
    canvas: Canvas,
    radiance: FloatArray,
    camera: Camera,
    rng: Generator,
    motion: float = 0.0,
    target: float = 0.72,
    most: float = 0.8,
) -> PixelArray:
    """Return the picture ``camera`` takes of ``radiance``, uint8 RGB (height, width, 3).

    ``motion`` is smear in pixels; the exposure brings the brightest parts to ``target``, amplifying at most ``most`` times.
    """
    m = canvas.margin
    size = (camera.width + 2 * m, camera.height + 2 * m)
    linear = cv2.resize(radiance, size, interpolation=cv2.INTER_AREA)[m:-m, m:-m]
    if motion > 1:
        reach = int(motion) * 2 + 1
        kernel, angle = np.zeros((reach, reach), np.float32), rng.uniform(0, np.pi)
        c, d = reach // 2, np.array((np.cos(angle), np.sin(angle))) * motion / 2
        cv2.line(kernel, tuple(round(float(c - a)) for a in d), tuple(round(float(c + a)) for a in d), 1.0, 1, cv2.LINE_AA)
        linear = cv2.filter2D(linear, -1, kernel / kernel.sum())
    if camera.blur:
        linear = cv2.GaussianBlur(linear, (0, 0), camera.blur)
    y, x = np.mgrid[-1 : 1 : camera.height * 1j, -1 : 1 : camera.width * 1j].astype(np.float32)
    linear = linear * (1 - np.float32(camera.vignette) * np.clip((x**2 + y**2) / 2, 0, 1) ** 1.3)[..., None]
    veil = 0.6 * float(np.percentile(linear, 0.5))
    bright = float(np.percentile(linear.mean(axis=2), 97)) - veil
    gain = float(np.clip(target / max(bright, 1e-4), 0.34, most))
    linear = np.clip((linear - veil) * gain, 0, None) @ np.array(camera.mix, np.float32).T
    amplified = np.sqrt(max(gain, 1.0))
    grain = rng.standard_normal(linear.shape, dtype=np.float32)
    grain = 0.75 * grain.mean(axis=2, keepdims=True) * 1.7 + 0.4 * cv2.GaussianBlur(grain, (0, 0), 1.1) * 1.8
    linear = (
        linear
        - 0.6 * camera.read_noise * amplified
        + grain * (0.7 * camera.read_noise * amplified + camera.shot_noise * np.sqrt(np.clip(linear, 0, 1)) * amplified)
    )
    linear = np.clip(linear, 0, None)
    shoulder = linear * (1 + linear / 2.2) / (1 + linear)
    out = np.clip(shoulder * 1.32, 0, 1) ** np.float32(1 / 2.2)
    out = (out - 0.5) * camera.contrast + 0.5 + camera.lift
    return np.clip(out * 255 + 0.5, 0, 255).astype(np.uint8)
