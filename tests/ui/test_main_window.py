"""The window: what it shows when, where files go, what keys do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QToolButton, QWidget

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.session.settings import Settings
from diag_gui.session.state import Notice
from diag_gui.ui.dialogs.command_palette import CommandPalette
from diag_gui.ui.page_places import FILES, SLICES
from tests.session.small_session import COPIES, write_files
from tests.ui.small_window import settle

NONE, CONTROL, SHIFT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier,
)  # fmt: skip


pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def key(window, which: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(window, which, modifier)


def drop(window: QWidget, paths: list[Path]) -> bool:
    """Drag ``paths`` over the window and let go; return whether it wanted them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at, actions, left = QPoint(300, 300), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(at, actions, data, left, NONE)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(at), actions, data, left, NONE))
    return enter.isAccepted()


def test_at_first_there_is_the_welcome_page_alone(empty_window):
    assert empty_window.pages.currentWidget() is empty_window.welcome
    assert not empty_window.rail.isVisible()
    assert not empty_window.control_bar.isVisible()
    assert empty_window.windowTitle() == "diag-gui"


def test_dropped_files_are_opened_together(qtbot, empty_window, files):
    assert drop(empty_window, files.everything)
    settle(qtbot, empty_window)
    assert empty_window.pages.currentWidget() is empty_window.failures
    assert empty_window.windowTitle() == "truth – diag-gui"
    assert len(empty_window.store.state.runs) == 2
    assert empty_window.rail.isVisible()
    assert empty_window.control_bar.isVisible()


def test_text_that_is_no_file_is_not_taken(empty_window):
    data = QMimeData()
    data.setText("hello")
    event = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NONE)
    event.ignore()
    QApplication.sendEvent(empty_window, event)
    assert not event.isAccepted()


def test_ground_truth_alone_shows_what_was_read(qtbot, empty_window, files):
    drop(empty_window, [files.ground_truth])
    settle(qtbot, empty_window)
    assert empty_window.pages.currentWidget() is empty_window.files


def test_keys_do_nothing_harmful_before_anything_is_open(qtbot, empty_window):
    for which in (
        Qt.Key.Key_J,
        Qt.Key.Key_1,
        Qt.Key.Key_0,
        Qt.Key.Key_Z,
        Qt.Key.Key_R,
        Qt.Key.Key_B,
        Qt.Key.Key_Return,
        Qt.Key.Key_N,
    ):
        key(empty_window, which)
    key(empty_window, Qt.Key.Key_E, CONTROL)
    key(empty_window, Qt.Key.Key_F8)
    settle(qtbot, empty_window)
    assert empty_window.pages.currentWidget() is empty_window.welcome
    assert not empty_window.store.state.notice.is_error


def test_arrows_and_letters_go_through_the_failures(window):
    rows = window.store.state.selection.rows.tolist()
    for which, place in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_J, 2), (Qt.Key.Key_Left, 1), (Qt.Key.Key_K, 0), (Qt.Key.Key_K, 0)):
        key(window, which)
        assert window.store.state.current == rows[place]


def test_rows_of_the_gallery_by_up_and_down(qtbot, window):
    rows = window.store.state.selection.rows.tolist()
    window.failures.gallery.setFocus()
    columns = window.failures.gallery.n_columns()
    QTest.keyClick(window.failures.gallery.view, Qt.Key.Key_Down)
    assert window.store.state.current == rows[columns]
    QTest.keyClick(window.failures.gallery.view, Qt.Key.Key_Up)
    assert window.store.state.current == rows[0]


def test_a_page_that_is_called_by_its_key_has_the_keys(qtbot, window):
    rows = window.store.state.selection.rows.tolist()
    window.show_page(SLICES)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.slices.table.focusProxy())
    window.control_bar.run.setFocus()
    key(window, Qt.Key.Key_F5)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert window.store.state.current == rows[1]


@pytest.mark.parametrize(
    ("which", "iou", "score"),
    [
        (Qt.Key.Key_BracketRight, 0.55, 0.25),
        (Qt.Key.Key_BracketLeft, 0.45, 0.25),
        (Qt.Key.Key_Period, 0.5, 0.30),
        (Qt.Key.Key_Comma, 0.5, 0.20),
    ],
)
def test_thresholds_by_key(qtbot, window, which, iou, score):
    key(window, which)
    settle(qtbot, window)
    params = window.store.state.evaluation.params
    assert (params.iou_threshold, params.score_threshold) == (pytest.approx(iou), pytest.approx(score))


def test_b_goes_to_the_best_f1_and_d_back(qtbot, window):
    key(window, Qt.Key.Key_B)
    assert window.store.state.params.score_threshold == pytest.approx(0.9)
    key(window, Qt.Key.Key_D)
    assert window.store.state.params.score_threshold == 0.25
    settle(qtbot, window)


def test_r_shows_the_next_run_and_begins_again_after_the_last(qtbot, window):
    for name in ("second", "first"):
        key(window, Qt.Key.Key_R)
        settle(qtbot, window)
        assert window.store.state.run.name == name


def test_i_shows_only_this_image(qtbot, window):
    image = int(window.store.state.evaluation.outcomes.image_row([window.store.state.current])[0])
    key(window, Qt.Key.Key_I)
    settle(qtbot, window)
    assert window.store.state.query.image_rows == {image}


def test_escape_leaves_the_large_viewer_then_the_error_then_the_last_filter(qtbot, window):
    window.controller.query.toggle_kind(OutcomeKind.MISSED)
    window.store.commit(notice=Notice("broken", is_error=True))
    window.failures.gallery.setFocus()
    key(window, Qt.Key.Key_F)
    assert window.failures.viewer_is_large
    key(window, Qt.Key.Key_Escape)
    assert not window.failures.viewer_is_large
    assert window.store.state.notice is not None
    key(window, Qt.Key.Key_Escape)
    assert window.store.state.notice is None
    assert window.store.state.query.kinds
    key(window, Qt.Key.Key_Escape)
    assert not window.store.state.query.kinds
    settle(qtbot, window)


def test_the_menu_says_what_undo_would_undo(qtbot, window):
    undo = window.actions_by_name["undo"]
    assert not undo.isEnabled()
    key(window, Qt.Key.Key_1)
    settle(qtbot, window)
    assert undo.isEnabled()
    assert undo.text() == 'Undo tag 1 failure "missing label"'
    key(window, Qt.Key.Key_U)
    settle(qtbot, window)
    assert not undo.isEnabled()
    assert "missing label" in window.actions_by_name["redo"].text()
    key(window, Qt.Key.Key_U, SHIFT)
    settle(qtbot, window)
    assert window.store.state.review.counts().reviewed == 1


def test_the_menu_names_the_tags_of_the_project(qtbot, window):
    assert "missing label" in window.actions_by_name["tag-1"].text()
    window.controller.review.set_tag_names(("fish & chips",))
    settle(qtbot, window)
    assert "fish && chips" in window.actions_by_name["tag-1"].text()
    assert not window.actions_by_name["tag-2"].isVisible()


def test_shift_t_makes_the_next_tag_one_of_the_image(qtbot, window):
    key(window, Qt.Key.Key_T, SHIFT)
    key(window, Qt.Key.Key_1)
    settle(qtbot, window)
    assert len(window.store.state.review.images) == 1


def test_ctrl_a_and_a_tag_tag_everything_shown_in_one_gesture(qtbot, window):
    window.controller.query.toggle_kind(OutcomeKind.DUPLICATE)
    settle(qtbot, window)
    window.failures.gallery.setFocus()
    key(window, Qt.Key.Key_A, CONTROL)
    key(window, Qt.Key.Key_2)
    settle(qtbot, window)
    assert window.store.state.review.counts().tagged == {"wrong class": COPIES}
    assert str(COPIES) in window.actions_by_name["undo"].text()


def test_when_everything_is_decided_tab_says_so(qtbot, window):
    window.failures.gallery.setFocus()
    key(window, Qt.Key.Key_A, CONTROL)
    key(window, Qt.Key.Key_0)
    settle(qtbot, window)
    QTest.keyClick(window.failures.gallery.view, Qt.Key.Key_J, CONTROL)
    assert window.store.state.notice.text == "Every failure shown has a decision"


def test_the_rail_changes_the_page(qtbot, window):
    buttons = [child for child in window.rail.children() if isinstance(child, QWidget)]
    by_name = {button.accessibleName(): button for button in buttons}
    qtbot.mouseClick(by_name["Page Files"], Qt.MouseButton.LeftButton)
    assert window.pages.currentWidget() is window.files
    qtbot.mouseClick(by_name["Page Failures"], Qt.MouseButton.LeftButton)
    assert window.pages.currentWidget() is window.failures
    key(window, Qt.Key.Key_F8)
    assert window.pages.currentWidget() is window.files


def test_details_of_a_message_are_copied(qtbot, window):
    window.store.commit(notice=Notice("short", details="the whole story", is_error=True))
    qtbot.mouseClick(window.status.details, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "the whole story"


def test_the_place_of_the_window_is_remembered(qtbot, empty_window, tmp_path):
    assert Settings(tmp_path / "settings").geometry is None
    empty_window.resize(1111, 777)
    empty_window.close()
    assert Settings(tmp_path / "settings").geometry is not None


@pytest.mark.parametrize("size", [(1280, 720), (1600, 1000), (2200, 1300)])
def test_nothing_is_cut_off_or_overlaps_at_any_size(qtbot, window, size):
    page = window.failures
    parts = [page.classes, page.slices, page.chips, page.gallery, page.curve, page.confusion, page.viewer, page.review]
    window.resize(*size)
    # Folding changes what the columns need, so the layout comes to rest only after another turn.
    qtbot.waitUntil(lambda: all(part.width() >= part.minimumSizeHint().width() for part in parts if part.isVisible()))
    placed = {part: part.rect().translated(part.mapTo(window, QPoint(0, 0))) for part in parts if part.isVisible()}
    for part, place in placed.items():
        assert window.rect().contains(place), type(part).__name__
        assert part.height() >= part.minimumSizeHint().height(), type(part).__name__
        for other, there in placed.items():
            assert part is other or not place.intersects(there), (type(part).__name__, type(other).__name__)
    assert {page.chips, page.gallery, page.viewer, page.review} <= set(placed)


def test_at_1280_the_plots_fold_and_the_rail_is_narrow(qtbot, window):
    wide = window.rail.width()
    assert not window.failures.plots.is_folded
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: window.failures.plots.is_folded)
    assert window.rail.width() < wide


def test_the_theme_changes_at_once_and_is_remembered(qtbot, window, tmp_path):
    before = window.grab().toImage()
    key(window, Qt.Key.Key_L, CONTROL)
    assert Settings(tmp_path / "settings").theme == "light"
    assert window.grab().toImage().pixelColor(20, 500) != before.pixelColor(20, 500)
    key(window, Qt.Key.Key_L, CONTROL)
    assert Settings(tmp_path / "settings").theme == "dark"


@pytest.mark.parametrize(
    ("which", "modifier"), [(Qt.Key.Key_O, CONTROL), (Qt.Key.Key_E, CONTROL), (Qt.Key.Key_F1, NONE), (Qt.Key.Key_K, CONTROL)]
)
def test_dialogs_open_by_key_close_by_escape_and_are_gone(qtbot, window, which, modifier):
    key(window, which, modifier)
    dialog = window.findChild(QDialog)
    assert dialog is not None
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(QDialog) is None)
    assert window.store.state.query.kinds == frozenset()


def test_another_data_set_takes_the_place_of_the_first(qtbot, window, tmp_path):
    other = write_files(tmp_path / "other", copies=1)
    other.ground_truth.rename(other.folder / "second.truth.json")
    drop(window, [other.folder / "second.truth.json", other.first])
    settle(qtbot, window)
    assert window.windowTitle().startswith("second.truth")
    assert window.failures.chips.count("missed") == 2
    assert window.pages.currentWidget() is window.failures


def test_the_first_predictions_bring_the_failures_into_sight(qtbot, empty_window, files):
    """Ground truth alone shows the files; with predictions there is something to look at."""
    empty_window.controller.data.open_paths([files.ground_truth])
    settle(qtbot, empty_window)
    assert empty_window.pages.currentWidget() is empty_window.files
    empty_window.controller.data.add_predictions([files.first])
    settle(qtbot, empty_window)
    assert empty_window.pages.currentWidget() is empty_window.failures
    empty_window.show_page(FILES)
    empty_window.controller.data.add_predictions([files.second])
    settle(qtbot, empty_window)
    assert empty_window.pages.currentWidget() is empty_window.files


@pytest.mark.parametrize(
    ("which", "modifier", "said"),
    [
        (Qt.Key.Key_E, CONTROL, "nothing to export yet"),
        (Qt.Key.Key_I, CONTROL, "Open ground truth first"),
        (Qt.Key.Key_M, CONTROL, "Open ground truth first"),
        (Qt.Key.Key_O, CONTROL | SHIFT, "Open ground truth first"),
    ],
)
def test_what_cannot_be_done_yet_says_why(qtbot, empty_window, which, modifier, said):
    key(empty_window, which, modifier)
    assert empty_window.findChildren(QDialog) == []
    assert said in empty_window.status.notice.text()


def test_with_ground_truth_alone_there_is_nothing_to_export_or_to_tag(qtbot, empty_window, files):
    empty_window.controller.data.open_paths([files.ground_truth])
    settle(qtbot, empty_window)
    key(empty_window, Qt.Key.Key_E, CONTROL)
    assert "nothing to export yet" in empty_window.status.notice.text()
    assert not empty_window.actions_by_name["tag-1"].isEnabled()
    assert empty_window.actions_by_name["image-folder"].isEnabled()
    empty_window.controller.data.add_predictions([files.first])
    settle(qtbot, empty_window)
    assert empty_window.actions_by_name["tag-1"].isEnabled()
    key(empty_window, Qt.Key.Key_R)
    assert "no other run" in empty_window.status.notice.text()


def test_what_moves_through_failures_is_offered_only_with_failures(qtbot, window):
    names = ("next", "note", "filter", "iou-up", "zoom-to-failure", "choose-all")
    assert all(window.actions_by_name[name].isEnabled() for name in names)
    window.controller.query.add_expression("area < 0")
    settle(qtbot, window)
    allowed = {name for name in names if window.actions_by_name[name].isEnabled()}
    assert allowed == {"next", "filter", "iou-up", "choose-all"}


def test_an_ampersand_in_a_tag_is_shown_and_is_no_key(qtbot, window):
    window.controller.review.set_tag_names(("R&D",))
    settle(qtbot, window)
    window.controller.review.tag_by_key(1)
    settle(qtbot, window)
    assert "R&&D" in window.actions_by_name["undo"].text()
    assert any("R&amp;D" in button.toolTip() for button in window.control_bar.findChildren(QToolButton))
    button = window.failures.review.buttons["R&D"]
    assert button.text() == "R&D"
    assert button.shortcut().isEmpty()
    window.commands()
    palette = window.findChild(CommandPalette)
    assert any(label.text() == "Tag “R&D”" for label in palette.list.findChildren(QLabel))
    palette.close()
