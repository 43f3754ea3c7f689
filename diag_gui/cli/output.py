"""Writing results where they were asked for."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from diag_gui.cli.arguments import STANDARD_OUTPUT
from diag_gui.exceptions import ExportError


def write_result(target: str, text: str) -> None:
    """Write ``text`` to a file, or to standard output for ``-``.

    Raises
    ------
    ExportError
        If the file cannot be written; it is then as it was.
    """
    if not text.endswith("\n"):
        text += "\n"
    if target == STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    write_whole(Path(target), text.encode("utf-8", "surrogateescape"))


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
