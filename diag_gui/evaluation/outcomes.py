"""What became of every prediction and of every labelled object at one operating point: the rows that every list shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from diag_gui.data.arrays import AnyArray, ByteArray, FloatArray, IntArray, frozen
from diag_gui.data.dataset import GroundTruth
from diag_gui.data.predictions import Predictions


class OutcomeKind(IntEnum):
    """What a row of `Outcomes` is.

    ``NOT_KEPT``: below the score threshold, cut by ``max_detections``, or of an image that was not asked for.
    ``FOUND``: a ground truth that stands in the row of a prediction, the one it is matched to or one that aims at it.
    ``IGNORED``: counts neither way. The others are METRICS.md's words.
    """

    NOT_KEPT = 0
    TRUE_POSITIVE = 1
    MISSED = 2
    BACKGROUND = 3
    LOCALIZATION = 4
    CLASSIFICATION = 5
    BOTH = 6
    DUPLICATE = 7
    IGNORED = 8
    FOUND = 9


ERROR_KINDS: tuple[OutcomeKind, ...] = (
    OutcomeKind.MISSED,
    OutcomeKind.BACKGROUND,
    OutcomeKind.LOCALIZATION,
    OutcomeKind.CLASSIFICATION,
    OutcomeKind.BOTH,
    OutcomeKind.DUPLICATE,
)
"""The six error kinds in the order they are shown."""

ERROR_NAMES: Mapping[OutcomeKind, str] = MappingProxyType({kind: kind.name.lower() for kind in ERROR_KINDS})
"""The word of each error kind on the command line, in JSON and in expressions."""


class Lookup(Protocol):
    """What outcome rows speak of, found when it is asked for: a list that is looked at shows a few of them."""

    def targets(self, rows: AnyArray | None) -> IntArray:
        """Return `Outcomes.target` of some rows, None for all."""

    def ious(self, rows: AnyArray | None) -> FloatArray:
        """Return `Outcomes.iou` of some rows, None for all."""

    def cells(self) -> tuple[IntArray, IntArray]:
        """Return `Outcomes.confusion_gt` and `Outcomes.confusion_pred`."""


@dataclass(frozen=True, slots=True, eq=False)
class KnownLookup:
    """Targets and IoUs as arrays over all rows.

    Attributes
    ----------
    target : ndarray of int32, shape (P + G,)
    iou : ndarray of float64, shape (P + G,)
    find_cells : callable
        Returns `Outcomes.confusion_gt` and `Outcomes.confusion_pred`.
    """

    target: IntArray
    iou: FloatArray
    find_cells: Callable[[], tuple[IntArray, IntArray]]

    def targets(self, rows: AnyArray | None) -> IntArray:
        """Return the targets of some rows, None for all."""
        return self.target if rows is None else self.target[rows]

    def ious(self, rows: AnyArray | None) -> FloatArray:
        """Return the IoUs of some rows, None for all."""
        return self.iou if rows is None else self.iou[rows]

    def cells(self) -> tuple[IntArray, IntArray]:
        """Return the cells of the confusion matrix that the rows stand in."""
        return self.find_cells()


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """One row per prediction (row p < P), then one per ground truth (row P + g), at one operating point.

    Attributes
    ----------
    predictions : Predictions
    ground_truth : GroundTruth
        The facts that the rows speak of.
    kind : ndarray of uint8, shape (P + G,)
        `OutcomeKind`.
    lookup : Lookup
        Where ``target``, ``iou`` and the cells come from.
    """

    predictions: Predictions
    ground_truth: GroundTruth
    kind: ByteArray
    lookup: Lookup = field(repr=False)
    _found: dict[str, AnyArray] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.predictions) + len(self.ground_truth)
        object.__setattr__(self, "kind", frozen(self.kind, np.uint8, (n,), "kind"))

    @property
    def target(self) -> IntArray:
        """What each row speaks of, int32 (P + G,).

        Of a prediction the ground truth row it is matched to or aims at; of a ground truth the prediction row of its match;
        -1 none. A ground truth that is ``FOUND`` with target -1 is unmatched but stands in the row of an error.
        """
        return self._once("target", np.int32, lambda: self.lookup.targets(None))

    @property
    def iou(self) -> FloatArray:
        """IoU with ``target``, float64 (P + G,); NaN where there is none."""
        return self._once("iou", np.float64, lambda: self.lookup.ious(None))

    @property
    def confusion_gt(self) -> IntArray:
        """Row of the confusion matrix each outcome row stands in, int32 (P + G,): class row, C the background, -1 no cell.

        A pair matched over all classes stands on the row of its prediction.
        """
        return self._once("confusion_gt", np.int32, lambda: self.lookup.cells()[0])

    @property
    def confusion_pred(self) -> IntArray:
        """Column of the confusion matrix, int32 (P + G,), as ``confusion_gt``."""
        return self._once("confusion_pred", np.int32, lambda: self.lookup.cells()[1])

    def target_of(self, rows: AnyArray) -> IntArray:
        """Return ``target`` of some rows, without looking up the others."""
        found = self._found.get("target")
        return self.lookup.targets(rows) if found is None else found[rows]

    def iou_of(self, rows: AnyArray) -> FloatArray:
        """Return ``iou`` of some rows, without looking up the others."""
        found = self._found.get("iou")
        return self.lookup.ious(rows) if found is None else found[rows]

    def _once(self, name: str, dtype: DTypeLike, find: Callable[[], AnyArray]) -> AnyArray:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = frozen(find(), dtype, (len(self),), name)
        return found

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def n_predictions(self) -> int:
        """Number of predictions P: rows from here on are ground truth."""
        return len(self.predictions)

    def counts(self) -> dict[OutcomeKind, int]:
        """Return the number of rows of each kind, every kind named."""
        n = np.bincount(self.kind, minlength=len(OutcomeKind))
        return {kind: int(n[kind]) for kind in OutcomeKind}

    def error_counts(self) -> dict[str, int]:
        """Return the number of rows of each of the six error kinds by its name, in display order."""
        n = np.bincount(self.kind, minlength=len(OutcomeKind))
        return {name: int(n[kind]) for kind, name in ERROR_NAMES.items()}

    def image_row(self, rows: AnyArray) -> IntArray:
        """Return the image row of each outcome row, int32, shape of ``rows``."""
        return self._from_both(rows, self.predictions.image_row, self.ground_truth.image_row)

    def class_row(self, rows: AnyArray) -> IntArray:
        """Return the class row of each outcome row (a prediction's own class), int32, shape of ``rows``."""
        return self._from_both(rows, self.predictions.class_row, self.ground_truth.class_row)

    def score(self, rows: AnyArray) -> FloatArray:
        """Return the score of each outcome row, float64, shape of ``rows``; NaN for ground truth."""
        rows = np.asarray(rows)
        scores = np.full(rows.shape, np.nan)
        is_prediction = rows < self.n_predictions
        scores[is_prediction] = self.predictions.score[rows[is_prediction]]
        return scores

    def _from_both(self, rows: AnyArray, of_prediction: IntArray, of_gt: IntArray) -> IntArray:
        rows = np.asarray(rows)
        values = np.empty(rows.shape, dtype=np.int32)
        is_prediction = rows < self.n_predictions
        values[is_prediction] = of_prediction[rows[is_prediction]]
        values[~is_prediction] = of_gt[rows[~is_prediction] - self.n_predictions]
        return values
