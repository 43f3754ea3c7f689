"""Predictions in several columns, of several files, as one run: put together images at a time, never as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from diag_gui.data.arrays import AnyArray, LongArray
from diag_gui.evaluation.run_columns import RunColumns
from diag_gui.exceptions import EvaluationError


@dataclass(frozen=True, slots=True, eq=False)
class JoinedColumns:
    """One run on one dataset whose predictions are those of all ``parts``, part after part within an image.

    Attributes
    ----------
    parts : tuple of RunColumns
        On the same images and classes. Ground truth is that of the first; the others' is not looked at.
    pred_offsets : ndarray of int64, shape (I + 1,)
        As in `RunColumns`; derived.

    Raises
    ------
    EvaluationError
        If there is no part, or they speak of different numbers of images or classes.
    """

    parts: tuple[RunColumns, ...]
    pred_offsets: LongArray = field(init=False)

    def __post_init__(self) -> None:
        if not self.parts:
            raise EvaluationError("parts", "none were given")
        if len({(part.n_images, part.n_classes) for part in self.parts}) > 1:
            raise EvaluationError("parts", "speak of different numbers of images or classes")
        without = tuple(part.without_ground_truth() for part in self.parts[1:])
        object.__setattr__(self, "parts", (self.parts[0], *without))
        offsets = sum((part.pred_offsets - part.pred_offsets[0] for part in self.parts), np.zeros(self.n_images + 1, np.int64))
        object.__setattr__(self, "pred_offsets", offsets)

    @property
    def n_images(self) -> int:
        """Number of images I."""
        return self.parts[0].n_images

    @property
    def n_classes(self) -> int:
        """Number of classes of the dataset."""
        return self.parts[0].n_classes

    @property
    def sizes_are_nominal(self) -> bool:
        """Whether figures by area are undefined."""
        return self.parts[0].sizes_are_nominal

    @property
    def scores_are_float32(self) -> bool:
        """Whether no score is more exact than float32."""
        return all(part.scores_are_float32 for part in self.parts)

    def part(self, first: int, last: int) -> RunColumns:
        """Return the columns of images ``first`` to ``last`` in memory, as `RunColumns.part` does."""
        truth = self.parts[0].part(first, last)
        others = (part.part(first, last) for part in self.parts[1:] if part.pred_offsets[last] > part.pred_offsets[first])
        some = [truth, *others]
        if len(some) == 1:
            return truth
        images = np.concatenate([np.repeat(np.arange(last - first), np.diff(part.pred_offsets)) for part in some])
        order = np.argsort(images, kind="stable")

        def column(name: str) -> AnyArray:
            return np.concatenate([getattr(part, name) for part in some])[order]

        offsets = self.pred_offsets[first : last + 1] - self.pred_offsets[first]
        return replace(
            truth,
            pred_offsets=offsets,
            pred_class=column("pred_class"),
            pred_xywh=column("pred_xywh"),
            pred_score=column("pred_score"),
        )

    def let_go(self, first: int, last: int) -> None:
        """Say of images ``first`` to ``last`` what `RunColumns.let_go` does."""
        for part in self.parts:
            part.let_go(first, last)


def joined_columns(parts: Sequence[RunColumns]) -> RunColumns | JoinedColumns:
    """Return the columns of one part as they are, of several as one run."""
    return parts[0] if len(parts) == 1 else JoinedColumns(tuple(parts))
