"""What is computed once per run and serves every threshold: the facts that each evaluation starts from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, frozen
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.data.scratch import with_spilled_columns
from diag_gui.evaluation import box_columns  # noqa: F401 - its columns register themselves
from diag_gui.evaluation.candidate_pairs import CandidatePairs, find_candidate_pairs
from diag_gui.evaluation.first_matches import FirstMatches, first_matches
from diag_gui.evaluation.geometry import GEOMETRIES
from diag_gui.evaluation.label_errors import LabelSigns
from diag_gui.evaluation.label_errors_evidence import RunEvidence
from diag_gui.evaluation.match_grid import MatchGrid
from diag_gui.evaluation.matching import Matches
from diag_gui.evaluation.measured_columns import Measured, MeasuredFacts
from diag_gui.evaluation.nearest_ground_truth import NearestGroundTruth
from diag_gui.evaluation.params import DEFAULT_MAX_DETECTIONS, EvaluationParams
from diag_gui.evaluation.ranking import Ranking, rank_predictions
from diag_gui.evaluation.rule_settings import RuleSettings
from diag_gui.evaluation.rules import Ruled, apply_rules
from diag_gui.evaluation.run_basis import RunBasis
from diag_gui.exceptions import DatasetMismatchError, EvaluationError


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What comparing a run with ground truth image by image gives: where, and in which parts, makes no difference.

    Attributes
    ----------
    pairs : CandidatePairs
    nearest : NearestGroundTruth
    matches_at_50 : Matches
    grid : MatchGrid
        As in `RunFacts`.
    """

    pairs: CandidatePairs
    nearest: NearestGroundTruth
    matches_at_50: Matches
    grid: MatchGrid


@dataclass(frozen=True, slots=True, eq=False)
class RunFacts:
    """One run on one dataset, prepared: P predictions, G ground truth boxes.

    Attributes
    ----------
    dataset : Dataset
    run : Run
    pairs : CandidatePairs
    ranking : Ranking
    first : FirstMatches
        Where ``nearest`` and ``matches_at_50`` come from.
    gt_ignored : ndarray of bool, shape (G,)
        Crowds, what the format marked, and what the task cannot compare.
    labels : LabelSigns
        What speaks against the labels, each sign computed when it is first asked for, since no figure needs it.
    max_detections : int
        Predictions per image and class that count, in every figure of these facts.
    task : str
        What is compared: a key of `geometry.GEOMETRIES`.
    gt_area, pred_area : ndarray of float64, shape (G,) and (P,)
        Square pixels, of what is compared: what the area ranges of COCO and the column ``area`` go by.
    measured : Measured
        Columns measured on images and objects, each computed when it is first asked for.
    by_rules : callable
        Returns what a `RuleSettings` other than COCO's makes of the run, always the same object for the same settings.
    grid : MatchGrid or None
        Matches at all of COCO's thresholds, where they were found elsewhere; else they are found when a figure asks.
    on_disk : bool
        Whether the columns made of the run lie in files, for there is little memory: what is made of these does, too.
    """

    dataset: Dataset
    run: Run
    pairs: CandidatePairs
    ranking: Ranking
    first: FirstMatches
    gt_ignored: BoolArray
    labels: LabelSigns
    max_detections: int
    task: str
    gt_area: FloatArray
    pred_area: FloatArray
    measured: Measured
    by_rules: Callable[[RuleSettings], Ruled]
    grid: MatchGrid | None = None
    on_disk: bool = False

    def __post_init__(self) -> None:
        n_gt, n_predictions = len(self.dataset.ground_truth), len(self.run.predictions)
        object.__setattr__(self, "gt_ignored", frozen(self.gt_ignored, np.bool_, (n_gt,), "gt_ignored"))
        object.__setattr__(self, "gt_area", frozen(self.gt_area, np.float64, (n_gt,), "gt_area"))
        object.__setattr__(self, "pred_area", frozen(self.pred_area, np.float64, (n_predictions,), "pred_area"))

    @property
    def nearest(self) -> NearestGroundTruth:
        """Best IoU and ground truth of every prediction, over the ground truth that is not ignored."""
        return self.first.nearest

    @property
    def matches_at_50(self) -> Matches:
        """Matches of all predictions at IoU 0.50, whatever ``max_detections``: what ``ap50`` is read from."""
        return self.first.at_50

    @property
    def label_error(self) -> FloatArray:
        """How likely the label is wrong, 0..1, per outcome row, float64 (P + G,); NaN where nothing is said."""
        return self.labels.label_error

    def judged_with(self, others: Sequence[RunFacts]) -> RunFacts:
        """Return the same facts with other runs as further witnesses about the labels; no figure changes.

        Raises
        ------
        EvaluationError
            If one is of another dataset.
        """
        return replace(self, labels=self.labels.judged_with([other.labels for other in others]))

    def check_images(self, images: BoolArray | None) -> None:
        """Refuse what does not say of each image whether it counts.

        Raises
        ------
        EvaluationError
            If it is no mask of bool of as many as there are images.
        """
        n_images = len(self.dataset.images)
        if images is not None and (images.dtype != np.bool_ or images.shape != (n_images,)):
            raise EvaluationError(
                "images", f"{images.dtype} of shape {images.shape}, a mask of bool of {n_images} images was expected"
            )

    def with_max_detections(self, max_detections: int) -> RunFacts:
        """Return the same facts under another cut: nothing is computed again, since no match depends on lower scores."""
        return replace(self, max_detections=EvaluationParams(max_detections=max_detections).max_detections)


def prepare_run(
    dataset: Dataset,
    run: Run,
    *,
    max_detections: int = DEFAULT_MAX_DETECTIONS,
    task: str = "bbox",
    pairs: CandidatePairs | None = None,
    compared: Compared | None = None,
    on_disk: bool = False,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RunFacts:
    """Compute what serves every threshold: orders of score and overlaps; nearest ground truth is found when it is asked for.

    Parameters
    ----------
    dataset : Dataset
    run : Run
        Its predictions name rows of ``dataset``.
    max_detections : int
        Predictions per image and class that count.
    task : str
        What is compared: a key of `geometry.GEOMETRIES`.
    pairs : CandidatePairs, optional
        Of this run and task, where the overlaps are known already.
    compared : Compared, optional
        Of this run, task and ``max_detections``, where the images were compared elsewhere.
    on_disk : bool
        Whether to put what is made into files, as `scratch` does, for there is little memory.
    workers : int, optional
        Threads; by default one per core.
    progress : callable, optional
        Told the share done, 0..1.
    cancelled : callable, optional
        Asked between chunks.

    Returns
    -------
    RunFacts

    Raises
    ------
    DatasetMismatchError
        If the predictions are not of this dataset.
    EvaluationError
        If ``task`` or ``max_detections`` is none we can evaluate.
    concurrent.futures.CancelledError
        If ``cancelled`` said so.
    """
    predictions, gt = run.predictions, dataset.ground_truth
    n_classes = len(dataset.classes)
    if predictions.n_images != len(dataset.images):
        raise DatasetMismatchError(
            f"{run.name}: predictions on {predictions.n_images} images for ground truth of {len(dataset.images)}"
        )
    if len(predictions) and predictions.class_row.max() >= n_classes:
        raise DatasetMismatchError(f"{run.name}: predictions name a class that the ground truth does not have")
    if task not in GEOMETRIES:
        raise EvaluationError("task", f"{task!r} is not evaluated; known are {', '.join(GEOMETRIES)}")
    params = EvaluationParams(iou_threshold=0.5, max_detections=max_detections)
    ranking = rank_predictions(predictions, n_classes)
    if on_disk:
        ranking = with_spilled_columns(ranking)
    geometry = GEOMETRIES[task](dataset, predictions, workers=workers, cancelled=cancelled)
    if compared is not None:
        pairs = compared.pairs
    elif pairs is None:
        pairs = find_candidate_pairs(dataset, predictions, geometry, workers=workers, progress=progress, cancelled=cancelled)
    gt_excused = gt.is_ignored if geometry.gt_left_out is None else gt.is_ignored | geometry.gt_left_out
    gt_ignored = gt.is_crowd | gt_excused
    basis = RunBasis(dataset, predictions, ranking, pairs, task, geometry.gt_area, geometry.pred_area, gt_excused)
    if compared is None:
        uncut = replace(params, max_detections=np.iinfo(np.int32).max)
        first = first_matches(pairs, ranking, predictions, gt_ignored, uncut, workers)
        if on_disk:
            first = first.on_disk()
    else:
        known = compared.nearest, compared.matches_at_50
        first = FirstMatches(lambda: known)
    witness = RunEvidence(predictions, pairs, first, geometry.pred_area)
    return RunFacts(
        dataset=dataset,
        run=run,
        pairs=pairs,
        ranking=ranking,
        first=first,
        gt_ignored=gt_ignored,
        labels=LabelSigns(dataset, ranking, geometry, (witness,)),
        max_detections=max_detections,
        task=task,
        gt_area=geometry.gt_area,
        pred_area=geometry.pred_area,
        measured=Measured(MeasuredFacts(dataset, predictions, geometry)),
        by_rules=cache(partial(apply_rules, basis)),
        grid=None if compared is None else compared.grid,
        on_disk=on_disk,
    )
