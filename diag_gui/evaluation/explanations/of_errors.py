"""Explanations of error types: how many there are and what repairing them would give back."""

from __future__ import annotations

from collections.abc import Mapping

from diag_gui.evaluation.explanations.explanation import Amount, Elsewhere, Explanation
from diag_gui.evaluation.explanations.figure_paths import FigurePath
from diag_gui.evaluation.explanations.of_counts import point_settings
from diag_gui.evaluation.explanations.subject import Subject
from diag_gui.evaluation.slices import SliceResult
from diag_gui.exceptions import EvaluationError

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
    return Explanation(
        figure=str(path),
        title=f"{name.capitalize()} errors " + ("at the score threshold" if is_at_score else "over all scores"),
        value=at_score if is_at_score else over_all,
        formula=f"{_RULES[name]}; the first rule that fits of background without ground truth, localization, classification, "
        "duplicate, background, both",
        settings=(*_settings(subject), *(point_settings(subject)[1:2] if is_at_score else ())),
        used=tuple(Amount(f"{kind} errors", _counts(subject, at_score=is_at_score)[kind]) for kind in _RULES),
        ignored=_left_out(subject, None, by_score=is_at_score),
        terms=(),
        source=SOURCE,
        elsewhere=(Elsewhere(*_other_scores(subject, is_at_score), over_all if is_at_score else at_score),),
    )


def explain_class_error(path: FigurePath, subject: Subject, class_row: int) -> Explanation:
    """Explain the count of an error type in one class, or what it costs its AP."""
    class_name, name = path.subject[0], path.subject[2]
    costs = subject.costs
    if path.key == "dap":
        before, value = float(costs.per_class.ap[class_row]), float(costs.per_class.dap(name)[class_row])
        fixed = float(costs.per_class.fixed[name][class_row])
        used = [Amount("AP of the class now", before), Amount("AP with it repaired in all classes", fixed)]
        if name in _RULES:
            used.append(Amount(f"{name} errors of the class, of all scores", int(costs.per_class.count[name][class_row])))
        return Explanation(
            figure=str(path),
            title=f"AP of {class_name} that repairing {name.replace('_', ' ')} errors alone would give back",
            value=value,
            formula=_cost_formula(name),
            settings=(*_settings(subject), _EVERY_SCORE),
            used=tuple(used),
            ignored=_left_out(subject, class_row, by_score=False),
            terms=(),
            source=SOURCE,
            elsewhere=(Elsewhere("all classes", "the rise of the mean AP over classes", costs.dap[name]),),
        )
    at_score = {kind: int(n[class_row]) for kind, n in subject.class_errors_at_score.items()}
    over_all = {kind: int(n[class_row]) for kind, n in costs.per_class.count.items()}
    is_at_score = path.key == "count_at_score"
    asked, whole = (at_score, subject.evaluation.count_at_score) if is_at_score else (over_all, costs.count)
    return Explanation(
        figure=str(path),
        title=f"{name.capitalize()} errors of {class_name} " + ("at the score threshold" if is_at_score else "over all scores"),
        value=asked[name],
        formula=f"{_RULES[name]}; an error counts for the class of the label it aims at, else for the one predicted",
        settings=(*_settings(subject), *(point_settings(subject)[1:2] if is_at_score else ())),
        used=tuple(Amount(f"{kind} errors", n) for kind, n in asked.items()),
        ignored=_left_out(subject, class_row, by_score=is_at_score),
        terms=(),
        source=SOURCE,
        elsewhere=(
            Elsewhere(*_other_scores(subject, is_at_score), (over_all if is_at_score else at_score)[name]),
            Elsewhere("all classes", "errors of the type in the whole run", whole[name]),
        ),
    )


def explain_slice_error(path: FigurePath, subject: Subject, result: SliceResult) -> Explanation:
    """Explain the count of an error type inside a slice, or what it costs its AP."""
    name = path.subject[2]
    if result.errors is None:
        raise EvaluationError(
            "--explain", f"{path} is there only with --errors, and where predictions have what the slice asks for"
        )
    found = getattr(result.errors, path.key)
    by_key: dict[str, Mapping[str, float]] = {
        "count": subject.costs.count,
        "count_at_score": subject.evaluation.count_at_score,
        "dap": subject.costs.dap,
    }
    is_cost, is_at_score = path.key == "dap", path.key == "count_at_score"
    said = {"count": "over all scores", "count_at_score": "at the score threshold", "dap": "what repairing them would give back"}
    return Explanation(
        figure=str(path),
        title=f"{name.replace('_', ' ').capitalize()} errors in the slice {result.name}: {said[path.key]}",
        value=found[name],
        formula=(_cost_formula(name) if is_cost else _RULES[name]) + _INSIDE[result.kind],
        settings=(*_settings(subject), point_settings(subject)[1] if is_at_score else _EVERY_SCORE, ("slice", result.expression)),
        used=tuple(Amount(f"{kind} errors" if not is_cost else kind.replace("_", " "), n) for kind, n in found.items()),
        ignored=(),
        terms=(),
        source=SOURCE,
        elsewhere=(Elsewhere("the whole run", "inside and outside of the slice", by_key[path.key][name]),),
    )


_EVERY_SCORE = ("score", "all: the threshold plays no part")
_INSIDE = {
    "image": "; matches and types are kept, and added up over the images of the slice",
    "object": "; what lies outside is ignored, everything is matched and classified again",
}


def _cost_formula(name: str) -> str:
    rise = "max(0, AP with only this repaired − AP)" if name in _RULES else "AP with only this repaired − AP"
    return f"{rise}; repaired: {_FIXES[name]}"


def _other_scores(subject: Subject, is_at_score: bool) -> tuple[str, str]:
    """Return name and rule of the count that is not asked for."""
    if is_at_score:
        return "over all scores", "every prediction is classified, whatever its score"
    return (
        f"at score ≥ {subject.params.score_threshold:g}",
        "kept predictions are classified again; what only low scores reached is then missed",
    )


def _left_out(subject: Subject, class_row: int | None, *, by_score: bool) -> tuple[Amount, ...]:
    return (*subject.left_out_predictions(class_row, by_score=by_score), *subject.left_out_ground_truth(class_row))


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
        formula=_cost_formula(name),
        settings=(*_settings(subject), _EVERY_SCORE),
        used=tuple(used),
        ignored=_left_out(subject, None, by_score=False),
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
