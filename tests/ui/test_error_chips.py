"""Chips of the error types: count, gain, filter."""

from __future__ import annotations

import html

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from diag_gui.evaluation.outcomes import ERROR_KINDS, ERROR_NAMES, OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.ui.panels.error_chips import ErrorChips
from tests.session.small_session import BEAR, CAT, COPIES
from tests.ui.showing import shown

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def chips(qtbot, session):
    return shown(qtbot, ErrorChips(session.store, session.controller), 720, 60)


def counts(chips) -> dict[OutcomeKind, int]:
    return {kind: chips.count(ERROR_NAMES[kind]) for kind in ERROR_KINDS}


def test_each_chip_counts_its_error_and_together_they_are_the_list(chips, session):
    assert counts(chips) == dict.fromkeys(ERROR_KINDS, COPIES) | {OutcomeKind.MISSED: 2 * COPIES}
    assert sum(counts(chips).values()) == len(session.rows)


def test_a_click_filters_and_the_counts_stay(qtbot, chips, session):
    before = counts(chips)
    qtbot.mouseClick(chips.chips[OutcomeKind.DUPLICATE], LEFT)
    session.settle()
    assert set(session.kinds()) == {OutcomeKind.DUPLICATE}
    assert counts(chips) == before
    qtbot.mouseClick(chips.chips[OutcomeKind.DUPLICATE], LEFT)
    session.settle()
    assert len(session.rows) == sum(before.values())


def test_several_chips_add_up(qtbot, chips, session):
    for kind in (OutcomeKind.DUPLICATE, OutcomeKind.BOTH):
        qtbot.mouseClick(chips.chips[kind], LEFT)
    session.settle()
    assert set(session.kinds()) == {OutcomeKind.DUPLICATE, OutcomeKind.BOTH}


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_chip_works_by_keyboard(qtbot, chips, session, key):
    chip = chips.chips[OutcomeKind.MISSED]
    chip.setFocus()
    qtbot.keyClick(chip, key)
    assert session.state.query.kinds == {OutcomeKind.MISSED}


def test_letting_go_elsewhere_or_another_button_does_nothing(qtbot, chips, session):
    chip = chips.chips[OutcomeKind.MISSED]
    qtbot.mousePress(chip, LEFT)
    qtbot.mouseRelease(chip, LEFT, pos=QPoint(chip.width() + 40, 5))
    qtbot.mouseClick(chip, Qt.MouseButton.RightButton)
    assert session.state.query.kinds == frozenset()


def test_counts_follow_thresholds_and_other_filters(chips, session):
    session.controller.thresholds.set_iou(0.40)
    session.settle()
    assert chips.count("localization") == 0
    session.controller.query.toggle_class(BEAR)
    session.settle()
    assert counts(chips)[OutcomeKind.DUPLICATE] == 0
    assert chips.count("both") == 0, "at .40 the box of a bear that was taken for a cat overlaps enough"
    assert chips.count("missed") == COPIES
    assert chips.count("classification") == COPIES


def test_the_tooltip_says_what_it_means_at_which_settings_and_what_repairing_gains(chips, session):
    said = chips.chips[OutcomeKind.LOCALIZATION].toolTip()
    gain = 100 * session.state.costs.dap["localization"]
    assert "overlaps too little" in said
    assert "8 at IoU 0.50, score 0.25" in said
    assert f"{gain:.2f} points" in said
    assert gain > 0


def test_the_gains_are_those_of_the_classes_that_are_filtered_by(chips, session):
    session.controller.query.toggle_class(BEAR)
    session.settle()
    costs = session.state.costs
    of_bear = costs.per_class.dap("classification")[BEAR]
    assert of_bear != costs.dap["classification"]
    said = chips.chips[OutcomeKind.CLASSIFICATION].toolTip()
    assert f"{100 * of_bear:.2f} points" in said
    assert f"AP of {html.escape(session.state.dataset.classes.name[BEAR])} at IoU" in said
    session.controller.query.toggle_class(CAT, extend=True)
    session.settle()
    both = sorted(session.state.query.class_rows)
    gain = costs.per_class.dap_of(np.array(both))["classification"]
    assert (
        f"AP, the mean of 2 classes, at IoU 0.50 by {100 * gain:.2f} points" in chips.chips[OutcomeKind.CLASSIFICATION].toolTip()
    )
    session.controller.query.clear()
    session.settle()
    assert f"{100 * costs.dap['classification']:.2f} points" in chips.chips[OutcomeKind.CLASSIFICATION].toolTip()


def test_a_gain_that_lags_behind_the_slider_is_drawn_fainter(chips, session):
    chip = chips.chips[OutcomeKind.LOCALIZATION]
    chip.show_figures(8, 0.11, True, False, False)
    strong = chip.grab().toImage()
    chip.show_figures(8, 0.11, False, False, False)
    assert chip.grab().toImage() != strong


def test_a_gain_of_other_images_or_another_threshold_is_not_taken_for_that_of_what_is_shown(chips, session):
    chip = chips.chips[OutcomeKind.LOCALIZATION]
    assert chip.gain_is_current
    sun = np.zeros(len(session.state.dataset.images), np.bool_)
    sun[:5] = True
    session.store.commit("test", costs_images=sun)
    assert not chip.gain_is_current
    assert "at IoU 0.50" in chip.toolTip()
    assert "on 5 images; the gain at what is shown is being computed" in chip.toolTip()
    session.store.commit("test", costs_images=None, costs_params=EvaluationParams(iou_threshold=0.6))
    assert not chip.gain_is_current
    assert "raise AP at IoU 0.60" in chip.toolTip()
    assert "8 at IoU 0.50, score 0.25" in chip.toolTip()


def test_gains_follow_the_images_that_a_filter_leaves(chips, session):
    session.controller.query.add_expression("weather = 'sun'")
    session.settle()
    assert int(session.state.costs_images.sum()) == session.state.evaluation.totals.n_images < len(session.state.dataset.images)
    assert all(chip.gain_is_current for chip in chips.chips.values())
    session.controller.query.clear()
    session.settle()
    assert session.state.costs_images is None
    assert all(chip.gain_is_current for chip in chips.chips.values())


def gain_at(chip) -> bool:
    """Whether the chip shows a gain, by what a question at its right is about."""
    return chip.figure_at(QPoint(chip.width() - 8, chip.height() - 8)).endswith("dap")


@pytest.mark.parametrize("expression", ["weather = 'sun' AND area < 500", "area < 5000", "score > 0.3"])
def test_beside_a_count_of_some_errors_stands_no_gain_of_all(chips, session, expression):
    chip = chips.chips[OutcomeKind.LOCALIZATION]
    assert gain_at(chip)
    session.controller.query.add_expression(expression)
    session.settle()
    assert not gain_at(chip)
    n_images = len(session.state.dataset.images)
    assert f"Repairing all on {n_images} images, not only those counted here, at every score" in chip.toolTip()
    session.controller.query.clear()
    session.controller.query.add_expression("weather = 'sun'")
    session.controller.query.toggle_kind(OutcomeKind.MISSED)
    session.settle()
    assert gain_at(chip)
    assert "Repairing all of them" in chip.toolTip()


def test_no_gain_stands_beside_the_count_of_one_image(chips, session):
    session.controller.query.show_image(0)
    session.settle()
    assert not any(gain_at(chip) for chip in chips.chips.values())


def test_a_chip_says_its_count_and_whether_it_filters_to_those_who_cannot_see_it(qtbot, chips, session):
    chip = chips.chips[OutcomeKind.DUPLICATE]
    assert chip.accessibleName() == "duplicate errors, 8"
    assert "Found already" in chip.accessibleDescription()
    assert "not filtered" in chip.accessibleDescription()
    qtbot.mouseClick(chip, LEFT)
    session.settle()
    assert "Shown by the filter" in chip.accessibleDescription()


def test_a_chip_that_filters_looks_different_from_one_that_does_not(qtbot, chips, session):
    chip = chips.chips[OutcomeKind.BOTH]
    before = chip.grab().toImage()
    qtbot.mouseClick(chip, LEFT)
    session.settle()
    assert chip.grab().toImage() != before


def test_without_data_every_count_is_nought(qtbot, nothing_open):
    chips = shown(qtbot, ErrorChips(nothing_open.store, nothing_open.controller), 720, 60)
    assert set(counts(chips).values()) == {0}


def test_all_gains_have_their_unit_or_none(qtbot, chips, session):
    qtbot.waitUntil(lambda: session.state.costs is not None)
    everyone = chips.chips.values()
    assert all(chip.names_unit for chip in everyone)
    # One count that takes more room than the others.
    chips.chips[OutcomeKind.MISSED].show_figures(1_234_567, 0.1, True, False, False)
    narrow = 6 * chips.chips[OutcomeKind.MISSED].minimumSizeHint().width() + 60
    chips.resize(narrow, 60)
    qtbot.waitUntil(lambda: not any(chip.names_unit for chip in everyone))
    chips.resize(1400, 60)
    qtbot.waitUntil(lambda: all(chip.names_unit for chip in everyone))
