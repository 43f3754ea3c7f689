"""Slow work: superseded, handed over in order, cancelled, and never lost in silence."""

from __future__ import annotations

import threading

import pytest

from diag_gui.session.jobs import Jobs, Lane


@pytest.fixture
def failures():
    return []


@pytest.fixture
def jobs(qtbot, failures):
    made = Jobs(lambda label, error: failures.append((label, error)))
    yield made
    made.close()


def test_an_answer_arrives_on_the_thread_of_the_interface(qtbot, jobs):
    threads = []
    with qtbot.waitSignal(jobs.idle):
        jobs.submit("a", lambda _context: threading.get_ident(), lambda ran: threads.extend([ran, threading.get_ident()]))
    assert threads[0] != threading.get_ident() == threads[1]


def test_of_many_requests_the_first_and_the_last_are_answered(qtbot, jobs):
    """One runs, one waits; what waited is replaced."""
    begin, shown = threading.Event(), []
    with qtbot.waitSignal(jobs.idle):
        jobs.submit("slider", lambda _context: begin.wait(10) and 0, shown.append)
        for value in range(1, 50):
            jobs.submit("slider", lambda _context, value=value: value, shown.append)
        begin.set()
    assert shown == [0, 49]


def test_jobs_of_different_keys_do_not_replace_each_other(qtbot, jobs):
    shown = []
    with qtbot.waitSignal(jobs.idle):
        for key in "abc":
            jobs.submit(key, lambda _context, key=key: key, shown.append, lane=Lane.STORE)
    assert shown == ["a", "b", "c"]


def test_an_answer_to_facts_that_are_gone_is_dropped(qtbot, jobs):
    shown = []
    with qtbot.waitSignal(jobs.idle):
        jobs.submit("a", lambda _context: 1, shown.append, is_current=lambda: False)
    assert shown == []


def test_an_error_reaches_its_handler_or_else_the_common_one(qtbot, jobs, failures):
    mine = []

    def fail(_context):
        raise ValueError("no")

    with qtbot.waitSignal(jobs.idle):
        jobs.submit("a", fail, lambda _answer: None, on_failed=mine.append)
        jobs.submit("b", fail, lambda _answer: None, label="Working")
    assert [str(error) for error in mine] == ["no"]
    assert [(label, str(error)) for label, error in failures] == [("Working", "no")]


def test_a_cancelled_job_stops_at_its_next_report_and_says_nothing(qtbot, jobs, failures):
    started, cancelled, shown = threading.Event(), threading.Event(), []

    def work(context):
        started.set()
        assert cancelled.wait(10)
        context.progress(0.5)
        shown.append("went on")

    with qtbot.waitSignal(jobs.idle):
        jobs.submit("a", work, shown.append)
        assert started.wait(10)
        jobs.cancel("a")
        cancelled.set()
    assert shown == []
    assert failures == []


def test_a_replaced_job_is_asked_to_stop_where_nobody_wants_its_answer(qtbot, jobs):
    started, shown = threading.Event(), []

    def first(context):
        started.set()
        while not context.cancelled():
            threading.Event().wait(0.001)
        return "first"

    with qtbot.waitSignal(jobs.idle):
        jobs.submit("open", first, shown.append)
        assert started.wait(10)
        jobs.submit("open", lambda _context: "second", shown.append, replaces_running=True)
    assert shown == ["second"]


def test_a_slow_lane_does_not_hold_up_another(qtbot, jobs):
    hold, shown = threading.Event(), []
    jobs.submit("slow", lambda _context: hold.wait(10), lambda _answer: shown.append("slow"), lane=Lane.BACKGROUND)
    jobs.submit("fast", lambda _context: None, lambda _answer: (shown.append("fast"), hold.set()), lane=Lane.INTERACTIVE)
    with qtbot.waitSignal(jobs.idle):
        pass
    assert shown == ["fast", "slow"]


def test_progress_is_shown_for_labelled_jobs_that_last(qtbot, jobs):
    seen, finish = [], threading.Event()

    def look():
        for status in jobs.statuses():
            seen.append((status.label, status.fraction))
            finish.set()

    jobs.status_changed.connect(look)

    def work(context):
        context.progress(0.25)
        assert finish.wait(10)

    with qtbot.waitSignal(jobs.idle, timeout=10_000):
        jobs.submit("a", work, lambda _answer: None, label="Reading")
    assert ("Reading", 0.25) in seen


def test_where_nobody_knows_the_whole_the_count_is_shown(qtbot, jobs):
    told, go_on = threading.Event(), threading.Event()

    def work(context):
        context.found(34_000)
        told.set()
        go_on.wait(10)
        return 1

    shown = []
    jobs.submit("open", work, shown.append, label="Opening labels", lane=Lane.BACKGROUND)
    qtbot.waitUntil(lambda: bool(jobs.statuses()) and jobs.statuses()[0].detail == "34,000 files found")
    jobs.cancel("open")
    go_on.set()
    qtbot.waitUntil(lambda: jobs.is_idle)
    assert shown == []


def test_counting_stops_a_cancelled_job(qtbot, jobs, failures):
    begun, go_on = threading.Event(), threading.Event()

    def work(context):
        begun.set()
        go_on.wait(10)
        context.found(1)
        return 1

    shown = []
    with qtbot.waitSignal(jobs.idle):
        jobs.submit("open", work, shown.append, lane=Lane.LONG)
        qtbot.waitUntil(begun.is_set)
        jobs.cancel("open")
        go_on.set()
    assert (shown, failures) == ([], [])


def test_work_that_waits_for_a_rest_lets_everything_else_go_first(qtbot, jobs):
    order = []
    with qtbot.waitSignal(jobs.idle):
        jobs.submit("figures", lambda _context: "figures", order.append, lane=Lane.BACKGROUND, rest_ms=40)
        jobs.submit("view", lambda _context: "view", order.append)
    assert order == ["view", "figures"]


def test_what_is_cancelled_before_the_rest_never_begins(qtbot, jobs):
    begun, shown = [], []
    with qtbot.waitSignal(jobs.idle):
        jobs.submit("figures", begun.append, shown.append, lane=Lane.BACKGROUND, rest_ms=40)
        assert not jobs.is_idle
        jobs.cancel("figures")
    assert begun == shown == []
