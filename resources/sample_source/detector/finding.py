"""Run a trained detector over pictures: peaks of the heat, boxes from their sides, non-maximum suppression."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from .network import COARSEST, Detector, boxes_at

NMS_IOU = 0.6
LEAST_SCORE = 0.05
MOST_PER_PICTURE = 100
Found = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


@torch.no_grad()
def find(net: Detector, pixels: NDArray[np.uint8], temperature: float = 1.0, shift: float = 0.0, mirrored: bool = False) -> Found:
    """Return xywh boxes (K, 4) in pixels, scores (K,) and class rows (K,), best first, at most 100.

    ``temperature`` and ``shift`` map the network's logits to scores; ``mirrored`` averages with the picture seen in a mirror.
    """
    h, w = pixels.shape[:2]
    x = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float().div(255).sub(0.45).div(0.25)
    x = functional.pad(x, (0, -w % COARSEST, 0, -h % COARSEST), value=-1.8)
    logits, sides = net(x)
    if mirrored:
        other_logits, other_sides = (a.flip(3) for a in net(x.flip(3)))
        logits, sides = (logits + other_logits) / 2, (sides + other_sides[:, [2, 1, 0, 3]]) / 2
    peak = logits.eq(functional.max_pool2d(logits, 3, 1, 1))
    scores = torch.sigmoid(logits / temperature + shift) * peak
    n, class_row, rows, columns = (scores > LEAST_SCORE).nonzero(as_tuple=True)
    score = scores[n, class_row, rows, columns].double().numpy()
    box = boxes_at(sides[0, :, rows, columns].T, rows, columns).double().numpy()
    box = np.clip(box, 0, [w, h, w, h])
    keep = suppress(box, score, class_row.numpy())[:MOST_PER_PICTURE]
    box = box[keep]
    return np.concatenate([box[:, :2], box[:, 2:] - box[:, :2]], axis=1), score[keep], class_row.numpy()[keep]


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
