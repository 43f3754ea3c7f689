"""Train the detector on crops of the training pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from sample_source.taking import CLASSES

from .network import STRIDE, Detector, boxes_at, heat_loss, overlap_loss, size_loss
from .training_pictures import Labelled

CROP = 320
BATCH = 4
N_CLASSES = len(CLASSES)
Crop = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]


@dataclass(frozen=True)
class Recipe:
    """What one run trains on and how."""

    name: str
    steps: int
    scales: tuple[float, float]
    jitter: float
    label_noise: float
    hard_share: float
    seed: int
    rare_share: float = 0.0


def noisy(picture: Labelled, share: float, rng: Generator) -> Labelled:
    """Return the labels of a hurried annotator: ``share`` forgotten, as many loose, half as many of a wrong class."""
    keep = rng.random(len(picture.boxes)) >= share
    boxes, class_row = picture.boxes[keep].copy(), picture.class_row[keep].copy()
    loose, wrong = rng.random(len(boxes)) < share, rng.random(len(boxes)) < share / 2
    size = np.concatenate([boxes[:, 2:], boxes[:, 2:]], axis=1)
    boxes += loose[:, None] * rng.normal(0, 0.16, boxes.shape) * size
    class_row[wrong] = rng.integers(0, N_CLASSES, int(wrong.sum()))
    return Labelled(picture.shot, picture.path, boxes.astype(np.float32), class_row)


def crop(pixels: NDArray[np.uint8], labels: Labelled, recipe: Recipe, rng: Generator) -> Crop:
    """Cut a square crop at a random scale, turned and mirrored; half of them around an object, rare ones more often."""
    scale = float(np.exp(rng.uniform(*np.log(recipe.scales))))
    side, (h, w) = CROP / scale, pixels.shape[:2]
    if len(labels.boxes) and rng.random() < 0.6:
        weight = np.array([(2.5, 1.5, 8, 1.2, 0.4, 2.5, 0.6, 1.2)[k] for k in labels.class_row])
        if recipe.rare_share:
            weight /= np.bincount(labels.class_row)[labels.class_row]
        x, y, bw, bh = labels.boxes[rng.choice(len(weight), p=weight / weight.sum())]
        cx, cy = x + bw / 2 + rng.normal(0, side / 6), y + bh / 2 + rng.normal(0, side / 6)
    else:
        cx, cy = rng.uniform(0, w), rng.uniform(0, h)
    x0, y0 = float(np.clip(cx - side / 2, 0, max(w - side, 0))), float(np.clip(cy - side / 2, 0, max(h - side, 0)))
    matrix = np.array([[scale, 0, -x0 * scale], [0, scale, -y0 * scale]])
    out = cv2.warpAffine(
        pixels, matrix, (CROP, CROP), flags=cv2.INTER_LINEAR if scale > 0.8 else cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT_101
    )
    x1, y1 = (labels.boxes[:, :2] - (x0, y0)).T * scale
    x2, y2 = x1 + labels.boxes[:, 2] * scale, y1 + labels.boxes[:, 3] * scale
    whole = np.maximum((x2 - x1) * (y2 - y1), 1e-6)
    limit_x, limit_y = min(CROP, (w - x0) * scale), min(CROP, (h - y0) * scale)
    box = np.stack([x1.clip(0, limit_x), y1.clip(0, limit_y), x2.clip(0, limit_x), y2.clip(0, limit_y)], axis=1)
    sides = box[:, 2:] - box[:, :2]
    good = (sides.min(axis=1, initial=1e9) > 3) & (sides.prod(axis=1) > 0.25 * whole)
    box, class_row = box[good], labels.class_row[good]
    if limit_x < CROP:
        out[:, int(limit_x) :] = 0
    if limit_y < CROP:
        out[int(limit_y) :] = 0
    if rng.random() < 0.5:
        out, box = out[:, ::-1], np.stack([CROP - box[:, 2], box[:, 1], CROP - box[:, 0], box[:, 3]], axis=1)
    for _ in range(int(rng.integers(4))):
        out, box = np.rot90(out), np.stack([box[:, 1], CROP - box[:, 2], box[:, 3], CROP - box[:, 0]], axis=1)
    if recipe.jitter:
        gain = np.exp(rng.normal(0, recipe.jitter)) * np.exp(rng.normal(0, recipe.jitter / 4, 3))
        table = np.clip(np.arange(256)[:, None] * gain + rng.normal(0, 14 * recipe.jitter), 0, 255).astype(np.uint8)
        out = np.stack([table[:, k][out[..., k]] for k in range(3)], axis=-1)
    return np.ascontiguousarray(out), box.astype(np.float32), class_row


@dataclass(frozen=True)
class Target:
    """The answer wanted for one crop: heat and centre weights (C, h, w), side weights and owning box of each cell (h, w)."""

    heat: NDArray[np.float32]
    hit: NDArray[np.float32]
    weight: NDArray[np.float32]
    owner: NDArray[np.int64]


def target_of(box: NDArray[np.float32], class_row: NDArray[np.int64], size: int) -> Target:
    """Return the target of a crop ``size`` cells wide; smaller boxes win where boxes share cells."""
    heat, hit = np.zeros((N_CLASSES, size, size), np.float32), np.zeros((N_CLASSES, size, size), np.float32)
    weight, owner = np.zeros((size, size), np.float32), np.full((size, size), -1, np.int64)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    sides = box[:, 2:] - box[:, :2]
    for k in np.argsort(-sides.prod(axis=1)):
        cx, cy = (box[k, 0] + box[k, 2]) / 2 / STRIDE, (box[k, 1] + box[k, 3]) / 2 / STRIDE
        sx, sy = np.maximum(sides[k] / STRIDE * 0.14, 0.6)
        bell = np.exp(-((x + 0.5 - cx) ** 2) / (2 * sx**2) - (y + 0.5 - cy) ** 2 / (2 * sy**2))
        bell[min(int(cy), size - 1), min(int(cx), size - 1)] = 1
        core, near = bell > 0.7, bell > 0.35
        heat[class_row[k]] = np.maximum(heat[class_row[k]], np.where(core, 1, bell))
        hit[class_row[k]][core] = 1 / np.sqrt(core.sum())
        weight[near], owner[near] = bell[near], k
    return Target(heat, hit, weight, owner)


def rarity_of(pictures: Sequence[Labelled]) -> NDArray[np.float64]:
    """Return the share of each picture, (N,), if every class were to be met as often as any other."""
    holds = np.array([np.bincount(p.class_row, minlength=N_CLASSES) > 0 for p in pictures], dtype=float)
    shares = (holds / np.maximum(holds.sum(axis=0), 1)).sum(axis=1)
    return shares / shares.sum()


def train(recipe: Recipe, pictures: Sequence[Labelled], start: Detector | None = None, threads: int = 1) -> Detector:
    """Train one detector, from scratch or on from ``start``.

    The last ``hard_share`` of the steps prefer the pictures it still finds hardest; ``rare_share`` of them are drawn so that
    every class is met equally often.
    """
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(threads)
    rng = np.random.default_rng(recipe.seed)
    labelled = [noisy(p, recipe.label_noise, rng) if recipe.label_noise else p for p in pictures]
    pixels = [cv2.cvtColor(cv2.imread(str(p.path)), cv2.COLOR_BGR2RGB) for p in labelled]
    net = Detector(N_CLASSES).to(memory_format=torch.channels_last)
    if start is not None:
        net.load_state_dict(start.state_dict())
    peak = 2e-3 if start is None else 1.5e-3
    optimizer = torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, recipe.steps, pct_start=0.1)
    hardness, rarity = np.ones(len(pixels)), rarity_of(labelled)
    net.train()
    for step in range(recipe.steps):
        p = hardness / hardness.sum() if step > recipe.steps * (1 - recipe.hard_share) else None
        if recipe.rare_share:
            p = (1 - recipe.rare_share) / len(pixels) + recipe.rare_share * rarity
        chosen = rng.choice(len(pixels), BATCH, p=p)
        crops = [crop(pixels[i], labelled[i], recipe, rng) for i in chosen]
        x = torch.from_numpy(np.stack([c[0] for c in crops])).permute(0, 3, 1, 2).float().div(255).sub(0.45).div(0.25)
        heat, sides = net(x.contiguous(memory_format=torch.channels_last))
        made = [target_of(c[1], c[2], CROP // STRIDE) for c in crops]
        losses = heat_loss(
            heat, torch.from_numpy(np.stack([m.heat for m in made])), torch.from_numpy(np.stack([m.hit for m in made]))
        )
        hardness[chosen] = 0.5 * hardness[chosen] + 0.5 * losses.detach().numpy().clip(1, 40)
        loss = losses.sum() / max(sum(len(c[1]) for c in crops), 1)
        for n, m in enumerate(made):
            rows, columns = np.nonzero(m.owner >= 0)
            if rows.size:
                w = torch.from_numpy(m.weight[rows, columns])
                w = w / w.sum() / BATCH
                found = boxes_at(sides[n, :, rows, columns].T, torch.from_numpy(rows), torch.from_numpy(columns))
                true = torch.from_numpy(crops[n][1][m.owner[rows, columns]])
                loss = loss + ((1.5 * overlap_loss(found, true) + 0.5 * size_loss(found, true)) * w).sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimizer.step()
        schedule.step()
        if step % 25 == 0:
            print(f"{recipe.name} step {step} of {recipe.steps}: loss {loss.item():.3f}", flush=True)
    return net.eval()
