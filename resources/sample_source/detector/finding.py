"""Run a trained detector over pictures: peaks of the heat, boxes from their sides, non-maximum suppression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from .network import COARSEST, Detector, boxes_at

NMS_IOU = 0.6
LEAST_SCORE = 0.05
MOST_PER_PICTURE = 100
AFAR = 0.5
LARGE_PX = 150.0
Found = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True)
class Looking:
    """How a run looks at a picture: also in a mirror, also from afar (for what is large), and how logits become scores."""

    mirrored: bool = False
    from_afar: bool = False
    temperature: float = 1.0
    shift: float = 0.0


@torch.no_grad()
def find(net: Detector, pixels: NDArray[np.uint8], looking: Looking) -> Found:
    """Return xywh boxes (K, 4) in pixels, scores (K,) and class rows (K,), best first, at most 100."""
    h, w = pixels.shape[:2]
    box, score, class_row = _at_scale(net, pixels, 1.0, looking)
    if looking.from_afar:
        large = (box[:, 2:] - box[:, :2]).max(axis=1) > LARGE_PX
        far_box, far_score, far_class_row = _at_scale(net, pixels, AFAR, looking)
        far_large = (far_box[:, 2:] - far_box[:, :2]).max(axis=1) > LARGE_PX
        box = np.concatenate([box[~large], far_box[far_large]])
        score = np.concatenate([score[~large], far_score[far_large]])
        class_row = np.concatenate([class_row[~large], far_class_row[far_large]])
    box = np.clip(box, 0, [w, h, w, h])
    keep = suppress(box, score, class_row)[:MOST_PER_PICTURE]
    box = box[keep]
    return np.concatenate([box[:, :2], box[:, 2:] - box[:, :2]], axis=1), score[keep], class_row[keep]


def _at_scale(net: Detector, pixels: NDArray[np.uint8], scale: float, looking: Looking) -> Found:
    seen = pixels if scale == 1 else cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    h, w = seen.shape[:2]
    x = torch.from_numpy(seen.copy()).permute(2, 0, 1)[None].float().div(255).sub(0.45).div(0.25)
    x = functional.pad(x, (0, -w % COARSEST, 0, -h % COARSEST), value=-1.8)
    logits, sides = net(x)
    if looking.mirrored:
        other_logits, other_sides = (a.flip(3) for a in net(x.flip(3)))
        logits, sides = (logits + other_logits) / 2, (sides + other_sides[:, [2, 1, 0, 3]]) / 2
    peak = logits.eq(functional.max_pool2d(logits, 3, 1, 1))
    scores = torch.sigmoid(logits / looking.temperature + looking.shift) * peak
    n, class_row, rows, columns = (scores > LEAST_SCORE).nonzero(as_tuple=True)
    box = boxes_at(sides[0, :, rows, columns].T, rows, columns).double().numpy() / scale
    return box, scores[n, class_row, rows, columns].double().numpy(), class_row.numpy()


def suppress(box: NDArray[np.float64], score: NDArray[np.float64], class_row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that survive non-maximum suppression within each class, best first."""
    order = np.argsort(-score, kind="stable")
    area = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
    keep: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        keep.append(int(best))
        low, high = np.maximum(box[best, :2], box[rest, :2]), np.minimum(box[best, 2:], box[rest, 2:])
        inside = np.clip(high - low, 0, None).prod(axis=1)
        iou = inside / np.maximum(area[best] + area[rest] - inside, 1e-9)
        order = rest[(iou <= NMS_IOU) | (class_row[rest] != class_row[best])]
    return np.array(keep, dtype=np.int64)
