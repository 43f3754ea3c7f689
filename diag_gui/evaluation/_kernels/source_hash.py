"""Whether a compiled kernel was built from the source that lies beside it.

An editable install keeps the old binary after the source changes, so the source carries the hash of itself (of all its
other lines), and the binary thereby the hash of what it was built from. After a change run this file to write the new hash.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

SOURCE = Path(__file__).with_name("_compiled.pyx")
PREFIX = "SOURCE_HASH = "


def source_hash(source: str) -> str:
    """Return the hash of a kernel source without the line that holds it: 16 hexadecimal digits."""
    lines = (line for line in source.splitlines() if not line.startswith(PREFIX))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def with_hash(source: str) -> str:
    """Return a kernel source with its hash written into it."""
    line = f'{PREFIX}"{source_hash(source)}"'
    return "\n".join(line if old.startswith(PREFIX) else old for old in source.splitlines()) + "\n"


def is_stale(built_from: str) -> bool:
    """Return whether the source beside this module is not the one with hash ``built_from``; False where it is not shipped."""
    return SOURCE.is_file() and source_hash(SOURCE.read_text(encoding="utf-8")) != built_from


if __name__ == "__main__":
    SOURCE.write_text(with_hash(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
