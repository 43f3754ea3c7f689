"""The settings that every figure depends on and is shown with."""

from __future__ import annotations

from dataclasses import dataclass

from diag_gui.evaluation.rule_settings import COCO_RULES, RuleSettings
from diag_gui.exceptions import EvaluationError

IOU_MINIMUM = 0.10
IOU_MAXIMUM = 0.95
DEFAULT_IOU = 0.5
DEFAULT_SCORE = 0.25
DEFAULT_BACKGROUND_IOU = 0.1
DEFAULT_MAX_DETECTIONS = 100
DEFAULT_RESAMPLES = 1000
DEFAULT_BINS = 10
"""Of calibration."""

TASKS = ("bbox", "segm", "rotated")
"""What can be compared: upright boxes, masks, boxes of any angle."""

TASK_WORDS = {"bbox": "boxes", "segm": "masks", "rotated": "rotated boxes"}
"""What people call them."""


@dataclass(frozen=True, slots=True)
class EvaluationParams:
    """Settings of one evaluation.

    Attributes
    ----------
    iou_threshold : float
        t: a prediction matches ground truth at IoU >= t. In (0, 1].
    score_threshold : float
        s: a prediction is kept at score >= s.
    background_iou : float
        t_b of the error types: at or below it a prediction touches nothing.
    max_detections : int
        Predictions per image and class that count, highest score first.
    task : str
        One of `TASKS`.
    rules : RuleSettings
        What AP and AR go by; every other figure keeps COCO's matching.

    Raises
    ------
    EvaluationError
        If a setting is out of range.
    """

    iou_threshold: float = DEFAULT_IOU
    score_threshold: float = DEFAULT_SCORE
    background_iou: float = DEFAULT_BACKGROUND_IOU
    max_detections: int = DEFAULT_MAX_DETECTIONS
    task: str = "bbox"
    rules: RuleSettings = COCO_RULES

    def __post_init__(self) -> None:
        if not 0.0 < self.iou_threshold <= 1.0:
            raise EvaluationError("iou_threshold", f"{self.iou_threshold} is not in (0, 1]")
        if self.score_threshold != self.score_threshold:
            raise EvaluationError("score_threshold", "is not a number")
        if not 0.0 <= self.background_iou <= 1.0:
            raise EvaluationError("background_iou", f"{self.background_iou} is not in [0, 1]")
        if self.max_detections < 1:
            raise EvaluationError("max_detections", f"{self.max_detections} is less than 1")
        if self.task not in TASKS:
            raise EvaluationError("task", f"{self.task!r} is none of {', '.join(TASKS)}")
