"""Scores for a wanted precision or recall: the file of the command line, followed thresholds."""

from __future__ import annotations

import json

import pytest

from diag_gui.__main__ import main
from diag_gui.evaluation.thresholds import ThresholdRule
from tests.session.small_session import BEAR, CAT


@pytest.fixture
def asked(session):
    session.controller.wanted.look(True)
    session.settle()
    return session


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        (ThresholdRule(), []),
        (ThresholdRule("precision", 0.6), ["--wanted-precision", "0.6"]),
        (ThresholdRule("recall", 0.3), ["--wanted-recall", "0.3"]),
    ],
)
@pytest.mark.parametrize("where", [[], ["weather = 'sun'"]])
def test_the_file_is_that_of_the_command_line(asked, files, tmp_path, rule, arguments, where):
    for text in where:
        asked.controller.query.add_expression(text)
    asked.controller.wanted.set_rule(rule)
    asked.settle()
    ours, theirs = tmp_path / "ours.json", tmp_path / "theirs.json"
    asked.controller.wanted.save(ours)
    asked.settle()
    command = ["evaluate", files.ground_truth, files.first, "--metadata", files.metadata, "--thresholds", theirs, *arguments]
    assert main([str(part) for part in command] + [part for text in where for part in ("--where", text)]) == 0
    assert json.loads(ours.read_text("utf-8")) == json.loads(theirs.read_text("utf-8"))
    assert asked.state.notice.text == "Scores written to ours.json"


def test_two_restrictions_of_images_are_one_in_the_file(asked, tmp_path):
    for text in ("weather = 'sun' OR weather = 'fog'", "flight < 4"):
        asked.controller.query.add_expression(text)
    asked.settle()
    asked.controller.wanted.save(tmp_path / "scores.json")
    asked.settle()
    where = json.loads((tmp_path / "scores.json").read_text("utf-8"))["settings"]["where"]
    assert where == "(weather = 'sun' OR weather = 'fog') AND (flight < 4)"


def test_a_file_that_cannot_be_written_is_said(asked, tmp_path):
    asked.controller.wanted.save(tmp_path / "nowhere" / "scores.json")
    asked.settle()
    assert asked.state.notice.is_error
    assert "cannot be written" in asked.state.notice.text + asked.state.notice.details


def test_scores_follow_iou_and_images_but_not_the_score(asked):
    before = asked.state.wanted
    asked.controller.thresholds.set_score(0.5)
    asked.settle()
    assert asked.state.wanted is before
    asked.controller.thresholds.set_iou(0.4)
    asked.settle()
    assert asked.state.wanted.chosen.tp[CAT] > before.chosen.tp[CAT]
    asked.controller.query.add_expression("weather = 'fog'")
    asked.settle()
    assert asked.state.wanted.images is asked.state.evaluation.images


def test_what_nothing_reaches_has_no_score(asked):
    chosen = asked.state.wanted.chosen
    assert chosen.score[BEAR] != chosen.score[BEAR]
    assert chosen.score[CAT] == 0.9


def test_nothing_is_chosen_while_nobody_looks(session, tmp_path):
    session.controller.wanted.set_rule(ThresholdRule("recall", 0.5))
    session.controller.wanted.save(tmp_path / "nothing.json")
    session.settle()
    assert session.state.wanted is None
    assert not (tmp_path / "nothing.json").exists()
