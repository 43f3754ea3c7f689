from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.label_errors_doubts import DOUBTS
from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, select
from diag_gui.review.events import DEFAULT_TAGS, LABEL_IS_FINE
from diag_gui.review.store import ReviewStore
from diag_gui.review.tag_columns import tag_columns
from diag_gui.session.review_desk import Gesture, ReviewDesk
from diag_gui.ui.models.review_marks import badges_of, image_badges_of
from diag_gui.ui.panels.review_buttons import Mark
from diag_gui.ui.panels.review_panel import ReviewPanel
from tests.ui.failure_scene import N_FOUND, Scene

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def scene(qtbot) -> Iterator[Scene]:
    scene = Scene()
    scene.store.commit("test", project=replace(scene.store.state.project, tag_names=DEFAULT_TAGS))
    scene.controller.selection.set_current(1)
    yield scene
    scene.close()


@pytest.fixture
def desk(scene, tmp_path: Path) -> Iterator[ReviewDesk]:
    path = tmp_path / "scene.diag"
    ReviewStore.create(path).close()
    desk = ReviewDesk(scene.dataset, (scene.run,), None, path, DEFAULT_TAGS, scene.store.state.params)
    yield desk
    desk.close()


@pytest.fixture
def page(qtbot, scene) -> QWidget:
    """The panel beside another widget that can have the focus."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.addWidget(QLineEdit())
    column.addWidget(ReviewPanel(scene.store, scene.controller))
    qtbot.addWidget(page)
    page.resize(420, 560)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    return page


@pytest.fixture
def panel(page) -> ReviewPanel:
    return page.findChild(ReviewPanel)


@pytest.fixture
def elsewhere(page) -> QLineEdit:
    return page.findChild(QLineEdit)


def gesture(scene: Scene, *rows: int) -> Gesture:
    return Gesture(rows, scene.store.state.evaluation.outcomes, 0)


def test_a_button_tags_and_zero_says_the_label_is_fine(panel, scene):
    QTest.mouseClick(panel.buttons["loose box"], LEFT)
    QTest.mouseClick(panel.fine, LEFT)
    assert scene.controller.review.calls == [("toggle_tag", "loose box"), ("toggle_fine",)]


def test_buttons_show_what_was_decided_and_progress_counts_it(panel, scene, desk):
    desk.toggle_tag(gesture(scene, 1, 2), "relabel")
    done = desk.toggle_fine(gesture(scene, 3))
    scene.store.commit("test", review=done.review)
    assert panel.buttons["relabel"].mark is Mark.ALL
    assert panel.buttons["loose box"].mark is Mark.NONE
    assert panel.figure_label.text() == "3 of 7 reviewed · 2 tagged"
    assert (panel.progress.value(), panel.progress.maximum()) == (3, 7)
    scene.controller.selection.choose([1, 2, 3], 3)
    assert panel.buttons["relabel"].mark is Mark.SOME
    assert panel.fine.mark is Mark.SOME
    assert "all 3 chosen" in panel._chosen.text()
    scene.controller.selection.set_current(3)
    assert panel.fine.mark is Mark.ALL
    assert panel._chosen.text() == ""


def test_a_label_is_not_fine_and_wrong_at_once(panel, scene, desk):
    desk.toggle_tag(gesture(scene, 1), "missing label")
    desk.toggle_tag(gesture(scene, 1), "discuss")
    done = desk.toggle_fine(gesture(scene, 1))
    scene.store.commit("test", review=done.review)
    assert badges_of(scene.store.state)(1) == ("discuss", "fine")
    assert (panel.buttons["missing label"].mark, panel.fine.mark) == (Mark.NONE, Mark.ALL)
    assert done.undo == 'Undo say that 1 label is fine instead of "missing label"'
    scene.store.commit("test", review=desk.undo().review)
    assert badges_of(scene.store.state)(1) == ("missing label", "discuss")
    assert "“label is fine”" in panel.buttons["missing label"].toolTip()
    assert "missing label, wrong class" in panel.fine.toolTip()
    assert "Takes off" not in panel.buttons["discuss"].toolTip()


def test_a_tag_on_a_missed_label_stays_in_sight_when_a_prediction_reaches_it(panel, scene, desk):
    scene.show(params=EvaluationParams(score_threshold=0.75))
    missed = N_FOUND + 2
    assert scene.store.state.evaluation.outcomes.kind[missed] == OutcomeKind.MISSED
    scene.controller.selection.set_current(missed)
    done = desk.toggle_tag(gesture(scene, missed), "loose box")
    scene.store.commit("test", review=done.review)
    assert panel.buttons["loose box"].mark is Mark.ALL
    scene.show(params=EvaluationParams(score_threshold=0.25))
    scene.controller.selection.set_current(2)
    assert panel.buttons["loose box"].mark is Mark.ALL
    assert panel.figure_label.text().startswith("1 of ")


def test_badges_come_in_the_order_of_the_keys(scene, desk):
    desk.toggle_tag(gesture(scene, 1), "hard example")
    desk.toggle_tag(gesture(scene, 1), "discuss")
    done = desk.toggle_fine(gesture(scene, 1))
    scene.store.commit("test", review=done.review)
    assert badges_of(scene.store.state)(1) == ("discuss", "hard example", "fine")
    assert badges_of(scene.store.state)(3) == ()


def test_other_tag_names_make_other_buttons(panel, scene):
    scene.store.commit("test", project=replace(scene.store.state.project, tag_names=("shadow", "snow")))
    assert list(panel.buttons) == ["shadow", "snow"]
    QTest.mouseClick(panel.buttons["snow"], LEFT)
    assert scene.controller.review.calls == [("toggle_tag", "snow")]
    assert panel.fine.text() == LABEL_IS_FINE


def test_enter_keeps_the_note_and_gives_the_focus_back(qtbot, panel, scene, elsewhere):
    elsewhere.setFocus()
    panel.focus_note()
    assert panel.note.hasFocus()
    QTest.keyClicks(panel.note, "the shadow")
    QTest.keyClick(panel.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(panel.note, "is labelled")
    QTest.keyClick(panel.note, Qt.Key.Key_Return)
    assert scene.controller.review.calls == [("set_note", "the shadow\nis labelled")]
    assert elsewhere.hasFocus()


def test_a_long_note_moves_nothing_below_it(qtbot, panel, scene):
    before = [panel.note.geometry(), panel.details.geometry()]
    panel.focus_note()
    for line in range(6):
        QTest.keyClicks(panel.note, f"line {line}")
        QTest.keyClick(panel.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: panel.note.verticalScrollBar().maximum() > 0)
    assert [panel.note.geometry(), panel.details.geometry()] == before
    assert panel.note.viewport().rect().contains(panel.note.cursorRect().center()), "what is written is in sight"


@pytest.mark.parametrize("way", ["escape", "focus"])
def test_leaving_the_note_keeps_it_once(qtbot, panel, scene, elsewhere, way):
    elsewhere.setFocus()
    panel.focus_note()
    QTest.keyClicks(panel.note, "snow")
    if way == "escape":
        QTest.keyClick(panel.note, Qt.Key.Key_Escape)
    else:
        elsewhere.setFocus()
    assert scene.controller.review.calls == [("set_note", "snow")]
    assert elsewhere.hasFocus()
    panel.focus_note()
    QTest.keyClick(panel.note, Qt.Key.Key_Escape)
    assert scene.controller.review.calls == [("set_note", "snow")]


def test_text_not_handed_over_is_left_to_its_own_failure(qtbot, panel, scene):
    panel.focus_note()
    QTest.keyClicks(panel.note, "half a sen")
    then = scene.store.state
    scene.controller.selection.set_current(2)
    assert panel.note.toPlainText() == ""
    assert scene.controller.review.calls == [("leave_note", "half a sen", then)]
    qtbot.waitUntil(lambda: ("write_left_notes",) in scene.controller.review.calls)


def test_while_tags_go_to_the_image_buttons_and_note_are_those_of_the_image(panel, scene, desk):
    on_image = replace(gesture(scene, 1), on_images=True)
    desk.toggle_tag(on_image, "wrong class")
    desk.toggle_tag(gesture(scene, 1), "relabel")
    done = desk.set_note(on_image, "blurred")
    scene.store.commit("test", review=done.review)
    assert panel.buttons["wrong class"].mark is Mark.NONE, "a key would put it on the box"
    assert panel.buttons["relabel"].mark is Mark.ALL
    assert (panel.about.isVisible(), panel.note.toPlainText()) == (False, "")
    scene.store.commit("test", tags_images=True)
    assert panel.buttons["wrong class"].mark is Mark.ALL
    assert panel.buttons["relabel"].mark is Mark.NONE
    assert panel.about.isVisible()
    assert "whole image" in panel.about.text()
    assert panel.note.toPlainText() == "blurred"


def test_an_image_tag_counts_on_each_of_its_rows_as_the_filter_counts(panel, scene, desk):
    state = scene.store.state
    images = state.evaluation.outcomes.image_row(state.selection.rows)
    row = int(state.selection.rows[images == np.bincount(images).argmax()][0])
    done = desk.toggle_tag(replace(gesture(scene, row), on_images=True), "wrong class")
    scene.store.commit("test", review=done.review)
    catalog = ColumnCatalog(state.facts, state.evaluation, tag_columns(done.review, 0))
    n_listed = len(select(Query(review="tagged"), catalog, state.evaluation).rows)
    assert n_listed > 1
    assert panel.figure_label.text() == f"{n_listed} of 7 reviewed · {n_listed} tagged"
    assert image_badges_of(scene.store.state)(row) == ("wrong class",)
    assert badges_of(scene.store.state)(row) == ()


def test_a_stored_note_is_shown(panel, scene, desk):
    done = desk.set_note(gesture(scene, 1), "box includes the shadow")
    scene.store.commit("test", review=done.review)
    assert panel.note.toPlainText() == "box includes the shadow"
    scene.controller.selection.set_current(2)
    assert panel.note.toPlainText() == ""


def test_details_say_what_the_doubt_about_a_label_is(panel, scene):
    """Row 1 is a dog taken for a cat; P + 3 is a bear that nothing was predicted on."""
    doubts = scene.facts.labels.doubts
    for row in (1, N_FOUND + 3):
        scene.controller.selection.set_current(row)
        assert panel.details.text("label in doubt") == DOUBTS[doubts.kind[row]]
    assert {DOUBTS[doubts.kind[row]] for row in (1, N_FOUND + 3)} == {"class", "spurious"}


def test_lines_of_details_are_shown_whole(qtbot, panel):
    details = panel.details
    line = details.verticalScrollBar().singleStep()
    for height in (500, 507, 515, 523):
        panel.resize(400, height)
        qtbot.wait(10)
        assert (details.viewport().height() + 2) % line == 0
        assert details.verticalScrollBar().maximum() % line == 0


def test_details_say_what_is_known_and_a_dash_where_nothing_is(panel, scene):
    text = panel.details.text
    assert text("error") == "Classification"
    assert (text("ground truth"), text("prediction")) == ("dog", "cat")
    assert (text("score"), text("IoU with ground truth")) == ("0.80", "0.94")
    assert text("size") == "60 × 60 px"
    assert (text("weather"), text("annotation")) == ("fog", "101")
    assert text("settings") == "IoU ≥ .50, score ≥ .25"
    scene.controller.selection.set_current(N_FOUND + 5)
    assert text("error") == "Missed"
    assert (text("prediction"), text("score"), text("IoU with ground truth"), text("weather")) == ("–", "–", "–", "–")
    scene.controller.selection.set_current(3)
    assert (text("ground truth"), text("annotation")) == ("–", "–")


def test_without_a_failure_nothing_can_be_decided(panel, scene):
    scene.store.commit("test", current=-1, chosen=frozenset())
    assert not panel.buttons["relabel"].isEnabled()
    assert not panel.fine.isEnabled()
    assert not panel.note.isEnabled()
    panel.focus_note()
    assert not panel.note.hasFocus()
    assert panel.details.text("error") == ""
