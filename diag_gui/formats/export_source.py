"""Going back to the file the facts were read from, and noticing that it is another one by now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diag_gui.data.dataset import Source
from diag_gui.exceptions import ExportError, FormatError
from diag_gui.formats.json_reading import read_json_bytes


def reread_json(source: Source, folder: Path) -> Any:
    """Return the content of a JSON source that was read before, every number as Python reads it.

    Parameters
    ----------
    source : Source
        A single file.
    folder : Path
        The export that needs it, named in the error.

    Raises
    ------
    ExportError
        If the file is gone, or is not the one that was read.
    """
    name = source.path.name
    try:
        content = read_json_bytes(source.path)
    except FormatError as error:
        raise ExportError(folder, f"{name} is needed again and cannot be read: {error.reason}") from error
    if source.sha256 and content.sha256 != source.sha256:
        raise ExportError(folder, f"{name} changed since it was read; open it again, then export")
    return json.loads(content.data)
