"""Other people's readers, each called in the environment that has it: prints every box of an export as JSON.

    ENVIRONMENT/bin/python readers.py READER FORMAT EXPORT

This file stands alone: nothing of this project is there to import. A box is ``[file name without folder and ending, class name,
left, top, width, height]``.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

Boxes = list[list[Any]]


def pycocotools(format: str, export: Path) -> Boxes:
    from pycocotools.coco import COCO

    read = COCO(str(export / "annotations.json"))
    if (export / "predictions.json").is_file():
        read.loadRes(str(export / "predictions.json"))
    names = {record["id"]: record["name"] for record in read.dataset["categories"]}
    files = {record["id"]: record["file_name"] for record in read.dataset["images"]}
    return [[files[one["image_id"]], names[one["category_id"]], *one["bbox"]] for one in read.anns.values()]


def globox(format: str, export: Path) -> Boxes:
    from globox import AnnotationSet

    read = {
        "coco": lambda: AnnotationSet.from_coco(export / "annotations.json"),
        "yolo": lambda: AnnotationSet.from_yolo_v5(export / "labels", image_folder=export / "images", image_extension=".png"),
        "voc": lambda: AnnotationSet.from_pascal_voc(export / "Annotations"),
        "cvat": lambda: AnnotationSet.from_cvat(export / "annotations.xml"),
        "labelme": lambda: AnnotationSet.from_labelme(export / "images"),
    }[format]()
    names = _names_of_yolo(export) if format == "yolo" else None
    found = []
    for annotation in read:
        for box in annotation.boxes:
            label = names[int(box.label)] if names else box.label
            found.append([annotation.image_id, label, box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin])
    return found


def labelformat(format: str, export: Path) -> Boxes:
    from labelformat import formats

    def voc() -> Any:
        classes = (export / "names.txt").read_text().splitlines()
        return formats.PascalVOCObjectDetectionInput(export / "Annotations", ",".join(classes))

    read = {
        "coco": lambda: formats.COCOObjectDetectionInput(export / "annotations.json"),
        "yolo": lambda: formats.YOLOv8ObjectDetectionInput(export / "data.yaml", "train"),
        "voc": voc,
        "cvat": lambda: formats.CVATObjectDetectionInput(export / "annotations.xml"),
    }[format]()
    found = []
    for image in read.get_labels():
        for one in image.objects:
            box = one.box
            found.append([image.image.filename, one.category.name, box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin])
    return found


def datumaro(format: str, export: Path) -> Boxes:
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import Dataset

    with tempfile.TemporaryDirectory() as folder:
        kind = _laid_out_for_datumaro(format, export, Path(folder))
        read = Dataset.import_from(folder, kind)
        labels = read.categories()[next(kind for kind in read.categories() if kind.name == "label")]
        found = []
        for item in read:
            for one in item.annotations:
                if one.type in (AnnotationType.bbox, AnnotationType.rotated_bbox, AnnotationType.polygon):
                    found.append([item.id, labels[one.label].name, *one.get_bbox()])
    return found


def labelme(format: str, export: Path) -> Boxes:
    from labelme.label_file import LabelFile
    from labelme.shape import Shape

    found = []
    for path in sorted((export / "images").rglob("*.json")):
        read = LabelFile(str(path))
        for one in read.shapes:
            # What the window makes of it, which refuses a type that it does not know.
            shape = Shape(one["label"], shape_type=one["shape_type"], group_id=one["group_id"], description=one["description"])
            xs, ys = zip(*one["points"], strict=True)
            found.append([read.imagePath, shape.label, min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)])
    return found


def label_studio_sdk(format: str, export: Path) -> Boxes:
    """Let its converter make COCO of the tasks, after its validator took what it would take on import."""
    from label_studio_sdk.converter import Converter
    from label_studio_sdk.label_interface import LabelInterface

    config = (export / "labeling_config.xml").read_text()
    interface = LabelInterface(config)
    interface.validate()
    for task in json.loads((export / "tasks.json").read_text()):
        for one in (*task["annotations"], *task.get("predictions", [])):
            if errors := interface.validate_prediction(one, return_errors=True):
                raise ValueError(f"task {task['id']}: {errors}")
    with tempfile.TemporaryDirectory() as folder:
        Converter(config, str(export)).convert(str(export / "tasks.json"), folder, "COCO", is_dir=False)
        made = json.loads((Path(folder) / "result.json").read_text())
    names = {one["id"]: one["name"] for one in made["categories"]}
    files = {one["id"]: one["file_name"].replace("%2F", "/") for one in made["images"]}
    # An upload puts eight digits before a name.
    return [[files[one["image_id"]].rpartition("__")[2], names[one["category_id"]], *one["bbox"]] for one in made["annotations"]]


def supervision(format: str, export: Path) -> Boxes:
    from supervision import DetectionDataset

    images = str(export / "images")
    read = {
        "coco": lambda: DetectionDataset.from_coco(images, str(export / "annotations.json")),
        "yolo": lambda: DetectionDataset.from_yolo(images, str(export / "labels"), str(export / "data.yaml")),
        "voc": lambda: DetectionDataset.from_pascal_voc(images, str(export / "Annotations")),
        "labelme": lambda: DetectionDataset.from_labelme(images, images),
    }[format]()
    # It takes VOC's pixels to be counted from 1, the last one included.
    first = 1 if format == "voc" else 0
    found = []
    for path, _, boxes in read:
        for (left, top, right, bottom), label in zip(boxes.xyxy.tolist(), boxes.class_id.tolist(), strict=True):
            left, top = left + first, top + first
            found.append([path, read.classes[label], left, top, right - left, bottom - top])
    return found


def _laid_out_for_datumaro(format: str, export: Path, place: Path) -> str:
    """Copy an export into the layout that this reader expects of a format; return its name of the format."""
    shutil.copytree(export, place, dirs_exist_ok=True)
    (place / "manifest.json").unlink()
    if format == "coco":
        (place / "annotations").mkdir()
        (place / "annotations.json").rename(place / "annotations/instances_train.json")
        (place / "images").rename(place / "pictures")
        (place / "images").mkdir()
        (place / "pictures").rename(place / "images/train")
        return "coco_instances"
    if format == "voc":
        (place / "images").rename(place / "JPEGImages")
        (place / "ImageSets/Main").mkdir(parents=True)
        stems = sorted(path.stem for path in (place / "Annotations").glob("*.xml"))
        (place / "ImageSets/Main/train.txt").write_text("".join(f"{stem}\n" for stem in stems))
        (place / "labelmap.txt").write_text("".join(f"{name}:::\n" for name in (export / "names.txt").read_text().split()))
        return "voc_detection"
    return format


def _names_of_yolo(export: Path) -> list[str]:
    lines = (export / "data.yaml").read_text().splitlines()
    return [line.split(":", 1)[1].strip() for line in lines if line[:1].isspace() and line.strip()[:1].isdigit()]


READING = (pycocotools, globox, labelformat, datumaro, labelme, label_studio_sdk, supervision)
READERS = {reader.__name__: reader for reader in READING}


def main() -> None:
    name, format, export = sys.argv[1:]
    boxes = READERS[name.replace("-", "_")](format, Path(export))
    print(json.dumps([[Path(str(image)).stem, str(label), *map(float, box)] for image, label, *box in boxes]))


if __name__ == "__main__":
    main()
