"""Run many calls of the program quickly: one process imports everything once and forks for each call.

A call has its own memory limit, folder, environment and time, as in a fresh process; what it lacks is the half second of imports.
The process that forks has never run a call itself.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

MODULES = ("verbs", "evaluate", "validate", "project", "failures", "evaluation_tables")


class ForkedCalls:
    """A process that forks for each call; a context manager that ends it."""

    def __enter__(self) -> ForkedCalls:
        command = [sys.executable, "-m", "tests.robustness.forked"]
        root = str(Path(__file__).parents[2])
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.communicate()

    def call(self, **asked: Any) -> dict[str, Any]:
        """Run ``arguments`` in the folder ``cwd``, with what it says in the file ``said``; return status, seconds, rss."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def waited(pid: int, max_seconds: float) -> dict[str, Any]:
    """Wait for a process, ending it when its time is up; return status, seconds, rss in KiB and whether it took too long."""
    started = time.monotonic()
    timed_out = False
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        if time.monotonic() - started > max_seconds and not timed_out:
            timed_out = True
            os.kill(pid, 9)
        time.sleep(0.005)
    seconds = time.monotonic() - started
    return {"status": os.waitstatus_to_exitcode(status), "seconds": seconds, "rss": usage.ru_maxrss, "timed_out": timed_out}


def limited(address_space: int) -> None:
    """Limit this process as the rules of the manifests say."""
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _one_call(asked: dict[str, Any]) -> None:
    """Become the program; never returns."""
    from diag_gui.__main__ import main

    status = 3
    try:
        said = os.open(asked["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.chdir(asked["cwd"])
        os.environ.update(asked["environment"])
        limited(asked["address_space"])
        status = main(asked["arguments"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def serve() -> None:
    """Answer calls until the end of standard input."""
    import importlib

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in MODULES:
        importlib.import_module(f"diag_gui.cli.{name}")
    for name in ("coco", "coco_results", "metadata", "recognition", "opening", "yolo", "voc"):
        importlib.import_module(f"diag_gui.formats.{name}")
    for line in sys.stdin:
        asked = json.loads(line)
        if (pid := os.fork()) == 0:
            _one_call(asked)
        print(json.dumps(waited(pid, asked["max_seconds"])), flush=True)


if __name__ == "__main__":
    serve()
