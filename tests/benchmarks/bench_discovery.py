"""How many hidden weaknesses discovery finds, how much of what it finds is one, and what it finds where there is none.

Not collected with the tests. Run it by hand::

    python -m tests.benchmarks.bench_discovery [--seeds 100] [--first 0] [--null] [--planted] [--targets misses worse]
    python -m tests.benchmarks.bench_discovery --time

A planted slice counts as found if one that is reported shares half of the ground truth of both with it; a reported slice
counts as right if it does so with a planted one.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.evaluation.discovery import Question, discover
from diag_gui.evaluation.discovery_targets import FALSE_POSITIVES, IMAGES, MISSES
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from tests.benchmarks.street_scenes import SIZES, street_scenes
from tests.evaluation.planted_searches import ERRORS_OF, another_draw, found_in, shared
from tests.evaluation.planted_slices import planted_set

HALF = 0.5
FIRST = "one slice, errs at .55 instead of .15"
SETTINGS: dict[str, dict[str, Any]] = {
    FIRST: {"n_columns": 12},
    "two slices, 30 columns, .40 instead of .15": {"n_columns": 30, "n_planted": 2, "missed_inside": 0.40},
    "one slice, 30 columns, .30 instead of .15": {"n_columns": 30, "missed_inside": 0.30},
}


BOUNDS = {
    FIRST: (0.9, 0.75),
    "two slices, 30 columns, .40 instead of .15": (0.8, 0.8),
    "one slice, 30 columns, .30 instead of .15": (0.5, 0.7),
}
"""Recall and precision that each setting has at least; `main` ends with 1 where one of them is missed by more than chance."""

MOST_REPORTED = 0.05
"""Share of the sets without a weakness in which something may be reported."""

LUCK = 2.0
"""Standard errors of a share by which a bound may be missed: of 30 sets two may differ by chance."""

NULLS: dict[str, dict[str, Any]] = {
    "1,000 images": {"n_columns": 30},
    "200 images, errors come together": {"n_images": 200, "n_columns": 12, "spread": 0.3},
}


def falls_short(n: int, of: int, least: float) -> str:
    """Return what is said where ``n`` of ``of`` is less than a bound, and more so than by chance; else nothing."""
    chance = LUCK * math.sqrt(least * (1 - least) / max(of, 1))
    return f" BELOW {least}" if n < of * (least - chance) else ""


def measure_planted(seeds: range, targets: Sequence[str]) -> bool:
    """Print recall and precision of each setting; return whether all are what they must be."""
    is_fine = True
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
            short = [
                falls_short(*counts) for counts in zip((n_found, n_right), (n_hidden, n_reported), BOUNDS[words], strict=True)
            ]
            is_fine &= not any(short)
            print(
                f"{target}, {words}: recall {recall:.3f} ({n_found} of {n_hidden}){short[0]}, "
                f"precision {precision:.3f} ({n_right} of {n_reported}){short[1]}",
                flush=True,
            )
    return is_fine


def measure_null(seeds: range, targets: Sequence[str], sets: Sequence[str]) -> bool:
    """Print in how many sets without a weakness something is reported; return whether in no more than may be."""
    is_fine = True
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
            short = falls_short(len(seeds) - len(wrong), len(seeds), 1 - MOST_REPORTED)
            is_fine &= not short
            print(f"nothing hidden, {words}, {target}{of_class}: reported in {len(wrong)} of {len(seeds)} sets {wrong}", end="")
            print(short and f" OVER {MOST_REPORTED}", flush=True)
    return is_fine


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


def main() -> int:
    """Measure what was asked for; return 1 where a figure is worse than it must be."""
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
        return 0
    is_fine = asked.null or measure_planted(seeds, asked.targets)
    if not asked.planted:
        is_fine &= measure_null(seeds, asked.targets, asked.sets)
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
