"""Pascal VOC XML whose objects marked as difficult are ignored: never a miss, and what finds them is not false, as VOC has it.

Never recognised by itself: whether difficult objects count is a matter of the evaluation, and is named beside the data.

References
----------
Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 2010, section 4.2.
"""

from __future__ import annotations

from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.formats.content import Content
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.voc import DIFFICULT, read_labels


def recognise(content: Content) -> str:
    """Return nothing: it has to be asked for."""
    return ""


def read_ground_truth(
    path: Path, *, images: Path | None = None, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> tuple[Dataset, ReadReport]:
    """Read VOC XML with difficult objects ignored; see `voc.read_labels`."""
    return read_labels(path, DIFFICULT, progress=progress, cancelled=cancelled)
