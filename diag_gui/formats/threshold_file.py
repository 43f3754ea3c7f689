"""Score thresholds as JSON: for deployment, and as part of the document of ``evaluate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from diag_gui.data.dataset import Dataset
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.thresholds import ChosenThresholds
from diag_gui.formats.report_figures import settings_of

DOCUMENT_VERSION = 1

_COLUMNS = {"score": "score", "precision": "precision", "recall": "recall", "f1": "f1", "tp": "tp", "fp": "fp", "gt": "n_gt"}
_WHERE_TIES = {
    "best f1": "the score with the greatest F1; of several the highest",
    "precision": "of the scores with at least this precision the one with the greatest recall; of several the highest",
    "recall": "the highest score with at least this recall",
}


def thresholds_document(
    dataset: Dataset, runs: Sequence[tuple[str, ChosenThresholds]], params: EvaluationParams, where: str | None = None
) -> dict[str, Any]:
    """Return what ``--thresholds FILE`` holds: per run a score for every class, with what it reaches and on how much.

    Parameters
    ----------
    dataset : Dataset
    runs : sequence of (name, ChosenThresholds)
        All of one rule; at least one.
    params : EvaluationParams
    where : str or None
        The expression that restricted the images.
    """
    return {
        "version": DOCUMENT_VERSION,
        "settings": settings_of(params) | {"where": where},
        "rule": rule_document(runs[0][1]),
        "kept": "score >= threshold",
        "runs": [{"name": name} | scores_by_name(dataset, chosen) | thresholds_of_run(dataset, chosen) for name, chosen in runs],
    }


def rule_document(chosen: ChosenThresholds) -> dict[str, Any]:
    """Return what the thresholds were chosen by."""
    return {"name": chosen.rule.name, "wanted": chosen.rule.wanted, "says": _WHERE_TIES[chosen.rule.name]}


def scores_by_name(dataset: Dataset, chosen: ChosenThresholds) -> dict[str, Any]:
    """Return one number per class name, undefined where nothing reaches what is wanted: what a program needs.

    Notes
    -----
    Where classes share a name their ids are added to it, so that no threshold stands for another class.
    """
    times = Counter(dataset.classes.name)
    names = [
        name if times[name] == 1 else f"{name} (id {class_id})"
        for name, class_id in zip(dataset.classes.name, dataset.classes.class_id.tolist(), strict=True)
    ]
    return {"scores": dict(zip(names, chosen.score[:-1].tolist(), strict=True))}


def thresholds_of_run(dataset: Dataset, chosen: ChosenThresholds) -> dict[str, Any]:
    """Return all classes together and every class in order of id: score, what it reaches, and its ground truth."""
    records = [
        dict(zip(_COLUMNS, values, strict=True))
        for values in zip(*(getattr(chosen, name).tolist() for name in _COLUMNS.values()), strict=True)
    ]
    ids, names = dataset.classes.class_id.tolist(), dataset.classes.name
    return {
        "all_classes": records[-1],
        "classes": [
            {"id": class_id, "name": name} | record for class_id, name, record in zip(ids, names, records[:-1], strict=True)
        ],
    }
