"""Calibration of what is in question, computed while somebody looks at it."""

from __future__ import annotations

import json

import pytest

from diag_gui.__main__ import main
from tests.session.small_session import BEAR, CAT, COPIES, DOG
from tests.ui.failure_scene import FOUND


@pytest.fixture
def looked_at(session):
    session.controller.calibration.look(True)
    session.settle()
    return session


def test_nothing_is_computed_before_somebody_looks(session):
    session.controller.calibration.set_n_bins(5)
    session.settle()
    assert session.state.calibration is None


@pytest.mark.parametrize(("binning", "n_bins"), [("equal width", 10), ("equal mass", 4)])
def test_the_numbers_are_those_of_the_command_line(looked_at, files, tmp_path, binning, n_bins):
    looked_at.controller.calibration.set_binning(binning)
    looked_at.controller.calibration.set_n_bins(n_bins)
    looked_at.settle()
    target = tmp_path / "calibration.json"
    asked = ["--calibration", binning.replace(" ", "-"), "--calibration-bins", str(n_bins)]
    assert main(["evaluate", str(files.ground_truth), str(files.first), *asked, "--json", str(target)]) == 0
    run = json.loads(target.read_text("utf-8"))["runs"][0]
    shown = looked_at.state.calibration
    assert shown.errors == (run["summary"]["ece"], run["summary"]["mce"], run["summary"]["laece"])
    bins = shown.calibration.bins
    assert [one["n"] for one in run["calibration"]["bins"]] == bins.n.tolist()
    assert [one["precision"] for one in run["calibration"]["bins"] if one["n"]] == bins.precision[bins.n > 0].tolist()
    looked_at.controller.query.toggle_class(CAT)
    looked_at.settle()
    of_class = run["classes"][CAT]
    assert looked_at.state.calibration.errors == (of_class["ece"], of_class["mce"], of_class["laece"])


def test_it_follows_the_classes_in_question(looked_at):
    assert looked_at.state.calibration.calibration.n == len(FOUND) * COPIES
    looked_at.controller.query.toggle_class(DOG)
    looked_at.settle()
    assert looked_at.state.calibration.calibration.n == sum(one[1] == DOG for one in FOUND) * COPIES
    looked_at.controller.query.toggle_class(BEAR)
    looked_at.settle()
    assert looked_at.state.calibration.calibration.n == 0
    assert all(error != error for error in looked_at.state.calibration.errors)


def test_it_follows_the_iou_but_not_the_score(looked_at):
    before = looked_at.state.calibration
    looked_at.controller.thresholds.set_score(0.5)
    looked_at.settle()
    assert looked_at.state.calibration is before
    looked_at.controller.thresholds.set_iou(0.4)
    looked_at.settle()
    assert looked_at.state.calibration.errors[0] != before.errors[0]


def test_it_follows_the_images_in_question(looked_at):
    looked_at.controller.query.add_expression("weather = 'fog'")
    looked_at.settle()
    assert looked_at.state.calibration.calibration.n == sum(one[0] == 1 for one in FOUND) * COPIES


def test_the_number_of_bins_stays_within_what_is_told_apart(looked_at):
    looked_at.controller.calibration.set_n_bins(0)
    assert looked_at.state.n_bins == 2
    looked_at.controller.calibration.set_n_bins(400)
    assert looked_at.state.n_bins == 50


def test_an_account_goes_by_the_bins_shown(looked_at):
    looked_at.controller.calibration.set_n_bins(4)
    looked_at.settle()
    looked_at.controller.explain.ask("summary.ece")
    looked_at.settle()
    account = looked_at.state.explanation
    assert account.value == looked_at.state.calibration.errors[0]
    assert ("bins", "4 of equal width") in account.settings
    looked_at.controller.explain.ask(f"classes.{looked_at.state.dataset.classes.name[CAT]}.mce")
    looked_at.settle()
    assert looked_at.state.explanation.value == pytest.approx(float(looked_at.state.calibration.calibration.per_class.mce[CAT]))
