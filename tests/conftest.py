"""What holds for every test: no screen, no network, folders of its own, and no error in the log goes unnoticed."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import offline
from tests.examples import load_profiles

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Pictures of the window must not depend on the scale of the screen the tests happen to run on.
os.environ.setdefault("QT_SCALE_FACTOR", "1")

load_profiles()

ALLOWED_SKIP = "absent shared data"


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test its own caches, settings and projects."""
    root = tmp_path_factory.mktemp("user")
    for name in ("CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"DIAG_GUI_{name}", str(root / name.lower()))
    monkeypatch.setenv("DIAG_GUI_AUTHOR", "tester")
    return root


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Let nobody reach another machine."""
    with offline.offline():
        yield


@pytest.fixture(autouse=True)
def no_attempt_to_reach_the_network(no_network: None) -> Iterator[None]:
    """Fail a test that asked for another machine, even where the error was caught."""
    offline.attempts.clear()
    yield
    assert offline.attempts == [], "the network was asked for these"


@pytest.fixture(autouse=True)
def garbage_on_the_main_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect garbage between tests of widgets only: a collection in a worker's thread would destroy widgets there."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        # What survives lives as long as the process; looking at it again after each test takes longer than the tests.
        gc.freeze()


@pytest.fixture(autouse=True)
def no_error_in_the_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that logs an error, unless it is marked to expect one."""
    yield
    if request.node.get_closest_marker("expects_error_log"):
        return
    errors = [record for phase in ("setup", "call") for record in caplog.get_records(phase) if record.levelno >= logging.ERROR]
    assert not errors, f"errors in the log: {[record.getMessage() for record in errors]}"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With ``DIAG_GUI_STRICT_SKIPS`` set, fail when anything but a test of absent shared data was skipped."""
    if not os.environ.get("DIAG_GUI_STRICT_SKIPS"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    skipped = [report for report in reporter.stats.get("skipped", []) if ALLOWED_SKIP not in str(report.longrepr)]
    for report in skipped:
        reporter.write_line(f"not allowed to skip: {report.nodeid}: {report.longrepr}")
    if skipped and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
