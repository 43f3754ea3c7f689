"""What discovery can look for, by the words of the command line."""

from __future__ import annotations

MISSES, FALSE_POSITIVES, IMAGES, WORSE = "misses", "false-positives", "images", "worse"

TARGETS = (
    MISSES,
    FALSE_POSITIVES,
    IMAGES,
    WORSE,
    "missed",
    "background",
    "localization",
    "classification",
    "both",
    "duplicate",
)
"""The last six are the error types, each for itself."""
