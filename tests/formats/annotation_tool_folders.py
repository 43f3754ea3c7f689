"""Folders as annotation tools write them; names, keys and orders of elements are theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.formats.folder_parts import H, W, coco_document, document, pictures, text, yolo_labels

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


def cvat_coco(root: Path) -> None:
    """Write what CVAT exports as COCO 1.0."""
    pictures(root / "images" / "default", "a.jpg", "b.jpg")
    document(root / "annotations" / "instances_default.json", coco_document(["a.jpg", "b.jpg"]))


def supervisely(root: Path) -> None:
    """Write a project of Supervisely: ``meta.json``, pictures and a JSON file for each in every data set."""
    document(root / "meta.json", {"classes": [{"title": "cat", "shape": "rectangle", "color": "#FF0000"}], "tags": []})
    pictures(root / "ds0" / "img", "a.jpg")
    points = {"exterior": [[10, 10], [50, 40]], "interior": []}
    document(root / "ds0" / "ann" / "a.jpg.json",
             {"description": "", "tags": [], "size": {"height": H, "width": W},
              "objects": [{"classTitle": "cat", "geometryType": "rectangle", "points": points, "tags": []}]})  # fmt: skip
