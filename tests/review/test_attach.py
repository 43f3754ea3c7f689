from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.outcomes import OutcomeKind, Outcomes
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.review.attach import ReviewState, apply, attach
from diag_gui.review.decisions import Decisions, fold
from diag_gui.review.events import LABEL_IS_FINE, Event, Operation
from diag_gui.review.keys import AnnotationKey, ImageKey, PairKey, Target
from diag_gui.review.places import Resolver, iou_of_each
from tests.evaluation.coco_facts import by_hand, coco_dict, coco_results, dataset_from_coco, golden, run_from_results
from tests.examples import examples
from tests.review.decisions_by_hand import add, note, operation, remove, verdict
from tests.work import lines_run

LABELS = [(1, 1, 10, 10, 50, 50), (1, 1, 12, 10, 50, 50), (1, 2, 200, 10, 40, 40), (2, 2, 30, 30, 60, 60)]


def _tagged(*targets: Target) -> Decisions:
    return fold([operation("me", *(add(target, f"t{number}") for number, target in enumerate(targets)), clock=1)])


def _rows(content: dict[str, Any], decisions: Decisions) -> dict[str, int]:
    """Return the annotation id at which each tag is found."""
    dataset = dataset_from_coco(content)
    state = attach(decisions, dataset, ())
    return {
        name: int(dataset.ground_truth.annotation_id[row])
        for row, decision in state.ground_truth.items()
        for name in decision.tags
    }


def _decided() -> tuple[dict[str, Any], Decisions]:
    content = coco_dict(2, 2, LABELS)
    dataset = dataset_from_coco(content)
    return content, _tagged(*Resolver(dataset, ()).labels.annotation_keys([0, 1, 2, 3]))


def test_tags_are_found_after_ids_and_order_changed() -> None:
    content, decisions = _decided()
    new_id = {1: 901, 2: 77, 3: 1, 4: 2}
    for record in content["annotations"]:
        record["id"] = new_id[record["id"]]
    random.Random(3).shuffle(content["annotations"])
    for record in content["images"]:
        record["id"] += 500
    for record in content["annotations"]:
        record["image_id"] += 500
    assert _rows(content, decisions) == {"t0": 901, "t1": 77, "t2": 1, "t3": 2}


def test_a_corrected_box_or_class_is_found_by_its_id() -> None:
    content, decisions = _decided()
    content["annotations"][2]["category_id"] = 1
    content["annotations"][3]["bbox"] = [31, 30, 60, 60]
    assert _rows(content, decisions) == {"t0": 1, "t1": 2, "t2": 3, "t3": 4}


def test_a_new_id_and_a_corrected_box_are_found_by_class_and_overlap() -> None:
    content, decisions = _decided()
    content["annotations"][3] |= {"id": 99, "bbox": [35, 30, 60, 60]}
    assert _rows(content, decisions)["t3"] == 99
    content["annotations"][3]["category_id"] = 1
    assert "t3" not in _rows(content, decisions)


def test_the_same_id_far_away_is_another_object() -> None:
    content, decisions = _decided()
    content["annotations"][3]["bbox"] = [60, 30, 60, 60]
    state = attach(decisions, dataset_from_coco(content), ())
    (lost,) = state.unattached
    assert (lost.reason, tuple(lost.decision.tags)) == ("no such label any more", ("t3",))
    assert state.counts().unattached == 1
    assert state.counts().tagged["t3"] == 1


def test_attachment_is_one_to_one() -> None:
    content, decisions = _decided()
    # Of two labels that overlap by .92 one was deleted: its decision does not move over to the other.
    del content["annotations"][0]
    content["annotations"][0]["id"] = 1
    state = attach(decisions, dataset_from_coco(content), ())
    assert [tuple(decision.tags) for decision in state.ground_truth.values()] == [("t1",), ("t2",), ("t3",)]
    assert [tuple(lost.decision.tags) for lost in state.unattached] == [("t0",)]


def test_taking_a_decision_back_does_not_let_another_slip_into_its_place() -> None:
    content, decisions = _decided()
    first, second = list(decisions)[:2]
    dataset = dataset_from_coco({**content, "annotations": content["annotations"][1:]})
    resolver = Resolver(dataset, ())
    taken_back = [operation("me", remove(second, "t1"), clock=2)]
    for state in (
        apply(attach(decisions, dataset, ()), taken_back, resolver),
        attach(decisions.apply(taken_back), dataset, ()),
    ):
        assert [lost.target for lost in state.unattached] == [first]
        assert 0 not in state.ground_truth


def test_the_best_overlap_takes_the_label() -> None:
    content = coco_dict(1, 1, [(1, 1, 0, 0, 100, 100)])
    far = AnnotationKey(ImageKey("1.jpg"), "a", (0.0, 0.0, 100.0, 80.0), 0, 50)
    near = AnnotationKey(ImageKey("1.jpg"), "a", (0.0, 0.0, 100.0, 95.0), 0, 51)
    assert _rows(content, _tagged(far, near)) == {"t1": 1}
    assert _rows(content, _tagged(far)) == {"t0": 1}


def test_an_image_that_is_gone_keeps_its_decisions() -> None:
    content, decisions = _decided()
    content["images"] = content["images"][:1]
    content["annotations"] = content["annotations"][:3]
    state = attach(decisions.apply([operation("me", note("2.jpg", "x"), clock=2)]), dataset_from_coco(content), ())
    assert {lost.reason for lost in state.unattached} == {"the image is not in this data"}
    assert len(state.unattached) == 2


def _golden_outcomes() -> tuple[Dataset, Run, Outcomes]:
    dataset, run = golden()
    outcomes = evaluate(prepare_run(dataset, run), EvaluationParams()).outcomes
    return dataset, run, outcomes


def test_a_pair_shows_on_either_and_without_its_run_on_the_label() -> None:
    dataset, run = by_hand(1, 1, [(1, 1, 10, 10, 50, 50)], [(1, 1, 35, 10, 50, 50, 0.9)])
    resolver = Resolver(dataset, [run])
    pair = PairKey(resolver.labels.annotation_keys([0])[0], resolver.runs[0].prediction_keys([0])[0])
    state = attach(_tagged(pair), dataset, [run])
    assert state.ground_truth[0].tag_names == state.predictions[0, 0].tag_names == {"t0"}
    alone = attach(_tagged(pair), dataset, [])
    assert alone.ground_truth[0].tag_names == {"t0"}
    assert not alone.unattached
    prediction = attach(_tagged(pair.prediction), dataset, [])
    assert [lost.reason for lost in prediction.unattached] == ["its run is not open"]
    relabelled = attach(_tagged(pair), dataset_from_coco(coco_dict(1, 1, [])), [run])
    assert relabelled.predictions[0, 0].tag_names == {"t0"}


def test_a_run_opened_twice_shows_its_decisions_in_both() -> None:
    dataset, run = golden()
    (key,) = Resolver(dataset, [run]).runs[0].prediction_keys([5])
    state = attach(_tagged(key), dataset, [run, run])
    assert set(state.predictions) == {(0, 5), (1, 5)}


def test_badges_and_marked_rows_agree() -> None:
    dataset, run, outcomes = _golden_outcomes()
    resolver = Resolver(dataset, [run])
    n_predictions = outcomes.n_predictions
    localization = int(np.flatnonzero(outcomes.kind == OutcomeKind.LOCALIZATION)[0])
    label_of_it = int(outcomes.target[localization])
    missed = int(np.flatnonzero(outcomes.kind == OutcomeKind.MISSED)[0])
    both = int(np.flatnonzero(outcomes.kind == OutcomeKind.BOTH)[0])
    assert outcomes.target[both] == missed - n_predictions
    labels = resolver.labels.annotation_keys([label_of_it, missed - n_predictions])
    background = int(np.flatnonzero(outcomes.kind == OutcomeKind.BACKGROUND)[0])
    decisions = _tagged(*labels, resolver.runs[0].prediction_keys([background])[0])
    state = attach(decisions, dataset, [run])
    badges = state.badges(range(len(outcomes)), outcomes, 0)
    shown = {row: badge.tag_names for row, badge in enumerate(badges) if badge is not None}
    # What was said of a label shows at the prediction that aims at it.
    assert shown == {
        localization: {"t0"},
        n_predictions + label_of_it: {"t0"},
        missed: {"t1"},
        both: {"t1"},
        background: {"t2"},
    }
    assert state.marked_outcome_rows(outcomes, 0).tolist() == sorted(shown)
    assert state.marked_outcome_rows(outcomes, 0, "t2").tolist() == [background]
    assert state.marked_outcome_rows(outcomes, 0, "none").tolist() == []
    assert ReviewState().badges([0, 1], outcomes, 0) == [None, None]
    assert ReviewState().marked_outcome_rows(outcomes, 0).tolist() == []


def test_image_tags_with_and_without_what_is_on_the_image() -> None:
    content, decisions = _decided()
    decisions = decisions.apply([operation("me", add("1.jpg", "whole"), clock=2)])
    state = attach(decisions, dataset_from_coco(content), ())
    assert state.image_tags() == {0: ("whole",)}
    assert state.image_tags(with_objects=True) == {0: ("t0", "t1", "t2", "whole"), 1: ("t3",)}


def _strategy_events() -> st.SearchStrategy[list[list[tuple[int, int, str]]]]:
    event = st.tuples(st.integers(0, 11), st.integers(0, 3), st.sampled_from(["x", "y"]))
    return st.lists(st.lists(event, min_size=1, max_size=3), max_size=8)


def _targets(resolver: Resolver, moved: Resolver) -> list[Target]:
    labels, predictions = resolver.labels.annotation_keys(range(4)), resolver.runs[0].prediction_keys(range(2))
    image, stranger = resolver.labels.image_key(0), ImageKey("gone.jpg")
    pairs = [PairKey(labels[0], predictions[0]), PairKey(labels[3], predictions[1])]
    return [image, stranger, *labels, *predictions, *pairs, *moved.labels.annotation_keys([0, 2])]


def _event(target: Target, verb: int, name: str) -> Event:
    return (add(target, name), remove(target, name), note(target, name), verdict(target, LABEL_IS_FINE))[verb]


@examples(60)
@given(_strategy_events())
def test_applying_one_by_one_is_attaching_at_once(history: list[list[tuple[int, int, str]]]) -> None:
    content = coco_dict(2, 2, LABELS)
    dataset = dataset_from_coco(content)
    run = run_from_results(coco_results([(1, 1, 10, 10, 50, 50, 0.9), (2, 2, 30, 30, 60, 60, 0.8)]), dataset)
    resolver = Resolver(dataset, [run])
    earlier = copy.deepcopy(content)
    for record in earlier["annotations"]:
        record["bbox"][0] += 1
    targets = _targets(resolver, Resolver(dataset_from_coco(earlier), ()))
    operations: list[Operation] = [
        operation("me", *(_event(targets[at], verb, name) for at, verb, name in chain), clock=clock)
        for clock, chain in enumerate(history, start=1)
    ]
    state = attach(Decisions(), dataset, [run])
    for one in operations:
        state = apply(state, [one], resolver)
    at_once = attach(fold(operations), dataset, [run])
    assert state.decisions == at_once.decisions
    assert state.images == at_once.images
    assert state.ground_truth == at_once.ground_truth
    assert state.predictions == at_once.predictions
    assert {lost.target for lost in state.unattached} == {lost.target for lost in at_once.unattached}
    assert len(at_once.decisions) == len(at_once.unattached) + len(set(at_once.decisions) & set(at_once.places.of))


def test_a_key_press_is_as_much_work_among_many_decisions_as_among_few() -> None:
    def work(n: int) -> int:
        dataset = dataset_from_coco(coco_dict(n // 10, 1, [(1 + i % (n // 10), 1, i, i, 5, 5) for i in range(n)]))
        resolver = Resolver(dataset, [])
        keys = resolver.labels.annotation_keys(range(n))
        state = attach(fold([operation("me", *(add(key, "relabel") for key in keys[:-1]), clock=1)]), dataset, [])
        assert len(state.ground_truth) == n - 1
        last = [operation("me", add(keys[-1], "relabel"), clock=2)]
        assert len(apply(state, last, resolver).ground_truth) == n
        return lines_run(lambda: apply(state, last, resolver))

    # Attaching all anew runs more than a line per decision.
    assert work(5_000) < work(200) + 1_000


def test_iou_of_empty_and_huge_boxes_is_a_number() -> None:
    first = np.array([[0, 0, 0, 0], [0, 0, 2, 2], [0, 0, 1e200, 1e200]], dtype=np.float64)
    second = np.array([[0, 0, 0, 0], [1, 0, 2, 2], [0, 0, 1e200, 1e200]], dtype=np.float64)
    assert iou_of_each(first, second).tolist() == [0.0, 1 / 3, 0.0]
