"""Pictures to train on: same generator, other sites; drawn once into a scratch folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_source.sites import TRAINING_SITES, Shot, plan
from sample_source.taking import CLASSES, take

TRAINING_SEED = 7011
PICTURES_PER_SITE = 72
JPEG_QUALITY = 77
CLASS_ROW = {name: row for row, name in enumerate(CLASSES)}


@dataclass(frozen=True)
class Labelled:
    """A training picture: plan, file, boxes xywh (N, 4) and class rows (N,)."""

    shot: Shot
    path: Path
    boxes: NDArray[np.float32]
    class_row: NDArray[np.int64]


def training_shots() -> list[Shot]:
    """Return the plan of the training pictures."""
    return plan(TRAINING_SITES, PICTURES_PER_SITE, seed=TRAINING_SEED)


def draw_training_pictures(folder: Path, shots: Sequence[Shot] | None = None) -> list[Labelled]:
    """Draw what is not in ``folder`` yet and return all of it; JPEG, as the pictures to be judged are."""
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for shot in training_shots() if shots is None else shots:
        path = folder / shot.file_name
        notes = path.with_suffix(".json")
        if not notes.exists():
            pixels, boxes = take(shot)
            cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            notes.write_text(json.dumps([[CLASS_ROW[b.name], *b.xywh] for b in boxes]), encoding="utf-8")
        rows = np.array(json.loads(notes.read_text(encoding="utf-8")), dtype=np.float64).reshape(-1, 5)
        out.append(Labelled(shot, path, rows[:, 1:].astype(np.float32), rows[:, 0].astype(np.int64)))
    return out
