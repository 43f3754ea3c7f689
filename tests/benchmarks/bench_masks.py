"""Evaluation of masks against its peers on the same data, interleaved in one process; only the ratios mean something.

Labels are polygons, crowds lists of runs, predictions strings of runs, as COCO and detectors write them. Not collected with the
tests. Run it by hand::

    python -m tests.benchmarks.bench_masks [n_images] [--pycocotools]
    pytest tests/benchmarks/bench_masks.py
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hotcoco
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from diag_gui.evaluation._kernels import KERNEL
from diag_gui.evaluation.evaluator import prepare_run, summarize
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.benchmarks.coco_evaluators import FIGURES
from tests.benchmarks.street_scenes import SIDE, Size, coco_of, street_scenes
from tests.benchmarks.turns import fastest_interleaved

ROUNDS = 5


def blob(random: np.random.Generator, xywh: list[float]) -> list[float]:
    """Return a wobbling outline that fills most of a box, the more points the larger, to hundredths as in COCO."""
    x, y, w, h = xywh
    n = int(np.clip(np.sqrt(w * h) / 4, 8, 80))
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    radius = 0.5 * np.clip(0.9 + np.cumsum(random.normal(0, 0.04, n)), 0.5, 1)
    points = np.stack((x + w * (0.5 + radius * np.cos(angle)), y + h * (0.5 + radius * np.sin(angle))), axis=1)
    return [float(value) for value in np.clip(points, 0, SIDE).round(2).ravel()]


def filled(outline: list[float]) -> dict[str, Any]:
    """Return the RLE of an outline, its counts a string."""
    rle = coco_mask.merge(coco_mask.frPyObjects([outline], int(SIDE), int(SIDE)))
    return {"size": [int(SIDE), int(SIDE)], "counts": rle["counts"].decode()}


def with_masks(content: dict[str, Any], results: list[dict[str, Any]], seed: int = 0) -> None:
    """Write masks into labels and predictions."""
    random = np.random.default_rng(seed)
    for label in content["annotations"]:
        outline = blob(random, label["bbox"])
        if label["iscrowd"]:
            pixels = coco_mask.decode(filled(outline)).ravel(order="F")
            ends = np.flatnonzero(np.diff(pixels, prepend=0))
            label["segmentation"] = {"size": [int(SIDE)] * 2, "counts": np.diff([0, *ends, len(pixels)]).tolist()}
        else:
            label["segmentation"] = [outline]
    for result in results:
        result["segmentation"] = filled(blob(random, result["bbox"]))


@contextlib.contextmanager
def peers_of(n_images: int) -> Iterator[tuple[dict[str, Callable[[], Any]], dict[str, Callable[[], Any]]]]:
    """Yield what each contender does from files, and from what it has read, to the twelve figures."""
    content, results = coco_of(*street_scenes(Size(n_images, 80, 7, 50)))
    with_masks(content, results)
    with tempfile.TemporaryDirectory() as folder:
        truth_path, results_path = Path(folder) / "truth.json", Path(folder) / "results.json"
        truth_path.write_text(json.dumps(content))
        results_path.write_text(json.dumps(results))
        del content, results
        dataset = open_ground_truth(truth_path).dataset
        run = open_predictions(results_path, dataset).run
        with contextlib.redirect_stdout(io.StringIO()):
            hot_truth = hotcoco.COCO(str(truth_path))
            hot_found = hot_truth.load_res(str(results_path))

        def by_peer(evaluation: Any) -> list[float]:
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            return list(evaluation.stats)

        def ours(dataset: Any, run: Any) -> list[float]:
            # Ground truth of its own, so that no round finds the masks of the one before.
            fresh = replace(dataset, ground_truth=replace(dataset.ground_truth))
            figures = summarize(prepare_run(fresh, run, task="segm")).figures
            return [figures[name] for name in FIGURES]

        def ours_from_files() -> list[float]:
            dataset = open_ground_truth(truth_path).dataset
            return ours(dataset, open_predictions(results_path, dataset).run)

        def peer_from_files(module: Any, coco: Any, load: str) -> list[float]:
            truth = coco(str(truth_path))
            return by_peer(module(truth, getattr(truth, load)(str(results_path)), "segm"))

        yield (
            {
                "diag-gui": ours_from_files,
                "hotcoco": lambda: peer_from_files(hotcoco.COCOeval, hotcoco.COCO, "load_res"),
                "pycocotools": lambda: peer_from_files(COCOeval, COCO, "loadRes"),
            },
            {
                "diag-gui": lambda: ours(dataset, run),
                "hotcoco": lambda: by_peer(hotcoco.COCOeval(hot_truth, hot_found, "segm")),
            },
        )


@pytest.mark.skipif(KERNEL != "compiled", reason="speed is that of the compiled kernel")
def test_a_thousand_images_are_no_slower_than_in_hotcoco_and_equal_to_it() -> None:
    with peers_of(1_000) as (_, loaded):
        shortest, answers = fastest_interleaved(loaded, ROUNDS)
    np.testing.assert_allclose(answers["diag-gui"], answers["hotcoco"], atol=1e-9)
    assert shortest["diag-gui"] <= shortest["hotcoco"]


def test_a_hundred_images_equal_pycocotools() -> None:
    with peers_of(100) as (from_files, _):
        _, answers = fastest_interleaved(from_files, 1)
    for name in ("hotcoco", "pycocotools"):
        np.testing.assert_allclose(answers["diag-gui"], answers[name], atol=1e-9, err_msg=name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n_images", nargs="?", type=int, default=1_000)
    parser.add_argument("--pycocotools", action="store_true", help="run pycocotools too, once")
    arguments = parser.parse_args()
    with peers_of(arguments.n_images) as (from_files, loaded):
        slow = {"pycocotools": from_files.pop("pycocotools")}
        for title, contenders in (("from what was read", loaded), ("from files", from_files)):
            shortest, answers = fastest_interleaved(contenders, ROUNDS)
            if arguments.pycocotools and contenders is from_files:
                once, answer = fastest_interleaved(slow, 1)
                shortest |= once
                answers |= answer
            for name, answer in answers.items():
                np.testing.assert_allclose(answer, answers["diag-gui"], atol=1e-9, err_msg=name)
            print(f"{arguments.n_images} images, kernel {KERNEL}: masks {title} to the twelve figures, all equal to 1e-9")
            for name, seconds in shortest.items():
                print(f"  {name:12} {seconds * 1e3:9.1f} ms   {seconds / shortest['diag-gui']:6.2f} x ours")


if __name__ == "__main__":
    main()
