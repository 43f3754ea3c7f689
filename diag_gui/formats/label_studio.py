"""Label Studio JSON: exported tasks, their annotations as ground truth, the predictions beside them as a run.

Dialects read: ``rectanglelabels`` (turned ones as rotated boxes), ``polygonlabels``, ``ellipselabels`` (the box around it);
JSON-MIN, with a row per annotation; coordinates are percent of ``original_width`` and ``original_height``. ``choices``,
``rating`` and ``textarea`` of a task become metadata of the image, those of a region attributes of its label, as does the
text written to it (``note``). Of several annotations of a task the last that was not cancelled counts; the regions of the
others are counted and left out, and so are brush and key point regions. A picture goes by the last part of its address,
without the eight digits that an upload puts before it; addresses are never fetched.

References
----------
https://labelstud.io/guide/export; https://labelstud.io/guide/task_format.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import FormatError
from diag_gui.formats.collected_labels import Box
from diag_gui.formats.content import Content
from diag_gui.formats.file_by_file import FileByFile, OneFile, ReadImage, ReadObject, Refuse
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.json_values import (
    box_around,
    flat,
    members,
    noted_records,
    number,
    parse_json,
    plain_attributes,
    points,
    records,
    rotated_corners,
    text,
)
from diag_gui.formats.record_problems import on_image

FORMAT = "labelstudio"
_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
_BOXES = ("rectanglelabels", "rectangle")
_OUTLINES = ("polygonlabels", "polygon")
_ELLIPSES = ("ellipselabels", "ellipse")
_OF_ROW = frozenset({"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"})
"""What a row of JSON-MIN says of the annotation rather than of the picture."""

_OF_TASK = ("choices", "rating", "textarea", "number", "taxonomy")

Region = tuple[str, Box, tuple[float, ...] | None, Any]
"""Class, box in pixels, corners if turned, polygon."""


def _document(path: Path, data: bytes) -> list[Any]:
    document = parse_json(path, data)
    if isinstance(document, dict) and "data" in document:
        return [document]
    if not isinstance(document, list):
        raise FormatError(path, "holds no list of tasks")
    return _of_rows(document) if any("annotation_id" in members(row) for row in document) else document


def _of_rows(rows: list[Any]) -> list[Any]:
    """Return the tasks of a JSON-MIN export, which has a row per annotation, regions by the name of their control."""
    tasks: dict[Any, dict[str, Any]] = {}
    for place, row in enumerate(rows):
        if not isinstance(row, dict) or "data" in row:
            tasks[place, "whole"] = row
            continue
        regions = {key: value for key, value in row.items() if isinstance(value, list) and any(map(_kind_of, value))}
        result = [_whole_region(name, one) for name, value in regions.items() for one in value]
        data = {key: value for key, value in row.items() if key not in regions and key not in _OF_ROW}
        identifier = row.get("id") if isinstance(row.get("id"), int | str) else f"row {place}"
        task = tasks.setdefault(identifier, {"id": identifier, "data": data, "annotations": []})
        task["annotations"].append({"id": row.get("annotation_id"), "result": result})
    return list(tasks.values())


def _kind_of(region: Any) -> str:
    """Return the type of a region of JSON-MIN, which is the key of its labels; empty where it has none."""
    return next((key for key in members(region) if key.endswith("labels")), "")


def _whole_region(name: str, region: Any) -> Any:
    sides = {key: members(region).get(key) for key in ("original_width", "original_height")}
    return {"from_name": name, "type": _kind_of(region), "value": region, **sides} if isinstance(region, dict) else region


_FILES = FileByFile(FORMAT, (".json",), "json_bytes", "unreadable-json", _document)


def recognise(content: Content) -> str:
    """Return why a file holds labelled tasks; empty if it does not."""
    is_tasks = "data" in content.keys and bool(content.keys & {"annotations", "completions"} or content.holds_key("annotations"))
    is_rows = {"annotation_id", "lead_time"} <= content.keys and content.holds_key("original_width")
    return "tasks with data and annotations" if is_tasks else "rows of annotations, as JSON-MIN has them" if is_rows else ""


def recognise_predictions(content: Content) -> str:
    """Return why a file holds predicted tasks and no annotations; empty if it does not."""
    is_tasks = "data" in content.keys and (content.holds_key("predictions") or "result" in content.keys)
    return "tasks with data and predictions" if is_tasks else ""


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read the annotations of a Label Studio export, or a folder with a file per task. As `FileByFile.labels`.

    Records are regions with a box, outline or ellipse, and those without area.
    """
    return _FILES.labels(path, _labelled, progress, cancelled)


def read_predictions(
    path: Path, dataset: Dataset, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Run, ReadReport]:
    """Read the predictions of a Label Studio export; of several of a task the last counts. As `FileByFile.predictions`."""
    return _FILES.predictions(path, dataset, _predicted, progress, cancelled)


def _labelled(file: OneFile[list[Any]], refuse: Refuse) -> Iterator[ReadImage]:
    for record, task in _tasks(file):
        listed = noted_records(task.get("annotations") or task.get("completions"), "annotations", record, file.log)
        done = [one for one in listed if isinstance(one, dict)]
        valid = [one for one in done if not one.get("was_cancelled")]
        chosen = valid[-1] if valid else None
        regions = records(chosen.get("result")) if chosen is not None else []
        yield ReadImage(
            _picture(task), _regions(record, task, "annotation", done, chosen, refuse, file.log), *_size(regions, task),
            {**_metadata(task), **_of_task(regions)},
        )  # fmt: skip


def _predicted(file: OneFile[list[Any]], refuse: Refuse) -> Iterator[ReadImage]:
    for record, task in _tasks(file):
        made = [one for one in noted_records(task.get("predictions"), "predictions", record, file.log) if isinstance(one, dict)]
        last = made[-1] if made else None
        yield ReadImage(_picture(task), _regions(record, task, "prediction", made, last, refuse, file.log))


def _regions(
    record: str,
    task: dict[str, Any],
    word: str,
    given: list[dict[str, Any]],
    chosen: dict[str, Any] | None,
    refuse: Refuse,
    log: ProblemLog,
) -> Iterator[ReadObject]:
    """Yield the regions of the annotation, or prediction, that counts; those of the others are left out."""
    for one in given:
        results = noted_records(one.get("result"), "result", record, log)
        said = _of_regions(results)
        for place, region in enumerate(results):
            where = on_image(f"{record}: {word} {one.get('id', '?')}: result[{place}]", _picture(task))
            if _is_of_task(region):
                continue
            if one is not chosen:
                why = "was cancelled" if one.get("was_cancelled") else f"is not the last {word} of its task"
                refuse(f"other-{word}", where, why)
                continue
            shape = _region(region)
            if isinstance(shape, str):
                refuse("no-box", where, shape)
                continue
            name, box, quad, mask = shape
            scores = [number(members(source).get("score")) for source in (region, members(region).get("value"), one)]
            score = next((value for value in scores if value is not None), None)
            yield ReadObject(name, box, where, score, _attributes(region, said), quad, mask, mask is None)


def _tasks(file: OneFile[list[Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, task in enumerate(file.content):
        record = f"{file.shown}: task {members(task).get('id', place)}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            file.log.add("bad-task", record, "has no data; it is passed over", drops=False)
            continue
        yield record, task


def _picture(task: dict[str, Any]) -> str:
    """Return the file name of a task's picture."""
    data = task["data"]
    address = next((text(data[key]) for key in ("image", "img", "image_url", "url") if text(data.get(key))), "")
    if not address:
        address = next((value for value in data.values() if isinstance(value, str) and re.search(r"\.\w{3,4}($|\?)", value)), "")
    parts = urlsplit(address) if "\x00" not in address and address.count("[") == address.count("]") == 0 else urlsplit("")
    if parts.path.endswith("/local-files/") and "d" in (asked := parse_qs(parts.query)):
        return asked["d"][0].lstrip("/")
    if parts.scheme or address.startswith("/data/"):
        return _UPLOADED.sub("", unquote(parts.path).rpartition("/")[2], count=1)
    return unquote(address) or f"task {task.get('id', '')}"


def _size(regions: list[Any], task: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return the size that a region says, or the task where it has no region, as exports of this program do."""
    said = (one for one in (*regions, task.get("meta")) if isinstance(one, dict) and number(one.get("original_width")))
    sized = next(said, {})
    return number(sized.get("original_width")), number(sized.get("original_height"))


def _metadata(task: dict[str, Any]) -> dict[str, Any]:
    data = {name: value for name, value in task["data"].items() if not (isinstance(value, str) and "/" in value)}
    meta = {name: value for name, value in members(task.get("meta")).items() if not name.startswith("original_")}
    return plain_attributes(data, meta)


def _is_of_task(region: Any) -> bool:
    """Return whether a result says something of the whole task, or of another region, rather than being one."""
    return isinstance(region, dict) and (region.get("type") in _OF_TASK or region.get("type") == "relation")


def _of_task(regions: list[Any]) -> dict[str, Any]:
    """Return what results say of the whole task, by the name of their control."""
    return {
        text(one.get("from_name")) or str(one.get("type")): value
        for one in regions
        if _is_of_task(one) and not _has_region(one) and (value := _said(one)) is not None
    }


def _of_regions(results: list[Any]) -> dict[str, dict[str, Any]]:
    """Return what results say of a region, by its identifier and the name of their control."""
    said: dict[str, dict[str, Any]] = {}
    for one in results:
        if _is_of_task(one) and _has_region(one) and (value := _said(one)) is not None:
            said.setdefault(text(one.get("id")), {})[text(one.get("from_name")) or str(one.get("type"))] = value
    return said


def _has_region(result: dict[str, Any]) -> bool:
    """Return whether what a result says is about a region, whose shape it then repeats."""
    return bool(result.get("parentID")) or bool(members(result.get("value")).keys() & {"x", "points"})


def _said(result: dict[str, Any]) -> str | int | float | None:
    """Return the value of a result that is no region; several as one text."""
    value = members(result.get("value")).get(text(result.get("type")))
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value if isinstance(one, str | int | float))
    return value if isinstance(value, str | int | float) else None


def _attributes(region: dict[str, Any], said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what is kept beside a region: its meta data, the note that people write to it, and what other results say of it."""
    meta = members(region.get("meta"))
    note = "\n".join(map(str, meta["text"])) if isinstance(meta.get("text"), list) else ""
    own = said.get(text(region.get("id")), {})
    return plain_attributes(meta, {"note": note} if note else {}, own, {"origin": region.get("origin")})


def _region(region: Any) -> Region | str:
    """Return the shape of a result in pixels, or why it has none."""
    if not isinstance(region, dict):
        return "is no object"
    kind, value = text(region.get("type")), members(region.get("value"))
    if kind not in (*_BOXES, *_OUTLINES, *_ELLIPSES):
        return f"a {kind[:40] or 'result'} has no box"
    named = records(value.get(kind) or value.get("labels") or value.get(f"{kind}labels"))
    if not named or not text(named[0]):
        return "has no label"
    width, height = number(region.get("original_width")), number(region.get("original_height"))
    if width is None or height is None or not (0 < width < math.inf and 0 < height < math.inf):
        return "the size of its image is not given (original_width, original_height), so percent have no pixels"
    if kind in _OUTLINES:
        corners = points(value.get("points"))
        if corners is None or len(corners) < 3:
            return "points are not at least three finite [x, y]"
        pixels = [(x * width / 100, y * height / 100) for x, y in corners]
        return text(named[0]), box_around(pixels), None, [flat(pixels)]
    keys = ("x", "y", "width", "height") if kind in _BOXES else ("x", "y", "radiusX", "radiusY")
    x, y, a, b = (number(value.get(key)) for key in keys)
    turn = number(value.get("rotation")) or 0.0
    if x is None or y is None or a is None or b is None or not math.isfinite(turn):
        return f"value does not hold the numbers {', '.join(keys)}"
    x, y, a, b = x * width / 100, y * height / 100, a * width / 100, b * height / 100
    if kind in _ELLIPSES:
        return text(named[0]), (x - a, y - b, 2 * a, 2 * b), None, None
    if turn % 360 == 0:
        return text(named[0]), (x, y, a, b), None, None
    if not all(map(math.isfinite, (x, y, a, b))):
        return "value holds NaN or an infinite number, not finite"
    # A box is turned around its upper left corner.
    angle = math.radians(turn)
    middle_x = x + a / 2 * math.cos(angle) - b / 2 * math.sin(angle)
    middle_y = y + a / 2 * math.sin(angle) + b / 2 * math.cos(angle)
    quad = rotated_corners(middle_x, middle_y, a, b, turn)
    return text(named[0]), box_around(list(zip(quad[0::2], quad[1::2], strict=True))), quad, None
