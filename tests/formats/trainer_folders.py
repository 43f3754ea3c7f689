"""Folders as trainers read them, and what they write of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.formats.folder_parts import document, pictures, text, yolo_labels


def ultralytics(root: Path) -> None:
    """Write what trainers of Ultralytics read: ``names`` as mapping, ``train`` as list, ``path`` of another machine."""
    for split, stems in (("train2017", ("a", "b")), ("extra", ("c",)), ("val2017", ("d",))):
        pictures(root / "images" / split, *(f"{stem}.jpg" for stem in stems))
        yolo_labels(root / "labels" / split, *stems)
    text(
        root / "data.yaml",
        "# pets\npath: /home/ann/datasets/pets # root\ntrain:\n  - images/train2017\n  - images/extra\nval: images/val2017\n"
        "test: # none\n\nnames:\n  0: cat\n  1: dog\ndownload: https://example.org/pets.zip\n",
    )


def ultralytics_lists(root: Path) -> None:
    """Write a data set whose splits are text files of pictures, as COCO's is, and whose YAML is called after it."""
    for split, stems in (("train2017", ("a", "b")), ("val2017", ("c", "d"))):
        pictures(root / "images" / split, *(f"{stem}.jpg" for stem in stems))
        yolo_labels(root / "labels" / split, *stems)
        text(root / f"{split}.txt", "".join(f"./images/{split}/{stem}.jpg\n" for stem in stems))
    text(root / "pets.yaml", "path: ../datasets/pets\ntrain: train2017.txt\nval: val2017.txt\nnc: 2\nnames: ['cat', 'dog']\n")


def yolo_train_only(root: Path) -> None:
    """Write labels of one split and nothing else, as they are handed on."""
    yolo_labels(root / "labels" / "train", "a", "b")


def darknet(root: Path) -> None:
    """Write what CVAT exports as YOLO 1.1."""
    pictures(root / "obj_train_data", "a.jpg", "b.jpg")
    yolo_labels(root / "obj_train_data", "a", "b")
    text(root / "obj.names", "cat\ndog\n")
    text(root / "obj.data", "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n")
    text(root / "train.txt", "data/obj_train_data/a.jpg\ndata/obj_train_data/b.jpg\n")


def _results(names: Sequence[Any], **more: Any) -> list[dict[str, Any]]:
    return [
        {"image_id": name, "category_id": 1 + k, "bbox": [10.5 + 50 * k, 10, 40, 30], "score": 0.9 - 0.1 * k, **more}
        for name in names for k in range(2)
    ]  # fmt: skip


def detectron2(root: Path) -> None:
    """Write the output folder of Detectron2."""
    document(root / "inference" / "coco_instances_results.json", _results([1, 2]))
    text(root / "metrics.json", '{"iteration": 19, "total_loss": 1.5}\n{"iteration": 39, "total_loss": 1.2}\n')
    text(root / "log.txt", "[05/01 10:00:00] detectron2 INFO: Rank of current process: 0\n")


def mmdetection(root: Path) -> None:
    """Write what MMDetection's CocoMetric leaves with ``outfile_prefix``."""
    document(root / "results.bbox.json", _results([1, 2]))


def yolov5_val(root: Path) -> None:
    """Write ``runs/val/exp`` of YOLOv5 with ``--save-json``: stems as image ids, plots beside it."""
    pictures(root, "confusion_matrix.png", "PR_curve.png", "val_batch0_pred.jpg")
    document(root / "best_predictions.json", _results(["a", "b"]))


def ultralytics_val(root: Path) -> None:
    """Write ``runs/detect/val`` of Ultralytics 8.3 with ``save_json``, which names the file beside the id."""
    pictures(root, "confusion_matrix.png", "val_batch0_pred.jpg")
    document(root / "predictions.json", [{**one, "file_name": f"{one['image_id']}.jpg"} for one in _results(["a", "b"])])


def yolo_predict(root: Path) -> None:
    """Write ``runs/detect/predict`` with ``save_txt save_conf``: drawn pictures, and labels with a trailing score."""
    pictures(root, "a.jpg", "b.jpg")
    for stem in ("a", "b"):
        text(root / "labels" / f"{stem}.txt", "0 0.15 0.25 0.2 0.3 0.91\n1 0.4 0.25 0.2 0.3 0.8\n")


def voc_results(root: Path) -> None:
    """Write VOC's ``results/VOC2012/Main`` of a competition."""
    for name in ("cat", "dog"):
        text(root / "VOC2012" / "Main" / f"comp4_det_test_{name}.txt", "a 0.9 10 10 50 40\nb 0.8 60 10 100 40\n")
