"""Reading results against general JSON parsers and hotcoco: seconds and peak of memory, each in a process of its own, in turn.

Parsers of JSON stop at objects, which nobody can evaluate yet; hotcoco and ours read against ground truth. ``diag-gui, kept``
opens what the column cache keeps of the same file. Only the ratios mean something. Not collected with the tests. Run it by hand::

    python -m tests.benchmarks.bench_reading [--megabytes 400] [--rounds 2]
    pytest tests/benchmarks/bench_reading.py
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

from diag_gui.formats.source_stamp import SETTLED_NS

N_CLASSES = 365
PER_IMAGE = 54
BYTES_PER_RECORD = 85
_AT_ONCE = 200_000

Sums = tuple[int, float]
"""Records, and the sum of their scores: what every reader has to agree on."""

Read = Callable[[], Sums]
"""Looks at what was read, which is not timed."""


def write_files(folder: Path, n_bytes: int, seed: int = 0) -> tuple[Path, Path]:
    """Write results of about ``n_bytes``, numbers as detectors write them, and ground truth of their images."""
    random = np.random.default_rng(seed)
    n = n_bytes // BYTES_PER_RECORD
    n_images = -(-n // PER_IMAGE)
    truth, results = folder / "gt.json", folder / "dt.json"
    images = [{"id": k, "file_name": f"{k:012d}.jpg", "width": 800, "height": 600} for k in range(1, n_images + 1)]
    categories = [{"id": k, "name": f"class {k}"} for k in range(1, N_CLASSES + 1)]
    labels = [{"id": k, "image_id": k, "category_id": 1, "bbox": [10, 10, 50, 50], "area": 2500, "iscrowd": 0}
              for k in range(1, n_images + 1)]  # fmt: skip
    truth.write_text(json.dumps({"images": images, "annotations": labels, "categories": categories}), encoding="utf-8")
    with results.open("w", encoding="utf-8") as file:
        file.write("[")
        for first in range(0, n, _AT_ONCE):
            rows = np.arange(first, min(n, first + _AT_ONCE))
            columns = (
                (rows // PER_IMAGE + 1).tolist(),
                random.integers(1, N_CLASSES + 1, len(rows)).tolist(),
                *(random.uniform(1, side, len(rows)).round(2).tolist() for side in (600, 400, 200, 200)),
                random.random(len(rows)).round(4).tolist(),
            )
            records = map('{"image_id":%d,"category_id":%d,"bbox":[%s,%s,%s,%s],"score":%s}'.__mod__, zip(*columns, strict=True))
            file.write(("," if first else "") + ",".join(records))
        file.write("]")
    return truth, results


def by_json(_truth: Path, results: Path) -> Read:
    records = json.loads(results.read_bytes())
    return lambda: (len(records), math.fsum(record["score"] for record in records))


def by_orjson(_truth: Path, results: Path) -> Read:
    import orjson

    records = orjson.loads(results.read_bytes())
    return lambda: (len(records), math.fsum(record["score"] for record in records))


def by_msgspec(_truth: Path, results: Path) -> Read:
    import msgspec

    class Result(msgspec.Struct, gc=False):
        image_id: int
        category_id: int
        bbox: tuple[float, float, float, float]
        score: float

    records = msgspec.json.decode(results.read_bytes(), type=list[Result])
    return lambda: (len(records), math.fsum(record.score for record in records))


def by_hotcoco(truth: Path, results: Path) -> Read:
    import hotcoco

    found = hotcoco.COCO(str(truth)).load_res(str(results))
    # Its records come to Python one by one, which takes longer than all the rest of this.
    return lambda: (len(found.get_ann_ids()), math.nan)


def by_us(truth: Path, results: Path) -> Read:
    from diag_gui.formats.opening import open_ground_truth, open_predictions

    predictions = open_predictions(results, open_ground_truth(truth).dataset).run.predictions
    return lambda: (len(predictions), math.fsum(predictions.score))


def by_us_kept(truth: Path, results: Path) -> Read:
    from diag_gui.formats.column_cache import ColumnCache
    from diag_gui.formats.opening import open_ground_truth, open_predictions

    cache = ColumnCache(results.parent / "cache", min_source_bytes=1)
    predictions = open_predictions(results, open_ground_truth(truth, cache=cache).dataset, cache=cache).run.predictions
    return lambda: (len(predictions), math.fsum(predictions.score))


READERS: dict[str, Callable[[Path, Path], Read]] = {
    "json": by_json,
    "orjson": by_orjson,
    "msgspec": by_msgspec,
    "hotcoco": by_hotcoco,
    "diag-gui": by_us,
    "diag-gui, kept": by_us_kept,
}
_IMPORTS = {"json": "json", "diag-gui": "diag_gui.formats.opening", "diag-gui, kept": "diag_gui.formats.cached_facts"}


def in_this_process(name: str, truth: Path, results: Path) -> dict[str, float]:
    """Return what one reader does: seconds after its import, MB at the peak, and what it found."""
    __import__(_IMPORTS.get(name, name))
    began = time.perf_counter()
    read = READERS[name](truth, results)
    seconds, peak = time.perf_counter() - began, peak_mb()
    n, total = read()
    return {"seconds": seconds, "peak": peak, "n": n, "sum": total}


def peak_mb() -> float:
    """Return the peak of memory of this process alone: what `resource` says begins with that of its parent."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def in_a_process(name: str, truth: Path, results: Path) -> dict[str, float]:
    """Return `in_this_process` of a fresh one."""
    command = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "--only", name, str(truth), str(results)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def compared(n_bytes: int, rounds: int) -> tuple[dict[str, dict[str, float]], int]:
    """Return the fastest of ``rounds`` turns of each reader, all checked to have read the same, and the bytes of the file."""
    with tempfile.TemporaryDirectory() as folder:
        truth, results = write_files(Path(folder), n_bytes)
        # A file at rest is known by its stamp, without a look at all of it.
        time.sleep(SETTLED_NS / 1e9 + 0.5)
        by_us_kept(truth, results)
        fastest: dict[str, dict[str, float]] = {}
        for _ in range(rounds):
            for name in READERS:
                found = in_a_process(name, truth, results)
                if name not in fastest or found["seconds"] < fastest[name]["seconds"]:
                    fastest[name] = found
        expected = fastest["json"]
        for name, found in fastest.items():
            assert found["n"] == expected["n"], name
            assert math.isnan(found["sum"]) or found["sum"] == expected["sum"], name
        return fastest, results.stat().st_size


def test_all_read_the_same_and_what_is_kept_is_open_first() -> None:
    fastest, _ = compared(40_000_000, 3)
    assert fastest["diag-gui, kept"]["seconds"] < fastest["diag-gui"]["seconds"] < fastest["json"]["seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs=3, metavar=("NAME", "GT", "RESULTS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        name, truth, results = arguments.only
        print(json.dumps(in_this_process(name, Path(truth), Path(results))))
        return
    fastest, n_bytes = compared(arguments.megabytes * 1_000_000, arguments.rounds)
    ours = fastest["diag-gui"]
    print(f"{n_bytes / 1e6:.0f} MB of results, {int(ours['n']):,} records", end="; ")
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| reader | version | seconds | of ours | MB/s | peak MB |\n|---|---|---|---|---|---|")
    for name, found in fastest.items():
        which = platform.python_version() if name == "json" else version(name.split(",")[0])
        seconds, ratio = found["seconds"], found["seconds"] / ours["seconds"]
        print(f"| {name} | {which} | {seconds:.2f} | {ratio:.2f} | {n_bytes / 1e6 / seconds:,.0f} | {found['peak']:,.0f} |")


if __name__ == "__main__":
    main()
