"""Decisions laid onto the loaded data: what is tagged, noted and judged, row by row, and what found no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TypeAlias, TypeVar

import numpy as np

from diag_gui.data.arrays import AnyArray, IntArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.decision_rows import PAIR_KINDS, predictions_about, rows_on_images
from diag_gui.evaluation.outcomes import Outcomes
from diag_gui.review.decisions import Decision, Decisions
from diag_gui.review.events import Operation
from diag_gui.review.keys import Target
from diag_gui.review.places import Place, Places, Resolver

Spot: TypeAlias = tuple[str, int, int]
"""``("image", 0, row)``, ``("gt", 0, row)`` or ``("pred", run index, row)``."""

NOTHING = Decision()

_Row = TypeVar("_Row", int, tuple[int, int])


@dataclass(frozen=True, slots=True)
class Unattached:
    """A decision whose object is not in the loaded data. It is kept, and listed.

    Attributes
    ----------
    target : Target
    decision : Decision
    reason : str
        Why it has no place.
    """

    target: Target
    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How much was decided, over all objects of the project.

    Attributes
    ----------
    reviewed : int
        Objects with a tag or a verdict.
    tagged : dict of str to int
        Objects per tag.
    verdicts : dict of str to int
        Objects per verdict.
    notes, unattached : int
    """

    reviewed: int
    tagged: dict[str, int]
    verdicts: dict[str, int]
    notes: int
    unattached: int


@dataclass(frozen=True, slots=True, eq=False)
class ReviewState:
    """What was decided about every row of the loaded data.

    Attributes
    ----------
    decisions : Decisions
    places : Places
    targets_at : mapping of Spot to tuple of Target
        What shows at a row: the object itself and the pairs it is in.
    images, ground_truth : mapping of int to Decision
        By image row and ground truth row.
    predictions : mapping of (int, int) to Decision
        By run index and prediction row.
    unattached : tuple of Unattached
    """

    decisions: Decisions = field(default_factory=Decisions)
    places: Places = field(default_factory=Places)
    targets_at: Mapping[Spot, tuple[Target, ...]] = field(default_factory=dict)
    images: Mapping[int, Decision] = field(default_factory=dict)
    ground_truth: Mapping[int, Decision] = field(default_factory=dict)
    predictions: Mapping[tuple[int, int], Decision] = field(default_factory=dict)
    unattached: tuple[Unattached, ...] = ()

    def holders(self, outcome_row: int, outcomes: Outcomes, run_index: int) -> tuple[Target, ...]:
        """Return the objects whose decisions show at an outcome.

        Parameters
        ----------
        outcome_row : int
        outcomes : Outcomes
            Of the run ``run_index``.
        run_index : int
            Place of the run among those given to `attach`.

        Notes
        -----
        A prediction that aims at a label shows what was decided about that label too, so that a tag on a missed label
        stays in sight when a lower score threshold turns it into a localization error.
        """
        n_predictions = outcomes.n_predictions
        if outcome_row >= n_predictions:
            return self.targets_at.get(("gt", 0, outcome_row - n_predictions), ())
        shown = self.targets_at.get(("pred", run_index, outcome_row), ())
        if outcomes.kind[outcome_row] in PAIR_KINDS:
            label = self.places.key_at.get(int(outcomes.target_of(np.array([outcome_row]))[0]))
            if label is not None and label in self.decisions:
                return (*shown, label)
        return shown

    def badges(self, outcome_rows: AnyArray | Sequence[int], outcomes: Outcomes, run_index: int) -> list[Decision | None]:
        """Return what was decided about outcomes; meant for the rows in sight.

        Parameters
        ----------
        outcome_rows : sequence of int
        outcomes : Outcomes
            Of the run ``run_index``.
        run_index : int

        Returns
        -------
        list of Decision or None
            None where nothing was decided.
        """
        rows = np.asarray(outcome_rows, dtype=np.int64).tolist()
        if not self.decisions:
            return [None] * len(rows)
        shown = [self._joined(self.holders(row, outcomes, run_index)) for row in rows]
        return [None if decision.is_empty else decision for decision in shown]

    def marked_outcome_rows(self, outcomes: Outcomes, run_index: int, tag: str | None = None) -> IntArray:
        """Return the outcomes that show a tag, as `diag_gui.evaluation.decision_rows` says.

        Parameters
        ----------
        outcomes : Outcomes
            Of the run ``run_index``.
        run_index : int
        tag : str, optional
            This one; by default any tag, or a verdict.

        Returns
        -------
        ndarray of int32, shape (N,)
            Ascending.
        """
        n_predictions = outcomes.n_predictions
        own = [row for (run, row), decision in self.predictions.items() if run == run_index and _shows(decision, tag)]
        labels = [row + n_predictions for row, decision in self.ground_truth.items() if _shows(decision, tag)]
        alone = [row for row, key in self.places.key_at.items() if _shows(self.decisions.about(key), tag)]
        images = [row for row, decision in self.images.items() if _shows(decision, tag)]
        rows: list[AnyArray] = [np.array(own, dtype=np.int64), np.array(labels, dtype=np.int64)]
        rows += [predictions_about(outcomes, alone), rows_on_images(outcomes, images)]
        return np.unique(np.concatenate(rows)).astype(np.int32)

    def image_tags(self, *, with_objects: bool = False) -> dict[int, tuple[str, ...]]:
        """Return the tags of each image that has any.

        Parameters
        ----------
        with_objects : bool
            Whether a tag on something on the image counts as well.

        Returns
        -------
        dict of int to tuple of str
            By image row.
        """
        tags: dict[int, dict[str, None]] = {}
        for target, decision in self.decisions.items():
            place = self.places.of.get(target)
            if place is not None and decision.tags and (with_objects or _is_image(place)):
                tags.setdefault(place.image_row, {}).update(dict.fromkeys(decision.tags))
        return {row: tuple(names) for row, names in tags.items()}

    def counts(self) -> ReviewCounts:
        """Return how much was decided, also about what is not in the loaded data."""
        return count_decisions(self.decisions, len(self.unattached))

    def _joined(self, targets: tuple[Target, ...]) -> Decision:
        return reduce(Decision.joined, (self.decisions.about(target) for target in targets), NOTHING)


def attach(decisions: Decisions, dataset: Dataset, runs: Sequence[Run], *, resolver: Resolver | None = None) -> ReviewState:
    """Lay decisions onto loaded data.

    Parameters
    ----------
    decisions : Decisions
    dataset : Dataset
    runs : sequence of Run
    resolver : Resolver, optional
        Of the same dataset and runs, where there is one already.

    Returns
    -------
    ReviewState
        Labels are found by exact key, then by the same file id at IoU >= .9, then by the best IoU >= .7 of the same class,
        one to one. What is left is in ``unattached``.
    """
    resolver = resolver or Resolver(dataset, runs)
    places = resolver.find(decisions.mentioned)
    state = ReviewState(decisions, places)
    return _laid_out(state, decisions)


def apply(state: ReviewState, operations: Iterable[Operation], resolver: Resolver) -> ReviewState:
    """Return the state after further operations, touching only the rows they are about.

    Parameters
    ----------
    state : ReviewState
    operations : iterable of Operation
        As stored, later than all applied so far.
    resolver : Resolver
        Of the same dataset and runs as ``state``.
    """
    listed = list(operations)
    decisions = state.decisions.apply(listed)
    touched = dict.fromkeys(event.target for operation in listed for event in operation.events)
    new = [target for target in touched if target not in state.places.of]
    found = resolver.find_exactly(new)
    competes = any(state.places.key_at.get(row, key) != key for row, key in found.key_at.items())
    if found.reasons or competes:
        # Somebody decided on another version of the labels: all decisions compete for them anew.
        return attach(decisions, resolver.labels.dataset, (), resolver=resolver)
    places = state.places
    if new:
        places = Places({**places.of, **found.of}, places.reasons, {**places.key_at, **found.key_at})
    return _laid_out(replace(state, decisions=decisions, places=places), touched)


def count_decisions(decisions: Decisions, n_unattached: int = 0) -> ReviewCounts:
    """Return how much was decided.

    Parameters
    ----------
    decisions : Decisions
    n_unattached : int
        How many of them found no place.
    """
    everything = decisions.values()
    return ReviewCounts(
        reviewed=sum(decision.is_reviewed for decision in everything),
        tagged=dict(Counter(name for decision in everything for name in decision.tags)),
        verdicts=dict(Counter(decision.verdict for decision in everything if decision.verdict is not None)),
        notes=sum(decision.note is not None for decision in everything),
        unattached=n_unattached,
    )


def _laid_out(state: ReviewState, touched: Iterable[Target]) -> ReviewState:
    """Return the state with the rows of the touched objects brought up to date."""
    targets_at = dict(state.targets_at)
    images, ground_truth, predictions = dict(state.images), dict(state.ground_truth), dict(state.predictions)
    spots: dict[Spot, None] = {}
    for target in touched:
        stands = target in state.decisions
        for spot in _spots(state.places.of.get(target)):
            spots[spot] = None
            shown = targets_at.get(spot, ())
            if stands and target not in shown:
                targets_at[spot] = (*shown, target)
            elif not stands and target in shown:
                targets_at[spot] = tuple(other for other in shown if other != target)
    for spot in spots:
        kind, run_index, row = spot
        shown = targets_at.get(spot, ())
        if not shown:
            targets_at.pop(spot, None)
        decision = reduce(Decision.joined, (state.decisions[target] for target in shown), NOTHING)
        if kind == "pred":
            _set(predictions, (run_index, row), decision)
        else:
            _set(images if kind == "image" else ground_truth, row, decision)
    unattached = tuple(
        Unattached(target, state.decisions[target], reason)
        for target, reason in state.places.reasons.items()
        if target in state.decisions
    )
    return replace(
        state, targets_at=targets_at, images=images, ground_truth=ground_truth, predictions=predictions, unattached=unattached
    )


def _spots(place: Place | None) -> list[Spot]:
    if place is None:
        return []
    if _is_image(place):
        return [("image", 0, place.image_row)]
    spots: list[Spot] = [("gt", 0, place.gt_row)] if place.gt_row >= 0 else []
    # One file opened as two runs shows its decisions in both.
    return spots + [("pred", index, row) for index, row in place.predictions]


def _is_image(place: Place) -> bool:
    return place.gt_row < 0 and not place.predictions


def _shows(decision: Decision, tag: str | None) -> bool:
    return decision.is_reviewed if tag is None else tag in decision.tags


def _set(mapping: dict[_Row, Decision], key: _Row, decision: Decision) -> None:
    if decision.is_empty:
        mapping.pop(key, None)
    else:
        mapping[key] = decision
