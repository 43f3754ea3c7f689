"""A small scene of rotated boxes on disk, as DOTA writes it: one error of angle that upright boxes hide."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.evaluation.rotated_sets import rectangle

SIZE = (320, 240)
SHIP = rectangle(100, 100, 90, 20, 30)
PLANE = rectangle(220, 150, 60, 40, 75)
WRONG_WAY = rectangle(100, 100, 90, 20, -30)
SHIFTED = rectangle(222, 151, 60, 40, 73)


def line(corners: list[float], *rest: object) -> str:
    return " ".join([*(f"{value:.3f}" for value in corners), *map(str, rest)]) + "\n"


def write_rotated(folder: Path, *, n_images: int = 2) -> tuple[Path, Path]:
    """Write labels with pictures, and one run that turned every ship the wrong way; return both folders."""
    truth, run = folder / "truth", folder / "turned"
    for part in (truth / "labelTxt", truth / "images", run):
        part.mkdir(parents=True)
    names = [f"P{number}" for number in range(1, n_images + 1)]
    for name in names:
        (truth / "labelTxt" / f"{name}.txt").write_text(line(SHIP, "ship", 0) + line(PLANE, "plane", 0))
        picture = np.full((SIZE[1], SIZE[0], 3), (96, 64, 32), np.uint8)
        cv2.imwrite(str(truth / "images" / f"{name}.png"), picture)
    (run / "Task1_ship.txt").write_text("".join(f"{name} 0.9 {line(WRONG_WAY)}" for name in names))
    (run / "Task1_plane.txt").write_text("".join(f"{name} 0.8 {line(SHIFTED)}" for name in names))
    return truth, run


def write_upright_run(folder: Path, *, n_images: int = 2) -> Path:
    """Write a run of upright boxes for the same pictures; return its folder."""
    run = folder / "upright"
    run.mkdir(parents=True)
    left, top, right, bottom = min(SHIP[0::2]), min(SHIP[1::2]), max(SHIP[0::2]), max(SHIP[1::2])
    names = [f"P{number}" for number in range(1, n_images + 1)]
    (run / "Task2_ship.txt").write_text("".join(f"{name} 0.9 {left} {top} {right} {bottom}\n" for name in names))
    return run
