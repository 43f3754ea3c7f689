"""A hierarchy of classes as Open Images gives it: one JSON object of labels within labels, joined to the classes of a dataset.

Read: ``{"LabelName": "/m/0bl9f", "Subcategory": [{"LabelName": …}, …]}``, nested as deep as JSON may be; a label under several
others lies below each. ``LabelName`` is the id, the name or the code of a class, see `class_codes`. A label that is no class of
the dataset, as the root is, passes its place on: what lies below it lies below whatever is above it. ``Part`` names what things
are made of, not what they are, and is left out, as the TF Object Detection API leaves it out.

References
----------
https://storage.googleapis.com/openimages/web/download_v7.html, *Class hierarchy*.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.row_lists import RowLists
from diag_gui.evaluation.class_hierarchy import with_ancestors
from diag_gui.exceptions import DatasetMismatchError, EvaluationError, FormatError
from diag_gui.formats.class_codes import rows_by_label
from diag_gui.formats.json_reading import decode_general, kind_of, read_json_bytes

FORMAT = "class-hierarchy"
_LABEL, _BELOW = "LabelName", "Subcategory"


def join_hierarchy(dataset: Dataset, path: Path) -> tuple[Dataset, ReadReport]:
    """Return the dataset with the classes directly above each class, as a file says.

    Parameters
    ----------
    dataset : Dataset
    path : Path

    Returns
    -------
    Dataset
        Its ``classes.parents`` are those of the file alone.
    ReadReport
        Records are distinct labels; one that is no class of the dataset is dropped.

    Raises
    ------
    FormatError
        If it is no hierarchy, or a class lies above itself.
    DatasetMismatchError
        If not one of its labels is a class of the dataset.
    """
    source = read_json_bytes(path)
    root = decode_general(source, source.data, "")
    if not isinstance(root, dict) or _LABEL not in root:
        raise FormatError(path, f"is no hierarchy of classes: an object with {_LABEL} and {_BELOW} was expected")
    row_of = rows_by_label(dataset, path)
    parents: list[set[int]] = [set() for _ in range(len(dataset.classes))]
    labels: set[str] = set()
    log = ProblemLog(path)
    waiting: list[tuple[Any, frozenset[int], str]] = [(root, frozenset(), "the root")]
    while waiting:
        node, above, where = waiting.pop()
        label = _checked_label(path, node, where)
        row = row_of.get(label)
        if row is None and label not in labels:
            log.add("label-without-class", repr(label), "is no class of the ground truth; what lies below it keeps what is above",
                    drops=True)  # fmt: skip
        labels.add(label)
        if row is not None:
            parents[row] |= above
            above = frozenset((row,))
        below = node.get(_BELOW, [])
        if not isinstance(below, list):
            raise FormatError(path, f"{_BELOW} is {kind_of(below)}, a list was expected", repr(label))
        waiting += [(child, above, f"below {label!r}") for child in reversed(below)]
    if not any(label in row_of for label in labels):
        raise DatasetMismatchError(
            f"{path}: none of its {len(labels):,} labels is the id or the name of a class of {dataset.name}"
        )
    lists = RowLists.of(parents)
    try:
        with_ancestors(lists)
    except EvaluationError as error:
        raise FormatError(path, f"{error.reason}, so it is no hierarchy") from error
    known = sum(label in row_of for label in labels)
    report = ReadReport(path, FORMAT, source.sha256, len(labels), known, len(labels) - known, log.groups())
    return replace(dataset, classes=replace(dataset.classes, parents=lists)), report


def _checked_label(path: Path, node: Any, where: str) -> str:
    if not isinstance(node, dict):
        raise FormatError(path, f"holds {kind_of(node)}, an object was expected", where)
    label = node.get(_LABEL)
    if not isinstance(label, str) or not label:
        raise FormatError(path, f"{_LABEL} is {kind_of(label)}, text was expected", where)
    return label
