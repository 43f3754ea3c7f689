"""What was decided and found no place in the loaded data, in words: it is kept, and it is never silent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from diag_gui.data.read_report import ProblemGroup, ReadReport
from diag_gui.review.attach import ReviewState, Unattached
from diag_gui.review.keys import AnnotationKey, ImageKey, PredictionKey, Target

CODE = "decision-without-place"
FORMAT = "project"
_EXAMPLES = 3


def account_of(state: ReviewState, project: Path) -> ReadReport:
    """Return how many decisions of a project found their object, as of any file that is read.

    Parameters
    ----------
    state : ReviewState
    project : Path
        Its file.

    Returns
    -------
    ReadReport
        A record is an object that something was decided about. Dropped means not shown: the project keeps it.
    """
    n, lost = len(state.decisions), len(state.unattached)
    examples = tuple(f"{project.name}: {described(one.target)}: {one.reason}" for one in state.unattached[:_EXAMPLES])
    groups = (ProblemGroup(CODE, lost, True, examples),) if lost else ()
    return ReadReport(project, FORMAT, "", n, n - lost, lost, groups)


def sentence_of(state: ReviewState) -> str:
    """Return ``13 decisions found no place: …`` with the reasons; empty if all found theirs.

    Parameters
    ----------
    state : ReviewState
    """
    n = len(state.unattached)
    if not n:
        return ""
    reasons = Counter(one.reason for one in state.unattached).most_common()
    why = "; ".join(reason if count == n else f"{count:,} × {reason}" for reason, count in reasons)
    return f"{n:,} decision{'' if n == 1 else 's'} found no place: {why}"


def details_of(state: ReviewState) -> str:
    """Return one line per decision that found no place.

    Parameters
    ----------
    state : ReviewState
    """
    return "\n".join(f"{described(one.target)}: {_said(one)}: {one.reason}" for one in state.unattached)


def unplaced_json(state: ReviewState) -> list[dict[str, Any]]:
    """Return the objects without a place, each as its key with ``tags``, ``note``, ``verdict`` and ``reason``.

    Parameters
    ----------
    state : ReviewState
    """
    return [
        one.target.to_json()
        | {"tags": list(one.decision.tags), "note": one.decision.note, "verdict": one.decision.verdict, "reason": one.reason}
        for one in state.unattached
    ]


def described(target: Target) -> str:
    """Return an object in words: ``a.jpg: prediction car 0.87 at 10, 20, 30 × 40``.

    Parameters
    ----------
    target : ImageKey, AnnotationKey, PredictionKey or PairKey
    """
    if isinstance(target, ImageKey):
        return f"{target.path}: the image"
    if isinstance(target, AnnotationKey):
        return f"{target.image.path}: label {_object(target.class_name, target.xywh)}"
    if isinstance(target, PredictionKey):
        return f"{target.image.path}: prediction {_object(target.class_name, target.xywh, target.score)}"
    label, prediction = target.annotation, target.prediction
    return (
        f"{target.image.path}: label {_object(label.class_name, label.xywh)} "
        f"with prediction {_object(prediction.class_name, prediction.xywh, prediction.score)}"
    )


def _object(class_name: str, xywh: tuple[float, float, float, float], score: float | None = None) -> str:
    x, y, w, h = (f"{value:.6g}" for value in xywh)
    figure = "" if score is None else f" {score:.3g}"
    return f"{class_name}{figure} at {x}, {y}, {w} × {h}"


def _said(one: Unattached) -> str:
    decision = one.decision
    words = [*decision.tags, *([decision.verdict] if decision.verdict else []), *([decision.note] if decision.note else [])]
    return ", ".join(words)
