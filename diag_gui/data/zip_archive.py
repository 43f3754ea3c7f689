"""What to say of a ZIP archive that is given as data or as a project: nothing here ever unpacks one."""

from __future__ import annotations

import re
import struct
from pathlib import Path

_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_END, _END_SIZE = b"PK\x05\x06", 22
_LONGEST_COMMENT = 65_535
_DIRECTORY_BYTES = 64 << 20
"""Size of the list of names beyond which it is not read."""

_DRIVE = re.compile(r"[A-Za-z]:")
_SHOWN_CHARS = 80


def is_zip(head: bytes) -> bool:
    """Return whether bytes begin like a ZIP archive."""
    return head[:4] in _BEGINNINGS


def reason_against_zip(path: Path) -> str:
    """Return why a ZIP archive is not opened, in words for a refusal: unsafe names in it come first.

    Parameters
    ----------
    path : Path
        A file that `is_zip` holds for.

    Notes
    -----
    Only the list of names at the end of the archive is read, and only if it is of a sane size.
    """
    names = _names(path)
    if names is None:
        return "a ZIP archive that is damaged or too large to look into"
    unsafe = next((name for name in names if _leads_outside(name)), None)
    if unsafe is not None:
        return f"a ZIP archive that holds unsafe paths outside its folder ({unsafe[:_SHOWN_CHARS]!r}); do not unpack it"
    return "a ZIP archive; unpack it and open what it holds"


def _leads_outside(name: str) -> bool:
    """Return whether a name in an archive is absolute or climbs up. None that an archiver writes does either."""
    portable = name.replace("\\", "/")
    return portable.startswith("/") or _DRIVE.match(portable) is not None or ".." in portable.split("/")


def _names(path: Path) -> list[str] | None:
    """Return the names in an archive, or None if they cannot be read."""
    import zipfile

    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LONGEST_COMMENT - _END_SIZE))
            end = file.read()
            place = end.rfind(_END)
            if place < 0 or struct.unpack_from("<L", end, place + 12)[0] > _DIRECTORY_BYTES:
                return None
            with zipfile.ZipFile(file) as archive:
                return archive.namelist()
    except (OSError, zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        return None
