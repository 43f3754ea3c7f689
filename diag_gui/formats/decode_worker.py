"""Decoding pictures where a crash, a bomb or an endless loop cannot hurt: in processes of their own, restarted when they die.

The process is started as a plain interpreter with pipes, not through ``multiprocessing``: nothing of the program's main module
is imported again, so it starts alike under a test runner, from a console script and from a window, and it never sees Qt.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import numpy as np

from diag_gui.exceptions import FormatError
from diag_gui.formats.geotiff import OverviewNeededError
from diag_gui.formats.images import DecodeRequest, Picture
from diag_gui.formats.limits import LIMITS

_REQUEST_HEAD = 4
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_START_S = 60.0
_CLOSING = "was not decoded: the program is closing"
_COMMAND = "import sys; sys.path.insert(0, {root!r}); from diag_gui.formats.decode_serving import serve; serve()"
# Path, size in bytes and time of change in nanoseconds.
_Identity = tuple[str, int, int]


@dataclass(order=True, slots=True)
class _Waiting:
    rank: tuple[int, int]
    request: DecodeRequest = field(compare=False)
    future: Future[Picture] = field(compare=False)


class DecodeWorker:
    """Decodes pictures in other processes, the most urgent and then the latest request first.

    Parameters
    ----------
    processes : int
        Pictures decoded at the same time. Processes start with the first request.
    picture_s : float, optional
        Seconds one picture may take; the limit ``picture_s`` if not given.

    Notes
    -----
    A process that dies or takes too long makes one unreadable picture, and is replaced. The latest request is the first
    served, since it is what a user who scrolls looks at; ``priority`` comes before that. What takes minutes, the small picture
    of a large TIFF, goes to a process of its own, so that nothing waits behind it.
    """

    def __init__(self, processes: int = 1, *, picture_s: float | None = None) -> None:
        self._picture_s = float(LIMITS["picture_s"]) if picture_s is None else picture_s
        self._waiting: list[_Waiting] = []
        self._count = itertools.count()
        self._changed = threading.Condition()
        self._is_closed = False
        self._n_processes = processes
        self._servers: list[_Server] = []
        self._threads: list[threading.Thread] = []
        self._slow: DecodeWorker | None = None
        # By file: the requests for one whose small picture is being made, the one that makes it first; and why it cannot be.
        self._behind: dict[_Identity, list[_Waiting]] = {}
        self._without_overview: dict[_Identity, FormatError] = {}

    def submit(self, request: DecodeRequest, *, priority: int = 0) -> Future[Picture]:
        """Ask for a picture.

        Parameters
        ----------
        request : DecodeRequest
        priority : int
            Larger is served first; of equal ones the latest.

        Returns
        -------
        Future of ndarray of uint8, shape (H, W, 3)
            Raises `FormatError` where the picture cannot be read. Cancel it while it waits.

        Raises
        ------
        RuntimeError
            If the worker is closed.
        """
        future: Future[Picture] = Future()
        with self._changed:
            if self._is_closed:
                raise RuntimeError("the decode worker is closed")
            heapq.heappush(self._waiting, _Waiting((-priority, -next(self._count)), request, future))
            if not self._threads:
                self._start()
            self._changed.notify()
        return future

    def begin(self) -> None:
        """Start the processes now: pictures will be asked for, and the first need not wait for its process then."""
        with self._changed:
            if not self._is_closed and not self._threads:
                self._start(at_once=True)

    def cancel(self, future: Future[Picture]) -> bool:
        """Take a request back; False if it runs or is done already."""
        return future.cancel()

    @property
    def n_waiting(self) -> int:
        """Requests that no process has begun with, cancelled ones left out."""
        with self._changed:
            return sum(not entry.future.cancelled() for entry in self._waiting)

    def process_ids(self) -> tuple[int, ...]:
        """Return the ids of the processes that run now."""
        return tuple(server.pid for server in self._servers if server.pid is not None)

    def close(self) -> None:
        """Cancel what waits, end the processes and wait for them. May be called twice."""
        with self._changed:
            self._is_closed = True
            for entry in self._waiting:
                entry.future.cancel()
            self._waiting.clear()
            self._changed.notify_all()
            slow = self._slow
        if slow is not None:
            slow.close()
        for server in self._servers:
            server.end()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def __enter__(self) -> DecodeWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, *, at_once: bool = False) -> None:
        for number in range(self._n_processes):
            server = _Server(self._picture_s)
            thread = threading.Thread(target=self._work, args=(server, at_once), name=f"decode-{number}", daemon=True)
            self._servers.append(server)
            self._threads.append(thread)
            thread.start()

    def _next(self) -> _Waiting | None:
        with self._changed:
            while True:
                while self._waiting:
                    entry = heapq.heappop(self._waiting)
                    if entry.future.set_running_or_notify_cancel():
                        return entry
                if self._is_closed:
                    return None
                self._changed.wait()

    def _work(self, server: _Server, at_once: bool) -> None:
        if at_once:
            # The picture that wants a process which does not start says so.
            with contextlib.suppress(FormatError):
                server.begin()
        while (entry := self._next()) is not None:
            try:
                picture = server.decode(entry.request)
            except OverviewNeededError:
                self._decode_slowly(entry)
            except Exception as error:
                entry.future.set_exception(error)
            else:
                entry.future.set_result(picture)
        server.end()

    def _decode_slowly(self, entry: _Waiting) -> None:
        """Hand a request on to the process that may take its time, which then answers.

        Of a file whose small picture could not be made, each further request is answered with the reason until the file
        changes; those that come while it is being made wait for it.
        """
        file = _identity(entry.request.path)
        with self._changed:
            refusal = FormatError(entry.request.path, _CLOSING) if self._is_closed else self._without_overview.get(file)
            is_first = file not in self._behind
            if refusal is None:
                self._behind.setdefault(file, []).append(entry)
                if self._slow is None:
                    self._slow = DecodeWorker(picture_s=float(LIMITS["overview_s"]))
            slow = self._slow
        if refusal is not None or slow is None:
            entry.future.set_exception(refusal)
        elif is_first:
            self._submit_slowly(slow, entry, lambda error: self._answer_behind(slow, file, error))

    def _submit_slowly(self, slow: DecodeWorker, entry: _Waiting, then: Callable[[BaseException | None], object]) -> None:
        """Ask the slow process, answer the request with what it says, and tell what went wrong, if anything."""

        def answer(later: Future[Picture]) -> None:
            error = FormatError(entry.request.path, _CLOSING) if later.cancelled() else later.exception()
            if error is None:
                entry.future.set_result(later.result())
            else:
                entry.future.set_exception(error)
            then(error)

        try:
            slow.submit(replace(entry.request, makes_overview=True)).add_done_callback(answer)
        except RuntimeError:
            # It was closed meanwhile.
            answer(_cancelled())

    def _answer_behind(self, slow: DecodeWorker, file: _Identity, error: BaseException | None) -> None:
        """Answer those that waited for the small picture of a file, now that it is there or cannot be had."""
        with self._changed:
            _, *behind = self._behind.pop(file)
            if isinstance(error, FormatError):
                self._without_overview[file] = error
        for entry in behind:
            if error is None:
                self._submit_slowly(slow, entry, lambda _: None)
            else:
                entry.future.set_exception(error)


def _identity(path: Path) -> _Identity:
    """Return what a file is known by until it changes."""
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_size, found.st_mtime_ns


def _cancelled() -> Future[Picture]:
    future: Future[Picture] = Future()
    future.cancel()
    return future


class _Server:
    """One decoding process, started when needed and again after it has died. Used by one thread, ended from any."""

    def __init__(self, picture_s: float) -> None:
        self._picture_s = picture_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_ended = False

    @property
    def pid(self) -> int | None:
        """Process id, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def decode(self, request: DecodeRequest) -> Picture:
        """Return a picture from the process.

        Raises
        ------
        FormatError
            If the picture is bad, or two processes died of it, or one was ended for taking too long.

        Notes
        -----
        A process may be killed from outside, by the system when memory is short, while it has nothing to do: the first
        death is not yet the picture's fault.
        """
        try:
            return self._decode_once(request)
        except EOFError:
            try:
                return self._decode_once(request)
            except EOFError:
                raise FormatError(request.path, "picture is unreadable: the decoder died of it") from None

    def _decode_once(self, request: DecodeRequest) -> Picture:
        """Return `decode` of one attempt; EOFError if the process died."""
        data = pickle.dumps(request)
        process = self._running(request.path)
        late = threading.Event()
        watch = threading.Timer(self._picture_s, _kill, (process, late))
        watch.daemon = True
        watch.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(len(data).to_bytes(_REQUEST_HEAD, "little") + data)
            process.stdin.flush()
            return _answer(request.path, process.stdout)
        except (OSError, EOFError, ValueError):
            # ValueError: the pipes were closed by `end`, in another thread.
            self._drop()
            if late.is_set():
                name = "overview_s" if request.makes_overview else "picture_s"
                raise FormatError(
                    request.path, f"picture is unreadable: decoding took longer than the limit {name} of {self._picture_s:g} s"
                ) from None
            raise EOFError from None
        finally:
            watch.cancel()

    def begin(self) -> None:
        """Start the process.

        Raises
        ------
        FormatError
            If it does not start.
        """
        self._running(Path())

    def end(self) -> None:
        """End the process for good."""
        self._is_ended = True
        self._drop()

    def _running(self, path: Path) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_ended:
                raise FormatError(path, _CLOSING)
            if self._process is not None and self._process.poll() is not None:
                _end(self._process)
                self._process = None
            if self._process is None:
                self._process = _started(path)
            return self._process

    def _drop(self) -> None:
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                _end(process)


def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, wait for it and close its pipes; what was not written to it is of no interest."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _started(path: Path) -> subprocess.Popen[bytes]:
    """Return a new process that has said it is ready.

    Raises
    ------
    FormatError
        If it did not get that far: no picture can be shown then.
    """
    command = [sys.executable, "-P", "-c", _COMMAND.format(root=str(_PACKAGE_ROOT))]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, close_fds=True
    )
    assert process.stdout is not None
    watch = threading.Timer(_START_S, process.kill)
    watch.daemon = True
    watch.start()
    try:
        _read(process.stdout, _ANSWER_HEAD)
    except EOFError:
        _end(process)
        raise FormatError(path, "pictures cannot be decoded: the decoder does not start (is OpenCV installed?)") from None
    finally:
        watch.cancel()
    return process


_ANSWER_HEAD = 9


def _answer(path: Path, stream: IO[bytes]) -> Picture:
    """Return the pixels of an answer, or raise what it says; sizes are checked before anything is allocated."""
    head = bytes(_read(stream, _ANSWER_HEAD))
    kind, first, second = head[:1], int.from_bytes(head[1:5], "little"), int.from_bytes(head[5:9], "little")
    if kind == b"P" and 0 < first * second <= LIMITS["image_pixels"]:
        return np.frombuffer(_read(stream, first * second * 3), np.uint8).reshape(first, second, 3)
    if kind == b"S":
        raise OverviewNeededError(path, "needs a small picture that takes its time to be made")
    if kind == b"F" and first <= 1 << 16:
        raise FormatError(path, bytes(_read(stream, first)).decode("utf-8", "replace"))
    raise EOFError("the decoder's answer makes no sense")


def _read(stream: IO[bytes], length: int) -> bytearray:
    """Return exactly ``length`` bytes.

    Raises
    ------
    EOFError
        If the process ended before.
    """
    data = bytearray(length)
    rest = memoryview(data)
    while rest:
        n_read = stream.readinto(rest)  # type: ignore[attr-defined]
        if not n_read:
            raise EOFError
        rest = rest[n_read:]
    return data
