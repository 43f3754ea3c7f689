"""The dialects of detections in lines of text; which fits a file is judged by `dialect_guess`."""

from __future__ import annotations

from dataclasses import dataclass

from diag_gui.formats.box_layouts import BoxLayout


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where score and box stand among the five numbers of a line, and what the box means."""

    score_place: int
    box_place: int
    layout: BoxLayout


def _score_first(order: str, *, is_relative: bool = False) -> Dialect:
    return Dialect(0, 1, BoxLayout(order, is_relative))


def _score_last(order: str, *, is_relative: bool = False) -> Dialect:
    return Dialect(4, 0, BoxLayout(order, is_relative))


DIALECTS = {
    "yolo": _score_last("cxcywh", is_relative=True),
    "yolo-score-first": _score_first("cxcywh", is_relative=True),
    "text-xyxy": _score_first("xyxy"),
    "text-xywh": _score_first("xywh"),
    "text-cxcywh": _score_first("cxcywh"),
    "text-xyxy-last": _score_last("xyxy"),
    "text-xywh-last": _score_last("xywh"),
    "text-cxcywh-last": _score_last("cxcywh"),
    "text-xyxy-relative": _score_first("xyxy", is_relative=True),
    "text-xywh-relative": _score_first("xywh", is_relative=True),
    "text-xyxy-relative-last": _score_last("xyxy", is_relative=True),
    "text-xywh-relative-last": _score_last("xywh", is_relative=True),
}
