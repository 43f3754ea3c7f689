"""The decoding process: dies alone, is replaced, never sees Qt, and serves the latest wish first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path

import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats import decode_worker
from diag_gui.formats.decode_worker import DecodeWorker, _Server
from diag_gui.formats.geotiff import OverviewNeededError
from diag_gui.formats.images import DecodeRequest, decode
from tests.formats.pictures import encoded


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(".png", 120, 90))
    return path


@pytest.fixture
def worker() -> Iterator[DecodeWorker]:
    with DecodeWorker() as worker:
        yield worker


def test_pixels_are_those_of_decoding_here(worker: DecodeWorker, picture: Path) -> None:
    for request in (DecodeRequest(picture), DecodeRequest(picture, crop=(-3, 4, 50, 40), size=(64, 64))):
        assert (worker.submit(request).result(60) == decode(request)).all()


def test_bad_pictures_say_why_and_the_process_lives_on(worker: DecodeWorker, picture: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(encoded(".jpg", 120, 90)[:600])
    worker.submit(DecodeRequest(picture)).result(60)
    before = worker.process_ids()
    with pytest.raises(FormatError, match=r"bad.jpg.*unreadable"):
        worker.submit(DecodeRequest(bad)).result(60)
    worker.submit(DecodeRequest(picture)).result(60)
    assert worker.process_ids() == before


def test_fifo_does_not_hang(worker: DecodeWorker, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.jpg")
    with pytest.raises(FormatError, match="regular"):
        worker.submit(DecodeRequest(tmp_path / "fifo.jpg")).result(60)


def test_a_killed_process_is_replaced(worker: DecodeWorker, picture: Path) -> None:
    worker.submit(DecodeRequest(picture)).result(60)
    (before,) = worker.process_ids()
    os.kill(before, signal.SIGKILL)
    assert worker.submit(DecodeRequest(picture)).result(60).shape == (90, 120, 3)
    (after,) = worker.process_ids()
    assert after != before


def test_a_picture_that_kills_its_process_twice_is_unreadable(worker: DecodeWorker, picture: Path, tmp_path: Path) -> None:
    # A request that the process cannot unpack ends it, as a crash inside a decoder would.
    deadly = DecodeRequest(_Deadly(tmp_path / "deadly.jpg"))
    with pytest.raises(FormatError, match="died of it"):
        worker.submit(deadly).result(60)
    assert worker.submit(DecodeRequest(picture)).result(60).shape == (90, 120, 3)


class _Deadly(type(Path())):  # type: ignore[misc]
    """A path that ends the process which unpacks it."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (7,)


def test_a_picture_that_takes_too_long_is_unreadable(picture: Path) -> None:
    with DecodeWorker(picture_s=0.5) as worker:
        worker.submit(DecodeRequest(picture)).result(60)
        (process,) = worker.process_ids()
        os.kill(process, signal.SIGSTOP)
        with pytest.raises(FormatError, match="picture_s"):
            worker.submit(DecodeRequest(picture)).result(60)
        assert worker.submit(DecodeRequest(picture)).result(60).shape == (90, 120, 3)


def test_the_latest_request_comes_first_and_urgent_ones_before(picture: Path) -> None:
    with DecodeWorker() as worker:
        worker.submit(DecodeRequest(picture)).result(60)
        (process,) = worker.process_ids()
        os.kill(process, signal.SIGSTOP)
        order: list[str] = []
        futures = []
        for name, priority in (("running", 0), ("old", 0), ("new", 0), ("urgent", 5), ("idle", -5)):
            future = worker.submit(DecodeRequest(picture), priority=priority)
            future.add_done_callback(lambda _, name=name: order.append(name))
            futures.append(future)
            while name == "running" and not future.running():
                pass
        os.kill(process, signal.SIGCONT)
        for future in futures:
            future.result(60)
    assert order == ["running", "urgent", "new", "old", "idle"]


def test_waiting_requests_can_be_taken_back(picture: Path) -> None:
    with DecodeWorker() as worker:
        worker.submit(DecodeRequest(picture)).result(60)
        (process,) = worker.process_ids()
        os.kill(process, signal.SIGSTOP)
        first = worker.submit(DecodeRequest(picture))
        while not first.running():
            pass
        second = worker.submit(DecodeRequest(picture))
        assert worker.n_waiting == 1
        assert worker.cancel(second)
        assert not worker.cancel(first)
        assert worker.n_waiting == 0
        os.kill(process, signal.SIGCONT)
        assert first.result(60).shape == (90, 120, 3)
        with pytest.raises(CancelledError):
            second.result(60)


def test_closing_ends_the_process_and_refuses_new_requests(picture: Path) -> None:
    worker = DecodeWorker()
    worker.submit(DecodeRequest(picture)).result(60)
    (process,) = worker.process_ids()
    worker.close()
    worker.close()
    assert worker.process_ids() == ()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    with pytest.raises(RuntimeError, match="closed"):
        worker.submit(DecodeRequest(picture))


def test_pipes_closed_just_before_they_are_written_to_are_the_end_of_the_program(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = _Server(20)
    running = server._running

    def ended_meanwhile(path: Path) -> subprocess.Popen[bytes]:
        process = running(path)
        server.end()
        return process

    monkeypatch.setattr(server, "_running", ended_meanwhile)
    with pytest.raises(FormatError, match="the program is closing"):
        server.decode(DecodeRequest(picture))


def test_no_process_without_a_request() -> None:
    with DecodeWorker() as worker:
        assert worker.process_ids() == ()


def test_a_decoder_that_does_not_start_is_said(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_worker, "_COMMAND", "raise SystemExit(3)")
    with DecodeWorker() as worker, pytest.raises(FormatError, match="does not start"):
        worker.submit(DecodeRequest(picture)).result(60)


def test_the_process_has_a_memory_limit(worker: DecodeWorker, picture: Path) -> None:
    worker.submit(DecodeRequest(picture)).result(60)
    (process,) = worker.process_ids()
    limits = Path(f"/proc/{process}/limits").read_text()
    (line,) = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert line.split()[3] != "unlimited"


def test_the_process_ends_with_its_parent(picture: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from diag_gui.formats.decode_worker import DecodeWorker;"
        "from diag_gui.formats.images import DecodeRequest; worker = DecodeWorker();"
        f"worker.submit(DecodeRequest(Path({str(picture)!r}))).result(60);"
        "print(worker.process_ids()[0], flush=True); os._exit(1)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    process = Path(f"/proc/{int(done.stdout)}/cmdline")
    for _ in range(100_000):
        try:
            if not process.read_bytes():
                break
        except (FileNotFoundError, ProcessLookupError):
            break
    else:
        pytest.fail("the decoding process outlives its parent")


def test_serving_imports_no_qt() -> None:
    script = "import sys, diag_gui.formats.decode_serving; print([m for m in sys.modules if m.startswith(('PySide', 'pyqt'))])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_process_begun_ahead_is_the_one_that_decodes(picture: Path) -> None:
    with DecodeWorker() as worker:
        worker.begin()
        worker.begin()
        give_up = time.monotonic() + 20
        while not worker.process_ids() and time.monotonic() < give_up:
            time.sleep(0.01)
        begun = worker.process_ids()
        assert len(begun) == 1
        assert worker.submit(DecodeRequest(picture)).result(20).ndim == 3
        assert worker.process_ids() == begun


def test_closed_before_it_has_begun(picture: Path) -> None:
    worker = DecodeWorker()
    worker.begin()
    worker.close()
    worker.begin()
    assert worker.process_ids() == ()


def test_a_worker_closed_while_a_request_is_handed_on_answers_it(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Server, "decode", without_overview)
    submit = DecodeWorker.submit
    worker = DecodeWorker()

    def closing_first(self: DecodeWorker, request: DecodeRequest, **more: int) -> Future[object]:
        if request.makes_overview:
            threading.Thread(target=worker.close, daemon=True).start()
            time.sleep(0.2)
        return submit(self, request, **more)

    monkeypatch.setattr(DecodeWorker, "submit", closing_first)
    future = worker.submit(DecodeRequest(picture))
    assert isinstance(future.exception(timeout=10), FormatError)
    worker.close()


def test_a_small_picture_that_could_not_be_made_is_not_tried_for_every_crop(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def counted(server: object, request: DecodeRequest) -> None:
        if request.makes_overview:
            tried.append(request.path)
            time.sleep(0.05)
        without_overview(server, request)

    monkeypatch.setattr(_Server, "decode", counted)
    with DecodeWorker() as worker:
        crops = [worker.submit(DecodeRequest(path, max_side=side)) for side in range(1, 5) for path in (picture, tmp_path)]
        assert all("took too long" in str(crop.exception(timeout=10)) for crop in crops)
        assert "took too long" in str(worker.submit(DecodeRequest(picture)).exception(timeout=10))
    assert sorted(tried) == sorted([picture, tmp_path])


def without_overview(server: object, request: DecodeRequest) -> None:
    """Fail as decoding a large file does that needs a small picture and of which none can be made."""
    if request.makes_overview:
        raise FormatError(request.path, "took too long")
    raise OverviewNeededError(request.path, "has no overviews")
