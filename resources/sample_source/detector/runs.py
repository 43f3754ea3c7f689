"""The three dated runs: what each trained on, and their predictions on the bundled pictures."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_source.labels import CATEGORY_ID
from sample_source.taking import CLASSES

from .finding import Looking, find
from .network import Detector
from .training import Recipe, train
from .training_pictures import Labelled, draw_training_pictures

N_HELD_OUT = 4


@dataclass(frozen=True)
class Run:
    """One run: its recipe, which pictures it may see, how it looks, and the words of ``runs.csv``."""

    recipe: Recipe
    n_per_site: int
    day_only: bool
    looking: Looking
    date: str
    hours: float
    notes: str


# Stages between the runs, not in the sample themselves: where the first and the third start from.
TRIAL = Run(Recipe("trial", 1400, (0.95, 1.05), 0.0, 0.08, 0.0, 11), 30, True, Looking(), "", 0, "")
WIDER = Run(Recipe("wider", 2500, (0.75, 1.35), 0.15, 0.0, 0.5, 14), 72, False, Looking(), "", 0, "")
RUNS = (
    Run(
        Recipe("detector-v1", 1500, (0.9, 1.1), 0.03, 0.05, 0.0, 12),
        40,
        True,
        Looking(),
        "2026-01-12",
        16,
        "first model: daylight pictures of camera A only, labels as delivered",
    ),
    Run(
        Recipe("detector-v2", 1500, (0.85, 1.2), 0.1, 0.05, 0.0, 13),
        45,
        False,
        Looking(),
        "2026-02-09",
        9.5,
        "night, dusk, fog and camera B added; brightness varied",
    ),
    Run(
        Recipe("detector-v3", 900, (0.5, 1.35), 0.15, 0.0, 0.0, 15, rare_share=0.5),
        72,
        False,
        Looking(mirrored=True, from_afar=True),
        "2026-03-02",
        12,
        "labels cleaned, hard pictures and rare classes repeated, wider scales, second look mirrored and from afar",
    ),
)


def pictures_of(run: Run, everything: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Return the pictures a run trains on and those it holds out to fit its scores."""
    by_site: dict[str, list[Labelled]] = {}
    for picture in everything:
        shot = picture.shot
        plain = shot.time_of_day == "day" and shot.weather in ("clear", "cloudy") and shot.camera == "A"
        if plain or not run.day_only:
            by_site.setdefault(shot.site.name, []).append(picture)
    training = [p for pictures in by_site.values() for p in pictures[: min(run.n_per_site, len(pictures) - N_HELD_OUT)]]
    return training, [p for pictures in by_site.values() for p in pictures[-N_HELD_OUT:]]


def fit_scores(net: Detector, pictures: Sequence[Labelled], looking: Looking) -> Looking:
    """Return ``looking`` with scores that mean the share of right boxes at IoU .5 on ``pictures`` (Platt 1999)."""
    logits, right = [], []
    for picture in pictures:
        box, score, class_row = find(net, cv2.cvtColor(cv2.imread(str(picture.path)), cv2.COLOR_BGR2RGB), looking)
        used = np.zeros(len(picture.boxes), bool)
        for b, s, c in zip(box, score, class_row, strict=True):
            iou = overlaps(b, picture.boxes) * (picture.class_row == c) * ~used
            hit = bool(iou.size and iou.max() >= 0.5)
            if hit:
                used[int(iou.argmax())] = True
            logits.append(np.log(s / (1 - s)))
            right.append(hit)
    x, y = np.stack([np.array(logits), np.ones(len(logits))], axis=1), np.array(right, float)
    weight = np.array([1.0, 0.0])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ weight))
        weight += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(2), x.T @ (y - p))
    return replace(looking, temperature=1 / float(np.clip(weight[0], 0.3, 4.0)), shift=float(weight[1]))


def overlaps(xywh: NDArray[np.float64], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the IoU of one box with many, (N,)."""
    low = np.maximum(xywh[:2], others[:, :2])
    high = np.minimum(xywh[:2] + xywh[2:], others[:, :2] + others[:, 2:])
    inside = np.clip(high - low, 0, None).prod(axis=1)
    return inside / np.maximum(xywh[2] * xywh[3] + others[:, 2:].prod(axis=1) - inside, 1e-9)


def predict(net: Detector, sample: Path, looking: Looking) -> list[dict[str, object]]:
    """Return COCO results of a trained detector on the bundled pictures."""
    document = json.loads((sample / "ground_truth.json").read_text(encoding="utf-8"))
    names = list(CLASSES)
    results: list[dict[str, object]] = []
    for image in document["images"]:
        pixels = cv2.cvtColor(cv2.imread(str(sample / "images" / image["file_name"])), cv2.COLOR_BGR2RGB)
        for box, score, row in zip(*find(net, pixels, looking), strict=True):
            if min(box[2:]) >= 1:
                results.append(
                    {
                        "image_id": image["id"],
                        "category_id": CATEGORY_ID[names[row]],
                        "bbox": [round(float(a), 1) for a in box],
                        "score": round(float(score), 4),
                    }
                )
    return results


def make_runs(sample: Path, scratch: Path) -> None:
    """Train every run, each on from the one before, and write their results and ``runs.csv`` to ``predictions`` in ``sample``."""
    everything = draw_training_pictures(scratch)
    folder = sample / "predictions"
    folder.mkdir(exist_ok=True)
    net = None
    for run in (TRIAL, *RUNS[:2], WIDER, RUNS[2]):
        training, held_out = pictures_of(run, everything)
        net = train(run.recipe, training, net)
        if run in RUNS:
            results = predict(net, sample, fit_scores(net, held_out, run.looking))
            (folder / f"{run.recipe.name}.json").write_text(json.dumps(results, separators=(",", ":")) + "\n", encoding="utf-8")
    with (folder / "runs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "name", "date", "hours", "notes"])
        for run in RUNS:
            writer.writerow([f"{run.recipe.name}.json", run.recipe.name.replace("-", " "), run.date, f"{run.hours:g}", run.notes])
