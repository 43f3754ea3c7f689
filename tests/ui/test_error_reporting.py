"""Errors nobody caught are said in the status bar, wherever they happen."""

from __future__ import annotations

import logging
import sys
import threading

import pytest

from diag_gui.session.state import Notice
from diag_gui.ui.error_reporting import report_uncaught


@pytest.fixture
def reported(nothing_open, monkeypatch):
    """The session, with uncaught errors sent to it as in the running program."""
    for holder in (sys, threading):
        monkeypatch.setattr(holder, "excepthook", holder.excepthook)
    report_uncaught(nothing_open.controller)
    return nothing_open


def fail(*_arguments):
    raise ZeroDivisionError("a panel divides by nothing")


@pytest.mark.expects_error_log
def test_an_error_while_a_change_is_announced_is_said_after_it(qtbot, reported, caplog):
    """As in the refresh of a panel: nothing can be committed before every panel has heard of the change."""

    def listen(_change, _origin):
        if reported.state.notice == Notice("begin"):
            try:
                fail()
            except ZeroDivisionError:
                sys.excepthook(*sys.exc_info())

    reported.store.changed.connect(listen)
    with caplog.at_level(logging.CRITICAL, "diag_gui"):
        reported.store.commit("test", notice=Notice("begin"))
        qtbot.waitUntil(lambda: reported.state.notice != Notice("begin"), timeout=5_000)
    assert reported.state.notice.is_error
    assert "a panel divides by nothing" in reported.state.notice.text
    assert "fail" in reported.state.notice.details
