"""Parts of the folders that tools write: pictures of 200 x 100, documents, labels of two objects a picture."""

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
