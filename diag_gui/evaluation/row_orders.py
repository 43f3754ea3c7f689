"""Orders of all outcome rows that no threshold changes, so that a list at a moved threshold is picked and not sorted."""

from __future__ import annotations

from concurrent.futures import Executor
from threading import Lock

import numpy as np

from diag_gui.data.arrays import AnyArray, ByteArray, IntArray
from diag_gui.evaluation._kernels.threshold_steps_loops import threshold_steps_loops
from diag_gui.evaluation.row_order import merged_by_image, stable_order
from diag_gui.evaluation.run_facts import RunFacts

IMAGE, LABEL_ERROR, SCORE = "image", "label_error", "score"
LASTING = (IMAGE, LABEL_ERROR, SCORE)
"""Keys that a row has at every threshold. The score of ground truth is that of its match; listed is only what has none."""


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

    def order(self, key: str, *, descending: bool) -> IntArray:
        """Return all outcome rows by ``key``, int32 (P + G,); equal ones by image, predictions first, then as in the file."""
        with self._lock:
            order = self._orders.get((key, descending))
            if order is None:
                order = self._orders[key, descending] = self._sorted(key, descending)
        return order

    def pick(self, key: str, kind: ByteArray, listed: ByteArray, *, descending: bool, pool: Executor | None = None) -> IntArray:
        """Return the rows of some kinds in an order.

        Parameters
        ----------
        key : str
            One of `LASTING`.
        kind : ndarray of uint8, shape (P + G,)
            Of `Outcomes`.
        listed : ndarray of uint8, shape (10,)
            1 for each kind that is asked for.
        descending : bool
        pool : Executor, optional
            Picks half of them.
        """
        order = self.order(key, descending=descending)
        middle = len(order) // 2 if pool is not None else len(order)
        later = (
            pool.submit(threshold_steps_loops.pick_listed, order, kind, listed, middle, len(order)) if pool is not None else None
        )
        first = threshold_steps_loops.pick_listed(order, kind, listed, 0, middle)
        return first if later is None else np.concatenate([first, later.result()])

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
