"""How much memory programs may still take: what work that grows with the data asks before it begins."""

from __future__ import annotations

from pathlib import Path


def free_memory() -> int | None:
    """Return the bytes that programs may still take, by what Linux says of the machine and of the control group; else None."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None
    try:
        group = Path("/sys/fs/cgroup")
        limit, used = (int((group / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):
        return free
    return min(free, limit - used)
