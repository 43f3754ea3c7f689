"""Throw damaged copies of good files at every reader; anything but a result or a `DiagError` is a fault.

    python -m tests.robustness.fuzz [--minutes M] [--seed N] [--only BEGINNING]

What was read must add up, hold no box that is none, and be the same to the byte by both readers of COCO's JSON. Seeds are small
good files made here; mutants differ by a few bytes, words, cuts or repetitions, chosen by a seeded generator, so that every fault
can be had again.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from diag_gui.cli.project_files import check_project
from diag_gui.data.dataset import Dataset
from diag_gui.data.expression_parser import parse
from diag_gui.exceptions import DiagError
from diag_gui.formats.exif import read_exif
from diag_gui.formats.images import DecodeRequest, decode
from diag_gui.formats.opening import join_metadata, open_ground_truth, open_predictions, recognise
from diag_gui.formats.slice_file import read_slices
from tests.formats.coco_files import good, results, with_annotation, write
from tests.formats.pictures import encoded, jpeg_with_orientation
from tests.formats.test_exif import exif, jpeg, png
from tests.robustness.fuzz_checks import evaluated, fault_in, told_apart
from tests.robustness.fuzz_seeds import FOUND, LABELS, METADATA, SLICES, project_file

SLOW_S = 2.0

WORDS = [
    b"null", b"NaN", b"-1", b"1e400", b"\"\"", b"[]", b"{}", b"true", b"99999999999999999999", b'"\\ud800"', b"\x00", b"\xff\xfe",
    b"\n", b",", b'"', b"]", b"}", b"[", b"-Infinity", b"1e-320", b"0", b"..\\", b"../..", b"&a", b"*a", b"!!x", b"inf", b"nan",
    b"1.5", b" ", b"<", b">", b"&", b"\xed\xa0\x80", b"1e308", b"-0.0", b"4294967296", b'"a"',
]  # fmt: skip

_VOC = (
    b'<?xml version="1.0"?><annotation><filename>1.jpg</filename><size><width>160</width><height>120</height></size><object>'
    b"<name>cat</name><truncated>1</truncated><bndbox><xmin>10</xmin><ymin>12</ymin><xmax>40</xmax><ymax>36</ymax></bndbox>"
    b"</object></annotation>"
)

Action = Callable[[Path, Dataset], object]


def _seeds() -> dict[str, tuple[bytes, Action]]:
    """Return file name to good content and what is done with a damaged copy."""
    rle = with_annotation(segmentation={"size": [120, 160], "counts": [125, 5, 115, 5, 18950]})
    string = with_annotation(segmentation={"size": [120, 160], "counts": "m35c30;fhb0"}, attributes={"a": 1}, occluded=1)

    def truth(path: Path, _: Dataset) -> object:
        return open_ground_truth(path)

    def folder(path: Path, _: Dataset) -> object:
        return open_ground_truth(path.parents[1] if path.parent.name == "labels" else path.parent)

    def found(path: Path, dataset: Dataset) -> object:
        return open_predictions(path.parent if path.suffix == ".txt" else path, dataset)

    def both(path: Path, _: Dataset) -> object:
        # The other one of the two is as it was, or as the last mutant of it was.
        return evaluated(path.parent / "gt.json", path.parent / "dt.json")

    def truth_twice(path: Path, _: Dataset) -> object:
        return told_apart(path, None)

    def found_twice(path: Path, dataset: Dataset) -> object:
        return told_apart(path, dataset)

    def slices(path: Path, _: Dataset) -> object:
        return [parse(one.expression) for one in read_slices(path)]

    def project(path: Path, _: Dataset) -> object:
        return check_project(path)

    def one_run(path: Path, dataset: Dataset) -> object:
        return open_predictions(path, dataset)

    def table(path: Path, dataset: Dataset) -> object:
        return join_metadata(dataset, path)

    def picture(path: Path, _: Dataset) -> object:
        return decode(DecodeRequest(path, max_side=64, stated_size=(160, 120)))

    def header(path: Path, _: Dataset) -> object:
        return read_exif(path)

    return {
        **{name: (data, truth) for name, data in LABELS.items()},
        **{name: (data, one_run) for name, data in FOUND.items()},
        "both/gt.json": (json.dumps(good()).encode(), both),
        "both/dt.json": (json.dumps(results()).encode(), both),
        "twice/gt.json": (json.dumps(good()).encode(), truth_twice),
        "twice/rle.json": (json.dumps(rle).encode(), truth_twice),
        "twice/dt.json": (json.dumps(results()).encode(), found_twice),
        "slices/slices.json": (SLICES, slices),
        "projects/a.diag": (project_file(), project),
        "truth/gt.json": (json.dumps(good()).encode(), truth),
        "truth/rle.json": (json.dumps(rle).encode(), truth),
        "truth/string.json": (json.dumps(string).encode(), truth),
        "truth/a.xml": (_VOC, truth),
        "results/dt.json": (json.dumps(results()).encode(), found),
        "results/wrapped.json": (json.dumps(good() | {"annotations": results()}).encode(), found),
        "text/1.txt": (b"dog 0.5 0.5 0.2 0.2 0.9\n1 0.3 0.3 0.1 0.1 0.5\n1 .1 .1 .5 .1 .5 .6 .9\n", found),
        "yolo/labels/1.txt": (b"0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.5 0.1 0.5 0.6\n", folder),
        "yolo/data.yaml": (b"names: [cat, dog, bird]\nnc: 3\ntrain: images/train\npath: .\n", folder),
        "table/m.csv": (b'file_name,n,when\n1.jpg,1,2024-01-02\n2.jpg,"x, y",\n', table),
        "table/m.json": (b'[{"file_name": "1.jpg", "n": 1}, {"file_name": "2.jpg", "w": "2024-01-02"}]', table),
        "table/m.jsonl": (b'{"file_name": "1.jpg", "n": 1}\n{"file_name": "2.jpg"}\n', table),
        "table/m.parquet": (METADATA, table),
        "headers/a.jpg": (jpeg(exif()), header),
        "headers/a.png": (png(exif(">")), header),
        "pictures/a.jpg": (jpeg_with_orientation(160, 120, 6), picture),
        "pictures/a.png": (encoded(".png", 160, 120), picture),
        "pictures/a.webp": (encoded(".webp", 160, 120), picture),
        "pictures/a.tiff": (encoded(".tiff", 40, 30), picture),
        "pictures/a.bmp": (encoded(".bmp", 40, 30), picture),
        "pictures/a.gif": (encoded(".gif", 40, 30), picture),
    }


def mutant(data: bytes, dice: random.Random) -> bytes:
    """Return a damaged copy: never the same bytes, though one damage may undo another or change nothing."""
    while (damaged := _damaged(data, dice)) == data:
        pass
    return damaged


def _damaged(data: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(dice.choice([1, 1, 1, 2, 3, 6])):
        place = dice.randrange(len(damaged) + 1)
        way = dice.randrange(7)
        if way == 0 and damaged:
            damaged[place % len(damaged)] = dice.randrange(256)
        elif way == 1:
            damaged[place:place] = dice.choice(WORDS)
        elif way == 2:
            del damaged[place : place + dice.randrange(1, 20)]
        elif way == 3:
            damaged[place:place] = damaged[place : place + dice.randrange(1, 60)]
        elif way == 4:
            words = list(re.finditer(rb'-?[0-9.]+|"[^"]*"|[a-z]+', bytes(damaged)))
            if words:
                word = dice.choice(words)
                damaged[word.start() : word.end()] = dice.choice(WORDS)
        elif way == 5:
            del damaged[place:]
        else:
            damaged[place:place] = dice.randbytes(dice.randrange(1, 5))
    return bytes(damaged)


def fuzz(
    room: Path,
    seed: int,
    n_mutants: int | None,
    say: Callable[[str], None],
    *,
    seconds: float = math.inf,
    slow_s: float = math.inf,
    only: str = "",
) -> tuple[int, int]:
    """Run mutants until their number or the time is up; return how many ran and how many were faults.

    A mutant that takes ``slow_s`` of processor time is a fault too. ``only`` is the beginning of the names of the seeds to be
    damaged. A faulty mutant stays in ``room`` under ``faults``.
    """
    dice = random.Random(seed)
    seeds = _seeds()
    for name, (data, _) in seeds.items():
        (room / name).parent.mkdir(parents=True, exist_ok=True)
        (room / name).write_bytes(data)
    dataset = open_ground_truth(write(room / "base.json", good())).dataset
    names = [name for name in seeds if name.startswith(only)]
    n_run = n_faults = 0
    started = time.monotonic()
    while (n_mutants is None or n_run < n_mutants) and time.monotonic() - started < seconds:
        name = dice.choice(names)
        data, action = seeds[name]
        path = room / name
        path.write_bytes(mutant(data, dice))
        n_run += 1
        fault = _fault(path, dataset, action, slow_s)
        if fault:
            n_faults += 1
            (room / "faults").mkdir(exist_ok=True)
            (room / "faults" / f"{n_faults}-{path.name}").write_bytes(path.read_bytes())
            say(f"mutant {n_run} of {name} (seed {seed}): {fault}")
        path.write_bytes(data)
    return n_run, n_faults


def _fault(path: Path, dataset: Dataset, action: Action, slow_s: float) -> str:
    begun = time.process_time()
    try:
        recognise(path)
        opened = action(path, dataset)
        if wrong := opened if isinstance(opened, str) else fault_in(opened):
            return wrong
    except DiagError as error:
        if not str(error):
            return "an error without words"
    except Exception:
        return traceback.format_exc(limit=-3)
    took = time.process_time() - begun
    return f"took {took:.1f} s" if took > slow_s else ""


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only", default="", metavar="BEGINNING", help="of the names of the files to be damaged: twice/, pictures/"
    )
    given = parser.parse_args()
    room = Path(tempfile.mkdtemp(prefix="diag-gui-fuzz-"))
    n_run, n_faults = fuzz(room, given.seed, None, print, seconds=60 * given.minutes, slow_s=SLOW_S, only=given.only)
    print(f"{n_run} mutants, {n_faults} faults" + (f", kept in {room / 'faults'}" if n_faults else ""))
    return 1 if n_faults else 0


if __name__ == "__main__":
    sys.exit(main())
