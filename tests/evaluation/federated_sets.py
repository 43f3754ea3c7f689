"""Random sets of LVIS's kind: what was looked for differs from image to image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.dataset import Dataset
from diag_gui.data.row_lists import RowLists
from tests.evaluation.coco_facts import Record, coco_dict, coco_results, dataset_from_coco
from tests.evaluation.random_sets import random_set


def federated_set(seed: int, *, flags: bool = True, **kinds: Any) -> tuple[Record, list[Record]]:
    """Return LVIS ground truth and results; ``kinds`` as `random_set` takes them.

    Some labels are to be ignored, some have no area, some predictions have none; a class may be negative and have a label.
    """
    n_images, n_classes, ground_truth, predictions = random_set(seed, **kinds)
    content, results = with_lists(coco_dict(n_images, n_classes, ground_truth), seed), coco_results(predictions)
    rng = np.random.default_rng([seed, 1])
    for annotation in content["annotations"]:
        annotation["area"] *= float(rng.choice([1.0, 0.4, 20.0]))
        if flags:
            annotation["ignore"] = int(rng.random() < 0.1)
            if rng.random() < 0.05:
                annotation["area"] = 0.0
    if flags:
        for result in results:
            if rng.random() < 0.05:
                result["bbox"][2] = 0.0
    order = rng.permutation(len(results))
    return content, [results[place] for place in order]


def with_lists(content: Record, seed: int) -> Record:
    """Return COCO ground truth with random lists of classes per image and a random frequency per class."""
    rng = np.random.default_rng([seed, 0])
    class_ids = np.array([category["id"] for category in content["categories"]])

    def some_classes(share: float) -> list[int]:
        return class_ids[rng.random(len(class_ids)) < share].tolist()

    images = [
        {**image, "neg_category_ids": some_classes(0.4), "not_exhaustive_category_ids": some_classes(0.2)}
        for image in content["images"]
    ]
    categories = [{**category, "frequency": str(rng.choice(["r", "c", "f"]))} for category in content["categories"]]
    return {**content, "images": images, "categories": categories}


def federated_dataset(content: Record, **fields: Any) -> Dataset:
    """Build a dataset with the lists, groups and flags of LVIS ground truth, without the reader."""
    dataset = dataset_from_coco(content)
    row_of = {record["id"]: row for row, record in enumerate(sorted(content["categories"], key=lambda record: record["id"]))}
    images = sorted(content["images"], key=lambda record: record["id"])

    def lists(key: str) -> RowLists | None:
        if not any(key in record for record in images):
            return None
        return RowLists.of([[row_of[class_id] for class_id in record.get(key, ())] for record in images])

    by_id = {record["id"]: record for record in content["annotations"]}
    columns = []
    for name in ("ignore", "difficult", "isgroupof"):
        values = [bool(by_id[int(gt_id)].get(name, 0)) for gt_id in dataset.ground_truth.annotation_id]
        if any(values):
            columns.append(Column(name, ColumnKind.BOOL, np.array(values), np.zeros(len(values), bool)))
    attributes = AttributeTable(Level.GT, len(dataset.ground_truth), tuple(columns))
    frequency = tuple(record.get("frequency") for record in sorted(content["categories"], key=lambda record: record["id"]))
    return replace(
        dataset,
        images=replace(
            dataset.images,
            verified=lists("pos_category_ids"),
            negative=lists("neg_category_ids"),
            not_exhaustive=lists("not_exhaustive_category_ids"),
        ),
        classes=replace(dataset.classes, frequency=frequency if any(frequency) else None, **fields),
        ground_truth=replace(dataset.ground_truth, attributes=attributes),
    )
