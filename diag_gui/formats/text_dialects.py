"""The dialects of detections in lines of text; which fits a file is judged by `text_detections`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where score and box stand in a line, and what the box means."""

    score_place: int
    box_place: int
    is_relative: bool
    is_corners: bool


DIALECTS = {
    "yolo": Dialect(4, 0, True, False),
    "yolo-score-first": Dialect(0, 1, True, False),
    "text-xyxy": Dialect(0, 1, False, True),
    "text-xywh": Dialect(0, 1, False, False),
}
