"""The programs that compute COCO's twelve figures, each in a process of its own that obeys one word at a time.

A process of its own keeps the peak of memory apart and lets programs that hold the same names in a module live together.
``python -m tests.benchmarks.coco_evaluators NAME TRUTH RESULTS`` reads words from standard input and answers with one line of
JSON each: ``load`` and ``evaluate`` with seconds (and the figures), ``peak`` with the most memory ever resident, in MB.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")

Evaluate = Callable[[], list[float]]
Load = Callable[[Path, Path], Evaluate]


def _ours() -> Load:
    from diag_gui.evaluation.evaluator import prepare_run, summarize
    from diag_gui.formats.opening import open_ground_truth, open_predictions

    def load(truth: Path, results: Path) -> Evaluate:
        dataset = open_ground_truth(truth).dataset
        run = open_predictions(results, dataset).run

        def evaluate() -> list[float]:
            figures = summarize(prepare_run(dataset, run)).figures
            return [figures[name] for name in FIGURES]

        return evaluate

    return load


def _like_pycocotools(truth_of: Callable[[str], Any], evaluation_of: Callable[[Any, Any], Any]) -> Load:
    """Return how a program is called that copies the calls of pycocotools."""

    def load(truth: Path, results: Path) -> Evaluate:
        labels = truth_of(str(truth))
        found = (labels.load_res if hasattr(labels, "load_res") else labels.loadRes)(str(results))

        def evaluate() -> list[float]:
            evaluation = evaluation_of(labels, found)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            return [float(value) for value in list(evaluation.stats)[:12]]

        return evaluate

    return load


def _pycocotools() -> Load:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    return _like_pycocotools(COCO, lambda labels, found: COCOeval(labels, found, "bbox"))


def _hotcoco() -> Load:
    import hotcoco

    return _like_pycocotools(hotcoco.COCO, lambda labels, found: hotcoco.COCOeval(labels, found, "bbox"))


def _ultrafast_pycocotools() -> Load:
    from ultrafast_pycocotools import COCO, COCOeval

    return _like_pycocotools(COCO, lambda labels, found: COCOeval(labels, found, "bbox"))


def _faster_coco_eval() -> Load:
    from faster_coco_eval import COCO, COCOeval_faster

    return _like_pycocotools(COCO, lambda labels, found: COCOeval_faster(labels, found, "bbox"))


EVALUATORS: dict[str, Callable[[], Load]] = {
    "diag-gui": _ours,
    "hotcoco": _hotcoco,
    "ultrafast-pycocotools": _ultrafast_pycocotools,
    "faster-coco-eval": _faster_coco_eval,
    "pycocotools": _pycocotools,
}


def is_installed(name: str) -> bool:
    """Return whether a program can be imported here."""
    with contextlib.suppress(ImportError):
        EVALUATORS[name]()
        return True
    return False


def version_of(name: str) -> str:
    """Return the version of an installed program."""
    return version(name)


def most_megabytes_held() -> float:
    """Return the most memory of this process that was ever resident; `getrusage` would count the parent before the start."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


class EvaluatorProcess:
    """One program, started, with its files known and nothing read."""

    def __init__(self, name: str, truth: Path, results: Path) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, name, str(truth), str(results)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def ask(self, word: str) -> dict[str, Any]:
        """Say a word and wait for the answer.

        Raises
        ------
        RuntimeError
            If the process died; out of memory, most likely.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} died with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def main() -> None:
    """Obey until standard input ends."""
    name, truth, results = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    load = EVALUATORS[name]()
    evaluate: Evaluate | None = None
    print(json.dumps({"ready": name}), flush=True)
    for word in map(str.strip, sys.stdin):
        answer: dict[str, Any] = {}
        start = time.perf_counter()
        if word == "peak":
            answer["megabytes"] = most_megabytes_held()
        else:
            with contextlib.redirect_stdout(io.StringIO()):
                if word == "load":
                    evaluate = None
                    evaluate = load(truth, results)
                else:
                    assert evaluate is not None
                    answer["figures"] = evaluate()
            answer["seconds"] = time.perf_counter() - start
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
