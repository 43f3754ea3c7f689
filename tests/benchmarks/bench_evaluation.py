"""Our evaluation against its peers on the same files, taking turns; only the ratios mean something.

Not collected with the tests. Run it by hand::

    python -m tests.benchmarks.bench_evaluation [XS|S|M] [--only NAME …] [--rounds N] [--out FILE]
    pytest tests/benchmarks/bench_evaluation.py

Each round starts every program afresh, lets it load the two JSON files, then evaluate what it loaded, three times, and asks for
the most memory it ever held; then whole commands are timed cold. All twelve figures must agree to 1e-9. pycocotools runs once
on S and not on M (half an hour), faster-coco-eval not on M (over 20 GB), unless named by ``--only``. The table is Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from diag_gui.evaluation._kernels import KERNEL
from tests.benchmarks.coco_evaluators import EVALUATORS, FIGURES, EvaluatorProcess, is_installed, version_of
from tests.benchmarks.street_scenes import SIZES, coco_of, street_scenes

# How often a program evaluates what it has loaded once; the shortest counts.
_REPEATS = 3
_ONCE = {"S": ("pycocotools",)}
_NOT = {"M": ("pycocotools", "faster-coco-eval")}
_OURS = (
    "import sys; sys.argv = ['diag-gui', 'evaluate', {truth!r}, {results!r}, '--json', {out!r}, '--quiet', OPTIONS]; "
    "from diag_gui.__main__ import main; main()"
)
_COLD = {
    "diag-gui": _OURS.replace("OPTIONS", "'--no-cache'"),
    "diag-gui, files kept as columns": _OURS.replace("OPTIONS", ""),
    "hotcoco": (
        "import hotcoco; truth = hotcoco.COCO({truth!r}); found = truth.load_res({results!r}); "
        "e = hotcoco.COCOeval(truth, found, 'bbox'); e.evaluate(); e.accumulate(); e.summarize()"
    ),
}


@dataclass(slots=True)
class Measured:
    """The shortest times of one program in seconds, the most memory in MB, its figures."""

    load: float = np.inf
    evaluate: float = np.inf
    from_files: float = np.inf
    megabytes: float = 0.0
    figures: list[float] = field(default_factory=list)


@contextlib.contextmanager
def files_of(size: str) -> Iterator[tuple[Path, Path]]:
    """Yield made-up ground truth and results as two JSON files."""
    content, results = coco_of(*street_scenes(SIZES[size]))
    with tempfile.TemporaryDirectory() as folder:
        truth_path, results_path = Path(folder) / "truth.json", Path(folder) / "results.json"
        truth_path.write_text(json.dumps(content))
        results_path.write_text(json.dumps(results))
        del content, results
        yield truth_path, results_path


def one_round(name: str, truth: Path, results: Path, measured: Measured) -> None:
    """Let a program load and evaluate in a new process and keep what is better than before."""
    process = EvaluatorProcess(name, truth, results)
    try:
        loading = process.ask("load")["seconds"]
        first = process.ask("evaluate")
        measured.megabytes = max(measured.megabytes, process.ask("peak")["megabytes"])
        again = [] if first["seconds"] > 10 else [process.ask("evaluate")["seconds"] for _ in range(_REPEATS - 1)]
    finally:
        process.stop()
    measured.load = min(measured.load, loading)
    measured.from_files = min(measured.from_files, loading + first["seconds"])
    measured.evaluate = min(measured.evaluate, first["seconds"], *again)
    measured.figures = first["figures"]


def race(names: list[str], truth: Path, results: Path, rounds: int, once: tuple[str, ...] = ()) -> dict[str, Measured]:
    """Return what each program needed, all taking turns, and check that they agree.

    Raises
    ------
    AssertionError
        If a figure differs by over 1e-9.
    """
    measured = {name: Measured() for name in names}
    for turn in range(rounds):
        for name in names:
            if turn == 0 or name not in once:
                one_round(name, truth, results, measured[name])
    for name in names:
        np.testing.assert_allclose(measured[name].figures, measured[names[0]].figures, atol=1e-9, err_msg=name)
    return measured


def cold(truth: Path, results: Path, rounds: int) -> dict[str, float]:
    """Return the shortest wall time in seconds of whole processes, taking turns."""
    shortest = dict.fromkeys(_COLD, np.inf)
    # Compiled bytecode lies beside every installed program; an environment that forbids writing it would charge us alone.
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        surroundings["DIAG_GUI_CACHE"] = str(Path(folder) / "cache")
        for _ in range(rounds):
            for name, source in _COLD.items():
                code = source.format(truth=str(truth), results=str(results), out=str(Path(folder) / "out.json"))
                start = time.perf_counter()
                subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=surroundings)
                shortest[name] = min(shortest[name], time.perf_counter() - start)
    return shortest


def table(size: str, measured: dict[str, Measured]) -> str:
    """Return the Markdown table: milliseconds, how many times ours, megabytes."""
    ours = measured["diag-gui"]
    lines = [
        f"| {size} | files to objects | objects to figures | × | files to figures | × | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, m in measured.items():
        named = f"**diag-gui** {version_of(name)}" if name == "diag-gui" else f"{name} {version_of(name)}"
        cells = (
            f"{m.load * 1e3:,.0f}",
            f"{m.evaluate * 1e3:,.0f}",
            f"{m.evaluate / ours.evaluate:.1f}",
            f"{m.from_files * 1e3:,.0f}",
            f"{m.from_files / ours.from_files:.1f}",
            f"{m.megabytes:,.0f}",
        )
        lines.append(f"| {named} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


@pytest.mark.skipif(KERNEL != "compiled", reason="speed is that of the compiled kernel")
def test_s_takes_a_quarter_of_hotcoco_from_objects_and_a_third_from_files() -> None:
    with files_of("S") as (truth, results):
        measured = race(["diag-gui", "hotcoco"], truth, results, 5)
    assert measured["diag-gui"].evaluate <= measured["hotcoco"].evaluate / 4
    assert measured["diag-gui"].from_files <= measured["hotcoco"].from_files / 3
    assert measured["diag-gui"].megabytes <= measured["hotcoco"].megabytes


def test_xs_is_the_same_by_every_program_that_is_here() -> None:
    with files_of("XS") as (truth, results):
        measured = race([name for name in EVALUATORS if is_installed(name)], truth, results, 1)
    assert len(measured["diag-gui"].figures) == len(FIGURES)


def main() -> None:
    """Race, print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", nargs="?", default="S", choices=SIZES)
    parser.add_argument("--only", nargs="+", choices=EVALUATORS, metavar="NAME", help="these programs, and ours")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table here too")
    arguments = parser.parse_args()
    size = arguments.size
    left_out = () if arguments.only else _NOT.get(size, ())
    wanted = arguments.only or [name for name in EVALUATORS if name not in left_out]
    names = ["diag-gui", *(name for name in wanted if name != "diag-gui" and is_installed(name))]
    with files_of(size) as (truth, results):
        measured = race(names, truth, results, arguments.rounds, _ONCE.get(size, ()))
        whole = cold(truth, results, arguments.rounds)
    text = "\n".join(
        (
            f"{datetime.datetime.now().astimezone().date()}, Python {platform.python_version()}, kernel {KERNEL}, "
            f"{arguments.rounds} rounds; all figures equal to 1e-9; milliseconds, the shortest of each.",
            "",
            table(size, measured),
            "",
            "Whole process, cold: " + ", ".join(f"{name} {seconds * 1e3:,.0f} ms" for name, seconds in whole.items()) + ".",
        )
    )
    print(text)
    if arguments.out is not None:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
