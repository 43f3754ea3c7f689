"""Orders of all outcome rows that no threshold changes, so that a list at a moved threshold is picked and not sorted."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from diag_gui.data.arrays import AnyArray, BitArray, ByteArray, IntArray
from diag_gui.evaluation._kernels.step_moves_loops import step_moves_loops
from diag_gui.evaluation.row_order import merged_by_image, stable_order
from diag_gui.evaluation.run_facts import RunFacts

IMAGE, LABEL_ERROR, SCORE = "image", "label_error", "score"
LASTING = (IMAGE, LABEL_ERROR, SCORE)
"""Keys that a row has at every threshold. The score of ground truth is that of its match; listed is only what has none."""


@dataclass(frozen=True, slots=True, eq=False)
class _Marked:
    """Places of the rows that were picked last.

    Attributes
    ----------
    order : ndarray of int32, shape (P + G,)
    listed : ndarray of uint8, shape (10,)
    kind : ndarray of uint8, shape (P + G,)
        What the rows were.
    marks : ndarray of uint64
        A bit for each place of ``order``; moves along with the kinds.
    at : ndarray of int32, shape (P + G,), or None
        Place of each row; None until marks move.
    """

    order: IntArray
    listed: ByteArray
    kind: ByteArray
    marks: BitArray
    at: IntArray | None


class RowOrders:
    """All P + G outcome rows of a run by each of `LASTING`, sorted when first asked for. It may be asked from any thread.

    Parameters
    ----------
    facts : RunFacts
    """

    def __init__(self, facts: RunFacts) -> None:
        self._facts = facts
        self._lock = Lock()
        self._orders: dict[tuple[str, bool], IntArray] = {}
        self._marked: _Marked | None = None

    def order(self, key: str, *, descending: bool) -> IntArray:
        """Return all outcome rows by ``key``, int32 (P + G,); equal ones by image, predictions first, then as in the file."""
        with self._lock:
            order = self._orders.get((key, descending))
            if order is None:
                order = self._orders[key, descending] = self._sorted(key, descending)
        return order

    def pick(self, key: str, kind: ByteArray, listed: ByteArray, *, descending: bool) -> IntArray:
        """Return the rows of some kinds in an order.

        Parameters
        ----------
        key : str
            One of `LASTING`.
        kind : ndarray of uint8, shape (P + G,)
            Of `Outcomes`; nobody writes to it.
        listed : ndarray of uint8, shape (10,)
            1 for each kind that is asked for.
        descending : bool
        """
        order = self.order(key, descending=descending)
        with self._lock:
            before = self._marked
            if before is None or before.order is not order or not np.array_equal(before.listed, listed):
                marks, at = step_moves_loops.mark_listed(order, kind, listed), None
            else:
                marks, at = before.marks, before.at
                if at is None:
                    at = np.empty_like(order)
                    at[order] = np.arange(len(order), dtype=np.int32)
                step_moves_loops.move_marks(before.kind, kind, listed, at, marks)
            self._marked = _Marked(order, listed, kind, marks, at)
            return step_moves_loops.marked(order, marks)

    def _sorted(self, key: str, descending: bool) -> IntArray:
        facts = self._facts
        n, n_gt = len(facts.run.predictions), len(facts.dataset.ground_truth)
        image_of_pred, image_of_gt = facts.run.predictions.image_row, facts.dataset.ground_truth.image_row
        by_image = merged_by_image(np.arange(n), np.arange(n, n + n_gt), image_of_pred, image_of_gt)
        keys: AnyArray
        if key == IMAGE:
            keys = np.concatenate([image_of_pred, image_of_gt])
        elif key == LABEL_ERROR:
            keys = facts.label_error
        else:
            keys = np.concatenate([facts.run.predictions.score, np.full(n_gt, np.nan)])
        return by_image[stable_order(keys[by_image], descending=descending)].astype(np.int32)
