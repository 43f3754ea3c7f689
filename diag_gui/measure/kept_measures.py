"""What was measured on pictures, kept on disk: a picture that is the same file as before is not decoded again."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import FloatArray, LongArray

UNMEASURED = -1


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
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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
            with open(self.folder / f"{key}.npz", "rb") as stream, np.load(stream, allow_pickle=False) as file:
                stamps, values = file["stamps"], file["values"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            # Nothing was kept, or it is damaged: the pictures are there to be measured again.
            return None
        fits = stamps.dtype == np.int64 and stamps.shape == (n_images, 2) and values.dtype == np.float64 and values.shape == shape
        return (stamps, values) if fits else None

    def save(self, key: str, stamps: LongArray, values: FloatArray) -> None:
        """Keep values, whole or not at all; a folder that cannot be written to keeps nothing."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            staging = self.folder / f".{key}.{os.urandom(6).hex()}.partial"
            try:
                with open(staging, "xb") as file:
                    np.savez(file, stamps=stamps, values=values)
                os.replace(staging, self.folder / f"{key}.npz")
            finally:
                staging.unlink(missing_ok=True)
        except OSError:
            return
