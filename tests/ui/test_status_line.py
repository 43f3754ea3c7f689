"""What the line at the bottom says."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from diag_gui.review.attach import Unattached
from diag_gui.session.state import JobStatus, Notice
from diag_gui.ui import status_line
from diag_gui.ui.status_line import StatusLine
from tests.session.small_session import N_FOUND, N_IMAGES, N_TRUTH
from tests.ui.showing import shown

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def line(qtbot, session):
    return shown(qtbot, StatusLine(session.store, session.controller), 1400, 26)


def test_it_counts_what_is_loaded(line):
    assert line.counts.text() == f"{N_IMAGES} images · {N_TRUTH} ground truth · {N_FOUND} predictions"


def test_dropped_records_are_counted_too(qtbot, nothing_open, files):
    files.first.write_text(files.first.read_text().replace('"image_id": 2,', '"image_id": 2222,', 1))
    nothing_open.open([files.ground_truth, files.first])
    line = shown(qtbot, StatusLine(nothing_open.store, nothing_open.controller), 1400, 26)
    assert line.counts.text().endswith(f"{N_FOUND - 1} predictions · 1 record dropped")


def test_decisions_are_said_to_be_saved_only_when_they_are(line, session):
    assert line.saved.text() == "No decisions yet"
    session.controller.review.tag_by_key(1)
    assert line.saved.text() == "Saving 1 change …"
    session.settle()
    assert line.saved.text() == f"All changes saved · {session.state.project.path.name}"


def test_decisions_without_a_place_are_counted_beside_the_project(line, session):
    session.controller.review.tag_by_key(1)
    session.settle()
    (target,) = session.state.review.decisions
    lost = Unattached(target, session.state.review.decisions[target], "no such label any more")
    session.store.commit(review=replace(session.state.review, unattached=(lost,)))
    assert line.saved.text().endswith(".diag · 1 without a place")
    assert "1 decision found no place: no such label any more" in line.saved.toolTip()


def test_an_error_stays_until_it_is_dismissed_and_offers_its_details(qtbot, line, session):
    session.store.commit(notice=Notice("x.json: cannot be read", details="because", is_error=True))
    assert line.notice.text() == "x.json: cannot be read"
    assert line.details.isVisible()
    session.controller.thresholds.set_iou(0.7)
    session.settle()
    assert line.notice.text() == "x.json: cannot be read"
    qtbot.mouseClick(line.dismiss, LEFT)
    assert session.state.notice is None
    assert line.notice.text() == ""
    assert not line.dismiss.isVisible()


@pytest.fixture
def quickly(monkeypatch):
    monkeypatch.setattr(status_line, "LEAST_SHOWN_MS", 30)
    monkeypatch.setattr(status_line, "LETTER_MS", 0)


def test_a_message_goes_when_it_was_read_and_is_not_lost(qtbot, quickly, line, session):
    line.activateWindow()
    qtbot.waitUntil(line.isActiveWindow)
    session.store.commit(notice=Notice("Exported 3 images", details="/somewhere"))
    assert (line.notice.text(), line.details.isVisible()) == ("Exported 3 images", True)
    qtbot.waitUntil(lambda: line.notice.text() == "")
    assert not line.details.isVisible()
    assert not line.dismiss.isVisible()
    assert line.messages.isVisible()
    # It does not come back with the next change of something else, and the last message is still what is copied.
    session.controller.thresholds.set_iou(0.7)
    session.settle()
    assert line.notice.text() == ""
    assert session.state.notice.text == "Exported 3 images"
    assert session.controller.messages.said[0].notice.text == "Exported 3 images"
    session.store.commit(notice=Notice("Exported 3 images"))
    assert line.notice.text() == "Exported 3 images"


def test_a_message_waits_for_who_works_elsewhere_and_for_the_mouse(qtbot, quickly, line, session, monkeypatch):
    asked, away = [], [True]
    monkeypatch.setattr(line, "isActiveWindow", lambda: asked.append(1) is None and not away[0])
    session.controller.say("Done")
    qtbot.waitUntil(lambda: len(asked) >= 3)
    assert line.notice.text() == "Done"
    away[0] = False
    monkeypatch.setattr(line.notice, "underMouse", lambda: asked.append(1) is None)
    qtbot.waitUntil(lambda: len(asked) >= 6)
    assert line.notice.text() == "Done"
    monkeypatch.undo()


def test_an_error_does_not_go_by_itself(qtbot, quickly, line, session):
    session.store.commit(notice=Notice("x.json: cannot be read", is_error=True))
    qtbot.wait(120)
    assert line.notice.text() == "x.json: cannot be read"


def test_a_notice_without_details_offers_none(line, session):
    session.controller.say("Done")
    assert line.notice.text() == "Done"
    assert not line.details.isVisible()


def test_an_error_looks_like_one(line, session):
    session.store.commit(notice=Notice("The same words"))
    plain = line.notice.grab().toImage()
    session.store.commit(notice=Notice("The same words", is_error=True))
    assert line.notice.property("role") == "error"
    assert line.notice.text() == "The same words"
    assert line.notice.grab().toImage().size() == plain.size()


def test_a_job_is_shown_with_its_share_and_cancelled_by_a_click(qtbot, line, session, monkeypatch):
    cancelled = []
    monkeypatch.setattr(session.controller, "cancel", cancelled.append)
    assert not line.cancel.isVisible()
    session.store.commit(busy=(JobStatus("open", "Opening x", 0.42), JobStatus("costs", "Costs", math.nan)))
    assert line.job.text() == "Opening x (+1) 42 %"
    assert line.bar.value() == 42
    qtbot.mouseClick(line.cancel, LEFT)
    assert cancelled == ["open"]
    session.store.commit(busy=())
    assert not line.job.isVisible()
    assert not line.cancel.isVisible()


def test_a_job_whose_share_is_not_known_says_so_without_a_figure(line, session):
    session.store.commit(busy=(JobStatus("a", "Looking", math.nan),))
    assert line.job.text() == "Looking"
    assert (line.bar.minimum(), line.bar.maximum()) == (0, 0)


def test_a_count_stands_in_for_a_share_nobody_knows(line, session):
    session.store.commit(busy=(JobStatus("open", "Opening labels", 0.0, "34,000 files found"),))
    assert line.job.text() == "Opening labels: 34,000 files found"
    assert (line.bar.minimum(), line.bar.maximum()) == (0, 0)
    session.store.commit(busy=(JobStatus("open", "Opening labels", 0.1),))
    assert (line.job.text(), line.bar.maximum()) == ("Opening labels 10 %", 100)


def test_a_long_message_does_not_widen_the_line_and_is_whole_in_the_tooltip(line, session):
    text = "a very long name of a file " * 40
    session.store.commit(notice=Notice(text, is_error=True))
    assert line.minimumSizeHint().width() < 1400
    line.grab()
    assert text.strip() in line.notice.toolTip()


def test_text_from_files_is_not_markup(line, session):
    session.store.commit(notice=Notice("<b>bold</b>.json is missing"))
    assert line.notice.textFormat() == Qt.TextFormat.PlainText


def test_before_anything_is_open_it_is_silent(qtbot, nothing_open):
    line = shown(qtbot, StatusLine(nothing_open.store, nothing_open.controller), 1400, 26)
    assert (line.counts.text(), line.notice.text(), line.saved.text()) == ("", "", "")
