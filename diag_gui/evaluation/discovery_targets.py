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

WORSE_FALSE_POSITIVES = "worse-false-positives"
"""Asked beside ``worse``, which looks at ground truth alone."""


def questions_of(target: str) -> tuple[str, ...]:
    """Return the questions of one of `TARGETS`: of a run that is worse, what it lost and what it made up."""
    return (WORSE, WORSE_FALSE_POSITIVES) if target == WORSE else (target,)
