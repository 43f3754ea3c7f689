"""How many hidden weaknesses discovery finds, how much of what it finds is one, and what it finds where there is none.

Not collected with the tests. Run it by hand::

    python -m tests.benchmarks.bench_discovery [--seeds 100] [--first 0] [--null] [--planted] [--targets misses worse]
    python -m tests.benchmarks.bench_discovery --time

A planted slice counts as found if one that is reported shares half of the ground truth of both with it; a reported slice
counts as right if it does so with a planted one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.run import Run
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.discovery import Discovery, Question, discover
from diag_gui.evaluation.discovery_targets import FALSE_POSITIVES, IMAGES, MISSES, WORSE, WORSE_FALSE_POSITIVES
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.benchmarks.street_scenes import SIZES, street_scenes
from tests.evaluation.planted_slices import PlantedSet, planted_set

HALF = 0.5
SETTINGS: dict[str, dict[str, Any]] = {
    "one slice, errs at .55 instead of .15": {"n_columns": 12},
    "two slices, 30 columns, .40 instead of .15": {"n_columns": 30, "n_planted": 2, "missed_inside": 0.40},
    "one slice, 30 columns, .30 instead of .15": {"n_columns": 30, "missed_inside": 0.30},
}


ERRORS_OF = {
    MISSES: "misses",
    FALSE_POSITIVES: "false-positives",
    IMAGES: "misses",
    WORSE: "misses",
    WORSE_FALSE_POSITIVES: "false-positives",
    "missed": "misses",
    "background": "false-positives",
    "localization": "localization",
    "classification": "classification",
    "both": "both",
    "duplicate": "duplicate",
}
"""Which errors are drawn where a question is asked: such as it can see."""

NULLS: dict[str, dict[str, Any]] = {
    "1,000 images": {"n_columns": 30},
    "200 images, errors come together": {"n_images": 200, "n_columns": 12, "spread": 0.3},
}


def found_in(planted: PlantedSet, target: str = MISSES, class_row: int | None = None, other: Run | None = None) -> Discovery:
    """Search one set; ``other`` is the run it is compared with, where that is asked."""
    sides = []
    for run in (planted.run, other):
        if run is not None:
            facts = prepare_run(planted.dataset, run)
            sides.append((facts, evaluate(facts, EvaluationParams())))
    return discover(sides[0], Question(target, class_row), baseline=sides[1] if other is not None else None)


def another_draw(seed: int, target: str, **settings: Any) -> Run | None:
    """Return a run with other errors by the same chances, where a question compares two."""
    if target not in (WORSE, WORSE_FALSE_POSITIVES):
        return None
    return replace(planted_set(seed, draw=1, errors=ERRORS_OF[target], **settings).run, name="other")


def shared(found: Discovery, planted: PlantedSet) -> np.ndarray:
    """Return how much each reported slice (rows) shares with each planted one (columns): of ground truth, asked by expression."""
    catalog = ColumnCatalog(prepare_run(planted.dataset, planted.run))
    table = np.zeros((len(found.slices), len(planted.planted)))
    for row, one in enumerate(found.slices):
        inside = catalog.gt_where(one.definition.expression)
        for column, hidden in enumerate(planted.planted):
            table[row, column] = (inside & hidden).sum() / (inside | hidden).sum()
    return table


def measure_planted(seeds: range, targets: Sequence[str]) -> None:
    """Print recall and precision of each setting."""
    for target in targets:
        for words, settings in SETTINGS.items() if target == MISSES else list(SETTINGS.items())[:1]:
            n_hidden = n_found = n_reported = n_right = 0
            for seed in seeds:
                planted = planted_set(seed, errors=ERRORS_OF[target], **settings)
                other = another_draw(seed, target, **{**settings, "missed_inside": 0.15})
                table = shared(found_in(planted, target, other=other), planted)
                n_hidden += table.shape[1]
                n_reported += table.shape[0]
                n_found += int((table.max(axis=0, initial=0) >= HALF).sum())
                n_right += int((table.max(axis=1, initial=0) >= HALF).sum())
            recall, precision = n_found / n_hidden, n_right / max(n_reported, 1)
            print(
                f"{target}, {words}: recall {recall:.3f} ({n_found} of {n_hidden}), "
                f"precision {precision:.3f} ({n_right} of {n_reported})",
                flush=True,
            )


def measure_null(seeds: range, targets: Sequence[str], sets: Sequence[str]) -> None:
    """Print in how many sets without a weakness something is reported."""
    for words in sets:
        settings = NULLS[words]
        for target, class_row in ((target, row) for target in targets for row in (None, 1)):
            if target in (IMAGES, "both", "duplicate") and class_row is not None:
                continue
            wrong = [
                seed
                for seed in seeds
                if found_in(
                    planted_set(seed, n_planted=0, errors=ERRORS_OF[target], **settings),
                    target,
                    class_row,
                    another_draw(seed, target, n_planted=0, **settings),
                ).slices
            ]
            of_class = "" if class_row is None else ", one class"
            print(
                f"nothing hidden, {words}, {target}{of_class}: reported in {len(wrong)} of {len(seeds)} sets {wrong}", flush=True
            )


def measure_time() -> None:
    """Print how long a search of S with 30 columns takes."""
    dataset, run = street_scenes(SIZES["S"])
    random, n = np.random.default_rng(0), len(dataset.images)
    columns = []
    for number in range(30):
        if number % 2:
            columns.append(Column(f"n{number}", ColumnKind.NUMBER, random.normal(0, 1, n), np.zeros(n, np.bool_)))
        else:
            codes = random.integers(0, number // 5 + 2, n).astype(np.int32)
            names = tuple(f"v{value}" for value in range(number // 5 + 2))
            columns.append(Column(f"c{number}", ColumnKind.CATEGORY, codes, codes < 0, names))
    dataset = replace(dataset, image_attributes=AttributeTable(Level.IMAGE, n, tuple(columns)))
    facts = prepare_run(dataset, run)
    side = facts, evaluate(facts, EvaluationParams())
    for target in (MISSES, FALSE_POSITIVES, IMAGES):
        start = time.perf_counter()
        found = discover(side, Question(target))
        print(f"S, {len(found.columns)} columns, {target}: {time.perf_counter() - start:.2f} s, {found.looked_at:,} slices")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--null", action="store_true", help="only sets without a weakness")
    parser.add_argument("--planted", action="store_true", help="only sets with one")
    parser.add_argument("--targets", nargs="+", default=list(ERRORS_OF), choices=list(ERRORS_OF), metavar="TARGET")
    parser.add_argument("--sets", nargs="+", default=list(NULLS), choices=list(NULLS), metavar="SET", help="which without one")
    parser.add_argument("--time", action="store_true", help="only how long S takes")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    if asked.time:
        measure_time()
        return
    if not asked.null:
        measure_planted(seeds, asked.targets)
    if not asked.planted:
        measure_null(seeds, asked.targets, asked.sets)


if __name__ == "__main__":
    main()
