"""IoU of two xywh boxes, written out so that the tests of the sample need nothing of the program."""

from __future__ import annotations

from collections.abc import Sequence


def iou(a: Sequence[float], b: Sequence[float]) -> float:
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    inside = max(w, 0.0) * max(h, 0.0)
    return inside / (a[2] * a[3] + b[2] * b[3] - inside)
