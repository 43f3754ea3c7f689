"""Names of figures: the paths of the JSON document of ``evaluate``, and the short forms that people type."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from diag_gui.evaluation.outcomes import ERROR_NAMES
from diag_gui.exceptions import EvaluationError

COCO_KEYS = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl", "AR_max")
RULE_KEYS = ("APr", "APc", "APf", "AR300")
"""Figures of LVIS's rules that COCO's do not have."""
COUNT_KEYS = ("tp", "fp", "fn", "precision", "recall", "f1", "mean_iou")
POINT_KEYS = (*COUNT_KEYS, "mf1", "mf1_yoltv4")
SWEEP_KEYS = ("best_f1", "best_score")
CALIBRATION_KEYS = ("ece", "mce", "laece")
SUMMARY_KEYS = (*COCO_KEYS, *POINT_KEYS, *SWEEP_KEYS, *CALIBRATION_KEYS, "ap_at_iou")
CLASS_KEYS = ("gt", "predictions", *COUNT_KEYS, "ap", "ap50", "ap_at_iou", *SWEEP_KEYS, *CALIBRATION_KEYS)
ERROR_KEYS = ("count", "count_at_score", "dap")
SPECIAL_ERRORS = ("false_positive", "false_negative")
SLICE_KEYS = (
    "images", "gt", "tp", "fp", "fn", "precision", "recall", "f1", "mean_iou", "ap", "ap50",
    "f1_low", "f1_high", "delta_f1", "q",
)  # fmt: skip
DATASET_KEYS = ("images", "classes", "ground_truth", "predictions")
BACKGROUND = "background"

_SETTING = "--explain"
_MOST_NEAR = 4


@dataclass(frozen=True, slots=True)
class FigurePath:
    """Which figure.

    Attributes
    ----------
    group : str
        ``summary``, ``classes``, ``errors``, ``confusion``, ``slices`` or ``dataset``.
    subject : tuple of str
        The class, error type or slice; ground truth and prediction of a confusion cell; empty for ``summary``.
    key : str
        The figure; empty for a cell.
    """

    group: str
    subject: tuple[str, ...]
    key: str

    def __str__(self) -> str:
        return ".".join((self.group, *self.subject, *([self.key] if self.key else [])))


def find_figure(text: str, class_names: Sequence[str], slice_names: Sequence[str] = ()) -> FigurePath:
    """Return the figure that ``text`` names.

    Parameters
    ----------
    text : str
        A path of the JSON document, ``classes.car.ap``; or short, ``AP50``, ``car.ap``, ``missed.dap``. Case matters only
        where two figures differ in nothing else. Names may hold dots.
    class_names, slice_names : sequence of str
        What there is.

    Raises
    ------
    EvaluationError
        If there is no such figure; the near ones are named.
    """
    groups = {
        "classes": (class_names, CLASS_KEYS),
        "errors": ((*ERROR_NAMES.values(), *SPECIAL_ERRORS), ERROR_KEYS),
        "slices": (slice_names, SLICE_KEYS),
    }
    group, _, rest = text.partition(".")
    if group in groups:
        names, keys = groups[group]
        found = _subject_and_key(rest, names, keys)
        candidates = [found] if found else []
        paths = [FigurePath(group, (name,), key) for name, key in candidates]
    elif group == "confusion":
        paths = _cells(rest, (*class_names, BACKGROUND))
    elif group == "dataset":
        paths = [FigurePath("dataset", (), key) for key in _matching(rest, DATASET_KEYS)]
    else:
        paths = [
            FigurePath("summary", (), key) for key in _matching(rest if group == "summary" else text, (*SUMMARY_KEYS, *RULE_KEYS))
        ]
        for name, (names, keys) in groups.items():
            if not paths and (found := _subject_and_key(text, names, keys)):
                paths = [FigurePath(name, (found[0],), found[1])]
    paths = [path for path in paths if not (path.subject and path.subject[0] in SPECIAL_ERRORS and path.key != "dap")]
    if not paths:
        raise EvaluationError(_SETTING, _unknown(text, class_names, slice_names))
    return paths[0]


def _matching(text: str, keys: Sequence[str]) -> list[str]:
    """Return the keys that are ``text``, those of the same case first."""
    return [key for key in keys if key == text] or [key for key in keys if key.casefold() == text.casefold()]


def _subject_and_key(text: str, names: Sequence[str], keys: Sequence[str]) -> tuple[str, str] | None:
    """Return name and key of ``name.key``; the key holds no dot, the name may."""
    name, _, key = text.rpartition(".")
    key_found, name_found = _matching(key, keys), _matching(name, names)
    return (name_found[0], key_found[0]) if key_found and name_found else None


def _cells(text: str, labels: Sequence[str]) -> list[FigurePath]:
    """Return the cell that ``truth.predicted`` names, at whichever dot both sides are labels."""
    parts = text.split(".")
    splits = ((".".join(parts[:at]), ".".join(parts[at:])) for at in range(1, len(parts)))
    return [
        FigurePath("confusion", (truth[0], predicted[0]), "")
        for one, other in splits
        if (truth := _matching(one, labels)) and (predicted := _matching(other, labels))
    ]


def _unknown(text: str, class_names: Sequence[str], slice_names: Sequence[str]) -> str:
    known = [*SUMMARY_KEYS]
    known += [f"classes.{name}.{key}" for name in class_names for key in ("ap", "precision", "recall", "f1")]
    known += [f"errors.{name}.dap" for name in ERROR_NAMES.values()] + [f"slices.{name}.f1" for name in slice_names]
    near = difflib.get_close_matches(text, known, n=_MOST_NEAR, cutoff=0.5)
    return f"there is no figure {text!r}; " + (f"near: {', '.join(near)}" if near else f"there are {', '.join(SUMMARY_KEYS)}")
