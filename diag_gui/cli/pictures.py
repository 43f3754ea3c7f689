"""Reading pictures for the report and for ``validate``, in the process that may die of a bad one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from diag_gui.data.arrays import ByteArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemGroup, ProblemLog
from diag_gui.exceptions import FormatError
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.formats.export_pictures import picture_file
from diag_gui.formats.images import DecodeRequest

_SECONDS = 60.0


class PictureReader:
    """Decodes pictures one after the other; a context."""

    def __init__(self) -> None:
        self._worker = DecodeWorker()

    def __enter__(self) -> PictureReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._worker.close()

    def region(self, path: Path, xywh: tuple[float, float, float, float], size: tuple[int, int]) -> ByteArray | None:
        """Return a part of a picture scaled to (width, height), uint8 (H, W, 3) RGB; None where it cannot be read."""
        try:
            return self._worker.submit(DecodeRequest(path, max_side=None, crop=xywh, size=size)).result(_SECONDS)
        except (FormatError, TimeoutError):
            return None

    def whole(self, path: Path) -> ByteArray:
        """Return a whole picture in its own size.

        Raises
        ------
        FormatError
            If it cannot be read.
        """
        try:
            return self._worker.submit(DecodeRequest(path, max_side=None, crop=None, size=None)).result(_SECONDS)
        except TimeoutError:
            raise FormatError(path, f"was not decoded within {_SECONDS:.0f} s") from None


def picture_problems(dataset: Dataset, folder: Path, progress: Callable[[float], None]) -> tuple[ProblemGroup, ...]:
    """Decode every picture of a dataset and return what is wrong.

    Parameters
    ----------
    dataset : Dataset
    folder : Path
        The image root.
    progress : callable
        Takes the share done.

    Returns
    -------
    tuple of ProblemGroup
        Pictures that are missing or cannot be read. They count as left out: there is nothing to look at.
    """
    log = ProblemLog(folder)
    images = dataset.images
    with PictureReader() as reader:
        for row, name in enumerate(images.file_name):
            progress(row / len(images))
            path = picture_file(folder, name)
            if path is None:
                log.add("picture-missing", name, "no such file in the folder of images", drops=True)
                continue
            try:
                reader.whole(path)
            except FormatError as error:
                log.add("picture-unreadable", name, error.reason, drops=True)
    return log.groups()
