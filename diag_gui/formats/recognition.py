"""What a path is, judged by its content and never by its ending alone."""

from __future__ import annotations

from dataclasses import dataclass

GROUND_TRUTH = "ground truth"
PREDICTIONS = "predictions"
METADATA = "metadata"
PROJECT = "project"
IMAGES = "images"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a path seems to be.

    Attributes
    ----------
    format : str
        Name of the format, empty if unknown.
    role : str
        ``"ground truth"``, ``"predictions"``, ``"metadata"``, ``"project"``, ``"images"`` or ``"unknown"``.
    reason : str
        What it was judged by, in words.
    """

    format: str
    role: str
    reason: str
