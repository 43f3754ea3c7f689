"""Writing a file completely or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from diag_gui.exceptions import ExportError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file completely or not at all.

    Raises
    ------
    ExportError
        If it cannot be written.

    Notes
    -----
    What is no regular file (``/dev/stdout``, a pipe) is written to as it is: it cannot be renamed over.
    """
    try:
        if path.exists() and not path.is_file():
            with open(path, "wb") as file:
                file.write(content)
            return
        # Written through a link to the file it names, as any program does with a file that is named as its output.
        final = path.resolve()
        staging = final.with_name(f".{final.name[:60]}.{secrets.token_hex(6)}.partial")
        try:
            staging.write_bytes(content)
            os.replace(staging, final)
        finally:
            staging.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(path, f"cannot be written: {error.strerror or error}") from error
