"""What was measured on pictures, kept on disk: a picture that is the same file as before is not decoded again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray
from diag_gui.kept_files import KeptFiles

UNMEASURED = -1

MAX_BYTES = 1 << 30
"""Bytes of all files together; beyond it those go that were used least recently. A picture takes 16 bytes and 8 per measure, a
box 8 per measure."""


def stamps_of(files: Sequence[Path | None]) -> LongArray:
    """Return size and time of change of files, in nanoseconds: int64 (N, 2); `UNMEASURED` for what is not there."""
    stamps = np.full((len(files), 2), UNMEASURED, np.int64)
    for row, path in enumerate(files):
        if path is None:
            continue
        try:
            about = os.stat(path)
        except (OSError, ValueError):
            continue
        stamps[row] = about.st_size, about.st_mtime_ns
    return stamps


class KeptMeasures:
    """One file per set of pictures and of boxes in them.

    Parameters
    ----------
    folder : Path
        Made when something is kept.
    max_bytes : int
        See `MAX_BYTES`.

    Attributes
    ----------
    files : KeptFiles
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.files = KeptFiles(folder, ".npz", max_bytes)

    def key(self, files: Sequence[Path | None], *about: bytes) -> str:
        """Return the name of the file for pictures by their paths and whatever else the values depend on."""
        digest = hashlib.blake2b(digest_size=16)
        for path in files:
            digest.update((b"" if path is None else os.fsencode(os.path.abspath(path))) + b"\0")
        for part in about:
            digest.update(len(part).to_bytes(8, "little") + part)
        return digest.hexdigest()

    def load(self, key: str, n_images: int, shape: tuple[int, int]) -> tuple[LongArray, FloatArray] | None:
        """Return stamps, int64 (I, 2), and values, float64 ``shape``; None where nothing of that shape is kept."""
        try:
            with open(self.files.folder / f"{key}.npz", "rb") as stream, np.load(stream, allow_pickle=False) as file:
                stamps, values = file["stamps"], file["values"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            # Nothing was kept, or it is damaged: the pictures are there to be measured again.
            return None
        with contextlib.suppress(OSError):
            # What was used last is kept longest; when it was written stays as it is.
            path = self.files.folder / f"{key}.npz"
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
        fits = stamps.dtype == np.int64 and stamps.shape == (n_images, 2) and values.dtype == np.float64 and values.shape == shape
        return (stamps, values) if fits else None

    def save(self, key: str, stamps: LongArray, values: FloatArray) -> None:
        """Keep values, whole or not at all; a folder that cannot be written to keeps nothing."""
        path = self.files.folder / f"{key}.npz"
        with contextlib.suppress(OSError):
            self.files.write(path, lambda file: np.savez(file, stamps=stamps, values=values))
            self.files.prune(path.stem)
