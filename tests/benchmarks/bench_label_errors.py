"""How well the order by `label_error` finds labels made wrong on purpose, over many plantings; the README's table.

Not collected with the tests; needs the photos and detections of VOC 2012. Run it by hand::

    python -m tests.benchmarks.bench_label_errors [--seeds N] [--first SEED] [--share .05]

The pool, its objects and what is planted are those of `tests.evaluation.planted_labels`. "Times" is precision at 50 over the
share of wrong labels in the pool, "most possible" what an order that knows them all would reach.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

from tests.evaluation.planted_labels import Queue, plant, queue_of
from tests.shared_data import DATA

VOC = DATA / "voc2012_100"
RUNS = ("cocossd", "centernet", "nanodet")
WANTED = 5.0


def most_possible(queue: Queue, n: int = 50) -> float:
    """Return the precision of an order that has every wrong label first."""
    return queue.precision(np.array([float(one is not None) for one in queue.planted]), n)


def row_of(name: str, queues: list[Queue]) -> str:
    """Return a row of the Markdown table."""
    precision = np.array([queue.precision(queue.label_error()) for queue in queues])
    by_score = np.mean([queue.precision(queue.score()) for queue in queues])
    share = np.array([queue.share for queue in queues])
    times = precision / share
    possible = np.mean([most_possible(queue) for queue in queues] / share)
    below = np.mean(times < WANTED)
    cells = (
        f"{precision.mean():.3f}",
        f"{by_score:.3f}",
        f"{times.mean():.1f}",
        f"{times.min():.1f}",
        f"{below:.0%}",
        f"{possible:.1f}",
    )
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    """Plant, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--share", type=float, default=0.05, help="of the labels that are made wrong")
    arguments = parser.parse_args()
    if not VOC.is_dir():
        raise SystemExit(f"{VOC} is not here")
    content = json.loads((VOC / "gt" / "coco_from_pascalvoc.json").read_text())
    results = {run: json.loads((VOC / "dets_real" / f"{run}_coco.json").read_text()) for run in RUNS}
    planted = [plant(content, arguments.first + number, arguments.share) for number in range(arguments.seeds)]
    print("| judged by | precision at 50 | by score | times, mean | times, worst seed | seeds below five | most possible |")
    print("|---|---|---|---|---|---|---|")
    for own in RUNS:
        print(row_of(f"{own} alone", [queue_of(one, [results[own]]) for one in planted]), flush=True)
    for own in RUNS:
        together = [results[own], *(results[run] for run in RUNS if run != own)]
        print(row_of(f"{own}, and what the other two say", [queue_of(one, together) for one in planted]), flush=True)


if __name__ == "__main__":
    main()
