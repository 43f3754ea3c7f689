"""What is freed goes back to the system, in a process of its own: the setting cannot be taken back."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import textwrap

import pytest

from diag_gui.cli import evaluate, freed_memory
from tests.cli.small_data import write_small_data


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.libc_ver()[0] != "glibc", reason="the C library is not glibc"
)
def test_arrays_that_are_freed_leave_the_process():
    script = """
        import numpy as np
        from diag_gui.cli.freed_memory import give_back_what_is_freed

        def resident():
            with open("/proc/self/statm") as numbers:
                return int(numbers.read().split()[1]) * 4096 >> 20

        assert give_back_what_is_freed()
        # One that is freed raises the size, by which the next would lie in the heap.
        raising = np.ones(30 << 17)
        del raising
        arrays = [np.ones(8 << 17) for _ in range(20)]
        above = [bytes(1000) for _ in range(1000)]
        full = resident()
        del arrays
        print(full - resident())
    """
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, env=environment
    )
    assert ran.stderr == ""
    assert int(ran.stdout) >= 150


@pytest.mark.parametrize(("large", "is_asked"), [(1, True), (1_000_000, False)])
def test_only_large_runs_ask_for_it(cli, tmp_path, monkeypatch, large, is_asked):
    data, asked = write_small_data(tmp_path, pictures=False), []
    monkeypatch.setattr(evaluate, "LARGE", large)
    monkeypatch.setattr(evaluate, "give_back_what_is_freed", lambda: asked.append(True))
    assert cli("evaluate", data.gt, data.predictions).status == 0
    assert bool(asked) is is_asked


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(freed_memory.sys, "platform", "darwin")
    assert not freed_memory.give_back_what_is_freed()
