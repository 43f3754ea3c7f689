"""Asking how to export."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from diag_gui.evaluation.outcomes import OutcomeKind
from diag_gui.ui.dialogs.export_dialog import ExportDialog
from tests.session.small_session import COPIES, N_IMAGES

LEFT = Qt.MouseButton.LeftButton


def opened(qtbot, session, parent) -> ExportDialog:
    made = ExportDialog(session.store, session.controller, parent)
    made.open()
    qtbot.waitUntil(made.isVisible)
    return made


def choices(dialog) -> list[str]:
    return [dialog.what.itemText(place) for place in range(dialog.what.count())]


def test_it_offers_what_is_shown_and_says_how_much_that_is(qtbot, session, parent):
    session.controller.query.toggle_kind(OutcomeKind.DUPLICATE)
    session.settle()
    dialog = opened(qtbot, session, parent)
    assert choices(dialog) == [f"Images of the {COPIES} rows shown", "All images"]
    assert dialog.summary.text().startswith(f"{COPIES} images")
    dialog.what.setCurrentIndex(1)
    assert dialog.summary.text().startswith(f"{N_IMAGES} images")


def test_it_says_whether_predictions_go_along(qtbot, session, parent):
    dialog = opened(qtbot, session, parent)
    assert dialog.predictions.isChecked()
    assert dialog.summary.text().endswith(" images, their ground truth, their predictions and a manifest.json")
    dialog.predictions.setChecked(False)
    assert dialog.summary.text().endswith(" images, their ground truth and a manifest.json")


def test_tagged_images_come_first_once_something_is_tagged(qtbot, session, parent):
    session.controller.review.tag_by_key(1)
    session.settle()
    dialog = opened(qtbot, session, parent)
    assert dialog.what.currentText() == "Every tagged image"
    assert "Images with the tag “missing label” (1 object)" in choices(dialog)
    assert dialog.summary.text().startswith("1 image")


def test_rows_chosen_together_are_offered(qtbot, session, parent):
    session.controller.selection.choose(session.rows[:3], session.rows[0])
    assert "Images of the 3 rows chosen" in choices(opened(qtbot, session, parent))


def test_it_writes_where_it_says(qtbot, session, parent, tmp_path):
    dialog = opened(qtbot, session, parent)
    dialog.what.setCurrentIndex(dialog.what.count() - 1)
    dialog.folder.set_paths([tmp_path / "out"])
    qtbot.mouseClick(dialog.write, LEFT)
    session.settle()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert str(N_IMAGES) in json.dumps(manifest)
    assert not session.state.notice.is_error


def test_it_proposes_a_folder_that_is_free(qtbot, session, parent, files):
    first = opened(qtbot, session, parent).folder.paths()[0]
    assert first.parent == files.folder
    assert not first.exists()
    first.mkdir()
    second = opened(qtbot, session, parent).folder.paths()[0]
    assert second != first
    assert not second.exists()


def test_a_folder_that_exists_is_not_written_over_unasked(qtbot, session, parent, tmp_path):
    dialog = opened(qtbot, session, parent)
    dialog.folder.set_paths([tmp_path])
    assert "exists already" in dialog.summary.text()
    assert not dialog.write.isEnabled()
    dialog.overwrite.setChecked(True)
    assert dialog.write.isEnabled()


def test_no_folder_and_no_image_are_said(qtbot, session, parent):
    session.controller.query.set_text("no such thing")
    session.settle()
    dialog = opened(qtbot, session, parent)
    assert dialog.summary.text() == "There is no such image"
    assert not dialog.write.isEnabled()
    dialog.folder.line.clear()
    assert dialog.summary.text() == "Name a folder"


def test_without_pictures_none_can_go_along(qtbot, session, parent):
    assert not opened(qtbot, session, parent).pictures.isEnabled()


@pytest.mark.parametrize("target", ["coco", "yolo", "voc", "csv", "images"])
def test_every_format_can_be_chosen_and_written(qtbot, session, parent, tmp_path, target):
    dialog = opened(qtbot, session, parent)
    dialog.target.setCurrentIndex(dialog.target.findData(target))
    dialog.folder.set_paths([tmp_path / target])
    qtbot.mouseClick(dialog.write, LEFT)
    session.settle()
    assert not session.state.notice.is_error, session.state.notice
    assert (tmp_path / target / "manifest.json").exists()
    assert len(list((tmp_path / target).rglob("*"))) > 1


def test_cancel_writes_nothing(qtbot, session, parent, tmp_path):
    dialog = opened(qtbot, session, parent)
    dialog.folder.set_paths([tmp_path / "out"])
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    session.settle()
    assert not (tmp_path / "out").exists()


def test_a_folder_of_labels_is_not_written_into(qtbot, session, parent, tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    dataset = session.state.dataset
    moved = replace(dataset, source=replace(dataset.source, path=folder))
    session.store.commit(dataset=moved)
    assert opened(qtbot, session, parent).choice().folder.parent == tmp_path
