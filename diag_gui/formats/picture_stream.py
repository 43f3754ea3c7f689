"""Many pictures one after the other through the guarded decoder, some ahead so that it is never idle."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import FormatError
from diag_gui.formats import yolo
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.formats.export_pictures import picture_file
from diag_gui.formats.images import DecodeRequest, Picture

_AHEAD = 6


def picture_files(dataset: Dataset, root: Path | None) -> list[Path | None]:
    """Return the file of each image; None where it is missing or leads out of the folder."""
    return [picture_file(root, name) for name in dataset.images.file_name]


def decoded_pictures(
    dataset: Dataset, files: Sequence[Path | None], rows: Sequence[int], worker: DecodeWorker, max_side: int
) -> Iterator[tuple[int, Picture | None]]:
    """Yield image rows and their pictures as their boxes see them; None for one that cannot be read.

    Parameters
    ----------
    dataset : Dataset
    files : sequence of Path or None
        Of every image.
    rows : sequence of int
        Images to decode.
    worker : DecodeWorker
    max_side : int
        Pictures are made smaller so that neither side is longer.
    """
    upright = dataset.source.format in yolo.FORMATS
    pending: deque[tuple[int, Future[Picture]]] = deque()
    left = iter(rows)

    def ask() -> None:
        for row in left:
            path = files[row]
            if path is None:
                continue
            stated = (int(dataset.images.width[row]), int(dataset.images.height[row]))
            request = DecodeRequest(path, max_side=max_side, stated_size=stated if min(stated) > 0 else None, upright=upright)
            # Older requests first: the worker serves the latest of equals.
            pending.append((row, worker.submit(request, priority=-row)))
            return

    try:
        for _ in range(_AHEAD):
            ask()
        while pending:
            row, future = pending.popleft()
            try:
                picture = future.result()
            except FormatError:
                picture = None
            ask()
            yield row, picture
    finally:
        for _, future in pending:
            future.cancel()
