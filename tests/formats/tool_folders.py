"""Folders as annotation tools, trainers and data sets lay them out, two or three pictures each: what people drag onto the window.

Each is a function that writes it, and what must be found in it.
"""

from __future__ import annotations

from tests.formats.annotation_tool_folders import (
    cvat_coco,
    cvat_exports,
    cvat_project,
    cvat_task,
    cvat_video,
    datumaro,
    label_studio,
    label_studio_coco,
    label_studio_min,
    label_studio_yolo,
    labelme,
    supervisely,
)
from tests.formats.collection_folders import (
    fiftyone_coco,
    fiftyone_own,
    fiftyone_yolo,
    roboflow_coco,
    roboflow_csv,
    roboflow_darknet,
    roboflow_voc,
    roboflow_yolo,
)
from tests.formats.data_set_folders import bdd100k, coco_2017, dota, imagenet, kitti, open_images, visdrone, voc_devkit
from tests.formats.trainer_folders import (
    darknet,
    detectron2,
    mmdetection,
    ultralytics,
    ultralytics_lists,
    ultralytics_val,
    voc_results,
    yolo_predict,
    yolo_train_only,
    yolov5_val,
)

GROUND_TRUTH = {
    "cvat_task": (cvat_task, "cvat", 3, 6),
    "cvat_project": (cvat_project, "cvat", 2, 2),
    "cvat_exports": (cvat_exports, "cvat", 3, 6),
    "label_studio": (label_studio, "labelstudio", 3, 12),
    "label_studio_min": (label_studio_min, "labelstudio", 1, 1),
    "label_studio_coco": (label_studio_coco, "coco", 2, 4),
    "label_studio_yolo": (label_studio_yolo, "yolo", 2, 4),
    "datumaro": (datumaro, "datumaro", 3, 9),
    "labelme": (labelme, "labelme", 2, 8),
    "visdrone": (visdrone, "visdrone", 2, 6),
    "kitti": (kitti, "kitti", 2, 4),
    "ultralytics": (ultralytics, "yolo", 1, 2),
    "ultralytics_lists": (ultralytics_lists, "yolo", 2, 4),
    "yolo_train_only": (yolo_train_only, "yolo", 2, 4),
    "roboflow_yolo": (roboflow_yolo, "yolo", 1, 2),
    "roboflow_coco": (roboflow_coco, "coco", 1, 2),
    "roboflow_voc": (roboflow_voc, "voc", 3, 6),
    "roboflow_darknet": (roboflow_darknet, "yolo", 3, 6),
    "roboflow_csv": (roboflow_csv, "table", 1, 2),
    "darknet": (darknet, "yolo", 2, 4),
    "imagenet": (imagenet, "voc", 3, 6),
    "voc_devkit": (voc_devkit, "voc", 2, 4),
    "coco_2017": (coco_2017, "coco", 1, 2),
    "cvat_coco": (cvat_coco, "coco", 2, 4),
    "fiftyone_coco": (fiftyone_coco, "coco", 2, 4),
    "fiftyone_yolo": (fiftyone_yolo, "yolo", 2, 4),
    "dota": (dota, "dota", 2, 4),
    "bdd100k": (bdd100k, "bdd100k", 3, 6),
    "open_images": (open_images, "openimages", 2, 2),
}
"""Writer, format, pictures and labels of each folder that opens."""


PREDICTIONS = {
    "detectron2": (detectron2, "coco-results", 4),
    "mmdetection": (mmdetection, "coco-results", 4),
    "yolov5_val": (yolov5_val, "coco-results", 4),
    "ultralytics_val": (ultralytics_val, "coco-results", 4),
    "yolo_predict": (yolo_predict, "yolo", 4),
    "voc_results": (voc_results, "class-files", 4),
}
"""Writer, format and predictions of each folder that opens against `fiftyone_coco`."""


REFUSED = {
    "cvat_video": (cvat_video, "export it as CVAT for images"),
    "fiftyone_own": (fiftyone_own, "COCODetectionDataset"),
    "supervisely": (supervisely, "Supervisely"),
}
"""Writer and words of the refusal of each folder that is known and not read."""
