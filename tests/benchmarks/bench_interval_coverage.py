"""How often the 95 % intervals of slices hold the truth, where the truth is known: images are drawn from a population.

Not collected with the tests. Run it by hand::

    python -m tests.benchmarks.bench_interval_coverage [--sets 500]

At night a detector misses more and hallucinates more than by day, and each image has a chance of its own, so that errors come
together. What precision, recall and F1 are in the whole population, at night, by day, and apart, follows from the expectations.
"""

from __future__ import annotations

import argparse

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slice_differences import COUNT_FIGURES, shares
from diag_gui.evaluation.slices import SliceDefinition, SliceResult, evaluate_slices
from tests.evaluation.planted_slices import dataset_of, run_of

NIGHT_SHARE = 0.3
MISSED = np.array([0.2, 0.45])
FALSE = np.array([0.7, 1.5])
LABELS = (1, 12)
"""By day and at night: chance of a miss, false positives per image; labels per image from and to."""

_CONCENTRATION, _SHAPE = 4.0, 2.0
NIGHT = SliceDefinition("night", "scene = 'night'")


def truth() -> FloatArray:
    """Return precision, recall and F1 of the population: float64, rows day and night."""
    n_gt = np.full(2, (LABELS[0] + LABELS[1]) / 2)
    return shares(np.stack([n_gt * (1 - MISSED), FALSE, n_gt], axis=1))


def night_of(seed: int, n_images: int) -> SliceResult:
    """Draw a set and return its night with intervals."""
    random = np.random.default_rng(seed)
    is_night = (random.random(n_images) < NIGHT_SHARE).astype(np.int32)
    n_gt = random.integers(LABELS[0], LABELS[1] + 1, n_images)
    image_row = np.repeat(np.arange(n_images, dtype=np.int32), n_gt)
    mean = MISSED[is_night]
    chance = random.beta(_CONCENTRATION * mean, _CONCENTRATION * (1 - mean))
    is_found = random.random(len(image_row)) >= chance[image_row]
    n_false = random.poisson(FALSE[is_night] * random.gamma(_SHAPE, 1 / _SHAPE, n_images))
    false_row = np.repeat(np.arange(n_images, dtype=np.int32), n_false)
    place = np.arange(len(image_row)) * 100.0
    xywh = np.stack([place, np.zeros_like(place), np.full_like(place, 50), np.full_like(place, 50)], axis=1)
    beside = np.stack([np.arange(len(false_row)) * 100.0, *(np.full(len(false_row), at) for at in (500.0, 50, 50))], axis=1)
    rows = np.concatenate([image_row[is_found], false_row])
    order = np.argsort(rows, kind="stable")
    scene = Column("scene", ColumnKind.CATEGORY, is_night, is_night < 0, ("day", "night"))
    dataset = dataset_of(image_row, np.zeros(len(image_row), np.int32), xywh, (scene,), n_images)
    boxes = np.concatenate([xywh[is_found], beside])[order]
    facts = prepare_run(dataset, run_of(rows[order], np.zeros(len(rows), np.int32), boxes, np.full(len(rows), 0.9), n_images))
    (found,) = evaluate_slices(
        facts, evaluate(facts, EvaluationParams()), [NIGHT], intervals=1_000, seed=seed, with_ap=False, enough=1
    )
    return found


def main() -> None:
    """Print the share of sets whose interval holds the truth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=500)
    n_sets = parser.parse_args().sets
    day, night = truth()
    for n_images in (40, 100, 400):
        held = np.zeros((2, len(COUNT_FIGURES)))
        for seed in range(n_sets):
            found = night_of(seed, n_images)
            for place, figure in enumerate(COUNT_FIGURES):
                one = found.differences[figure]
                held[0, place] += getattr(found, f"{figure}_low") <= night[place] <= getattr(found, f"{figure}_high")
                held[1, place] += one.low <= night[place] - day[place] <= one.high
        words = ", ".join(f"{figure} {share:.3f}" for figure, share in zip(COUNT_FIGURES, held[0] / n_sets, strict=True))
        apart = ", ".join(f"{figure} {share:.3f}" for figure, share in zip(COUNT_FIGURES, held[1] / n_sets, strict=True))
        print(f"{n_images} images, {n_sets} sets: of the slice {words}; of the difference to the rest {apart}")


if __name__ == "__main__":
    main()
