"""Going back to the file the facts were read from, and noticing that it is another one by now."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from diag_gui.data.dataset import Source
from diag_gui.exceptions import ExportError


def reread_json(source: Source, folder: Path) -> Any:
    """Return the content of a JSON source that was read before.

    Parameters
    ----------
    source : Source
        A single file; its reader accepted it, so no limit is checked again.
    folder : Path
        The export that needs it, named in the error.

    Raises
    ------
    ExportError
        If the file is gone, or is not the one that was read.
    """
    path = source.path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ExportError(folder, f"{path.name} is needed again and cannot be read: {error.strerror or error}") from error
    if source.sha256 and hashlib.sha256(content).hexdigest() != source.sha256:
        raise ExportError(folder, f"{path.name} changed since it was read; open it again, then export")
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return json.loads(content.decode(encoding))
