"""Data sets drawn by hypothesis: odd names, attributes of every kind, images without a label, boxes to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run

SIZE = (640, 480)
CLASS_NAMES = ("car", "=1+1", "small vehicle", "+bus", "Straße", "a,b", '"quoted"', "-5")
WORDS = st.sampled_from(["north", "=cmd()", "-2+3", "@x", "a,b\n", "'=x", "é", "007", "true", " padded"])

boxes = st.tuples(
    st.floats(3, 400, allow_nan=False), st.floats(0, 300, allow_nan=False), st.floats(0.5, 200), st.floats(0.5, 150)
)
scores = st.floats(0, 1, allow_nan=False)


@st.composite
def drawn(draw: Any, decimals: int | None = None) -> tuple[Dataset, Run]:
    """Draw ground truth and one run; boxes and scores to the last bit, or to ``decimals``.

    What is written with fewer digits than it has comes back a little moved. Compared to ``decimals``, numbers that lie on that
    grid are the same, while others may lie between two of its points and be rounded either way.
    """
    n_images, n_classes = draw(st.integers(1, 4)), draw(st.integers(1, len(CLASS_NAMES)))
    labels = draw(
        st.lists(st.tuples(st.integers(0, n_images - 1), st.integers(0, n_classes - 1), boxes, WORDS), min_size=1, max_size=8)
    )
    found = draw(st.lists(st.tuples(st.integers(0, n_images - 1), st.integers(0, n_classes - 1), boxes, scores), max_size=8))
    labels.sort(key=lambda label: label[0])
    found.sort(key=lambda one: one[0])
    words = sorted({label[3] for label in labels})
    n = len(labels)
    missing = np.array([draw(st.booleans()) for _ in labels])
    codes = np.where(missing, -1, [words.index(label[3]) for label in labels]).astype(np.int32)
    numbers = np.array([draw(st.floats(-1e6, 1e6) | st.just(np.nan)) for _ in labels])
    columns = (
        Column("site", ColumnKind.CATEGORY, codes, missing, tuple(words)),
        Column("height", ColumnKind.NUMBER, numbers, np.isnan(numbers)),
        Column("sure", ColumnKind.BOOL, np.arange(n) % 2 == 0, missing),
    )
    xywh, found_xywh = np.array([label[2] for label in labels]), np.array([one[2] for one in found]).reshape(-1, 4)
    score = np.array([one[3] for one in found], float)
    if decimals is not None:
        xywh, found_xywh, score = (np.round(values, decimals) for values in (xywh, found_xywh, score))
    dataset = Dataset(
        Images(np.arange(1, n_images + 1), tuple(f"dir/picture_{row}.jpg" for row in range(n_images)),
               np.full(n_images, SIZE[0], np.int32), np.full(n_images, SIZE[1], np.int32)),
        Classes(np.arange(1, n_classes + 1), CLASS_NAMES[:n_classes], ("",) * n_classes),
        GroundTruth(
            annotation_id=np.arange(10, 10 + n), image_row=np.array([label[0] for label in labels], np.int32),
            class_row=np.array([label[1] for label in labels], np.int32), xywh=xywh, area=xywh[:, 2] * xywh[:, 3],
            is_crowd=np.zeros(n, bool), is_ignored=np.zeros(n, bool), source_index=np.arange(n), masks=None, quad=None,
            attributes=AttributeTable(Level.GT, n, columns),
        ),
        AttributeTable(Level.IMAGE, n_images),
        Source(Path("/nowhere/truth.json"), "coco", ""),
        "drawn",
    )  # fmt: skip
    predictions = Predictions(
        n_images=n_images, image_row=np.array([one[0] for one in found], np.int32),
        class_row=np.array([one[1] for one in found], np.int32), xywh=found_xywh, score=score,
        source_index=np.arange(len(found)), masks=None, quad=None,
        attributes=AttributeTable(Level.PRED, len(found)),
    )  # fmt: skip
    return dataset, Run("drawn", predictions, Source(Path("/nowhere/run.json"), "coco", ""))


def labels_of(dataset: Dataset, digits: int | None = None) -> list[tuple[Any, ...]]:
    """Return every label by image and class name, its box to ``digits`` decimals or to the last bit."""
    gt = dataset.ground_truth
    return sorted(
        (
            dataset.images.file_name[int(gt.image_row[row])],
            dataset.classes.name[int(gt.class_row[row])],
            _box(gt.xywh[row], digits),
        )
        for row in range(len(gt))
    )


def predictions_of(dataset: Dataset, run: Run, digits: int | None = None) -> list[tuple[Any, ...]]:
    """Return every prediction like `labels_of`, with its score."""
    found = run.predictions
    return sorted(
        (
            dataset.images.file_name[int(found.image_row[row])],
            dataset.classes.name[int(found.class_row[row])],
            float(found.score[row]) if digits is None else round(float(found.score[row]), digits),
            _box(found.xywh[row], digits),
        )
        for row in range(len(found))
    )


def _box(xywh: Any, digits: int | None) -> tuple[float, ...]:
    return tuple(xywh.tolist()) if digits is None else tuple(round(value, digits) for value in xywh.tolist())
