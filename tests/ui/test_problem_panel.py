"""The Problems page in the window: kinds, lines, pictures, and the way from a line to its image."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.geometry_lint import LINT_NAMES
from diag_gui.evaluation.lint_texts import MEANINGS
from diag_gui.ui.page_places import PROBLEMS
from diag_gui.ui.plain_text import as_tooltip
from diag_gui.ui.theme import apply_theme
from tests.ui.small_window import settle


@pytest.fixture
def files(files):
    """The scene with three tiny labels and a prediction of an image nobody knows."""
    document = json.loads(files.ground_truth.read_text())
    for place in (7, 13, 19):
        document["annotations"][place]["bbox"] = [5, 5, 2, 20]
    document["annotations"][1]["bbox"] = [5, 5, 0, 20]
    files.ground_truth.write_text(json.dumps(document))
    records = json.loads(files.first.read_text())
    records[0]["image_id"] = 9000
    files.first.write_text(json.dumps(records))
    return files


@pytest.fixture
def page(qtbot, window):
    """The Problems page, shown."""
    window.actions_by_name["page-problems"].trigger()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.store.state.problems is not None)
    settle(qtbot, window)
    return window.problems.panel


def texts(table) -> list[list[str]]:
    model = table.model()
    return [[str(model.index(row, column).data()) for column in range(model.columnCount())] for row in range(model.rowCount())]


def choose(page, kind: str) -> None:
    [row] = [row for row, cells in enumerate(texts(page.kinds)) if cells[0] == kind][:1]
    page.kinds.selectRow(row)


def test_the_page_has_a_button_and_a_key(window, page):
    assert window.pages.currentWidget() is window.problems
    assert window.rail.buttons[PROBLEMS].accessibleName() == "Page Problems"
    assert window.rail.buttons[PROBLEMS].accessibleDescription() == "Shown"
    assert window.actions_by_name["page-problems"].shortcut().toString() == "F9"


def test_kinds_stand_there_with_their_counts(page):
    rows = {(kind, source): (fate, count) for kind, fate, source, count in texts(page.kinds)}
    assert rows["zero-size-box", "truth.json"] == ("left out", "1")
    assert rows["unknown-image", "first.json"] == ("left out", "1")
    assert rows["tiny", "truth.json"] == ("looks odd", "3")
    assert "2 left out, " in page.figure_label.text()


def test_the_lines_of_the_kind_in_question(page):
    choose(page, "tiny")
    rows = texts(page.lines)
    assert len(rows) == 3
    assert all(image.startswith("site_") and "has a side of 2 px" in text for image, text in rows)


def test_the_lines_of_a_kind_of_hint_are_the_boxes_that_a_filter_for_it_finds(window, page):
    state = window.store.state
    catalog = ColumnCatalog(state.facts, state.evaluation)
    compared = 0
    for kind, fate, source, count in texts(page.kinds):
        if fate != "looks odd":
            continue
        choose(page, kind)
        shown = page._lines.kind
        if source != shown.source:
            continue
        where = catalog.gt_where if source == "truth.json" else catalog.predictions_where
        asked = np.flatnonzero(where(f"{'gt' if source == 'truth.json' else 'pred'}.lint = '{kind}'")).tolist()
        assert sorted(shown.rows(place)[0] for place in range(len(shown))) == asked
        assert (count, page.lines.model().rowCount()) == (str(len(asked)), len(asked))
        compared += 1
    assert compared > 0


def test_a_line_shows_its_image_and_the_keys_go_through_them(page):
    choose(page, "tiny")
    page.lines.setFocus()
    shown = [page.picture.image_row]
    for _ in range(2):
        QTest.keyClick(page.lines, Qt.Key.Key_Down)
        shown.append(page.picture.image_row)
    kind = page._lines.kind
    assert shown == kind.image_row.tolist()
    assert not page.picture.grab().toImage().isNull()


def test_enter_goes_from_kinds_to_lines_and_from_a_line_to_the_failures(qtbot, window, page):
    choose(page, "tiny")
    page.kinds.setFocus()
    QTest.keyClick(page.kinds, Qt.Key.Key_Return)
    assert page.lines.hasFocus()
    QTest.keyClick(page.lines, Qt.Key.Key_Down)
    QTest.keyClick(page.lines, Qt.Key.Key_Return)
    settle(qtbot, window)
    kind = page._lines.kind
    assert window.pages.currentWidget() is window.failures
    assert window.failures.viewer.canvas.image_row == int(kind.image_row[1])
    state = window.store.state
    assert state.current == state.evaluation.outcomes.n_predictions + kind.rows(1)[0]


def test_a_double_click_goes_there_too(qtbot, window, page):
    choose(page, "tiny")
    at = page.lines.visualRect(page.lines.model().index(2, 1)).center()
    QTest.mouseClick(page.lines.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(page.lines.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot, window)
    assert window.pages.currentWidget() is window.failures
    assert window.failures.viewer.canvas.image_row == int(page._lines.kind.image_row[2])


def test_a_line_without_an_image_says_so(window, page):
    choose(page, "unknown-image")
    page.follow()
    assert "names no image" in window.store.state.notice.text
    assert window.pages.currentWidget() is window.problems


def test_the_whole_line_in_question_is_readable(page):
    for kind, has_image in (("unknown-image", False), ("tiny", True)):
        choose(page, kind)
        image, said = texts(page.lines)[0]
        assert page.said.text().startswith(f"{image}: {said}" if image else said)
        assert ("No image is known" not in page.said.text()) is has_image


def test_the_filter_leaves_what_fits_and_counts_it(page):
    choose(page, "tiny")
    wanted = texts(page.lines)[1][0]
    page.filter.setText(wanted)
    assert [image for image, _ in texts(page.lines)] == [wanted]
    counts = {kind: count for kind, _, _, count in texts(page.kinds)}
    assert counts["tiny"] == "1 of 3"
    assert counts["unknown-image"] == "0 of 1"
    page.filter.clear()
    assert len(texts(page.lines)) == 3


def test_lines_are_copied(page):
    choose(page, "tiny")
    page.copy.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 3
    assert copied[0].startswith("truth.json: tiny: site_")
    page.lines.setFocus()
    page.lines.selectRow(1)
    QTest.keyClick(page.lines, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines() == [copied[1]]


def test_a_kind_of_hint_says_what_it_means(page):
    assert set(MEANINGS) == set(LINT_NAMES)
    model = page.kinds.model()
    row = next(row for row in range(model.rowCount()) if model.index(row, 0).data() in MEANINGS)
    index = model.index(row, 0)
    assert as_tooltip(MEANINGS[index.data()])[4:-5] in index.data(Qt.ItemDataRole.ToolTipRole)


def test_names_from_files_are_no_markup(page):
    choose(page, "tiny")
    index = page.lines.model().index(0, 1)
    assert index.data(Qt.ItemDataRole.ToolTipRole).startswith("<qt>")


def test_it_follows_what_is_loaded(qtbot, window, page, files):
    window.controller.data.add_predictions([files.second])
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.store.state.problems.is_of(window.store.state))
    assert page._kinds.kinds is window.store.state.problems.kinds


def test_colours_follow_the_theme(page):
    before = page.kinds.model().index(0, 1).data(Qt.ItemDataRole.ForegroundRole)
    apply_theme(QApplication.instance(), "light")
    try:
        assert page.kinds.model().index(0, 1).data(Qt.ItemDataRole.ForegroundRole) != before
    finally:
        apply_theme(QApplication.instance(), "dark")


def test_checking_the_pictures_starts_from_the_page_and_keeps_the_line_in_question(qtbot, window, page, tmp_path):
    folder = tmp_path / "data" / "images"
    for row in range(32):
        path = folder / f"site_{row % 4}" / f"picture_{row:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\xc8\0\0\0\x96\x08\0\0\0\0")
    window.controller.data.set_image_root(folder)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.store.state.problems is not None)
    choose(page, "tiny")
    page.lines.selectRow(2)
    QTest.mouseClick(page.check, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: any(cells[0] == "picture-unreadable" for cells in texts(page.kinds)))
    assert page.lines.current_row() == 2
    assert page._lines.kind.kind == "tiny"
    choose(page, "picture-unreadable")
    assert page.lines.model().rowCount() == 32
    assert page.picture.image_row == 0
    assert "truncated" in texts(page.lines)[0][1]
    assert window.actions_by_name["check-pictures"].shortcut().toString() == "Ctrl+Shift+K"
