"""Keys of the document that ``evaluate`` writes, in the order in which they stand there."""

from __future__ import annotations

CLASS = [
    "name",
    "gt",
    "predictions",
    "tp",
    "fp",
    "fn",
    "precision",
    "recall",
    "f1",
    "mean_iou",
    "ap",
    "ap50",
    "best_f1",
    "best_score",
]
