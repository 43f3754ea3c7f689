"""How much memory programs may still take: what work that grows with the data asks before it begins."""

from __future__ import annotations

from pathlib import Path


def free_memory(meminfo: Path = Path("/proc/meminfo"), group: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return the bytes that programs may still take, by what Linux says of the machine and of the control group; else None."""
    try:
        lines = meminfo.read_text(encoding="utf-8").splitlines()
        free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None
    try:
        limit, used = (int((group / name).read_text(encoding="utf-8")) for name in ("memory.max", "memory.current"))
        said = dict(line.split() for line in (group / "memory.stat").read_text(encoding="utf-8").splitlines())
        # What files left in memory counts as used there, and is given back to whoever wants it.
        used -= int(said.get("inactive_file", 0))
    except (OSError, ValueError):
        return free
    return max(0, min(free, limit - used))
