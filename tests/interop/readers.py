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
                if one.type is AnnotationType.bbox:
                    found.append([item.id, labels[one.label].name, one.x, one.y, one.w, one.h])
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


READERS = {reader.__name__: reader for reader in (pycocotools, globox, labelformat, datumaro)}


def main() -> None:
    name, format, export = sys.argv[1:]
    boxes = READERS[name](format, Path(export))
    print(json.dumps([[Path(str(image)).stem, str(label), *map(float, box)] for image, label, *box in boxes]))


if __name__ == "__main__":
    main()
