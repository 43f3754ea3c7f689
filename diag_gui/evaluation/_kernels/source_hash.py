"""Whether a compiled kernel was built from the source that lies beside it.

An editable install keeps the old binary after the source changes, so the source carries the hash of itself (of all its
other lines and of what it includes), and the binary thereby the hash of what it was built from. After a change run this file
to write the new hashes.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

FOLDER = Path(__file__).parent
PREFIX = "SOURCE_HASH = "
INCLUDED = re.compile(r'^include "([\w.]+)"$', re.MULTILINE)


def source_hash(source: str) -> str:
    """Return the hash of a kernel source without the line that holds it: 16 hexadecimal digits."""
    lines = (line for line in source.splitlines() if not line.startswith(PREFIX))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def with_included(source: str, folder: Path) -> str:
    """Return a kernel source and behind it the files in ``folder`` that it includes."""
    return "\n".join([source, *((folder / name).read_text(encoding="utf-8") for name in INCLUDED.findall(source))])


def with_hash(source: str, folder: Path = FOLDER) -> str:
    """Return a kernel source, which lies in ``folder``, with its hash written into it."""
    line = f'{PREFIX}"{source_hash(with_included(source, folder))}"'
    return "\n".join(line if old.startswith(PREFIX) else old for old in source.splitlines()) + "\n"


def is_stale(name: str, built_from: str, folder: Path = FOLDER) -> bool:
    """Return whether the source ``name`` in ``folder`` is not the one with this hash; False where it is not shipped."""
    source = folder / f"{name}.pyx"
    return source.is_file() and source_hash(with_included(source.read_text(encoding="utf-8"), folder)) != built_from


if __name__ == "__main__":
    for path in sorted(FOLDER.parents[1].glob("*/_kernels/*.pyx")):
        path.write_text(with_hash(path.read_text(encoding="utf-8"), path.parent), encoding="utf-8")
