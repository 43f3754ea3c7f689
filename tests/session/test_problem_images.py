"""A problem that reading found leads to its image, whatever the format: its line names the file, its place, or the picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.formats.opening import open_ground_truth, open_predictions
from diag_gui.session.problems import ImageNames
from tests.formats import collection_folders
from tests.formats.folder_parts import document, text
from tests.formats.tool_folders import GROUND_TRUTH, PREDICTIONS

Damage = Callable[[Path], None]


def edited(name: str, change: Callable[[Any], None]) -> Damage:
    """Return what changes a JSON file of a folder."""

    def damage(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        change(content)
        document(folder / name, content)

    return damage


def replaced(name: str, old: str, new: str) -> Damage:
    """Return what changes the last occurrence of some text in a file of a folder."""

    def damage(folder: Path) -> None:
        before, found, after = (folder / name).read_text().rpartition(old)
        assert found
        text(folder / name, before + new + after)

    return damage


def flat_region(tasks: Any) -> None:
    tasks[1]["annotations"][1]["result"][0]["value"]["width"] = 0


def another_picture(content: Any) -> None:
    content["imagePath"] = "../pictures/other name (2).jpg"
    content["shapes"][0]["points"] = [[10, 10], [10, 40]]


DAMAGED: dict[str, tuple[Damage, str]] = {
    "cvat_task": (replaced("annotations.xml", 'xbr="50.00"', 'xbr="10.00"'), "sub/b.jpg"),
    "label_studio": (edited("project-3-at-2024-05-02-10-00-abcdef12.json", flat_region), "pictures/b.jpg"),
    "datumaro": (edited("annotations/train.json", lambda all: all["items"][1]["annotations"][0].update(bbox=[1, 1, 0, 5])),
                 "train/b.jpg"),
    "labelme": (edited("b.json", another_picture), "other name (2).jpg"),
    "visdrone": (replaced("VisDrone2019-DET-val/annotations/0000002_00005_d_0000014.txt", "60,10,40", "60,10,0"),
                 "0000002_00005_d_0000014"),
    "kitti": (replaced("training/label_2/000001.txt", "10.00 10.00 50.00", "10.00 10.00 10.00"), "000001"),
    "yolo_train_only": (replaced("labels/train/b.txt", "0.2 0.3", "0 0.3"), "train/b"),
    "roboflow_voc": (replaced("train/b_jpg.rf.2.xml", "<xmax>100<", "<xmax>60<"), "train/b_jpg.rf.2.jpg"),
    "voc_devkit": (lambda folder: [replaced("VOC2007/Annotations/000007.xml", "000007.jpg</filename>", "night (3).jpg</filename>")
                                   (folder), replaced("VOC2007/Annotations/000007.xml", "<xmax>100<", "<xmax>60<")(folder)][0],
                   "night (3).jpg"),
    "coco_2017": (edited("annotations/instances_val2017.json", lambda all: all["annotations"][1].update(bbox=[1, 1, 0, 5])),
                  "000000000139.jpg"),
    "bdd100k": (edited("labels/det_20/det_train.json", lambda all: all[1]["labels"][0]["box2d"].update(x2=10)), "train/b.jpg"),
    "open_images": (replaced("validation-annotations-bbox.csv", "0.3,0.5", "0.3,0.3"), "000595fe6fee6369"),
    "roboflow_csv": (replaced("valid/_annotations.csv", "60,10,100", "60,10,60"), "c_jpg.rf.3.jpg"),
    "dota": (replaced("labelTxt/P0002.txt", "10.0 10.0 50.0 10.0 50.0 40.0 10.0 40.0", "1 1 5 1 5 1 1 1"), "P0002.png"),
}  # fmt: skip


def images_of(code: str, report: ReadReport, dataset: Dataset) -> list[str]:
    """Return the image of each line of a problem, empty where it leads nowhere."""
    names = ImageNames(dataset)
    group = next(one for one in report.problems if one.code == code)
    rows = [names.row_in(example) for example in group.examples]
    return [dataset.images.file_name[row] if row >= 0 else "" for row in rows]


@pytest.mark.parametrize("name", DAMAGED)
def test_a_label_without_size_leads_to_its_image(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere" / "Dragged"
    GROUND_TRUTH[name][0](folder)
    damage, image = DAMAGED[name]
    damage(folder)
    opened = open_ground_truth(folder)
    assert images_of("zero-size-box", opened.report, opened.dataset) == [image]


@pytest.mark.parametrize(
    ("name", "damage", "code"),
    [
        ("mmdetection", edited("results.bbox.json", lambda all: all[2].update(score=7)), "score-out-of-range"),
        ("ultralytics_val", edited("predictions.json", lambda all: all[2].update(category_id=99)), "unknown-category"),
        ("yolo_predict", replaced("labels/b.txt", "0.91", "nan"), "bad-score"),
        ("voc_results", replaced("VOC2012/Main/comp4_det_test_cat.txt", "a 0.9 10 10 50 40\nb 0.8", "a 0.9 10 10 50 40\nb nan"),
         "bad-score"),
    ],
)  # fmt: skip
def test_a_prediction_that_is_left_out_leads_to_its_image(name: str, damage: Damage, code: str, tmp_path: Path) -> None:
    collection_folders.fiftyone_coco(tmp_path / "truth")
    dataset = open_ground_truth(tmp_path / "truth").dataset
    folder = tmp_path / "Dragged"
    PREDICTIONS[name][0](folder)
    damage(folder)
    assert images_of(code, open_predictions(folder, dataset).report, dataset) == ["b.jpg"]


def test_a_table_of_predictions_leads_to_images_by_name(tmp_path: Path) -> None:
    collection_folders.fiftyone_coco(tmp_path / "truth")
    dataset = open_ground_truth(tmp_path / "truth").dataset
    file = text(tmp_path / "run.csv", "file,label,conf,x1,y1,x2,y2\na.jpg,cat,0.9,10,10,50,40\nb.jpg,cat,nan,10,10,50,40\n")
    assert images_of("bad-score", open_predictions(file, dataset).report, dataset) == ["b.jpg"]
