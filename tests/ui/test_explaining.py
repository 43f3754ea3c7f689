"""Asking where a number comes from: by the right mouse button on it, by a click in a heading, and by its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.session.state import Change
from diag_gui.ui.figure_places import figure_at
from tests.ui.small_window import settle


def right_click(qtbot, window, widget: QWidget, at: QPoint) -> None:
    """Press the right mouse button and wait for the account."""
    with qtbot.waitSignal(window.store.changed, check_params_cb=lambda change, _: bool(change & Change.EXPLANATION)):
        QApplication.sendEvent(widget, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at)))


def test_the_right_mouse_button_on_a_class_figure_explains_it(qtbot, window):
    table, model = window.failures.classes.table, window.failures.classes.model
    at = table.visualRect(model.index(0, 3)).center()
    right_click(qtbot, window, table.viewport(), at)
    account = window.store.state.explanation
    name = window.store.state.dataset.classes.name[model.class_row(0)]
    assert account.figure == f"classes.{name}.recall"
    assert account.value == window.store.state.evaluation.per_class.recall[model.class_row(0)]
    assert window.explaining.dialog.isVisible()


def test_a_chip_explains_its_count_at_the_left_and_its_gain_at_the_right(qtbot, window):
    chip = window.failures.chips.chips[OutcomeKind.MISSED]
    left = figure_at(window, chip.mapTo(window, QPoint(8, 10)))
    right = figure_at(window, chip.mapTo(window, QPoint(chip.width() - 8, 10)))
    assert (left, right) == ("errors.missed.count_at_score", "errors.missed.dap")


def test_the_heading_of_the_curve_explains_each_of_its_figures(qtbot, window):
    panel = window.failures.curve
    label = panel.figure_label
    end = label.mapTo(window, QPoint(label.width() - 3, label.height() // 2))
    start = label.mapTo(
        window, QPoint(label.width() - label.fontMetrics().horizontalAdvance(label.text()) + 3, label.height() // 2)
    )
    assert figure_at(window, start) == "summary.ap_at_iou"
    assert figure_at(window, end) == "summary.best_score"


def test_a_click_on_a_number_that_means_nothing_else_explains_it(qtbot, window):
    explained = lambda change, _: bool(change & Change.EXPLANATION)  # noqa: E731
    line = window.failures.classes.together
    for widget, at, figure in (
        (line, QPoint(3, line.height() // 2), "summary.AP"),
        (window.failures.curve.figure_label, window.failures.curve.figure_label.rect().center(), "summary.best_f1"),
    ):
        none, place = Qt.MouseButton.NoButton, QPointF(at)
        move = QMouseEvent(QEvent.Type.MouseMove, place, widget.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(widget, move)
        with qtbot.waitSignal(window.store.changed, check_params_cb=explained):
            QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)
        assert window.store.state.explanation.figure == figure
        assert widget.cursor().shape() == Qt.CursorShape.PointingHandCursor


def test_a_click_that_chooses_a_class_explains_nothing(qtbot, window):
    table, model = window.failures.classes.table, window.failures.classes.model
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(model.index(0, 3)).center())
    settle(qtbot, window)
    assert window.store.state.query.class_rows == {model.class_row(0)}
    assert window.explaining.dialog is None


def test_a_press_that_is_let_go_elsewhere_explains_nothing(qtbot, window):
    line = window.failures.classes.together
    QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=QPoint(3, line.height() // 2))
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() - 1, line.height() // 2))
    assert window.explaining.dialog is None


def test_nothing_is_explained_where_no_figure_stands(qtbot, window):
    assert figure_at(window, QPoint(3, window.height() - 3)) == ""


def test_a_figure_is_asked_for_by_name_and_follows_the_thresholds(qtbot, window):
    QTest.keyClick(window.failures.gallery, Qt.Key.Key_E)
    dialog = window.explaining.dialog
    qtbot.waitUntil(dialog.line.hasFocus)
    QTest.keyClicks(dialog.line, "precision")
    explained = lambda change, _: bool(change & Change.EXPLANATION)  # noqa: E731
    with qtbot.waitSignal(window.store.changed, check_params_cb=explained):
        QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    before = window.store.state.explanation
    assert before.value == window.store.state.evaluation.totals.precision
    with qtbot.waitSignal(window.store.changed, check_params_cb=explained):
        window.controller.thresholds.set_score(0.85)
    settle(qtbot, window)
    after = window.store.state.explanation
    assert after.value == window.store.state.evaluation.totals.precision != before.value
    assert ("score", "≥ 0.85") in after.settings


def test_an_unknown_name_says_what_is_near_and_leaves_what_was_shown(qtbot, window):
    window.explaining.explain("recall")
    qtbot.waitUntil(lambda: window.store.state.explanation is not None)
    window.explaining.dialog.ask("recal")
    qtbot.waitUntil(lambda: window.store.state.notice is not None and window.store.state.notice.is_error)
    assert "near: recall" in window.store.state.notice.text + window.store.state.notice.details
    assert window.store.state.explanation.figure == "summary.recall"


def test_the_account_is_plain_text(qtbot, window):
    window.explaining.explain("AP")
    qtbot.waitUntil(lambda: window.store.state.explanation is not None)
    labels = window.explaining.dialog.findChildren(QLabel)
    assert any("101 recalls" in label.text() for label in labels)
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_typing_offers_what_matches_and_enter_takes_the_first(qtbot, window):
    window.explaining.explain()
    dialog = window.explaining.dialog
    qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClicks(dialog.line, "cat prec")
    assert [dialog.offers.item(row).text() for row in range(dialog.offers.count())] == ["classes.cat.precision"]
    QTest.keyClick(dialog.line, Qt.Key.Key_Down)
    with qtbot.waitSignal(window.store.changed, check_params_cb=lambda change, _: bool(change & Change.EXPLANATION)):
        QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    assert window.store.state.explanation.figure == "classes.cat.precision"
