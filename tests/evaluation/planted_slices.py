"""Sets with a weakness hidden in a slice that the generator knows, or with none: what discovery is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run

_SIDES = (12.0, 200.0)


@dataclass(frozen=True, slots=True, eq=False)
class PlantedSet:
    """A dataset, a run, and which ground truth lies in each planted slice.

    Attributes
    ----------
    dataset : Dataset
    run : Run
    planted : tuple of ndarray of bool, shape (G,)
    words : tuple of str
        What each planted slice is.
    """

    dataset: Dataset
    run: Run
    planted: tuple[BoolArray, ...]
    words: tuple[str, ...]


def planted_set(
    seed: int,
    *,
    n_images: int = 1_000,
    per_image: int = 7,
    n_columns: int = 12,
    n_planted: int = 1,
    missed: float = 0.15,
    missed_inside: float = 0.55,
    spread: float = 0.1,
    errors: str = "misses",
    draw: int = 0,
) -> PlantedSet:
    """Draw a set in which a detector errs by chance, and more often inside the planted slices.

    Parameters
    ----------
    seed : int
    n_images, per_image, n_columns : int
        Half of the columns of images hold categories of two to six values, half hold numbers.
    n_planted : int
        Slices of one to three conditions with 4 to 30 % of the ground truth each; none of them half inside another one.
    missed, missed_inside : float
        Chance of an error outside and inside.
    spread : float
        Standard deviation of the chance from image to image, so that errors come together.
    errors : str
        ``misses``: ground truth without a prediction. ``false-positives``: every ground truth is found, and a prediction beside
        it that overlaps nothing is drawn by chance; columns are those of its image and its own area. ``localization``,
        ``classification``, ``both``: every ground truth has a prediction, and by chance stands half beside it, is of another
        class, or both. ``duplicate``: by chance the prediction is there twice.
    draw : int
        Another number: other errors by the same chances on the same ground truth.
    """
    rng = np.random.default_rng(seed)
    columns, codes = _image_columns(rng, n_images, n_columns)
    image_row = np.repeat(np.arange(n_images, dtype=np.int32), per_image)
    n = len(image_row)
    class_row = rng.integers(0, 4, n).astype(np.int32)
    side = np.exp(rng.uniform(*np.log(_SIDES), n))
    planted, words = _plant(rng, codes, side, image_row, n_planted)

    def drawn(generator: np.random.Generator) -> BoolArray:
        chance = np.clip(missed + generator.normal(0, spread, n_images)[image_row] * missed / 0.15, 0.01, 0.99)
        for inside in planted:
            chance[inside] = missed_inside
        return generator.random(n) < chance

    is_error = drawn(rng)
    if draw:
        is_error = drawn(np.random.default_rng((seed, draw)))
    # Boxes stand on a grid of their own places, so that none touches another one, in the upper row or the lower by chance; a
    # false positive stands in the other row, so that no place says what it is.
    place, is_lower = np.arange(n) % per_image, rng.random(n) < 0.5
    xywh = np.stack([place * 500.0, np.where(is_lower, 600.0, 200.0), side, side], axis=1)
    beside = np.stack([place * 500.0, np.where(is_lower, 200.0, 600.0), side, side], axis=1)
    rows, boxes, named = np.arange(n), xywh.copy(), class_row.copy()
    if errors == "misses":
        rows, boxes = rows[~is_error], boxes[~is_error]
    elif errors in ("false-positives", "duplicate"):
        rows = np.concatenate([rows, np.flatnonzero(is_error)])
        boxes = np.concatenate([xywh, (beside if errors == "false-positives" else xywh)[is_error]])
    # It is the ground truth that is moved and renamed: nothing about the prediction says that it is wrong.
    if errors in ("localization", "both"):
        xywh[is_error, 0] += side[is_error] / 2
    if errors in ("classification", "both"):
        class_row[is_error] = (class_row[is_error] + 1) % 4
    order = np.argsort(image_row[rows], kind="stable")
    dataset = dataset_of(image_row, class_row, xywh, columns, n_images)
    run = run_of(image_row[rows][order], named[rows][order], boxes[order], rng.uniform(0.3, 1, len(rows)), n_images)
    return PlantedSet(dataset, run, planted, words)


def _image_columns(rng: np.random.Generator, n_images: int, n_columns: int) -> tuple[tuple[Column, ...], list[AnyArray]]:
    """Return columns, and per column the part of ten (numbers) or the value (categories) of each image."""
    columns, codes = [], []
    for number in range(n_columns):
        if number % 2:
            values = rng.normal(0, 1, n_images)
            columns.append(Column(f"number_{number}", ColumnKind.NUMBER, values, np.isnan(values)))
            codes.append(np.argsort(np.argsort(values)) * 10 // n_images)
        else:
            n_values = int(rng.integers(2, 7))
            code = rng.integers(0, n_values, n_images).astype(np.int32)
            names = tuple(f"value {place}" for place in range(n_values))
            columns.append(Column(f"category_{number}", ColumnKind.CATEGORY, code, code < 0, names))
            codes.append(code)
    return tuple(columns), codes


def _plant(
    rng: np.random.Generator, codes: list[AnyArray], side: AnyArray, image_row: AnyArray, n_planted: int
) -> tuple[tuple[BoolArray, ...], tuple[str, ...]]:
    planted: list[BoolArray] = []
    words: list[str] = []
    while len(planted) < n_planted:
        n_conditions = int(rng.integers(1, 4))
        chosen = rng.choice(len(codes) + 1, n_conditions, replace=False).tolist()
        inside = np.ones(len(side), np.bool_)
        said = []
        for column in chosen:
            if column == len(codes):
                limit = float(np.quantile(side, rng.uniform(0.25, 0.6)))
                inside &= side < limit
                said.append(f"area < {limit * limit:.0f}")
            elif column % 2:
                limit = int(rng.integers(3, 7))
                inside &= (codes[column] >= limit)[image_row]
                said.append(f"number_{column} in the upper {10 - limit} tenths")
            else:
                value = int(rng.integers(0, codes[column].max() + 1))
                inside &= (codes[column] == value)[image_row]
                said.append(f"category_{column} = value {value}")
        share = inside.mean()
        if 0.04 <= share <= 0.3 and not any((inside & other).sum() > 0.5 * min(inside.sum(), other.sum()) for other in planted):
            planted.append(inside)
            words.append(" and ".join(said))
    return tuple(planted), tuple(words)


def dataset_of(image_row: AnyArray, class_row: AnyArray, xywh: AnyArray, columns: tuple[Column, ...], n_images: int) -> Dataset:
    """Return a dataset of arrays; rows are sorted by image."""
    n = len(image_row)
    names = tuple(f"{row:05d}.jpg" for row in range(n_images))
    return Dataset(
        images=Images(np.arange(n_images), names, np.full(n_images, 4000, np.int32), np.full(n_images, 1000, np.int32)),
        classes=Classes(np.arange(4), ("car", "bus", "bike", "tram"), ("",) * 4),
        ground_truth=GroundTruth(
            annotation_id=np.arange(n) + 1,
            image_row=image_row,
            class_row=class_row,
            xywh=xywh,
            area=xywh[:, 2] * xywh[:, 3],
            is_crowd=np.zeros(n, np.bool_),
            is_ignored=np.zeros(n, np.bool_),
            source_index=np.arange(n),
            masks=None,
            quad=None,
            attributes=AttributeTable(Level.GT, n),
            has_area=np.ones(n, np.bool_),
        ),
        image_attributes=AttributeTable(Level.IMAGE, n_images, columns),
        source=Source(Path("planted.json"), "coco", ""),
        name="planted",
    )


def run_of(image_row: AnyArray, class_row: AnyArray, xywh: AnyArray, score: AnyArray, n_images: int) -> Run:
    """Return a run of arrays; rows are sorted by image."""
    n = len(image_row)
    predictions: Any = Predictions(
        n_images=n_images,
        image_row=image_row,
        class_row=class_row,
        xywh=xywh,
        score=score,
        source_index=np.arange(n),
        masks=None,
        quad=None,
        attributes=AttributeTable(Level.PRED, n),
        has_box=np.ones(n, np.bool_),
    )
    return Run(name="run", predictions=predictions, source=Source(Path("run.json"), "coco", ""))
