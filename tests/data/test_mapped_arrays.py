"""What is let go of is read again, and what has no file behind it stays."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from diag_gui.data.mapped_arrays import let_go

N = 2_000_000


def resident_kb() -> int:
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("RssFile"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "column.npy"
    np.save(path, np.arange(N, dtype=np.int64))
    return path


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="the system has no such call")
def test_pages_of_a_mapped_file_leave_memory_and_come_back(file):
    array = np.load(file, mmap_mode="r")
    before = resident_kb()
    total = int(array.sum())
    assert resident_kb() - before > 8 * N // 2048
    let_go(array[1:])
    assert resident_kb() - before < 2048
    assert int(array.sum()) == total == N * (N - 1) // 2


def test_a_mapping_read_by_hand_is_found(file):
    with file.open("rb") as opened:
        mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    array = np.frombuffer(mapped, np.int64, N, 128).reshape(-1, 2)
    let_go(array[5:100])
    assert array[7].tolist() == [14, 15]


@pytest.mark.parametrize("mode", ["c", "r+"])
def test_what_may_have_been_written_to_stays(file, mode):
    array = np.load(file, mmap_mode=mode)
    array[:4096] = 7
    let_go(array)
    assert (array[:4096] == 7).all()


def test_memory_without_a_file_stays():
    anonymous = mmap.mmap(-1, 1 << 16)
    array = np.frombuffer(anonymous, np.int64)
    array[:] = 5
    let_go(array)
    assert (array == 5).all()
    ours = np.arange(10)
    let_go(ours)
    let_go(ours[:0])
    let_go(np.ones((4, 4))[:, 1:3])
    assert ours.tolist() == list(range(10))
