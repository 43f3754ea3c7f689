"""Which rules average precision and recall go by; every other figure keeps COCO's matching."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from diag_gui.exceptions import EvaluationError

if TYPE_CHECKING:
    from diag_gui.data.dataset import Dataset


class Rules(StrEnum):
    """Whose rules say what is found and how precision becomes one number."""

    COCO = "coco"
    VOC = "voc"
    VOC_11 = "voc-11"
    LVIS = "lvis"
    OPEN_IMAGES = "openimages"


_NAMES = {
    Rules.COCO: "COCO, 101 points",
    Rules.VOC: "VOC, all points",
    Rules.VOC_11: "VOC, 11 points",
    Rules.LVIS: "LVIS",
    Rules.OPEN_IMAGES: "Open Images",
}
_MATCHINGS = {Rules.VOC_11: "voc"}
_AP_NAMES = {Rules.VOC: "voc-all-points", Rules.VOC_11: "voc-11", Rules.OPEN_IMAGES: "voc-all-points"}
LVIS_LIMIT = 300
"""Predictions per image, over all classes, that LVIS counts."""

_COCO_FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "AR_max", "ARs", "ARm", "ARl")
_LVIS_FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "APr", "APc", "APf", f"AR{LVIS_LIMIT}", "ARs", "ARm", "ARl")
_ONE_IOU_FIGURES = ("AP", "AP50", "AP75")


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """The rules that AP and AR go by, with their options.

    Attributes
    ----------
    rules : Rules
    voc_plus_one : bool
        Of VOC's rules: a box from pixel 3 to pixel 5 is 3 pixels wide, not 2, as in the devkit. Moves AP by up to two points.

    Raises
    ------
    EvaluationError
        If an option is not one of these rules.
    """

    rules: Rules = Rules.COCO
    voc_plus_one: bool = False

    def __post_init__(self) -> None:
        if self.voc_plus_one and not self.is_voc:
            raise EvaluationError("voc_plus_one", f"is an option of VOC's rules, not of {self.rules}")

    @property
    def is_coco(self) -> bool:
        """Whether these are COCO's rules."""
        return self.rules is Rules.COCO

    @property
    def is_voc(self) -> bool:
        """Whether these are VOC's rules, of either way to average."""
        return self.rules in (Rules.VOC, Rules.VOC_11)

    @property
    def has_one_iou(self) -> bool:
        """Whether AP is at the asked IoU threshold; else it is the mean over the ten of COCO."""
        return self.rules not in (Rules.COCO, Rules.LVIS)

    @property
    def figure_names(self) -> tuple[str, ...]:
        """Figures over classes that these rules define, in the order they are shown in."""
        if self.has_one_iou:
            return _ONE_IOU_FIGURES
        return _COCO_FIGURES if self.is_coco else _LVIS_FIGURES

    def limit(self, max_detections: int) -> int | None:
        """Return how many predictions count, given the limit of all other figures; None where the rules have no limit."""
        if self.is_coco:
            return max_detections
        return LVIS_LIMIT if self.rules is Rules.LVIS else None

    @property
    def limit_per(self) -> str | None:
        """What the limit holds for: ``image and class`` or ``image``; None without one."""
        return {Rules.COCO: "image and class", Rules.LVIS: "image"}.get(self.rules)

    def sentence(self, iou_threshold: float) -> str:
        """Return how AP comes about, for a line of settings: ``AP by VOC, all points at IoU 0.5, any number of predictions``."""
        if self.is_coco:
            return "AP by COCO's 101 points"
        if self.rules is Rules.LVIS:
            return f"AP by LVIS's rules, at most {LVIS_LIMIT} predictions per image"
        return f"AP by the rules of {self.text}, at IoU {iou_threshold:g}, over any number of predictions"

    def lacking(self, dataset: Dataset) -> str:
        """Return which fields these rules ask for and the dataset does not have; empty where they can be applied."""
        if self.rules is Rules.LVIS and dataset.images.negative is None:
            return "neg_category_ids"
        if self.rules is Rules.OPEN_IMAGES and not dataset.images.is_federated:
            return "pos_category_ids or neg_category_ids"
        return ""

    def check(self, dataset: Dataset) -> None:
        """Refuse a dataset that lacks what these rules ask for.

        Raises
        ------
        EvaluationError
        """
        if lacking := self.lacking(dataset):
            raise EvaluationError(
                "rules",
                f"{self.rules} needs to know which classes were looked for in each image; {dataset.name} has no {lacking}",
            )

    @property
    def text(self) -> str:
        """Name for people, as it stands beside a number: ``VOC, all points, +1 px``."""
        return _NAMES[self.rules] + (", +1 px" if self.voc_plus_one else "")

    @property
    def matching(self) -> str:
        """Name of the matching in settings: ``coco``, ``voc``, ``lvis``, ``openimages``."""
        return _MATCHINGS.get(self.rules, str(self.rules))

    @property
    def ap(self) -> str:
        """Name of the way to average in settings: ``coco-101``, ``voc-all-points``, ``voc-11``."""
        return _AP_NAMES.get(self.rules, "coco-101")


COCO_RULES = RuleSettings()
