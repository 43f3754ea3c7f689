"""Choosing what AP goes by: AP follows and nothing else, and data that lack what rules ask for go back to COCO's."""

from __future__ import annotations

import json

import pytest

from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.rule_settings import COCO_RULES, Rules, RuleSettings
from tests.evaluation.federated_sets import federated_set
from tests.formats.coco_files import write

VOC = RuleSettings(Rules.VOC)


@pytest.fixture
def federated(session, tmp_path):
    """The session with federated labels in place of the scene."""
    content, results = federated_set(3, flags=False)
    session.open([write(tmp_path / "lvis.json", content), write(tmp_path / "found.json", results)])
    assert session.state.dataset.source.format == "lvis"
    return session


def test_ap_goes_by_the_rules_and_every_count_stays(session):
    before = session.state.evaluation
    session.controller.thresholds.set_rules(Rules.VOC)
    session.settle()
    after = session.state.evaluation
    assert after.params.rules == VOC
    fresh = evaluate(session.state.facts, EvaluationParams(rules=VOC))
    assert after.per_class.ap.tolist() == pytest.approx(fresh.per_class.ap.tolist(), nan_ok=True)
    assert after.per_class.ap.tolist() == session.state.facts.by_rules(VOC).table(0.5).ap.tolist()
    assert after.per_class.ap.tolist() != before.per_class.ap.tolist()
    assert after.count_at_score == before.count_at_score
    assert (after.totals.tp, after.totals.best_f1) == (before.totals.tp, before.totals.best_f1)
    session.controller.thresholds.set_rules(Rules.COCO)
    session.settle()
    assert session.state.evaluation.per_class.ap.tolist() == before.per_class.ap.tolist()


def test_the_sliders_move_ap_by_the_rules_too(session):
    session.controller.thresholds.set_rules(Rules.VOC_11)
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    ruled = session.state.facts.by_rules(RuleSettings(Rules.VOC_11))
    assert session.state.evaluation.per_class.ap.tolist() == ruled.table(0.40).ap.tolist()
    assert session.state.evaluation.per_class.ap50.tolist() == ruled.table(0.50).ap.tolist()
    shown = session.state.evaluation.per_class.ap
    session.controller.thresholds.set_score(0.9)
    session.settle()
    assert session.state.evaluation.per_class.ap is shown


def test_images_that_a_filter_keeps_are_those_of_ap(session):
    session.controller.thresholds.set_rules(Rules.VOC)
    session.controller.query.add_expression("weather = 'sun'")
    session.settle()
    images = session.state.evaluation.images
    assert images is not None
    expected = session.state.facts.by_rules(VOC).table(0.5, images).ap.tolist()
    assert session.state.evaluation.per_class.ap.tolist() == pytest.approx(expected, nan_ok=True)


def test_one_pixel_more_is_kept_between_the_rules_of_voc_and_dropped_by_others(session):
    verbs = session.controller.thresholds
    verbs.toggle_voc_plus_one()
    assert session.state.params.rules == COCO_RULES
    verbs.set_rules(Rules.VOC)
    verbs.toggle_voc_plus_one()
    assert session.state.params.rules == RuleSettings(Rules.VOC, True)
    verbs.set_rules(Rules.VOC_11)
    assert session.state.params.rules == RuleSettings(Rules.VOC_11, True)
    verbs.set_rules(Rules.COCO)
    assert session.state.params.rules == COCO_RULES
    session.settle()


def test_going_back_to_the_first_thresholds_keeps_the_rules(session):
    session.controller.thresholds.set_rules(Rules.VOC)
    session.controller.thresholds.reset()
    assert session.state.params.rules == VOC
    session.settle()


@pytest.mark.parametrize("rules", [Rules.LVIS, Rules.OPEN_IMAGES])
def test_rules_of_federated_labels(federated, rules):
    federated.controller.thresholds.set_rules(rules)
    federated.settle()
    expected = federated.state.facts.by_rules(RuleSettings(rules)).table(0.5)
    assert federated.state.evaluation.per_class.ap.tolist() == pytest.approx(expected.ap.tolist(), nan_ok=True)
    assert federated.state.evaluation.totals.ap == pytest.approx(expected.mean_ap)


def test_labels_that_lack_what_the_rules_ask_for_go_back_to_cocos(federated, files):
    federated.controller.thresholds.set_rules(Rules.LVIS)
    federated.settle()
    federated.open(files.both)
    assert federated.state.params.rules == COCO_RULES
    assert federated.state.evaluation.params.rules == COCO_RULES
    notice = federated.state.notice
    assert notice is not None
    assert not notice.is_error


def test_rules_that_fit_stay_when_other_labels_are_opened(session, files, tmp_path):
    session.controller.thresholds.set_rules(Rules.VOC)
    session.settle()
    document = json.loads(files.ground_truth.read_text())
    document["annotations"] = document["annotations"][:-1]
    session.open([write(tmp_path / "other.json", document), files.first])
    assert session.state.evaluation.params.rules == VOC


def test_an_explanation_is_of_the_rules_in_force(session):
    session.controller.thresholds.set_rules(Rules.VOC)
    session.settle()
    session.controller.explain.ask("ap_at_iou")
    session.settle()
    explanation = session.state.explanation
    assert dict(explanation.settings)["rules"] == "VOC, all points"
    assert explanation.value == session.state.evaluation.totals.ap
