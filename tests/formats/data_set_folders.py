"""Folders of published data sets, as they unpack."""

from __future__ import annotations

from pathlib import Path

from tests.formats.folder_parts import coco_document, document, pictures, text, voc_xml


def visdrone(root: Path) -> None:
    """Write ``VisDrone2019-DET-val`` as it is unpacked."""
    inner = root / "VisDrone2019-DET-val"
    for name in ("0000001_02999_d_0000005", "0000002_00005_d_0000014"):
        pictures(inner / "images", f"{name}.jpg")
        text(inner / "annotations" / f"{name}.txt", "10,10,40,30,1,4,0,0\n60,10,40,30,0,0,0,0\n120,10,20,30,1,1,1,2,\n")


def kitti(root: Path) -> None:
    """Write KITTI's object set: labels, pictures and calibration in folders of ``training``."""
    for name in ("000000", "000001"):
        pictures(root / "training" / "image_2", f"{name}.png")
        text(root / "training" / "calib" / f"{name}.txt", "P0: 7.2e+02 0.0e+00 6.1e+02 0.0e+00 0.0 7.2e+02 1.8e+02 0 0 0 1 0\n")
        text(root / "training" / "label_2" / f"{name}.txt",
             "Car 0.00 0 -1.57 10.00 10.00 50.00 40.00 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59\n"
             "DontCare -1 -1 -10 60.00 10.00 90.00 40.00 -1 -1 -1 -1000 -1000 -1000 -10\n")  # fmt: skip
    pictures(root / "testing" / "image_2", "000000.png")


def imagenet(root: Path) -> None:
    """Write ILSVRC's detection set: XML without ending in ``filename``, lists of pictures beside it."""
    for split, stems in (("train", ("n01440764_1", "n01440764_2")), ("val", ("ILSVRC2012_val_00000001",))):
        for stem in stems:
            pictures(root / "Data" / "DET" / split, f"{stem}.JPEG")
            voc_xml(root / "Annotations" / "DET" / split / f"{stem}.xml", stem, split)
        text(root / "ImageSets" / "DET" / f"{split}.txt", "".join(f"{stem} {n + 1}\n" for n, stem in enumerate(stems)))


def voc_devkit(root: Path) -> None:
    """Write ``VOCdevkit`` as it is unpacked."""
    inner = root / "VOC2007"
    for stem in ("000005", "000007"):
        pictures(inner / "JPEGImages", f"{stem}.jpg")
        pictures(inner / "SegmentationClass", f"{stem}.png")
        voc_xml(inner / "Annotations" / f"{stem}.xml", f"{stem}.jpg", "VOC2007")
    text(inner / "ImageSets" / "Main" / "cat_train.txt", "000005 -1\n000007  1\n")
    text(inner / "ImageSets" / "Main" / "train.txt", "000005\n000007\n")
    text(inner / "ImageSets" / "Layout" / "train.txt", "000005 1\n")


def coco_2017(root: Path) -> None:
    """Write COCO's own layout: instances, key points and captions of two splits below ``annotations``."""
    for split, names in (("train2017", ("000000000009.jpg", "000000000025.jpg")), ("val2017", ("000000000139.jpg",))):
        pictures(root / split, *names)
        whole = coco_document(names)
        document(root / "annotations" / f"instances_{split}.json", whole)
        points = [{**one, "keypoints": [1, 2, 2], "num_keypoints": 1} for one in whole["annotations"]]
        document(root / "annotations" / f"person_keypoints_{split}.json", {**whole, "annotations": points})
        captions = [{"id": 1, "image_id": 1, "caption": "A cat."}]
        document(root / "annotations" / f"captions_{split}.json",
                 {"info": {}, "images": whole["images"], "licenses": [], "annotations": captions})  # fmt: skip


def dota(root: Path) -> None:
    """Write a split of DOTA as it is unpacked."""
    for stem in ("P0001", "P0002"):
        pictures(root / "images", f"{stem}.png")
        text(root / "labelTxt" / f"{stem}.txt",
             "imagesource:GoogleEarth\ngsd:0.14\n10.0 10.0 50.0 10.0 50.0 40.0 10.0 40.0 plane 0\n"
             "60.0 10.0 100.0 20.0 95.0 40.0 55.0 30.0 ship 1\n")  # fmt: skip


def bdd100k(root: Path) -> None:
    """Write BDD100K's detection labels and pictures."""
    for split, names in (("train", ("a.jpg", "b.jpg")), ("val", ("c.jpg",))):
        pictures(root / "images" / "100k" / split, *names)
        frames = [
            {"name": name, "attributes": {"weather": "clear", "scene": "city street", "timeofday": "night"}, "timestamp": 10000,
             "labels": [{"id": str(n), "attributes": {"occluded": False, "truncated": False, "trafficLightColor": "NA"},
                         "category": "car", "box2d": {"x1": 10.0, "y1": 10.0, "x2": 50.0, "y2": 40.0}} for n in range(2)]}
            for name in names
        ]  # fmt: skip
        document(root / "labels" / "det_20" / f"det_{split}.json", frames)


def open_images(root: Path) -> None:
    """Write Open Images: boxes, names of classes, pictures."""
    pictures(root / "data", "0001eeaf4aed83f9.jpg", "000595fe6fee6369.jpg")
    head = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside"
    text(root / "validation-annotations-bbox.csv",
         f"{head}\n0001eeaf4aed83f9,xclick,/m/0cmf2,1,0.05,0.25,0.1,0.4,0,0,0,0,0\n"
         "000595fe6fee6369,xclick,/m/02wbm,1,0.3,0.5,0.1,0.4,1,0,0,0,0\n")  # fmt: skip
    text(root / "class-descriptions-boxable.csv", "/m/0cmf2,Airplane\n/m/02wbm,Food\n")
