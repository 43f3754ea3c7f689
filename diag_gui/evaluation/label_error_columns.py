"""Signs of wrong labels as columns of outcome rows: what expressions, lists and the order of the gallery read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, FloatArray, IntArray
from diag_gui.evaluation.label_errors import LabelSigns
from diag_gui.evaluation.outcome_objects import outcome_gt_row, outcome_pred_row
from diag_gui.evaluation.outcomes import Outcomes

Values = Callable[[LabelSigns, Outcomes], FloatArray]


def _of_pred(values: FloatArray, outcomes: Outcomes) -> FloatArray:
    """Return what is said of the prediction of each row; NaN where there is none."""
    return np.append(values, np.nan)[outcome_pred_row(outcomes)]


def _of_gt(values: FloatArray, outcomes: Outcomes) -> FloatArray:
    """Return what is said of the label that each row is matched to or aims at; NaN where there is none."""
    return np.append(values, np.nan)[outcome_gt_row(outcomes)]


def _judged(said: BoolArray, judged: BoolArray) -> FloatArray:
    return np.where(judged, said.astype(np.float64), np.nan)


def _possibly_missing(labels: LabelSigns, outcomes: Outcomes) -> FloatArray:
    found = labels.mistakenness
    return _of_pred(_judged(found.possibly_missing, found.pred_judged), outcomes)


def _possibly_spurious(labels: LabelSigns, outcomes: Outcomes) -> FloatArray:
    found = labels.mistakenness
    return _of_gt(_judged(found.possibly_spurious, found.gt_judged), outcomes)


def _objectlab_quality(labels: LabelSigns, outcomes: Outcomes) -> FloatArray:
    return labels.object_lab.image[outcomes.image_row(np.arange(len(outcomes)))]


LABEL_SIGNS: Mapping[str, Values] = {
    "class_mistakenness": lambda labels, _: np.concatenate([labels.mistakenness.class_of_pred, labels.mistakenness.class_of_gt]),
    "location_mistakenness": lambda labels, _: np.concatenate(
        [labels.mistakenness.location_of_pred, labels.mistakenness.location_of_gt]
    ),
    "possibly_missing": _possibly_missing,
    "possibly_spurious": _possibly_spurious,
    "objectlab_overlooked": lambda labels, outcomes: _of_pred(labels.object_lab.overlooked, outcomes),
    "objectlab_badly_located": lambda labels, outcomes: _of_gt(labels.object_lab.badly_located, outcomes),
    "objectlab_swapped": lambda labels, outcomes: _of_gt(labels.object_lab.swapped, outcomes),
    "objectlab_quality": _objectlab_quality,
    "runs_against_label": lambda labels, _: labels.doubts.runs_against,
}
"""By name, what each outcome row says: float64, shape (P + G,), NaN where nothing is said.

``class_mistakenness`` and ``location_mistakenness`` (0..1), ``possibly_missing`` and ``possibly_spurious`` (yes or no) are
FiftyOne's; the four of ``objectlab`` are ObjectLab's, 0 wrong and 1 fine, the last of the whole image, with distances relative
to the diagonal of the label; ``runs_against_label`` (0..1) is the agreement of two or more runs against the label.
"""

YES_OR_NO = frozenset({"possibly_missing", "possibly_spurious"})
LOW_IS_WRONG = frozenset({"objectlab_overlooked", "objectlab_badly_located", "objectlab_swapped", "objectlab_quality"})
KIND_NAME = "label_error_kind"
"""Column that says what ``label_error`` is about."""


def sign_values(name: str, labels: LabelSigns, outcomes: Outcomes) -> FloatArray:
    """Return one sign of all outcome rows, float64, shape (P + G,)."""
    return LABEL_SIGNS[name](labels, outcomes)


def kind_codes(labels: LabelSigns) -> IntArray:
    """Return what `label_error` is about per outcome row, as places in `DOUBTS`; -1 where nothing is said."""
    kinds: AnyArray = labels.doubts.kind
    return kinds.astype(np.int32)
