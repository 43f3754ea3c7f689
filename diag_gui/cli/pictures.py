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


class PictureReader:
    """Decodes pictures one after the other; a context."""

    def __init__(self) -> None:
        self._worker = DecodeWorker()

    def __enter__(self) -> PictureReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._worker.close()

    def read(self, request: DecodeRequest) -> ByteArray:
        """Return the wanted pixels, uint8 (H, W, 3) RGB.

        Raises
        ------
        FormatError
            If the picture cannot be read.
        """
        return self._worker.submit(request).result()

    def try_to_read(self, request: DecodeRequest) -> ByteArray | None:
        """Return `read`, None where the picture cannot be read."""
        try:
            return self.read(request)
        except FormatError:
            return None


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
                # The smallest result that still takes the whole file through the decoder.
                reader.read(DecodeRequest(path, size=(1, 1)))
            except FormatError as error:
                log.add("picture-unreadable", name, error.reason, drops=True)
    return log.groups()
