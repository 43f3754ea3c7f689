"""From rows on screen to events: what a key press on a selection decides about, and what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from diag_gui.data.arrays import AnyArray
from diag_gui.evaluation.decision_rows import PAIR_KINDS
from diag_gui.evaluation.outcomes import Outcomes
from diag_gui.review.attach import ReviewState
from diag_gui.review.events import LABEL_IS_FINE, LABEL_IS_WRONG, Event, Verb
from diag_gui.review.keys import AnnotationKey, PairKey, Target
from diag_gui.review.places import Resolver


@dataclass(frozen=True, slots=True)
class Subject:
    """One row on screen, as decisions see it.

    Attributes
    ----------
    target : Target
        What a new decision is about.
    holders : tuple of Target
        What the decisions shown at the row are about; taking a tag off takes it off all of them.
    """

    target: Target
    holders: tuple[Target, ...]


def subjects_of_outcomes(
    state: ReviewState, resolver: Resolver, outcomes: Outcomes, outcome_rows: AnyArray | Sequence[int], run_index: int
) -> list[Subject]:
    """Return what decisions on outcomes are about.

    Parameters
    ----------
    state : ReviewState
    resolver : Resolver
    outcomes : Outcomes
        Of the run ``run_index``.
    outcome_rows : sequence of int
    run_index : int

    Returns
    -------
    list of Subject
        Missed: the label. Background and duplicate: the prediction. Localization, classification, both and a true
        positive: the pair. A decision names objects and not a threshold, so it outlives every slider.
    """
    rows = np.asarray(outcome_rows, dtype=np.int64)
    n_predictions = outcomes.n_predictions
    is_label = rows >= n_predictions
    aimed_at = outcomes.target_of(rows)
    is_pair = ~is_label & np.isin(outcomes.kind[rows], np.array(PAIR_KINDS, dtype=np.uint8)) & (aimed_at >= 0)
    label_of = np.where(is_label, rows - n_predictions, np.where(is_pair, aimed_at, -1))
    prediction_of = np.where(is_label, -1, rows)
    labels = dict(zip(_known(label_of), _label_keys(state, resolver, _known(label_of)), strict=True))
    predicted = _known(prediction_of)
    predictions = dict(zip(predicted, resolver.runs[run_index].prediction_keys(predicted), strict=True))
    subjects = []
    for row, gt_row, pred_row in zip(rows.tolist(), label_of.tolist(), prediction_of.tolist(), strict=True):
        target: Target
        if gt_row >= 0 and pred_row >= 0:
            target = PairKey(labels[gt_row], predictions[pred_row])
        else:
            target = labels[gt_row] if gt_row >= 0 else predictions[pred_row]
        subjects.append(Subject(target, state.holders(row, outcomes, run_index)))
    return subjects


def subjects_of_images(state: ReviewState, resolver: Resolver, image_rows: AnyArray | Sequence[int]) -> list[Subject]:
    """Return what decisions on whole images are about."""
    subjects = []
    for row in np.asarray(image_rows, dtype=np.int64).tolist():
        shown = state.targets_at.get(("image", 0, row), ())
        subjects.append(Subject(shown[0] if shown else resolver.labels.image_key(row), shown))
    return subjects


def subjects_of_labels(state: ReviewState, resolver: Resolver, gt_rows: AnyArray | Sequence[int]) -> list[Subject]:
    """Return what decisions on labels are about, whatever their outcome."""
    rows = np.asarray(gt_rows, dtype=np.int64).tolist()
    keys = _label_keys(state, resolver, rows)
    return [Subject(key, state.targets_at.get(("gt", 0, row), ())) for row, key in zip(rows, keys, strict=True)]


def subjects_of_predictions(
    state: ReviewState, resolver: Resolver, pred_rows: AnyArray | Sequence[int], run_index: int
) -> list[Subject]:
    """Return what decisions on predictions are about, whatever their outcome."""
    rows = np.asarray(pred_rows, dtype=np.int64).tolist()
    keys = resolver.runs[run_index].prediction_keys(rows)
    return [Subject(key, state.targets_at.get(("pred", run_index, row), ())) for row, key in zip(rows, keys, strict=True)]


def add_tag(state: ReviewState, subjects: Iterable[Subject], name: str) -> list[Event]:
    """Return the events that put a tag on the rows that do not show it yet; empty if all do.

    Of a tag of `LABEL_IS_WRONG` those that take away that the label of these rows is fine come last.
    """
    missing = [subject for subject in subjects if not _holding(state, subject, name)]
    added = [Event(target, Verb.ADD_TAG, name) for target in dict.fromkeys(subject.target for subject in missing)]
    return added + (_not_fine(state, missing) if name in LABEL_IS_WRONG else [])


def remove_tag(state: ReviewState, subjects: Iterable[Subject], name: str) -> list[Event]:
    """Return the events that take a tag off all rows; empty if none shows it."""
    holding = dict.fromkeys(target for subject in subjects for target in _holding(state, subject, name))
    return [Event(target, Verb.REMOVE_TAG, name) for target in holding]


def toggle_tag(state: ReviewState, subjects: Sequence[Subject], name: str) -> list[Event]:
    """Return the events of a tag's key: put it on all rows, or take it off where all show it."""
    return add_tag(state, subjects, name) or remove_tag(state, subjects, name)


def set_verdict(state: ReviewState, subjects: Iterable[Subject], verdict: str | None) -> list[Event]:
    """Return the events that give rows a verdict (None takes it away); rows that have it already are left alone.

    Where the label is fine those that take the tags of `LABEL_IS_WRONG` off these rows come last.
    """
    subjects = list(subjects)
    given = _set(state, subjects, Verb.SET_VERDICT, verdict)
    if verdict != LABEL_IS_FINE:
        return given
    anew = [subject for subject in subjects if state.decisions.about(subject.target).verdict != verdict]
    return given + [event for name in sorted(LABEL_IS_WRONG) for event in remove_tag(state, anew, name)]


def set_note(state: ReviewState, subjects: Iterable[Subject], note: str | None) -> list[Event]:
    """Return the events that replace the note of rows (None or blank takes it away)."""
    return _set(state, subjects, Verb.SET_NOTE, note if note and note.strip() else None)


def _set(state: ReviewState, subjects: Iterable[Subject], verb: Verb, value: str | None) -> list[Event]:
    wanted: dict[Target, str | None] = {}
    for subject in subjects:
        # What other holders say would show beside or instead of the new value.
        wanted.update((holder, None) for holder in subject.holders if holder not in wanted)
        wanted[subject.target] = value
    field = "note" if verb is Verb.SET_NOTE else "verdict"
    return [
        Event(target, verb, new, getattr(state.decisions.about(target), field))
        for target, new in wanted.items()
        if getattr(state.decisions.about(target), field) != new
    ]


def _not_fine(state: ReviewState, subjects: Iterable[Subject]) -> list[Event]:
    """Return the events that take away that the label of rows is fine."""
    holders = dict.fromkeys(holder for subject in subjects for holder in subject.holders)
    fine = [holder for holder in holders if state.decisions.about(holder).verdict == LABEL_IS_FINE]
    return [Event(holder, Verb.SET_VERDICT, None, LABEL_IS_FINE) for holder in fine]


def _holding(state: ReviewState, subject: Subject, name: str) -> list[Target]:
    return [target for target in subject.holders if name in state.decisions.about(target).tags]


def _label_keys(state: ReviewState, resolver: Resolver, gt_rows: list[int]) -> list[AnnotationKey]:
    """Return the key under which a label is decided about already, else its present one."""
    fresh = [row for row in gt_rows if row not in state.places.key_at]
    made = dict(zip(fresh, resolver.labels.annotation_keys(fresh), strict=True)) if fresh else {}
    return [state.places.key_at.get(row) or made[row] for row in gt_rows]


def _known(rows: AnyArray) -> list[int]:
    return [int(row) for row in np.unique(rows[rows >= 0])]
