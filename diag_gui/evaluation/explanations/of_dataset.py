"""Explanations of how much was loaded."""

from __future__ import annotations

from diag_gui.evaluation.explanations.explanation import Amount, Explanation
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.subject import Subject

_TITLES = {
    "images": "Images of the dataset",
    "classes": "Classes of the dataset",
    "ground_truth": "Ground truth that was loaded",
    "predictions": "Predictions of this run that were loaded",
}


def explain_dataset(path: FigurePath, subject: Subject) -> Explanation:
    """Explain how much of something was loaded."""
    dataset, predictions = subject.facts.dataset, subject.facts.run.predictions
    values = {
        "images": len(dataset.images),
        "classes": len(dataset.classes),
        "ground_truth": len(dataset.ground_truth),
        "predictions": len(predictions),
    }
    source = subject.facts.run.source if path.key == "predictions" else dataset.source
    return Explanation(
        figure=str(path),
        title=_TITLES[path.key],
        value=values[path.key],
        formula="records of the file that were loaded; loaded + dropped = records, see `read` for both",
        settings=(("file", source.path.name), ("format", source.format), ("sha256", source.sha256)),
        used=(Amount("loaded", values[path.key]),),
        ignored=(),
        terms=(),
        source="the file",
        elsewhere=(),
    )
