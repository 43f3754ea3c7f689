"""What a file is good for."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a file is good for."""

    GROUND_TRUTH = "ground truth"
    PREDICTIONS = "predictions"
    METADATA = "metadata"
    PROJECT = "project"
    IMAGES = "images"
    UNKNOWN = "unknown"


GROUND_TRUTH, PREDICTIONS, METADATA = Role.GROUND_TRUTH, Role.PREDICTIONS, Role.METADATA
PROJECT, IMAGES, UNKNOWN = Role.PROJECT, Role.IMAGES, Role.UNKNOWN
