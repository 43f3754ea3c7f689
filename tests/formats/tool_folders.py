"""Folders as annotation tools, trainers and data sets lay them out, two or three pictures each: what people drag onto the window.

Every picture is 200 x 100. Names, keys and orders of elements are those that the tools write; see each function.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.formats.pictures import encoded

W, H = 200, 100
_PICTURES: dict[str, bytes] = {}


def text(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def document(path: Path, content: Any) -> Path:
    return text(path, json.dumps(content))


def pictures(folder: Path, *names: str) -> None:
    """Write pictures of 200 x 100."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        ending = "." + name.rsplit(".", 1)[1].lower().replace("jpeg", "jpg")
        data = _PICTURES.setdefault(ending, encoded(ending, W, H))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def coco_document(names: Sequence[str], first_id: int = 1, **more: Any) -> dict[str, Any]:
    """Return COCO ground truth with two boxes a picture."""
    images = [{"id": first_id + n, "file_name": name, "width": W, "height": H} for n, name in enumerate(names)]
    annotations = [
        {"id": 2 * n + k + 1, "image_id": first_id + n, "category_id": 1 + k, "bbox": [10 + 50 * k, 10, 40, 30], "area": 1200,
         "iscrowd": 0, "segmentation": []}
        for n in range(len(names)) for k in range(2)
    ]  # fmt: skip
    categories = [{"id": 1, "name": "cat", "supercategory": "pets"}, {"id": 2, "name": "dog", "supercategory": "pets"}]
    return {"info": {}, "licenses": [], "images": images, "annotations": annotations, "categories": categories, **more}


def yolo_labels(folder: Path, *stems: str) -> None:
    for stem in stems:
        text(folder / f"{stem}.txt", "0 0.15 0.25 0.2 0.3\n1 0.4 0.25 0.2 0.3\n")


def voc_xml(path: Path, picture: str, folder: str = "images", *, segmented: bool = True, by_axes: bool = False) -> None:
    """Write an XML file of VOC with two objects, corners as x and y of two points, or both x first."""

    def corners(x: int) -> str:
        sides = {"xmin": x, "xmax": x + 40, "ymin": 10, "ymax": 40}
        order = sides if by_axes else ("xmin", "ymin", "xmax", "ymax")
        return "".join(f"\t\t\t<{side}>{sides[side]}</{side}>\n" for side in order)

    objects = "".join(
        f"\t<object>\n\t\t<name>{name}</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n\t\t<difficult>0"
        f"</difficult>\n\t\t<bndbox>\n{corners(x)}\t\t</bndbox>\n\t</object>\n"
        for name, x in (("cat", 10), ("dog", 60))
    )
    said = "\t<segmented>0</segmented>\n" if segmented else ""
    text(
        path,
        f"<annotation>\n\t<folder>{folder}</folder>\n\t<filename>{picture}</filename>\n\t<path>/home/ann/{picture}</path>\n\t"
        f"<source>\n\t\t<database>Unknown</database>\n\t</source>\n\t<size>\n\t\t<width>{W}</width>\n\t\t<height>{H}</height>\n\t\t"
        f"<depth>3</depth>\n\t</size>\n{said}{objects}</annotation>\n",
    )


_CVAT_LABELS = (
    "<labels><label><name>cat</name><color>#ff0000</color><type>any</type><attributes><attribute><name>mood</name>"
    "<mutable>False</mutable><input_type>select</input_type><default_value>calm</default_value><values>calm\nangry</values>"
    "</attribute></attributes></label><label><name>dog</name><color>#00ff00</color><type>any</type><attributes></attributes>"
    "</label><label><name>body</name><type>skeleton</type><attributes></attributes><svg>&lt;line x1=&quot;1&quot;/&gt;</svg>"
    "</label>"
    "<label><name>head</name><type>points</type><parent>body</parent></label></labels>"
)


def cvat_task(root: Path) -> None:
    """Write a task of several jobs, exported as *CVAT for images 1.1*: every kind of shape, a tag, pictures beside it."""
    names = ("a.jpg", "sub/b.jpg", "c.jpg")
    pictures(root / "images", *names)
    common = 'source="manual" occluded="0"'
    text(
        root / "annotations.xml",
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task><id>7</id><name>'
        "pets</name><size>3</size><mode>annotation</mode><overlap>0</overlap><bugtracker></bugtracker><created>2024-05-01"
        f"</created><subset>Train</subset><start_frame>0</start_frame><stop_frame>2</stop_frame>{_CVAT_LABELS}<segments>"
        "<segment><id>1</id><start>0</start><stop>1</stop><url>http://cvat/api/jobs/1</url></segment><segment><id>2</id><start>2"
        "</start><stop>2</stop><url>http://cvat/api/jobs/2</url></segment></segments><owner><username>ann</username><email></email>"
        "</owner><assignee></assignee></task><dumped>2024-05-02 10:00:00+00:00</dumped></meta>\n"
        f'  <image id="0" name="a.jpg" width="{W}" height="{H}">\n'
        f'    <box label="cat" {common} xtl="10.00" ytl="10.00" xbr="50.00" ybr="40.00" z_order="0">\n'
        '      <attribute name="mood">angry</attribute>\n    </box>\n'
        f'    <box label="dog" {common} xtl="60.00" ytl="10.00" xbr="100.00" ybr="40.00" rotation="30.00" z_order="1"'
        ' group_id="1">\n    </box>\n'
        f'    <polygon label="cat" {common} points="10.0,50.0;50.0,50.0;50.0,80.0" z_order="0">\n    </polygon>\n'
        f'    <ellipse label="dog" {common} cx="120.0" cy="60.0" rx="10.0" ry="20.0" z_order="0">\n    </ellipse>\n'
        f'    <mask label="cat" {common} rle="3, 2, 4" left="2" top="3" width="3" height="3" z_order="0">\n    </mask>\n'
        f'    <polyline label="cat" {common} points="1.0,1.0;2.0,2.0" z_order="0">\n    </polyline>\n'
        f'    <points label="cat" {common} points="1.0,1.0" z_order="0">\n    </points>\n'
        f'    <cuboid label="cat" {common} xtl1="1" ytl1="1" xbl1="1" ybl1="9" xtr1="9" ytr1="1" xbr1="9" ybr1="9" xtl2="1"'
        ' ytl2="1" xbl2="1" ybl2="9" xtr2="9" ytr2="1" xbr2="9" ybr2="9" z_order="0">\n    </cuboid>\n'
        '    <skeleton label="body" source="manual" z_order="0">\n      <points label="head" occluded="0" outside="0"'
        ' source="manual" points="5.00,5.00">\n      </points>\n    </skeleton>\n'
        '    <tag label="cat" source="manual">\n    </tag>\n  </image>\n'
        f'  <image id="1" name="sub/b.jpg" width="{W}" height="{H}">\n'
        f'    <box label="cat" {common} xtl="10.00" ytl="10.00" xbr="50.00" ybr="40.00" z_order="0">\n    </box>\n  </image>\n'
        f'  <image id="2" name="c.jpg" width="{W}" height="{H}">\n  </image>\n</annotations>\n',
    )


def cvat_project(root: Path) -> None:
    """Write a project of two tasks, exported with pictures: folders per subset below ``images``."""
    pictures(root / "images" / "Train", "a.jpg")
    pictures(root / "images" / "Validation", "b.jpg")
    box = '<box label="cat" source="manual" occluded="0" xtl="10" ytl="10" xbr="50" ybr="40" z_order="0">\n    </box>\n'
    images = "".join(
        f'  <image id="{n}" name="{name}" subset="{subset}" task_id="{n}" width="{W}" height="{H}">\n    {box}  </image>\n'
        for n, (name, subset) in enumerate((("a.jpg", "Train"), ("b.jpg", "Validation")))
    )
    text(
        root / "annotations.xml",
        f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <project><id>1</id>'
        f"<name>pets</name>{_CVAT_LABELS}</project></meta>\n{images}</annotations>\n",
    )


def cvat_exports(root: Path) -> None:
    """Write the unpacked export of one task, in a folder of its own as archives make it."""
    cvat_task(root / "task_7_annotations_2024_05_02_10_00_00_cvat for images 1.1")


def cvat_video(root: Path) -> None:
    """Write *CVAT for video 1.1*: tracks with boxes by frame."""
    text(
        root / "annotations.xml",
        f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <meta><task>{_CVAT_LABELS}</task></meta>\n'
        '  <track id="0" label="cat" source="manual">\n    '
        '<box frame="0" keyframe="1" outside="0" occluded="0" xtl="1" ytl="1" xbr="9" ybr="9" z_order="0">\n    </box>'
        "\n  </track>\n</annotations>\n",
    )


def _region(number: int, kind: str, label: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "original_width": W, "original_height": H, "image_rotation": 0, "value": {**value, kind: [label]}, "id": f"r{number}",
        "from_name": "label", "to_name": "image", "type": kind, "origin": "manual", **more,
    }  # fmt: skip


def _rectangle(number: int, label: str, x: float, rotation: float = 0, **more: Any) -> dict[str, Any]:
    value = {"x": x, "y": 10, "width": 20, "height": 30, "rotation": rotation}
    return _region(number, "rectanglelabels", label, value, **more)


def label_studio(root: Path) -> None:
    """Write a JSON export: pictures uploaded, of a local folder, of a bucket; annotators, choices, predictions."""
    pictures(root / "pictures", "a.jpg", "b.jpg", "c.jpg")
    choice = {"value": {"choices": ["night"]}, "id": "c1", "from_name": "scene", "to_name": "image", "type": "choices"}
    point = _region(9, "keypointlabels", "nose", {"x": 5, "y": 5, "width": 0.5})
    brush = _region(8, "brushlabels", "cat", {"format": "rle", "rle": [0, 1, 2]})
    addresses = ("/data/upload/3/3a5b7c9d-a.jpg", "/data/local-files/?d=pictures/b.jpg", "s3://bucket/pets/c.jpg")
    tasks = []
    for number, address in enumerate(addresses, 1):
        regions = [_rectangle(1, "cat", 5), _rectangle(2, "dog", 50, 30), choice, point, brush]
        ellipse = _region(3, "ellipselabels", "cat", {"x": 50, "y": 50, "radiusX": 5, "radiusY": 10, "rotation": 0})
        polygon = _region(4, "polygonlabels", "dog", {"points": [[1, 1], [20, 1], [20, 30]], "closed": True})
        annotations = [
            {"id": number * 10, "completed_by": {"id": 1, "email": "ann@example.org"}, "result": [_rectangle(1, "cat", 6)],
             "was_cancelled": False, "ground_truth": False, "created_at": "2024-05-01T10:00:00.000000Z", "lead_time": 9.5},
            {"id": number * 10 + 1, "completed_by": 2, "result": [*regions, ellipse, polygon], "was_cancelled": False,
             "ground_truth": False},
            {"id": number * 10 + 2, "completed_by": 3, "result": [], "was_cancelled": True},
        ]  # fmt: skip
        made = {"id": number, "model_version": "v1", "score": 0.9, "result": [_rectangle(1, "cat", 5, score=0.8)], "task": number}
        tasks.append(
            {"id": number, "annotations": annotations, "file_upload": "3a5b7c9d-a.jpg", "drafts": [], "predictions": [made],
             "data": {"image": address, "city": "Bonn"}, "meta": {}, "inner_id": number, "total_annotations": 2, "project": 3}
        )  # fmt: skip
    document(root / "project-3-at-2024-05-02-10-00-abcdef12.json", tasks)


def label_studio_min(root: Path) -> None:
    """Write a JSON-MIN export, whose tasks hold the regions by the name of their control."""
    box = {"x": 5, "y": 10, "width": 20, "height": 30, "rotation": 0, "rectanglelabels": ["cat"],
           "original_width": W, "original_height": H}  # fmt: skip
    tasks = [{"image": "/data/upload/3/3a5b7c9d-a.jpg", "id": 1, "label": [box], "annotator": 1, "annotation_id": 4,
              "created_at": "2024-05-01T10:00:00Z", "updated_at": "2024-05-01T10:00:00Z", "lead_time": 3.2}]  # fmt: skip
    document(root / "project-3-min.json", tasks)


def label_studio_coco(root: Path) -> None:
    """Write a COCO export of Label Studio: ``result.json`` beside ``images``."""
    pictures(root / "images", "3a5b7c9d-a.jpg", "3a5b7c9e-b.jpg")
    document(root / "result.json", coco_document(["images/3a5b7c9d-a.jpg", "images/3a5b7c9e-b.jpg"], first_id=0))


def label_studio_yolo(root: Path) -> None:
    """Write a YOLO export of Label Studio: ``classes.txt`` and ``notes.json`` beside ``images`` and ``labels``."""
    pictures(root / "images", "a.jpg", "b.jpg")
    yolo_labels(root / "labels", "a", "b")
    text(root / "classes.txt", "cat\ndog\n")
    document(root / "notes.json", {"categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}], "info": {"year": 2024}})


def datumaro(root: Path) -> None:
    """Write Datumaro 1.x: a file per subset below ``annotations``, pictures per subset below ``images``."""
    categories = {"label": {"label_group": [], "labels": [{"name": "cat", "parent": "", "attributes": []},
                                                          {"name": "dog", "parent": "", "attributes": []}], "attributes": []},
                  "points": {"items": []}}  # fmt: skip
    for subset, names in (("train", ("a", "b")), ("val", ("c",))):
        pictures(root / "images" / subset, *(f"{name}.jpg" for name in names))
        items = [
            {"id": name, "annotations": [
                {"id": 0, "type": "bbox", "attributes": {"occluded": False}, "group": 1, "label_id": 0, "z_order": 0,
                 "bbox": [10.0, 10.0, 40.0, 30.0]},
                {"id": 1, "type": "polygon", "attributes": {}, "group": 0, "label_id": 1, "z_order": 0,
                 "points": [60.0, 10.0, 100.0, 10.0, 100.0, 40.0]},
                {"id": 2, "type": "rotated_bbox", "attributes": {}, "group": 0, "label_id": 1, "z_order": 0, "cx": 120, "cy": 60,
                 "w": 20, "h": 10, "r": 30},
                {"id": 3, "type": "points", "attributes": {}, "group": 0, "label_id": 0, "z_order": 0, "points": [1, 2],
                 "visibility": [2]},
                {"id": 4, "type": "label", "attributes": {}, "group": 0, "label_id": 0},
            ], "attr": {"frame": 3}, "image": {"path": f"{name}.jpg", "size": [H, W]}}
            for name in names
        ]  # fmt: skip
        document(root / "annotations" / f"{subset}.json",
                 {"dm_format_version": "1.0", "media_type": 2, "infos": {}, "categories": categories,
                  "items": items})  # fmt: skip


def labelme(root: Path) -> None:
    """Write a folder of labelme 5 with every type of shape; ``imageData`` is null, as with ``--nodata``."""
    shapes = {
        "rectangle": [[10, 10], [50, 40]], "polygon": [[60, 10], [100, 10], [100, 40]], "circle": [[120, 60], [130, 60]],
        "rotation": [[10, 50], [40, 60], [35, 75], [5, 65]], "point": [[5, 5]], "points": [[5, 5], [6, 6]],
        "line": [[1, 1], [9, 9]], "linestrip": [[1, 1], [9, 9], [20, 9]],
    }  # fmt: skip
    for name in ("a", "b"):
        pictures(root, f"{name}.jpg")
        written = [
            {"label": "cat", "points": points, "group_id": None, "description": "", "shape_type": kind, "flags": {}, "mask": None}
            for kind, points in shapes.items()
        ]
        document(root / f"{name}.json", {"version": "5.5.0", "flags": {"night": True}, "shapes": written,
                                         "imagePath": f"{name}.jpg", "imageData": None, "imageHeight": H,
                                         "imageWidth": W})  # fmt: skip


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


def darknet(root: Path) -> None:
    """Write what CVAT exports as YOLO 1.1."""
    pictures(root / "obj_train_data", "a.jpg", "b.jpg")
    yolo_labels(root / "obj_train_data", "a", "b")
    text(root / "obj.names", "cat\ndog\n")
    text(root / "obj.data", "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n")
    text(root / "train.txt", "data/obj_train_data/a.jpg\ndata/obj_train_data/b.jpg\n")


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


def cvat_coco(root: Path) -> None:
    """Write what CVAT exports as COCO 1.0."""
    pictures(root / "images" / "default", "a.jpg", "b.jpg")
    document(root / "annotations" / "instances_default.json", coco_document(["a.jpg", "b.jpg"]))


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


def supervisely(root: Path) -> None:
    """Write a project of Supervisely: ``meta.json``, pictures and a JSON file for each in every data set."""
    document(root / "meta.json", {"classes": [{"title": "cat", "shape": "rectangle", "color": "#FF0000"}], "tags": []})
    pictures(root / "ds0" / "img", "a.jpg")
    points = {"exterior": [[10, 10], [50, 40]], "interior": []}
    document(root / "ds0" / "ann" / "a.jpg.json",
             {"description": "", "tags": [], "size": {"height": H, "width": W},
              "objects": [{"classTitle": "cat", "geometryType": "rectangle", "points": points, "tags": []}]})  # fmt: skip


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
