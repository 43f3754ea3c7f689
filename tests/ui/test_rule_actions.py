"""The rules of AP in the menu, and beside the numbers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from diag_gui.evaluation.rule_settings import Rules
from tests.evaluation.federated_sets import federated_set
from tests.formats.coco_files import write
from tests.ui.small_window import settle


def marked(window) -> list[str]:
    names = [f"rules-{rules}" for rules in Rules] + ["voc-plus-one"]
    return [name for name in names if window.actions_by_name[name].isChecked()]


def headings(window) -> list[str]:
    model = window.failures.classes.model
    return [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]


def test_one_of_the_rules_is_marked(qtbot, window):
    assert marked(window) == ["rules-coco"]
    window.actions_by_name["rules-voc"].trigger()
    assert marked(window) == ["rules-voc"]
    window.actions_by_name["voc-plus-one"].trigger()
    assert marked(window) == ["rules-voc", "voc-plus-one"]
    window.actions_by_name["rules-voc"].trigger()
    assert marked(window) == ["rules-voc", "voc-plus-one"]
    window.actions_by_name["rules-coco"].trigger()
    assert marked(window) == ["rules-coco"]
    settle(qtbot, window)


def test_the_rules_stand_beside_the_numbers(qtbot, window):
    assert window.failures.classes.figure_label.text() == "3"
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.AltModifier)
    settle(qtbot, window)
    assert any(text.startswith("AP.50") for text in headings(window))
    assert window.failures.classes.figure_label.text() == "AP by VOC, all points, +1 px · 3"
    curve = window.failures.curve
    assert "(VOC, all points, +1 px)" in curve.figure_label.text()
    assert "the rules of VOC, all points, +1 px, at IoU 0.5" in curve.figure_label.toolTip()
    assert window.store.state.evaluation.totals.ap == pytest.approx(float(curve.figure_label.text().split()[1]), abs=0.006)


def test_rules_that_the_labels_do_not_allow_say_what_they_lack(qtbot, window, tmp_path):
    lvis, open_images = window.actions_by_name["rules-lvis"], window.actions_by_name["rules-openimages"]
    assert not lvis.isEnabled()
    assert lvis.text() == "AP by LVIS (needs lists of classes)"
    assert not open_images.isEnabled()
    assert not window.actions_by_name["voc-plus-one"].isEnabled()
    content, results = federated_set(3, flags=False)
    window.controller.data.open_paths([write(tmp_path / "lvis.json", content), write(tmp_path / "found.json", results)])
    settle(qtbot, window)
    assert lvis.isEnabled()
    assert lvis.text() == "AP by LVIS"
    lvis.trigger()
    settle(qtbot, window)
    assert window.failures.classes.figure_label.text().startswith("AP by LVIS")


def test_before_anything_is_open_no_rules_can_be_chosen(empty_window):
    assert not any(empty_window.actions_by_name[f"rules-{rules}"].isEnabled() for rules in Rules)
