"""Writing results where they were asked for."""

from __future__ import annotations

import sys
from pathlib import Path

from diag_gui.cli.arguments import STANDARD_OUTPUT
from diag_gui.formats.whole_file import write_whole


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
