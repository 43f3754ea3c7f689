"""Folders as services and programs that keep collections write them: Roboflow and FiftyOne."""

from __future__ import annotations

from pathlib import Path

from tests.formats.folder_parts import H, W, coco_document, document, pictures, text, voc_xml, yolo_labels


def roboflow_yolo(root: Path) -> None:
    """Write Roboflow's YOLOv8 export."""
    for split, stems in (("train", ("a_jpg.rf.1", "b_jpg.rf.2")), ("valid", ("c_jpg.rf.3",)), ("test", ("d_jpg.rf.4",))):
        pictures(root / split / "images", *(f"{stem}.jpg" for stem in stems))
        yolo_labels(root / split / "labels", *stems)
    text(root / "data.yaml",
         "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\nnames: ['cat', 'dog']\n\nroboflow:\n"
         "  workspace: pets\n  project: pets\n  version: 1\n  license: CC BY 4.0\n  url: https://example.org/pets\n")  # fmt: skip
    _roboflow_readme(root)


def _roboflow_readme(root: Path) -> None:
    text(root / "README.dataset.txt", "# pets > 2024-05-01\nhttps://universe.roboflow.com/pets\n\nProvided by a Roboflow user\n")
    text(
        root / "README.roboflow.txt",
        "\npets - v1\n==============================\n\nThis dataset was exported via roboflow.com\n",
    )


def roboflow_coco(root: Path) -> None:
    """Write Roboflow's COCO export: a file and the pictures of a split in its folder."""
    for split, names in (("train", ("a_jpg.rf.1.jpg", "b_jpg.rf.2.jpg")), ("valid", ("c_jpg.rf.3.jpg",)), ("test", ("d.jpg",))):
        pictures(root / split, *names)
        document(root / split / "_annotations.coco.json", coco_document(names, first_id=0))
    _roboflow_readme(root)


def roboflow_voc(root: Path) -> None:
    """Write Roboflow's VOC export: XML files and pictures of a split in its folder, ``occluded`` in each object."""
    for split, stems in (("train", ("a_jpg.rf.1", "b_jpg.rf.2")), ("valid", ("c_jpg.rf.3",))):
        pictures(root / split, *(f"{stem}.jpg" for stem in stems))
        for stem in stems:
            voc_xml(root / split / f"{stem}.xml", f"{stem}.jpg", "", segmented=False, by_axes=True)
    _roboflow_readme(root)


def roboflow_darknet(root: Path) -> None:
    """Write Roboflow's Darknet export: labels beside pictures, ``_darknet.labels`` in each split."""
    for split, stems in (("train", ("a_jpg.rf.1", "b_jpg.rf.2")), ("valid", ("c_jpg.rf.3",))):
        pictures(root / split, *(f"{stem}.jpg" for stem in stems))
        yolo_labels(root / split, *stems)
        text(root / split / "_darknet.labels", "cat\ndog\n")
    _roboflow_readme(root)


def roboflow_csv(root: Path) -> None:
    """Write Roboflow's CSV export for TensorFlow."""
    for split, stems in (("train", ("a_jpg.rf.1", "b_jpg.rf.2")), ("valid", ("c_jpg.rf.3",))):
        pictures(root / split, *(f"{stem}.jpg" for stem in stems))
        rows = [f"{stem}.jpg,{W},{H},{name},{x},10,{x + 40},40" for stem in stems for name, x in (("cat", 10), ("dog", 60))]
        text(root / split / "_annotations.csv", "\n".join(["filename,width,height,class,xmin,ymin,xmax,ymax", *rows]) + "\n")
    _roboflow_readme(root)


def fiftyone_coco(root: Path) -> None:
    """Write FiftyOne's COCODetectionDataset: ``labels.json`` beside ``data``."""
    pictures(root / "data", "a.jpg", "b.jpg")
    document(root / "labels.json", coco_document(["a.jpg", "b.jpg"]))


def fiftyone_yolo(root: Path) -> None:
    """Write FiftyOne's YOLOv5Dataset."""
    pictures(root / "images" / "val", "a.jpg", "b.jpg")
    yolo_labels(root / "labels" / "val", "a", "b")
    text(root / "dataset.yaml", "names:\n  0: cat\n  1: dog\npath: /home/ann/fiftyone/pets\nval: ./images/val/\n")


def fiftyone_own(root: Path) -> None:
    """Write FiftyOne's own FiftyOneImageDetectionDataset."""
    pictures(root / "data", "a.jpg")
    box = {"label": "cat", "bounding_box": [0.05, 0.1, 0.2, 0.3]}
    document(root / "labels.json", {"classes": ["cat"], "labels": {"a": [box]}})
