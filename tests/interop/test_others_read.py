"""What is exported is read by other people's tools, those of `readers`: every box, its class, its image."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from diag_gui.data.attributes import Level
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject
from diag_gui.formats.export import ExportDecision, ExportRequest, Pictures, export_subset
from diag_gui.formats.json_values import box_around, rotated_corners
from diag_gui.formats.opening import open_ground_truth

ENVIRONMENTS = Path(os.environ["DIAG_GUI_INTEROP"])
READERS = Path(__file__).with_name("readers.py")
CASES = [
    ("pycocotools", "coco"),
    *(("globox", format) for format in ("coco", "yolo", "voc", "cvat", "labelme")),
    *(("labelformat", format) for format in ("coco", "yolo", "voc", "cvat")),
    *(("datumaro", format) for format in ("coco", "yolo", "voc", "cvat", "datumaro")),
    ("labelme", "labelme"),
    ("label-studio-sdk", "labelstudio"),
    *(("supervision", format) for format in ("coco", "yolo", "voc", "labelme")),
]
OF_TOOLS = [("labelme", "labelme"), ("label-studio-sdk", "labelstudio"), ("datumaro", "cvat"), ("datumaro", "datumaro")]
"""Those that know more than upright boxes."""

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


def read_by(reader: str, format: str, out: Path) -> list[list[Any]]:
    """Every box of an export, as `readers` prints it."""
    python = ENVIRONMENTS / reader / "bin/python"
    command = [python, READERS, reader, format, out]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=out.parent)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return sorted(json.loads(ran.stdout.splitlines()[-1]))


@pytest.mark.parametrize(("reader", "format"), HERE)
def test_every_box_is_read(reader: str, format: str, dataset: tuple[Dataset, Path], tmp_path: Path) -> None:
    truth, pictures = dataset
    out = tmp_path / "out"
    rows = np.arange(len(truth.images))
    export_subset(ExportRequest(truth, out, format, rows, image_root=pictures, pictures=Pictures.COPY))
    # Some formats name no classes; their readers are told.
    (out / "names.txt").write_text("".join(f"{name}\n" for name in truth.classes.name))
    read = read_by(reader, format, out)
    gt = truth.ground_truth
    written = sorted(
        [Path(truth.images.file_name[int(image)]).stem, truth.classes.name[int(of_class)], *box.tolist()]
        for image, of_class, box in zip(gt.image_row, gt.class_row, gt.xywh, strict=True)
    )
    assert [row[:2] for row in read] == [row[:2] for row in written]
    # What rounds most keeps hundredths of a pixel.
    np.testing.assert_allclose([row[2:] for row in read], [row[2:] for row in written], atol=0.011)


@pytest.mark.parametrize(("reader", "format"), [case for case in HERE if case in OF_TOOLS])
def test_turned_boxes_outlines_and_tags_open(reader: str, format: str, dataset: tuple[Dataset, Path], tmp_path: Path) -> None:
    pictures = dataset[1]
    labels = CollectedLabels(tmp_path, "made up", ProblemLog(tmp_path))
    for number in range(2):
        labels.add_image(f"picture_{number}.png", *SIZE)
        quad = rotated_corners(80, 60, 50, 20, 30)
        box = box_around(list(zip(quad[0::2], quad[1::2], strict=True)))
        labels.add(number, LabelledObject("gull", box, "1", quad=quad, attributes={"wet": True}))
        labels.add(number, LabelledObject("tern", (10, 10, 30, 20), "2", mask=[[10.0, 10.0, 40.0, 10.0, 40.0, 30.0]]))
    truth = labels.build("")[0]
    decisions = (
        ExportDecision(Level.IMAGE, 0, "tag", "blurred"), ExportDecision(Level.GT, 0, "tag", "wrong class"),
        ExportDecision(Level.GT, 1, "tag", "wrong class"), ExportDecision(Level.GT, 1, "note", "seen"),
    )  # fmt: skip
    rows = np.arange(2)
    request = ExportRequest(
        truth, tmp_path / "out", format, rows, decisions=decisions, image_root=pictures, pictures=Pictures.COPY
    )
    export_subset(request)
    read = read_by(reader, format, request.folder)
    assert [row[:2] for row in read] == [[f"picture_{number}", name] for number in range(2) for name in ("gull", "tern")]
    np.testing.assert_allclose([row[2:] for row in read if row[1] == "tern"], [[10, 10, 30, 20]] * 2, atol=0.011)
