"""Small good files of the formats that are read object by object, to be damaged by `fuzz`: ground truth, and predictions."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow
import pyarrow.parquet

_CVAT = (
    b"<?xml version='1.0'?><annotations><version>1.1</version><meta><task><labels><label><name>cat</name></label></labels></task>"
    b"</meta><image id='0' name='1.jpg' width='160' height='120'><box label='cat' occluded='1' xtl='1.5' ytl='2' xbr='11.5'"
    b" ybr='22' rotation='30'><attribute name='colour'>red</attribute></box><polygon label='cat' points='1,1;11,1;11,21'/>"
    b"<mask label='cat' left='2' top='3' width='4' height='3' rle='5,2,5'/><ellipse label='cat' cx='9' cy='9' rx='3' ry='4'/>"
    b"<tag label='night'/></image></annotations>"
)
_SHAPES = [
    {"label": "cat", "points": [[30, 40], [10, 20]], "shape_type": "rectangle", "flags": {"x": True}, "group_id": None},
    {"label": "cat", "points": [[1, 1], [11, 1], [11, 21]], "shape_type": "polygon"},
    {"label": "dog", "points": [[50, 50], [53, 54]], "shape_type": "circle"},
    {"label": "dog", "points": [[20, 10], [30, 20], [20, 30], [10, 20]], "shape_type": "rotation", "score": 0.5},
]
_LABELME = {
    "version": "5",
    "flags": {"night": False},
    "imagePath": "1.jpg",
    "imageHeight": 120,
    "imageWidth": 160,
    "shapes": _SHAPES,
}
_ITEMS = [
    {"id": "1", "image": {"path": "1.jpg", "size": [120, 160]}, "attr": {"frame": 3}, "annotations": [
        {"id": 0, "type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4], "attributes": {"occluded": True}},
        {"type": "rotated_bbox", "label_id": 1, "rotated_bbox": [50, 40, 20, 10, 90], "attributes": {}},
        {"type": "mask", "label_id": 0, "rle": {"counts": [0, 120, 19080], "size": [120, 160]}},
        {"type": "polygon", "label_id": 0, "points": [1, 1, 11, 1, 11, 21]}, {"type": "label", "label_id": 1}]},
]  # fmt: skip
_DATUMARO = {"info": {}, "categories": {"label": {"labels": [{"name": "cat"}, {"name": "dog"}]}}, "items": _ITEMS}
_FOUND_BOX = {"type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4], "attributes": {"score": 0.5}}
_DATUMARO_FOUND = {**_DATUMARO, "items": [{**_ITEMS[0], "annotations": [_FOUND_BOX]}]}
_REGION = {"id": "r", "type": "rectanglelabels", "original_width": 160, "original_height": 120, "from_name": "label",
           "value": {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 15, "rectanglelabels": ["cat"]}}  # fmt: skip
_OUTLINE = {"id": "s", "type": "polygonlabels", "original_width": 160, "original_height": 120,
            "value": {"points": [[1, 1], [9, 1], [9, 9]], "polygonlabels": ["dog"]}}  # fmt: skip
_TASK = {"id": 1, "data": {"image": "/data/upload/1/0a1b2c3d-1.jpg", "site": "north"}}
_STUDIO = [
    {**_TASK, "annotations": [{"id": 1, "result": [_REGION, _OUTLINE, {"type": "choices", "value": {"choices": ["fog"]}}]}]}
]
_STUDIO_FOUND = [{**_TASK, "predictions": [{"id": 2, "score": 0.5, "result": [{**_REGION, "score": 0.75}]}]}]
_LABEL = {"id": "7", "category": "cat", "attributes": {"occluded": True}, "box2d": {"x1": 1, "y1": 2, "x2": 11, "y2": 22}}
_FRAME = {"name": "1.jpg", "attributes": {"weather": "rainy"}, "size": {"width": 160, "height": 120}}
_FRAMES = [{**_FRAME, "labels": [_LABEL, {"category": "dog", "poly2d": [{"vertices": [[0, 0], [9, 0], [9, 9]]}]}]}]
_KITTI = b"cat 0.00 0 -1.58 58.01 17.33 61.12 20.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59"
_DOTA = b"imagesource:x\ngsd:0.1\n10 10 30 12 28 32 8 30 cat 0\n50 50 70 50 70 60 50 60 dog 1\n"
_RING = [[10, 20], [40, 20], [40, 60], [10, 60], [10, 20]]
_PLANE = {"type": "Feature", "properties": {"category": "cat", "propulsion": "jet", "num_engines": 2},
          "geometry": {"type": "Polygon", "coordinates": [_RING]}}  # fmt: skip
_PARTS = {"type": "Feature", "properties": {"category": "dog", "bounds_imcoords": "1,2,30,40"},
          "geometry": {"type": "MultiPolygon", "coordinates": [[[[9, 9], [9, 19], [19, 9], [9, 9]]]]}}  # fmt: skip
_PLANES = {"type": "FeatureCollection", "features": [_PLANE, _PARTS]}
_PLANES_FOUND = {"type": "FeatureCollection", "features": [{**_PLANE, "properties": {"category": "cat", "prob": 0.75}}]}


def _parquet(**columns: list[object]) -> bytes:
    target = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), target)
    return target.getvalue()


_COLUMNS: dict[str, list[object]] = {"image": ["1.jpg", "2.jpg"], "label": ["cat", "dog"], "x1": [1.0, 5.0], "y1": [2, 5],
                                     "x2": [4.0, 9.0], "y2": [6.0, 7.5]}  # fmt: skip

LABELS: dict[str, bytes] = {
    "labels/cvat.xml": _CVAT,
    "labels/labelme.json": json.dumps(_LABELME).encode(),
    "labels/datumaro.json": json.dumps(_DATUMARO).encode(),
    "labels/studio.json": json.dumps(_STUDIO).encode(),
    "labels/frames.json": json.dumps(_FRAMES).encode(),
    "labels/kitti.txt": _KITTI + b"\nDontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10\n",
    "labels/visdrone.txt": b"40,11,26,70,1,4,1,2\n10,10,5,5,0,11,0,0,\n",
    "labels/openimages.csv": b"ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsGroupOf\n"
    b'1.jpg,,cat,1,"0,1",0.6,0.2,0.4,1\n',
    "labels/dota.txt": _DOTA,
    "labels/corners.csv": b"filename,width,height,class,xmin,ymin,xmax,ymax,scene\n1.jpg,160,120,cat,1,2,30,40,fog\n"
    b'2.jpg,160,120,"the; dog",.5,1e1,20,14.5,\n',
    "labels/shares.csv": b"image;label;cx;cy;w;h\n1.jpg;cat;0,5;0,5;0,25;0,125\n",
    "labels/lists.tsv": b"image_id\tclass\tbbox\n1.jpg\tcat\t[1, 2, 3, 4]\n2.jpg\tdog\t5 6 7 8\n",
    "labels/columns.parquet": _parquet(**_COLUMNS),
    "labels/1.geojson": json.dumps(_PLANES).encode(),
}
"""File name to content."""

FOUND: dict[str, bytes] = {
    "found/datumaro.json": json.dumps(_DATUMARO_FOUND).encode(),
    "found/studio.json": json.dumps(_STUDIO_FOUND).encode(),
    "found/frames.json": json.dumps([{**_FRAME, "labels": [{**_LABEL, "score": 0.5}]}]).encode(),
    "found/kitti/1.txt": _KITTI + b" 0.75\n",
    "found/visdrone/1.txt": b"40,11,26,70,0.5,4,-1,-1\n",
    "found/openimages.csv": b"ImageID,LabelName,Score,XMin,XMax,YMin,YMax\n1.jpg,cat,0.75,0.1,0.6,0.2,0.4\n",
    "found/Task1_cat.txt": b"1 0.9 10 10 30 12 28 32 8 30\n",
    "found/columns.parquet": _parquet(**_COLUMNS, score=[0.5, 0.25]),
    "found/preds_refine.csv": b",im_name,prob,category,Image_Root,Xmin_Glob,Xmax_Glob,Ymin_Glob,Ymax_Glob\n"
    b"0,1__20_10_40_40_4_160_120,0.75,cat,1.jpg,20,40,10,30\n",
    "found/1.geojson": json.dumps(_PLANES_FOUND).encode(),
    "found/comp4_det_test_cat.txt": b"1 0.9 10 10 30 32\n1__20_10_40_40_4_160_120.jpg 0.5 1 2 30 32\n",
}
"""The same of predictions."""

SLICES = json.dumps({
    "version": 1,
    "slices": [{"name": "small", "expression": "area < 1024 AND class IN ('cat', 'dog')"},
               {"name": "wide", "expression": "NOT (aspect >= 2.5 OR file_name LIKE '%1%') AND width IS NOT NULL"}],
}).encode()  # fmt: skip
"""Slices as they are saved."""


def project_file() -> bytes:
    """Return a project with nothing decided."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.diag"
        truth = Path(folder) / "gt.json"
        truth.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
        subprocess.run(
            [sys.executable, "-m", "diag_gui", "project", "create", str(path), "--gt", str(truth), "--quiet"],
            check=True, capture_output=True,
        )  # fmt: skip
        return path.read_bytes()


METADATA = _parquet(file_name=["1.jpg", "2.jpg"], n=[1, None], site=["north", ""], on=[True, None])
"""A table in Parquet."""
