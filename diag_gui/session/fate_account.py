"""Where the counts of fates come from: accounts of what stands between two runs, which no document of one run holds."""

from __future__ import annotations

from diag_gui.evaluation.explanations.explanation import Amount, Explanation
from diag_gui.evaluation.fates import GT_FATES
from diag_gui.exceptions import EvaluationError
from diag_gui.session.open_runs import SideBySide

FATES = "fates"
_FALSE_POSITIVES, _FOUND_IN = "false_positives", "found_in"
_SOURCE = (
    "A label is the same object in every run: found where a true positive is matched to it, else reached by the localization or "
    "classification error of highest score that aims at it, else missed. Predictions of two runs correspond by class and "
    "IoU, one to one, the greatest IoU first."
)


def explain_fate(figure: str, shown: SideBySide) -> Explanation:
    """Return the account of a count of fates.

    Parameters
    ----------
    figure : str
        ``fates.WAS.IS``, ``fates.false_positives.new``, ``.still``, ``.gone``, or ``fates.found_in.K``.
    shown : SideBySide

    Raises
    ------
    EvaluationError
        If there is no such count.
    """
    parts = figure.split(".")[1:]
    if len(parts) == 2 and set(parts) <= set(GT_FATES):
        return _of_label(figure, parts[0], parts[1], shown)
    if len(parts) == 2 and parts[0] == _FALSE_POSITIVES and parts[1] in ("new", "still", "gone"):
        return _of_false_positives(figure, parts[1], shown)
    if len(parts) == 2 and parts[0] == _FOUND_IN and parts[1].isdecimal() and int(parts[1]) < len(shown.found_in):
        return _of_found_in(figure, int(parts[1]), shown)
    raise EvaluationError("--explain", f"there is no count {figure!r}")


def _names(shown: SideBySide) -> tuple[str, str]:
    return shown.runs[shown.compared].facts.run.name, shown.runs[shown.active].facts.run.name


def _settings(shown: SideBySide) -> tuple[tuple[str, str], ...]:
    before, now = _names(shown)
    params = shown.params
    return (
        ("from", before),
        ("to", now),
        ("IoU", f"≥ {params.iou_threshold:g}"),
        ("score", f"≥ {params.score_threshold:g}"),
        ("task", params.task),
        ("images", f"{shown.runs[shown.active].evaluation.totals.n_images:,}"),
    )


def _of_label(figure: str, was: str, is_now: str, shown: SideBySide) -> Explanation:
    before, now = _names(shown)
    table = shown.matrix.ground_truth
    row, column = GT_FATES.index(was), GT_FATES.index(is_now)
    return Explanation(
        figure=figure,
        title=f"Labels: {was} in {before}, {is_now} in {now}",
        value=int(table[row, column]),
        formula="labels that count in both runs, by what became of each",
        settings=_settings(shown),
        used=(
            Amount(f"{was} in {before}", int(table[row].sum()), "the row"),
            Amount(f"{is_now} in {now}", int(table[:, column].sum()), "the column"),
            Amount("labels that count", int(table.sum()), "crowds and ignored ones left out"),
        ),
        ignored=(),
        terms=tuple(Amount(f"now {name}", int(table[row, place]), f"was {was}") for place, name in enumerate(GT_FATES)),
        source=_SOURCE,
        elsewhere=(),
    )


def _of_false_positives(figure: str, which: str, shown: SideBySide) -> Explanation:
    before, now = _names(shown)
    matrix = shown.matrix
    formulas = {
        "new": f"errors of {now} about their prediction whose prediction in {before} is right, ignored, or not there",
        "still": f"errors of {now} about their prediction that correspond to such an error of {before}",
        "gone": f"errors of {before} about their prediction that correspond to none of {now}",
    }
    counts = {"new": matrix.new, "still": matrix.still, "gone": matrix.gone}
    return Explanation(
        figure=figure,
        title=f"False positives from {before} to {now}: {which}",
        value=counts[which],
        formula=formulas[which],
        settings=_settings(shown),
        used=tuple(Amount(name, n, formulas[name]) for name, n in counts.items() if name != which),
        ignored=(),
        terms=(),
        source=_SOURCE,
        elsewhere=(),
    )


def _of_found_in(figure: str, k: int, shown: SideBySide) -> Explanation:
    n_runs = len(shown.runs)
    return Explanation(
        figure=figure,
        title=f"Labels found by exactly {k} of {n_runs} runs",
        value=shown.found_in[k],
        formula="labels that count in every run, by how many of the runs find them",
        settings=_settings(shown)[2:],
        used=tuple(Amount(run.facts.run.name, run.evaluation.totals.tp, "labels found") for run in shown.runs),
        ignored=(),
        terms=tuple(Amount(f"by {place} of {n_runs}", n, "") for place, n in enumerate(shown.found_in)),
        source=_SOURCE,
        elsewhere=(),
    )
