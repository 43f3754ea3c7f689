"""Ground and water: multi-octave noise in metres, so that grain keeps its size whatever the altitude."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator

from .canvas import Canvas, FloatArray, Pose

Rgb = Sequence[float]


def noise(canvas: Canvas, cell_m: float, rng: Generator, stretch: float = 1.0) -> FloatArray:
    """Return smooth noise of about unit variance with features ``cell_m`` metres wide, (H, W)."""
    h, w = canvas.shape
    cell = max(cell_m * canvas.scale, 1.0)
    if cell < 1.5:
        return rng.standard_normal((h, w), dtype=np.float32)
    gh, gw = int(h / cell) + 4, int(w / (cell * stretch)) + 4
    grid = rng.standard_normal((gh, gw), dtype=np.float32)
    matrix = np.array([[1 / (cell * stretch), 0, rng.uniform(0.6, 1.6)], [0, 1 / cell, rng.uniform(0.6, 1.6)]])
    return cv2.warpAffine(grid, matrix, (w, h), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT) * 1.3


def octaves(canvas: Canvas, rng: Generator, cells: Sequence[float], fall: float = 0.75) -> FloatArray:
    """Sum noise of several sizes, the first the strongest."""
    weights = np.array([fall**i for i in range(len(cells))], np.float32)
    weights /= np.sqrt((weights**2).sum())
    total = noise(canvas, cells[0], rng) * weights[0]
    for cell, weight in zip(cells[1:], weights[1:], strict=True):
        total += noise(canvas, cell, rng) * weight
    return total


def mix(a: FloatArray, b: Rgb | FloatArray, weight: FloatArray) -> FloatArray:
    """Blend two colours (or textures) by a weight map (H, W)."""
    return a + weight[..., None] * (np.asarray(b, np.float32) - a)


def flat(canvas: Canvas, rgb: Rgb) -> FloatArray:
    """Return a texture of one colour."""
    return np.broadcast_to(np.asarray(rgb, np.float32), (*canvas.shape, 3)).copy()


def frame_coordinates(canvas: Canvas, frame: Pose) -> tuple[FloatArray, FloatArray]:
    """Return u, v of every pixel in the frame of the scene, metres."""
    h, w = canvas.shape
    x = ((np.arange(w, dtype=np.float32) - w / 2) / canvas.scale - frame.x).astype(np.float32)
    y = ((np.arange(h, dtype=np.float32) - h / 2) / canvas.scale - frame.y).astype(np.float32)
    c, s = np.float32(np.cos(frame.heading)), np.float32(np.sin(frame.heading))
    return x[None, :] * c + y[:, None] * s, y[:, None] * c - x[None, :] * s


def grass(canvas: Canvas, frame: Pose, rng: Generator, lush: Rgb, dry: Rgb, soil: Rgb) -> FloatArray:
    """Mown grass: dry patches, mowing stripes, bare soil and tufts."""
    broad = octaves(canvas, rng, (55, 22, 9, 3.5))
    out = mix(flat(canvas, lush), dry, np.clip(0.42 + 0.34 * broad, 0, 1))
    _, v = frame_coordinates(canvas, frame)
    stripes = np.tanh(3 * np.sin(v * np.float32(2 * np.pi / rng.uniform(7, 11)) + noise(canvas, 12, rng) * 0.35))
    fine = octaves(canvas, rng, (1.6, 0.7, 0.3), 0.95)
    bare = np.clip(1.6 * (octaves(canvas, rng, (16, 6, 2.2, 0.8)) - 1.45), 0, 0.8)
    out = mix(out, soil, bare)
    return out * (1 + 0.02 * stripes + 0.085 * fine)[..., None]


def soil(canvas: Canvas, rng: Generator, light: Rgb, dark: Rgb) -> FloatArray:
    """Gravel, sand or beaten earth with wheel-worn patches."""
    broad = octaves(canvas, rng, (30, 11, 4, 1.5))
    out = mix(flat(canvas, light), dark, np.clip(0.4 + 0.3 * broad, 0, 1))
    return out * (1 + 0.055 * octaves(canvas, rng, (0.9, 0.35), 1.0))[..., None]


def asphalt(canvas: Canvas, rng: Generator, rgb: Rgb) -> FloatArray:
    """Tarmac: repairs, oil and speckle."""
    broad = octaves(canvas, rng, (35, 9, 2.5))
    fine = octaves(canvas, rng, (0.8, 0.3), 1.0)
    oil = np.clip(octaves(canvas, rng, (5, 2)) - 1.9, 0, 1)
    return flat(canvas, rgb) * (1 + 0.06 * broad + 0.035 * fine - 0.25 * oil)[..., None]


def concrete(canvas: Canvas, frame: Pose, rng: Generator, rgb: Rgb, slab: float) -> FloatArray:
    """Concrete slabs, each of its own tone, with joints and stains."""
    u, v = frame_coordinates(canvas, frame)
    i, j = np.floor(u / slab).astype(np.int32), np.floor(v / slab).astype(np.int32)
    tones = rng.standard_normal((97, 89)).astype(np.float32)
    tone = tones[i % 97, j % 89]
    gap = np.minimum(np.abs(u - np.round(u / slab) * slab), np.abs(v - np.round(v / slab) * slab))
    joint = np.clip(1 - gap / max(0.14, 0.6 / canvas.scale), 0, 1)
    broad = octaves(canvas, rng, (28, 9, 3))
    stain = np.clip(octaves(canvas, rng, (6, 2.4, 1)) - 1.3, 0, 1)
    fine = noise(canvas, 0.4, rng)
    shade = 1 + 0.028 * tone + 0.05 * broad + 0.02 * fine - 0.17 * joint - 0.16 * stain
    out = flat(canvas, rgb) * shade[..., None]
    return mix(out, out * np.array([1.0, 0.97, 0.9], np.float32), np.clip(broad, 0, 1) * 0.6)


def sea(canvas: Canvas, rng: Generator, deep: Rgb, shallow: Rgb, wind: float, chop: float) -> tuple[FloatArray, FloatArray]:
    """Return water colour (H, W, 3) and the slope of its waves along the sun (H, W), for glints."""
    u, v = frame_coordinates(canvas, Pose(0, 0, wind))
    warp = noise(canvas, 22, rng) * 1.8 + noise(canvas, 7, rng) * 0.5
    slope = np.zeros(canvas.shape, np.float32)
    for length in (7.0, 4.3, 2.8, 1.8, 1.2):
        if length * canvas.scale < 3:
            continue
        turn = rng.uniform(-0.5, 0.5)
        crest = (u * np.float32(np.cos(turn)) + v * np.float32(np.sin(turn)) + warp) * np.float32(2 * np.pi / length)
        group = 0.55 + 0.45 * noise(canvas, length * 3.5, rng)
        slope += np.cos(crest + noise(canvas, length * 1.7, rng)) * group * np.float32(0.5 * length**0.12)
    slope = slope * 0.6 + octaves(canvas, rng, (1.4, 0.6, 0.3), 0.9) * 0.55
    broad = octaves(canvas, rng, (70, 30, 12))
    out = mix(flat(canvas, deep), shallow, np.clip(0.35 + 0.25 * broad, 0, 1))
    gusts = np.clip(0.8 + 0.35 * noise(canvas, 25, rng), 0.3, 1.5)
    slope = slope * gusts * np.float32(chop)
    return out * (1 + 0.085 * slope)[..., None], slope
