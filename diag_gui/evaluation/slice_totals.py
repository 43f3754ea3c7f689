"""Counts of many slices and of their rests at one operating point: in all, and per image for intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray, FloatArray, LongArray, frozen
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_counts import counts_of_images
from diag_gui.evaluation.slice_membership import Membership, inside_images
from diag_gui.evaluation.slice_packing import Grouping, PackedSlices, SliceSums, count_packed

Cancelled = Callable[[], bool]

_AS_SHARES = (1, 2, 0)
"""From ground truth, true and false positives to the order of `diag_gui.evaluation.slice_differences.shares`."""


@dataclass(frozen=True, slots=True, eq=False)
class SliceTotals:
    """Counts of S slices.

    Attributes
    ----------
    counts : ndarray of float64, shape (S, 2, 3)
        True positives, false positives and ground truth inside, and of the rest; NaN for false positives that nobody knows.
    iou_sum : ndarray of float64, shape (S,)
        Over the true positives inside.
    n_images : ndarray of int64, shape (S,)
        Asked ones; of an object slice those with ground truth in it.
    """

    counts: FloatArray
    iou_sum: FloatArray
    n_images: LongArray

    def __post_init__(self) -> None:
        n = len(self.n_images)
        object.__setattr__(self, "counts", frozen(self.counts, np.float64, (n, 2, 3), "counts"))
        object.__setattr__(self, "iou_sum", frozen(self.iou_sum, np.float64, (n,), "iou_sum"))
        object.__setattr__(self, "n_images", frozen(self.n_images, np.int64, (n,), "n_images"))


@dataclass(frozen=True, slots=True, eq=False)
class Sliced:
    """Slices to count: what each holds, and the object slices among them packed.

    Attributes
    ----------
    expressions : tuple of str
    insides : tuple of Membership
    packed : PackedSlices
    """

    expressions: tuple[str, ...]
    insides: tuple[Membership, ...]
    packed: PackedSlices

    def of_images(self) -> tuple[list[int], AnyArray]:
        """Return the places of the image slices, and their images as float64, shape (K, I)."""
        masks = [(place, one.images) for place, one in enumerate(self.insides) if one.images is not None]
        return [place for place, _ in masks], np.array([mask for _, mask in masks], np.float64)

    def of_objects(self) -> tuple[list[int], list[int]]:
        """Return the places of the object slices, and of each the place among the packed ones."""
        order = {name: place for place, name in enumerate(self.packed.names)}
        places = [place for place, one in enumerate(self.insides) if one.images is None]
        return places, [order[self.expressions[place]] for place in places]

    def unknown(self, places: Sequence[int]) -> list[int]:
        """Return those of some object slices in which nobody can say which predictions lie."""
        return [row for row, place in enumerate(places) if self.insides[place].pred is None]


def slice_totals(facts: RunFacts, evaluation: Evaluation, sliced: Sliced, cancelled: Cancelled | None = None) -> SliceTotals:
    """Count what slices hold.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its settings and asked images hold.
    sliced : Sliced
    cancelled : callable, optional
        Asked between chunks of images.

    Returns
    -------
    SliceTotals

    Raises
    ------
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    An image slice adds up the counts of its images; all object slices are matched again in one pass.
    """
    n, n_images = len(sliced.insides), len(facts.dataset.images)
    counts, iou_sum, images = np.zeros((n, 2, 3)), np.zeros(n), np.zeros(n, np.int64)
    places, masks = sliced.of_images()
    if places:
        found = counts_of_images(facts, evaluation)
        columns = np.array([found.tp, found.fp, found.n_gt, inside_images(evaluation.images, n_images)], np.float64)
        sums = masks @ columns.T
        counts[places, 0] = sums[:, :3]
        counts[places, 1] = columns[:3].sum(axis=1) - sums[:, :3]
        images[places] = sums[:, 3].astype(np.int64)
        # One by one: a product of matrices adds up in an order that depends on how many slices there are.
        iou_sum[places] = [(found.iou_sum * mask).sum() for mask in masks]
    places, packed = sliced.of_objects()
    if places:
        objects = count_packed(facts, evaluation.params, evaluation.images, sliced.packed, cancelled=cancelled)
        of_slices = _sides(objects)[0][packed]
        of_slices[sliced.unknown(places), :, 1] = np.nan
        counts[places], iou_sum[places], images[places] = of_slices, objects.iou_sum[0, packed], objects.n_images[packed]
    return SliceTotals(counts, iou_sum, images)


def slice_columns(facts: RunFacts, evaluation: Evaluation, sliced: Sliced, cancelled: Cancelled | None = None) -> FloatArray:
    """Count per image what slices hold; parameters as of `slice_totals`.

    Returns
    -------
    ndarray of float64, shape (S, 2, 3, I)
        Of each image what `SliceTotals.counts` holds of all.
    """
    n, n_images = len(sliced.insides), len(facts.dataset.images)
    columns = np.zeros((n, 2, 3, n_images))
    places, masks = sliced.of_images()
    if places:
        found = counts_of_images(facts, evaluation)
        whole = np.array([found.tp, found.fp, found.n_gt], np.float64)
        for place, mask in zip(places, masks, strict=True):
            columns[place] = whole * mask, whole * (1 - mask)
    places, packed = sliced.of_objects()
    if places:
        objects = count_packed(facts, evaluation.params, evaluation.images, sliced.packed, Grouping.IMAGE, cancelled=cancelled)
        of_slices = _sides(objects).transpose(1, 2, 3, 0)[packed]
        of_slices[sliced.unknown(places), :, 1] = np.nan
        columns[places] = of_slices
    return columns


def _sides(sums: SliceSums) -> FloatArray:
    """Return true positives, false positives and ground truth inside and outside, float64 (N, B, 2, 3)."""
    sides = np.stack([sums.inside, sums.outside], axis=1)[:, :, _AS_SHARES]
    return sides.transpose(0, 3, 1, 2).astype(np.float64)
