"""Figures of a run in many resamples of its images: what intervals and comparisons are read from.

Images are drawn with replacement, as many as there are, and everything on an image counts as often as the image was drawn.
No match depends on other images, so nothing is matched again: counts are added up with weights, and average precision is
accumulated again from the matches, exactly, in every resample. Two runs see the same draws, so their figures are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from diag_gui.data.arrays import AnyArray, BitArray, BoolArray, FloatArray, IntArray, frozen, offsets_of
from diag_gui.evaluation._kernels.resampling_loops import resampling_loops
from diag_gui.evaluation._kernels.resampling_numpy import LANES
from diag_gui.evaluation.average_precision import IOU_GRID, RECALL_GRID
from diag_gui.evaluation.chunks import map_chunks
from diag_gui.evaluation.coco_summary import CocoSummary, counted_predictions
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.intervals import image_resamples
from diag_gui.evaluation.operating_point import TRUE_POSITIVE
from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.exceptions import EvaluationError

PRECISION_FIGURES = ("AP", "AP50", "AP75")
COUNT_FIGURES = ("precision", "recall", "f1", "mf1")
FIGURES = (*PRECISION_FIGURES, *COUNT_FIGURES)
CLASS_FIGURES = (*PRECISION_FIGURES, "precision", "recall", "f1")

_IOU_50, _IOU_75 = 0, 5
_ALL_AREAS = np.uint64((1 << len(IOU_GRID)) - 1)

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]
OfLanes = Callable[[IntArray], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Figures of one run in N resamples; NaN where a resample leaves one undefined.

    Attributes
    ----------
    figures : mapping of str to ndarray of float64, shape (N,)
        Over all classes.
    class_rows : ndarray of int32, shape (K,)
        Classes with ground truth on the asked images.
    per_class : mapping of str to ndarray of float64, shape (N, K)
    """

    figures: Mapping[str, FloatArray]
    class_rows: IntArray
    per_class: Mapping[str, FloatArray]

    def with_figures_of(self, other: Resampled) -> Resampled:
        """Return the figures of both; they are of the same run, images and draws."""
        if not np.array_equal(self.class_rows, other.class_rows):
            raise EvaluationError("images", "figures of other images cannot be put together")
        return Resampled({**self.figures, **other.figures}, self.class_rows, {**self.per_class, **other.per_class})


def resample_average_precision(
    summary: CocoSummary,
    *,
    n_resamples: int = DEFAULT_RESAMPLES,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Resampled:
    """Accumulate AP, AP50 and AP75 again in every resample, over all classes and per class.

    Parameters
    ----------
    summary : CocoSummary
        Its matches; its images are those that can be drawn.
    n_resamples : int
    seed : int
        Of the draws: the same for every run.
    workers : int, optional
        Threads; by default one per core.
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked every eight resamples.

    Returns
    -------
    Resampled

    Raises
    ------
    EvaluationError
        If ``n_resamples`` is less than one.
    CancelledError
        If ``cancelled`` said so.

    Notes
    -----
    A class counts in a resample if ground truth of it was drawn, as a class without ground truth has no AP. Copies of one
    image rank beside each other: where two predictions of one image and class have equal scores, all copies of the first
    precede those of the second.
    """
    facts, images = summary.facts, summary.images
    has_gt = summary.n_gt[0] > 0
    return resample_matches(
        facts,
        images,
        summary.class_rows[has_gt],
        gt_counted=_asked_ground_truth(facts, images),
        pred_counted=counted_predictions(facts, images, facts.max_detections),
        matched=summary.matched,
        ignored=summary.ignored,
        n_resamples=n_resamples,
        seed=seed,
        workers=workers,
        progress=progress,
        cancelled=cancelled,
    )


def resample_matches(
    facts: RunFacts,
    images: BoolArray | None,
    class_rows: IntArray,
    *,
    gt_counted: BoolArray,
    pred_counted: BoolArray,
    matched: BitArray,
    ignored: BitArray,
    n_resamples: int = DEFAULT_RESAMPLES,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Resampled:
    """Accumulate AP, AP50 and AP75 again in every resample, from matches of whatever lies inside a slice.

    Parameters
    ----------
    facts : RunFacts
    images : ndarray of bool, shape (I,), or None
        Images that can be drawn: the same for a slice and its rest, so that their draws are.
    class_rows : ndarray of int32, shape (K,)
        Classes that count.
    gt_counted, pred_counted : ndarray of bool, shape (G,) and (P,)
        Ground truth and predictions that count.
    matched, ignored : ndarray of uint64, shape (P,)
        Bit t: whether a prediction is matched, or ignored, at IoU threshold t.
    n_resamples, seed, workers, progress, cancelled
        As in `resample_average_precision`, whose errors and notes hold.

    Returns
    -------
    Resampled
    """
    places, n_images = _places_of_images(images, len(facts.dataset.images))
    predictions, gt = facts.run.predictions, facts.dataset.ground_truth
    order = facts.ranking.by_class
    order = order[pred_counted[order]]
    place_of_class = _place_of_class(class_rows, len(facts.dataset.classes))
    class_of = place_of_class[predictions.class_row[order]]
    order, class_of = order[class_of >= 0], class_of[class_of >= 0]
    image = places[predictions.image_row[order]]
    class_offsets = offsets_of(class_of, len(class_rows))
    matched, ignored = matched[order] & _ALL_AREAS, ignored[order] & _ALL_AREAS
    counts = gt_counted & (place_of_class[gt.class_row] >= 0)
    gt_class, gt_image = place_of_class[gt.class_row[counts]], places[gt.image_row[counts]]

    def of_lanes(weights: IntArray) -> tuple[FloatArray, FloatArray]:
        n_gt = resampling_loops.weighted_counts(gt_class, gt_image, weights, len(class_rows))
        ap = resampling_loops.average_precision(image, class_offsets, matched, ignored, n_gt, weights, len(IOU_GRID), RECALL_GRID)
        per_class = np.stack([ap.mean(axis=1), ap[:, _IOU_50], ap[:, _IOU_75]])
        return _defined_mean(per_class), per_class

    totals, per_class = _in_every_resample(of_lanes, n_images, n_resamples, seed, workers, progress, cancelled)
    return _resampled(PRECISION_FIGURES, totals, class_rows, PRECISION_FIGURES, per_class)


def resample_counts(
    facts: RunFacts,
    evaluation: Evaluation,
    *,
    n_resamples: int = DEFAULT_RESAMPLES,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Resampled:
    """Add up precision, recall, F1 and mF1 (COCO matching) again in every resample; the first three per class too.

    Parameters
    ----------
    facts : RunFacts
    evaluation : Evaluation
        Its operating point and its images.
    n_resamples, seed, workers, progress, cancelled
        As in `resample_average_precision`.

    Returns
    -------
    Resampled
    """
    predictions, images = facts.run.predictions, evaluation.images
    class_rows = np.flatnonzero(evaluation.per_class.n_gt).astype(np.int32)
    n_classes = len(class_rows)
    places, n_images = _places_of_images(images, len(facts.dataset.images))
    place_of_class = _place_of_class(class_rows, len(facts.dataset.classes))
    gt_class, gt_image = _ground_truth(facts, images, place_of_class, places)
    kept = np.flatnonzero((evaluation.status != 0) & (predictions.score >= evaluation.params.score_threshold))
    # False positives of classes without ground truth count in the totals: together they are one more class.
    group = place_of_class[predictions.class_row[kept]]
    group[group < 0] = n_classes
    image = places[predictions.image_row[kept]]
    is_true = evaluation.status[kept] == TRUE_POSITIVE
    sides = [(group[side], image[side]) for side in (is_true, ~is_true)]

    def of_lanes(weights: IntArray) -> tuple[FloatArray, FloatArray]:
        n_gt = resampling_loops.weighted_counts(gt_class, gt_image, weights, n_classes + 1)
        tp, fp = (resampling_loops.weighted_counts(*side, weights, n_classes + 1) for side in sides)
        per_class = _shares(tp[:-1], fp[:-1], n_gt[:-1])
        per_class[2, n_gt[:-1] == 0] = np.nan
        totals = _shares(tp.sum(axis=0), fp.sum(axis=0), n_gt.sum(axis=0))
        return np.concatenate([totals, _defined_mean(per_class[2:])]), per_class

    totals, per_class = _in_every_resample(of_lanes, n_images, n_resamples, seed, workers, progress, cancelled)
    return _resampled(COUNT_FIGURES, totals, class_rows, COUNT_FIGURES[:3], per_class)


def resample_figures(
    facts: RunFacts,
    evaluation: Evaluation,
    summary: CocoSummary,
    *,
    n_resamples: int = DEFAULT_RESAMPLES,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Resampled:
    """Return all of `FIGURES`, and of `CLASS_FIGURES` per class, in every resample; parameters as in the two parts."""
    counts = resample_counts(facts, evaluation, n_resamples=n_resamples, seed=seed, workers=workers, cancelled=cancelled)
    return resample_average_precision(
        summary, n_resamples=n_resamples, seed=seed, workers=workers, progress=progress, cancelled=cancelled
    ).with_figures_of(counts)


def _in_every_resample(
    of_lanes: OfLanes,
    n_images: int,
    n_resamples: int,
    seed: int,
    workers: int | None,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> tuple[FloatArray, FloatArray]:
    """Return what ``of_lanes`` says of all resamples, which come last: float64, shapes (F, N) and (F, K, N)."""
    if n_resamples < 1:
        raise EvaluationError("intervals", f"{n_resamples} resamples say nothing")
    totals, per_class = [], []
    done = 0

    for n_drawn, lanes in _weights(n_images, n_resamples, seed):

        def work(first: int, last: int, lanes: IntArray = lanes) -> list[tuple[FloatArray, FloatArray]]:
            found = []
            for place in range(first, last):
                if cancelled is not None and cancelled():
                    raise CancelledError
                found.append(of_lanes(lanes[place]))
            return found

        def report(share: float, done: int = done, n_drawn: int = n_drawn) -> None:
            if progress is not None:
                progress((done + share * n_drawn) / n_resamples)

        parts = map_chunks(work, len(lanes), at_least=1, workers=workers, progress=report, cancelled=cancelled)
        found = [one for part in parts for one in part]
        totals.append(np.concatenate([one for one, _ in found], axis=-1)[..., :n_drawn])
        per_class.append(np.concatenate([one for _, one in found], axis=-1)[..., :n_drawn])
        done += n_drawn
    return np.concatenate(totals, axis=-1), np.concatenate(per_class, axis=-1)


def _weights(n_images: int, n_resamples: int, seed: int) -> Iterator[tuple[int, IntArray]]:
    """Yield how many resamples follow, and their weights: int32, shape (B, n_images, LANES), zero where none is left."""
    for block in image_resamples(n_images, n_resamples, seed):
        n_drawn, n_rounds = len(block), -(-len(block) // LANES)
        padded = np.zeros((n_rounds * LANES, n_images), np.int32)
        padded[:n_drawn] = block
        yield n_drawn, np.ascontiguousarray(padded.reshape(n_rounds, LANES, n_images).transpose(0, 2, 1))


def _places_of_images(images: BoolArray | None, n_images: int) -> tuple[IntArray, int]:
    """Return the place of each image among those that can be drawn, -1 for others, and how many those are."""
    if images is None:
        return np.arange(n_images, dtype=np.int32), n_images
    places = np.cumsum(images, dtype=np.int32) - np.int32(1)
    places[~images] = -1
    return places, int(np.count_nonzero(images))


def _place_of_class(class_rows: IntArray, n_classes: int) -> IntArray:
    place = np.full(n_classes, -1, np.int32)
    place[class_rows] = np.arange(len(class_rows), dtype=np.int32)
    return place


def _ground_truth(
    facts: RunFacts, images: BoolArray | None, place_of_class: IntArray, places: IntArray
) -> tuple[IntArray, IntArray]:
    """Return class and image of the ground truth that counts, as places."""
    gt = facts.dataset.ground_truth
    counts = _asked_ground_truth(facts, images)
    counts &= place_of_class[gt.class_row] >= 0
    return place_of_class[gt.class_row[counts]], places[gt.image_row[counts]]


def _asked_ground_truth(facts: RunFacts, images: BoolArray | None) -> BoolArray:
    counts = ~facts.gt_ignored
    if images is not None:
        counts &= images[facts.dataset.ground_truth.image_row]
    return counts


def _shares(tp: AnyArray, fp: AnyArray, n_gt: AnyArray) -> FloatArray:
    """Return precision, recall and F1 along a new first axis; NaN where nothing stands below the line."""
    numerators = np.stack([tp, tp, 2 * tp]).astype(np.float64)
    denominators = np.stack([tp + fp, n_gt, tp + fp + n_gt])
    shares = np.full(numerators.shape, np.nan)
    np.divide(numerators, denominators, out=shares, where=denominators > 0)
    return shares


def _defined_mean(values: FloatArray) -> FloatArray:
    """Return the means over the classes (the second axis) of what is defined; NaN where nothing is."""
    is_defined = ~np.isnan(values)
    n = np.count_nonzero(is_defined, axis=1)
    means = np.full(n.shape, np.nan)
    np.divide(np.where(is_defined, values, 0.0).sum(axis=1), n, out=means, where=n > 0)
    return means


def _resampled(
    names: tuple[str, ...], totals: FloatArray, class_rows: IntArray, class_names: tuple[str, ...], per_class: FloatArray
) -> Resampled:
    figures = {name: frozen(values, np.float64, (-1,), name) for name, values in zip(names, totals, strict=True)}
    by_class = {name: values.T for name, values in zip(class_names, per_class, strict=True)}
    return Resampled(MappingProxyType(figures), class_rows, MappingProxyType(by_class))
