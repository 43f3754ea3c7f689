"""Drawings of the report as inline SVG."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray
from diag_gui.evaluation.curves import Curve

_LEFT, _TOP, _SIDE = 44, 8, 300
_POINTS = 400


def curve_chart(curves: Sequence[tuple[str, str, Curve]], score: float) -> str:
    """Return precision against recall.

    Parameters
    ----------
    curves : sequence of (name, colour, Curve)
    score : float
        A dot marks where predictions of at least this score are kept.
    """
    parts = [f'<svg viewBox="0 0 {_LEFT + _SIDE + 16} {_TOP + _SIDE + 44}" width="100%" style="max-width:470px" role="img">']
    for step in range(6):
        at = step / 5
        x, y = _LEFT + at * _SIDE, _TOP + (1 - at) * _SIDE
        parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_LEFT + _SIDE}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + _SIDE}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{at:.1f}</text>')
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _SIDE + 15}" text-anchor="middle">{at:.1f}</text>')
    parts.append(f'<text x="{_LEFT + _SIDE / 2}" y="{_TOP + _SIDE + 34}" text-anchor="middle">recall</text>')
    middle = _TOP + _SIDE / 2
    parts.append(f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">precision</text>')
    for name, colour, curve in curves:
        if not len(curve.score) or np.isnan(curve.recall[0]):
            continue
        keep = _thinned(curve.recall)
        points = " ".join(
            f"{_LEFT + r * _SIDE:.1f},{_TOP + (1 - p) * _SIDE:.1f}"
            for r, p in zip(curve.recall[keep].tolist(), curve.precision[keep].tolist(), strict=True)
        )
        stroke = f'fill="none" stroke="{colour}" stroke-width="1.8"'
        parts.append(f'<polyline {stroke} points="{points}"><title>{escape(name)}</title></polyline>')
        place = int(np.searchsorted(-curve.score, -score, side="right")) - 1
        if place >= 0:
            x, y = _LEFT + curve.recall[place] * _SIDE, _TOP + (1 - curve.precision[place]) * _SIDE
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}" stroke="var(--panel)" stroke-width="1.5"/>')
    parts.append("</svg>")
    return "".join(parts)


def _thinned(recall: FloatArray) -> LongArray:
    """Return positions along a curve: enough to look the same, the first and the last among them."""
    if len(recall) <= _POINTS:
        return np.arange(len(recall), dtype=np.int64)
    return np.unique(np.linspace(0, len(recall) - 1, _POINTS).astype(np.int64))


def bar(share: float, colour: str = "") -> str:
    """Return a bar that fills ``share`` of its track."""
    width = 0.0 if share != share else max(0.0, min(1.0, share)) * 100
    style = f"width:{width:.1f}%" + (f";background:{colour}" if colour else "")
    return f'<span class="track"><span class="bar" style="{style}"></span></span>'


def crop_picture(
    png: bytes, size: tuple[int, int], truth: Sequence[float] | None, predicted: Sequence[float] | None, colour: str
) -> str:
    """Return a picture with the ground truth as a solid white box and the prediction dashed in ``colour``.

    Parameters
    ----------
    png : bytes
        The crop.
    size : tuple of int
        Its width and height in pixels.
    truth, predicted : sequence of float, length 4, or None
        ``xywh`` in pixels of the crop.
    colour : str
        Of the error type.
    """
    width, height = size
    uri = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    parts = [f'<svg viewBox="0 0 {width} {height}" role="img"><image href="{uri}" width="{width}" height="{height}"/>']
    for box, strokes in (
        (truth, (("#000", 3.4, ""), ("#fff", 1.8, ""))),
        (predicted, (("#000", 3.4, ""), (colour, 2.0, ' stroke-dasharray="5 3"'))),
    ):
        if box is not None:
            x, y, w, h = box
            for stroke, thick, dash in strokes:
                faint = ' stroke-opacity="0.45"' if stroke == "#000" else ""
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="none" '
                    f'stroke="{stroke}" stroke-width="{thick}"{dash}{faint}/>'
                )
    parts.append("</svg>")
    return "".join(parts)
