"""What is exported is read by pycocotools, globox, labelformat and datumaro: every box, its class, its image."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.formats.export import ExportRequest, Pictures, export_subset
from diag_gui.formats.opening import open_ground_truth

ENVIRONMENTS = Path(os.environ["DIAG_GUI_INTEROP"])
READERS = Path(__file__).with_name("readers.py")
CASES = [
    ("pycocotools", "coco"),
    *(("globox", format) for format in ("coco", "yolo", "voc", "cvat", "labelme")),
    *(("labelformat", format) for format in ("coco", "yolo", "voc", "cvat")),
    *(("datumaro", format) for format in ("coco", "yolo", "voc", "cvat", "datumaro")),
]
HERE = [case for case in CASES if (ENVIRONMENTS / case[0] / ".ready").exists()]
SIZE = (160, 120)
CLASSES = ("gull", "tern", "skua")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, Path]:
    """Forty labels with fractions of pixels on eight pictures, each picture there."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(7)
    images = [{"id": n + 1, "file_name": f"picture_{n}.png", "width": SIZE[0], "height": SIZE[1]} for n in range(8)]
    annotations = []
    for number in range(40):
        x, y, width, height = (round(float(value), 3) for value in (*rng.uniform(0, 70, 2), *rng.uniform(5, 45, 2)))
        box = {"bbox": [x, y, width, height], "area": width * height, "iscrowd": 0}
        annotations.append({"id": number + 1, "image_id": number % 8 + 1, "category_id": number % 3 + 1, **box})
    document = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": n, "name": name} for n, name in enumerate(CLASSES, 1)],
    }
    (folder / "truth.json").write_text(json.dumps(document))
    (folder / "images").mkdir()
    for image in images:
        cv2.imwrite(str(folder / "images" / str(image["file_name"])), np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    return open_ground_truth(folder / "truth.json").dataset, folder / "images"


def test_some_reader_is_here() -> None:
    assert HERE, f"no environment in {ENVIRONMENTS} is ready: see .ci/interop"


@pytest.mark.parametrize(("reader", "format"), HERE)
def test_every_box_is_read(reader: str, format: str, dataset: tuple[Dataset, Path], tmp_path: Path) -> None:
    truth, pictures = dataset
    out = tmp_path / "out"
    rows = np.arange(len(truth.images))
    export_subset(ExportRequest(truth, out, format, rows, image_root=pictures, pictures=Pictures.COPY))
    # Some formats name no classes; their readers are told.
    (out / "names.txt").write_text("".join(f"{name}\n" for name in truth.classes.name))
    python = ENVIRONMENTS / reader / "bin/python"
    ran = subprocess.run([python, READERS, reader, format, out], capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr[-2000:]
    read = sorted(json.loads(ran.stdout.splitlines()[-1]))
    gt = truth.ground_truth
    written = sorted(
        [Path(truth.images.file_name[int(image)]).stem, truth.classes.name[int(of_class)], *box.tolist()]
        for image, of_class, box in zip(gt.image_row, gt.class_row, gt.xywh, strict=True)
    )
    assert [row[:2] for row in read] == [row[:2] for row in written]
    # What rounds most keeps hundredths of a pixel.
    np.testing.assert_allclose([row[2:] for row in read], [row[2:] for row in written], atol=0.011)
