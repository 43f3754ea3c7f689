"""Our evaluation against its peers on the same data, interleaved in one process; only the ratios mean something.

Not collected with the tests. Run it by hand::

    python -m tests.benchmarks.bench_evaluation [XS|S|M] [--pycocotools]
    pytest tests/benchmarks/bench_evaluation.py
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hotcoco
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.evaluator import evaluate, prepare_run, summarize
from diag_gui.evaluation.params import EvaluationParams
from tests.benchmarks.street_scenes import SIZES, Size, coco_of, street_scenes

FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")
ROUNDS = 7


def fastest_interleaved(
    contenders: dict[str, Callable[[], Any]], rounds: int = ROUNDS
) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the shortest time in seconds of each contender, all taking turns, and its last answer."""
    shortest: dict[str, float] = {}
    answers: dict[str, Any] = {}
    for _ in range(rounds):
        for name, contender in contenders.items():
            start = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                answers[name] = contender()
            shortest[name] = min(time.perf_counter() - start, shortest.get(name, np.inf))
    return shortest, answers


@contextlib.contextmanager
def peers_of(size: Size) -> Iterator[dict[str, Callable[[], Any]]]:
    """Yield what each contender does: from loaded facts to the twelve figures."""
    dataset, run = street_scenes(size)
    content, results = coco_of(dataset, run)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        truth_path, results_path = Path(folder) / "truth.json", Path(folder) / "results.json"
        truth_path.write_text(json.dumps(content))
        results_path.write_text(json.dumps(results))
        truth, hot_truth = COCO(str(truth_path)), hotcoco.COCO(str(truth_path))
        found, hot_found = truth.loadRes(str(results_path)), hot_truth.load_res(str(results_path))
    del content, results

    def by_peer(evaluation: Any) -> list[float]:
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        return list(evaluation.stats)

    def ours() -> list[float]:
        figures = summarize(prepare_run(dataset, run)).figures
        return [figures[name] for name in FIGURES]

    yield {
        "diag-gui": ours,
        "hotcoco": lambda: by_peer(hotcoco.COCOeval(hot_truth, hot_found, "bbox")),
        "pycocotools": lambda: by_peer(COCOeval(truth, found, "bbox")),
    }


def slider_steps(size: Size) -> dict[str, Callable[[], Any]]:
    """Return one step of each slider, as the window takes it."""
    facts = prepare_run(*street_scenes(size))
    start = evaluate(facts, EvaluationParams())
    ious, scores = iter(range(10**9)), iter(range(10**9))
    return {
        "IoU slider": lambda: evaluate(facts, EvaluationParams(iou_threshold=0.5 + (1 + next(ious)) % 40 / 100), previous=start),
        "score slider": lambda: evaluate(
            facts, EvaluationParams(score_threshold=0.05 + (next(scores)) % 90 / 100), previous=start
        ),
    }


@pytest.mark.skipif(KERNEL != "compiled", reason="speed is that of the compiled kernel")
def test_s_is_no_slower_than_hotcoco_and_equal_to_it() -> None:
    with peers_of(SIZES["S"]) as peers:
        shortest, answers = fastest_interleaved({name: peers[name] for name in ("diag-gui", "hotcoco")})
    np.testing.assert_allclose(answers["diag-gui"], answers["hotcoco"], atol=1e-9)
    assert shortest["diag-gui"] <= shortest["hotcoco"]


@pytest.mark.skipif(KERNEL != "compiled", reason="speed is that of the compiled kernel")
def test_a_slider_step_on_s_takes_at_most_30_ms() -> None:
    shortest, _ = fastest_interleaved(slider_steps(SIZES["S"]), 30)
    assert shortest["IoU slider"] <= 0.030
    assert shortest["score slider"] <= 0.030


def test_xs_equals_pycocotools() -> None:
    with peers_of(SIZES["XS"]) as peers:
        _, answers = fastest_interleaved(peers, 1)
    np.testing.assert_allclose(answers["diag-gui"], answers["pycocotools"], atol=1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", nargs="?", default="S", choices=SIZES)
    parser.add_argument("--pycocotools", action="store_true", help="run pycocotools too, once (a minute on S)")
    arguments = parser.parse_args()
    size = SIZES[arguments.size]
    with peers_of(size) as peers:
        slow = {"pycocotools": peers.pop("pycocotools")} if arguments.pycocotools else {}
        peers.pop("pycocotools", None)
        shortest, answers = fastest_interleaved(peers)
        for name, contender in slow.items():
            once, answer = fastest_interleaved({name: contender}, 1)
            shortest |= once
            answers |= answer
    for name, answer in answers.items():
        np.testing.assert_allclose(answer, answers["diag-gui"], atol=1e-9, err_msg=name)
    print(f"{arguments.size}, kernel {KERNEL}: loaded facts to the twelve figures, fastest of {ROUNDS}, all equal to 1e-9")
    for name, seconds in shortest.items():
        print(f"  {name:12} {seconds * 1e3:9.1f} ms   {seconds / shortest['diag-gui']:6.2f} x ours")
    for name, seconds in fastest_interleaved(slider_steps(size), 30)[0].items():
        print(f"  {name:12} {seconds * 1e3:9.1f} ms   to every figure, outcome and cell")


if __name__ == "__main__":
    main()
