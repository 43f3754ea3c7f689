"""How fast labels are read, beside globox on the same files: COCO, YOLO, Pascal VOC, CVAT.

Not collected with the tests. Run it by hand, with the environment of globox that `.ci/interop` makes::

    sh .ci/interop FOLDER
    python -m tests.benchmarks.bench_formats FOLDER/globox/bin/python [--images 10000] [--boxes 25] [--rounds 3]

Both readers are processes of their own that take turns; importing is not counted, and of the rounds the fastest counts. The
pictures, whose sizes YOLO needs, are links to one small file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

SIZE = (640, 480)
FORMATS = ("coco", "yolo", "voc", "cvat")
WHERE = {"coco": "annotations.json", "yolo": ".", "voc": "Annotations", "cvat": "annotations.xml"}

OURS = """
import sys, time
from pathlib import Path
from diag_gui.formats.opening import open_ground_truth
for line in sys.stdin:
    path = Path(line.split("\\t")[1].strip())
    started = time.perf_counter()
    n = len(open_ground_truth(path).dataset.ground_truth)
    print(n, time.perf_counter() - started, flush=True)
"""
GLOBOX = """
import sys, time
from pathlib import Path
from globox import AnnotationSet
for line in sys.stdin:
    name, path = line.rstrip("\\n").split("\\t")
    path = Path(path)
    started = time.perf_counter()
    read = {
        "coco": lambda: AnnotationSet.from_coco(path),
        "yolo": lambda: AnnotationSet.from_yolo_v5(path / "labels", image_folder=path / "images", image_extension=".png"),
        "voc": lambda: AnnotationSet.from_pascal_voc(path),
        "cvat": lambda: AnnotationSet.from_cvat(path),
    }[name]()
    print(sum(len(annotation.boxes) for annotation in read), time.perf_counter() - started, flush=True)
"""


def write_sets(folder: Path, n_images: int, n_boxes: int) -> None:
    """Write one set of labels in every format."""
    from diag_gui.formats.export import ExportRequest, Pictures, export_subset
    from diag_gui.formats.opening import open_ground_truth

    rng = np.random.default_rng(1)
    pictures = folder / "pictures"
    pictures.mkdir()
    first = pictures / "picture_000000.png"
    cv2.imwrite(str(first), np.zeros((SIZE[1], SIZE[0]), np.uint8))
    images = [{"id": n, "file_name": f"picture_{n:06d}.png", "width": SIZE[0], "height": SIZE[1]} for n in range(n_images)]
    for image in images[1:]:
        os.link(first, pictures / str(image["file_name"]))
    boxes = np.round(rng.uniform((0, 0, 4, 4), (500, 380, 130, 90), (n_images * n_boxes, 4)), 2).tolist()
    annotations = [
        {"id": n, "image_id": n // n_boxes, "category_id": n % 20 + 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for n, box in enumerate(boxes)
    ]
    document = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": n, "name": f"class{n:02d}"} for n in range(1, 21)],
    }
    (folder / "truth.json").write_text(json.dumps(document))
    dataset = open_ground_truth(folder / "truth.json").dataset
    for target in FORMATS:
        export_subset(ExportRequest(dataset, folder / target, target, np.arange(n_images), image_root=pictures,
                                    pictures=Pictures.LINK if target == "yolo" else Pictures.NONE))  # fmt: skip


class Reader:
    """A process that reads what it is told and says how many boxes there were and how long it took."""

    def __init__(self, python: str, script: str) -> None:
        self._process = subprocess.Popen([python, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, name: str, path: Path) -> tuple[int, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name}\t{path}\n")
        self._process.stdin.flush()
        n, seconds = self._process.stdout.readline().split()
        return int(n), float(seconds)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def measure(folder: Path, globox: str, rounds: int) -> None:
    """Print the fastest time of each reader per format, and their ratio."""
    readers = {"ours": Reader(sys.executable, OURS), "globox": Reader(globox, GLOBOX)}
    try:
        for name in FORMATS:
            path = folder / name / WHERE[name]
            fastest = dict.fromkeys(readers, float("inf"))
            counts: dict[str, int] = {}
            for _ in range(rounds):
                for who, reader in readers.items():
                    counts[who], seconds = reader.read(name, path)
                    fastest[who] = min(fastest[who], seconds)
            assert len(set(counts.values())) == 1, counts
            ours, theirs = fastest["ours"], fastest["globox"]
            print(f"{name:5} {counts['ours']:,} boxes: {ours:7.2f} s, globox {theirs:7.2f} s, ratio {ours / theirs:.3f}")
    finally:
        for reader in readers.values():
            reader.close()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("globox", help="the python of an environment that has globox")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--boxes", type=int, default=25, help="per image")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        write_sets(Path(folder), given.images, given.boxes)
        print(
            f"written in {time.perf_counter() - started:.0f} s: {given.images * given.boxes:,} boxes on {given.images:,} images"
        )
        measure(Path(folder), given.globox, given.rounds)


if __name__ == "__main__":
    main()
