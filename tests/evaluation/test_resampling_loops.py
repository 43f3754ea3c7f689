"""The compiled loops of the bootstrap against their readable twins, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation._kernels import resampling_numpy
from diag_gui.evaluation.average_precision import RECALL_GRID

compiled = pytest.importorskip("diag_gui.evaluation._kernels._resampling", reason="no compiled kernel was built")
LANES = resampling_numpy.LANES


def arrays(seed: int) -> dict[str, np.ndarray | int]:
    """Predictions of some classes, one of them without any, and images that are often not drawn."""
    rng = np.random.default_rng(seed)
    n_images, n_thresholds = int(rng.integers(1, 9)), int(rng.integers(1, 11))
    sizes = rng.integers(0, 40, 5)
    sizes[seed % 5] = 0
    n = int(sizes.sum())
    matched = rng.integers(0, 1 << n_thresholds, n).astype(np.uint64) * (rng.random(n) < 0.6)
    # Of an unmatched prediction the bits of what is ignored are all set or none.
    ignored = np.where(matched > 0, matched & rng.integers(0, 1 << n_thresholds, n).astype(np.uint64), 0)
    ignored[(matched == 0) & (rng.random(n) < 0.1)] = (1 << n_thresholds) - 1
    weights = rng.poisson(0.8, (n_images, LANES)).astype(np.int32)
    weights[:, 3] = 0
    return {
        "image": rng.integers(0, n_images, n).astype(np.int32),
        "class_offsets": np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        "matched": matched.astype(np.uint64),
        "ignored": ignored.astype(np.uint64),
        "n_gt": (rng.integers(0, 30, (5, LANES)) * (rng.random((5, LANES)) < 0.8)).astype(np.int32),
        "weights": weights,
        "n_thresholds": n_thresholds,
    }


@pytest.mark.parametrize("seed", range(40))
def test_average_precision(seed: int) -> None:
    given = (*arrays(seed).values(), RECALL_GRID)
    ours, theirs = compiled.average_precision(*given), resampling_numpy.average_precision(*given)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)
    assert (ours[np.isfinite(ours)] > 0).any() or seed not in range(5)


@pytest.mark.parametrize("seed", range(5))
def test_weighted_counts(seed: int) -> None:
    made = arrays(seed)
    group = np.random.default_rng(seed).integers(0, 3, len(made["image"])).astype(np.int32)
    given = (group, made["image"], made["weights"], 4)
    ours, theirs = compiled.weighted_counts(*given), resampling_numpy.weighted_counts(*given)
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    np.testing.assert_array_equal(ours, theirs)
    assert not ours[3].any()


def test_without_classes_images_or_predictions() -> None:
    none, nothing = np.zeros(0, np.int32), np.zeros(0, np.uint64)
    no_image = np.zeros((0, LANES), np.int32)
    for n_classes in (0, 2):
        n_gt = np.full((n_classes, LANES), n_classes, np.int32)
        offsets = np.zeros(n_classes + 1, np.int64)
        for loops in (compiled, resampling_numpy):
            ap = loops.average_precision(none, offsets, nothing, nothing, n_gt, np.ones((1, LANES), np.int32), 2, RECALL_GRID)
            assert ap.shape == (n_classes, 2, LANES)
            assert not ap.any()
            assert not loops.weighted_counts(none, none, no_image, 2).any()


def test_lanes_are_eight() -> None:
    made = arrays(0)
    with pytest.raises(ValueError, match="at a time"):
        compiled.weighted_counts(made["image"], made["image"], np.ones((9, LANES + 1), np.int32), 9)
