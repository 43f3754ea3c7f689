"""The small good set, the list of items, and the ways to change one record of a good file."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.formats.pictures import encoded

SIZE = (160, 120)
REJECT, DROP, ACCEPT = "reject", "warn-and-drop", "accept"
SECONDS, MIB = 20, 1500
RIGHT = {"metric_check": {"ap": 1.0}}
"""Nothing may be lost: all figures stay what they are."""

Words = list[list[str]]

TRUTH: dict[str, Any] = {
    "info": {"description": "made for tests"},
    "images": [{"id": n, "file_name": f"{name}.jpg", "width": SIZE[0], "height": SIZE[1]} for n, name in enumerate("abc", 1)],
    "annotations": [
        {
            "id": n,
            "image_id": (n + 1) // 2,
            "category_id": (n - 1) % 3 + 1,
            "bbox": [10 * n, 8 * n, 40, 30],
            "area": 1200,
            "iscrowd": 0,
        }
        for n in range(1, 7)
    ],
    "categories": [{"id": n, "name": name} for n, name in ((1, "tern"), (2, "gull"), (3, "skua"))],
}
FOUND = [
    {"image_id": one["image_id"], "category_id": one["category_id"], "bbox": one["bbox"], "score": 0.9 - 0.1 * place}
    for place, one in enumerate(TRUTH["annotations"])
]


@dataclass
class Corpus:
    """A folder of files and the list of what must happen with each."""

    folder: Path
    items: list[dict[str, Any]] = field(default_factory=list)

    def path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add(
        self, name: str, role: str, expected: str, words: Words, wrong: str, content: bytes | str | None = None, **more: Any
    ) -> None:
        """Write a file and note what must happen; content None means that it is there already."""
        if content is not None:
            self.path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        item = {"id": f"m{len(self.items) + 1:02}", "file": name, "role": role, "expected": expected, "must_say": words}
        item |= {"wrong": wrong, "max_seconds": SECONDS, "max_rss_mib": MIB}
        self.items.append(item | more)

    def truth(
        self, name: str, expected: str, words: Words, change: Callable[[dict[str, Any]], Any] | bytes | str, **more: Any
    ) -> None:
        """Add ground truth in COCO, changed by a function or as it is given."""
        content = changed(TRUTH, change) if callable(change) else change
        more = {"use_with": "_base/preds_perfect.json"} | more
        self.add(f"gt/{name}.json", "gt", expected, words, name.replace("_", " "), content, **more)

    def found(
        self, name: str, expected: str, words: Words, change: Callable[[list[dict[str, Any]]], Any] | bytes | str, **more: Any
    ) -> None:
        """Add predictions in COCO's results."""
        content = changed(FOUND, change) if callable(change) else change
        more = {"use_with": "_base/gt.json"} | more
        self.add(f"pred/{name}.json", "predictions", expected, words, name.replace("_", " "), content, **more)

    def labels(self, name: str, expected: str, words: Words, content: bytes | str, **more: Any) -> None:
        """Add one file of ground truth of another format, read by itself beside the pictures."""
        more = {"use_with": None, "images": "_base/images"} | more
        wrong = name.partition("/")[2].rpartition(".")[0].replace("_", " ")
        self.add(name, "gt", expected, words, wrong, content, **more)

    def found_in(self, folder: str, expected: str, words: Words, files: dict[str, bytes | str], **more: Any) -> None:
        """Add a folder of predictions; the first of ``files`` is the one that is wrong."""
        for name, content in files.items():
            self.path(f"{folder}/{name}").write_bytes(content if isinstance(content, bytes) else content.encode())
        more = {"use_with": "_base/gt.json", "folder": folder} | more
        wrong = folder.partition("/")[2].replace("_", " ")
        self.add(f"{folder}/{next(iter(files))}", "predictions", expected, words, wrong, None, **more)


def base(corpus: Corpus) -> None:
    """Write the good set."""
    corpus.path("_base/gt.json").write_text(json.dumps(TRUTH))
    corpus.path("_base/preds_perfect.json").write_text(json.dumps(FOUND))
    for name in "abc":
        corpus.path(f"_base/images/{name}.jpg").write_bytes(encoded(".jpg", *SIZE))


def changed(good: Any, change: Callable[[Any], Any]) -> str:
    """Return JSON of what ``change`` makes of a copy; a result other than None stands for the whole."""
    content = copy.deepcopy(good)
    result = change(content)
    return json.dumps(content if result is None else result)


def first(part: str = "annotations", **fields: Any) -> Callable[[Any], None]:
    """Return a change of the first record; ... takes a field out."""

    def change(content: Any) -> None:
        _set((content[part] if isinstance(content, dict) else content)[0], fields, 0)

    return change


def every(part: str = "annotations", **fields: Any) -> Callable[[Any], None]:
    """Return a change of all records; a function makes the value from record and place."""

    def change(content: Any) -> None:
        for place, record in enumerate(content[part] if isinstance(content, dict) else content):
            _set(record, fields, place)

    return change


def whole(**fields: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change of the document itself; ... takes a part out."""

    def change(content: dict[str, Any]) -> None:
        _set(content, fields, 0)

    return change


def _set(record: dict[str, Any], fields: dict[str, Any], place: int) -> None:
    for name, value in fields.items():
        if value is ...:
            record.pop(name, None)
        else:
            record[name] = value(record, place) if callable(value) else value


def as_written(text: str) -> str:
    """Return the good ground truth with the first box replaced by ``text``, which need not be JSON."""
    return json.dumps(TRUTH).replace("[10, 8, 40, 30]", text, 1)
