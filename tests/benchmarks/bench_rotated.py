"""Overlaps of boxes of any angle against shapely's, on the same pairs, taking turns; only the ratio means something.

Not collected with the tests. Run it by hand::

    python -m tests.benchmarks.bench_rotated [n_images]

Ours finds the pairs that touch by itself. shapely is told which they are and called in the fastest way it has: polygons made once
before the clock starts, then one vectorised intersection and its areas.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.candidate_pairs import CandidatePairs, find_candidate_pairs
from diag_gui.evaluation.geometry import GEOMETRIES
from tests.benchmarks.street_scenes import Size, street_scenes
from tests.benchmarks.turns import fastest_interleaved

# An overlap below this is not kept; GEOS and we part where boxes nearly coincide, on their last digits.
EQUAL_TO = 1e-9


def turned(xywh: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return the corners of boxes turned about their centres, float64 (N, 8)."""
    x, y, w, h = xywh.T
    along = np.stack((np.cos(angle), np.sin(angle)), 1) * w[:, None] / 2
    across = np.stack((-np.sin(angle), np.cos(angle)), 1) * h[:, None] / 2
    centre = np.stack((x + w / 2, y + h / 2), 1)
    return np.concatenate((centre - along - across, centre + along - across, centre + along + across, centre - along + across), 1)


def turned_scenes(n_images: int, seed: int = 0) -> tuple[Dataset, Run]:
    """Draw scenes and turn every box: predictions of an image about as its labels."""
    dataset, run = street_scenes(Size(n_images, 15, 30, 60), seed)
    random = np.random.default_rng(seed)
    of_image = random.uniform(0, np.pi, n_images)
    gt, found = dataset.ground_truth, run.predictions
    gt_angle = of_image[gt.image_row] + random.normal(0, 0.02, len(gt))
    found_angle = of_image[found.image_row] + random.normal(0, 0.05, len(found))
    nobody = np.zeros(len(gt), bool)
    labels = replace(gt, quad=turned(gt.xywh, gt_angle), is_crowd=nobody)
    predictions = replace(found, quad=turned(found.xywh, found_angle))
    return replace(dataset, ground_truth=labels), replace(run, predictions=predictions)


def main() -> None:
    """Race, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n_images", nargs="?", type=int, default=2_000)
    dataset, run = turned_scenes(parser.parse_args().n_images)

    def ours() -> CandidatePairs:
        geometry = GEOMETRIES["rotated"](dataset, run.predictions)
        return find_candidate_pairs(dataset, run.predictions, geometry)

    pairs = ours()
    labels, found = dataset.ground_truth.quad, run.predictions.quad
    assert labels is not None
    assert found is not None
    one = shapely.polygons(labels.reshape(-1, 4, 2))
    other = shapely.polygons(found.reshape(-1, 4, 2))
    gt_row, pred_row = pairs.gt_row, np.repeat(np.arange(len(found)), np.diff(pairs.pred_offsets))

    def by_shapely() -> Any:
        common = shapely.area(shapely.intersection(one[gt_row], other[pred_row]))
        return common / (shapely.area(one)[gt_row] + shapely.area(other)[pred_row] - common)

    shortest, answers = fastest_interleaved({"diag-gui": ours, "shapely": by_shapely}, 5)
    apart = np.abs(answers["diag-gui"].iou - answers["shapely"])
    print(f"{len(labels):,} labels, {len(found):,} predictions, {len(gt_row):,} pairs kept, kernel {KERNEL}")
    print(f"  largest difference {apart.max():.1e}, {np.count_nonzero(apart > EQUAL_TO)} pairs over {EQUAL_TO:g}")
    for name, seconds in shortest.items():
        print(f"  {name:10} {seconds * 1e3:9.1f} ms   {seconds / shortest['diag-gui']:6.1f} x ours")


if __name__ == "__main__":
    main()
