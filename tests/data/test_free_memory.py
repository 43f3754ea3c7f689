from __future__ import annotations

from pathlib import Path

import pytest

from diag_gui.data.free_memory import free_memory

GIB = 1 << 30


def machine(folder: Path, available: int, **said: str) -> tuple[Path, Path]:
    """Return what Linux says of a machine and of a control group."""
    meminfo = folder / "meminfo"
    meminfo.write_text(f"MemTotal: 99 kB\nMemAvailable: {available >> 10} kB\n")
    for name, text in said.items():
        (folder / f"memory.{name}").write_text(text)
    return meminfo, folder


@pytest.mark.parametrize(
    ("limit", "current", "cached", "free"),
    [(8, 7, 6, 7), (8, 3, 0, 5), (64, 1, 0, 16), (2, 3, 0, 0)],
    ids=["what files left is given back", "the group has less", "the machine has less", "more than allowed"],
)
def test_the_lesser_of_machine_and_group_is_free(tmp_path, limit, current, cached, free):
    stat = f"anon 1\ninactive_file {cached * GIB}\nactive_file 5\n"
    said = {"max": f"{limit * GIB}\n", "current": f"{current * GIB}\n", "stat": stat}
    assert free_memory(*machine(tmp_path, 16 * GIB, **said)) == free * GIB


def test_a_group_without_limit_leaves_what_the_machine_has(tmp_path):
    assert free_memory(*machine(tmp_path, 16 * GIB, max="max", current="1", stat="")) == 16 * GIB


def test_elsewhere_nothing_is_known(tmp_path):
    assert free_memory(tmp_path / "nowhere", tmp_path) is None
