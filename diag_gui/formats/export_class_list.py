"""The list of classes beside labels of a format that names none but those a label has: it keeps the others, and their order."""

from __future__ import annotations

from diag_gui.formats.class_lists import LIST_NAMES, list_text
from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_request import ExportRequest


def write_class_list(request: ExportRequest, folder: ExportFolder) -> None:
    """Write ``classes.txt``, a name a line; nothing where names could be taken for what they are not."""
    if text := list_text(request.dataset.classes.name):
        folder.write_text(LIST_NAMES[0], text)
