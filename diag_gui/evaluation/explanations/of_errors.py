"""Explanations of error types: how many there are and what repairing them would give back."""

from __future__ import annotations

from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.of_counts import point_settings
from diag_gui.evaluation.explanations.subject import Subject

SOURCE = "Bolya et al., TIDE: A General Toolbox for Identifying Object Detection Errors, ECCV 2020; checked against tidecv 1.0.1."

_RULES = {
    "missed": "ground truth neither matched nor reachable by repairing a localization or classification error",
    "background": "no ground truth in the image, or the best IoU with any is at most t_b",
    "localization": "best IoU with ground truth of its class from t_b to t_f",
    "classification": "best IoU with ground truth of another class at least t_f",
    "both": "none of the other rules fits: wrong class and too little overlap",
    "duplicate": "IoU with ground truth of its class at least t_f, but that one is taken by a higher score",
}
_FIXES = {
    "missed": "the missed labels are taken out of the ground truth",
    "background": "these predictions are removed",
    "localization": "each becomes a true positive where its ground truth is free (of several the highest score), else is removed",
    "classification": "each becomes a true positive of its ground truth's class where that one is free (of several the highest "
    "score), else is removed",
    "both": "these predictions are removed",
    "duplicate": "these predictions are removed",
    "false_positive": "every true positive ranks before every false one",
    "false_negative": "every unmatched label is taken out of the ground truth",
}


def explain_error(path: FigurePath, subject: Subject) -> Explanation:
    """Explain the count of an error type, at the score threshold or over all scores, or what it costs in AP."""
    (name,) = path.subject
    if path.key == "dap":
        return _cost(path, subject, name)
    at_score = subject.evaluation.count_at_score[name]
    over_all = subject.costs.count[name]
    is_at_score = path.key == "count_at_score"
    other = ("over all scores", "every prediction is classified, whatever its score", over_all)
    if not is_at_score:
        other = (
            f"at score ≥ {subject.params.score_threshold:g}",
            "kept predictions are classified again; what only low scores reached is then missed",
            at_score,
        )
    return Explanation(
        figure=str(path),
        title=f"{name.capitalize()} errors " + ("at the score threshold" if is_at_score else "over all scores"),
        value=at_score if is_at_score else over_all,
        formula=f"{_RULES[name]}; the first rule that fits of background without ground truth, localization, classification, "
        "duplicate, background, both",
        settings=(*_settings(subject), *(point_settings(subject)[1:2] if is_at_score else ())),
        used=tuple(Amount(f"{kind} errors", _counts(subject, at_score=is_at_score)[kind]) for kind in _RULES),
        ignored=(
            *subject.left_out_predictions(None, by_score=is_at_score),
            *subject.left_out_ground_truth(None),
        ),
        terms=(),
        source=SOURCE,
        elsewhere=(Elsewhere(*other),),
    )


def _cost(path: FigurePath, subject: Subject, name: str) -> Explanation:
    costs = subject.costs
    value = costs.dap[name]
    is_clamped = name in _RULES
    used = [Amount("AP now", costs.ap, "mean over classes at this IoU"), Amount("AP with it repaired", costs.ap + value)]
    if is_clamped:
        used.append(Amount(f"{name} errors, of all scores", costs.count[name]))
    total = sum(costs.dap[kind] for kind in _RULES)
    return Explanation(
        figure=str(path),
        title=f"AP that repairing {name.replace('_', ' ')} errors alone would give back",
        value=value,
        formula=("max(0, AP with only this repaired − AP)" if is_clamped else "AP with only this repaired − AP")
        + f"; repaired: {_FIXES[name]}",
        settings=(*_settings(subject), ("score", "all: the threshold plays no part")),
        used=tuple(used),
        ignored=(*subject.left_out_predictions(None, by_score=False), *subject.left_out_ground_truth(None)),
        terms=(),
        source=SOURCE,
        elsewhere=(
            Elsewhere("1 − AP", "all that is missing to a perfect AP; the costs of the types do not add up to it", 1 - costs.ap),
            Elsewhere("sum over the six types", "each repaired alone; together they overlap", total),
        ),
    )


def _settings(subject: Subject) -> tuple[tuple[str, str], ...]:
    return (
        *subject.common_settings(),
        ("IoU (t_f)", f"{subject.params.iou_threshold:g}"),
        ("background IoU (t_b)", f"{subject.params.background_iou:g}"),
    )


def _counts(subject: Subject, *, at_score: bool) -> dict[str, int]:
    return subject.evaluation.count_at_score if at_score else subject.costs.count
