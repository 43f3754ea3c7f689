"""BDD100K and Scalabel JSON: a list of frames, or an object that holds them, as ground truth or, with scores, as predictions.

Dialects read: ``[{"name", "labels": [{"category", "box2d": {x1, y1, x2, y2}}]}]``, the same under ``frames``, and one frame per
file in a folder; ``poly2d`` with vertices becomes a mask, and its box where there is none. Attributes of frames and labels are
kept. ``crowd`` and ``ignored`` attributes make a label a crowd, or ignored. Here a box is ``x2 - x1`` wide. Scalabel's own
tools count pixels, ``x2 - x1 + 1``: the format ``bdd100k-inclusive`` does so, and is named beside the data.

References
----------
https://doc.bdd100k.com/format.html; https://doc.scalabel.ai/format.html (``box2d_to_xyxy`` and its inclusive widths).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import FormatError
from diag_gui.formats.collected_labels import Box
from diag_gui.formats.content import Content
from diag_gui.formats.file_by_file import FileByFile, OneFile, ReadImage, ReadObject, Refuse
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.json_values import (
    box_around,
    flat,
    image_size,
    members,
    noted_records,
    number,
    parse_json,
    plain_attributes,
    points,
    records,
    text,
)
from diag_gui.formats.record_problems import on_image

FORMAT, INCLUSIVE = "bdd100k", "bdd100k-inclusive"
_CORNERS = ("x1", "y1", "x2", "y2")


def recognise(content: Content) -> str:
    """Return why a file holds labelled frames; empty if it does not."""
    frames = content.kind == "json-list" and "name" in content.keys and bool(content.keys & {"labels", "videoName", "url"})
    grouped = "frames" in content.keys and (content.holds_key("labels") or content.holds_key("box2d"))
    single = content.kind == "json-object" and {"name", "labels"} <= content.keys
    if not (frames or grouped or single) or content.holds_key("score"):
        return ""
    return "frames with a name and labels" if content.holds_key("category") or content.holds_key("labels") else ""


def recognise_predictions(content: Content) -> str:
    """Return why a file holds predicted frames; empty if it does not."""
    has_frames = ("name" in content.keys and "labels" in content.keys) or "frames" in content.keys
    return "frames whose labels have a score" if has_frames and content.holds_key("box2d") and content.holds_key("score") else ""


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read frames whose boxes are ``x2 - x1`` wide; see `read_labels`."""
    return read_labels(path, FORMAT, 0.0, progress=progress, cancelled=cancelled)


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read predicted frames whose boxes are ``x2 - x1`` wide; see `read_scored`."""
    return read_scored(path, dataset, FORMAT, 0.0, progress=progress, cancelled=cancelled)


def read_labels(
    path: Path, format: str, added_px: float, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read frames as ground truth.

    Parameters
    ----------
    path : Path
        JSON file or folder.
    format : str
        Name of the format, kept with the data.
    added_px : float
        Added to widths and heights: 0, or 1 where corners are pixels that belong to the box.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
    ReadReport
        Records are labels.

    Raises
    ------
    FormatError
        If there is no frame to be read.
    """
    return _files(format).labels(path, partial(_images, added_px=added_px), progress, cancelled)


def read_scored(
    path: Path,
    dataset: Dataset,
    format: str,
    added_px: float,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Run, ReadReport]:
    """Read frames whose labels have scores as predictions against a dataset; parameters as of `read_labels`.

    Raises
    ------
    FormatError
        If there is no frame to be read.
    DatasetMismatchError
        If no label belongs to an image, or none to a class, of the dataset.
    """
    return _files(format).predictions(path, dataset, partial(_images, added_px=added_px), progress, cancelled)


def _files(format: str) -> FileByFile[Any]:
    return FileByFile(format, (".json",), "json_bytes", "unreadable-json", _document)


def _images(file: OneFile[Any], refuse: Refuse, *, added_px: float) -> Iterator[ReadImage]:
    for name, record, frame in _frames(file):
        size = members(frame.get("size"))
        width, height = image_size(size.get("width"), size.get("height"), record, file.log)
        labels = noted_records(frame.get("labels"), "labels", record, file.log)
        yield ReadImage(name, _objects(name, record, labels, added_px, refuse), width, height, _metadata(frame), is_listed=True)


def _objects(name: str, record: str, labels: list[Any], added_px: float, refuse: Refuse) -> Iterator[ReadObject]:
    for place, label in enumerate(labels):
        where = on_image(f"{record}: labels[{place}]", name)
        shape = _shape(label, added_px, where, refuse)
        if shape is None:
            continue
        category, box, mask = shape
        attributes = plain_attributes(label.get("attributes"))
        flags = {flag.casefold() for flag, value in attributes.items() if value is True}
        yield ReadObject(
            category, box, where, number(label.get("score")), attributes, mask=mask, has_box=label.get("box2d") is not None,
            identifier=_identifier(label), is_crowd="crowd" in flags, is_ignored=bool(flags & {"ignored", "ignore"}),
        )  # fmt: skip


def _frames(file: OneFile[Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield name, place in the file, and content of each frame."""
    document = file.content
    frames = document if isinstance(document, list) else document.get("frames", [document])
    for place, frame in enumerate(frames):
        record = f"{file.shown}: frame {place}" if len(frames) > 1 else file.shown
        if not isinstance(frame, dict):
            file.log.add("bad-frame", record, "is no object; it is passed over", drops=False)
            continue
        name = text(frame.get("name"))
        if not name and len(frames) > 1:
            file.log.add("image-without-file-name", record, "has no name; it is called after the file and its place", drops=False)
        yield name or (f"{file.path.stem} {place}" if len(frames) > 1 else file.path.stem), record, frame


def _document(path: Path, data: bytes) -> Any:
    document = parse_json(path, data)
    if isinstance(document, dict) and not isinstance(document.get("frames", []), list):
        raise FormatError(path, "frames is no list")
    return document


def _shape(label: Any, added_px: float, record: str, refuse: Refuse) -> tuple[str, Box, list[list[float]] | None] | None:
    """Return class, box and mask of a label; None where it is left out."""
    if not isinstance(label, dict) or not text(label.get("category")):
        refuse("object-without-name", record, "has no category")
        return None
    outlines = [points(members(one).get("vertices")) for one in records(label.get("poly2d"))]
    polygons = [outline for outline in outlines if outline is not None and len(outline) >= 3]
    mask = [flat(outline) for outline in polygons] or None
    corners = [number(members(label.get("box2d")).get(name)) for name in _CORNERS]
    x1, y1, x2, y2 = corners
    if x1 is not None and y1 is not None and x2 is not None and y2 is not None:
        return text(label["category"]), (x1, y1, x2 - x1 + added_px, y2 - y1 + added_px), mask
    if label.get("box2d") is not None:
        refuse("bad-box", record, "box2d does not hold four numbers x1, y1, x2, y2")
        return None
    if not polygons:
        refuse("no-box", record, "has neither box2d nor a closed poly2d")
        return None
    return text(label["category"]), box_around([point for outline in polygons for point in outline]), mask


def _metadata(frame: dict[str, Any]) -> dict[str, Any]:
    own = {name: frame[name] for name in ("videoName", "timestamp", "frameIndex") if name in frame}
    return plain_attributes(frame.get("attributes"), own)


def _identifier(label: dict[str, Any]) -> int | str | None:
    value = label.get("id")
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
