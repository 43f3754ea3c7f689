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
def find(net: Detector, pixels: NDArray[np.uint8], scale: float = 1.0, temperature: float = 1.0, shift: float = 0.0) -> Found:
    """Return xywh boxes (K, 4) in pixels, scores (K,) and class rows (K,), best first, at most 100.

    ``temperature`` and ``shift`` map the network's logits to scores, as fitted by :func:`calibration_of`.
    """
    h, w = pixels.shape[:2]
    x = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float().div(255).sub(0.45).div(0.25)
    if scale != 1.0:
        x = functional.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
    pad_h, pad_w = -x.shape[2] % COARSEST, -x.shape[3] % COARSEST
    logits, sides = net(functional.pad(x, (0, pad_w, 0, pad_h), value=-1.8))
    peak = logits.eq(functional.max_pool2d(logits, 3, 1, 1))
    scores = torch.sigmoid(logits / temperature + shift) * peak
    n, class_row, rows, columns = (scores > LEAST_SCORE).nonzero(as_tuple=True)
    score = scores[n, class_row, rows, columns].double().numpy()
    box = boxes_at(sides[0, :, rows, columns].T, rows, columns).double().numpy() / scale
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
