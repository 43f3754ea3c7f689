"""The compiled loops of rules and their numpy twins give the same bits."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.arrays import offsets_of
from diag_gui.data.row_lists import RowLists
from diag_gui.evaluation._kernels import rules_numpy
from diag_gui.evaluation._kernels.source_hash import is_stale
from diag_gui.evaluation.voc import ELEVEN_RECALLS
from tests.examples import examples

compiled = import_module("diag_gui.evaluation._kernels._rules")

SETS = examples(100)
SEEDS = st.integers(0, 10**6)


def assert_same(name: str, *arguments: Any) -> np.ndarray:
    ours, twin = getattr(compiled, name)(*arguments), getattr(rules_numpy, name)(*arguments)
    assert ours.dtype == twin.dtype
    np.testing.assert_array_equal(ours, twin)
    return ours


def test_the_compiled_loops_are_those_of_the_source() -> None:
    assert not is_stale("_rules", compiled.SOURCE_HASH)


@SETS
@given(seed=SEEDS, n_images=st.integers(0, 6), n_classes=st.integers(1, 9), n=st.integers(0, 30))
def test_listed(seed: int, n_images: int, n_classes: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    n = n if n_images else 0
    image = np.sort(rng.integers(0, max(n_images, 1), n)).astype(np.int32)
    class_row = rng.integers(0, n_classes, n).astype(np.int32)
    lists = RowLists.of([np.flatnonzero(rng.random(n_classes) < 0.3).tolist() for _ in range(n_images)])
    found = assert_same("listed", offsets_of(image, n_images), class_row, lists.offsets, lists.rows, n_classes)
    assert found.tolist() == [int(c) in lists[int(i)].tolist() for i, c in zip(image, class_row, strict=True)]


@SETS
@given(seed=SEEDS, n=st.integers(0, 40), n_gt=st.integers(0, 8), threshold=st.sampled_from([0.25, 0.5, 1.0]))
def test_take_best(seed: int, n: int, n_gt: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    best_gt = rng.integers(-1, n_gt, n).astype(np.int32) if n_gt else np.full(n, -1, np.int32)
    best_iou = np.where(best_gt < 0, 0.0, rng.integers(1, 5, n) / 4)
    status = assert_same(
        "take_best",
        rng.permutation(n).astype(np.int32),
        best_gt,
        best_iou,
        rng.integers(0, 5, n) / 4,
        rng.random(n_gt) < 0.3,
        rng.random(n) < 0.9,
        threshold,
    )
    assert len(np.unique(best_gt[status == 2])) == np.count_nonzero(status == 2)


@SETS
@given(seed=SEEDS, n=st.integers(0, 40), n_classes=st.integers(0, 5), eleven=st.booleans())
def test_area_under(seed: int, n: int, n_classes: int, eleven: bool) -> None:
    rng = np.random.default_rng(seed)
    n = n if n_classes else 0
    class_row = np.sort(rng.integers(0, max(n_classes, 1), n)).astype(np.int32)
    status = rng.integers(0, 3, n).astype(np.uint8)
    tp = np.bincount(class_row[status == 2], minlength=n_classes)
    n_gt = (tp + rng.integers(0, 3, n_classes)).astype(np.int64)
    order = rng.permutation(n).astype(np.int32)
    order = order[np.argsort(class_row[order], kind="stable")]
    recalls = ELEVEN_RECALLS if eleven else np.zeros(0)
    ap = assert_same("area_under", order, offsets_of(class_row, n_classes), status, n_gt, recalls)
    assert np.isnan(ap).tolist() == (n_gt == 0).tolist()
