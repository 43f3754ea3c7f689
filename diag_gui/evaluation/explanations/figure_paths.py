"""Names of figures: the paths of the JSON document of ``evaluate``, and the short forms that people type."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
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
VARIANT_OF_CLASS = "ap_ious"
RULE_COUNTS = ("ap_gt", "ap_tp", "ap_fp")
"""What rules other than COCO's count in a class."""
_VARIANT = re.compile(r"(AP|AR)_(ious|(ious_)?max[1-9][0-9]*)")
RESAMPLED_KEYS = ("AP", "AP50", "AP75", "precision", "recall", "f1", "mf1")
"""Figures over all classes that have an interval where images were resampled."""
ERROR_KEYS = ("count", "count_at_score", "dap")
SPECIAL_ERRORS = ("false_positive", "false_negative")
SLICE_KEYS = (
    "images", "gt", "tp", "fp", "fn", "precision", "recall", "f1", "mean_iou", "ap", "ap50",
    "f1_low", "f1_high", "delta_f1", "q", "predictions", "precision_low", "precision_high", "recall_low", "recall_high", "p",
)  # fmt: skip
DIFFERENCE_KEYS = ("rest", "difference", "low", "high", "p", "q", "family")
DIFFERENCES = ("precision", "recall", "f1")
BIN_KEYS = ("low", "high", "n", "mean_score", "precision")
GATHERED_KEYS = ("n", "n_outside")
SHARES = ("ground_truth", "prediction")
"""What the confusion matrix is normalised by."""
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
        ``summary``, ``classes``, ``errors``, ``confusion``, ``calibration``, ``slices``, ``ious`` or ``dataset``.
    subject : tuple of str
        The class, error type or slice; ground truth and prediction of a confusion cell; empty for ``summary``. What lies
        deeper in the document follows: ``("car", "errors", "missed")``, ``("night", "differences", "f1")``,
        ``("bins", "3")``, ``("normalised", "prediction", "car", "bus")``.
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
    errors = {f"errors.{name}": ERROR_KEYS for name in ERROR_NAMES.values()} | {
        f"errors.{name}": ("dap",) for name in SPECIAL_ERRORS
    }
    differences = {f"differences.{name}": DIFFERENCE_KEYS for name in DIFFERENCES}
    groups: dict[str, tuple[Sequence[str], Mapping[str, Sequence[str]]]] = {
        "classes": (class_names, {"": (*CLASS_KEYS, VARIANT_OF_CLASS, *RULE_COUNTS), **errors}),
        "errors": ((*ERROR_NAMES.values(), *SPECIAL_ERRORS), {"": ERROR_KEYS}),
        "slices": (slice_names, {"": SLICE_KEYS, **errors, **differences}),
    }
    group, _, rest = text.partition(".")
    if group in groups:
        paths = _below(group, rest, *groups[group])
    elif group == "confusion":
        paths = _shares(rest, (*class_names, BACKGROUND)) or _cells(rest, (*class_names, BACKGROUND))
    elif group == "calibration":
        paths = _of_calibration(rest)
    elif group == "ious":
        place, _, key = rest.partition(".")
        paths = [FigurePath(group, (place,), found) for found in _matching(key, ("ap", "ar")) if place.isdecimal()]
    elif group == "dataset":
        paths = [FigurePath("dataset", (), key) for key in _matching(rest, DATASET_KEYS)]
    else:
        short = rest if group == "summary" else text
        paths = [FigurePath("summary", (), key) for key in _matching(short, (*SUMMARY_KEYS, *RULE_KEYS))]
        if not paths and (is_variant(short) or is_interval_end(short)):
            paths = [FigurePath("summary", (), short)]
        for name, (names, keys) in groups.items():
            paths = paths or _below(name, text, names, keys)
    paths = [path for path in paths if not (path.subject and path.subject[0] in SPECIAL_ERRORS and path.key != "dap")]
    if not paths:
        raise EvaluationError(_SETTING, _unknown(text, class_names, slice_names))
    return paths[0]


def _below(group: str, text: str, names: Sequence[str], keys_below: Mapping[str, Sequence[str]]) -> list[FigurePath]:
    """Return the figure of ``name.key``, or deeper of ``name.errors.missed.key``; the name may hold dots."""
    for below, keys in keys_below.items():
        name, _, key = text.rpartition(".")
        if below and not name.endswith(f".{below}"):
            continue
        name = name.removesuffix(f".{below}") if below else name
        if (found := _matching(name, names)) and (key_found := _matching(key, keys)):
            return [FigurePath(group, (found[0], *filter(None, below.split("."))), key_found[0])]
    return []


def _of_calibration(text: str) -> list[FigurePath]:
    """Return the figure of ``n``, or of a bin: ``bins.3.precision``."""
    parts = text.split(".")
    if len(parts) == 3 and parts[0] == "bins" and parts[1].isdecimal():
        return [FigurePath("calibration", ("bins", parts[1]), key) for key in _matching(parts[2], BIN_KEYS)]
    return [FigurePath("calibration", (), key) for key in _matching(text, GATHERED_KEYS)]


def _shares(text: str, labels: Sequence[str]) -> list[FigurePath]:
    """Return the normalised cell that ``normalised.prediction.truth.predicted`` names."""
    first, _, rest = text.partition(".")
    by, _, cell = rest.partition(".")
    if first != "normalised" or by not in SHARES:
        return []
    return [FigurePath("confusion", (first, by, *path.subject), "") for path in _cells(cell, labels)]


def is_variant(key: str) -> bool:
    """Return whether it is AP or AR over IoU thresholds or limits that somebody asked for: ``AP_ious``, ``AR_max7``."""
    return _VARIANT.fullmatch(key) is not None


def is_interval_end(key: str) -> bool:
    """Return whether it is an end of the interval of a figure over all classes: ``AP_low``, ``f1_high``."""
    return key.rpartition("_")[0] in RESAMPLED_KEYS and key.endswith(("_low", "_high"))


def _matching(text: str, keys: Sequence[str]) -> list[str]:
    """Return the keys that are ``text``, those of the same case first."""
    return [key for key in keys if key == text] or [key for key in keys if key.casefold() == text.casefold()]


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
