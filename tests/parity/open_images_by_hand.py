"""Open Images' rules, box by box: the oracle that was written from the description of the TF Object Detection API's evaluator."""

from __future__ import annotations

from typing import Any

from tests.parity.voc_devkit import Box, Result, area_under_curve

Record = dict[str, Any]


def above(class_id: int, parents: dict[int, list[int]]) -> set[int]:
    """Return a class and every class above it."""
    return {class_id}.union(*(above(parent, parents) for parent in parents.get(class_id, [])))


def intersection(one: Box, other: Box) -> float:
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def iou(one: Box, other: Box) -> float:
    shared = intersection(one, other)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared) if shared else 0.0


def inside(found: Box, group: Box) -> float:
    shared = intersection(found, group)
    return shared / (found[2] * found[3]) if shared else 0.0


def verified_classes(image: Record, labels: list[Record], parents: dict[int, list[int]], class_ids: list[int]) -> set[int]:
    """Return the classes that were verified in an image; ``labels`` are expanded."""
    verified = {label["category_id"] for label in labels if label["image_id"] == image["id"]}
    for class_id in image.get("pos_category_ids", []):
        verified |= above(class_id, parents)
    for class_id in image.get("neg_category_ids", []):
        verified |= {other for other in class_ids if class_id in above(other, parents)}
    return verified


def evaluate_open_images(content: Record, results: list[Record], parents: dict[int, list[int]], threshold: float) -> list[Result]:
    """Return the result of each class in order of ids; ``results`` in an order that equal scores keep."""
    class_ids = sorted(category["id"] for category in content["categories"])
    labels = [
        {**label, "category_id": class_id}
        for label in content["annotations"]
        for class_id in sorted(above(label["category_id"], parents))
    ]
    verified = {image["id"]: verified_classes(image, labels, parents, class_ids) for image in content["images"]}
    return [
        evaluate_class(
            [label for label in labels if label["category_id"] == class_id],
            [one for one in results if one["category_id"] == class_id and class_id in verified[one["image_id"]]],
            threshold,
        )
        for class_id in class_ids
    ]


def is_group(label: Record) -> bool:
    return bool(label.get("isgroupof", 0) or label.get("iscrowd", 0))


def evaluate_class(labels: list[Record], found: list[Record], threshold: float) -> Result:
    used: set[int] = set()
    is_true: list[bool] = []
    for one in sorted(found, key=lambda record: -record["score"]):
        here = [label for label in labels if label["image_id"] == one["image_id"]]
        single = [label for label in here if not is_group(label)]
        best = max(single, key=lambda label: iou(one["bbox"], label["bbox"]), default=None)
        if best is not None and iou(one["bbox"], best["bbox"]) >= threshold and best["id"] not in used:
            used.add(best["id"])
            is_true.append(True)
        elif not any(inside(one["bbox"], label["bbox"]) >= threshold for label in here if is_group(label)):
            is_true.append(False)
    n_gt = sum(not is_group(label) for label in labels)
    tp = sum(is_true)
    return Result(n_gt, tp, len(is_true) - tp, area_under_curve(is_true, n_gt), float("nan"))
