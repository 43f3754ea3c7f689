"""Light on a canvas: sun and sky with cast shadows from the height map, lamps at night, clouds, haze and fog."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from .canvas import Canvas, FloatArray
from .terrain import octaves


@dataclass(frozen=True)
class Weather:
    """The light of one picture. Angles in radians, colours linear RGB; ``fog`` optical depth, ``patchy`` its unevenness."""

    azimuth: float
    elevation: float
    sun: tuple[float, float, float]
    sky: tuple[float, float, float]
    air: tuple[float, float, float]
    fog: float = 0.03
    patchy: float = 0.0
    clouds: float = 0.0
    lamps: float = 0.0


def shadow_height(canvas: Canvas, azimuth: float, elevation: float) -> FloatArray:
    """Return the height up to which each pixel lies in shadow, (H, W) metres.

    Notes
    -----
    The maximum over all occluders towards the sun, ``top(x + k d) − k tan(elevation)``, by doubling the reach: log2 steps.
    """
    dx, dy = np.cos(azimuth), np.sin(azimuth)
    drop = float(np.tan(elevation)) / canvas.scale
    reach = (float(canvas.top.max()) - float(canvas.top.min())) / drop
    out, step = canvas.top.copy(), 1.0
    h, w = canvas.shape
    while step <= min(reach, 1500.0):
        shift = np.array([[1, 0, dx * step], [0, 1, dy * step]])
        moved = cv2.warpAffine(out, shift, (w, h), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
        np.maximum(out, moved - np.float32(step * drop), out=out)
        step *= 2
    return out


def lit(canvas: Canvas, weather: Weather, rng: Generator, glint: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """Return the radiance that reaches the camera, linear (H, W, 3), and the share of light the air lets through, (H, W)."""
    scale, top = np.float32(canvas.scale), canvas.top
    shade = np.clip((shadow_height(canvas, weather.azimuth, weather.elevation) - top - 0.06) / 0.3, 0, 1)
    soft = 0.6 + 0.02 * scale
    sunlit = 1 - cv2.GaussianBlur(shade, (0, 0), float(soft))
    smooth = cv2.GaussianBlur(top, (0, 0), 0.8)
    gx = np.clip(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.125) * scale, -2.0, 2.0)
    gy = np.clip(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.125) * scale, -2.0, 2.0)
    norm = 1 / np.sqrt(1 + gx**2 + gy**2)
    ce, se = np.cos(weather.elevation), np.sin(weather.elevation)
    facing = np.clip(
        (-gx * np.float32(np.cos(weather.azimuth) * ce) - gy * np.float32(np.sin(weather.azimuth) * ce) + np.float32(se)) * norm,
        0,
        1.2,
    )
    hollow = cv2.GaussianBlur(
        cv2.resize(top, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), (0, 0), max(0.6, 1.4 * float(scale) * 0.25)
    )
    hollow = cv2.resize(hollow, (top.shape[1], top.shape[0])) - top
    open_sky = 1 / (1 + 0.14 * np.clip(hollow, 0, 8)) * (0.55 + 0.45 * norm)
    if weather.clouds:
        cover = np.clip(0.5 + 0.9 * octaves(canvas, rng, (160, 70, 30), 0.6), 0, 1)
        sunlit = sunlit * (1 - weather.clouds * cover)
    direct = facing * sunlit
    light = direct[..., None] * np.asarray(weather.sun, np.float32) + open_sky[..., None] * np.asarray(weather.sky, np.float32)
    albedo = np.clip(canvas.color, 0.004, 1) ** np.float32(2.2)
    if weather.lamps and canvas.lamps:
        light += lamp_light(canvas) * np.float32(weather.lamps)
    out = albedo * light
    if glint is not None:
        sky = np.asarray(weather.sky, np.float32) * 0.035 + np.asarray(weather.sun, np.float32) * 0.006
        wet = canvas.water * np.clip(1 + 0.8 * glint, 0.1, 4)
        out += wet[..., None] * sky
        spark = np.clip(glint - 2.3, 0, 1.5) * canvas.water * sunlit
        out += spark[..., None] * np.asarray(weather.sun, np.float32) * 0.07
    if weather.lamps and canvas.lamps:
        out += bulbs(canvas) * np.float32(weather.lamps)
    depth = np.full(canvas.shape, weather.fog, np.float32)
    if weather.patchy:
        depth *= np.exp(weather.patchy * octaves(canvas, rng, (110, 45, 18), 0.6) - 0.5 * weather.patchy**2)
    through = np.exp(-np.minimum(depth, 3.5))
    return out * through[..., None] + (1 - through[..., None]) * np.asarray(weather.air, np.float32), through


def lamp_light(canvas: Canvas) -> FloatArray:
    """Return the light of all lamps on the ground, linear (H, W, 3), at a quarter of the resolution and scaled up."""
    h, w = canvas.shape
    k = 4
    small = np.zeros((h // k + 1, w // k + 1, 3), np.float32)
    for lamp in canvas.lamps:
        cx, cy = canvas.to_px([[lamp.x, lamp.y]])[0] / k
        r = lamp.reach * canvas.scale / k * 2.6
        x0, x1, y0, y1 = (
            int(max(cx - r, 0)),
            int(min(cx + r, small.shape[1])),
            int(max(cy - r, 0)),
            int(min(cy + r, small.shape[0])),
        )
        if x1 <= x0 or y1 <= y0:
            continue
        y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        d2 = ((x - cx) ** 2 + (y - cy) ** 2) / (r / 2.6) ** 2
        pool = 1 / (1 + 2.2 * d2) ** 1.8 * np.clip(1 - d2 / 6.76, 0, 1)
        small[y0:y1, x0:x1] += pool[..., None] * np.asarray(lamp.rgb, np.float32)
    return cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)


def bulbs(canvas: Canvas) -> FloatArray:
    """Return the lamps themselves: small bright cores with a glow around, linear (H, W, 3)."""
    h, w = canvas.shape
    out = np.zeros((h, w, 3), np.float32)
    for lamp in canvas.lamps:
        if lamp.bulb:
            cx, cy = canvas.to_px([[lamp.x, lamp.y]])[0]
            rgb = [float(c) * lamp.bulb for c in lamp.rgb]
            if 0 <= cx < w and 0 <= cy < h:
                cv2.circle(out, (int(cx), int(cy)), max(1, int(0.35 * canvas.scale)), [c * 2.2 for c in rgb], -1, cv2.LINE_8)
    glow = cv2.GaussianBlur(cv2.resize(out, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), (0, 0), 4.0)
    return out + cv2.resize(glow, (w, h)) * 1.2


def weather_for(time_of_day: str, kind: str, rng: Generator) -> Weather:
    """Return the light for a time of day (day, dusk, night) and weather (clear, cloudy, haze, fog)."""
    azimuth = float(rng.uniform(0, 2 * np.pi))
    grey = kind in ("cloudy", "fog")
    if time_of_day == "day":
        elevation = float(rng.uniform(0.55, 0.95))
        sun = np.array((2.0, 1.88, 1.66)) * (0.35 if kind == "fog" else 0.75 if kind == "haze" else 1)
        sky = np.array((0.42, 0.50, 0.62)) if not grey else np.array((0.62, 0.66, 0.70))
        air = np.array((0.60, 0.64, 0.68))
    elif time_of_day == "dusk":
        elevation = float(rng.uniform(0.14, 0.24))
        sun = np.array((2.25, 1.52, 0.94)) * (0.4 if grey else 1)
        sky = np.array((0.23, 0.25, 0.35))
        air = np.array((0.36, 0.33, 0.35))
    else:
        elevation = float(rng.uniform(0.5, 0.9))
        sun = np.array((0.020, 0.026, 0.042)) * (0.4 if grey else 1)
        sky = np.array((0.016, 0.020, 0.034))
        air = np.array((0.030, 0.034, 0.044))
    fog = {"clear": 0.03, "cloudy": 0.05, "haze": rng.uniform(0.18, 0.36), "fog": rng.uniform(0.6, 1.15)}[kind]
    return Weather(
        azimuth,
        elevation,
        tuple(sun),
        tuple(sky),
        tuple(air),
        float(fog),
        0.45 if kind == "fog" else 0.2 if kind == "haze" else 0.0,
        float(rng.uniform(0.4, 0.75)) if kind == "cloudy" else 0.0,
        1.0 if time_of_day == "night" else 0.22 if time_of_day == "dusk" else 0.0,
    )
