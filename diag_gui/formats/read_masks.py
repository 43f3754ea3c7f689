"""Segmentations as the fast reader leaves them: bytes, and what it found them to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.json_masks import JsonMasks
from diag_gui.data.read_report import ProblemLog
from diag_gui.data.written_masks import fault_of
from diag_gui.formats.box_rules import ImageSizes
from diag_gui.formats.record_problems import RecordName

RUN_LENGTHS, UNUSUAL = 2, 3
"""Kinds of a segmentation; 0 is none, 1 polygons. See ``_json_records.pyx``."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadMasks:
    """Segmentations of records.

    Attributes
    ----------
    written : JsonMasks
    shape : ndarray of int32, shape (N, 3)
        Kind, and of run lengths the height and width they state. Polygons and run lengths are without fault by themselves.
    """

    written: JsonMasks
    shape: AnyArray

    def __getitem__(self, row: int) -> Any:
        return self.written[row]

    def checked(self, kept: BoolArray, sizes: ImageSizes, log: ProblemLog, name: RecordName) -> JsonMasks:
        """Return the segmentations of ``kept`` records, `data.masks.UNUSABLE` for the bad ones, which are noted."""
        kind = self.shape[:, 0]
        height, width = (np.nan_to_num(side, nan=-1.0).astype(np.int64) for side in (sizes.height, sizes.width))
        fits = (height < 1) | (width < 1) | ((self.shape[:, 1] == height) & (self.shape[:, 2] == width))
        bad: list[int] = []
        absent = ~kept
        for row in np.flatnonzero(kept & ((kind == UNUSUAL) | ((kind == RUN_LENGTHS) & ~fits))).tolist():
            mask = self.written[row]
            if not mask:
                absent[row] = True
                continue
            reason = fault_of(mask, int(height[row]), int(width[row]))
            if reason is not None:
                log.add("bad-mask", name(row), f"{reason}; the mask is left out, the box stays", drops=False)
                bad.append(row)
        masks = self.written.only(~absent)
        return masks.with_unusable(np.array(bad, np.int64)) if bad else masks
