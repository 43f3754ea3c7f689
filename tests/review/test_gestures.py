from __future__ import annotations

import numpy as np

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.outcomes import OutcomeKind, Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.review.attach import ReviewState, apply, attach
from diag_gui.review.decisions import Decisions, fold
from diag_gui.review.events import LABEL_IS_FINE, Event, Verb
from diag_gui.review.gestures import (
    Subject,
    add_tag,
    remove_tag,
    set_note,
    set_verdict,
    subjects_of_images,
    subjects_of_labels,
    subjects_of_outcomes,
    subjects_of_predictions,
    toggle_tag,
)
from diag_gui.review.keys import AnnotationKey, ImageKey, PairKey, PredictionKey
from diag_gui.review.places import Resolver
from tests.evaluation.coco_facts import by_hand, coco_dict, dataset_from_coco, golden
from tests.review.decisions_by_hand import add, operation


class Reviewer:
    """Decides and keeps the state up to date, as the session does."""

    def __init__(self, dataset: Dataset, run: Run, score: float = 0.25) -> None:
        self.resolver = Resolver(dataset, [run])
        self.facts = prepare_run(dataset, run)
        self.outcomes: Outcomes = evaluate(self.facts, EvaluationParams(score_threshold=score)).outcomes
        self.state: ReviewState = attach(Decisions(), dataset, [run])
        self.clock = 0

    def subjects(self, *rows: int) -> list[Subject]:
        return subjects_of_outcomes(self.state, self.resolver, self.outcomes, rows, 0)

    def do(self, events: list[Event]) -> None:
        self.clock += 1
        self.state = apply(self.state, [operation("me", *events, clock=self.clock)], self.resolver)

    def tags(self, row: int) -> set[str]:
        (badge,) = self.state.badges([row], self.outcomes, 0)
        return set() if badge is None else set(badge.tag_names)

    def said(self, row: int) -> set[str]:
        """Return the tags and the verdict."""
        (badge,) = self.state.badges([row], self.outcomes, 0)
        return set() if badge is None else {*badge.tag_names, *filter(None, [badge.verdict])}

    def first(self, kind: OutcomeKind) -> int:
        return int(np.flatnonzero(self.outcomes.kind == kind)[0])


def test_a_decision_names_the_object_that_the_error_is_about() -> None:
    reviewer = Reviewer(*golden())
    expected = {
        OutcomeKind.MISSED: AnnotationKey,
        OutcomeKind.BACKGROUND: PredictionKey,
        OutcomeKind.DUPLICATE: PredictionKey,
        OutcomeKind.LOCALIZATION: PairKey,
        OutcomeKind.CLASSIFICATION: PairKey,
        OutcomeKind.TRUE_POSITIVE: PairKey,
    }
    present = [kind for kind in expected if (reviewer.outcomes.kind == kind).any()]
    assert len(present) >= 5
    subjects = reviewer.subjects(*(reviewer.first(kind) for kind in present))
    assert [type(subject.target) for subject in subjects] == [expected[kind] for kind in present]


def test_the_key_of_a_tag_puts_it_on_all_and_then_takes_it_off() -> None:
    reviewer = Reviewer(*golden())
    rows = [reviewer.first(OutcomeKind.LOCALIZATION), reviewer.first(OutcomeKind.BACKGROUND)]
    reviewer.do(toggle_tag(reviewer.state, reviewer.subjects(rows[0]), "relabel"))
    assert [reviewer.tags(row) for row in rows] == [{"relabel"}, set()]
    events = toggle_tag(reviewer.state, reviewer.subjects(*rows), "relabel")
    assert len(events) == 1
    reviewer.do(events)
    assert [reviewer.tags(row) for row in rows] == [{"relabel"}, {"relabel"}]
    reviewer.do(toggle_tag(reviewer.state, reviewer.subjects(*rows), "relabel"))
    assert [reviewer.tags(row) for row in rows] == [set(), set()]
    assert len(reviewer.state.decisions) == 0


def test_a_tag_made_at_another_threshold_is_seen_and_taken_off() -> None:
    dataset, run = by_hand(1, 1, [(1, 1, 10, 10, 50, 50)], [(1, 1, 35, 10, 50, 50, 0.3)])
    reviewer = Reviewer(dataset, run, score=0.5)
    missed = reviewer.first(OutcomeKind.MISSED)
    reviewer.do(add_tag(reviewer.state, reviewer.subjects(missed), "relabel"))
    reviewer.outcomes = evaluate(reviewer.facts, EvaluationParams(score_threshold=0.2)).outcomes
    localization = reviewer.first(OutcomeKind.LOCALIZATION)
    assert reviewer.tags(localization) == {"relabel"}
    assert add_tag(reviewer.state, reviewer.subjects(localization), "relabel") == []
    reviewer.do(toggle_tag(reviewer.state, reviewer.subjects(localization), "relabel"))
    assert reviewer.tags(missed) == reviewer.tags(localization) == set()


def test_verdict_and_note_replace_what_showed() -> None:
    reviewer = Reviewer(*golden())
    row = reviewer.first(OutcomeKind.LOCALIZATION)
    label = int(reviewer.outcomes.target[row])
    on_label = subjects_of_labels(reviewer.state, reviewer.resolver, [label])
    reviewer.do(set_note(reviewer.state, on_label, "of the label") + set_verdict(reviewer.state, on_label, LABEL_IS_FINE))
    reviewer.do(set_note(reviewer.state, reviewer.subjects(row), "of the pair"))
    (badge,) = reviewer.state.badges([row], reviewer.outcomes, 0)
    assert badge is not None
    assert (badge.note, badge.verdict) == ("of the pair", LABEL_IS_FINE)
    assert set_note(reviewer.state, reviewer.subjects(row), "of the pair") == []
    reviewer.do(set_verdict(reviewer.state, reviewer.subjects(row), None) + set_note(reviewer.state, reviewer.subjects(row), " "))
    assert len(reviewer.state.decisions) == 0


def test_that_a_label_is_fine_and_that_it_is_wrong_take_each_other_away() -> None:
    reviewer = Reviewer(*golden())
    rows = [reviewer.first(kind) for kind in (OutcomeKind.LOCALIZATION, OutcomeKind.MISSED, OutcomeKind.BACKGROUND)]
    reviewer.do(set_verdict(reviewer.state, reviewer.subjects(*rows[:2]), LABEL_IS_FINE))
    reviewer.do(add_tag(reviewer.state, reviewer.subjects(rows[0]), "hard example"))
    assert [reviewer.said(row) for row in rows] == [{"hard example", LABEL_IS_FINE}, {LABEL_IS_FINE}, set()]
    events = add_tag(reviewer.state, reviewer.subjects(*rows), "loose box")
    assert [event.verb for event in events] == [Verb.ADD_TAG] * 3 + [Verb.SET_VERDICT] * 2
    reviewer.do(events)
    reviewer.do(add_tag(reviewer.state, reviewer.subjects(rows[1]), "wrong class"))
    assert [reviewer.said(row) for row in rows] == [{"hard example", "loose box"}, {"loose box", "wrong class"}, {"loose box"}]
    reviewer.do(set_verdict(reviewer.state, reviewer.subjects(*rows[:2]), LABEL_IS_FINE))
    assert [reviewer.said(row) for row in rows] == [{"hard example", LABEL_IS_FINE}, {LABEL_IS_FINE}, {"loose box"}]
    reviewer.do(set_verdict(reviewer.state, reviewer.subjects(*rows), None))
    assert [reviewer.said(row) for row in rows] == [{"hard example"}, set(), {"loose box"}]


def test_what_a_label_says_is_taken_off_a_pair_too() -> None:
    """The verdict shows at the pair: a tag there that denies it takes it off the label."""
    reviewer = Reviewer(*golden())
    row = reviewer.first(OutcomeKind.LOCALIZATION)
    on_label = subjects_of_labels(reviewer.state, reviewer.resolver, [int(reviewer.outcomes.target[row])])
    reviewer.do(set_verdict(reviewer.state, on_label, LABEL_IS_FINE))
    reviewer.do(add_tag(reviewer.state, reviewer.subjects(row), "loose box"))
    assert reviewer.said(row) == {"loose box"}


def test_whole_images_and_predictions_can_be_tagged() -> None:
    reviewer = Reviewer(*golden())
    images = subjects_of_images(reviewer.state, reviewer.resolver, [2, 0])
    predictions = subjects_of_predictions(reviewer.state, reviewer.resolver, [4], 0)
    assert [subject.target for subject in images] == [ImageKey("3.jpg"), ImageKey("1.jpg")]
    reviewer.do(add_tag(reviewer.state, [*images, *predictions], "relabel"))
    assert set(reviewer.state.images) == {0, 2}
    assert set(reviewer.state.predictions) == {(0, 4)}
    reviewer.do(remove_tag(reviewer.state, subjects_of_images(reviewer.state, reviewer.resolver, [0, 1, 2]), "relabel"))
    assert set(reviewer.state.images) == set()


def test_a_corrected_label_keeps_the_key_of_its_first_decision() -> None:
    content = coco_dict(1, 1, [(1, 1, 10, 10, 50, 50)])
    (key,) = Resolver(dataset_from_coco(content), ()).labels.annotation_keys([0])
    decisions = fold([operation("me", add(key, "loose box"), clock=1)])
    content["annotations"][0]["bbox"] = [11, 10, 50, 50]
    dataset = dataset_from_coco(content)
    resolver = Resolver(dataset, ())
    state = attach(decisions, dataset, ())
    (subject,) = subjects_of_labels(state, resolver, [0])
    assert subject.target == key
    after = apply(state, [operation("me", *toggle_tag(state, [subject], "relabel"), clock=2)], resolver)
    assert after.ground_truth[0].tag_names == {"loose box", "relabel"}
    assert not after.unattached
